"""Stock over many periods: order-up-to and (s, S) policies, the variance of orders, and the service level.

Time runs in periods. At the start of period t an order is placed, knowing demand up to t - 1; it reaches the shelf at
the start of period t + lag; then demand of period t is met, or waits (backorders). Policies are compared at one fill
rate: net stock moves one for one with the safety stock, so `hold_fill` finds the safety stock that gives the fill rate
on the same demand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq


def ar1_demand(periods: int, mean: float, sd: float, rho: float, rng: np.random.Generator, runs: int = 1) -> np.ndarray:
    """Stationary demand ``d_t = mean + rho (d_{t-1} - mean) + e_t`` with normal e, shape (runs, periods).

    Values below zero are possible; keep sd well below mean.

    Raises
    ------
    ValueError
        If a size is not positive, sd is negative or rho is outside (-1, 1).
    """
    if periods < 1 or runs < 1:
        raise ValueError("periods, runs: at least one of each")
    if not sd >= 0:
        raise ValueError("sd: a standard deviation is not negative")
    if not -1 < rho < 1:
        raise ValueError("rho: a stationary process needs a value between -1 and 1")
    noise = rng.normal(size=(runs, periods))
    path = np.empty_like(noise)
    path[:, 0] = noise[:, 0]
    for t in range(1, periods):
        path[:, t] = rho * path[:, t - 1] + np.sqrt(1 - rho**2) * noise[:, t]
    return mean + sd * path


def bullwhip(cover: float | Sequence[float], window: int, rho: float = 0.0, *, shared: bool = True) -> float:
    """Variance of orders over variance of demand, for order-up-to levels from a moving average.

    ``1 + (2 L / p + 2 L^2 / p^2) (1 - rho^p)`` with L periods to cover and p periods in the average (Chen, Drezner,
    Ryan & Simchi-Levi 2000, with equality for a constant safety stock). For several stages L is their sum where demand
    is shared with all; where each stage sees the orders of the one below, the factors multiply (a lower bound).

    Parameters
    ----------
    cover : float or sequence of float
        Periods between placing an order and the end of the demand it must meet, by stage.
    window : int
    rho : float
        Autocorrelation of demand; zero where there are several stages without sharing.
    shared : bool

    Raises
    ------
    ValueError
        If a number of periods is not positive, or rho is outside (-1, 1).

    Examples
    --------
    >>> bullwhip(4, 8), bullwhip([4, 4], 8), bullwhip([4, 4], 8, shared=False)
    (2.5, 5.0, 6.25)
    """
    stages = np.atleast_1d(np.asarray(cover, dtype=float))
    if window < 1 or not (stages > 0).all():
        raise ValueError("cover, window: a positive number of periods")
    if not -1 < rho < 1:
        raise ValueError("rho: a stationary process needs a value between -1 and 1")
    if not shared and len(stages) > 1 and rho:
        raise ValueError("rho: without sharing the formula for several stages holds for independent demand")
    ratio = (np.array([stages.sum()]) if shared else stages) / window
    return float(np.prod(1 + (2 * ratio + 2 * ratio**2) * (1 - rho**window)))


def orders_up_to(
    demand: ArrayLike, cover: float, *, window: int | None = None, review: int = 1, signal: ArrayLike | None = None
) -> np.ndarray:
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
    signal : array_like, shape (runs, periods), optional
        What is averaged instead of `demand`, such as shared demand of end customers.

    Returns
    -------
    ndarray, shape (runs, periods)
        Zero between reviews and before the first full window. The first order starts the policy: it makes good all
        demand before and raises the position to its first level, so leave it out of variances.

    Raises
    ------
    ValueError
        If shapes differ, values are not finite, or a number of periods is not positive or leaves nothing to average.
    """
    D = _series("demand", demand)
    F = D if signal is None else _series("signal", signal)
    if F.shape != D.shape:
        raise ValueError(f"signal: shape {F.shape}, but demand has {D.shape}")
    if review < 1 or not cover > 0:
        raise ValueError("cover, review: a positive number of periods")
    p = 1 if window is None else window
    if not 1 <= p < D.shape[1]:
        raise ValueError("window: at least one period, and fewer than there are")
    times = np.arange(-(-p // review) * review, D.shape[1], review)
    total = np.concatenate([np.zeros((len(D), 1)), np.cumsum(D, axis=1)], axis=1)
    summed = np.concatenate([np.zeros((len(F), 1)), np.cumsum(F, axis=1)], axis=1)
    level = cover * (summed[:, times] - summed[:, times - p]) / p
    if window is None:
        level = np.zeros_like(level)
    orders = np.zeros_like(D)
    orders[:, times] = np.diff(level + total[:, times], axis=1, prepend=0.0)
    return orders


def net_stock(orders: ArrayLike, demand: ArrayLike, lag: int) -> np.ndarray:
    """Stock minus backorders at the end of each period: arrivals so far minus demand so far, from an empty shelf.

    After the first order of :func:`orders_up_to` has arrived this is the net stock of that policy without safety stock
    (and, with a known mean, without the mean demand of the periods to cover, which is the same constant for all runs).

    Parameters
    ----------
    orders, demand : array_like, shape (runs, periods)
    lag : int
        Periods from placing an order to its arrival, 0 or more.
    """
    Q, D = _series("orders", orders), _series("demand", demand)
    if Q.shape != D.shape:
        raise ValueError(f"orders: shape {Q.shape}, but demand has {D.shape}")
    if lag < 0 or lag >= D.shape[1]:
        raise ValueError("lag: zero or more periods, and fewer than there are")
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
    N, D = _series("net", net) + safety, _series("demand", demand)
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
    if not 0 < fill < 1:
        raise ValueError("fill: a rate strictly between 0 and 1")
    N, D = _series("net", net), _series("demand", demand)
    low, high = -N.max() - max(D.max(), 0) - 1, -N.min() + 1
    safety = brentq(lambda a: service(N, D, a).fill - fill, low, high, xtol=1e-9 * max(1.0, abs(low), abs(high)))
    return service(N, D, round(safety, 9))


def _series(name: str, values: ArrayLike) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    if array.ndim != 2 or 0 in array.shape or not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite numbers, runs in rows and periods in columns")
    return array


# --- fixed cost of an order -------------------------------------------------------------------------------------------
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


def _distribution(pmf: ArrayLike) -> np.ndarray:
    p = np.asarray(pmf, dtype=float)
    if p.ndim != 1 or p.size < 2 or not np.isfinite(p).all() or (p < 0).any() or abs(p.sum() - 1) > 1e-6:
        raise ValueError("pmf: probabilities of demands 0, 1, 2, ... that sum to 1")
    if p[0] > 1 - 1e-12:
        raise ValueError("pmf: demand is always zero")
    return p / p.sum()


def _costs(fixed: float, holding: float, shortage: float, lead: int) -> None:
    for name, value in (("fixed", fixed), ("holding", holding), ("shortage", shortage)):
        if not np.isfinite(value) or value < 0 or (value == 0 and name != "fixed"):
            raise ValueError(f"{name}: a positive cost (the fixed one may be zero), got {value!r}")
    if lead < 0:
        raise ValueError("lead: zero or more periods")


class _Renewal:
    """Long-run behaviour of (s, S) policies by renewal theory; one object serves all s and S.

    ``m(j)`` is the mean number of periods in which the position is S - j between two orders.
    """

    def __init__(self, pmf: np.ndarray, lead: int):
        self.p, self.during = pmf, np.array([1.0])
        for _ in range(lead):
            self.during = np.convolve(self.during, pmf)
        self.total = np.convolve(self.during, pmf)  # demand of lead + 1 periods
        self.late, self.early = self.losses(self.total), self.losses(self.during)
        self.mean = float(np.arange(len(self.total)) @ self.total)
        self.m = [1 / (1 - pmf[0])]

    def visits(self, n: int) -> np.ndarray:
        """m(0), ..., m(n - 1)."""
        while len(self.m) < n:
            j = len(self.m)
            k = min(j, len(self.p) - 1)
            self.m.append(float(self.p[1 : k + 1] @ np.array(self.m[j - k : j])[::-1]) / (1 - self.p[0]))
        return np.array(self.m[:n])

    @staticmethod
    def losses(pmf: np.ndarray) -> np.ndarray:
        """Expected shortage at the levels 0, 1, 2, ...: the sum of P(demand > k) over k from the level on."""
        return np.append(np.cumsum((1 - np.cumsum(pmf))[::-1])[::-1], 0.0)

    @staticmethod
    def short(levels: np.ndarray, losses: np.ndarray) -> np.ndarray:
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


def s_S_policy(
    pmf: ArrayLike, s: int, S: int, *, fixed: float, holding: float, shortage: float, lead: int = 0
) -> Reorder:
    """Exact long-run behaviour of one (s, S) policy under independent whole-number demand with backorders.

    Parameters
    ----------
    pmf : array_like, shape (n,)
        Probability of each demand 0, 1, 2, ... of a period.
    s, S : int
        Order when the position is at or below s; raise it to S.
    fixed : float
        Cost of an order.
    holding, shortage : float
        Cost of a unit held, or owed, at the end of a period.
    lead : int
        Periods until an order arrives; 0 is before the demand of the same period.

    Raises
    ------
    ValueError
        If S is not above s, probabilities do not sum to 1, or a cost is negative.
    """
    p = _distribution(pmf)
    _costs(fixed, holding, shortage, lead)
    if s >= S:
        raise ValueError("S: must be above s")
    return _Renewal(p, lead).policy(s, S, fixed, holding, shortage)


def best_s_S(pmf: ArrayLike, *, fixed: float, holding: float, shortage: float, lead: int = 0) -> Reorder:
    """The (s, S) policy with the least mean cost, by the algorithm of Zheng & Federgruen (1991).

    Parameters and errors as in :func:`s_S_policy`.

    Examples
    --------
    >>> from scipy import stats
    >>> policy = best_s_S(stats.poisson.pmf(range(60), 6), fixed=5, holding=1, shortage=4)
    >>> policy.s, policy.S, round(policy.cost, 4)
    (4, 10, 8.0341)
    """
    p = _distribution(pmf)
    _costs(fixed, holding, shortage, lead)
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
