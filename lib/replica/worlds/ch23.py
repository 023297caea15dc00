"""Chapter 23's world: two cities, a live room, brands and their members, a labour market with a platform.

**Urban scaling.** The law is :math:`Y = Y_0 N^\\beta e^{\\varepsilon}` (Bettencourt, Lobo, Helbing, Kühnert & West
2007): with :math:`\\beta > 1` the larger city has more of :math:`Y` a head. Two cities always fit it exactly:

.. math:: \\hat\\beta = \\frac{\\ln (Y_1/Y_2)}{\\ln (N_1/N_2)}
          = \\beta + \\frac{\\varepsilon_1 - \\varepsilon_2}{\\ln (N_1/N_2)} ,

so if deviations are independent with standard deviation :math:`\\sigma`, that of the exponent is
:math:`\\sigma\\sqrt2 / \\ln(N_1/N_2)`, and nothing in the two numbers tells how large it is.

**A live room** is a network of trust in which viewers arrive one by one and tie themselves to the host or to those with
many ties (Barabási & Albert 1999). **Brands**: a member buys at a steady rate, gamma distributed within the brand (the
negative binomial model of purchases, Ehrenberg 1959); brands differ in members, mean rate, spread of rates, and trend.
An index of four observed parts is a composite indicator (OECD & JRC 2008): normalise, weigh, aggregate, then test.

**Regular jobs** (Pissarides 2000, chapter 1). Matches are ``efficiency u**curve v**(1-curve)``; with tightness
:math:`\\theta = v/u` workers find jobs at the rate :math:`f = A\\theta^{1-\\eta}`. Free entry and Nash bargaining give

.. math:: (1-\\beta)(y - z) = \\frac{(r+s)\\,c}{q(\\theta)} + \\beta c\\,\\theta, \\qquad u = \\frac{s}{s+f(\\theta)} .

**Flexible work.** The platform reaches a share `coverage` of the unemployed. Such a worker has an effort cost, uniform
up to `effort`, and works if the pay `g` exceeds it, so that being unemployed is worth
:math:`z = b + coverage\\,E(g-x)^+`. Firms want :math:`D\\,y^{\\chi} g^{-\\epsilon}` flexible workers: `cycle` is how
demand answers the state of the economy, `elasticity` how it answers pay. The pay clears that market.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.special import ndtr

from replica import check
from replica.methods import mcda

Array = NDArray[np.float64]


# Two cities -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    """What one comparison of two cities gives.

    Attributes
    ----------
    exponent : float
        The exponent that fits both cities exactly.
    per_head : float
        Ratio of the quantity a head.
    size_ratio : float
        Ratio of the populations, above one.
    """

    exponent: float
    per_head: float
    size_ratio: float

    def __str__(self) -> str:
        exponent, per_head = f"exponent {self.exponent:.3f}", f"per head {self.per_head:.2f} times"
        return f"two cities: {exponent}, {per_head}; no error can be estimated"

    def sd(self, sigma: ArrayLike) -> Array:
        """Standard deviation of the exponent if each city deviates from the law with `sigma` in logarithms."""
        return np.sqrt(2) * check.array("sigma", sigma, 0, open_low=True) / np.log(self.size_ratio)

    def chance(self, truth: ArrayLike, sigma: ArrayLike, candidates: int = 1) -> Array:
        """Probability of an exponent at least as large if the true one is `truth`.

        With more than one candidate: that the largest of so many independent pairs of this size ratio is as large.

        Examples
        --------
        >>> print(f"{pair(4.6, 10).chance(1.0, 0.36):.3f} {pair(4.6, 10).chance(1.0, 0.36, candidates=10):.2f}")
        0.064 0.48
        """
        below = ndtr((self.exponent - check.array("truth", truth)) / self.sd(sigma))
        return 1 - below ** check.whole("candidates", candidates, 1)


def pair(size_ratio: float, quantity_ratio: float) -> Pair:
    """Exponent from two cities: ``log(quantity_ratio) / log(size_ratio)``.

    Raises
    ------
    ValueError
        If the ratios are not positive or the size ratio is not above one (put the larger city first).

    Examples
    --------
    >>> print(pair(size_ratio=4.6, quantity_ratio=10))
    two cities: exponent 1.509, per head 2.17 times; no error can be estimated
    """
    n, y = check.number("size_ratio", size_ratio, 1, open_low=True), check.positive("quantity_ratio", quantity_ratio)
    return Pair(float(np.log(y) / np.log(n)), y / n, n)


def pairs(size: ArrayLike, quantity: ArrayLike, smallest: float, largest: float) -> pd.DataFrame:
    """Exponents of all pairs of cities whose size ratio lies in a window.

    Returns
    -------
    pandas.DataFrame
        Columns ``larger``, ``smaller`` (positions), ``size_ratio``, ``exponent``. Pairs share cities, so they are no
        independent sample.

    Examples
    --------
    >>> pairs([1, 2, 4], [1, 4, 16], 1.5, 2.5)["exponent"].round(3).tolist()
    [2.0, 2.0]
    """
    n = check.array("size", size, 0, open_low=True, shape=(None,))
    y = check.array("quantity", quantity, 0, open_low=True, shape=n.shape)
    smallest, largest = check.number("smallest", smallest, 1, open_low=True), check.number("largest", largest)
    if smallest >= largest:
        raise ValueError(f"smallest: expected less than {largest:g}, got {smallest:g}")
    ratio = n[:, None] / n[None, :]
    larger, smaller = np.nonzero((ratio >= smallest) & (ratio <= largest))
    chosen = ratio[larger, smaller]
    return pd.DataFrame(
        {
            "larger": larger,
            "smaller": smaller,
            "size_ratio": chosen,
            "exponent": np.log(y[larger] / y[smaller]) / np.log(chosen),
        }
    )


# A live room ----------------------------------------------------------------------------------------------------------


def live_room(viewers: int, links: int, host_share: float, seed: int) -> nx.Graph:
    """A room that grows by preference for the host, node 0, and for those with many ties.

    With `host_share` 0 the room is the viewers' network; with 1 it is a star. Ties of one viewer to the same node count
    once.

    Parameters
    ----------
    viewers : int
        Viewers who join, at least `links` plus one.
    links : int
        Ties that each newcomer makes, fewer while the room is smaller.
    host_share : float
        Probability that a tie goes to the host; else it goes to somebody already there in proportion to ties.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> room = live_room(viewers=200, links=2, host_share=0.3, seed=1)
    >>> room.number_of_edges(), room.degree(0)
    (371, 139)
    """
    links, host_share = check.whole("links", links, 1), check.share("host_share", host_share)
    viewers, rng = check.whole("viewers", viewers, links + 1), np.random.default_rng(check.whole("seed", seed))
    room, ends = nx.empty_graph(viewers + 1), [0]
    for viewer in range(1, viewers + 1):
        chosen: set[int] = set()
        for _ in range(min(links, viewer)):
            host = rng.random() < host_share
            target = 0 if host else ends[rng.integers(len(ends))]
            while target in chosen and not host:
                target = ends[rng.integers(len(ends))]
            chosen.add(target)
        room.add_edges_from((target, viewer) for target in chosen)
        ends += [*sorted(chosen), *[viewer] * len(chosen)]
    return room


def reach(room: nx.Graph, trust: float, removed: Sequence[int] = (), draws: int = 64, seed: int = 0) -> float:
    """Share of ordered pairs of viewers that a recommendation connects.

    Each tie passes a recommendation on with probability `trust`, independently (bond percolation, the undirected
    independent cascade of Kempe, Kleinberg & Tardos 2003). Pairs are those of viewers who were not removed; the host
    passes on but is not counted. The same draws are used for every set of removed nodes.

    Parameters
    ----------
    room : networkx.Graph
        Nodes are 0, the host, to n - 1.
    trust : float
    removed : sequence of int
        Nodes that leave.
    draws, seed : int

    Raises
    ------
    ValueError
        If `trust` is no probability, `removed` names no node, or fewer than two viewers stay.

    Examples
    --------
    >>> star = nx.star_graph(100)
    >>> reach(star, 1.0), reach(star, 1.0, [0]), reach(star, 1.0, [5])
    (1.0, 0.0, 1.0)
    """
    trust, draws, size = check.share("trust", trust), check.whole("draws", draws, 1), len(room)
    gone = np.unique([check.whole("removed", node, 0, size - 1) for node in removed]).astype(np.int64)
    counted = np.ones(size, dtype=bool)
    counted[gone] = counted[0] = False
    n = int(counted.sum())
    if n < 2:
        raise ValueError("removed: expected two viewers or more to stay")
    edges = np.array(sorted(sorted(edge) for edge in room.edges), dtype=np.int64).reshape(-1, 2)
    alive = ~np.isin(edges, gone).any(axis=1)
    passes = np.random.default_rng(seed).random((draws, len(edges))) < trust
    pairs = 0
    for row in passes:
        kept = edges[row & alive]
        graph = coo_array((np.ones(len(kept)), (kept[:, 0], kept[:, 1])), shape=(size, size))
        groups = np.bincount(connected_components(graph, directed=False)[1][counted])
        pairs += int((groups * (groups - 1)).sum())
    return pairs / (draws * n * (n - 1))


# Brands and their members ---------------------------------------------------------------------------------------------


PARTS = ("people", "deepening", "core", "activity")
SCALINGS = ("zscore", "minmax", "rank")
AGGREGATIONS = ("arithmetic", "geometric")


@dataclass(frozen=True)
class AssetIndex:
    """A composite indicator with what it was made of.

    Attributes
    ----------
    parts, normalised : pandas.DataFrame
        The four parts as given and as put on one scale.
    weights : pandas.Series
        Add up to one.
    score : pandas.Series
        Higher is better.
    normalisation, aggregation : str
    """

    parts: pd.DataFrame
    normalised: pd.DataFrame
    weights: pd.Series
    score: pd.Series
    normalisation: str
    aggregation: str

    def __str__(self) -> str:
        best, worst = self.score.idxmax(), self.score.idxmin()
        ends = f"first {best} ({self.score[best]:.2f}), last {worst} ({self.score[worst]:.2f})"
        return f"{len(self.score)} brands, {self.normalisation}, {self.aggregation}: {ends}"

    @property
    def rank(self) -> pd.Series:
        """1 is the best; scores that differ by rounding alone are ties, and share the better rank."""
        return self.score.round(9).rank(ascending=False, method="min").astype(int)

    def importance(self) -> pd.DataFrame:
        """Weight of each part beside what it does: its squared correlation with the score, and its share of them."""
        squared = self.normalised.corrwith(self.score) ** 2
        return pd.DataFrame({"weight": self.weights, "r²": squared, "share of r²": squared / squared.sum()})

    def gamed(self, brand: object, changes: Mapping[str, float]) -> AssetIndex:
        """The index when one brand multiplies some of its parts, such as ``{"people": 2}`` for bought followers.

        Raises
        ------
        ValueError
            If `brand` or a part is unknown.
        """
        if brand not in self.parts.index:
            raise ValueError(f"brand: {brand!r} is not in the index")
        if unknown := [part for part in changes if part not in PARTS]:
            raise ValueError(f"changes: {unknown[0]!r} is none of {', '.join(PARTS)}")
        parts = self.parts.astype(float).copy()
        for part, factor in changes.items():
            parts.loc[brand, part] *= check.number("changes", factor, 0)
        return consumer_asset_index(parts, self.weights, self.normalisation, self.aggregation)


def _checked(parts: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(parts, pd.DataFrame) or sorted(parts.columns) != sorted(PARTS):
        raise ValueError(f"parts: expected a frame with the columns {', '.join(PARTS)}")
    if len(parts) < 3 or not parts.index.is_unique:
        raise ValueError("parts: expected three brands or more, each once")
    values = check.array("parts", parts.to_numpy(), 0)
    if (values == values[0]).all(axis=0).any():
        raise ValueError("parts: one part is the same for all brands")
    return parts.loc[:, list(PARTS)].astype(float)


def _weights(weights: ArrayLike | Mapping[str, float] | None) -> pd.Series:
    if weights is None:
        return pd.Series(0.25, index=list(PARTS))
    if isinstance(weights, Mapping | pd.Series):
        if sorted(weights.keys()) != sorted(PARTS):
            raise ValueError(f"weights: expected one for each of {', '.join(PARTS)}")
        weights = [weights[part] for part in PARTS]
    values = check.array("weights", weights, 0, shape=(4,))
    if not values.sum():
        raise ValueError("weights: all are zero")
    return pd.Series(values / values.sum(), index=list(PARTS))


def _normalise(values: Array, normalisation: str) -> Array:
    """Columns on one scale; people and core, which are skewed, as logarithms of one plus the count."""
    scaled = values.copy()
    scaled[:, [0, 2]] = np.log1p(scaled[:, [0, 2]])
    return mcda.normalise(scaled, np.ones(len(PARTS), dtype=bool), normalisation)


def _score(normalised: Array, weights: Array, normalisation: str, aggregation: str) -> Array:
    if aggregation == "arithmetic":
        return normalised @ weights
    if normalisation == "zscore":  # z-scores have no positive scale: the normal distribution function gives one
        normalised = ndtr(normalised)
    return np.exp(np.log(0.01 + 0.99 * normalised) @ weights)


def consumer_asset_index(
    parts: pd.DataFrame,
    weights: ArrayLike | Mapping[str, float] | None = None,
    normalisation: str = "zscore",
    aggregation: str = "arithmetic",
) -> AssetIndex:
    """One number for each brand from people, deepening rate, core users and their activity.

    Parameters
    ----------
    parts : pandas.DataFrame
        ``people`` (persons), ``deepening`` (share of them who moved to a closer relation in the period), ``core``
        (persons), ``activity`` (actions per core user and period). A row is a brand.
    weights : four numbers or mapping, optional
        Equal weights if not given; scaled to add up to one.
    normalisation : {"zscore", "minmax", "rank"}
        Counts are taken in logarithms first, except for ranks.
    aggregation : {"arithmetic", "geometric"}
        The arithmetic mean lets a high part make up for a low one, the geometric one less so; for it the lowest
        normalised value becomes 0.01 rather than zero.

    Raises
    ------
    ValueError
        If columns, numbers, weights or choices are not as said, or a part is the same for all brands.

    Examples
    --------
    >>> parts = pd.DataFrame({"people": [9000, 4000, 600], "deepening": [0.05, 0.08, 0.2], "core": [900, 700, 90],
    ...                       "activity": [3.0, 5.0, 4.0]}, index=["A", "B", "C"])
    >>> print(consumer_asset_index(parts))
    3 brands, zscore, arithmetic: first B (0.42), last C (-0.34)
    """
    frame, weighed = _checked(parts), _weights(weights)
    check.one_of("normalisation", normalisation, SCALINGS)
    check.one_of("aggregation", aggregation, AGGREGATIONS)
    normalised = _normalise(frame.to_numpy(), normalisation)
    score = pd.Series(_score(normalised, weighed.to_numpy(), normalisation, aggregation), frame.index, name="score")
    table = pd.DataFrame(normalised, frame.index, frame.columns)
    return AssetIndex(frame, table, weighed, score, normalisation, aggregation)


def sensitivity(parts: pd.DataFrame, draws: int, seed: int) -> pd.DataFrame:
    """Ranks of every brand over drawn weights, normalisations and aggregations.

    Weights are uniform on the simplex, the two choices uniform and independent.

    Returns
    -------
    pandas.DataFrame
        Index as `parts`; columns ``equal weights`` (rank of the default index), ``low``, ``median``, ``high`` (5, 50
        and 95 % of the drawn ranks) and ``first`` (share of draws in which the brand leads).
    """
    frame = _checked(parts)
    draws, rng = check.whole("draws", draws, 1), np.random.default_rng(check.whole("seed", seed))
    tables = {name: _normalise(frame.to_numpy(), name) for name in SCALINGS}
    ranks = np.empty((draws, len(frame)))
    for draw in range(draws):
        normalisation, aggregation = rng.choice(SCALINGS), rng.choice(AGGREGATIONS)
        score = _score(tables[normalisation], rng.dirichlet(np.ones(4)), normalisation, aggregation)
        ranks[draw] = pd.Series(-score).round(9).rank(method="min").to_numpy()
    low, median, high = np.quantile(ranks, [0.05, 0.5, 0.95], axis=0)
    return pd.DataFrame(
        {
            "equal weights": consumer_asset_index(frame).rank,
            "low": low,
            "median": median,
            "high": high,
            "first": (ranks == 1).mean(axis=0),
        },
        index=frame.index,
    )


def measure(before: ArrayLike, now: ArrayLike, core_at: int = 3) -> dict[str, float]:
    """The four parts of one brand from its members' actions in two periods.

    Closeness has three steps: no action, some, and `core_at` or more. Deepening is the share of members who stand on a
    higher step now than before.

    Parameters
    ----------
    before, now : array_like of int, shape (members,)
        Actions (purchases or visits) of each member.
    core_at : int
        Actions in the period from which a member is a core user.

    Raises
    ------
    ValueError
        If the two differ in length, are empty, or hold a negative count; or if `core_at` is below two.

    Examples
    --------
    >>> measure([0, 1, 4, 0], [1, 3, 5, 0])
    {'people': 4.0, 'deepening': 0.5, 'core': 2.0, 'activity': 4.0}
    """
    first, core_at = check.vector("before", before, 0), check.whole("core_at", core_at, 2)
    second = check.array("now", now, 0, shape=first.shape)
    steps = [(counts > 0).astype(int) + (counts >= core_at) for counts in (first, second)]
    core = second >= core_at
    return {
        "people": float(first.size),
        "deepening": float((steps[1] > steps[0]).mean()),
        "core": float(core.sum()),
        "activity": float(second[core].mean()) if core.any() else 0.0,
    }


@dataclass(frozen=True)
class Market:
    """What is observed of each brand, and what is true.

    Attributes
    ----------
    parts : pandas.DataFrame
        people, deepening, core, activity; one row a brand.
    truth : pandas.DataFrame
        ``rate`` (mean purchases a member and period, now), ``trend`` (factor from one period to the next), ``bought``
        (purchases of all members now), ``next`` (purchases of the same members in the coming period).
    """

    parts: pd.DataFrame
    truth: pd.DataFrame


def market(
    brands: int,
    seed: int,
    *,
    size: float = 3000,
    size_spread: float = 1.0,
    rate: float = 1.0,
    rate_spread: float = 0.4,
    trend_spread: float = 0.15,
    shape: float = 0.8,
    core_at: int = 3,
) -> Market:
    """Draw a market.

    Parameters
    ----------
    brands : int
        Three or more.
    size, size_spread : float
        Median of the members of a brand, and the standard deviation of its logarithm; 30 members at least.
    rate, rate_spread, trend_spread : float
        Median purchases a member and period, and standard deviations of the logarithms of rate and trend.
    shape : float
        Shape of the gamma distribution of rates within a brand; smaller means that fewer members buy more of it.
    core_at : int
        Purchases in a period from which a member counts as core.

    Raises
    ------
    ValueError
        If an argument is out of its range.
    """
    brands, core_at = check.whole("brands", brands, 3), check.whole("core_at", core_at, 2)
    size, rate, shape = check.positive("size", size), check.positive("rate", rate), check.positive("shape", shape)
    spreads = {"size_spread": size_spread, "rate_spread": rate_spread, "trend_spread": trend_spread}
    size_spread, rate_spread, trend_spread = (check.number(name, value, 0) for name, value in spreads.items())
    rng = np.random.default_rng(seed)
    logs = rng.standard_normal((brands, 3)) * [size_spread, rate_spread, trend_spread]
    rows, truths = [], []
    for log_size, log_rate, log_trend in logs:
        members, mean, trend = max(int(size * np.exp(log_size)), 30), rate * np.exp(log_rate), np.exp(log_trend)
        habit = rng.gamma(shape, mean / shape, size=members)
        before, now, coming = (rng.poisson(habit * trend**step) for step in (-1, 0, 1))
        rows.append(measure(before, now, core_at))
        truths.append({"rate": mean, "trend": trend, "bought": int(now.sum()), "next": int(coming.sum())})
    names = pd.Index([f"brand {k}" for k in range(1, brands + 1)], name="Brand")
    return Market(pd.DataFrame(rows, names), pd.DataFrame(truths, names))


# Jobs and a platform --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Labour:
    """A labour market; rates are a quarter. Defaults are those of Shimer (2005), without a platform.

    Attributes
    ----------
    productivity, benefit : float
        Output of a job, and the value of leisure and benefits.
    separation, interest : float
        A quarter.
    bargaining, curve : float
        Workers' share of the surplus; elasticity of matches to unemployment.
    efficiency, vacancy_cost : float
        Scale of matching; cost of an open vacancy.
    coverage : float
        Share of the unemployed whom the platform reaches.
    effort, demand, elasticity, cycle : float
        Of flexible work, as in the module.
    """

    productivity: float = 1.0
    benefit: float = 0.4
    separation: float = 0.1
    interest: float = 0.012
    bargaining: float = 0.72
    curve: float = 0.72
    efficiency: float = 1.355
    vacancy_cost: float = 0.213
    coverage: float = 0.0
    effort: float = 0.6
    demand: float = 0.01
    elasticity: float = 1.0
    cycle: float = 1.0

    def __post_init__(self) -> None:
        for name in ("productivity", "benefit", "separation", "interest", "efficiency", "vacancy_cost", "effort"):
            check.positive(name, getattr(self, name))
        for name in ("bargaining", "curve"):
            check.number(name, getattr(self, name), 0, 1, open_low=True, open_high=True)
        for name in ("demand", "elasticity"):
            check.positive(name, getattr(self, name))
        check.share("coverage", self.coverage)
        check.number("cycle", self.cycle)
        if self.benefit >= self.productivity:
            raise ValueError("benefit: expected less than productivity, else nobody opens a job")


@dataclass(frozen=True)
class State:
    """A steady state.

    Attributes
    ----------
    tightness, unemployment : float
        Vacancies for each person without a regular job; share of the labour force without one.
    flexible : float
        Share of the labour force in flexible work, a part of the unemployed.
    idle : float
        Unemployment less flexible work.
    pay : float
        Of flexible work; zero where there is no platform.
    """

    tightness: float
    unemployment: float
    flexible: float
    idle: float
    pay: float

    def __str__(self) -> str:
        share = 100 * self.flexible / self.unemployment
        return (
            f"unemployed {100 * self.unemployment:.1f} % (of these on the platform {share:.1f} %), "
            f"tightness {self.tightness:.2f}"
        )


def _tightness(market: Labour, outside: float) -> float:
    """Root of free entry, whose right side rises with tightness; zero where a job brings no gain."""
    gain = (1 - market.bargaining) * (market.productivity - outside)

    def missing(log_theta: float) -> float:
        theta = math.exp(log_theta)
        waiting = (market.interest + market.separation) / (market.efficiency * theta**-market.curve)
        return market.vacancy_cost * (waiting + market.bargaining * theta) - gain

    return math.exp(brentq(missing, -40.0, 20.0, xtol=1e-13)) if missing(-40.0) < 0 < missing(20.0) else 0.0


def steady_state(market: Labour) -> State:
    """Tightness, unemployment and flexible work.

    Supply of flexible work rises with its pay (more of the unemployed accept, and more are unemployed because jobs
    are worth less), demand falls: one pay clears the market.

    Raises
    ------
    ValueError
        If no pay up to fifty times the output of a job clears the market of flexible work.

    Examples
    --------
    >>> print(steady_state(Labour()))
    unemployed 6.9 % (of these on the platform 0.0 %), tightness 0.98
    """

    def at(pay: float) -> State:
        worth = pay**2 / (2 * market.effort) if pay <= market.effort else pay - market.effort / 2
        theta = _tightness(market, market.benefit + market.coverage * worth)
        finding = market.efficiency * theta ** (1 - market.curve)
        unemployed = market.separation / (market.separation + finding)
        flexible = unemployed * market.coverage * min(pay / market.effort, 1.0)
        return State(theta, unemployed, flexible, unemployed - flexible, pay)

    if market.coverage == 0:
        return at(0.0)
    demand = market.demand * market.productivity**market.cycle

    def excess(log_pay: float) -> float:
        pay = math.exp(log_pay)
        return at(pay).flexible - demand * pay**-market.elasticity

    ends = math.log(1e-9), math.log(50 * market.productivity)
    if excess(ends[0]) > 0 or excess(ends[1]) < 0:
        raise ValueError("demand: no pay clears the market of flexible work")
    return at(math.exp(brentq(excess, *ends, xtol=1e-13)))


def elasticities(market: Labour, step: float = 0.01) -> dict[str, float]:
    """How tightness, unemployment, flexible work and idleness answer a percent of productivity.

    Central differences of logarithms between steady states, with productivity lower and higher by `step`. Flexible
    work is counter-cyclical where its elasticity is negative.

    Examples
    --------
    >>> print(f"{0.6 * elasticities(Labour())['tightness']:.2f}")
    1.03
    """
    step = check.number("step", step, 0, 0.2, open_low=True, open_high=True)
    down, up = (steady_state(replace(market, productivity=market.productivity * (1 + k))) for k in (-step, step))
    span = math.log((1 + step) / (1 - step))
    names = ("tightness", "unemployment", "flexible", "idle")
    return {
        name: math.log(getattr(up, name) / getattr(down, name)) / span if getattr(up, name) > 0 else 0.0
        for name in names
    }
