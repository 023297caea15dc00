"""Small questions of a buyer, each with a closed form: late parts, slow orders, one supplier or two, a certificate.

Every function takes arrays, so that a claim can be asked over a whole region of parameters at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Array = NDArray[np.float64]


def _number(name: str, value: ArrayLike, low: float = 0.0, high: float = np.inf, *, open_low: bool = False) -> Array:
    array = np.asarray(value, dtype=float)
    if not np.isfinite(array).all() or (array < low).any() or (array > high).any():
        raise ValueError(f"{name}: expected finite numbers in [{low:g}, {high:g}]")
    if open_low and (array == low).any():
        raise ValueError(f"{name}: expected numbers above {low:g}")
    return array


def stock_out(
    reorder: ArrayLike, demand: ArrayLike, sd_demand: ArrayLike, lead: ArrayLike, sd_lead: ArrayLike
) -> Array:
    """Probability that demand during the lead time exceeds the reorder point.

    Demand over the lead time has mean ``d l`` and variance ``l sd_d² + d² sd_l²`` and is taken as normal.

    Parameters
    ----------
    reorder : array_like
        Stock at which an order leaves, units.
    demand, sd_demand : array_like
        Mean and standard deviation of demand a day, units.
    lead, sd_lead : array_like
        Mean and standard deviation of the lead time, days.

    Examples
    --------
    >>> stock_out(120, 10, 3, 10, [0, 2]).round(3).tolist()
    [0.018, 0.183]
    """
    d, days = _number("demand", demand, open_low=True), _number("lead", lead, open_low=True)
    variance = days * _number("sd_demand", sd_demand) ** 2 + (d * _number("sd_lead", sd_lead)) ** 2
    if (variance == 0).any():
        raise ValueError("sd_demand: demand during the lead time must vary")
    return special.ndtr((d * days - _number("reorder", reorder)) / np.sqrt(variance))


def on_time(quoted: ArrayLike, lead: ArrayLike, sd_lead: ArrayLike) -> Array:
    """Share of deliveries within the quoted lead time, the lead time being normal."""
    spread = _number("sd_lead", sd_lead, open_low=True)
    return special.ndtr((_number("quoted", quoted) - _number("lead", lead)) / spread)


def early_profit(mean: ArrayLike, sd: ArrayLike, price: ArrayLike, cost: ArrayLike, salvage: ArrayLike) -> Array:
    """Expected profit of the best order placed before demand is known (newsvendor, normal demand).

    ``(price - cost) mean - (price - salvage) sd φ(z)``, with ``Φ(z) = (price - cost)/(price - salvage)``.

    Examples
    --------
    >>> float(early_profit(100, 30, 10, 6, 2).round(1))
    304.3
    """
    p, c, s = (np.asarray(v, dtype=float) for v in (price, cost, salvage))
    if not ((p > c) & (c > s)).all():
        raise ValueError("price: expected price > cost > salvage")
    z = special.ndtri((p - c) / (p - s))
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return (p - c) * _number("mean", mean) - (p - s) * _number("sd", sd) * density


def outage(one: ArrayLike, other: ArrayLike, common: ArrayLike) -> Array:
    """Probability that both of two suppliers stand still: a common shock, or each by itself.

    Each stands still with its own probability over a season; a share `common` of the smaller one is a shock that hits
    both.

    Examples
    --------
    >>> outage(0.05, 0.10, [0.0, 1.0]).round(4).tolist()
    [0.005, 0.05]
    """
    a, b = _number("one", one, 0, 1), _number("other", other, 0, 1)
    shock = _number("common", common, 0, 1) * np.minimum(a, b)
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
    s = _number("share", share, 0, 1)
    good, bad = s * _number("pass_good", pass_good, 0, 1), (1 - s) * _number("pass_bad", pass_bad, 0, 1)
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
    through, s = 1 - _number("caught", caught, 0, 1), _number("slip", slip, 0, 1)
    gain = _number("premium", premium) * np.maximum(through - s, 0)
    prepared = np.minimum(gain / _number("dearest", dearest, open_low=True), 1)
    return prepared * np.maximum(through, s) + (1 - prepared) * s


def logit_shares(utility: ArrayLike) -> Array:
    """Market shares of firms and of an outside option of utility zero: ``exp(u_i) / (1 + Σ exp(u_j))``.

    Parameters
    ----------
    utility : array_like, shape (..., firms)
    """
    u = np.asarray(utility, dtype=float)
    if u.ndim < 1 or not np.isfinite(u).all():
        raise ValueError("utility: expected finite numbers, firms in the last axis")
    top = np.maximum(u.max(axis=-1, keepdims=True), 0)
    parts = np.exp(u - top)
    return parts / (np.exp(-top) + parts.sum(axis=-1, keepdims=True))
