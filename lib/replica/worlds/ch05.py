"""The world of article 05: people who are hired, wait for promotion and leave with chances that are known.

A person who has been with the firm for t whole years leaves within the next year with chance h, where

    logit h = logit b_t + effects' x,

with b the base hazard by tenure and x measured from zero: log pay over that of colleagues, years since the last
promotion (less two), years of age (less thirty), and a trait that nobody records. Every number here is assumed; the
article prints head counts and rates only.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from replica import check

HAZARD = np.array([0.35, 0.20, 0.15, 0.12, 0.10, 0.09, 0.08])  # b: of the first year to the seventh and all later ones
EFFECTS = {"pay": -0.9, "wait": 0.15, "age": -0.04, "hidden": 0.0}  # on the logit, for one unit of each
PAY_SD = 0.25  # of log pay over that of colleagues
PROMOTED = 0.3  # chance of a promotion in a year
NAMES = tuple(EFFECTS)


def careers(
    hires: ArrayLike,
    seed: int,
    hazard: ArrayLike = HAZARD,
    effects: Mapping[str, float] | None = None,
    linked: float = 0.0,
) -> pd.DataFrame:
    """Every year of every person of a firm, from the first hires to the last year.

    Parameters
    ----------
    hires : array_like of int, shape (years,)
        People hired at the start of each year.
    seed : int
    hazard : array_like, shape (tenures,)
        Base hazard by whole years of tenure; the last holds for all later years.
    effects : mapping of str to float, optional
        Effects on the logit of what is named; those not named are zero. By default those of `EFFECTS`.
    linked : float
        Correlation of log pay with the trait that nobody records.

    Returns
    -------
    DataFrame
        A row for each person and year: `person`, `year`, `tenure` (whole years at its start), `pay` (log), `wait` and
        `age` (years, from their zero), `hidden`, `chance` (of leaving in the year), `left`.

    Raises
    ------
    ValueError
        If a number of hires is negative or none is positive, a hazard is not a probability below 1, or an effect is
        unknown.

    Examples
    --------
    >>> rows = careers([50, 50, 50], seed=1)
    >>> int((rows.year == 0).sum()), int(rows.tenure.max())
    (50, 2)
    """
    hires = check.vector("hires", hires, 0)
    if hires.sum() < 1 or (hires != np.floor(hires)).any():
        raise ValueError("hires: expected whole numbers, at least one of them above 0")
    base = check.vector("hazard", hazard, 1e-9, 1 - 1e-9)
    strength = dict.fromkeys(NAMES, 0.0) | dict(EFFECTS if effects is None else effects)
    if unknown := [name for name in strength if name not in NAMES]:
        raise ValueError(f"effects: {unknown[0]!r} is none of {', '.join(NAMES)}")
    for value in strength.values():
        check.number("effects", value)
    linked = check.number("linked", linked, -1, 1)
    rng = np.random.default_rng(seed)
    hired = np.repeat(np.arange(hires.size), hires.astype(int))
    hidden = rng.normal(size=hired.size)
    pay = PAY_SD * (linked * hidden + np.sqrt(1 - linked**2) * rng.normal(size=hired.size))
    age = rng.uniform(21, 40, hired.size) - 30
    wait, here, rows = np.full(hired.size, -2.0), np.ones(hired.size, dtype=bool), []
    for year in range(hires.size):
        now = np.flatnonzero(here & (hired <= year))
        tenure = year - hired[now]
        people = pd.DataFrame(
            {"person": now, "year": year, "tenure": tenure, "pay": pay[now], "wait": wait[now],
             "age": age[now] + tenure, "hidden": hidden[now]}
        )  # fmt: skip
        usual = logit(base[np.minimum(tenure, base.size - 1)])
        people["chance"] = expit(usual + sum(strength[name] * people[name] for name in NAMES))
        people["left"] = rng.random(now.size) < people["chance"]
        rows.append(people)
        here[now] = ~people["left"].to_numpy()
        wait[now] = np.where(rng.random(now.size) < PROMOTED, -2.0, wait[now] + 1)
    return pd.concat(rows, ignore_index=True)
