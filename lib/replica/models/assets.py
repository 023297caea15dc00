"""The four-part index of consumer assets as a composite indicator that can be questioned.

Three lines are enough; the rows of `parts` are brands, its columns the four parts:

>>> import pandas as pd
>>> from replica.models.assets import consumer_asset_index
>>> parts = pd.DataFrame({"people": [9000, 4000, 600], "deepening": [0.05, 0.08, 0.2], "core": [900, 700, 90],
...                       "activity": [3.0, 5.0, 4.0]}, index=["A", "B", "C"])
>>> print(consumer_asset_index(parts))
3 brands, zscore, arithmetic: first B (0.42), last C (-0.34)

Steps and names follow the OECD and JRC handbook on composite indicators (2008): normalise, weigh, aggregate, then
decompose and test. :meth:`AssetIndex.importance` is the squared correlation of a part with the score, which need not
be its weight (Paruolo, Saisana & Saltelli 2013); :func:`sensitivity` repeats the ranking over choices nobody can defend
as the only ones (Saisana, Saltelli & Tarantola 2005).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

PARTS = ("people", "deepening", "core", "activity")
NORMALISATIONS = ("zscore", "minmax", "rank")
AGGREGATIONS = ("arithmetic", "geometric")

Array = NDArray[np.float64]


@dataclass(frozen=True)
class AssetIndex:
    """A composite indicator with what it was made of.

    Attributes
    ----------
    parts, normalised : pandas.DataFrame
        The four parts as given and as put on one scale.
    weights : pandas.Series
        Add up to one.
    score : pandas.Series
        Higher is better.
    normalisation, aggregation : str
    """

    parts: pd.DataFrame
    normalised: pd.DataFrame
    weights: pd.Series
    score: pd.Series
    normalisation: str
    aggregation: str

    def __str__(self) -> str:
        best, worst = self.score.idxmax(), self.score.idxmin()
        ends = f"first {best} ({self.score[best]:.2f}), last {worst} ({self.score[worst]:.2f})"
        return f"{len(self.score)} brands, {self.normalisation}, {self.aggregation}: {ends}"

    @property
    def rank(self) -> pd.Series:
        """1 is the best; ties share the better rank."""
        return self.score.rank(ascending=False, method="min").astype(int)

    def importance(self) -> pd.DataFrame:
        """Weight of each part beside what it does: its squared correlation with the score, and its share of them."""
        squared = self.normalised.corrwith(self.score).fillna(0.0) ** 2
        return pd.DataFrame({"weight": self.weights, "r²": squared, "share of r²": squared / squared.sum()})

    def contributions(self) -> pd.DataFrame:
        """Weight times normalised part; for the arithmetic mean the rows add up to the score."""
        return self.normalised * self.weights

    def gamed(self, brand: object, changes: Mapping[str, float]) -> AssetIndex:
        """The index when one brand multiplies some of its parts, such as ``{"people": 2}`` for bought followers.

        Raises
        ------
        ValueError
            If `brand` or a part is unknown.
        """
        if brand not in self.parts.index:
            raise ValueError(f"brand: {brand!r} is not in the index")
        if unknown := [part for part in changes if part not in PARTS]:
            raise ValueError(f"changes: {unknown[0]!r} is none of {', '.join(PARTS)}")
        parts = self.parts.astype(float).copy()
        for part, factor in changes.items():
            parts.loc[brand, part] *= factor
        return consumer_asset_index(parts, self.weights, self.normalisation, self.aggregation)


def _checked(parts: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(parts, pd.DataFrame) or sorted(parts.columns) != sorted(PARTS):
        raise ValueError(f"parts: expected a frame with the columns {', '.join(PARTS)}")
    frame = parts.loc[:, list(PARTS)].astype(float)
    if len(frame) < 3 or not frame.index.is_unique:
        raise ValueError("parts: expected three brands or more, each once")
    if not np.isfinite(frame.to_numpy()).all() or (frame < 0).to_numpy().any():
        raise ValueError("parts: expected finite numbers of zero or more")
    return frame


def _weights(weights: ArrayLike | Mapping[str, float] | None) -> pd.Series:
    if weights is None:
        return pd.Series(0.25, index=list(PARTS))
    if isinstance(weights, Mapping | pd.Series):
        if sorted(weights.keys()) != sorted(PARTS):
            raise ValueError(f"weights: expected one for each of {', '.join(PARTS)}")
        weights = [weights[part] for part in PARTS]
    values = np.asarray(weights, dtype=float)
    if values.shape != (4,) or not (values >= 0).all() or not np.isfinite(values).all() or values.sum() <= 0:
        raise ValueError("weights: expected four numbers of zero or more, not all zero")
    return pd.Series(values / values.sum(), index=list(PARTS))


def _normalise(values: Array, normalisation: str) -> Array:
    """Columns on one scale; people and core, which are skewed, as logarithms of one plus the count first."""
    if normalisation == "rank":
        return pd.DataFrame(values).rank().to_numpy() / len(values)
    scaled = values.copy()
    scaled[:, [0, 2]] = np.log1p(scaled[:, [0, 2]])
    if normalisation == "zscore":
        spread = scaled.std(axis=0)
        return (scaled - scaled.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    width = scaled.max(axis=0) - scaled.min(axis=0)
    return (scaled - scaled.min(axis=0)) / np.where(width > 0, width, 1.0)


def _score(normalised: Array, weights: Array, normalisation: str, aggregation: str) -> Array:
    if aggregation == "arithmetic":
        return normalised @ weights
    if normalisation == "zscore":  # z-scores have no positive scale: the normal distribution function gives one
        normalised = ndtr(normalised)
    return np.exp(np.log(0.01 + 0.99 * normalised) @ weights)


def consumer_asset_index(
    parts: pd.DataFrame,
    weights: ArrayLike | Mapping[str, float] | None = None,
    normalisation: str = "zscore",
    aggregation: str = "arithmetic",
) -> AssetIndex:
    """One number for each brand from people, deepening rate, core users and their activity.

    Parameters
    ----------
    parts : pandas.DataFrame
        ``people`` (persons), ``deepening`` (share of them who moved to a closer relation in the period), ``core``
        (persons), ``activity`` (actions per core user and period). A row is a brand.
    weights : four numbers or mapping, optional
        Equal weights if not given; scaled to add up to one.
    normalisation : {"zscore", "minmax", "rank"}
        Counts are taken in logarithms first, except for ranks.
    aggregation : {"arithmetic", "geometric"}
        The arithmetic mean lets a high part make up for a low one, the geometric one less so; for it the lowest
        normalised value becomes 0.01 rather than zero.

    Raises
    ------
    ValueError
        If columns, numbers, weights or choices are not as said.
    """
    frame, weighed = _checked(parts), _weights(weights)
    if normalisation not in NORMALISATIONS:
        raise ValueError(f"normalisation: expected one of {', '.join(NORMALISATIONS)}, got {normalisation!r}")
    if aggregation not in AGGREGATIONS:
        raise ValueError(f"aggregation: expected one of {', '.join(AGGREGATIONS)}, got {aggregation!r}")
    normalised = _normalise(frame.to_numpy(), normalisation)
    score = pd.Series(_score(normalised, weighed.to_numpy(), normalisation, aggregation), frame.index, name="score")
    table = pd.DataFrame(normalised, frame.index, frame.columns)
    return AssetIndex(frame, table, weighed, score, normalisation, aggregation)


def sensitivity(parts: pd.DataFrame, draws: int, seed: int) -> pd.DataFrame:
    """Ranks of every brand over drawn weights, normalisations and aggregations.

    Weights are uniform on the simplex, the two choices uniform and independent.

    Returns
    -------
    pandas.DataFrame
        Index as `parts`; columns ``equal weights`` (rank of the default index), ``low``, ``median``, ``high`` (5, 50
        and 95 % of the drawn ranks) and ``first`` (share of draws in which the brand leads).
    """
    frame = _checked(parts)
    if draws < 1:
        raise ValueError(f"draws: expected one or more, got {draws!r}")
    rng = np.random.default_rng(seed)
    tables = {name: _normalise(frame.to_numpy(), name) for name in NORMALISATIONS}
    ranks = np.empty((draws, len(frame)))
    for draw in range(draws):
        normalisation, aggregation = rng.choice(NORMALISATIONS), rng.choice(AGGREGATIONS)
        score = _score(tables[normalisation], rng.dirichlet(np.ones(4)), normalisation, aggregation)
        ranks[draw] = pd.Series(-score).rank(method="min").to_numpy()
    low, median, high = np.quantile(ranks, [0.05, 0.5, 0.95], axis=0)
    return pd.DataFrame(
        {
            "equal weights": consumer_asset_index(frame).rank,
            "low": low,
            "median": median,
            "high": high,
            "first": (ranks == 1).mean(axis=0),
        },
        index=frame.index,
    )


def measure(before: ArrayLike, now: ArrayLike, core_at: int = 3) -> dict[str, float]:
    """The four parts of one brand from its members' actions in two periods.

    Closeness has three steps: no action, some, and `core_at` or more. Deepening is the share of members who stand on a
    higher step now than before.

    Parameters
    ----------
    before, now : array_like of int, shape (members,)
        Actions (purchases or visits) of each member.
    core_at : int
        Actions in the period from which a member is a core user.

    Raises
    ------
    ValueError
        If the two differ in length, are empty, or hold a negative count; or if `core_at` is below two.

    Examples
    --------
    >>> measure([0, 1, 4, 0], [1, 3, 5, 0])
    {'people': 4.0, 'deepening': 0.5, 'core': 2.0, 'activity': 4.0}
    """
    first, second = np.asarray(before), np.asarray(now)
    if first.ndim != 1 or first.shape != second.shape or first.size == 0:
        raise ValueError(f"now: expected one count for each member, got {first.shape} and {second.shape}")
    if (first < 0).any() or (second < 0).any():
        raise ValueError("before: expected counts of zero or more")
    if core_at < 2:
        raise ValueError(f"core_at: expected two or more, got {core_at!r}")
    steps = [(counts > 0).astype(int) + (counts >= core_at) for counts in (first, second)]
    core = second >= core_at
    return {
        "people": float(first.size),
        "deepening": float((steps[1] > steps[0]).mean()),
        "core": float(core.sum()),
        "activity": float(second[core].mean()) if core.any() else 0.0,
    }
