"""A SWOT list with weights: the analytic hierarchy process (A'WOT), and how firm its first places are.

Kurttila, Pesonen, Kangas & Kajanus (2000): the factors of each group are compared in pairs, then the groups; a factor's
global priority is its weight in the group times the weight of the group.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from replica.models import multicriteria


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
    return multicriteria.to_scale(multicriteria.comparisons(ratio, len(w)))


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
    group, the factors (`judgements`), and the panel's matrices are joined by their geometric mean.

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
        joint = multicriteria.ahp(multicriteria.group(matrices)).weights
        found[group] = dict(zip(factors, joint.tolist(), strict=True))
        ratios.append(float(multicriteria.ahp(matrices[0]).ratio))
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
