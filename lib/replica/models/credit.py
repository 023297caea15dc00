"""Contingent claims: debt as a riskless promise less a put, equity as a call, a guarantee as a part of that put.

One balance sheet, one promise: assets :math:`V` follow a geometric Brownian motion with volatility :math:`\\sigma`, and
the debtor owes the face :math:`F` in :math:`T` years (Merton 1974). Whoever guarantees the debt is short the put
(Gray, Merton & Bodie 2007). All functions take scalars or arrays that broadcast.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import root
from scipy.special import ndtr

Array = NDArray[np.float64]


def _positive(**values: ArrayLike) -> list[Array]:
    arrays = []
    for name, value in values.items():
        array = np.asarray(value, dtype=float)
        if not (np.isfinite(array) & (array > 0)).all():
            raise ValueError(f"{name}: expected positive finite numbers")
        arrays.append(array)
    return arrays


def _finite(name: str, value: ArrayLike) -> Array:
    array = np.asarray(value, dtype=float)
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite numbers")
    return array


def _share(name: str, value: ArrayLike) -> Array:
    array = _finite(name, value)
    if not ((array >= 0) & (array <= 1)).all():
        raise ValueError(f"{name}: expected numbers in [0, 1]")
    return array


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
    promised = f * np.exp(-_finite("rate", rate) * t)
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
    level = _finite("leverage", leverage)
    if (level < 0).any():
        raise ValueError("leverage: expected numbers of zero or more")
    s, t = _positive(volatility=volatility, maturity=maturity)
    level = np.maximum(level, 1e-12)
    width = s * np.sqrt(t)
    d1 = -np.log(level) / width + width / 2
    loss = ndtr(width - d1) - ndtr(-d1) / level
    return -np.log1p(-(1 - _share("probability", probability)) * np.maximum(loss, 0.0)) / t


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
    e, s, f, t = (
        float(value)
        for value in _positive(equity=equity, equity_volatility=equity_volatility, face=face, maturity=maturity)
    )
    start = e + f * np.exp(-rate * t)

    def gap(logs: Array) -> list[float]:
        v, sigma = np.exp(logs)
        claims = merton(v, f, t, rate, sigma)
        return [float(claims.equity / e - 1), float(ndtr(claims.d1) * sigma * v / (s * e) - 1)]

    solution = root(gap, np.log([start, s * e / start]), tol=1e-12)
    if not solution.success or max(map(abs, solution.fun)) > 1e-8:
        raise ValueError("equity: no assets and volatility fit this equity and its volatility")
    assets, volatility = np.exp(solution.x)
    return float(assets), float(volatility)


def pooled_spread(leverage: ArrayLike, volatility: ArrayLike, maturity: ArrayLike, doubt: ArrayLike) -> Array:
    """Spread when lenders know the assets only up to a lognormal error: they pool good and bad debtors.

    With an error of standard deviation `doubt` and mean one, final assets are lognormal with variance
    ``volatility**2 maturity + doubt**2``, so the pooled price is Merton's with that variance.

    Parameters
    ----------
    doubt : array_like
        Standard deviation of the log of the true over the reported assets, zero or more.
    """
    error = _finite("doubt", doubt)
    if (error < 0).any():
        raise ValueError("doubt: expected numbers of zero or more")
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
    if nodes < 2:
        raise ValueError(f"nodes: expected two or more, got {nodes}")
    points = np.linspace(-8, 8, nodes)
    weights = np.exp(-(points**2) / 2)
    error = _finite("doubt", doubt)[..., None]
    true = np.exp(error * points - error**2 / 2)
    level, s, t = (np.asarray(value, dtype=float)[..., None] for value in (leverage, volatility, maturity))
    return quasi_spread(level / true, s, t), weights / weights.sum()


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
        names = ("own", "quality", "curvature", "volatility", "maturity")
        arrays = dict(zip(names, _positive(**{name: getattr(self, name) for name in names}), strict=True))
        if not (arrays["curvature"] < 1).all():
            raise ValueError("curvature: expected numbers in (0, 1)")
        for name, value in arrays.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "probability", _share("probability", self.probability))

    def assets(self, investment: Array) -> Array:
        """Assets after the investment."""
        return self.own + self.quality * investment**self.curvature / self.curvature

    def first_best(self) -> Array:
        """Investment whose last unit adds one unit of assets: ``quality ** (1 / (1 - curvature))``."""
        return self.quality ** (1 / (1 - self.curvature))

    def promise(self, investment: Array) -> Array:
        """Riskless value of the promise that raises `investment`: lenders' value equals what they pay.

        Newton's method from below on a function that rises and is concave in the promise. Where no promise raises
        the money (lenders would need more than all assets), infinity.
        """
        assets, width = self.assets(investment), self.volatility * np.sqrt(self.maturity)
        at_risk = 1 - self.probability
        promised = np.broadcast_to(np.asarray(investment, dtype=float), np.shape(assets + at_risk)).copy()
        for _ in range(60):
            d1 = np.log(assets / promised) / width + width / 2
            put = promised * ndtr(width - d1) - assets * ndtr(-d1)
            missing = investment - promised + at_risk * put
            step = missing / np.maximum(1 - at_risk * ndtr(width - d1), 1e-9)
            promised = np.minimum(promised + step, 1e6 * assets)
            if (np.abs(step) <= 1e-13 * promised).all():
                break
        return np.where(promised < 1e5 * assets, promised, np.inf)

    def put(self, investment: Array) -> Array:
        """Value of the shortfall on the debt that financed `investment`."""
        promised, assets = self.promise(investment), self.assets(investment)
        finite = np.where(np.isfinite(promised), promised, 1.0)
        width = self.volatility * np.sqrt(self.maturity)
        d1 = np.log(assets / finite) / width + width / 2
        put = finite * ndtr(width - d1) - assets * ndtr(-d1)
        return np.where(np.isfinite(promised), put, np.inf)

    def gain(self, investment: Array) -> Array:
        """Owner's value :math:`W(I)`; minus infinity where the money cannot be raised."""
        put = self.put(investment)
        reachable = np.isfinite(put)
        value = self.assets(investment) - investment + self.probability * np.where(reachable, put, 0.0)
        return np.where(reachable, value, -np.inf)

    def borrowing(self, rounds: int = 5, points: int = 33) -> Array:
        """Investment, all of it borrowed, that the owner chooses: the maximum of :meth:`gain`.

        A grid in logarithms from a fifth of the first best to a thousand times it, refined around its best point
        `rounds` times; the last spacing is below ``1e-5`` of the result. Where the owner would borrow more than the
        largest value of the grid, the result is that value.
        """
        centre = np.log(self.first_best() * np.ones(np.shape(self.probability + self.own)))
        low, high = centre + np.log(0.2), centre + np.log(1e3)
        for _ in range(rounds):
            grid = low[..., None] + (high - low)[..., None] * np.linspace(0, 1, points)
            values = Project(*(np.asarray(part)[..., None] for part in self._parts())).gain(np.exp(grid))
            best = np.clip(values.argmax(axis=-1), 1, points - 2)[..., None]
            low, high = (np.take_along_axis(grid, best + shift, -1)[..., 0] for shift in (-1, 1))
        return np.exp((low + high) / 2)

    def _parts(self) -> tuple[Array, ...]:
        return self.own, self.quality, self.curvature, self.volatility, self.maturity, self.probability
