"""Chapter 08's world: a panel of suppliers, calls for tender, a contract under two hidden efforts, a buyer's questions.

**The panel.** The log of the share of defectives of supplier i in year t is

    log p_it = level + a_i + trend t + u_it + effect_(t - start) d_i,      u_it = ρ u_(i,t-1) + noise,

and what the buyer sees is a count of defectives among the parts inspected in that year. Two panels with the same seed
share all luck, so that the panel without a programme is the true counterfactual of the one with it.

**The contract**, in the manner of Baiman, Fischer & Rajan (2000), in their simplest form. A part is good with
probability e, the supplier's prevention; a defect is found by the buyer with probability t, her inspection. A found
defect costs I (internal failure), an unfound one L > I (external failure). The costs of effort are quadratic::

    J(e, t) = c e²/2 + a t²/2 + (1 - e) [t I + (1 - t) L].

The contract makes the supplier pay P_I for a found and P_E for an unfound defect, as far as each event can be proved.
Each side then minimises its own cost; payments between them cancel in J.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import poisson

from replica import check

Array = NDArray[np.float64]
CHOICES = ("random", "worst", "best", "lottery")


# The panel -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SupplierPanel:
    """Simulated suppliers.

    Attributes
    ----------
    share : array, shape (suppliers, years)
        True share of defectives.
    without : array, shape (suppliers, years)
        The same, had nobody been developed.
    counts : array of int, shape (suppliers, years)
        Defectives found among `inspected` parts.
    inspected : int
    developed, eligible : array of bool, shape (suppliers,)
        In the programme, and considered for it (all, but for the lottery).
    start : int
        Index of the first year of the programme.
    effect : array, shape (years,)
        Planted effect on log p of a developed supplier.
    """

    share: Array
    without: Array
    counts: NDArray[np.int64]
    inspected: int
    developed: NDArray[np.bool_]
    eligible: NDArray[np.bool_]
    start: int
    effect: Array

    @property
    def score(self) -> Array:
        """What the buyer sees: ``log((count + 1/2) / (inspected + 1))``, higher is worse."""
        return np.log((self.counts + 0.5) / (self.inspected + 1))

    @property
    def planted(self) -> float:
        """Mean planted effect over the years from the start on."""
        return float(self.effect[self.start :].mean())


def supplier_panel(
    suppliers: int = 200,
    years: int = 10,
    *,
    start: int = 4,
    effect: float = -0.4,
    ramp: int = 3,
    developed: int = 40,
    choice: str = "random",
    level: float = np.log(0.02),
    spread: float = 0.5,
    trend: float = -0.02,
    luck: float = 0.4,
    persistence: float = 0.3,
    inspected: int = 1000,
    seed: int = 1,
) -> SupplierPanel:
    """Draw a panel.

    Parameters
    ----------
    suppliers, years : int
    start : int
        Index of the first year of the programme.
    effect, ramp : float, int
        Final effect on log p, reached in equal steps over `ramp` years.
    developed : int
        Number of suppliers in the programme.
    choice : {"random", "worst", "best", "lottery"}
        Drawn at random; the highest or lowest score in the year before the start; or drawn by lot among twice as many
        of the worst.
    level, spread : float
        Mean of log p, and standard deviation of the lasting differences a_i.
    trend : float
        Change of log p a year that everybody shares.
    luck, persistence : float
        Standard deviation of u, and its correlation from year to year.
    inspected : int
        Parts inspected a supplier and year.
    seed : int

    Raises
    ------
    ValueError
        If a count is out of order, `choice` is unknown or a standard deviation is negative.
    """
    suppliers, years = check.whole("suppliers", suppliers, 4), check.whole("years", years, 2)
    ramp, inspected = check.whole("ramp", ramp, 1), check.whole("inspected", inspected, 1)
    start, choice = check.whole("start", start, 1, years - 1), check.one_of("choice", choice, CHOICES)
    developed = check.whole("developed", developed, 2, suppliers // 2 if choice == "lottery" else suppliers - 2)
    effect, level, trend = (check.number(k, v) for k, v in (("effect", effect), ("level", level), ("trend", trend)))
    spread, luck = check.number("spread", spread, 0), check.number("luck", luck, 0)
    persistence = check.number("persistence", persistence, -1, 1, open_low=True, open_high=True)
    rng = np.random.default_rng(seed)
    lasting, noise = spread * rng.standard_normal(suppliers), rng.standard_normal((suppliers, years))
    uniform, order = rng.random((suppliers, years)), rng.random(suppliers)
    u = noise.copy()
    for t in range(1, years):
        u[:, t] = persistence * u[:, t - 1] + np.sqrt(1 - persistence**2) * noise[:, t]
    base = level + lasting[:, None] + trend * np.arange(years) + luck * u
    without = np.minimum(np.exp(base), 0.95)
    path = np.where(np.arange(years) < start, 0.0, effect * np.clip((np.arange(years) - start + 1) / ramp, 0, 1))
    last = slice(start - 1, start)
    seen = _count(without[:, last], inspected, uniform[:, last])[:, 0] + 1e-6 * order
    key = {"random": order, "worst": -seen, "best": seen, "lottery": -seen}[choice]
    first = np.argsort(key, kind="stable")[: 2 * developed if choice == "lottery" else developed]
    chosen, eligible = np.zeros(suppliers, dtype=bool), np.full(suppliers, choice != "lottery")
    eligible[first] = True
    chosen[first[np.argsort(order[first], kind="stable")[:developed]]] = True
    share = np.minimum(np.exp(base + chosen[:, None] * path), 0.95)
    return SupplierPanel(share, without, _count(share, inspected, uniform), inspected, chosen, eligible, start, path)


def _count(share: Array, inspected: int, uniform: Array) -> NDArray[np.int64]:
    """Poisson counts from fixed uniforms, so that the same luck meets another share."""
    return np.minimum(poisson.ppf(uniform, share * inspected), inspected).astype(np.int64)


def tender(
    suppliers: int,
    weights: Array,
    draws: int,
    rng: np.random.Generator,
    *,
    common: float = 0.2,
    noise: float | Array = 0.5,
) -> tuple[Array, Array]:
    """What is seen of suppliers that answer a call, and what they are worth, many times over.

    Parameters
    ----------
    suppliers, draws : int
    weights : array, shape (criteria,)
        True weights, summing to one.
    common : float
        Correlation between the criteria of one supplier, from 0 up to below 1.
    noise : float or array, shape (criteria,)
        Standard deviation of the error of observation; criteria themselves have standard deviation 1.

    Returns
    -------
    seen : array, shape (draws, suppliers, criteria)
    value : array, shape (draws, suppliers)
        True criteria times true weights.
    """
    w, rng = check.probabilities("weights", weights), check.generator("rng", rng)
    suppliers, draws = check.whole("suppliers", suppliers, 2), check.whole("draws", draws, 1)
    common, error = check.number("common", common, 0, 1, open_high=True), check.array("noise", noise, 0)
    if error.ndim and error.shape != w.shape:
        raise ValueError(f"noise: expected one error, or one for each of {w.size} criteria, got shape {error.shape}")
    shared = rng.standard_normal((draws, suppliers, 1))
    true = np.sqrt(common) * shared + np.sqrt(1 - common) * rng.standard_normal((draws, suppliers, w.size))
    return true + error * rng.standard_normal(true.shape), true @ w


def choice_quality(value: Array, score: Array) -> tuple[float, float]:
    """Share of draws in which the highest score is the highest value, and the mean value lost.

    Parameters
    ----------
    value, score : array, shape (draws, suppliers)
    """
    v = check.matrix("value", value)
    s = check.array("score", score, shape=v.shape)
    got = np.take_along_axis(v, s.argmax(axis=1)[:, None], axis=1)[:, 0]
    lost = v.max(axis=1) - got
    return float((lost == 0).mean()), float(lost.mean())


# The contract ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trade:
    """Costs of one part; every attribute is an array, and all have one shape.

    Attributes
    ----------
    c, a : array
        Cost of prevention and of inspection (J at full effort is half of it).
    internal, external : array
        Cost of a found and of an unfound defect.
    """

    c: ArrayLike
    a: ArrayLike
    internal: ArrayLike
    external: ArrayLike

    def __post_init__(self) -> None:
        names = ("c", "a", "internal", "external")
        arrays = np.broadcast_arrays(
            *(check.array(name, getattr(self, name), 0, open_low=name in ("c", "a")) for name in names)
        )
        for name, array in zip(names, arrays, strict=True):
            object.__setattr__(self, name, array)
        if (arrays[2] >= arrays[3]).any():
            raise ValueError("external: expected more than internal")

    def cost(self, e: ArrayLike, t: ArrayLike) -> Array:
        """Joint cost J of a part."""
        e, t = np.asarray(e, dtype=float), np.asarray(t, dtype=float)
        failure = t * self.internal + (1 - t) * self.external
        return self.c * e**2 / 2 + self.a * t**2 / 2 + (1 - e) * failure


@dataclass(frozen=True)
class Outcome:
    """Prevention e, inspection t, and the joint cost of a part."""

    e: Array
    t: Array
    cost: Array


def _settle(trade: Trade, base: Array, slope: Array, gap: Array) -> Outcome:
    """Points where ``c e = base + slope t`` and ``a t = (1 - e) gap``, each within [0, 1]; the cheapest of them.

    Such a point is interior or has e or t at an end, so five candidates hold them all.
    """
    c, a = trade.c, trade.a

    def supplier(t):
        return np.clip((base + slope * t) / c, 0, 1)

    def buyer(e):
        return np.clip((1 - e) * gap / a, 0, 1)

    zero, one = np.zeros_like(c + base), np.ones_like(c + base)
    bend = 1 + slope * gap / (a * c)
    inner = np.clip(np.where(bend == 0, 0, (1 - base / c) * gap / a / np.where(bend == 0, 1, bend)), 0, 1)
    t = np.stack([inner, zero, one, buyer(zero), buyer(one)])
    e = np.stack([supplier(inner), supplier(zero), supplier(one), zero, one])
    stands = (np.abs(supplier(t) - e) < 1e-9) & (np.abs(buyer(e) - t) < 1e-9)
    cost = np.where(stands, trade.cost(e, t), np.inf)
    best = cost.argmin(axis=0)[None]
    e, t, cost = (np.take_along_axis(v, best, axis=0)[0] for v in (e, t, cost))
    return Outcome(e, t, cost)


def first_best(trade: Trade) -> Outcome:
    """Efforts of one owner of both firms: the lowest joint cost.

    First-order conditions ``c e = t I + (1 - t) L`` and ``a t = (1 - e)(L - I)``.
    """
    return _settle(trade, trade.external, trade.internal - trade.external, trade.external - trade.internal)


def equilibrium(trade: Trade, found: ArrayLike, unfound: ArrayLike) -> Outcome:
    """Efforts under the contract (P_I = `found`, P_E = `unfound`), each side against the other's (Nash).

    ``c e = t P_I + (1 - t) P_E`` and ``a t = (1 - e)[(L - P_E) - (I - P_I)]``. Where several pairs stand, the cheapest.

    Raises
    ------
    ValueError
        If a penalty is negative or not finite.
    """
    p_i, p_e = check.array("found", found, 0), check.array("unfound", unfound, 0)
    gap = trade.external - p_e - trade.internal + p_i
    return _settle(trade, p_e + 0 * trade.c, p_i - p_e + 0 * trade.c, gap)


def both_events(trade: Trade) -> Array:
    """The one penalty for either event that gives the first best: ``P = t* I + (1 - t*) L``.

    Equal penalties leave the buyer's reason to inspect, L - I, as it is, and charge the supplier on average what a
    defect costs. This is where the model's message lies: name both events, and price them alike.
    """
    t = first_best(trade).t
    return t * trade.internal + (1 - t) * trade.external


def best_external(trade: Trade, steps: int = 101) -> tuple[Array, Outcome]:
    """Best penalty when only the unfound defect can be proved: P_E on a grid from 0 to twice L, with P_I = 0."""
    grid = np.linspace(0, 2, check.whole("steps", steps, 2))[(...,) + (None,) * np.ndim(trade.c)] * trade.external
    found = equilibrium(trade, np.zeros_like(grid), grid)
    best = found.cost.argmin(axis=0)[None]
    pick = [np.take_along_axis(v, best, axis=0)[0] for v in (grid, found.e, found.t, found.cost)]
    return pick[0], Outcome(*pick[1:])


def relation_holds(trade: Trade, discount: ArrayLike, share: ArrayLike = 0.5) -> NDArray[np.bool_]:
    """Whether a promise without any provable event lasts: the first best as long as both keep to it, else no contract.

    Stopping prevention saves the supplier ``c e*²/2`` once. It loses, from the next part on, its `share` of what
    cooperation saves jointly: ``discount / (1 - discount) · share · (J_none - J*)``.
    """
    d, s = check.array("discount", discount, 0, 1, open_high=True), check.array("share", share, 0, 1)
    best, none = first_best(trade), equilibrium(trade, 0.0, 0.0)
    return d / (1 - d) * s * (none.cost - best.cost) >= trade.c * best.e**2 / 2


# A buyer's questions --------------------------------------------------------------------------------------------------


def outage(one: ArrayLike, other: ArrayLike, common: ArrayLike) -> Array:
    """Probability that both of two suppliers stand still: a common shock, or each by itself.

    Each stands still with its own probability over a season; a share `common` of the smaller one is a shock that hits
    both.

    Examples
    --------
    >>> outage(0.05, 0.10, [0.0, 1.0]).round(4).tolist()
    [0.005, 0.05]
    """
    a, b = check.array("one", one, 0, 1), check.array("other", other, 0, 1)
    shock = check.array("common", common, 0, 1) * np.minimum(a, b)
    shock = np.minimum(shock, np.minimum(a, b))
    with np.errstate(invalid="ignore", divide="ignore"):
        own_a, own_b = (np.where(shock < 1, (p - shock) / (1 - shock), 0.0) for p in (a, b))
    return shock + (1 - shock) * own_a * own_b


def posterior(share: ArrayLike, pass_good: ArrayLike, pass_bad: ArrayLike) -> Array:
    """Share of good suppliers among those that pass (Bayes).

    Examples
    --------
    >>> float(posterior(0.2, 0.95, 0.30).round(3))
    0.442
    """
    s = check.array("share", share, 0, 1)
    good, bad = s * check.array("pass_good", pass_good, 0, 1), (1 - s) * check.array("pass_bad", pass_bad, 0, 1)
    if (good + bad == 0).any():
        raise ValueError("pass_good: nobody passes")
    return good / (good + bad)


def faking(premium: ArrayLike, dearest: ArrayLike, slip: ArrayLike, caught: ArrayLike) -> Array:
    """Chance that a bad supplier passes an audit that can be prepared for.

    Unprepared it passes with probability `slip`. Preparing papers for the audit costs each bad supplier an amount
    between 0 and `dearest`, evenly spread, and lets it pass unless `caught`; it prepares where the gain in premium
    exceeds the cost.

    Parameters
    ----------
    premium, dearest : array_like
        Gain from passing, and the largest cost of preparing, in one unit.
    slip, caught : array_like
        Probabilities.
    """
    through, s = 1 - check.array("caught", caught, 0, 1), check.array("slip", slip, 0, 1)
    gain = check.array("premium", premium, 0) * np.maximum(through - s, 0)
    prepared = np.minimum(gain / check.array("dearest", dearest, 0, open_low=True), 1)
    return prepared * np.maximum(through, s) + (1 - prepared) * s


def logit_shares(utility: ArrayLike) -> Array:
    """Market shares of firms and of an outside option of utility zero: ``exp(u_i) / (1 + Σ exp(u_j))``.

    Parameters
    ----------
    utility : array_like, shape (..., firms)
    """
    u = check.array("utility", utility)
    if u.ndim < 1 or not u.shape[-1]:
        raise ValueError("utility: expected firms in the last axis")
    top = np.maximum(u.max(axis=-1, keepdims=True), 0)
    parts = np.exp(u - top)
    return parts / (np.exp(-top) + parts.sum(axis=-1, keepdims=True))
