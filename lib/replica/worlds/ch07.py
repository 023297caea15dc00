r"""Chapter 07's world: landed cost of ways of shipping to customers abroad, the steps on the way, a SWOT panel.

Four modes serve the same orders: single parcels by post, a third party's consolidated line, stock in one seller's
warehouse abroad, and a warehouse that an alliance of sellers shares. The landed cost of an order is everything between
the seller's door and the customer who keeps the goods: freight, fixed cost, capital and stock, shortages, waiting,
losses and returns. Money is in yuan, time in days, rates are per day unless a unit is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, stats

from replica import check
from replica.methods import mcda, stock

Array = NDArray[np.float64]

MODES = ("post", "third party", "warehouse", "alliance")
COMPONENTS = ("freight", "fixed", "capital", "stock", "shortage", "waiting", "losses", "returns")

#: Assumed ranges: low, high, whether drawn on a logarithmic scale, unit, meaning. Nothing of it is printed but the 20
#: to 30 % of `post_share` and the shares behind `POST_DAYS`; `time_value` is the range of Hummels & Schaur (2013).
RANGES: dict[str, tuple[float, float, bool, str, str]] = {
    "value": (60, 600, True, "yuan", "value of an order"),
    "rate": (1, 1000, True, "orders a day", "mean demand"),
    "dispersion": (1, 5, False, "", "variance of daily demand over its mean"),
    "post_share": (0.20, 0.30, False, "of the value", "freight of a single parcel"),
    "post_slow": (0.85, 1.15, False, "", "delivery time by post over the calibrated one"),
    "third_freight": (0.70, 1.10, False, "of post", "freight of the third party"),
    "third_days": (0.40, 0.80, False, "of post", "its delivery time, mean and sd"),
    "third_fixed": (20, 200, True, "yuan a day", "its fixed cost"),
    "bulk": (0.15, 0.45, False, "of post", "freight to the warehouse abroad"),
    "last_mile": (0.25, 0.60, False, "of post", "delivery from there"),
    "local_days": (2, 5, False, "days", "delivery from there"),
    "warehouse_fixed": (300, 3000, True, "yuan a day", "fixed cost of a warehouse"),
    "storage": (0.02, 0.30, True, "yuan a unit and day", "storage"),
    "lead_mean": (25, 50, False, "days", "replenishment"),
    "lead_cv": (0.05, 0.50, False, "", "sd of replenishment time over its mean"),
    "shipment": (100, 2000, True, "units", "smallest bulk shipment"),
    "members": (3, 20, True, "sellers", "members of the alliance"),
    "margin": (0.05, 0.25, False, "of its freight", "what the alliance adds"),
    "coordination": (20, 200, True, "yuan a day", "own cost of being a member"),
    "capital": (0.08, 0.20, False, "a year", "cost of capital"),
    "obsolescence": (0.05, 0.40, False, "a year", "loss of value of goods in stock"),
    "time_value": (0.006, 0.021, False, "of the value a day", "what a day of waiting costs"),
    "late_refund": (0.0, 0.5, False, "of the value", "refund for a parcel of 30 days or more"),
    "loss": (0.005, 0.03, False, "of parcels", "lost or damaged by post"),
    "returned": (0.03, 0.15, False, "of orders", "returns"),
    "return_freight": (0.8, 2.0, False, "of post", "freight of a return across the border"),
    "resold": (0.6, 0.95, False, "of the value", "recovered from a return"),
}
LATE = 30.0  # days


class Activity(NamedTuple):
    """One step of a process.

    Attributes
    ----------
    name : str
    after : tuple of str
        Steps that must have ended before this one starts.
    days, cost : (low, most likely, high)
        Triangular distributions of its duration, and of its cost, yuan an order.
    """

    name: str
    after: tuple[str, ...]
    days: tuple[float, float, float]
    cost: tuple[float, float, float] = (0.0, 0.0, 0.0)


#: The way to the customer, step by step as the article lists it. Durations (days) and costs (yuan) here and below are
#: assumed; the longest main haul makes 11 % of parcels take 30 days or more.
OUTWARD = (
    Activity("pack", (), (0.3, 0.5, 1.5)),
    Activity("inland transport", ("pack",), (0.5, 1, 2)),
    Activity("export papers", ("pack",), (0.3, 0.7, 3)),
    Activity("audit and loading", ("inland transport", "export papers"), (0.2, 0.5, 2)),
    Activity("export clearance", ("audit and loading",), (0.1, 0.3, 1.5)),
    Activity("main haul", ("export clearance",), (1, 2.5, 30)),
    Activity("import papers", ("export clearance",), (0.5, 1, 4)),
    Activity("import audit", ("main haul", "import papers"), (0.1, 0.4, 3)),
    Activity("import clearance", ("import audit",), (0.1, 0.4, 3)),
    Activity("distribution", ("import clearance",), (0.3, 0.7, 2)),
    Activity("delivery", ("distribution",), (0.5, 1, 3)),
)
#: The way back across the border.
RETURN = (
    Activity("request", (), (0.5, 1, 3), (1, 2, 5)),
    Activity("drop-off", ("request",), (1, 3, 7), (5, 15, 30)),
    Activity("collection", ("drop-off",), (1, 2, 4), (3, 5, 10)),
    Activity("papers of return", ("request",), (0.5, 2, 8), (2, 5, 20)),
    Activity("export of return", ("collection", "papers of return"), (0.5, 1, 4), (2, 5, 10)),
    Activity("haul back", ("export of return",), (1, 2.5, 30), (30, 50, 100)),
    Activity("proof of origin", ("request",), (1, 3, 15), (0, 5, 20)),
    Activity("import of return", ("haul back", "proof of origin"), (0.5, 2, 12), (2, 5, 30)),
    Activity("inland", ("import of return",), (0.5, 1, 3), (3, 5, 10)),
    Activity("inspection", ("inland",), (0.5, 1, 3), (2, 5, 10)),
    Activity("refund", ("inspection",), (0.5, 1, 5)),
)
#: A return to a warehouse abroad.
RETURN_ABROAD = (
    *RETURN[:2],
    Activity("inspection abroad", ("drop-off",), (0.5, 1.5, 4), (3, 8, 20)),
    Activity("refund", ("inspection abroad",), (0.5, 1, 5)),
)
SHORTEST_REVIEW = 7.0  # days between bulk shipments
DIVISORS = ("value", "rate", "post_slow", "third_days", "lead_mean", "shipment", "members")


def delivery_from_shares(early: tuple[float, float], late: tuple[float, float], family: str) -> tuple[float, float]:
    r"""Two parameters of a delivery time from two printed shares.

    Parameters
    ----------
    early : (days, share)
        Share of parcels delivered by then.
    late : (days, share)
        Share of parcels delivered then or later.
    family : {"gamma", "weibull", "lognormal"}

    Returns
    -------
    (shape, scale) : tuple of float
        As scipy.stats takes them; for "lognormal" the sd of the logarithm and the median in days.

    Raises
    ------
    ValueError
        If shares are not in (0, 1) or do not leave room, days are not positive and rising, or the family is unknown.

    Examples
    --------
    >>> shape, scale = delivery_from_shares((2.0, 1 - np.exp(-1.0)), (4.0, np.exp(-2.0)), "weibull")
    >>> round(shape, 9), round(scale, 9)
    (1.0, 2.0)
    """
    (t1, p1), (t2, p2) = (
        check.array(k, v, 0, open_low=True, shape=(2,)) for k, v in (("early", early), ("late", late))
    )
    if t1 >= t2:
        raise ValueError(f"early: expected days before those of late, got {t1:g} and {t2:g}")
    if p1 + p2 >= 1:
        raise ValueError(f"late: expected shares that leave room between them, got {p1:g} and {p2:g}")
    family = check.one_of("family", family, ("gamma", "weibull", "lognormal"))
    if family == "lognormal":
        low, high = stats.norm.ppf([p1, 1 - p2])
        sd = np.log(t2 / t1) / (high - low)
        return float(sd), float(np.exp(np.log(t1) - low * sd))
    if family == "weibull":
        low, high = -np.log1p(-p1), -np.log(p2)
        shape = np.log(high / low) / np.log(t2 / t1)
        return float(shape), float(t1 / low ** (1 / shape))

    def gap(log_shape: float) -> float:
        k = np.exp(log_shape)
        return np.log(stats.gamma.ppf(1 - p2, k) / stats.gamma.ppf(p1, k)) - np.log(t2 / t1)

    shape = np.exp(optimize.brentq(gap, np.log(0.05), np.log(1e4)))
    return float(shape), float(t1 / stats.gamma.ppf(p1, shape))


#: Gamma delivery time by post (shape, scale): 14 % within three days, 11 % in 30 days or more. Days are whole, so
#: "in 2-3 days" ends at 3.5 and "30 or more" begins at 29.5.
POST_DAYS = delivery_from_shares((3.5, 0.14), (29.5, 0.11), "gamma")


def sample(activities: Sequence[Activity], n: int, rng: np.random.Generator, of: str = "days") -> dict[str, Array]:
    """Draws of the duration (`of` = "days") or cost ("cost") of every activity, n each.

    Examples
    --------
    >>> drawn = sample(RETURN_ABROAD, 1000, np.random.default_rng(1))
    >>> list(drawn)[:2], bool((drawn["request"] <= 3).all())
    (['request', 'drop-off'], True)
    """
    n, rng, of = check.whole("n", n, 1), check.generator("rng", rng), check.one_of("of", of, ("days", "cost"))
    drawn = {}
    for activity in activities:
        low, likely, high = getattr(activity, of)
        drawn[activity.name] = rng.triangular(low, likely, high, n) if high > low else np.full(n, float(low))
    return drawn


def draw(n: int, seed: int, **fixed: float) -> pd.DataFrame:
    """Parameter sets from `RANGES`, by a Latin hypercube; named parameters may be held fixed.

    Returns
    -------
    (n, 27) pandas.DataFrame

    Raises
    ------
    ValueError
        If `n` is not positive or a fixed parameter is unknown.
    """
    n, seed = check.whole("n", n, 1), check.whole("seed", seed)
    if unknown := sorted(fixed.keys() - RANGES.keys()):
        raise ValueError(f"fixed: {unknown[0]!r} is no parameter")
    points = stats.qmc.LatinHypercube(len(RANGES), rng=np.random.default_rng(seed)).random(n)
    columns = {}
    for column, (name, (low, high, logarithmic, _, _)) in zip(points.T, RANGES.items(), strict=True):
        columns[name] = low * (high / low) ** column if logarithmic else low + (high - low) * column
    return pd.DataFrame(columns).assign(**fixed)


def middle() -> pd.DataFrame:
    """One row: the middle of every range, geometric where the range is logarithmic."""
    return pd.DataFrame(
        {name: [np.sqrt(lo * hi) if logarithmic else (lo + hi) / 2]
         for name, (lo, hi, logarithmic, _, _) in RANGES.items()}
    )  # fmt: skip


def stock_cost(world: pd.DataFrame, members, fixed, freight_factor) -> dict[str, Array]:
    """Cost of stock abroad for one seller, yuan an order, under periodic review.

    A bulk shipment leaves as soon as the members together fill it, and not sooner than after a week: the review period
    is R = max(7, shipment / (members rate)) days. The level covers demand over R plus the replenishment time; an order
    that finds no stock goes by post, which is the cost of being short.
    """
    w = world
    post = w.post_share * w.value
    review = np.maximum(SHORTEST_REVIEW, w.shipment / (members * w.rate))
    holding = w.storage + w.value * (w.capital + w.obsolescence) / 365
    waits = w.time_value * w.value
    penalty = post + waits * np.maximum(post_days(w)[0] - w.local_days, 0)
    sd = stock.demand_sd(w.rate, w.dispersion, w.lead_mean, w.lead_cv * w.lead_mean, review)
    plan = stock.newsvendor(w.rate * (w.lead_mean + review), sd, penalty, holding * review)
    short = np.minimum(plan["short"] / (w.rate * review), 1.0)
    units = np.maximum(plan["safety"] + plan["short"], 0) + w.rate * review / 2
    return {
        "freight": freight_factor * (w.bulk + w.last_mile) * post,
        "fixed": fixed / w.rate,
        "capital": w.value * w.capital / 365 * (w.lead_mean + w.local_days),
        "stock": holding * units / w.rate,
        "shortage": penalty * short,
        "waiting": waits * w.local_days,
        "losses": w.loss / 5 * w.value,
        "returns": w.returned * (w.last_mile * post + (1 - w.resold) * w.value),
    }


def post_days(world: pd.DataFrame) -> tuple[Array, float]:
    """Mean delivery time by post, days, and the shape of its gamma distribution."""
    shape, scale = POST_DAYS
    return shape * scale * world.post_slow.to_numpy(), shape


def parcel_cost(world: pd.DataFrame, freight, fixed, days, loss) -> dict[str, Array]:
    """Cost of sending each order across the border, yuan an order; `days` is the mean of a gamma delivery time."""
    w, shape = world, POST_DAYS[0]
    late = stats.gamma.sf(LATE - 0.5, shape, scale=days / shape)
    abandoned = np.minimum(w.value, w.return_freight * w.post_share * w.value + (1 - w.resold) * w.value)
    return {
        "freight": freight,
        "fixed": fixed / w.rate,
        "capital": w.value * w.capital / 365 * days,
        "stock": np.zeros(len(w)),
        "shortage": np.zeros(len(w)),
        "waiting": w.time_value * w.value * days,
        "losses": (loss + late * w.late_refund) * w.value,
        "returns": w.returned * abandoned,
    }


def landed_cost(world: Mapping[str, float] | pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Landed cost of an order by mode and component, yuan.

    Parameters
    ----------
    world : mapping or pandas.DataFrame
        The parameters of `RANGES`, one row a parameter set.

    Returns
    -------
    dict of str to pandas.DataFrame
        For each of `MODES` a frame of `COMPONENTS`; its sum over columns is the landed cost.

    Raises
    ------
    ValueError
        If a parameter is missing, not finite, negative, or zero where that has no meaning.

    Examples
    --------
    >>> total = totals(middle())
    >>> list(total.columns)
    ['post', 'third party', 'warehouse', 'alliance']
    """
    w = (pd.DataFrame(world) if isinstance(world, pd.DataFrame) else pd.DataFrame([dict(world)])).astype(float)
    if missing := [name for name in RANGES if name not in w]:
        raise ValueError(f"world: {missing[0]!r} is missing")
    for name in RANGES:
        if not np.all(np.isfinite(w[name]) & (w[name] > 0 if name in DIVISORS else w[name] >= 0)):
            raise ValueError(f"world: {name} must be finite and {'above zero' if name in DIVISORS else 'not negative'}")
    post, days = w.post_share * w.value, post_days(w)[0]
    result = {
        "post": parcel_cost(w, post, 0.0, days, w.loss),
        "third party": parcel_cost(w, w.third_freight * post, w.third_fixed, w.third_days * days, w.loss / 2),
        "warehouse": stock_cost(w, 1.0, w.warehouse_fixed, 1.0),
        "alliance": stock_cost(w, w.members, w.warehouse_fixed / w.members + w.coordination, 1 + w.margin),
    }
    return {mode: pd.DataFrame(parts, index=w.index)[list(COMPONENTS)] for mode, parts in result.items()}


def totals(world: Mapping[str, float] | pd.DataFrame) -> pd.DataFrame:
    """Landed cost of an order, yuan: one column a mode."""
    return pd.DataFrame({mode: parts.sum(axis=1) for mode, parts in landed_cost(world).items()})


def simulate_stock(
    rate: float, dispersion: float, lead_mean: float, lead_sd: float, review: int, level: float, cycles: int, seed: int
) -> dict[str, float]:
    """Periodic review, day by day: demand, gamma replenishment times, back orders; no shipment overtakes another.

    Daily demand is negative binomial with the dispersion given (Poisson for 1). Each cycle orders up to `level`; what
    is short or left over is counted just before the next shipment arrives.

    Returns
    -------
    dict
        ``mean`` and ``sd`` of the demand that the level covers, ``short`` and ``left`` per cycle, and ``on_hand``, the
        mean stock over all days.
    """
    rate, dispersion = check.positive("rate", rate), check.number("dispersion", dispersion, 1)
    lead_mean, lead_sd = check.positive("lead_mean", lead_mean), check.number("lead_sd", lead_sd, 0)
    review, cycles, level = (
        check.whole("review", review, 1),
        check.whole("cycles", cycles, 10),
        check.number("level", level),
    )
    rng = np.random.default_rng(seed)
    shape = (lead_mean / lead_sd) ** 2 if lead_sd > 0 else np.inf
    drawn = rng.gamma(shape, lead_mean / shape, cycles + 1) if lead_sd > 0 else np.full(cycles + 1, lead_mean)
    arrives = np.arange(cycles + 1) * review + np.maximum(np.rint(drawn).astype(int), 1)
    arrives = np.maximum.accumulate(arrives)  # no overtaking
    horizon = int(arrives[-1]) + 1
    if dispersion > 1:
        success = 1 / dispersion
        demand = rng.negative_binomial(rate * success / (1 - success), success, horizon)
    else:
        demand = rng.poisson(rate, horizon)
    served = np.concatenate([[0], np.cumsum(demand)])
    ordered = np.arange(cycles + 1) * review
    covered = served[arrives[1:]] - served[ordered[:-1]]  # from an order to the arrival of the next one
    raised = np.concatenate([[0.0], level + served[ordered]])  # stock that has arrived, at the latest shipment
    latest = np.searchsorted(arrives, np.arange(horizon), side="right")
    net = raised[latest] - served[:horizon]
    inside = slice(int(arrives[1]), int(arrives[-1]))
    return {
        "mean": float(covered.mean()),
        "sd": float(covered.std()),
        "short": float(np.maximum(covered - level, 0).mean()),
        "left": float(np.maximum(level - covered, 0).mean()),
        "on_hand": float(np.maximum(net[inside], 0).mean()),
    }


# A panel that weighs a SWOT list ------------------------------------------------------------------------------------


def judgements(truth, noise: float, rng: np.random.Generator) -> Array:
    """A reciprocal matrix as one judge would fill it in: true ratios with log-normal error, put on Saaty's scale.

    Parameters
    ----------
    truth : (n,) array_like
        Positive weights.
    noise : float
        Standard deviation of the logarithm of a judged ratio.
    rng : numpy.random.Generator

    Returns
    -------
    (n, n) array
        Entries from 1/9 to 9.
    """
    w, noise = check.array("truth", truth, 0, open_low=True, shape=(None,)), check.number("noise", noise, 0)
    rng = check.generator("rng", rng)
    rows, columns = np.triu_indices(len(w), 1)
    ratio = w[rows] / w[columns] * np.exp(noise * rng.standard_normal(len(rows)))
    return mcda.to_scale(mcda.comparisons(ratio, len(w)))


def swot_panel(
    truth: Mapping[str, Mapping[str, float]], judges: int, noise: float, rng: np.random.Generator
) -> tuple[dict[str, float], float]:
    """Global priorities from a simulated panel of judges, and the mean consistency ratio of its first judge.

    The true weight of a group is the sum of the weights of its factors; every judge compares the groups and, in each
    group, the factors (`judgements`), and the panel's matrices are joined by their geometric mean.

    Raises
    ------
    ValueError
        If `judges` is less than 1, or weights or noise are refused by `judgements`.
    """
    judges = check.whole("judges", judges, 1)
    every = {**truth, "": {group: sum(factors.values()) for group, factors in truth.items()}}
    found, ratios = {}, []
    for group, factors in every.items():
        matrices = [judgements(list(factors.values()), noise, rng) for _ in range(judges)]
        joint = mcda.ahp(mcda.group(matrices)).weights
        found[group] = dict(zip(factors, joint.tolist(), strict=True))
        ratios.append(float(mcda.ahp(matrices[0]).ratio))
    outer = found.pop("")
    return mcda.hierarchy(found, outer), float(np.mean(ratios))


def dirichlet_priorities(sizes: Mapping[str, int], concentration: float, n: int, rng: np.random.Generator) -> Array:
    """Global priorities when nothing is known: weights of groups and in groups from symmetric Dirichlet laws.

    Parameters
    ----------
    sizes : mapping of str to int
        Number of factors of each group.
    concentration : float
        1 for uniform over all weights; larger means closer to equal weights.
    n : int
        Draws.

    Returns
    -------
    (n, number of factors) array
        Rows sum to one.
    """
    counts = [check.whole("sizes", k, 1) for k in sizes.values()]
    if not counts:
        raise ValueError("sizes: expected at least one group")
    concentration, n = check.positive("concentration", concentration), check.whole("n", n, 1)
    rng = check.generator("rng", rng)
    outer = rng.dirichlet([concentration] * len(counts), n)
    inner = [rng.dirichlet([concentration] * k, n) for k in counts]
    return np.concatenate([outer[:, [g]] * inner[g] for g in range(len(counts))], axis=1)
