"""What debt is worth and where it goes: contingent claims, guarantees, borrowing under a guarantee, debt ratios.

One balance sheet, one promise: assets :math:`V` follow a geometric Brownian motion with volatility :math:`\\sigma`, and
the debtor owes the face :math:`F` in :math:`T` years (Merton 1974). Whoever guarantees the debt is short the put
(Gray, Merton & Bodie 2007): equity is a call, debt is riskless debt less a put, a guarantee is a part of that put.
A debt ratio follows a recursion in the interest rate, growth and the balance. All functions take scalars or arrays
that broadcast.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import root
from scipy.special import ndtr

from replica import check

Array = NDArray[np.float64]
LIMIT = 1e3
"""Multiple of the first best at which the search for the owner's borrowing ends."""


def _positive(**values: ArrayLike) -> list[Array]:
    return [check.array(name, value, 0, open_low=True) for name, value in values.items()]


@dataclass(frozen=True)
class Claims:
    """What the claims on one balance sheet are worth; every field has the broadcast shape of the inputs.

    Attributes
    ----------
    equity : array
        Call on the assets with the face as strike (units of the assets).
    debt : array
        Market value of the promise, ``assets - equity``.
    put : array
        Value of the shortfall: what a full guarantee costs, ``face exp(-rate maturity) - debt``.
    spread : array
        Yield of the debt above the riskless rate, continuously compounded, a year.
    default_probability : array
        Probability that the assets end below the face, under the pricing measure.
    d1, d2 : array
        Arguments of the normal distribution function in Black & Scholes (1973).
    """

    equity: Array
    debt: Array
    put: Array
    spread: Array
    default_probability: Array
    d1: Array
    d2: Array


def merton(assets: ArrayLike, face: ArrayLike, maturity: ArrayLike, rate: ArrayLike, volatility: ArrayLike) -> Claims:
    """Equity, debt, put and spread of a debtor with one zero-coupon promise (Merton 1974, equations 12 to 14).

    Parameters
    ----------
    assets, face : array_like
        Value of the assets today and the promised payment, in the same money.
    maturity : array_like
        Years.
    rate : array_like
        Riskless rate, continuously compounded, a year.
    volatility : array_like
        Standard deviation of the yearly log return of the assets.

    Raises
    ------
    ValueError
        If assets, face, maturity or volatility are not positive and finite, or rate is not finite.

    Examples
    --------
    >>> claims = merton(100, 80, 5, 0.03, 0.2)
    >>> print(f"{claims.spread:.4f} {claims.debt + claims.equity:.1f}")
    0.0124 100.0
    """
    v, f, t, s = _positive(assets=assets, face=face, maturity=maturity, volatility=volatility)
    promised = f * np.exp(-check.array("rate", rate) * t)
    spread_of_logs = s * np.sqrt(t)
    d1 = np.log(v / promised) / spread_of_logs + spread_of_logs / 2
    d2 = d1 - spread_of_logs
    put = promised * ndtr(-d2) - v * ndtr(-d1)
    equity = v * ndtr(d1) - promised * ndtr(d2)
    paid = ndtr(d2) + v / promised * ndtr(-d1)
    return Claims(equity, promised * paid, put, -np.log(paid) / t, ndtr(-d2), d1, d2)


def quasi_spread(
    leverage: ArrayLike, volatility: ArrayLike, maturity: ArrayLike, probability: ArrayLike = 0.0
) -> Array:
    """Spread from the ratio of the promise, discounted at the riskless rate, to the assets.

    Merton (1974) shows that the spread depends on this ratio, the volatility and the maturity alone. If lenders
    believe that a third party pays the shortfall with a given probability, whatever the state, they bear the rest:

    .. math:: s(p) = -\\frac{1}{T} \\ln\\{1 - (1 - p) [N(-d_2) - N(-d_1) / \\ell]\\}

    Parameters
    ----------
    leverage : array_like
        ``face exp(-rate maturity) / assets``; zero gives a spread of zero.
    volatility, maturity : array_like
        As in :func:`merton`.
    probability : array_like
        Probability, in lenders' minds, that the guarantor pays; independent of the shortfall.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> quasi_spread(0.8, 0.2, 5, [0.0, 0.5, 1.0]).round(4).tolist()
    [0.0206, 0.01, 0.0]
    """
    level = np.maximum(check.array("leverage", leverage, 0), 1e-12)
    s, t = _positive(volatility=volatility, maturity=maturity)
    width = s * np.sqrt(t)
    d1 = -np.log(level) / width + width / 2
    loss = ndtr(width - d1) - ndtr(-d1) / level
    return -np.log1p(-(1 - check.array("probability", probability, 0, 1)) * np.maximum(loss, 0.0)) / t


def default_probability(
    assets: ArrayLike, face: ArrayLike, maturity: ArrayLike, drift: ArrayLike, volatility: ArrayLike
) -> Array:
    """Probability that the assets end below the face when they grow with their own drift, not the riskless rate.

    Parameters
    ----------
    drift : array_like
        Expected continuously compounded growth of the assets, a year (``log E[V_T / V_0] / T``).

    Examples
    --------
    >>> print(f"{default_probability(100, 80, 5, 0.03, 0.2):.4f}")
    0.2707
    """
    return merton(assets, face, maturity, drift, volatility).default_probability


def implied_assets(
    equity: float, equity_volatility: float, face: float, maturity: float, rate: float
) -> tuple[float, float]:
    """Value and volatility of assets nobody trades, from those of the junior claim that somebody does.

    Solves ``equity = call(V, sigma)`` and ``equity_volatility equity = N(d1) sigma V`` together, the step by which
    contingent-claims analysis reads a balance sheet from market prices (Gray, Merton & Bodie 2007).

    Returns
    -------
    (assets, volatility) : float

    Raises
    ------
    ValueError
        If an argument is out of its range, or no solution is found.

    Examples
    --------
    >>> assets, volatility = implied_assets(3, 0.8, 10, 1, 0.05)
    >>> print(f"{assets:.2f} {volatility:.4f}")
    12.40 0.2123
    """
    e, s = check.positive("equity", equity), check.positive("equity_volatility", equity_volatility)
    f, t, rate = check.positive("face", face), check.positive("maturity", maturity), check.number("rate", rate)
    start = e + f * np.exp(-rate * t)

    def gap(logs: Array) -> list[float]:
        v, sigma = np.exp(logs)
        claims = merton(v, f, t, rate, sigma)
        return [float(claims.equity / e - 1), float(ndtr(claims.d1) * sigma * v / (s * e) - 1)]

    solution = root(gap, np.log([start, s * e / start]), tol=1e-12)
    assets, volatility = map(float, np.exp(solution.x))
    if not solution.success or max(map(abs, solution.fun)) > 1e-8:
        raise ValueError("equity: no assets and volatility fit this equity and its volatility")
    if not 1e-4 < volatility * np.sqrt(t) < 10:  # equity is then assets less debt, or all of the assets, to rounding
        raise ValueError(f"equity: {e:g} and a volatility of {s:g} do not tell the assets: volatility {volatility:.2g}")
    return assets, volatility


def pooled_spread(leverage: ArrayLike, volatility: ArrayLike, maturity: ArrayLike, doubt: ArrayLike) -> Array:
    """Spread when lenders know the assets only up to a lognormal error: they pool good and bad debtors.

    With an error of standard deviation `doubt` and mean one, final assets are lognormal with variance
    ``volatility**2 maturity + doubt**2``, so the pooled price is Merton's with that variance.

    Parameters
    ----------
    doubt : array_like
        Standard deviation of the log of the true over the reported assets, zero or more.
    """
    error = check.array("doubt", doubt, 0)
    s, t = _positive(volatility=volatility, maturity=maturity)
    return quasi_spread(leverage, np.sqrt(s**2 + error**2 / t), t)


def disclosed_spreads(
    leverage: ArrayLike, volatility: ArrayLike, maturity: ArrayLike, doubt: ArrayLike, nodes: int = 129
) -> tuple[Array, Array]:
    """Spreads of the same debtors once lenders see the assets of each.

    The standard normal error is cut at eight deviations and weighed on an even grid: the trapezoidal rule, whose error
    is negligible once the grid is finer than ``volatility sqrt(maturity) / doubt``.

    Returns
    -------
    spreads : array, shape (..., nodes)
        Spread of the debtor at each node of the error.
    weights : array, shape (nodes,)
        Share of debtors at each node.
    """
    points = np.linspace(-8, 8, check.whole("nodes", nodes, 2))
    weights = np.exp(-(points**2) / 2)
    error = check.array("doubt", doubt, 0)[..., None]
    true = np.exp(error * points - error**2 / 2)
    level = check.array("leverage", leverage, 0)[..., None]
    s, t = (part[..., None] for part in _positive(volatility=volatility, maturity=maturity))
    return quasi_spread(level / true, s, t), weights / weights.sum()


def _put(assets: Array, promised: Array, width: Array) -> tuple[Array, Array]:
    """The put on assets with a riskless promise as strike, and the probability that it is used."""
    d1 = np.log(assets / promised) / width + width / 2
    short = ndtr(width - d1)
    return promised * short - assets * ndtr(-d1), short


@dataclass(frozen=True)
class Project:
    """A vehicle that invests with borrowed money under a guarantee that may or may not be honoured.

    It owns assets worth `own`; investing `I` adds assets worth ``quality I**curvature / curvature``. All of `I` is
    borrowed at a fair price, given that lenders expect rescue with `probability`. Since lenders are repaid by assets
    or by the guarantor, the owner gains

    .. math:: W(I) = own + f(I) - I + p\\,Put(I),

    so without a guarantee the financing does not matter (Modigliani & Miller 1958) and :math:`f'(I) = 1`; with one,
    :math:`f'(I) = 1 - p\\,dPut/dI`: the guarantee pays for investment that does not pay.

    Attributes
    ----------
    own, quality, curvature : array
        Assets before the investment (>0), scale of the return (>0), and curvature in (0, 1).
    volatility, maturity : array
        Of all assets together; years.
    probability : array
        Probability of rescue in lenders' minds.
    """

    own: Array
    quality: Array
    curvature: Array
    volatility: Array
    maturity: Array
    probability: Array

    def __post_init__(self) -> None:
        for name in ("own", "quality", "volatility", "maturity"):
            object.__setattr__(self, name, check.array(name, getattr(self, name), 0, open_low=True))
        curvature = check.array("curvature", self.curvature, 0, 1, open_low=True, open_high=True)
        object.__setattr__(self, "curvature", curvature)
        object.__setattr__(self, "probability", check.array("probability", self.probability, 0, 1))

    def assets(self, investment: Array) -> Array:
        """Assets after the investment, which is above zero."""
        investment = check.array("investment", investment, 0, open_low=True)
        return self.own + self.quality * investment**self.curvature / self.curvature

    def first_best(self) -> Array:
        """Investment whose last unit adds one unit of assets: ``quality ** (1 / (1 - curvature))``."""
        return self.quality ** (1 / (1 - self.curvature))

    def limit(self) -> Array:
        """Largest investment that :meth:`borrowing` considers: a thousand times the first best."""
        return LIMIT * self.first_best()

    def promise(self, investment: Array) -> Array:
        """Riskless value of the promise that raises `investment`: lenders' value equals what they pay.

        Newton's method from below on a function that rises and is concave in the promise. Where no promise raises
        the money (lenders would need more than all assets), infinity.
        """
        assets, width = self.assets(investment), self.volatility * np.sqrt(self.maturity)
        at_risk = 1 - self.probability
        promised = np.broadcast_to(np.asarray(investment, dtype=float), np.shape(assets + at_risk)).copy()
        for _ in range(60):
            put, short = _put(assets, promised, width)
            missing = investment - promised + at_risk * put
            step = missing / np.maximum(1 - at_risk * short, 1e-9)
            promised = np.minimum(promised + step, 1e6 * assets)
            if (np.abs(step) <= 1e-13 * promised).all():
                break
        return np.where(promised < 1e5 * assets, promised, np.inf)

    def put(self, investment: Array) -> Array:
        """Value of the shortfall on the debt that financed `investment`."""
        promised, assets = self.promise(investment), self.assets(investment)
        finite = np.where(np.isfinite(promised), promised, 1.0)
        put, _ = _put(assets, finite, self.volatility * np.sqrt(self.maturity))
        return np.where(np.isfinite(promised), put, np.inf)

    def gain(self, investment: Array) -> Array:
        """Owner's value :math:`W(I)`; minus infinity where the money cannot be raised."""
        put = self.put(investment)
        reachable = np.isfinite(put)
        value = self.assets(investment) - investment + self.probability * np.where(reachable, put, 0.0)
        return np.where(reachable, value, -np.inf)

    def borrowing(self, rounds: int = 5, points: int = 33) -> Array:
        """Investment, all of it borrowed, that the owner chooses: the maximum of :meth:`gain`.

        A grid in logarithms from a fifth of the first best to :meth:`limit`, refined around its best point `rounds`
        times; the last spacing is below ``1e-5`` of the result. Where the gain still rises at the end of the grid the
        result is exactly the limit: a bound, not a maximum.

        Raises
        ------
        ValueError
            If `rounds` or `points` is no whole number of at least 1 and 3.
        """
        rounds, points = check.whole("rounds", rounds, 1), check.whole("points", points, 3)
        centre = np.log(self.first_best() * np.ones(np.shape(self.probability + self.own)))
        low, high = centre + np.log(0.2), centre + np.log(LIMIT)
        end, last = high, (high - low) / (points - 1)
        for _ in range(rounds):
            grid = low[..., None] + (high - low)[..., None] * np.linspace(0, 1, points)
            values = Project(*(np.asarray(part)[..., None] for part in self._parts())).gain(np.exp(grid))
            best = np.clip(values.argmax(axis=-1), 1, points - 2)[..., None]
            low, high = (np.take_along_axis(grid, best + shift, -1)[..., 0] for shift in (-1, 1))
        found = (low + high) / 2
        return np.where(found > end - last / 2, self.limit(), np.exp(found))

    def _parts(self) -> tuple[Array, ...]:
        return self.own, self.quality, self.curvature, self.volatility, self.maturity, self.probability


# How a debt ratio moves ----------------------------------------------------------------------------------------------


def debt_path(
    initial: ArrayLike, rate: ArrayLike, growth: ArrayLike, balance: ArrayLike, adjustment: ArrayLike = 0.0
) -> Array:
    """Debt ratio year by year.

    .. math:: b_t = \\frac{1 + r_t}{1 + g_t} b_{t-1} - pb_t + a_t

    Parameters
    ----------
    initial : array_like, shape (...)
        Debt ratio before the first year.
    rate, growth, balance, adjustment : array_like, shape (..., years)
        Interest rate on the debt, growth of income, primary balance over income, and debt taken over from elsewhere
        (stock-flow adjustment), each year; shapes broadcast.

    Returns
    -------
    array, shape (..., years + 1)
        The first entry is `initial`.

    Raises
    ------
    ValueError
        If an argument is not finite, a rate is -1 or less, or there is no year.

    Examples
    --------
    >>> debt_path(0.5, [0.04, 0.04], [0.06, 0.06], [-0.01, -0.01]).round(4).tolist()
    [0.5, 0.5006, 0.5011]
    """
    r, g = check.array("rate", rate, -1, open_low=True), check.array("growth", growth, -1, open_low=True)
    factor, flow = np.broadcast_arrays(
        (1 + r) / (1 + g),
        check.array("adjustment", adjustment) - check.array("balance", balance),
    )
    if factor.ndim == 0 or factor.shape[-1] == 0:
        raise ValueError("rate: expected at least one year along the last axis")
    start = np.broadcast_to(check.array("initial", initial), factor.shape[:-1])
    path = np.empty((*factor.shape[:-1], factor.shape[-1] + 1))
    path[..., 0] = start
    for year in range(factor.shape[-1]):
        path[..., year + 1] = factor[..., year] * path[..., year] + flow[..., year]
    return path


def debt_closed_form(
    initial: ArrayLike, rate: ArrayLike, growth: ArrayLike, balance: ArrayLike, years: ArrayLike
) -> Array:
    """Debt ratio after `years` of constant rates and a constant balance.

    With :math:`\\Lambda = (1 + r) / (1 + g)`: :math:`b_T = \\Lambda^T b_0 - pb (\\Lambda^T - 1) / (\\Lambda - 1)`, and
    :math:`b_0 - T pb` where :math:`\\Lambda = 1`.

    Examples
    --------
    >>> debt_closed_form(0.5, 0.04, 0.06, -0.01, 2).round(4).item()
    0.5011
    """
    start, pb, t = check.array("initial", initial), check.array("balance", balance), check.array("years", years, 0)
    r, g = check.array("rate", rate, -1, open_low=True), check.array("growth", growth, -1, open_low=True)
    log = np.log1p(r) - np.log1p(g)
    flat = np.abs(log) < 1e-12
    safe = np.where(flat, 1.0, log)
    annuity = np.where(flat, t, np.expm1(t * safe) / np.expm1(safe))
    return np.exp(t * log) * start - pb * annuity
