"""The world of chapter 19: members of a loyalty programme, a campaign of coded actions, and people in a funnel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from replica import check


def members(theta: ArrayLike, n: int, observed: float, ahead: float, rng: np.random.Generator) -> pd.DataFrame:
    """Simulated members of the BG/NBD model: what the records keep, and what the future brings.

    Parameters
    ----------
    theta : array, shape (4,)
        r, alpha (weeks), a, b, as in :mod:`replica.methods.customers`.
    n : int
        Members.
    observed, ahead : float
        Weeks of record of the earliest member, and weeks that follow. Members join evenly in the first third.

    Returns
    -------
    DataFrame
        x, t_x, T, rate (purchases a week), leave (probability after each purchase), alive (at the end of the record),
        future (purchases in the weeks ahead).
    """
    r, alpha, a, b = check.array("theta", theta, 0.0, open_low=True, shape=(4,))
    check.whole("n", n, 1)
    check.positive("observed", observed)
    check.number("ahead", ahead, 0.0)
    check.generator("rng", rng)
    rate, leave = rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n)
    T = observed - rng.uniform(0, observed / 3, n)
    clock, here = np.zeros(n), np.ones(n, dtype=bool)
    x, t_x, alive, future = np.zeros(n), np.zeros(n), np.ones(n, dtype=bool), np.zeros(n)
    rate = np.maximum(rate, 1e-12)
    while here.any():
        who = np.flatnonzero(here)
        clock[who] += rng.exponential(1 / rate[who])
        past, later = clock[who] <= T[who], (clock[who] > T[who]) & (clock[who] <= T[who] + ahead)
        x[who[past]] += 1
        t_x[who[past]] = clock[who[past]]
        future[who[later]] += 1
        left = (past | later) & (rng.random(who.size) < leave[who])
        alive[who[left & past]] = False
        here[who[left | ~(past | later)]] = False
    columns = {"x": x, "t_x": t_x, "T": T, "rate": rate, "leave": leave, "alive": alive, "future": future}
    return pd.DataFrame(columns)


def follow(P: ArrayLike, people: int, rng: np.random.Generator) -> np.ndarray:
    """Counts of the transitions of simulated people in a funnel, each followed from the first stage to an end.

    Parameters
    ----------
    P : array, shape (k, k + e)
        Probabilities to go from each of k stages to the stages and to e ends.
    people : int

    Returns
    -------
    ndarray of int, shape (k, k + e)

    Raises
    ------
    ValueError
        If rows are no probabilities, or from some stage no end can be reached.

    Examples
    --------
    >>> follow([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], 5, np.random.default_rng(1)).tolist()
    [[0, 5, 0], [0, 0, 5]]
    """
    P = check.matrix("P", P, 0.0, 1.0)
    check.whole("people", people, 1)
    check.generator("rng", rng)
    k = len(P)
    reach = P[:, k:].sum(axis=1) > 0
    for _ in range(k):
        reach = reach | ((P[:, :k] > 0) @ reach)
    if not np.allclose(P.sum(axis=1), 1, atol=1e-9) or not reach.all():
        raise ValueError("P: expected rows of probabilities that lead from every stage to an end")
    counts, here = np.zeros(P.shape, dtype=int), np.zeros(k, dtype=int)
    here[0] = people
    while here.any():
        moved = np.array([rng.multinomial(n, row) for n, row in zip(here, P, strict=True)])
        counts += moved
        here = moved[:, :k].sum(axis=0)
    return counts


def miscode(
    axes: Mapping[str, Sequence[str]], actions: pd.DataFrame, error: float, rng: np.random.Generator
) -> pd.DataFrame:
    """The actions as a coder with errors would place them: each level is replaced by another with probability `error`.

    Parameters
    ----------
    axes : mapping of str to sequence of str
        Levels of each axis, which is a column of `actions`.
    """
    check.share("error", error)
    check.generator("rng", rng)
    coded = actions.copy()
    for name, levels in axes.items():
        if name not in actions or not set(actions[name]) <= set(levels):
            raise ValueError(f"actions: expected a column {name} with levels among {', '.join(levels)}")
        wrong = rng.random(len(actions)) < error
        place = np.array([list(levels).index(level) for level in actions[name]])
        shift = rng.integers(1, len(levels), len(actions))
        coded[name] = np.array(levels, dtype=object)[np.where(wrong, (place + shift) % len(levels), place)]
    return coded
