"""Back-tests: from positions to net returns, what a Sharpe ratio is worth, and what is left of the best of many rules.

A position that is taken at the close of day t earns the return of day t + 1. The functions shift it themselves, so that
a rule can only look ahead by using the future in its positions; `causal` finds out whether it does.
Returns are simple returns of one period, as fractions; the last axis of a matrix holds rules or assets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from replica import check
from replica.check import Array

EULER = 0.5772156649015329
DAYS = 252


# --- from positions to returns ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Path:
    """What positions earned: `gross` and `net` returns and `turnover` of days 2 to T, each of shape (T - 1, ...)."""

    gross: Array
    net: Array
    turnover: Array


def rule_returns(positions: ArrayLike, returns: ArrayLike, cost: float = 0.0) -> Path:
    """What rules earn that hold a multiple of one asset, cash at no interest beside it.

    ``net[t+1] = s[t] r[t+1] - c |s[t] - s[t-1]|`` with s[-1] = 0: entering costs as well.

    Parameters
    ----------
    positions : array_like, shape (T,) or (T, rules)
        s[t], held from the close of day t: 1 is fully invested, -1 sold short.
    returns : array_like, shape (T,)
        r[t] of the asset, from the close of day t - 1 to that of day t; r[0] is never earned.
    cost : float
        c, share of the amount traded: 0.0001 is one basis point.

    Raises
    ------
    ValueError
        If the lengths differ, a value is not finite, or the cost is not in [0, 1).

    Examples
    --------
    >>> rule_returns([1, 1, -1], [0.5, 0.1, 0.2], cost=0.01).net.round(3).tolist()
    [0.09, 0.2]
    """
    r = check.vector("returns", returns, least=2)
    held = np.asarray(positions)
    s = check.array("positions", positions, shape=(len(r),) if held.ndim == 1 else (len(r), None))
    cost = check.number("cost", cost, 0, 1, open_high=True)
    turnover = np.abs(np.diff(s, axis=0, prepend=0 * s[:1]))[:-1]
    gross = s[:-1] * (r[1:] if s.ndim == 1 else r[1:, None])
    return Path(gross, gross - cost * turnover, turnover)


def portfolio_returns(weights: ArrayLike, returns: ArrayLike, cost: float = 0.0) -> Path:
    """What a portfolio earns that is brought to its weights at the close of every day.

    ``net[t+1] = w[t]' r[t+1] - c sum_i |w[t,i] - v[t,i]|``, where the weights drift from one close to the next,
    ``v[t] = w[t-1] (1 + r[t]) / (1 + w[t-1]' r[t])``; what the weights lack to 1 is cash at no interest.

    Parameters
    ----------
    weights, returns : array_like, shape (T, assets)
        Returns above -1; a row of NaN in `weights` means that nothing is traded that day, and the drifted ones stay.
    cost : float
        c, share of the amount traded.

    Raises
    ------
    ValueError
        If the shapes differ, the first row of weights is missing, or a day loses everything.

    Examples
    --------
    >>> portfolio_returns([[0.5, 0.5], [0.5, 0.5]], [[0, 0], [0.2, 0]], cost=0.01).net.round(3).tolist()
    [0.09]
    """
    r = check.matrix("returns", returns, -1.0)
    w = np.array(weights, dtype=float)
    if w.shape != r.shape or len(r) < 2:
        raise ValueError(f"weights: shape {w.shape} for returns of shape {r.shape}; at least two days")
    idle = np.isnan(w).all(axis=1)
    check.matrix("weights", w[~idle] if not idle[0] else w)
    gross, turnover, drifted = np.empty(len(r) - 1), np.empty(len(r) - 1), np.zeros(r.shape[1])
    for day in range(len(r) - 1):
        held = drifted if idle[day] else w[day]
        turnover[day] = np.abs(held - drifted).sum()
        gross[day] = held @ r[day + 1]
        if gross[day] <= -1:
            raise ValueError(f"returns: the portfolio loses everything on day {day + 1}")
        drifted = held * (1 + r[day + 1]) / (1 + gross[day])
    return Path(gross, gross - check.number("cost", cost, 0, 1, open_high=True) * turnover, turnover)


def causal(rule: Callable[[Array], ArrayLike], data: ArrayLike, *, cuts: int = 8, seed: int = 0) -> bool:
    """Whether the positions of a rule up to a day stay the same when all data after that day are exchanged.

    `rule` takes data of shape (T, ...), such as prices, and gives positions of shape (T, ...). The rest of the data is
    shuffled by rows and scaled, at `cuts` places. True is no proof: a rule that looks ahead on other days only passes.

    Examples
    --------
    >>> r = np.random.default_rng(1).normal(size=100)
    >>> causal(np.sign, r), causal(lambda x: np.sign(x - x.mean()), r), causal(lambda x: np.roll(x, -1), r)
    (True, False, False)
    """
    values = check.array("data", data)
    if len(values) < 4:
        raise ValueError(f"data: expected at least 4 days, got {len(values)}")
    rng, before = np.random.default_rng(seed), np.asarray(rule(values.copy()), dtype=float)
    if len(before) != len(values):
        raise ValueError(f"rule: gave {len(before)} positions for {len(values)} days")
    for cut in rng.integers(2, len(values) - 1, check.whole("cuts", cuts, 1)):
        other = values.copy()
        other[cut:] = rng.permutation(other[cut:]) * rng.uniform(0.5, 2.0) + 1e-3
        if not np.array_equal(np.asarray(rule(other), dtype=float)[:cut], before[:cut], equal_nan=True):
            return False
    return True


# --- one rule --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Estimate:
    """An estimate with its standard error, its two-sided p value against 0 and its 95 % interval."""

    value: float
    error: float

    @property
    def p(self) -> float:
        """Two-sided p value of zero, standard normal."""
        return float(2 * stats.norm.sf(abs(self.value) / self.error))

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval."""
        return self.value - 1.959964 * self.error, self.value + 1.959964 * self.error


def _returns(name: str, returns: ArrayLike) -> Array:
    r = check.vector(name, returns, least=3)
    if np.ptp(r) <= 1e-14 * np.abs(r).max():
        raise ValueError(f"{name}: the returns do not vary")
    return r


def _long_run(x: Array, lags: int) -> float:
    """Long-run variance of a series of mean 0 with Bartlett weights (Newey and West 1987)."""
    terms = ((2 - (k == 0)) * (1 - k / (lags + 1)) * (x[k:] @ x[: len(x) - k]) for k in range(lags + 1))
    return sum(terms) / len(x)


def _influence(r: Array) -> tuple[float, Array]:
    z = (r - r.mean()) / r.std()
    ratio = float(r.mean() / r.std())
    return ratio, z - ratio / 2 * (z**2 - 1)


def sharpe(returns: ArrayLike, *, periods: int = DAYS, lags: int = 0) -> Estimate:
    """Sharpe ratio a year and its standard error by the delta method (Lo 2002, doi:10.2469/faj.v58.n4.2453).

    S = mean / sd, and ``error^2 = V / T`` with V the long-run variance of ``z - S (z^2 - 1) / 2``, z the standardised
    returns. With independent normal returns V = 1 + S^2 / 2. Both are multiplied by the root of `periods`.

    Parameters
    ----------
    returns : array_like, shape (T,)
        In excess of cash; at least 3, not all the same.
    lags : int
        Autocovariances that count; 0 takes returns as independent, of any distribution.

    Examples
    --------
    >>> found = sharpe(np.r_[np.ones(600), -np.ones(400)] / 100)
    >>> round(found.value, 3), round(found.error, 3)
    (3.24, 0.523)
    """
    r = _returns("returns", returns)
    ratio, psi = _influence(r)
    scale = np.sqrt(check.whole("periods", periods, 1))
    variance = _long_run(psi, check.whole("lags", lags, 0, len(r) - 1))
    return Estimate(float(ratio * scale), float(scale * np.sqrt(variance / len(r))))


def sharpe_difference(first: ArrayLike, second: ArrayLike, *, periods: int = DAYS, lags: int = 5) -> Estimate:
    """Difference of two Sharpe ratios of the same days (Ledoit & Wolf 2008, doi:10.1016/j.jempfin.2008.03.002).

    Their HAC inference with Bartlett weights: the influence of each day on one ratio less that on the other. The test
    of Jobson and Korkie, as corrected by Memmel (2003), is the case of independent normal returns.

    Examples
    --------
    >>> r = np.random.default_rng(1).normal(size=(500, 2))
    >>> sharpe_difference(r[:, 0], r[:, 1]).p > 0.05
    True
    """
    a, b = _returns("first", first), _returns("second", second)
    if len(a) != len(b):
        raise ValueError(f"second: {len(b)} returns beside {len(a)}")
    (s, psi), (u, phi) = _influence(a), _influence(b)
    variance = _long_run(psi - phi, check.whole("lags", lags, 0, len(a) - 1))
    if variance <= 1e-20:
        raise ValueError("second: the two series do not differ but in scale")
    scale = np.sqrt(check.whole("periods", periods, 1))
    return Estimate(float((s - u) * scale), float(scale * np.sqrt(variance / len(a))))


def sortino(returns: ArrayLike, *, periods: int = DAYS) -> float:
    """Mean over the root of the mean square of losses, a year (Sortino & van der Meer 1991).

    Examples
    --------
    >>> round(sortino([0.02, -0.01, 0.02, -0.01], periods=1), 3)
    0.707
    """
    r = _returns("returns", returns)
    loss = np.sqrt(np.mean(np.minimum(r, 0.0) ** 2))
    if loss == 0:
        raise ValueError("returns: no loss, so that the ratio is not defined")
    return float(r.mean() / loss * np.sqrt(check.whole("periods", periods, 1)))


def drawdown(returns: ArrayLike) -> float:
    """Largest fall of wealth from a peak, ``max_t (1 - W_t / max_{s<=t} W_s)``, with W_0 = 1.

    Examples
    --------
    >>> round(drawdown([0.1, -0.5, 0.2]), 3)
    0.5
    """
    wealth = np.cumprod(np.r_[1.0, 1 + check.vector("returns", returns, -1.0)])
    return float(np.max(1 - wealth / np.maximum.accumulate(wealth)))


def deflated_sharpe(returns: ArrayLike, trials: ArrayLike, count: float | None = None) -> tuple[float, float]:
    """Probability that a Sharpe ratio is not the luck of many trials (Bailey & López de Prado 2014).

    The hurdle is the expected largest of N independent ratios of variance V and mean 0,
    ``S0 = sqrt(V) ((1 - g) Z(1 - 1/N) + g Z(1 - 1/(N e)))`` with Euler's g and the normal quantile Z; the result is
    ``Phi((S - S0) / error)``, with the error of `sharpe` as its authors write it:
    ``(1 - skew S + (kurtosis - 1) S^2 / 4) / (T - 1)``.

    Parameters
    ----------
    returns : array_like, shape (T,)
        Of the selected rule.
    trials : array_like, shape (N,)
        Sharpe ratios of all rules tried, for one period, as the hurdle that is returned; not for a year.
    count : float, optional
        Number of independent trials; N by default.

    Examples
    --------
    >>> r = np.random.default_rng(1).normal(0.1, 1, 1000)
    >>> probability, hurdle = deflated_sharpe(r, np.random.default_rng(2).normal(0, 0.01, 100))
    >>> round(hurdle, 2), probability > 0.5
    (0.02, True)
    """
    r, ratios = _returns("returns", returns), check.vector("trials", trials, least=2)
    n = check.number("count", float(len(ratios)) if count is None else count, 1.0, open_low=True)
    hurdle = ratios.std(ddof=1) * ((1 - EULER) * stats.norm.ppf(1 - 1 / n) + EULER * stats.norm.ppf(1 - 1 / (n * np.e)))
    s = r.mean() / r.std(ddof=1)
    spread = 1 - stats.skew(r) * s + (stats.kurtosis(r, fisher=False) - 1) / 4 * s**2
    return float(stats.norm.cdf((s - hurdle) / np.sqrt(spread / (len(r) - 1)))), float(hurdle)


# --- value at risk ---------------------------------------------------------------------------------------------------
def _hits(hits: ArrayLike, level: float) -> tuple[np.ndarray, float]:
    h = check.vector("hits", hits, 0, 1, least=2)
    if not np.isin(h, (0, 1)).all():
        raise ValueError("hits: expected 0 or 1 for each day")
    return h.astype(int), check.number("level", level, 0, 1, open_low=True, open_high=True)


def _binomial(n0: float, n1: float, p: float) -> float:
    return float(special.xlogy(n1, p) + special.xlogy(n0, 1 - p))


def kupiec(hits: ArrayLike, level: float) -> tuple[float, float]:
    """Whether losses exceed a value at risk as often as promised: likelihood ratio and p, 1 df (Kupiec 1995).

    ``LR = 2 (log L(x/T) - log L(level))`` with the binomial likelihood of x exceedances in T days.

    `hits`, shape (T,), is 1 where the loss of the day exceeded the forecast that stood before it, else 0.

    Examples
    --------
    >>> [round(x, 2) for x in kupiec(np.r_[np.ones(10), np.zeros(490)], 0.01)]
    [3.91, 0.05]
    """
    h, level = _hits(hits, level)
    x, n = h.sum(), len(h)
    ratio = 2 * (_binomial(n - x, x, x / n) - _binomial(n - x, x, level))
    return ratio, float(stats.chi2.sf(ratio, 1))


def christoffersen(hits: ArrayLike, level: float) -> tuple[float, float, float]:
    """Whether exceedances come alone: LR of independence (1 df), its p, and p of both tests together (2 df).

    Christoffersen (1998, doi:10.2307/2527341): a first-order Markov chain against one rate for all days.

    Examples
    --------
    >>> together = christoffersen(np.r_[np.zeros(480), np.ones(10), np.zeros(10)], 0.02)
    >>> bool(together[1] < 0.001)
    True
    """
    h, level = _hits(hits, level)
    n = np.bincount(2 * h[:-1] + h[1:], minlength=4).reshape(2, 2)  # n[i, j]: from i to j
    apart = sum(_binomial(a, b, b / (a + b)) for a, b in n if a + b)
    zero, one = n.sum(axis=0)
    ratio = 2 * (apart - _binomial(zero, one, one / (zero + one)))
    ratio = max(ratio, 0.0)
    return ratio, float(stats.chi2.sf(ratio, 1)), float(stats.chi2.sf(ratio + kupiec(h, level)[0], 2))


# --- the best of many ------------------------------------------------------------------------------------------------
def stationary_counts(days: int, replications: int, block: float, rng: np.random.Generator) -> np.ndarray:
    """How often each day occurs in each resample of the stationary bootstrap (Politis & Romano 1994).

    The result has the shape (replications, days). A resample is a chain of days: the next one is the following day (the
    first follows the last), or with probability ``1 / block`` any day. Counts, not chains, suffice for means:
    ``counts @ returns / days`` are those of all resamples.

    Examples
    --------
    >>> stationary_counts(50, 3, 5.0, np.random.default_rng(1)).sum(axis=1).tolist()
    [50.0, 50.0, 50.0]
    """
    days, replications = check.whole("days", days, 2), check.whole("replications", replications, 1)
    block, rng = check.number("block", block, 1.0), check.generator("rng", rng)
    counts, place = np.zeros((replications, days), dtype=np.float32), np.arange(days)
    for row in counts:
        fresh = rng.random(days) < 1 / block
        fresh[0] = True
        starts = np.flatnonzero(fresh)
        last = np.repeat(starts, np.diff(np.r_[starts, days]))
        row += np.bincount((rng.integers(0, days, days)[last] + place - last) % days, minlength=days)
    return counts


@dataclass(frozen=True)
class Snooping:
    """Tests of the best of many rules; made by `snooping`.

    Attributes
    ----------
    best : int
        The rule with the largest t ratio.
    t : ndarray, shape (rules,)
        Mean over its bootstrap standard error.
    naive : float
        One-sided p of the best rule as if no other had been tried.
    reality_check : float
        White's p: means, every rule recentred.
    lower, consistent, upper : float
        Hansen's p of the studentised test with three recentrings; `consistent` is the one to read.
    superior : ndarray of int
        Rules that stepwise multiple testing finds, best first (Romano & Wolf 2005).
    """

    best: int
    t: Array
    naive: float
    reality_check: float
    lower: float
    consistent: float
    upper: float
    superior: np.ndarray


def snooping(gains: ArrayLike, rng: np.random.Generator, *, replications: int = 1000, block: float = 10.0,
             level: float = 0.05) -> Snooping:  # fmt: skip
    """Does the best of many rules gain more than nothing? Reality check and test of superior predictive ability.

    With d the means of the T gains, d* those of a resample and w the standard deviation of ``sqrt(T) d*``, compare

    - ``max sqrt(T) d`` with ``max sqrt(T) (d* - d)`` (White 2000, doi:10.1111/1468-0262.00152);
    - ``max(0, max sqrt(T) d / w)`` with ``max(0, max sqrt(T) (d* - g) / w)`` (Hansen 2005,
      doi:10.1198/073500105000000063), where g = d (upper), d where ``sqrt(T) d / w >= -sqrt(2 log log T)`` and else 0
      (consistent), max(d, 0) (lower).

    All resamples are one matrix product.

    Parameters
    ----------
    gains : array_like, shape (T, rules)
        Net returns in excess of the benchmark.
    replications : int
    block : float
        Mean length of blocks, in days.
    level : float
        Familywise error of `superior`.

    Raises
    ------
    ValueError
        If there are fewer than 20 days, or a rule's gains do not vary.

    Examples
    --------
    >>> x = np.random.default_rng(1).normal(size=(500, 20)); x[:, 3] += 0.3
    >>> found = snooping(x, np.random.default_rng(2), replications=200)
    >>> found.best, found.superior.tolist(), found.consistent
    (3, [3], 0.0)
    """
    x = check.matrix("gains", gains).astype(np.float32)
    days = len(x)
    if days < 20:
        raise ValueError(f"gains: expected at least 20 days, got {days}")
    mean = x.mean(axis=0, dtype=float)
    replications = check.whole("replications", replications, 20)
    counts = stationary_counts(days, replications, block, rng)
    moved = np.asarray(counts @ (x - mean.astype(np.float32)), dtype=float) / np.sqrt(days)  # sqrt(T) (d* - d)
    spread = moved.std(axis=0)
    if (spread <= 1e-12).any():
        raise ValueError(f"gains: those of rule {int(np.argmin(spread))} do not vary")
    t = np.sqrt(days) * mean / spread
    z, top = moved / spread, max(t.max(), 0.0)
    bar = -np.sqrt(2 * np.log(np.log(days)))
    kept = {"lower": np.minimum(t, 0.0), "consistent": np.where(t >= bar, 0.0, t), "upper": 0.0 * t}
    p = {name: float(np.mean(np.maximum((z + shift).max(axis=1), 0.0) > top)) for name, shift in kept.items()}
    return Snooping(
        int(np.argmax(t)), t, float(stats.norm.sf(t.max())),
        float(np.mean(moved.max(axis=1) > np.sqrt(days) * mean.max())), *p.values(),
        superior=_stepwise(t, z + kept["consistent"], check.number("level", level, 0, 1)),
    )  # fmt: skip


def _stepwise(t: Array, z: Array, level: float) -> np.ndarray:
    """Rules above the quantile of the largest t; without them the quantile falls, and again, until none is added."""
    found = np.zeros(len(t), dtype=bool)
    while not found.all():
        new = ~found & (t > np.quantile(np.maximum(z[:, ~found].max(axis=1), 0.0), 1 - level))
        if not new.any():
            break
        found |= new
    return np.flatnonzero(found)[np.argsort(-t[found])]
