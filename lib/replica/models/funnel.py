"""A funnel as an absorbing Markov chain: from stage to stage until a purchase or a loss.

With transient stages (attention, interest, desire) and absorbing ends (action, lost), the transition matrix is

    P = [[Q, R], [0, I]],   N = (I - Q)^-1,   B = N R,   t = N 1                       (Kemeny & Snell 1960, chapter 3)

N[s, i] is the expected number of visits to stage i of a person who starts in s, B[s, e] the probability to end in e,
t[s] the expected number of steps. Where n people are followed from s to their ends, B[s, e] estimated through the
counted transitions has the large-sample variance

    sum_i N[s, i] v_i / n,   v_i = sum_j P[i, j] h_j² - (sum_j P[i, j] h_j)²,   h = probability to end in e from j,

which equals B[s, e] (1 - B[s, e]) / n: counting stages does not sharpen the end probability, it tells where people go.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


def _stochastic(P: ArrayLike, transient: int) -> np.ndarray:
    matrix = np.asarray(P, dtype=float)
    if matrix.ndim != 2 or matrix.shape[0] != transient or transient < 1 or matrix.shape[1] <= transient:
        raise ValueError(
            f"P: expected one row for each of {transient} stages and a column for each stage and end, "
            f"got shape {matrix.shape}"
        )
    if not np.isfinite(matrix).all() or (matrix < 0).any() or not np.allclose(matrix.sum(axis=1), 1, atol=1e-9):
        raise ValueError("P: rows must be probabilities that add up to one")
    return matrix


@dataclass(frozen=True)
class Absorption:
    """What follows from the transitions.

    Attributes
    ----------
    visits : ndarray, shape (k, k)
        Fundamental matrix N, expected visits.
    ends : ndarray, shape (k, e)
        B, probability of each end.
    steps : ndarray, shape (k,)
        Expected steps until an end.
    """

    visits: np.ndarray
    ends: np.ndarray
    steps: np.ndarray


def absorb(P: ArrayLike, transient: int) -> Absorption:
    """Fundamental matrix, end probabilities and steps.

    Parameters
    ----------
    P : array, shape (k, k + e)
        Rows: the k stages. Columns: the stages, then the e ends.
    transient : int
        k.

    Raises
    ------
    ValueError
        If rows are no probabilities, or from some stage no end can be reached.

    Examples
    --------
    >>> absorb([[0.0, 0.5, 0.0, 0.5], [0.0, 0.0, 0.4, 0.6]], 2).ends.round(3).tolist()
    [[0.2, 0.8], [0.4, 0.6]]
    """
    matrix = _stochastic(P, transient)
    Q, R = matrix[:, :transient], matrix[:, transient:]
    reach = R.sum(axis=1) > 0
    for _ in range(transient):
        reach = reach | ((Q > 0) @ reach)
    if not reach.all():
        raise ValueError(f"P: from stage {int(np.flatnonzero(~reach)[0])} no end can be reached")
    visits = np.linalg.inv(np.eye(transient) - Q)
    return Absorption(visits, visits @ R, visits.sum(axis=1))


def end_variance(P: ArrayLike, transient: int, start: int = 0, end: int = 0) -> float:
    """Large-sample variance, times n, of the end probability estimated from the transitions of n followed people.

    Examples
    --------
    >>> P = [[0.1, 0.5, 0.0, 0.4], [0.2, 0.0, 0.3, 0.5]]
    >>> b = absorb(P, 2).ends[0, 0]
    >>> bool(np.isclose(end_variance(P, 2), b * (1 - b)))
    True
    """
    matrix = _stochastic(P, transient)
    found = absorb(matrix, transient)
    target = np.concatenate([found.ends[:, end], np.eye(found.ends.shape[1])[end]])
    spread = matrix @ target**2 - (matrix @ target) ** 2
    return float(found.visits[start] @ spread)


def people_needed(probability: float, relative: float, z: float = 1.959963984540054) -> int:
    """People to be followed so that the interval of an end probability is within plus or minus `relative` of it.

    Parameters
    ----------
    probability : float
        In (0, 1).
    relative : float
        Half width of the interval as a share of the probability.
    z : float
        Quantile, for 95 % by default.

    Examples
    --------
    >>> people_needed(0.02, 0.1)
    18824
    """
    if not 0 < probability < 1:
        raise ValueError(f"probability: expected a number between 0 and 1, got {probability!r}")
    if not relative > 0:
        raise ValueError(f"relative: expected a positive number, got {relative!r}")
    return int(np.ceil((z / relative) ** 2 * (1 - probability) / probability))


def levers(P: ArrayLike, transient: int, forward: ArrayLike, end: int = 0) -> np.ndarray:
    """Change of the end probability for one point more in each stage's forward step, taken from its loss.

    ``dB[0, e] / dP[i, j] = N[0, i] h_j``: visits to the stage times what the new place is worth.

    Parameters
    ----------
    P : array, shape (k, k + e)
    transient : int
    forward : array of int, shape (k,)
        Column that a forward step of each stage leads to; the point is taken from the last column.
    end : int

    Returns
    -------
    ndarray, shape (k,)
    """
    matrix, places = _stochastic(P, transient), np.asarray(forward)
    if places.shape != (transient,) or (places < 0).any() or (places >= matrix.shape[1] - 1).any():
        raise ValueError("forward: expected one column for each stage, not the last")
    found = absorb(matrix, transient)
    worth = np.concatenate([found.ends[:, end], np.eye(found.ends.shape[1])[end]])
    return found.visits[0] * (worth[places] - worth[-1])


def follow(P: ArrayLike, transient: int, people: int, rng: np.random.Generator, start: int = 0) -> np.ndarray:
    """Counts of the transitions of simulated people, each followed to an end.

    Returns
    -------
    ndarray of int, shape (k, k + e)

    Raises
    ------
    ValueError
        If `people` is not positive, or as `absorb`.
    """
    matrix = _stochastic(P, transient)
    absorb(matrix, transient)
    if people < 1:
        raise ValueError(f"people: expected at least one, got {people}")
    counts = np.zeros(matrix.shape, dtype=int)
    here = np.zeros(transient, dtype=int)
    here[start] = people
    while here.any():
        moved = np.array([rng.multinomial(n, row) for n, row in zip(here, matrix, strict=True)])
        counts += moved
        here = moved[:, :transient].sum(axis=0)
    return counts


def estimate(counts: ArrayLike, transient: int) -> np.ndarray:
    """Transition probabilities from counts: the maximum-likelihood estimate, row by row.

    Raises
    ------
    ValueError
        If a stage was never left: its probabilities cannot be known.
    """
    table = np.asarray(counts, dtype=float)
    if table.ndim != 2 or table.shape[0] != transient or not np.isfinite(table).all() or (table < 0).any():
        raise ValueError(f"counts: expected {transient} rows of counts")
    totals = table.sum(axis=1, keepdims=True)
    if (totals == 0).any():
        raise ValueError(f"counts: stage {int(np.flatnonzero(totals[:, 0] == 0)[0])} was never left")
    return table / totals
