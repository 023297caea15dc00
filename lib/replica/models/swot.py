"""A SWOT list with weights: the analytic hierarchy process (A'WOT), and how firm its first places are.

Kurttila, Pesonen, Kangas & Kajanus (2000): the factors of each group are compared in pairs, then the groups; a factor's
global priority is its weight in the group times the weight of the group.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

#: Mean consistency index of random reciprocal matrices, by size (Saaty 1980).
RANDOM_INDEX = {1: 0.0, 2: 0.0, 3: 0.58, 4: 0.90, 5: 1.12, 6: 1.24, 7: 1.32, 8: 1.41, 9: 1.45, 10: 1.49}
SCALE = np.array([1 / k for k in range(9, 1, -1)] + list(range(1, 10)), dtype=float)


def weights(matrix) -> tuple[np.ndarray, float]:
    """Priorities from pairwise judgements: the principal eigenvector (Saaty 1977), and the consistency ratio.

    Parameters
    ----------
    matrix : (n, n) array_like
        Positive and reciprocal: entry (i, j) says how many times as important i is as j. 1 <= n <= 10.

    Returns
    -------
    weights : (n,) array
        Sum to one.
    ratio : float
        Consistency ratio ((λ - n) / (n - 1)) / random index; 0 for n < 3.

    Raises
    ------
    ValueError
        If `matrix` is not square, positive and reciprocal, or has more than ten rows.

    Examples
    --------
    >>> w, ratio = weights([[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]])
    >>> w.round(3).tolist(), round(ratio, 3)
    ([0.637, 0.258, 0.105], 0.033)
    """
    a = np.asarray(matrix, dtype=float)
    if a.ndim != 2 or a.shape[0] != a.shape[1] or len(a) not in RANDOM_INDEX:
        raise ValueError(f"matrix: square with 1 to 10 rows, got shape {a.shape}")
    if not np.all(np.isfinite(a)) or not np.all(a > 0) or not np.allclose(a * a.T, 1, rtol=1e-6):
        raise ValueError("matrix: must be positive and reciprocal")
    n, w = len(a), np.full(len(a), 1 / len(a))
    for _ in range(1000):  # power iteration: a positive matrix has one positive eigenvector (Perron)
        before, w = w, a @ w
        w = w / w.sum()
        if np.max(np.abs(w - before)) < 1e-14:
            break
    top = float(np.mean(a @ w / w))
    return w, float(max(top - n, 0.0) / (n - 1) / RANDOM_INDEX[n]) if n > 2 else 0.0


def judgements(truth, noise: float, rng: np.random.Generator) -> np.ndarray:
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
    w = np.asarray(truth, dtype=float)
    if w.ndim != 1 or not np.all(w > 0) or not np.all(np.isfinite(w)):
        raise ValueError("truth: one dimension of positive weights")
    if not noise >= 0:
        raise ValueError(f"noise: at least 0, not {noise!r}")
    rows, columns = np.triu_indices(len(w), 1)
    ratio = w[rows] / w[columns] * np.exp(noise * rng.standard_normal(len(rows)))
    judged = SCALE[np.argmin(np.abs(np.log(ratio)[:, None] - np.log(SCALE)), axis=1)]
    matrix = np.ones((len(w), len(w)))
    matrix[rows, columns], matrix[columns, rows] = judged, 1 / judged
    return matrix


def together(matrices) -> np.ndarray:
    """Judgements of several people as one matrix: entry by entry the geometric mean (Aczel & Saaty 1983)."""
    stack = np.asarray(matrices, dtype=float)
    if stack.ndim != 3 or not np.all(stack > 0):
        raise ValueError("matrices: a list of positive square matrices of one size")
    return np.exp(np.log(stack).mean(axis=0))


def priorities(groups: Mapping[str, Mapping[str, float]], group_weights: Mapping[str, float]) -> dict[str, float]:
    """Global priorities: weight of the group times weight in the group; each set of weights is scaled to one.

    Raises
    ------
    ValueError
        If the groups differ between the arguments, a factor occurs twice, or weights are not positive.

    Examples
    --------
    >>> priorities({"S": {"a": 1, "b": 3}, "W": {"c": 2}}, {"S": 1, "W": 1})
    {'a': 0.125, 'b': 0.375, 'c': 0.5}
    """
    if groups.keys() != group_weights.keys():
        raise ValueError("group_weights: one weight for each group")
    names = [name for factors in groups.values() for name in factors]
    if len(set(names)) < len(names):
        raise ValueError("groups: a factor occurs twice")
    every = [*group_weights.values(), *(v for factors in groups.values() for v in factors.values())]
    if not all(np.isfinite(v) and v > 0 for v in every):
        raise ValueError("groups: weights must be positive")
    total = sum(group_weights.values())
    return {
        name: group_weights[group] / total * value / sum(factors.values())
        for group, factors in groups.items()
        for name, value in factors.items()
    }


def panel(
    truth: Mapping[str, Mapping[str, float]], judges: int, noise: float, rng: np.random.Generator
) -> tuple[dict[str, float], float]:
    """Global priorities from a simulated panel of judges, and the mean consistency ratio of its first judge.

    The true weight of a group is the sum of the weights of its factors; every judge compares the groups and, in each
    group, the factors (`judgements`), and the panel's matrices are joined by `together`.

    Raises
    ------
    ValueError
        If `judges` is less than 1, or weights or noise are refused by `judgements`.
    """
    if judges < 1:
        raise ValueError(f"judges: at least 1, not {judges!r}")
    every = {**truth, "": {group: sum(factors.values()) for group, factors in truth.items()}}
    found, ratios = {}, []
    for group, factors in every.items():
        matrices = [judgements(list(factors.values()), noise, rng) for _ in range(judges)]
        found[group] = dict(zip(factors, weights(together(matrices))[0].tolist(), strict=True))
        ratios.append(weights(matrices[0])[1])
    outer = found.pop("")
    return priorities(found, outer), float(np.mean(ratios))


def dirichlet_priorities(
    sizes: Mapping[str, int], concentration: float, n: int, rng: np.random.Generator
) -> np.ndarray:
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
    if not sizes or any(k < 1 for k in sizes.values()) or not concentration > 0:
        raise ValueError("sizes: groups of one factor or more, and a positive concentration")
    outer = rng.dirichlet([concentration] * len(sizes), n)
    inner = [rng.dirichlet([concentration] * k, n) for k in sizes.values()]
    return np.concatenate([outer[:, [g]] * inner[g] for g in range(len(sizes))], axis=1)
