"""One order or two: the newsvendor, and a season that is reordered after early sales have been seen.

A few lines are enough:

>>> from replica.models.newsvendor import Style, Terms, two_orders
>>> style, terms = Style.of(mean=1000, cv=0.6, noise=0.3), Terms(price=100, cost=40, salvage=10)
>>> print(two_orders(style, terms, watch=0.1, delay=0.2))
two orders: 840, then 228 on average; profit 42303 (one order 39198); sold 83 %, left over 24 % of demand

**One order.** A unit short costs ``price - cost + goodwill``, a unit over ``cost - salvage``. The best quantity is the
quantile of demand at the critical fractile (Arrow, Harris & Marschak 1951). With goodwill, profit counts it as a cost.

**Two orders.** A style sells at an unknown rate :math:`\\theta` a season. Its sales in disjoint parts of the season are
independent given the rate, gamma distributed with mean :math:`\\theta f` in a share :math:`f` of the season:

.. math:: D(f) \\mid \\theta \\sim \\text{Gamma}(\\kappa f,\\ \\text{scale } \\theta/\\kappa), \\qquad
          \\theta \\sim \\text{InvGamma}(\\alpha, \\beta).

Seeing :math:`a` sold in a share :math:`s` turns :math:`\\alpha` into :math:`\\alpha + \\kappa s` and :math:`\\beta`
into :math:`\\beta + \\kappa a` (the conjugate family of Scarf 1960 and Azoury 1985). The new forecast is a credibility
mean of the prior one and early sales.
The distribution of the season's demand does not depend on where the season is cut, so speeds can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, betaincinv, ndtr, ndtri

Array = NDArray[np.float64]


class Demand(Protocol):
    """What an order needs to know of demand."""

    mean: float

    def cdf(self, x: ArrayLike) -> Array:
        """Probability of demand up to `x`."""

    def quantile(self, q: float) -> float:
        """Smallest demand whose distribution function reaches `q`."""

    def sales(self, quantity: ArrayLike) -> Array:
        """Expected smaller one of demand and `quantity`."""


def _number(name: str, value: float, low: float, high: float = np.inf, *, strict: bool = True) -> float:
    number = float(value)
    inside = low < number < high if strict else low <= number <= high
    if not (np.isfinite(number) and inside):
        brackets = "()" if strict else "[]"
        raise ValueError(f"{name}: expected a number in {brackets[0]}{low:g}, {high:g}{brackets[1]}, got {value!r}")
    return number


@dataclass(frozen=True)
class Normal:
    """Normal demand, the textbook's; negative demands have the probability ``Phi(-mean / sd)``.

    Examples
    --------
    >>> print(f"{Normal(100, 20).quantile(0.75):.2f} {Normal(100, 20).sales(100):.3f}")
    113.49 92.021
    """

    mean: float
    sd: float

    def __post_init__(self) -> None:
        _number("mean", self.mean, 0)
        _number("sd", self.sd, 0)

    def cdf(self, x: ArrayLike) -> Array:
        return ndtr((np.asarray(x, dtype=float) - self.mean) / self.sd)

    def quantile(self, q: float) -> float:
        return float(self.mean + self.sd * ndtri(q))

    def sales(self, quantity: ArrayLike) -> Array:
        z = (np.asarray(quantity, dtype=float) - self.mean) / self.sd
        loss = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) - z * ndtr(-z)
        return self.mean - self.sd * loss


@dataclass(frozen=True)
class Discrete:
    """Demand that takes listed values with listed probabilities.

    Raises
    ------
    ValueError
        If the two lists differ in length, a value is negative, or the probabilities do not add up to one.

    Examples
    --------
    >>> Discrete([0, 1, 2], [0.2, 0.5, 0.3]).quantile(0.7)
    1.0
    """

    values: ArrayLike
    probabilities: ArrayLike

    def __post_init__(self) -> None:
        values, weights = (np.asarray(v, dtype=float) for v in (self.values, self.probabilities))
        if values.ndim != 1 or values.size == 0 or not np.isfinite(values).all() or (values < 0).any():
            raise ValueError("values: expected a list of numbers of zero or more")
        if weights.shape != values.shape or not (weights >= 0).all() or abs(weights.sum() - 1) > 1e-9:
            raise ValueError("probabilities: expected one for each value, none negative, that add up to 1")
        order = np.argsort(values, kind="stable")
        object.__setattr__(self, "values", values[order])
        object.__setattr__(self, "probabilities", weights[order])

    @property
    def mean(self) -> float:
        return float(self.values @ self.probabilities)

    def cdf(self, x: ArrayLike) -> Array:
        return (self.values <= np.asarray(x, dtype=float)[..., None]) @ self.probabilities

    def quantile(self, q: float) -> float:
        place = np.searchsorted(np.cumsum(self.probabilities), q - 1e-12)
        return float(self.values[min(place, self.values.size - 1)])

    def sales(self, quantity: ArrayLike) -> Array:
        return np.minimum(self.values, np.asarray(quantity, dtype=float)[..., None]) @ self.probabilities


@dataclass(frozen=True)
class Predictive:
    """Demand in a share of a season at an unknown rate: a scaled beta-prime variable.

    ``demand / scale`` is the ratio of two gamma variables with shapes `p` and `q`; its mean is ``p / (q - 1)``.
    """

    p: float
    q: float
    scale: float

    @property
    def mean(self) -> float:
        return self.scale * self.p / (self.q - 1)

    @property
    def sd(self) -> float:
        """Infinite where ``q`` is 2 or less."""
        return self.mean * np.sqrt((self.p + self.q - 1) / (self.p * (self.q - 2))) if self.q > 2 else np.inf

    def cdf(self, x: ArrayLike) -> Array:
        y = np.maximum(np.asarray(x, dtype=float), 0) / self.scale
        return betainc(self.p, self.q, y / (1 + y))

    def quantile(self, q: ArrayLike) -> Array:
        b = betaincinv(self.p, self.q, q)
        return self.scale * b / (1 - b)

    def sales(self, quantity: ArrayLike) -> Array:
        x = np.asarray(quantity, dtype=float)
        y = np.maximum(x, 0) / self.scale
        below = betainc(self.p + 1, self.q - 1, y / (1 + y))
        return self.mean * below + x * (1 - betainc(self.p, self.q, y / (1 + y)))


@dataclass(frozen=True)
class Style:
    """What is believed of a style's season: the rate is inverse gamma, sales at a known rate are gamma.

    Attributes
    ----------
    alpha, beta : float
        Of the inverse gamma distribution of the rate; ``beta / (alpha - 1)`` is the expected demand of a season.
    kappa : float
        One over the squared coefficient of variation of a season's demand at a known rate.
    """

    alpha: float
    beta: float
    kappa: float

    def __post_init__(self) -> None:
        _number("alpha", self.alpha, 2)
        _number("beta", self.beta, 0)
        _number("kappa", self.kappa, 0)

    @classmethod
    def of(cls, mean: float, cv: float, noise: float) -> Style:
        """From the mean of demand, the coefficient of variation of the rate, and that of demand at a known rate.

        Examples
        --------
        >>> season = Style.of(1000, 0.5, 0.3).demand()
        >>> print(f"{season.mean:.0f} {season.sd / season.mean:.3f}")
        1000 0.602
        """
        mean, cv, noise = _number("mean", mean, 0), _number("cv", cv, 0), _number("noise", noise, 0)
        alpha = 2 + 1 / cv**2
        return cls(alpha, mean * (alpha - 1), 1 / noise**2)

    def demand(self, share: float = 1.0) -> Predictive:
        """Demand in a share of the season, the rate being unknown."""
        share = _number("share", share, 0, 1 + 1e-9)
        return Predictive(self.kappa * share, self.alpha, self.beta / self.kappa)

    def after(self, sold: float, share: float) -> Style:
        """Belief after `sold` units were asked for in a share of the season."""
        sold = _number("sold", sold, 0, strict=False)
        share = _number("share", share, 0, 1 + 1e-9)
        return Style(self.alpha + self.kappa * share, self.beta + self.kappa * sold, self.kappa)

    def credibility(self, share: float) -> float:
        """Weight of early sales, ``sold / share``, in the new forecast of the season; the rest stays with the prior.

        Examples
        --------
        >>> style = Style.of(1000, 0.5, 0.3)
        >>> z, new = style.credibility(0.1), style.after(150, 0.1).demand().mean
        >>> bool(np.isclose(new, (1 - z) * 1000 + z * 1500))
        True
        """
        return self.kappa * share / (self.alpha - 1 + self.kappa * share)

    def draw(self, shares: ArrayLike, size: int, rng: np.random.Generator) -> Array:
        """Demand in consecutive shares of the season, shape (size, number of shares)."""
        rate = self.beta / rng.gamma(self.alpha, size=size)
        units = rng.gamma(self.kappa * np.asarray(shares, dtype=float), size=(size, len(shares)))
        return units * rate[:, None] / self.kappa


@dataclass(frozen=True)
class Terms:
    """Money for one unit.

    Attributes
    ----------
    price, cost, salvage : float
        What a sale brings, what a unit of the first order costs, what a unit left over brings.
    goodwill : float
        What a unit asked for and not there costs beyond the lost margin.
    late_cost : float or None
        What a unit of the second order costs; None means `cost`.
    """

    price: float
    cost: float
    salvage: float = 0.0
    goodwill: float = 0.0
    late_cost: float | None = None

    def __post_init__(self) -> None:
        cost = _number("cost", self.cost, 0)
        _number("price", self.price, cost)
        _number("salvage", self.salvage, -np.inf, cost)
        _number("goodwill", self.goodwill, 0, strict=False)
        if self.late_cost is None:
            object.__setattr__(self, "late_cost", cost)
        _number("late_cost", self.late_cost, self.salvage)

    def fractile(self, *, late: bool = False) -> float:
        """Critical fractile ``under / (under + over)`` of the first or the second order; at least zero."""
        cost = self.late_cost if late else self.cost
        under = max(self.price - cost + self.goodwill, 0.0)
        return under / (under + cost - self.salvage)


@dataclass(frozen=True)
class Plan:
    """What a plan for a season yields on average; units are those of demand and of the terms.

    Attributes
    ----------
    first, second : float
        Units ordered before the season and, on average, after the look at early sales.
    profit, sold, leftover, lost : float
        Expected profit; units sold, unsold at the end, and asked for in vain.
    demand : float
        Expected demand of the season.
    one_order : Plan or None
        The best single order under the same terms, for comparison.
    """

    first: float
    second: float
    profit: float
    sold: float
    leftover: float
    lost: float
    demand: float
    one_order: Plan | None = None

    @property
    def ordered(self) -> float:
        """Units that the producer delivers."""
        return self.first + self.second

    def __str__(self) -> str:
        shares = [f"{100 * units / self.demand:.0f} %" for units in (self.sold, self.leftover)]
        rest = f"sold {shares[0]}, left over {shares[1]} of demand"
        if self.one_order is None:
            return f"one order: {self.first:.0f}; profit {self.profit:.0f}; {rest}"
        orders = f"two orders: {self.first:.0f}, then {self.second:.0f} on average"
        return f"{orders}; profit {self.profit:.0f} (one order {self.one_order.profit:.0f}); {rest}"


def _plan(first: float, second: float, sold: float, demand: float, terms: Terms, one: Plan | None = None) -> Plan:
    left, lost = first + second - sold, demand - sold
    money = terms.price * sold - terms.cost * first - terms.late_cost * second
    profit = money + terms.salvage * left - terms.goodwill * lost
    return Plan(*(float(v) for v in (first, second, profit, sold, left, lost, demand)), one)


def one_order(demand: Demand, terms: Terms, quantity: float | None = None) -> Plan:
    """The best single order, or what another `quantity` yields.

    Examples
    --------
    >>> print(one_order(Normal(100, 20), Terms(price=10, cost=4, salvage=2)))
    one order: 113; profit 549; sold 97 %, left over 16 % of demand
    """
    if quantity is None:
        quantity = demand.quantile(terms.fractile())
    quantity = _number("quantity", quantity, 0, strict=False)
    return _plan(quantity, 0.0, float(demand.sales(quantity)), demand.mean, terms)


def _normal_nodes(count: int) -> tuple[Array, Array]:
    """Probabilities and weights of the trapezoidal rule in normal scores, within six deviations."""
    z = np.linspace(-6, 6, count)
    weights = np.exp(-(z**2) / 2)
    return ndtr(z), weights / weights.sum()


class _Table:
    """Distribution function and partial mean of a beta-prime variable, tabulated in logarithms for speed."""

    def __init__(self, p: float, q: float, points: int = 4000):
        b = np.clip(betaincinv(p, q, np.array([1e-13, 1 - 1e-13])), 1e-300, 1 - 1e-15)
        self.low, high = np.log(b) - np.log1p(-b)
        self.step = (high - self.low) / (points - 1)
        odds = np.exp(self.low + self.step * np.arange(points))
        self.mean = p / (q - 1)
        self._odds, self._cdf = odds, betainc(p, q, odds / (1 + odds))
        self._partial = self.mean * betainc(p + 1, q - 1, odds / (1 + odds))

    def _read(self, values: Array, y: Array) -> Array:
        place = (np.log(np.maximum(y, 1e-300)) - self.low) / self.step
        place = np.minimum(np.maximum(place, 0.0), values.size - 1.001)
        cell = place.astype(np.intp)
        below = values[cell]
        return below + (place - cell) * (values[cell + 1] - below)

    def cdf(self, y: Array) -> Array:
        return self._read(self._cdf, y)

    def quantile(self, q: float) -> float:
        """Upper end of the cell of the table in which the distribution function reaches `q`."""
        return float(self._odds[min(np.searchsorted(self._cdf, q) + 1, self._odds.size - 1)])

    def sales(self, y: Array) -> Array:
        return self._read(self._partial, y) + y * (1 - self.cdf(y))


class _Season:
    """One season cut into watching, waiting and the rest, with everything that does not depend on the orders."""

    def __init__(self, style: Style, terms: Terms, watch: float, delay: float, nodes: tuple[int, int]):
        self.terms, self.mean = terms, style.demand().mean
        u, self.wa = _normal_nodes(nodes[0])
        self.a = style.demand(watch).quantile(u)[:, None]
        beta = style.beta + style.kappa * self.a
        alpha = style.alpha + style.kappa * watch
        if delay > 0:
            u, self.wb = _normal_nodes(nodes[1])
            self.b = Predictive(style.kappa * delay, alpha, 1.0).quantile(u) * beta / style.kappa
        else:
            self.wb, self.b = np.ones(1), np.zeros_like(self.a)
        self.scale = (beta + style.kappa * self.b) / style.kappa
        self.rest = _Table(style.kappa * (1 - watch - delay), alpha + style.kappa * delay)
        self.early = self.a + self.b

    def second(self, first: float) -> Array:
        """Second order at each outcome of the watched sales: the late fractile of what the rest will lack."""
        left = np.maximum(first - self.early, 0)
        target = self.terms.fractile(late=True)

        def met(quantity: Array) -> Array:
            return self.rest.cdf((left + quantity[:, None]) / self.scale) @ self.wb

        low = np.zeros(self.a.shape[0])
        high = self.scale.max(axis=1) * self.rest.quantile(target)
        short, over = met(low) - target, met(high) - target
        needed = short < 0
        for _ in range(14):  # regula falsi with the Illinois step: the end that stays counts half
            gap = np.where(over > short, over - short, 1.0)
            middle = low - short * (high - low) / gap
            gap = met(middle) - target
            up = gap < 0
            low, high = np.where(up, middle, low), np.where(up, high, middle)
            short, over = np.where(up, gap, short / 2), np.where(up, over / 2, gap)
        return np.where(needed, middle, 0.0)

    def plan(self, first: float, one: Plan | None = None) -> Plan:
        second = self.second(first)
        left = np.maximum(first - self.early, 0)
        later = self.scale * self.rest.sales((left + second[:, None]) / self.scale)
        sold = self.wa @ ((np.minimum(self.early, first) + later) @ self.wb)
        return _plan(first, self.wa @ second, sold, self.mean, self.terms, one)


def two_orders(
    style: Style,
    terms: Terms,
    watch: float,
    delay: float,
    first: float | None = None,
    nodes: tuple[int, int] = (65, 25),
) -> Plan:
    """A first order, a look at early demand, a second order that arrives after a delay.

    Demand during `watch` and `delay` is served from the first order alone; what is then not there is lost. Demand is
    seen even where the shelf is empty. The second order, at ``terms.late_cost`` a unit, is the late critical fractile
    of what the rest of the season will lack, given early demand; the first is the best one, given that.

    Parameters
    ----------
    watch, delay : float
        Shares of the season: until the look, and from the look to the arrival. ``watch > 0``, ``delay >= 0``, and
        together less than one.
    first : float, optional
        First order; the best one if not given.
    nodes : (int, int), optional
        Points of the two integrals, over demand while watching and while waiting.

    Raises
    ------
    ValueError
        If an argument is out of its range.
    """
    watch = _number("watch", watch, 0, 1)
    delay = _number("delay", delay, 0, 1, strict=False)
    if watch + delay >= 1:
        raise ValueError(f"delay: the second order must arrive before the season ends, got {watch} + {delay}")
    if min(nodes) < 3:
        raise ValueError(f"nodes: expected three or more each, got {nodes!r}")
    season, one = _Season(style, terms, watch, delay, nodes), one_order(style.demand(), terms)
    if first is not None:
        return season.plan(_number("first", first, 0, strict=False), one)
    low, high = 0.0, max(1.2 * one.first, 1e-9)
    ratio = (5**0.5 - 1) / 2
    x, y = high - ratio * (high - low), low + ratio * (high - low)
    fx, fy = season.plan(x).profit, season.plan(y).profit
    for _ in range(16):
        if fx > fy:
            high, y, fy = y, x, fx
            x = high - ratio * (high - low)
            fx = season.plan(x).profit
        else:
            low, x, fx = x, y, fy
            y = low + ratio * (high - low)
            fy = season.plan(y).profit
    return season.plan((low + high) / 2, one)


def simulate(
    style: Style,
    terms: Terms,
    watch: float,
    delay: float,
    first: float,
    size: int,
    rng: np.random.Generator,
    sees: str = "demand",
) -> Plan:
    """The same policy played on drawn seasons: an independent check of :func:`two_orders`, at a given first order.

    Parameters
    ----------
    size : int
        Seasons to draw.
    sees : {"demand", "sales"}
        What the second order takes for early demand: all that was asked for, or what the first order could serve.

    Raises
    ------
    ValueError
        If an argument is out of its range.
    """
    size = int(_number("size", size, 1, strict=False))
    if sees not in ("demand", "sales"):
        raise ValueError(f"sees: expected demand or sales, got {sees!r}")
    season = _Season(style, terms, watch, delay, (121, 49))
    demand = style.draw([watch, delay, 1 - watch - delay] if delay > 0 else [watch, 1 - watch], size, rng)
    seen = demand[:, 0] if sees == "demand" else np.minimum(demand[:, 0], first)
    second = np.interp(seen, season.a[:, 0], season.second(first))
    early = demand[:, :-1].sum(axis=1)
    sold = np.minimum(early, first) + np.minimum(np.maximum(first - early, 0) + second, demand[:, -1])
    return _plan(first, second.mean(), sold.mean(), demand.sum(axis=1).mean(), terms)
