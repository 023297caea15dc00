"""Choosing by several criteria: weights from judgements, scores from data, and how far a ranking can be trusted.

Weights: the analytic hierarchy process (Saaty 1977), the principal eigenvector of a matrix of pairwise comparisons with
its consistency ratio; groups by the geometric mean of judgements (Aczél & Saaty 1983). Scores: normalisation, weighted
sum, TOPSIS (Hwang & Yoon 1981). Trust: judgements with noise, and rank acceptability, the share of draws in which an
alternative takes a rank (SMAA; Lahdelma & Salminen 2001). Nothing here knows what the alternatives are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from replica import check

Array = NDArray[np.float64]
RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
"""Saaty's random index for matrices of 1 to 10 criteria, as printed in Saaty (1980)."""
STEPS = np.arange(1.0, 10.0)
"""The judgements of Saaty's scale that say "more"; their reciprocals say "less"."""
NORMALISATIONS = ("minmax", "max", "sum", "vector", "zscore", "rank")


def _weights(value: ArrayLike, size: int) -> Array:
    weights = check.array("weights", value, 0)
    if weights.ndim == 0 or weights.shape[-1] != size:
        raise ValueError(f"weights: expected {size} numbers along the last axis, got shape {weights.shape}")
    total = weights.sum(axis=-1, keepdims=True)
    if (total == 0).any():
        raise ValueError("weights: all are zero")
    return weights / total


def _directions(benefit: ArrayLike, size: int) -> NDArray[np.bool_]:
    directions = np.asarray(benefit)
    if directions.shape != (size,) or directions.dtype != bool:
        raise ValueError(f"benefit: expected {size} truth values, True where more is better")
    return directions


def _comparisons(value: ArrayLike, name: str = "matrix") -> Array:
    a = check.array(name, value, 0, open_low=True)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2] or a.size == 0:
        raise ValueError(f"{name}: expected a square matrix, got shape {a.shape}")
    if not np.allclose(a * np.swapaxes(a, -1, -2), 1, rtol=1e-6):
        raise ValueError(f"{name}: not reciprocal, a_ij a_ji must be 1")
    return a


# Weights from judgements ---------------------------------------------------------------------------------------------


def comparisons(upper: Sequence[float], n: int) -> Array:
    """Reciprocal matrix from the judgements above its diagonal, row by row.

    Examples
    --------
    >>> comparisons([2, 4, 2], 3).tolist()
    [[1.0, 2.0, 4.0], [0.5, 1.0, 2.0], [0.25, 0.5, 1.0]]
    """
    n = check.whole("n", n, 1)
    values = check.array("upper", upper, 0, open_low=True, shape=(n * (n - 1) // 2,))
    matrix, (i, j) = np.ones((n, n)), np.triu_indices(n, 1)
    matrix[i, j], matrix[j, i] = values, 1 / values
    return matrix


@dataclass(frozen=True)
class Priorities:
    """What a matrix of judgements implies.

    Attributes
    ----------
    weights : array, shape (..., n)
        Principal eigenvector, summing to one.
    largest : array, shape (...)
        Principal eigenvalue, n if and only if the judgements agree with each other.
    index, ratio : array, shape (...)
        Consistency index ``(largest - n)/(n - 1)``, and over Saaty's random index; 0.10 is his limit. The ratio is
        zero for two criteria and NaN above ten, for which he gives no index.
    """

    weights: Array
    largest: Array
    index: Array
    ratio: Array


def ahp(matrix: ArrayLike) -> Priorities:
    """Priorities by the eigenvector (Saaty 1977).

    Parameters
    ----------
    matrix : array_like, shape (..., n, n)
        Reciprocal judgements: ``a_ij`` says how many times i weighs as much as j. Leading axes are separate matrices.

    Raises
    ------
    ValueError
        If `matrix` is not square, positive and reciprocal.

    Examples
    --------
    >>> found = ahp([[1, 3, 5], [1/3, 1, 2], [1/5, 1/2, 1]])
    >>> found.weights.round(3).tolist(), float(found.ratio.round(3))
    ([0.648, 0.23, 0.122], 0.003)
    """
    a = _comparisons(matrix)
    n = a.shape[-1]
    values, vectors = np.linalg.eig(a)
    first = np.argmax(values.real, axis=-1)[..., None]
    largest = np.take_along_axis(values.real, first, axis=-1)[..., 0]
    vector = np.abs(np.take_along_axis(vectors, first[..., None, :], axis=-1)[..., 0].real)
    index = np.maximum((largest - n) / max(n - 1, 1), 0.0)
    scale = (RANDOM_INDEX[n - 1] or np.inf) if n <= len(RANDOM_INDEX) else np.nan
    return Priorities(vector / vector.sum(axis=-1, keepdims=True), largest, index, index / scale)


def geometric_priorities(matrix: ArrayLike) -> Array:
    """Priorities by the geometric mean of each row: least squares in logarithms (Crawford & Williams 1985).

    The same as the eigenvector for up to three criteria and for consistent judgements, close to it otherwise, and
    quick for many matrices.

    Parameters
    ----------
    matrix : array_like, shape (..., n, n)

    Examples
    --------
    >>> geometric_priorities([[1, 3, 5], [1/3, 1, 2], [1/5, 1/2, 1]]).round(3).tolist()
    [0.648, 0.23, 0.122]
    """
    means = np.exp(np.log(_comparisons(matrix)).mean(axis=-1))
    return means / means.sum(axis=-1, keepdims=True)


def group(matrices: ArrayLike) -> Array:
    """One matrix for a group: the geometric mean, the only mean that keeps reciprocity (Aczél & Saaty 1983).

    Parameters
    ----------
    matrices : array_like, shape (people, n, n)

    Examples
    --------
    >>> group([[[1, 2], [1/2, 1]], [[1, 8], [1/8, 1]]]).round(9).tolist()
    [[1.0, 4.0], [0.25, 1.0]]
    """
    a = _comparisons(matrices, "matrices")
    if a.ndim != 3:
        raise ValueError(f"matrices: expected shape (people, n, n), got {a.shape}")
    return np.exp(np.tensordot(np.full(len(a), 1 / len(a)), np.log(a), axes=1))


def perturb(matrix: ArrayLike, sd: float, draws: int, rng: np.random.Generator) -> Array:
    """Judgements with noise: each one above the diagonal times ``exp(sd z)``, its reciprocal below.

    Returns
    -------
    array, shape (draws, n, n)
    """
    a, sd = _comparisons(matrix), check.number("sd", sd, 0)
    if a.ndim != 2:
        raise ValueError(f"matrix: expected one matrix, got shape {a.shape}")
    draws = check.whole("draws", draws, 1)
    noise = np.triu(sd * check.generator("rng", rng).standard_normal((draws, *a.shape)), 1)
    return a * np.exp(noise - np.swapaxes(noise, 1, 2))


def judged_weights(
    weights: ArrayLike, sd: float, draws: int, rng: np.random.Generator, *, people: int = 1, shared: float = 0.0
) -> Array:
    """Weights that a group would find, many times over, when it knows the true ones with error.

    Person m judges ``a_ij = w_i / w_j · exp(sd z_ijm + b_i - b_j)``: an error of each judgement, and one of each
    criterion that all share (``b`` with standard deviation `shared`). The group takes geometric means, so its own
    errors shrink with the root of `people` and the shared ones stay. Priorities by :func:`geometric_priorities`.

    Returns
    -------
    array, shape (draws, criteria)
    """
    w = check.array("weights", weights, 0, open_low=True, shape=(None,))
    if w.size < 2:
        raise ValueError("weights: expected two criteria or more")
    sd, shared = check.number("sd", sd, 0), check.number("shared", shared, 0)
    k, draws, people = w.size, check.whole("draws", draws, 1), check.whole("people", people, 1)
    rng = check.generator("rng", rng)
    own = np.triu(sd / np.sqrt(people) * rng.standard_normal((draws, k, k)), 1)
    centre = np.log(w) + shared * rng.standard_normal((draws, k))
    return geometric_priorities(np.exp(centre[:, :, None] - centre[:, None, :] + own - np.swapaxes(own, 1, 2)))


def to_scale(matrix: ArrayLike) -> Array:
    """Each judgement moved to the nearest step, in logarithms, of Saaty's scale of seventeen.

    Examples
    --------
    >>> to_scale([[1, 2.6], [1/2.6, 1]]).round(4).tolist()
    [[1.0, 3.0], [0.3333, 1.0]]
    """
    a = _comparisons(matrix)
    above = STEPS[np.abs(np.log(np.maximum(a, 1))[..., None] - np.log(STEPS)).argmin(axis=-1)]
    return np.where(a >= 1, above, 1 / np.swapaxes(above, -1, -2))


def hierarchy(groups: Mapping[str, Mapping[str, float]], group_weights: Mapping[str, float]) -> dict[str, float]:
    """Global priorities of two levels: weight of the group times weight in the group, each set scaled to one.

    With the four groups of a SWOT list this is A'WOT (Kurttila, Pesonen, Kangas & Kajanus 2000).

    Raises
    ------
    ValueError
        If the groups differ between the arguments, a factor occurs twice, or weights are not positive.

    Examples
    --------
    >>> hierarchy({"S": {"a": 1, "b": 3}, "W": {"c": 2}}, {"S": 1, "W": 1})
    {'a': 0.125, 'b': 0.375, 'c': 0.5}
    """
    if not groups or groups.keys() != group_weights.keys():
        raise ValueError("group_weights: expected one weight for each group")
    names = [name for factors in groups.values() for name in factors]
    if len(set(names)) < len(names):
        raise ValueError("groups: a factor occurs twice")
    check.array("group_weights", list(group_weights.values()), 0, open_low=True)
    check.array("groups", [v for factors in groups.values() for v in factors.values()], 0, open_low=True)
    total = sum(group_weights.values())
    return {
        name: group_weights[group] / total * value / sum(factors.values())
        for group, factors in groups.items()
        for name, value in factors.items()
    }


# Scores --------------------------------------------------------------------------------------------------------------


def normalise(matrix: ArrayLike, benefit: ArrayLike, method: str = "minmax") -> Array:
    """Criteria on one scale, more is better.

    Parameters
    ----------
    matrix : array_like, shape (alternatives, criteria)
        Above zero for "max", "sum" and "vector".
    benefit : array_like of bool, shape (criteria,)
        True where more is better; else the criterion is a cost.
    method : {"minmax", "max", "sum", "vector", "zscore", "rank"}
        Range to [0, 1]; share of the best; share of the sum; share of the Euclidean length; standard deviations from
        the mean; mean rank over the number of alternatives, 1 for the best. Costs are turned round by ``max - x``
        under "minmax", by ``min / x`` under "max", by their sign under "zscore" and "rank", and by ``1 / x`` before
        the division otherwise.

    Raises
    ------
    ValueError
        If the method is unknown, a criterion is constant under "minmax" or "zscore", or a value is not above zero
        where that is needed.

    Examples
    --------
    >>> normalise([[1, 30], [3, 10]], [True, False], "max").round(3).tolist()
    [[0.333, 0.333], [1.0, 1.0]]
    """
    x = check.matrix("matrix", matrix)
    up, method = _directions(benefit, x.shape[1]), check.one_of("method", method, NORMALISATIONS)
    if method == "rank":
        return rankdata(np.where(up, x, -x), axis=0) / len(x)
    if method in ("minmax", "zscore"):
        low, high = x.min(axis=0), x.max(axis=0)
        if (low == high).any():
            raise ValueError(f"matrix: criterion {int(np.argmax(low == high))} is the same for all alternatives")
        if method == "zscore":
            return np.where(up, 1.0, -1.0) * (x - x.mean(axis=0)) / x.std(axis=0)
        return np.where(up, x - low, high - x) / (high - low)
    if (x <= 0).any():
        raise ValueError(f"matrix: {method!r} needs values above zero")
    x = np.where(up, x, 1 / x)
    return x / {"max": x.max(axis=0), "sum": x.sum(axis=0), "vector": np.sqrt((x**2).sum(axis=0))}[method]


def weighted_sum(matrix: ArrayLike, weights: ArrayLike, benefit: ArrayLike, method: str = "minmax") -> Array:
    """Weighted sum of normalised criteria; `weights` of shape (..., criteria) gives scores (..., alternatives).

    Examples
    --------
    >>> weighted_sum([[1, 30], [3, 10], [2, 20]], [1, 1], [True, True]).tolist()
    [0.5, 0.5, 0.5]
    """
    x = normalise(matrix, benefit, method)
    return _weights(weights, x.shape[1]) @ x.T


def topsis(matrix: ArrayLike, weights: ArrayLike, benefit: ArrayLike) -> Array:
    """Closeness to the ideal alternative and distance from the anti-ideal one (Hwang & Yoon 1981), in [0, 1].

    Columns are divided by their Euclidean length and multiplied by their weights; the ideal takes the best of each
    column, the anti-ideal the worst; closeness is ``d⁻ / (d⁺ + d⁻)``.

    Parameters
    ----------
    matrix : array_like, shape (alternatives, criteria)
    weights : array_like, shape (..., criteria)
    benefit : array_like of bool, shape (criteria,)

    Raises
    ------
    ValueError
        If a column is zero, or all alternatives are the same.

    Examples
    --------
    >>> topsis([[3, 4], [4, 3]], [1, 1], [True, False]).tolist()
    [0.0, 1.0]
    """
    x = check.matrix("matrix", matrix)
    up, w = _directions(benefit, x.shape[1]), _weights(weights, x.shape[1])
    length = np.sqrt((x**2).sum(axis=0))
    if (length == 0).any():
        raise ValueError(f"matrix: criterion {int(np.argmax(length == 0))} is zero for all alternatives")
    v = w[..., None, :] * (x / length)
    best = np.where(up, v.max(axis=-2), v.min(axis=-2))[..., None, :]
    worst = np.where(up, v.min(axis=-2), v.max(axis=-2))[..., None, :]
    away, near = (np.sqrt(((v - end) ** 2).sum(axis=-1)) for end in (best, worst))
    if (away + near == 0).any():
        raise ValueError("matrix: all alternatives are the same")
    return near / (away + near)


def ranks(scores: ArrayLike) -> NDArray[np.int64]:
    """Rank of each alternative, 1 for the highest score; ties go to the first. Leading axes are separate rankings.

    Examples
    --------
    >>> ranks([0.2, 0.9, 0.9]).tolist()
    [3, 1, 2]
    """
    s = check.array("scores", scores)
    if s.ndim == 0 or s.size == 0:
        raise ValueError("scores: expected at least one alternative")
    return np.argsort(np.argsort(-s, axis=-1, kind="stable"), axis=-1, kind="stable") + 1


def rank_acceptability(scores: ArrayLike) -> Array:
    """Share of draws in which each alternative takes each rank (Lahdelma & Salminen 2001).

    Parameters
    ----------
    scores : array_like, shape (draws, alternatives)

    Returns
    -------
    array, shape (alternatives, ranks)
        Rows and columns sum to one.
    """
    r = ranks(check.matrix("scores", scores))
    return np.stack([(r == k + 1).mean(axis=0) for k in range(r.shape[1])], axis=1)


def pareto_front(matrix: ArrayLike, benefit: ArrayLike) -> NDArray[np.bool_]:
    """Alternatives that no other one beats: at least as good on all criteria and better on one.

    Examples
    --------
    >>> pareto_front([[1, 3], [2, 2], [3, 1], [1, 1]], [True, True]).tolist()
    [True, True, True, False]
    """
    x = check.matrix("matrix", matrix)
    x = np.where(_directions(benefit, x.shape[1]), x, -x)
    no_worse = (x[:, None, :] >= x[None, :, :]).all(axis=-1)
    better = (x[:, None, :] > x[None, :, :]).any(axis=-1)
    return ~(no_worse & better).any(axis=0)
