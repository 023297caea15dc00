"""World of chapter 11: panels of lending and output whose direction is planted, and a village with one bank.

Every number is assumed; the chapter varies them over the ranges of `BOX`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replica import check
from replica.methods import region

Array = NDArray[np.float64]

WORLDS = ("neither", "finance leads", "growth leads", "expected growth", "within the year")
BURN = 40


def panel(
    world: str,
    count: int,
    units: int,
    years: int,
    seed: int | list[int],
    *,
    effect: float = 0.3,
    memory: float = 0.4,
    shared: float = 0.0,
    push: float = 0.0,
) -> tuple[Array, Array]:
    """Growth of output y and of lending x, in percentage points, in counties whose direction is known.

    Both remember the year before by `memory`, have county means that differ, and yearly noise of variance 1. Then

    - "finance leads": `effect` times last year's x is added to y;
    - "growth leads": `effect` times last year's y is added to x;
    - "expected growth": news n of next year's output is known to lenders. ``n_(t-1)`` is added to y and `effect` times
      ``n_t`` to x, scaled so that it explains as much of y as the noise does; x itself moves nothing;
    - "within the year": `effect` times this year's x is added to y, and x has no memory.

    Parameters
    ----------
    world : str
        One of `WORLDS`.
    count, units, years : int
        Panels, counties in each, years in each.
    seed : int or list of int
    effect : float
        Points of growth for a point of lending (or of lending for a point of growth).
    memory : float
        Autoregressive coefficient, below 1 in size.
    shared : float
        Share in [0, 1) of the variance of all noise that is common to the counties of a panel: weather, policy.
    push : float
        An experiment: points added to x of every county in the first year that is kept.

    Returns
    -------
    y, x : array, shape (count, units, years)

    Examples
    --------
    >>> plain, pushed = (panel("finance leads", 1, 2, 20, 1, push=size)[0] for size in (0.0, 1.0))
    >>> round(float((pushed - plain)[0, 0].sum()), 2)  # 0.3 / (1 - 0.4) for x, again / (1 - 0.4) for y
    0.83
    """
    check.one_of("world", world, WORLDS)
    for name, value in (("count", count), ("units", units), ("years", years)):
        check.whole(name, value, 1)
    check.number("memory", memory, -1, 1, open_low=True, open_high=True)
    check.number("shared", shared, 0, 1, open_high=True)
    check.number("effect", effect), check.number("push", push)
    rng = np.random.default_rng(seed)
    means = rng.normal(size=(2, count, units))
    own = rng.normal(size=(3, years + BURN, count, units))
    noise = np.sqrt(1 - shared) * own + np.sqrt(shared) * rng.normal(size=(3, years + BURN, count, 1))
    e, v, news = noise
    y, x = np.zeros((2, years + BURN, count, units))
    for t in range(1, years + BURN):
        y[t] = means[0] + memory * y[t - 1] + e[t]
        x[t] = means[1] + (0 if world == "within the year" else memory) * x[t - 1] + v[t]
        x[t] += push * (t == BURN)
        if world == "finance leads":
            y[t] += effect * x[t - 1]
        elif world == "growth leads":
            x[t] += effect * y[t - 1]
        elif world == "expected growth":
            y[t] += news[t - 1]
            x[t] += effect * news[t]
        elif world == "within the year":
            y[t] += effect * x[t]
    return tuple(np.moveaxis(values[BURN:], 0, -1) for values in (y, x))


# --- one bank and its village ----------------------------------------------------------------------------------------
BOX = region.Region(
    [
        region.Parameter("safest", "chance of success of the riskiest project", "share", 0.4, 0.8),
        region.Parameter("mean", "mean return of a project", "loans", 1.15, 1.5),
        region.Parameter("tilt", "how far safer projects return more on average", "elasticity", 0.0, 1.0),
        region.Parameter("spread", "sd of mean returns", "loans", 0.02, 0.15),
        region.Parameter("pledge", "mean collateral", "loans", 0.0, 0.6),
        region.Parameter("funds", "cost of funds", "loans", 1.02, 1.08),
        region.Parameter("cost", "cost of serving a loan", "loans", 0.01, 0.1),
        region.Parameter("screening", "cost of screening an applicant", "loans", 0.005, 0.1),
        region.Parameter("outside", "income without the project", "loans", 0.0, 0.1),
        region.Parameter("conduct", "share of a monopolist's gain that the bank insists on", "share", 0.0, 1.0),
        region.Parameter("dose", "share of its loss that a guarantee repays", "share", 0.1, 0.9),
        region.Parameter("reach", "share of the village that a local lender can serve", "share", 0.1, 0.5),
        region.Parameter("premium", "dearer funds of the local lender", "loans", 0.0, 0.1),
        region.Parameter("hazard", "share of successes that weather and prices destroy", "share", 0.02, 0.15),
    ]
)
MIDDLE = BOX.middle()
RATES = np.round(np.arange(1.0, 2.0001, 0.01), 2)


@dataclass(frozen=True)
class Village:
    """Projects of one loan each, one row a village: chance of success, mean return, collateral (loans)."""

    p: Array
    m: Array
    c: Array


def villages(sample: pd.DataFrame, rng: np.random.Generator, households: int = 200) -> Village:
    """Draw the households of one village for each row of `sample`, with the columns of `BOX`.

    The chance of success p is uniform between that of the riskiest project and 0.98, collateral between half and one
    and a half times its mean. Mean returns are normal, times p over its mean to the power `tilt`: at 0 all risks have
    one mean (Stiglitz & Weiss 1981), at 1 all successes return the same (De Meza & Webb 1987).

    Examples
    --------
    >>> two = villages(pd.DataFrame([MIDDLE] * 2), np.random.default_rng(1))
    >>> two.p.shape, bool(((two.p >= 0.6) & (two.p <= 0.98)).all())
    ((2, 200), True)
    """
    shape = (len(sample), check.whole("households", households, 1))
    low, mean, tilt, spread, pledge = (
        sample[name].to_numpy()[:, None] for name in ("safest", "mean", "tilt", "spread", "pledge")
    )
    p = low + (0.98 - low) * rng.random(shape)
    m = (mean + spread * rng.normal(size=shape)) * (2 * p / (low + 0.98)) ** tilt
    return Village(p, m, pledge * rng.uniform(0.5, 1.5, shape))


def market(
    village: Village,
    *,
    funds: ArrayLike,
    cost: ArrayLike,
    screening: ArrayLike,
    outside: ArrayLike,
    conduct: ArrayLike,
    guarantee: ArrayLike = 0.0,
    reach: ArrayLike = 0.0,
    premium: ArrayLike = 0.0,
    hazard: ArrayLike = 0.0,
    second: bool = False,
) -> pd.DataFrame:
    """Lending in villages with one bank, which posts one repayment D for a loan of 1 and screens applicants or not.

    A project returns m / p with chance p; the hazard h lowers the chance to q = p (1 - h). A household applies if ``q
    m / p - q D - (1 - q) c`` is at least its income without the project (Stiglitz & Weiss 1981). The bank gets ``q D
    + (1 - q) (c + g (D - c))`` for ``funds + cost``; screening shows it q and c of every applicant, at a price, so
    that it can refuse who does not pay. It takes the lowest D at which the better of the two ways gains the share
    `conduct` of what a monopolist would (0: competition), and closes where nothing can be gained. A local lender,
    with dearer funds and no guarantee, knows its neighbours: at each D it serves first, as many as it can reach,
    those who pay it most. A second bank lends without looking to those whom the first left, at the lowest D from the
    first one's on at which it breaks even.

    Parameters
    ----------
    village : Village
    funds, cost, screening, outside, conduct, guarantee, reach, premium, hazard : array_like, shape () or (villages,)
        As in `BOX`; `guarantee` is g.
    second : bool
        Whether there is a second bank.

    Returns
    -------
    DataFrame
        One row a village: rate, screened, access (share of households with a loan), default (share of loans that fail,
        0 without loans), book (the same of the bank's loans), quality (mean m of loans, 0 without), output (net of all
        costs of lending, a household), income (mean of households), bill (paid by the fund, a household).

    Raises
    ------
    ValueError
        If a parameter is no finite number, or a share is outside [0, 1].
    """
    given = {"funds": funds, "cost": cost, "screening": screening, "outside": outside, "premium": premium}
    shares = {"conduct": conduct, "guarantee": guarantee, "reach": reach, "hazard": hazard}
    values = {name: check.array(name, value, 0.0) for name, value in given.items()}
    values |= {name: check.array(name, value, 0.0, 1.0) for name, value in shares.items()}
    f, a, k, u, extra, mu, g, kappa, h = (v[:, None] if v.ndim else v for v in values.values())
    q, c, m = village.p * (1 - h), village.c, village.m * (1 - h)
    n = q.shape[1]

    def books(rate: Array) -> tuple[Array, Array, Array, Array]:
        """At one rate a village: whom the local lender serves, whom the bank lends to, its gain, whether it screens."""
        rate = np.reshape(rate, (-1, 1))
        applies = m - q * rate - (1 - q) * c >= u
        local = np.zeros_like(applies)
        if kappa.any():
            own = np.where(applies, q * rate + (1 - q) * c - f - a - extra, -1.0)
            best = np.argsort(np.argsort(-own, axis=1, kind="stable"), axis=1) < np.floor(kappa * n + 1e-9)
            local = best & (own >= 0)
        left = applies & ~local
        gain = q * rate + (1 - q) * (c + g * (rate - c)) - f - a
        plain = (left * gain).sum(axis=1) / n
        careful = (left * (np.maximum(gain, 0) - k)).sum(axis=1) / n
        screens = careful > plain + 1e-12
        return local, left & (~screens[:, None] | (gain >= 0)), np.where(screens, careful, plain), screens

    size = len(q)
    gains = np.array([books(np.full(size, rate))[2] for rate in RATES])
    top = gains.max(axis=0)
    opened = top > 1e-12
    enough = gains >= np.reshape(mu, -1) * top - 1e-12
    rate = np.where(opened, RATES[enough.argmax(axis=0)], RATES[-1])
    local, bank, _, screens = books(rate)
    if not opened.all() and kappa.any():  # alone, the local lender takes the rate at which it serves most
        alone = np.array([(books(np.full(size, r))[0]).sum(axis=1) for r in RATES])
        rate = np.where(opened, rate, RATES[alone.argmax(axis=0)])
        local = np.where(opened[:, None], local, books(rate)[0])
    bank = bank & opened[:, None]
    screens = screens & opened
    loans, column = local | bank, rate[:, None]
    applicants = ((m - q * column - (1 - q) * c >= u) & ~local).sum(axis=1)
    asked = np.broadcast_to(column, q.shape)
    if second:
        served = np.zeros_like(loans)
        for dearer in RATES[::-1]:  # the last one written is the lowest rate that breaks even
            left = ~loans & (m - q * dearer - (1 - q) * c >= u)
            gain = (left * (q * dearer + (1 - q) * c - f - a)).sum(axis=1)
            lends = (left.any(axis=1) & (gain >= -1e-12) & (dearer >= rate))[:, None]
            served, asked = np.where(lends, left, served), np.where(lends & left, dearer, asked)
        loans = loans | served
    number = loans.sum(axis=1)
    each = np.maximum(number, 1)
    return pd.DataFrame(
        {
            "rate": np.where(number > 0, rate, np.nan),
            "screened": screens,
            "access": number / n,
            "default": ((1 - q) * loans).sum(axis=1) / each,
            "book": ((1 - q) * bank).sum(axis=1) / np.maximum(bank.sum(axis=1), 1),
            "quality": (m * loans).sum(axis=1) / each,
            "output": ((m - u - f - a) * loans - extra * local).sum(axis=1) / n
            - np.reshape(k, -1) * screens * applicants / n,
            "income": np.reshape(u, -1) + ((m - u - q * asked - (1 - q) * c) * loans).sum(axis=1) / n,
            "bill": ((1 - q) * g * (column - c) * bank).sum(axis=1) / n,
        }
    )


def change(sample: pd.DataFrame, rng: np.random.Generator, outcome: str, households: int = 200, **switch: str) -> Array:
    """Change of an outcome of `market` when a switch is turned on, in one village a row of `sample`, same households.

    Parameters
    ----------
    sample : DataFrame
        Columns of `BOX`.
    rng : numpy.random.Generator
    outcome : str
        A column of `market`. For "default", "book" and "quality" the change is 0 where there are no loans on one side.
    switch : str
        Argument of `market` and the column of `sample` that it takes. ``screening="half"`` halves the cost of
        screening, ``conduct="none"`` takes the bank's margin, ``second="yes"`` adds the second bank; ``both="dose"``
        turns on guarantee and cheaper screening together, less the sum of the two alone.

    Examples
    --------
    >>> sample = pd.DataFrame([MIDDLE] * 4)
    >>> change(sample, np.random.default_rng(1), "bill", guarantee="dose").round(2).tolist()
    [0.1, 0.11, 0.1, 0.1]
    """
    village = villages(sample, rng, households)
    usual = {name: sample[name].to_numpy() for name in ("funds", "cost", "screening", "outside", "conduct")}

    def runs(**changed: Array) -> pd.DataFrame:
        return market(village, **(usual | changed))

    before, half = runs(), usual["screening"] / 2
    if "both" in switch:
        dose = sample[switch["both"]].to_numpy()
        parts = [runs(guarantee=dose), runs(screening=half)]
        after = runs(guarantee=dose, screening=half)
        return (after[outcome] - sum(part[outcome] for part in parts) + before[outcome]).to_numpy()
    columns = {"half": half, "none": np.zeros(len(sample)), "yes": True} | {
        name: sample[name].to_numpy() for name in sample
    }
    after = runs(**{name: columns[column] for name, column in switch.items()})
    difference = (after[outcome] - before[outcome]).to_numpy()
    if outcome in ("default", "book", "quality"):
        difference = np.where((before[outcome] > 0) & (after[outcome] > 0), difference, 0.0)
    return difference
