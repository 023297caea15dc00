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
import statsmodels.api as sm
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import least_squares

from replica import check

Array = NDArray[np.float64]

UNIT_ELASTICITY = 1e-6  # closer to 1 than this, the Cobb-Douglas limit is used


TINY = np.finfo(float).tiny


def _positive(**values: ArrayLike) -> list[Array]:
    return [check.array(name, value, 0.0, open_low=True) for name, value in values.items()]


def _share(name: str, value: ArrayLike) -> Array:
    return check.array(name, value, 0.0, 1.0, open_low=True, open_high=True)


# --- CES -------------------------------------------------------------------------------------------------------------
def ces_output(capital, labour, sigma, capital_share, capital_efficiency=1.0, labour_efficiency=1.0) -> Array:
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
    k, n, s = _positive(capital=capital, labour=labour, sigma=sigma)
    a, b = _positive(capital_efficiency=capital_efficiency, labour_efficiency=labour_efficiency)
    pi = _share("capital_share", capital_share)
    log_k, log_n = np.log(a * k), np.log(b * n)
    power = np.where(np.abs(s - 1) < UNIT_ELASTICITY, 1.0, (s - 1) / s)
    ces = np.logaddexp(np.log(pi) + power * log_k, np.log1p(-pi) + power * log_n) / power
    return np.exp(np.where(np.abs(s - 1) < UNIT_ELASTICITY, pi * log_k + (1 - pi) * log_n, ces))


def ces_labour_share(capital, labour, sigma, capital_share, capital_efficiency=1.0, labour_efficiency=1.0) -> Array:
    """Labour share ``1 / (1 + pi / (1 - pi) (A K / B L)^((sigma - 1) / sigma))`` of a normalised CES economy.

    Parameters and errors as :func:`ces_output`.

    Examples
    --------
    >>> ces_labour_share([1.0, 2.0], 1.0, 0.5, 0.4).round(3).tolist()  # complements: deeper capital, higher share
    [0.6, 0.75]
    """
    k, n, s = _positive(capital=capital, labour=labour, sigma=sigma)
    a, b = _positive(capital_efficiency=capital_efficiency, labour_efficiency=labour_efficiency)
    pi = _share("capital_share", capital_share)
    return 1 / (1 + pi / (1 - pi) * np.exp((s - 1) / s * np.log(a * k / (b * n))))


def bias_index(capital_efficiency, labour_efficiency, sigma) -> Array:
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
    a, b = _positive(capital_efficiency=capital_efficiency, labour_efficiency=labour_efficiency)
    (s,) = _positive(sigma=sigma)
    return (s - 1) / s * (np.diff(np.log(a)) - np.diff(np.log(b)))


def bias_from_shares(labour_share, capital_per_worker, sigma) -> Array:
    """The same index without A and B: ``-dlogit(S_L) + (1 - sigma) / sigma dln k``.

    Any output and labour share are those of a CES economy with ``A = (Y / K) (S_K / pi)^(sigma / (sigma - 1))`` and
    ``B = (Y / L) (S_L / (1 - pi))^(sigma / (sigma - 1))``; in their :func:`bias_index` output and pi cancel. What is
    left is the fall of the labour share's own log odds plus a multiple of the growth of capital per worker.

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
    k, s = _positive(capital_per_worker=capital_per_worker, sigma=sigma)
    share = _share("labour_share", labour_share)
    return -np.diff(np.log(share / (1 - share))) + (1 - s) / s * np.diff(np.log(k))


# --- VES -------------------------------------------------------------------------------------------------------------
def _ves_domain(k: Array, b: float, c: float) -> None:
    check.positive("c", c)
    if (1 + check.number("b", b) * k <= 0).any():
        raise ValueError(f"b: 1 + b k must stay positive, got b = {b} with k up to {k.max():.4g}")


def ves_output(capital, labour, b: float, c: float, scale: float = 1.0, returns: float = 1.0) -> Array:
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
    k, n, a, v = _positive(capital=capital, labour=labour, scale=scale, returns=returns)
    _ves_domain(k / n, b, c)
    return a * k ** (v / (1 + c)) * (n + b / (1 + c) * k) ** (v * c / (1 + c))


def ves_elasticity(capital_per_worker, b: float) -> Array:
    """Elasticity of substitution of the VES function: ``sigma = 1 + b k``, a straight line in k = K / L.

    Examples
    --------
    >>> ves_elasticity([0.0, 10.0], -0.05).tolist()
    [1.0, 0.5]
    """
    return 1 + check.number("b", b) * check.array("capital_per_worker", capital_per_worker, 0.0)


@dataclass(frozen=True)
class VesFit:
    """Estimates of the VES function.

    Attributes
    ----------
    b, c, returns : float
        b per unit of K / L; c; returns to scale.
    residual : float
        Standard deviation of the residual in logs.
    at_bound : bool
        Whether an estimate stopped at an end of its range, where it is not an estimate.
    """

    b: float
    c: float
    returns: float
    residual: float
    at_bound: bool


def _logs(output: ArrayLike, capital: ArrayLike, labour: ArrayLike) -> tuple[Array, Array, Array]:
    y, k, n = (np.log(column) for column in _positive(output=output, capital=capital, labour=labour))
    if not y.shape == k.shape == n.shape or y.ndim != 1 or len(y) < 5:
        raise ValueError("output: columns of one length, at least 5, are needed for output, capital and labour")
    if np.linalg.matrix_rank(_centred_columns(k, n, np.exp(k - n)), tol=1e-8 * np.sqrt(len(y))) < 3:
        raise ValueError("capital: ln K, ln L and K / L must vary apart from each other")
    return y, k, n


def _centred_columns(*columns: Array) -> Array:
    """Columns without their means, each divided by its largest value so that rank is a matter of shape."""
    return np.column_stack([(c - c.mean()) / max(np.abs(c).max(), TINY) for c in columns])


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
        If the columns differ in length, are too short, not positive, or do not vary apart from each other.

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
    fit = sm.OLS(y, np.column_stack([np.ones_like(y), k, n, np.exp(k - n)])).fit()
    _, on_k, on_n, on_ratio = fit.params.tolist()
    returns, c = on_k + on_n, on_n / on_k
    return VesFit(on_ratio * (1 + c) ** 2 / (returns * c), c, returns, float(fit.resid.std(ddof=4)), False)


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

    def gap(p: Array) -> Array:
        constant, b, log_c, a = p
        c = np.exp(log_c)
        return constant + a * (k + c * (n + np.log1p(b / (1 + c) * ratio))) / (1 + c) - y

    floor = -1 / ratio.max()
    start = np.array([y.mean() - (k.mean() + n.mean()) / 2, 0.1 * floor, 0.0, 1.0])
    bounds = ([-np.inf, floor * (1 - 1e-9), -6, 0.05], [np.inf, np.inf, 6, 5])
    fit = least_squares(gap, start, bounds=bounds, x_scale=[1, -floor, 1, 1], xtol=1e-14, ftol=1e-14, gtol=1e-14)
    if not fit.success:
        raise RuntimeError(f"fit_ves: no least-squares solution found ({fit.message})")
    _, b, log_c, a = fit.x.tolist()
    at_bound = bool(fit.active_mask.any() or _near(fit.x, *bounds))
    residual = float(np.sqrt(2 * fit.cost / max(len(y) - 4, 1)))
    return VesFit(b, float(np.exp(log_c)), a, residual, at_bound)


def _near(x: Array, low: ArrayLike, high: ArrayLike) -> bool:
    """Whether an estimate lies at an end of its range, to a millionth of its size."""
    slack = 1e-6 * np.maximum(np.abs(x), 1e-6)
    return bool((x - low < slack).any() or (high - x < slack).any())


# --- CES: estimators -------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Economy:
    """One economy over time: output, capital, labour, and the income of both factors, each of shape (periods,)."""

    output: Array
    capital: Array
    labour: Array
    wage_bill: Array
    capital_income: Array

    def __post_init__(self) -> None:
        columns = _positive(**vars(self))
        if len({c.shape for c in columns}) != 1 or columns[0].ndim != 1 or len(columns[0]) < 8:
            raise ValueError("output: columns of the same length, at least 8 periods, are needed")
        if np.ptp(np.log(self.capital / self.labour)) < 1e-8:
            raise ValueError("capital: capital per worker does not vary, so no elasticity can be found")


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
    check.generator("rng", rng)
    check.whole("periods", periods, 8)
    check.array("shocks", shocks, 0.0, shape=(3,))
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
        Its standard error; NaN where the estimator gives none, at a bound, without convergence, or where the fit is
        flat in a direction.
    capital_growth, labour_growth : float
        Growth rates of A and B per period (NaN where not estimated).
    warning : str
        "", "at a bound" or "not converged".
    """

    sigma: float
    error: float = float("nan")
    capital_growth: float = float("nan")
    labour_growth: float = float("nan")
    warning: str = ""


def _centred(economy: Economy) -> tuple[Array, Array, Array, Array, float]:
    """Logs as deviations from their means, time likewise, and the mean capital share of factor income."""
    y, k, n = (np.log(a) - np.log(a).mean() for a in (economy.output, economy.capital, economy.labour))
    ratio = np.log(economy.capital_income / economy.wage_bill).mean()
    return y, k, n, np.arange(len(y)) - (len(y) - 1) / 2, float(1 / (1 + np.exp(-ratio)))


def _log_ces(k, n, time, pi, sigma, on_k, on_n, level) -> Array:
    power = (sigma - 1) / sigma
    parts = np.log(pi) + power * (k + on_k * time), np.log1p(-pi) + power * (n + on_n * time)
    return level + np.logaddexp(*parts) / power


LOW, HIGH = np.array([0.02, -0.5, -0.5, -1.0]), np.array([12.0, 0.5, 0.5, 1.0])  # sigma, two growth rates, level
STARTS = [np.array([sigma, 0.01, 0.01, 0.0]) for sigma in (0.45, 1.5)]


def _solve(gap: Callable[[Array], Array], starts: list[Array], weight: Array):
    """Best of several least-squares runs on equations in rows, whitened by `weight`."""

    def stacked(p: Array) -> Array:
        return (weight @ gap(p)).ravel()

    options = {"bounds": (LOW, HIGH), "x_scale": [0.3, 0.01, 0.01, 0.01], "max_nfev": 200}
    return min((least_squares(stacked, start, **options) for start in starts), key=lambda run: run.cost)


def _estimate(run, scale: float) -> SystemFit:
    """What a least-squares run says, with the error of sigma where it is defined."""
    warning = "not converged" if not run.success else "at a bound" if _near(run.x, LOW, HIGH) else ""
    size = np.sqrt((run.jac**2).sum(axis=0))
    error = float("nan")
    if not warning and size.all() and np.linalg.cond(run.jac / size) < 1e7:
        error = float(np.sqrt(scale * np.linalg.inv(run.jac.T @ run.jac)[0, 0]))
    return SystemFit(float(run.x[0]), error, float(run.x[1]), float(run.x[2]), warning)


def fit_production(economy: Economy) -> SystemFit:
    """CES production function alone, by nonlinear least squares on its logarithm; normalised, both biases free.

    Examples
    --------
    >>> economy = simulate_economy(np.random.default_rng(0), 0.5, shocks=(0.1, 0.0, 0.0))
    >>> round(fit_production(economy).sigma, 2)
    0.5
    """
    y, k, n, time, pi = _centred(economy)

    def gap(p: Array) -> Array:
        return (_log_ces(k, n, time, pi, *p) - y)[None]

    run = _solve(gap, STARTS, np.eye(1))
    return _estimate(run, 2 * run.cost / (len(y) - 4))


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
    if np.ptp(wage) < 1e-8:
        raise ValueError("economy: the price of labour in capital does not vary")
    trends = [np.arange(len(ratio)) - (len(ratio) - 1) / 2] if trend else []
    if np.linalg.matrix_rank(_centred_columns(wage, *trends), tol=1e-8 * np.sqrt(len(wage))) < 1 + trend:
        raise ValueError("economy: the price of labour in capital is a trend, and nothing else")
    fit = sm.OLS(ratio, np.column_stack([np.ones_like(ratio), wage, *trends])).fit()
    return SystemFit(float(fit.params[1]), float(fit.bse[1]))


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
    power = sm.OLS(y - n - pi * ratio, design).fit().params[1]
    return SystemFit(float(1 / (1 - power)) if power < 1 else float("nan"))


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
    check.whole("iterations", iterations, 1)
    y, k, n, time, pi = _centred(economy)
    on_labour = np.log(economy.wage_bill / economy.output)
    on_capital = np.log(economy.capital_income / economy.output)
    closed = np.allclose(economy.wage_bill + economy.capital_income, economy.output, rtol=1e-8)

    def gap(p: Array) -> Array:
        sigma, gamma_k, gamma_l, level = p
        power = (sigma - 1) / sigma
        production = _log_ces(k, n, time, pi, sigma, gamma_k, gamma_l, level) - y
        labour = np.log1p(-pi) + power * (n + gamma_l * time - y + level) - on_labour
        capital = np.log(pi) + power * (k + gamma_k * time - y + level) - on_capital
        return np.array([production, labour - capital] if closed else [production, labour, capital])

    equations = 2 if closed else 3
    run = _solve(gap, STARTS, np.eye(equations))
    for _ in range(iterations):
        covariance = np.cov(gap(run.x), bias=True) + 1e-12 * np.eye(equations)
        run = _solve(gap, [run.x], np.linalg.inv(np.linalg.cholesky(covariance)))
    return _estimate(run, 1.0)


ESTIMATORS: dict[str, Callable[[Economy], SystemFit]] = {
    "prices, no trend": lambda economy: fit_prices(economy, trend=False),
    "prices with trend": lambda economy: fit_prices(economy, trend=True),
    "Kmenta": fit_kmenta,
    "production function": fit_production,
    "normalised system": fit_system,
}


def recovery(sigma: float, repeats: int, seed: int, **design: object) -> dict[str, Array]:
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
    check.whole("repeats", repeats, 2)
    rng = np.random.default_rng(seed)
    economies = [simulate_economy(rng, sigma, **design) for _ in range(repeats)]
    return {
        name: np.nanquantile([estimate(economy).sigma for economy in economies], [0.1, 0.5, 0.9])
        for name, estimate in ESTIMATORS.items()
    }
