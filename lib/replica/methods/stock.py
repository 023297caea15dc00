"""Orders and stock: one order, two orders with learning, order-up-to and (s, S) policies, bullwhip and service.

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

**Many periods.** At the start of period t an order is placed, knowing demand up to t - 1; it reaches the shelf at the
start of period t + lag; then demand of period t is met, or waits (backorders). Policies are compared at one fill rate:
net stock moves one for one with the safety stock, so `hold_fill` finds the safety stock that gives the fill rate on the
same demand.

>>> style, terms = Style.of(mean=1000, cv=0.6, noise=0.3), Terms(price=100, cost=40, salvage=10)
>>> print(two_orders(style, terms, watch=0.1, delay=0.2))
two orders: 840, then 228 on average; profit 42303 (one order 39198); sold 83 %, left over 24 % of demand
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import betainc, betaincinv, gammaln, ndtr, ndtri

from replica import check

Array = NDArray[np.float64]


# One order -----------------------------------------------------------------------------------------------------------


def normal_loss(z: ArrayLike) -> Array:
    """Expected excess of a standard normal variable over z: ``φ(z) - z Φ(-z)``.

    Examples
    --------
    >>> normal_loss([0.0, 3.0]).round(6).tolist()
    [0.398942, 0.000382]
    """
    z = check.array("z", z)
    return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) - z * ndtr(-z)


def newsvendor(mean: ArrayLike, sd: ArrayLike, under: ArrayLike, over: ArrayLike) -> dict[str, Array]:
    """Order-up-to level for normal demand: the critical fractile ``Φ(z) = under / (under + over)``.

    Parameters
    ----------
    mean, sd : array_like
        Demand over the time that the level has to cover.
    under, over : array_like
        Cost of one unit short, and of one unit left over.

    Returns
    -------
    dict
        ``level``, ``safety`` = z sd, ``short`` and ``left``, the expected units short and left over, and ``cost`` =
        (under + over) sd φ(z) = under short + over left.

    Raises
    ------
    ValueError
        If a number is not finite, `sd` is negative, or `under` or `over` is not positive.

    Examples
    --------
    >>> plan = newsvendor(100, 20, under=3, over=1)
    >>> {name: float(value.round(3)) for name, value in plan.items()}
    {'level': 113.49, 'safety': 13.49, 'short': 2.983, 'left': 16.473, 'cost': 25.422}
    """
    mean, sd = check.array("mean", mean), check.array("sd", sd, 0)
    under, over = check.array("under", under, 0, open_low=True), check.array("over", over, 0, open_low=True)
    z = ndtri(under / (under + over))
    short = sd * normal_loss(z)
    cost = (under + over) * sd * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return {"level": mean + z * sd, "safety": z * sd, "short": short, "left": short + z * sd, "cost": cost}


class Demand(Protocol):
    """What an order needs to know of demand: its mean, its quantiles, the expected smaller one of it and a quantity."""

    mean: float

    def quantile(self, q: float) -> float: ...

    def sales(self, quantity: ArrayLike) -> Array: ...


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
        object.__setattr__(self, "mean", check.positive("mean", self.mean))
        object.__setattr__(self, "sd", check.positive("sd", self.sd))

    def quantile(self, q: float) -> float:
        return float(self.mean + self.sd * ndtri(q))

    def sales(self, quantity: ArrayLike) -> Array:
        return self.mean - self.sd * normal_loss((np.asarray(quantity, dtype=float) - self.mean) / self.sd)


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
        cost = check.positive("cost", self.cost)
        check.number("price", self.price, cost, open_low=True)
        check.number("salvage", self.salvage, high=cost, open_high=True)
        check.number("goodwill", self.goodwill, 0)
        if self.late_cost is None:
            object.__setattr__(self, "late_cost", cost)
        check.number("late_cost", self.late_cost, self.salvage, open_low=True)

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
    quantity = check.number("quantity", quantity, 0)
    return _plan(quantity, 0.0, float(demand.sales(quantity)), demand.mean, terms)


# Two orders -----------------------------------------------------------------------------------------------------------


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
        check.number("alpha", self.alpha, 2, open_low=True)
        check.positive("beta", self.beta)
        check.positive("kappa", self.kappa)

    @classmethod
    def of(cls, mean: float, cv: float, noise: float) -> Style:
        """From the mean of demand, the coefficient of variation of the rate, and that of demand at a known rate.

        Examples
        --------
        >>> season = Style.of(1000, 0.5, 0.3).demand()
        >>> print(f"{season.mean:.0f} {season.sd / season.mean:.3f}")
        1000 0.602
        """
        mean, cv, noise = check.positive("mean", mean), check.positive("cv", cv), check.positive("noise", noise)
        alpha = 2 + 1 / cv**2
        return cls(alpha, mean * (alpha - 1), 1 / noise**2)

    def demand(self, share: float = 1.0) -> Predictive:
        """Demand in a share of the season, the rate being unknown."""
        share = check.number("share", share, 0, 1, open_low=True)
        return Predictive(self.kappa * share, self.alpha, self.beta / self.kappa)

    def after(self, sold: float, share: float) -> Style:
        """Belief after `sold` units were asked for in a share of the season."""
        sold, share = check.number("sold", sold, 0), check.number("share", share, 0, 1, open_low=True)
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
        share = check.share("share", share)
        return self.kappa * share / (self.alpha - 1 + self.kappa * share)

    def draw(self, shares: ArrayLike, size: int, rng: np.random.Generator) -> Array:
        """Demand in consecutive shares of the season, shape (size, number of shares)."""
        shares, size = check.array("shares", shares, 0, open_low=True, shape=(None,)), check.whole("size", size, 1)
        rate = self.beta / check.generator("rng", rng).gamma(self.alpha, size=size)
        units = rng.gamma(self.kappa * shares, size=(size, len(shares)))
        return units * rate[:, None] / self.kappa


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


def _cut(watch: float, delay: float) -> tuple[float, float]:
    watch, delay = check.number("watch", watch, 0, 1, open_low=True, open_high=True), check.number("delay", delay, 0, 1)
    if watch + delay >= 1:
        raise ValueError(f"delay: the second order must arrive before the season ends, got {watch} + {delay}")
    return watch, delay


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
    watch, delay = _cut(watch, delay)
    nodes = (check.whole("nodes", nodes[0], 3), check.whole("nodes", nodes[1], 3))
    season, one = _Season(style, terms, watch, delay, nodes), one_order(style.demand(), terms)
    if first is not None:
        return season.plan(check.number("first", first, 0), one)
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
    (watch, delay), first = _cut(watch, delay), check.number("first", first, 0)
    size, sees = check.whole("size", size, 1), check.one_of("sees", sees, ("demand", "sales"))
    season = _Season(style, terms, watch, delay, (121, 49))
    demand = style.draw([watch, delay, 1 - watch - delay] if delay > 0 else [watch, 1 - watch], size, rng)
    seen = demand[:, 0] if sees == "demand" else np.minimum(demand[:, 0], first)
    second = np.interp(seen, season.a[:, 0], season.second(first))
    early = demand[:, :-1].sum(axis=1)
    sold = np.minimum(early, first) + np.minimum(np.maximum(first - early, 0) + second, demand[:, -1])
    return _plan(first, second.mean(), sold.mean(), demand.sum(axis=1).mean(), terms)


# Stock over many periods ----------------------------------------------------------------------------------------------


def demand_sd(
    rate: ArrayLike,
    dispersion: ArrayLike,
    lead_mean: ArrayLike,
    lead_sd: ArrayLike,
    review: ArrayLike = 0.0,
    crossing: bool = False,
) -> Array:
    r"""Standard deviation of the demand that a stock must cover while a shipment is on its way.

    Shipments in sequence: :math:`\sigma^2 = \rho\, d\, (L + R) + d^2 \sigma_L^2` with mean rate d, dispersion ρ, lead
    time L and review period R. Where small shipments may overtake each other (`crossing`, gamma lead times, continuous
    review) the units on order matter, and their variance is :math:`\rho\, d L + d^2 \int G (1 - G)\, dt`, with
    G(t) = P(L > t) (Robinson, Bradley & Thomas 2001): less, as late and early shipments offset each other.

    Parameters
    ----------
    rate, dispersion : array_like
        Mean demand a day, and the variance of a day's demand over its mean.
    lead_mean, lead_sd, review : array_like
        Days.
    crossing : bool

    Examples
    --------
    >>> float(demand_sd(4, 1, 9, 0)), float(demand_sd(4, 1, 9, 2, review=7))
    (6.0, 11.313708498984761)
    """
    rate, dispersion = check.array("rate", rate, 0, open_low=True), check.array("dispersion", dispersion, 0)
    lead_mean, lead_sd = check.array("lead_mean", lead_mean, 0, open_low=True), check.array("lead_sd", lead_sd, 0)
    review = check.array("review", review, 0)
    if not crossing:
        return np.sqrt(dispersion * rate * (lead_mean + review) + (rate * lead_sd) ** 2)
    shape = (lead_mean / np.maximum(lead_sd, 1e-12)) ** 2
    gini = np.exp(gammaln(shape + 0.5) - gammaln(shape + 1)) / np.sqrt(np.pi)
    return np.sqrt(dispersion * rate * lead_mean + rate**2 * lead_mean * np.where(lead_sd > 0, gini, 0.0))


def _correlation(rho: float) -> float:
    return check.number("rho", rho, -1, 1, open_low=True, open_high=True)


def ar1_demand(periods: int, mean: float, sd: float, rho: float, rng: np.random.Generator, runs: int = 1) -> Array:
    """Stationary demand ``d_t = mean + rho (d_{t-1} - mean) + e_t`` with normal e, shape (runs, periods).

    Values below zero are possible; keep sd well below mean.

    Raises
    ------
    ValueError
        If a size is not positive, sd is negative or rho is outside (-1, 1).
    """
    periods, runs = check.whole("periods", periods, 1), check.whole("runs", runs, 1)
    mean, sd, rho = check.number("mean", mean), check.number("sd", sd, 0), _correlation(rho)
    noise = check.generator("rng", rng).normal(size=(runs, periods))
    path = np.empty_like(noise)
    path[:, 0] = noise[:, 0]
    for t in range(1, periods):
        path[:, t] = rho * path[:, t - 1] + np.sqrt(1 - rho**2) * noise[:, t]
    return mean + sd * path


def bullwhip(cover: float, window: int, rho: float = 0.0) -> float:
    """Variance of orders over variance of demand, for order-up-to levels from a moving average.

    ``1 + (2 L / p + 2 L^2 / p^2) (1 - rho^p)`` with L periods to cover and p periods in the average (Chen, Drezner,
    Ryan & Simchi-Levi 2000, with equality for a constant safety stock).

    Parameters
    ----------
    cover : float
        Periods between placing an order and the end of the demand it must meet.
    window : int
    rho : float
        Autocorrelation of demand.

    Raises
    ------
    ValueError
        If a number of periods is not positive, or rho is outside (-1, 1).

    Examples
    --------
    >>> bullwhip(4, 8)
    2.5
    """
    ratio = check.positive("cover", cover) / check.whole("window", window, 1)
    return 1 + (2 * ratio + 2 * ratio**2) * (1 - _correlation(rho) ** window)


def orders_up_to(demand: ArrayLike, cover: float, *, window: int | None = None, review: int = 1) -> Array:
    """Orders of a policy that raises the inventory position to ``cover * forecast`` at each review.

    A constant safety stock adds nothing to orders and is left out. An order may be negative (a return at no cost), as
    the closed form in :func:`bullwhip` assumes.

    Parameters
    ----------
    demand : array_like, shape (runs, periods)
        What leaves the stock.
    cover : float
        Periods of demand up to which the position is raised: lag plus review interval.
    window : int, optional
        Periods of the moving average; without it the mean is known and each order repeats the demand since the last.
    review : int
        Periods between two reviews; the first at the start of period 0.

    Returns
    -------
    ndarray, shape (runs, periods)
        Zero between reviews and before the first full window. The first order starts the policy: it makes good all
        demand before and raises the position to its first level, so leave it out of variances.

    Raises
    ------
    ValueError
        If values are not finite, or a number of periods is not positive or leaves nothing to average.
    """
    D = check.matrix("demand", demand)
    cover, review = check.positive("cover", cover), check.whole("review", review, 1)
    p = check.whole("window", 1 if window is None else window, 1, D.shape[1] - 1)
    times = np.arange(-(-p // review) * review, D.shape[1], review)
    total = np.concatenate([np.zeros((len(D), 1)), np.cumsum(D, axis=1)], axis=1)
    level = cover * (total[:, times] - total[:, times - p]) / p
    if window is None:
        level = np.zeros_like(level)
    orders = np.zeros_like(D)
    orders[:, times] = np.diff(level + total[:, times], axis=1, prepend=0.0)
    return orders


def net_stock(orders: ArrayLike, demand: ArrayLike, lag: int) -> Array:
    """Stock minus backorders at the end of each period: arrivals so far minus demand so far, from an empty shelf.

    After the first order of :func:`orders_up_to` has arrived this is the net stock of that policy without safety stock
    (and, with a known mean, without the mean demand of the periods to cover, which is the same constant for all runs).

    Parameters
    ----------
    orders, demand : array_like, shape (runs, periods)
    lag : int
        Periods from placing an order to its arrival, 0 or more.
    """
    Q, D = check.matrix("orders", orders), check.matrix("demand", demand)
    if Q.shape != D.shape:
        raise ValueError(f"orders: shape {Q.shape}, but demand has {D.shape}")
    lag = check.whole("lag", lag, 0, D.shape[1] - 1)
    arrived = np.concatenate([np.zeros((len(Q), lag)), Q[:, : Q.shape[1] - lag]], axis=1)
    return np.cumsum(arrived - D, axis=1)


@dataclass(frozen=True)
class Service:
    """A stock at a given fill rate.

    Attributes
    ----------
    fill : float
        Share of demand met from the shelf at once.
    cycle : float
        Share of periods that end without backorders.
    safety : float
        What was added to the net stock.
    stock : float
        Mean stock on the shelf, over the middle of the periods.
    periods : float
        Mean stock in periods of mean demand.
    """

    fill: float
    cycle: float
    safety: float
    stock: float
    periods: float


def service(net: ArrayLike, demand: ArrayLike, safety: float = 0.0) -> Service:
    """Fill rate, cycle service and mean stock of a net stock that is raised by `safety`.

    New backorders of a period are ``min(max(-net, 0), demand)``; negative demand counts as none.
    """
    N, D = check.matrix("net", net) + check.number("safety", safety), check.matrix("demand", demand)
    if N.shape != D.shape:
        raise ValueError(f"net: shape {N.shape}, but demand has {D.shape}")
    wanted = np.maximum(D, 0)
    if not wanted.sum() > 0:
        raise ValueError("demand: nothing is demanded")
    missed = np.minimum(np.maximum(-N, 0), wanted).sum()
    on_shelf = (np.maximum(N, 0) + np.maximum(N + D, 0)).mean() / 2
    return Service(1 - missed / wanted.sum(), float((N >= 0).mean()), float(safety), on_shelf, on_shelf / D.mean())


def hold_fill(net: ArrayLike, demand: ArrayLike, fill: float) -> Service:
    """The safety stock, and what it brings, at which the fill rate is `fill`.

    Raises
    ------
    ValueError
        If `fill` is not strictly between 0 and 1.

    Examples
    --------
    Two units a period for sure, delivered at once: four fifths of demand are met with 1.6 units.

    >>> hold_fill([[-2.0, -2.0]], [[2.0, 2.0]], 0.8).safety
    1.6
    """
    fill = check.number("fill", fill, 0, 1, open_low=True, open_high=True)
    N, D = check.matrix("net", net), check.matrix("demand", demand)
    service(N, D)
    low, high = -N.max() - max(D.max(), 0) - 1, -N.min() + 1
    safety = brentq(lambda a: service(N, D, a).fill - fill, low, high, xtol=1e-9 * max(1.0, abs(low), abs(high)))
    return service(N, D, round(safety, 9))


# A fixed cost of each order -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reorder:
    """An (s, S) policy: when the position is at or below s, raise it to S.

    Attributes
    ----------
    s, S : int
    cost : float
        Mean cost of a period.
    orders : float
        Mean number of orders a period.
    stock : float
        Mean stock on hand at the end of a period.
    fill : float
        Share of demand met from the shelf at once.
    """

    s: int
    S: int
    cost: float
    orders: float
    stock: float
    fill: float


def _distribution(pmf: ArrayLike) -> Array:
    p = check.vector("pmf", pmf, 0, 1, least=2)
    if abs(p.sum() - 1) > 1e-6:  # the tail of a distribution may be cut off
        raise ValueError(f"pmf: probabilities of demands 0, 1, 2, ... sum to {p.sum():g}, not to 1")
    if p[0] > 1 - 1e-12:
        raise ValueError("pmf: demand is always zero")
    return p / p.sum()


class _Renewal:
    """Long-run behaviour of (s, S) policies by renewal theory; one object serves all s and S.

    ``m(j)`` is the mean number of periods in which the position is S - j between two orders.
    """

    def __init__(self, pmf: Array, lead: int):
        self.p, self.during = pmf, np.array([1.0])
        for _ in range(lead):
            self.during = np.convolve(self.during, pmf)
        self.total = np.convolve(self.during, pmf)  # demand of lead + 1 periods
        self.late, self.early = self.losses(self.total), self.losses(self.during)
        self.mean = float(np.arange(len(self.total)) @ self.total)
        self.m = [1 / (1 - pmf[0])]

    def visits(self, n: int) -> Array:
        """m(0), ..., m(n - 1)."""
        while len(self.m) < n:
            j = len(self.m)
            k = min(j, len(self.p) - 1)
            self.m.append(float(self.p[1 : k + 1] @ np.array(self.m[j - k : j])[::-1]) / (1 - self.p[0]))
        return np.array(self.m[:n])

    @staticmethod
    def losses(pmf: Array) -> Array:
        """Expected shortage at the levels 0, 1, 2, ...: the sum of P(demand > k) over k from the level on."""
        return np.append(np.cumsum((1 - np.cumsum(pmf))[::-1])[::-1], 0.0)

    @staticmethod
    def short(levels: Array, losses: Array) -> Array:
        """Expected shortage at each level, also below zero (all demand and more) and above the largest demand."""
        return losses[np.clip(levels, 0, len(losses) - 1)] + np.maximum(-levels, 0)

    def policy(self, s: int, S: int, fixed: float, holding: float, shortage: float) -> Reorder:
        weight = self.visits(S - s)
        share, levels = weight / weight.sum(), S - np.arange(S - s)
        late, before = share @ self.short(levels, self.late), share @ self.short(levels, self.early)
        stock = share @ levels - self.mean + late
        demand = np.arange(len(self.p)) @ self.p
        orders, fill = 1 / weight.sum(), 1 - (late - before) / demand
        cost = fixed * orders + holding * stock + shortage * late
        return Reorder(s, S, float(cost), float(orders), float(stock), float(fill))


def best_s_S(pmf: ArrayLike, *, fixed: float, holding: float, shortage: float, lead: int = 0) -> Reorder:
    """The (s, S) policy with the least mean cost, by the algorithm of Zheng & Federgruen (1991).

    Demand is independent from period to period, in whole numbers, and waits where it is not met.

    Parameters
    ----------
    pmf : array_like, shape (n,)
        Probability of each demand 0, 1, 2, ... of a period.
    fixed : float
        Cost of an order.
    holding, shortage : float
        Cost of a unit held, or owed, at the end of a period.
    lead : int
        Periods until an order arrives; 0 is before the demand of the same period.

    Raises
    ------
    ValueError
        If probabilities do not sum to 1, demand is always zero, `fixed` is negative, or another cost not positive.

    Examples
    --------
    >>> from scipy import stats
    >>> policy = best_s_S(stats.poisson.pmf(range(60), 6), fixed=5, holding=1, shortage=4)
    >>> policy.s, policy.S, round(policy.cost, 4)
    (4, 10, 8.0341)
    """
    p, fixed, lead = _distribution(pmf), check.number("fixed", fixed, 0), check.whole("lead", lead)
    holding, shortage = check.positive("holding", holding), check.positive("shortage", shortage)
    renewal = _Renewal(p, lead)

    def one_period(y: int) -> float:
        late = float(renewal.short(np.array([y]), renewal.late)[0])
        return holding * (y - renewal.mean + late) + shortage * late

    def cost(s: int, S: int) -> float:
        return renewal.policy(s, S, fixed, holding, shortage).cost

    best = int(np.searchsorted(np.cumsum(renewal.total), shortage / (shortage + holding)))
    S, s = best, best - 1
    while cost(s, S) > one_period(s):
        s -= 1
    least, trial = cost(s, S), S + 1
    while one_period(trial) <= least:
        if cost(s, trial) < least - 1e-12:
            S = trial
            while cost(s, S) <= one_period(s + 1):
                s += 1
            least = cost(s, S)
        trial += 1
    return renewal.policy(s, S, fixed, holding, shortage)
