"""Production functions with two factors: CES, VES, the bias of technical change, and how their parameters are found.

Notation: Y output, K capital, L labour, k = K / L, A and B the efficiency of capital and labour, sigma the elasticity
of substitution, pi the capital share at the point of normalisation. Where a function is *normalised*, K, L and Y are
ratios to their values at that point, so sigma changes the curvature and nothing else (Klump, McAdam & Willman 2007).
Factors earn their marginal products.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

UNIT_ELASTICITY = 1e-6  # closer to 1 than this, the Cobb-Douglas limit is used


def _positive(name: str, *values: object) -> list[np.ndarray]:
    arrays = [np.asarray(v, dtype=float) for v in values]
    if not all(np.isfinite(a).all() and (a > 0).all() for a in arrays):
        raise ValueError(f"{name}: positive, finite numbers are needed")
    return arrays


def _share(name: str, value: object) -> np.ndarray:
    share = np.asarray(value, dtype=float)
    if not (np.isfinite(share).all() and (share > 0).all() and (share < 1).all()):
        raise ValueError(f"{name}: strictly between 0 and 1")
    return share


# --- CES -------------------------------------------------------------------------------------------------------------
def ces_output(capital, labour, sigma, capital_share, capital_efficiency=1.0, labour_efficiency=1.0) -> np.ndarray:
    """Normalised CES output ``[pi (A K)^r + (1 - pi) (B L)^r]^(1/r)`` with ``r = (sigma - 1) / sigma``.

    Parameters
    ----------
    capital, labour : array_like
        Ratios to the point of normalisation.
    sigma : array_like
        Elasticity of substitution, positive; at 1 the function is Cobb-Douglas.
    capital_share : array_like
        pi, in (0, 1).
    capital_efficiency, labour_efficiency : array_like
        A and B, ratios to the point of normalisation.

    Returns
    -------
    ndarray
        Y, a ratio to output at the point of normalisation.

    Raises
    ------
    ValueError
        If a share is not inside (0, 1) or another argument is not positive.

    References
    ----------
    Klump, McAdam & Willman (2007), equation 3.

    Examples
    --------
    >>> float(ces_output(1.0, 1.0, 0.5, 0.4))
    1.0
    >>> float(ces_output(4.0, 1.0, 1.0, 0.5))
    2.0
    """
    k, n, s = _positive("capital, labour, sigma", capital, labour, sigma)
    a, b = _positive("capital_efficiency, labour_efficiency", capital_efficiency, labour_efficiency)
    pi = _share("capital_share", capital_share)
    log_k, log_n = np.log(a * k), np.log(b * n)
    power = np.where(np.abs(s - 1) < UNIT_ELASTICITY, 1.0, (s - 1) / s)
    ces = np.logaddexp(np.log(pi) + power * log_k, np.log1p(-pi) + power * log_n) / power
    return np.exp(np.where(np.abs(s - 1) < UNIT_ELASTICITY, pi * log_k + (1 - pi) * log_n, ces))


def ces_labour_share(
    capital, labour, sigma, capital_share, capital_efficiency=1.0, labour_efficiency=1.0
) -> np.ndarray:
    """Labour share ``1 / (1 + pi / (1 - pi) (A K / B L)^((sigma - 1) / sigma))`` of a normalised CES economy.

    Parameters and errors as :func:`ces_output`.

    Examples
    --------
    >>> ces_labour_share([1.0, 2.0], 1.0, 0.5, 0.4).round(3).tolist()  # complements: deeper capital, higher share
    [0.6, 0.75]
    """
    k, n, s = _positive("capital, labour, sigma", capital, labour, sigma)
    a, b = _positive("capital_efficiency, labour_efficiency", capital_efficiency, labour_efficiency)
    pi = _share("capital_share", capital_share)
    return 1 / (1 + pi / (1 - pi) * np.exp((s - 1) / s * np.log(a * k / (b * n))))


def augmentation(output, capital, labour, labour_share, sigma, capital_share) -> tuple[np.ndarray, np.ndarray]:
    """Efficiencies A and B that make a CES economy show the observed output and labour share.

    ``A = (Y / K) (S_K / pi)^(sigma / (sigma - 1))`` and ``B = (Y / L) (S_L / (1 - pi))^(sigma / (sigma - 1))``.
    They exist for every data set: nothing is tested by computing them.

    Parameters
    ----------
    output, capital, labour : array_like
        Ratios to the point of normalisation.
    labour_share : array_like
        S_L in (0, 1); the capital share is 1 - S_L.
    sigma : array_like
        Positive and not 1, where A and B cannot be told apart.
    capital_share : array_like
        pi.

    Returns
    -------
    (ndarray, ndarray)
        A and B.

    Raises
    ------
    ValueError
        If sigma is 1 or an argument is outside its range.

    Examples
    --------
    >>> a, b = augmentation(1.0, 1.0, 1.0, 0.6, 0.5, 0.4)
    >>> float(a), float(b)
    (1.0, 1.0)
    """
    y, k, n, s = _positive("output, capital, labour, sigma", output, capital, labour, sigma)
    if (np.abs(s - 1) < UNIT_ELASTICITY).any():
        raise ValueError("sigma: at 1 the efficiencies of capital and labour are not identified")
    share, pi = _share("labour_share", labour_share), _share("capital_share", capital_share)
    power = s / (s - 1)
    return y / k * ((1 - share) / pi) ** power, y / n * (share / (1 - pi)) ** power


def bias_index(capital_efficiency, labour_efficiency, sigma) -> np.ndarray:
    """Bias of technical change along the last axis: ``(sigma - 1) / sigma (dln A - dln B)``.

    Positive: technical change raises the marginal product of capital relative to that of labour at given K and L.

    Parameters
    ----------
    capital_efficiency, labour_efficiency : array_like, shape (..., periods)
        A and B.
    sigma : float or array_like, shape (..., 1)

    Returns
    -------
    ndarray, shape (..., periods - 1)
        A pure number per period.

    References
    ----------
    Hicks (1932) for the notion; Acemoglu (2002) for the factor-augmenting form.

    Examples
    --------
    >>> bias_index([1.0, 1.0], [1.0, 1.1], 0.5).round(4).tolist()  # labour-augmenting, complements: for capital
    [0.0953]
    """
    a, b, s = _positive("capital_efficiency, labour_efficiency, sigma", capital_efficiency, labour_efficiency, sigma)
    return (s - 1) / s * (np.diff(np.log(a)) - np.diff(np.log(b)))


def bias_from_shares(labour_share, capital_per_worker, sigma) -> np.ndarray:
    """The same index without A and B: ``-dlogit(S_L) + (1 - sigma) / sigma dln k``.

    What is left of :func:`bias_index` when A and B are those of :func:`augmentation`: output and pi cancel. The index
    is the fall of the labour share's own log odds plus a multiple of the growth of capital per worker.

    Parameters
    ----------
    labour_share, capital_per_worker : array_like, shape (..., periods)
    sigma : float or array_like, shape (..., 1)

    Returns
    -------
    ndarray, shape (..., periods - 1)

    Examples
    --------
    >>> bias_from_shares([0.5, 0.5], [1.0, np.e], 0.5).tolist()
    [1.0]
    """
    k, s = _positive("capital_per_worker, sigma", capital_per_worker, sigma)
    share = _share("labour_share", labour_share)
    return -np.diff(np.log(share / (1 - share))) + (1 - s) / s * np.diff(np.log(k))


# --- VES -------------------------------------------------------------------------------------------------------------
def _ves_domain(k: np.ndarray, b: float, c: float) -> None:
    if not c > 0:
        raise ValueError(f"c: positive, got {c}")
    if (1 + b * k <= 0).any():
        raise ValueError(f"b: 1 + b k must stay positive, got b = {b} with k up to {k.max():.4g}")


def ves_output(capital, labour, b: float, c: float, scale: float = 1.0, returns: float = 1.0) -> np.ndarray:
    """VES output ``A K^(a / (1 + c)) [L + b / (1 + c) K]^(a c / (1 + c))``.

    Revankar's (1971) function with other letters: b = (rho - 1) / (1 - delta rho), 1 / (1 + c) = 1 - delta rho.

    Parameters
    ----------
    capital, labour : array_like
    b, c : float
        b per unit of K / L, c a pure number; 1 + b K / L and c are positive.
    scale, returns : float
        A and the returns to scale a.

    Returns
    -------
    ndarray

    Raises
    ------
    ValueError
        If 1 + b K / L or c is not positive.

    Examples
    --------
    >>> float(ves_output(4.0, 1.0, 0.0, 1.0))  # b = 0 is Cobb-Douglas with shares 1 / (1 + c) and c / (1 + c)
    2.0
    """
    k, n, a, v = _positive("capital, labour, scale, returns", capital, labour, scale, returns)
    _ves_domain(k / n, b, c)
    return a * k ** (v / (1 + c)) * (n + b / (1 + c) * k) ** (v * c / (1 + c))


def ves_elasticity(capital_per_worker, b: float) -> np.ndarray:
    """Elasticity of substitution of the VES function: ``sigma = 1 + b k``, a straight line in k = K / L.

    Examples
    --------
    >>> ves_elasticity([0.0, 10.0], -0.05).tolist()
    [1.0, 0.5]
    """
    return 1 + b * np.asarray(capital_per_worker, dtype=float)


def ves_labour_share(capital_per_worker, b: float, c: float) -> np.ndarray:
    """Labour share of the VES function with constant returns: ``c / (c + sigma)`` with ``sigma = 1 + b k``.

    Raises
    ------
    ValueError
        If 1 + b k or c is not positive.

    Examples
    --------
    >>> ves_labour_share([0.0, 10.0], -0.05, 1.0).round(3).tolist()
    [0.5, 0.667]
    """
    (k,) = _positive("capital_per_worker", np.maximum(capital_per_worker, np.finfo(float).tiny))
    _ves_domain(k, b, c)
    return c / (c + ves_elasticity(k, b))


@dataclass(frozen=True)
class VesFit:
    """Estimates of the VES function: b (per unit of K / L), c, returns to scale, and the residual sd in logs."""

    b: float
    c: float
    returns: float
    residual: float


def _logs(output, capital, labour) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y, k, n = (np.log(a) for a in _positive("output, capital, labour", output, capital, labour))
    if not y.shape == k.shape == n.shape or y.ndim != 1 or len(y) < 5:
        raise ValueError("output, capital, labour: three columns of the same length, at least 5, are needed")
    return y, k, n


def fit_ves_taylor(output, capital, labour) -> VesFit:
    """VES by least squares on its first-order Taylor expansion around b = 0.

    ``ln Y = const + a / (1 + c) ln K + a c / (1 + c) ln L + a b c / (1 + c)^2 K / L``. Cheap, and biased where b k is
    not small: the logarithm that is expanded bends.

    Parameters
    ----------
    output, capital, labour : array_like, shape (n,)

    Returns
    -------
    VesFit

    Raises
    ------
    ValueError
        If the columns differ in length, are too short or not positive.

    References
    ----------
    Revankar (1971) for the function, Kmenta (1967) for the device.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> k, n = rng.uniform(1, 3, (2, 500))
    >>> fit = fit_ves_taylor(ves_output(k, n, -0.01, 0.7), k, n)
    >>> round(fit.b, 3), round(fit.c, 2), round(fit.returns, 2)
    (-0.01, 0.7, 1.0)
    """
    y, k, n = _logs(output, capital, labour)
    design = np.column_stack([np.ones_like(y), k, n, np.exp(k - n)])
    solution, *_ = np.linalg.lstsq(design, y, rcond=None)
    residual = y - design @ solution
    _, on_k, on_n, on_ratio = solution.tolist()
    returns, c = on_k + on_n, on_n / on_k
    return VesFit(on_ratio * (1 + c) ** 2 / (returns * c), c, returns, float(residual.std(ddof=4)))


def fit_ves(output, capital, labour) -> VesFit:
    """VES by nonlinear least squares on logarithms, no expansion.

    Parameters, returns and errors as :func:`fit_ves_taylor`. b is kept above -1 / max(K / L), where the marginal
    product of capital would turn negative.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> k, n = rng.uniform(1, 3, (2, 200))
    >>> fit = fit_ves(ves_output(k, n, -0.2, 0.7), k, n)
    >>> round(fit.b, 4), round(fit.c, 4)
    (-0.2, 0.7)
    """
    y, k, n = _logs(output, capital, labour)
    ratio = np.exp(k - n)

    def gap(p: np.ndarray) -> np.ndarray:
        constant, b, log_c, a = p
        c = np.exp(log_c)
        return constant + a * (k + c * (n + np.log1p(b / (1 + c) * ratio))) / (1 + c) - y

    floor = -1 / ratio.max()
    start = np.array([y.mean() - (k.mean() + n.mean()) / 2, 0.1 * floor, 0.0, 1.0])
    bounds = ([-np.inf, floor * (1 - 1e-9), -6, 0.05], [np.inf, np.inf, 6, 5])
    fit = least_squares(gap, start, bounds=bounds, x_scale=[1, -floor, 1, 1], xtol=1e-14, ftol=1e-14, gtol=1e-14)
    _, b, log_c, a = fit.x.tolist()
    return VesFit(b, float(np.exp(log_c)), a, float(np.sqrt(2 * fit.cost / max(len(y) - 4, 1))))


# --- CES: estimators -------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Economy:
    """One economy over time: output, capital, labour, and the income of both factors, each of shape (periods,)."""

    output: np.ndarray
    capital: np.ndarray
    labour: np.ndarray
    wage_bill: np.ndarray
    capital_income: np.ndarray

    def __post_init__(self) -> None:
        columns = [self.output, self.capital, self.labour, self.wage_bill, self.capital_income]
        _positive("output, capital, labour, wage_bill, capital_income", *columns)
        if len({np.shape(c) for c in columns}) != 1 or np.ndim(self.output) != 1 or len(self.output) < 8:
            raise ValueError("output, capital, ...: columns of the same length, at least 8 periods, are needed")


def simulate_economy(
    rng: np.random.Generator,
    sigma: float,
    capital_growth: float = 0.005,
    labour_growth: float = 0.015,
    *,
    periods: int = 50,
    capital_share: float = 0.4,
    shocks: tuple[float, float, float] = (0.1, 0.01, 0.05),
) -> Economy:
    """Data from a CES economy with biased technical change, after the Monte Carlo design of León-Ledesma et al. (2010).

    ln K and ln L are random walks with drift 0.03 and 0.015; A and B grow at constant rates around which efficiency
    is shocked; output is the CES value; both factor prices are marginal products times log-normal shocks. The drifts
    and elasticities are those of the paper; the sizes of the shocks are our choice and arguments of the function.

    Parameters
    ----------
    rng : numpy.random.Generator
    sigma : float
        Planted elasticity of substitution.
    capital_growth, labour_growth : float
        Growth rates of A and B per period; they sum to 0.02 in the paper.
    periods : int
    capital_share : float
    shocks : tuple of float
        Standard deviations of the innovations of ln K and ln L, of the efficiencies, and of both factor prices.

    Returns
    -------
    Economy
    """
    if periods < 8 or min(shocks) < 0:
        raise ValueError("periods, shocks: at least 8 periods and no negative standard deviation")
    inputs, efficiency, prices = shocks
    time = np.arange(periods) - (periods - 1) / 2
    walk = np.cumsum(np.array([[0.03], [0.015]]) + inputs * rng.standard_normal((2, periods)), axis=1)
    k, n = np.exp(walk - walk.mean(axis=1, keepdims=True))
    growth = np.array([[capital_growth], [labour_growth]])
    a, b = np.exp(growth * time + efficiency * rng.standard_normal((2, periods)))
    y = ces_output(k, n, sigma, capital_share, a, b)
    share = ces_labour_share(k, n, sigma, capital_share, a, b)
    noise = np.exp(prices * rng.standard_normal((2, periods)))
    return Economy(y, k, n, share * y * noise[0], (1 - share) * y * noise[1])


@dataclass(frozen=True)
class SystemFit:
    """Estimates of a normalised CES.

    Attributes
    ----------
    sigma : float
        Elasticity of substitution.
    error : float
        Its standard error (NaN where the estimator gives none).
    capital_growth, labour_growth : float
        Growth rates of A and B per period (NaN where not estimated).
    """

    sigma: float
    error: float
    capital_growth: float
    labour_growth: float


def _centred(economy: Economy) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, float]:
    """Logs as deviations from their means, time likewise, and the mean capital share of factor income."""
    y, k, n = (np.log(a) - np.log(a).mean() for a in (economy.output, economy.capital, economy.labour))
    ratio = np.log(economy.capital_income / economy.wage_bill).mean()
    return y, k, n, np.arange(len(y)) - (len(y) - 1) / 2, float(1 / (1 + np.exp(-ratio)))


def _log_ces(k, n, time, pi, sigma, on_k, on_n, level) -> np.ndarray:
    power = (sigma - 1) / sigma
    parts = np.log(pi) + power * (k + on_k * time), np.log1p(-pi) + power * (n + on_n * time)
    return level + np.logaddexp(*parts) / power


def _solve(
    gap: Callable[[np.ndarray], np.ndarray], starts: list[np.ndarray], weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Best of several least-squares runs on equations in rows, whitened by `weight`; with its Jacobian."""

    def stacked(p: np.ndarray) -> np.ndarray:
        return (weight @ gap(p)).ravel()

    low, high = [0.02, -0.5, -0.5, -1], [12, 0.5, 0.5, 1]
    options = {"bounds": (low, high), "x_scale": [0.3, 0.01, 0.01, 0.01], "max_nfev": 200}
    runs = [least_squares(stacked, start, **options) for start in starts]
    best = min(runs, key=lambda r: r.cost)
    return best.x, best.jac


def _starts() -> list[np.ndarray]:
    return [np.array([s, 0.01, 0.01, 0.0]) for s in (0.45, 1.5)]


def fit_production(economy: Economy) -> SystemFit:
    """CES production function alone, by nonlinear least squares on its logarithm; normalised, both biases free.

    Examples
    --------
    >>> economy = simulate_economy(np.random.default_rng(0), 0.5, shocks=(0.1, 0.0, 0.0))
    >>> round(fit_production(economy).sigma, 2)
    0.5
    """
    y, k, n, time, pi = _centred(economy)

    def gap(p: np.ndarray) -> np.ndarray:
        return (_log_ces(k, n, time, pi, *p) - y)[None]

    best, jacobian = _solve(gap, _starts(), np.eye(1))
    scale = (gap(best) ** 2).sum() / (len(y) - 4)
    return SystemFit(float(best[0]), _error(jacobian, scale), float(best[1]), float(best[2]))


def _error(jacobian: np.ndarray, scale: float) -> float:
    information = jacobian.T @ jacobian
    if np.linalg.cond(information) > 1e14:
        return float("nan")
    return float(np.sqrt(scale * np.linalg.inv(information)[0, 0]))


def fit_prices(economy: Economy, *, trend: bool) -> SystemFit:
    """Elasticity from relative prices: ``ln(K / L) = const + sigma ln(w / r) (+ trend)`` by least squares.

    Without the trend, biased technical change is left in the error, where it is correlated with the wage.

    Examples
    --------
    >>> economy = simulate_economy(np.random.default_rng(0), 0.5, shocks=(0.1, 0.0, 0.0))
    >>> round(fit_prices(economy, trend=True).sigma, 3)
    0.5
    """
    ratio = np.log(economy.capital / economy.labour)
    wage = np.log(economy.wage_bill / economy.labour) - np.log(economy.capital_income / economy.capital)
    columns = [np.ones_like(ratio), wage] + ([np.arange(len(ratio)) - (len(ratio) - 1) / 2] if trend else [])
    design = np.column_stack(columns)
    solution, *_ = np.linalg.lstsq(design, ratio, rcond=None)
    residual = ratio - design @ solution
    variance = residual @ residual / (len(ratio) - design.shape[1]) * np.linalg.inv(design.T @ design)
    return SystemFit(float(solution[1]), float(np.sqrt(variance[1, 1])), float("nan"), float("nan"))


def fit_kmenta(economy: Economy) -> SystemFit:
    """Elasticity from the second-order expansion of the normalised CES around sigma = 1, with one neutral trend.

    ``ln(Y / L) = const + pi ln k + pi (1 - pi) r / 2 (ln k)^2 + g t`` with pi the mean capital share.

    References
    ----------
    Kmenta (1967).
    """
    y, k, n, time, pi = _centred(economy)
    ratio = k - n
    design = np.column_stack([np.ones_like(y), pi * (1 - pi) / 2 * ratio**2, time])
    solution, *_ = np.linalg.lstsq(design, y - n - pi * ratio, rcond=None)
    power = solution[1]
    return SystemFit(float(1 / (1 - power)) if power < 1 else float("nan"), float("nan"), float("nan"), float("nan"))


def fit_system(economy: Economy, *, iterations: int = 2) -> SystemFit:
    """Normalised supply-side system: the production function and both factor shares, estimated together.

    ::

        ln Y        = ln xi + ln CES(A K, B L)
        ln(w L / Y) = ln(1 - pi) + (sigma - 1) / sigma (ln L + gamma_L t - ln Y + ln xi)
        ln(r K / Y) = ln pi      + (sigma - 1) / sigma (ln K + gamma_K t - ln Y + ln xi)

    by feasible generalised nonlinear least squares. All variables are ratios to their geometric means, and pi is the
    mean share of capital. Where both incomes add up to output in every period, the two share equations are replaced
    by their difference, since the third equation then says nothing new.

    Parameters
    ----------
    economy : Economy
    iterations : int
        Updates of the residual covariance, at least 1.

    Returns
    -------
    SystemFit

    References
    ----------
    Klump, McAdam & Willman (2007); León-Ledesma, McAdam & Willman (2010).

    Examples
    --------
    >>> economy = simulate_economy(np.random.default_rng(0), 0.5, shocks=(0.1, 0.0, 0.0))
    >>> round(fit_system(economy).sigma, 3)
    0.5
    """
    if iterations < 1:
        raise ValueError(f"iterations: at least 1, got {iterations}")
    y, k, n, time, pi = _centred(economy)
    on_labour = np.log(economy.wage_bill / economy.output)
    on_capital = np.log(economy.capital_income / economy.output)
    closed = np.allclose(economy.wage_bill + economy.capital_income, economy.output, rtol=1e-8)

    def gap(p: np.ndarray) -> np.ndarray:
        sigma, gamma_k, gamma_l, level = p
        power = (sigma - 1) / sigma
        production = _log_ces(k, n, time, pi, sigma, gamma_k, gamma_l, level) - y
        labour = np.log1p(-pi) + power * (n + gamma_l * time - y + level) - on_labour
        capital = np.log(pi) + power * (k + gamma_k * time - y + level) - on_capital
        return np.array([production, labour - capital] if closed else [production, labour, capital])

    equations = 2 if closed else 3
    best, jacobian = _solve(gap, _starts(), np.eye(equations))
    for _ in range(iterations):
        covariance = np.cov(gap(best), bias=True) + 1e-12 * np.eye(equations)
        weight = np.linalg.inv(np.linalg.cholesky(covariance))
        best, jacobian = _solve(gap, [best], weight)
    return SystemFit(float(best[0]), _error(jacobian, 1.0), float(best[1]), float(best[2]))


ESTIMATORS: dict[str, Callable[[Economy], SystemFit]] = {
    "prices, no trend": lambda economy: fit_prices(economy, trend=False),
    "prices with trend": lambda economy: fit_prices(economy, trend=True),
    "Kmenta": fit_kmenta,
    "production function": fit_production,
    "normalised system": fit_system,
}


def recovery(sigma: float, repeats: int, seed: int, **design: object) -> dict[str, np.ndarray]:
    """How well each estimator finds a planted elasticity.

    Parameters
    ----------
    sigma : float
        Planted elasticity.
    repeats : int
        Simulated economies, the same for every estimator.
    seed : int
    **design
        Passed to :func:`simulate_economy`.

    Returns
    -------
    dict of str to ndarray, shape (3,)
        10th percentile, median and 90th percentile of the estimates, by estimator.

    Raises
    ------
    ValueError
        If `repeats` < 2.
    """
    if repeats < 2:
        raise ValueError(f"repeats: at least 2, got {repeats}")
    rng = np.random.default_rng(seed)
    economies = [simulate_economy(rng, sigma, **design) for _ in range(repeats)]
    return {
        name: np.nanquantile([estimate(economy).sigma for economy in economies], [0.1, 0.5, 0.9])
        for name, estimate in ESTIMATORS.items()
    }
