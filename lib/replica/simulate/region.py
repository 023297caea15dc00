"""A parameter region: stated as a table, sampled evenly, and asked in which share of it a direction holds.

A verbal claim ("more x, more y") gets a model, a region of parameter values, and three answers: the share of the
region in which the direction holds, with its interval; the one parameter that decides most; and how much of the
outcome's variance each parameter carries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from sklearn.tree import DecisionTreeClassifier


@dataclass(frozen=True)
class Parameter:
    """One parameter of a region: symbol, meaning, unit, range, and where the range comes from."""

    symbol: str
    meaning: str
    unit: str
    low: float
    high: float
    source: str = "assumed"

    def __post_init__(self) -> None:
        if not np.isfinite([self.low, self.high]).all() or not self.low < self.high:
            raise ValueError(f"low: expected low < high for {self.symbol!r}, got {self.low!r} and {self.high!r}")


@dataclass(frozen=True)
class Region:
    """A box of parameters with independent uniform weights.

    Examples
    --------
    >>> region = Region([Parameter("p", "belief", "share", 0, 1), Parameter("r", "rate", "a year", 0.02, 0.05)])
    >>> sample = region.sample(8, seed=1)
    >>> sample.shape, bool(sample["r"].between(0.02, 0.05).all())
    ((8, 2), True)
    """

    parameters: Sequence[Parameter]

    def __post_init__(self) -> None:
        symbols = [parameter.symbol for parameter in self.parameters]
        if not symbols or len(set(symbols)) < len(symbols):
            raise ValueError("parameters: expected one or more, each symbol once")

    def table(self) -> pd.DataFrame:
        """The region as a reader sees it."""
        return pd.DataFrame(
            [[p.meaning, p.unit, f"{p.low:g} to {p.high:g}", p.source] for p in self.parameters],
            index=pd.Index([p.symbol for p in self.parameters], name="Symbol"),
            columns=["Meaning", "Unit", "Range", "Source"],
        )

    def sample(self, size: int, seed: int) -> pd.DataFrame:
        """Scrambled Sobol' points (Owen 1998), one a row.

        Raises
        ------
        ValueError
            If `size` is no power of two: only then the points are balanced.
        """
        if size < 2 or size & (size - 1):
            raise ValueError(f"size: expected a power of two, got {size}")
        points = stats.qmc.Sobol(len(self.parameters), scramble=True, rng=np.random.default_rng(seed)).random(size)
        low, high = (np.array([getattr(p, end) for p in self.parameters]) for end in ("low", "high"))
        return pd.DataFrame(low + (high - low) * points, columns=[p.symbol for p in self.parameters])

    def nudged(self, sample: pd.DataFrame, symbol: str, step: float = 0.25) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Each point twice, one parameter lower and higher by `step` of its range, both inside the region.

        Raises
        ------
        ValueError
            If `symbol` is no parameter or `step` is not in (0, 1].
        """
        found = [p for p in self.parameters if p.symbol == symbol]
        if not found:
            raise ValueError(f"symbol: {symbol!r} is no parameter of this region")
        if not 0 < step <= 1:
            raise ValueError(f"step: expected a share in (0, 1], got {step!r}")
        width = step * (found[0].high - found[0].low)
        lower = np.minimum(sample[symbol], found[0].high - width)
        return sample.assign(**{symbol: lower}), sample.assign(**{symbol: lower + width})

    def middle(self) -> dict[str, float]:
        """The centre of the box."""
        return {p.symbol: (p.low + p.high) / 2 for p in self.parameters}


@dataclass(frozen=True)
class Share:
    """Share of a region in which something holds, with the 95 % interval of Wilson (1927).

    The interval treats the points as independent draws; scrambled Sobol' points are spread more evenly, so it is
    cautious. As text, a share near 0 or 1 has one decimal, so that only all is 100 %.
    """

    share: float
    low: float
    high: float
    size: int

    def __str__(self) -> str:
        digits = 1 if 0 < self.share < 0.01 or 0.99 < self.share < 1 else 0
        whole = 100 * self.share
        shown = min(max(whole, 0.1), 99.9) if digits else whole
        return f"{shown:.{digits}f} % ({100 * self.low:.{digits}f} to {100 * self.high:.{digits}f})"


def _truths(holds: ArrayLike) -> NDArray[np.bool_]:
    values = np.asarray(holds)
    if values.ndim != 1 or values.size == 0 or values.dtype != bool:
        raise ValueError("holds: expected a non-empty vector of truth values")
    return values


def share(holds: ArrayLike) -> Share:
    """Share of true values with its Wilson interval.

    Examples
    --------
    >>> print(share(np.array([True] * 8 + [False] * 2)))
    80 % (49 to 94)
    """
    values = _truths(holds)
    interval = stats.binomtest(int(values.sum()), values.size).proportion_ci(method="wilson")
    return Share(float(values.mean()), float(interval.low), float(interval.high), values.size)


@dataclass(frozen=True)
class Decider:
    """The one cut in one parameter that best separates where a direction holds from where it does not.

    Attributes
    ----------
    symbol, threshold : str, float
        The cut.
    below, above : float
        Share in which the direction holds on each side.
    """

    symbol: str
    threshold: float
    below: float
    above: float

    def __str__(self) -> str:
        return f"{self.symbol}: {100 * self.below:.0f} % below {self.threshold:.3g}, {100 * self.above:.0f} % above"


def decider(sample: pd.DataFrame, holds: ArrayLike, smallest: float = 0.1) -> Decider | None:
    """Best single split of a region, by Gini impurity; None where the direction holds everywhere or nowhere.

    Parameters
    ----------
    sample : pandas.DataFrame, shape (size, parameters)
    holds : array_like of bool, shape (size,)
    smallest : float
        Each side keeps at least this share of the points, so that no cut hangs on a few of them.

    Raises
    ------
    ValueError
        If the lengths differ or `smallest` is not in (0, 0.5].

    Examples
    --------
    >>> x = pd.DataFrame({"a": np.arange(100) / 100, "b": np.arange(100) % 7})
    >>> print(decider(x, (x["a"] > 0.3).to_numpy()))
    a: 0 % below 0.305, 100 % above
    """
    values = _truths(holds)
    if len(sample) != values.size:
        raise ValueError(f"holds: {values.size} values for {len(sample)} points")
    if not 0 < smallest <= 0.5:
        raise ValueError(f"smallest: expected a share in (0, 0.5], got {smallest!r}")
    if values.all() or not values.any():
        return None
    leaf = max(1, int(smallest * values.size))
    stump = DecisionTreeClassifier(max_depth=1, min_samples_leaf=leaf, random_state=0)
    tree = stump.fit(sample.to_numpy(), values).tree_
    if tree.node_count == 1:
        return None
    symbol, cut = sample.columns[tree.feature[0]], float(tree.threshold[0])
    left = sample[symbol].to_numpy() <= cut
    return Decider(str(symbol), cut, float(values[left].mean()), float(values[~left].mean()))


def first_order(sample: pd.DataFrame, outcome: ArrayLike, bins: int = 16) -> pd.Series:
    """First-order Sobol' index of every parameter, from the sample itself.

    The variance of the outcome's mean within bins of equal count, over its variance (the correlation ratio), less the
    share that bins of pure noise would show.

    Examples
    --------
    >>> x = Region([Parameter(s, s, "", 0, 1) for s in "ab"]).sample(1024, seed=1)
    >>> first_order(x, x["a"] + 0.5 * x["b"]).round(1).tolist()
    [0.8, 0.2]
    """
    values = np.asarray(outcome, dtype=float)
    if values.shape != (len(sample),) or not np.isfinite(values).all():
        raise ValueError("outcome: expected one finite number for each point")
    if not 2 <= bins <= len(sample) // 2:
        raise ValueError(f"bins: expected 2 to {len(sample) // 2}, got {bins}")
    total = values.var()
    shares = {}
    for symbol in sample:
        groups = np.array_split(values[np.argsort(sample[symbol].to_numpy(), kind="stable")], bins)
        between = sum(group.size * (group.mean() - values.mean()) ** 2 for group in groups) / values.size
        noise = (total - between) * (bins - 1) / (values.size - bins)
        shares[symbol] = max(between - noise, 0.0) / total if total > 0 else 0.0
    return pd.Series(shares)
