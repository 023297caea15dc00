"""A parameter region: stated as a table, sampled evenly, and asked where in it an effect is up, absent or down.

A verbal claim ("more x, more y") gets a model, a region of parameter values, and three answers: the shares of the
region in which the effect is up, absent and down, with intervals; the one parameter that decides most, and the shares
when its range is halved; and how much of the outcome's variance each parameter carries.

A share has every uncertainty of the experiment that gave it: other points, other random futures, other simulated
people. `run` therefore repeats the whole experiment, each time with points and a generator of its own, and the
intervals come from the spread of the repetitions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from sklearn.tree import DecisionTreeClassifier

from replica import check

Array = NDArray[np.float64]
Experiment = Callable[[pd.DataFrame, np.random.Generator], ArrayLike]


# --- the region ------------------------------------------------------------------------------------------------------
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

    def __getitem__(self, symbol: str) -> Parameter:
        """The parameter with this symbol."""
        for parameter in self.parameters:
            if parameter.symbol == symbol:
                return parameter
        raise ValueError(f"symbol: {symbol!r} is no parameter of this region")

    def table(self) -> pd.DataFrame:
        """The region as a reader sees it."""
        return pd.DataFrame(
            [[p.meaning, p.unit, f"{p.low:g} to {p.high:g}", p.source] for p in self.parameters],
            index=pd.Index([p.symbol for p in self.parameters], name="Symbol"),
            columns=["Meaning", "Unit", "Range", "Source"],
        )

    def scaled(self, points: Array) -> pd.DataFrame:
        """Points of the unit cube, shape (size, parameters), as points of the region."""
        low, high = (np.array([getattr(p, end) for p in self.parameters]) for end in ("low", "high"))
        return pd.DataFrame(low + (high - low) * points, columns=[p.symbol for p in self.parameters])

    def sample(self, size: int, seed: int | Sequence[int]) -> pd.DataFrame:
        """Scrambled Sobol' points (Owen 1998), one a row.

        Raises
        ------
        ValueError
            If `size` is no power of two: only then the points are balanced.
        """
        if check.whole("size", size, 2) & (size - 1):
            raise ValueError(f"size: expected a power of two, got {size}")
        rng = np.random.default_rng(seed)
        return self.scaled(stats.qmc.Sobol(len(self.parameters), scramble=True, rng=rng).random(size))

    def nudged(self, sample: pd.DataFrame, symbol: str, step: float = 0.25) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Each point twice, one parameter lower and higher by `step` of its range, both inside the region.

        Raises
        ------
        ValueError
            If `symbol` is no parameter or `step` is not in (0, 1].
        """
        parameter = self[symbol]
        width = check.number("step", step, 0, 1, open_low=True) * (parameter.high - parameter.low)
        lower = np.minimum(sample[symbol], parameter.high - width)
        return sample.assign(**{symbol: lower}), sample.assign(**{symbol: lower + width})

    def halved(self, symbol: str) -> Region:
        """The region with the range of one parameter halved about its middle."""
        chosen = self[symbol]
        quarter = (chosen.high - chosen.low) / 4
        narrow = replace(chosen, low=chosen.low + quarter, high=chosen.high - quarter)
        return Region([narrow if p is chosen else p for p in self.parameters])

    def middle(self) -> dict[str, float]:
        """The centre of the box."""
        return {p.symbol: (p.low + p.high) / 2 for p in self.parameters}


# --- shares ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Share:
    """Share of a region in which something holds, with its 95 % interval.

    As text, a share near 0 or 1 has one decimal, so that only all is 100 %.

    Attributes
    ----------
    share, low, high : float
    size : int
        Points behind it.
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
    """Share of true values with the interval of Wilson (1927).

    The interval treats the values as independent. It is right for independent draws and too wide for Sobol' points of a
    model without chance, which are spread more evenly. It is *too narrow* where the points share anything random, such
    as the futures that are simulated at each of them: there `run` gives the interval.

    Parameters
    ----------
    holds : array_like of bool, shape (size,)

    Examples
    --------
    >>> print(share(np.array([True] * 8 + [False] * 2)))
    80 % (49 to 94)
    """
    values = _truths(holds)
    interval = stats.binomtest(int(values.sum()), values.size).proportion_ci(method="wilson")
    return Share(float(values.mean()), float(interval.low), float(interval.high), values.size)


def repeated_share(holds: ArrayLike, weights: ArrayLike | None = None, *, shared: bool = True) -> Share:
    """Share of true values over independent repetitions of an experiment, with an interval of all its randomness.

    The points of one repetition may depend on each other in any way; repetitions may not. With p the share and v the
    variance of the mean of R repetitions, the points count as ``p (1 - p) / v`` independent ones, at most as many as
    there are, and that number is multiplied by ``(z / t)^2``, normal and t quantiles, since v is estimated from R - 1
    degrees of freedom. The interval is Clopper and Pearson's for so many draws (Korn and Graubard 1998). Where all
    points agree, what those of one repetition share cannot be seen: then each repetition counts as one draw.

    Parameters
    ----------
    holds : array_like of bool, shape (repetitions, size)
    weights : array_like of bool, shape (repetitions, size), optional
        Points that count; all by default.
    shared : bool
        Whether the points of a repetition may share something random. If not, all points count where all agree.

    Raises
    ------
    ValueError
        If there are fewer than 4 repetitions, or no point counts.

    Examples
    --------
    >>> agree = np.tile(np.arange(8) < 4, (5, 1))  # every repetition says one half: 40 independent points
    >>> print(repeated_share(agree))
    50 % (27 to 73)
    >>> print(repeated_share(np.repeat([[True], [False], [True], [False], [True]], 8, axis=1)))  # 5 coins, not 40
    60 % (3 to 100)
    """
    values = np.asarray(holds)
    if values.ndim != 2 or values.dtype != bool or len(values) < 4 or values.shape[1] < 1:
        raise ValueError("holds: expected truth values, one row for each of at least 4 repetitions")
    counts = np.ones(values.shape, dtype=bool) if weights is None else np.asarray(weights, dtype=bool)
    if counts.shape != values.shape or not counts.any():
        raise ValueError("weights: expected one truth value for each point, some of them true")
    repetitions, size = len(values), int(counts.sum())
    p = float((values & counts).sum() / size)
    residual = ((values & counts).sum(axis=1) - p * counts.sum(axis=1)) / size  # linearised ratio
    variance = float((residual**2).sum() * repetitions / (repetitions - 1))
    if 0 < p < 1:
        effective = min(p * (1 - p) / variance, size) if variance else size
    else:
        effective = repetitions if shared else size
    effective *= (stats.norm.ppf(0.975) / stats.t.ppf(0.975, repetitions - 1)) ** 2
    hits = effective * p
    low = stats.beta.ppf(0.025, hits, effective - hits + 1) if hits > 0 else 0.0
    high = stats.beta.ppf(0.975, hits + 1, effective - hits) if hits < effective else 1.0
    return Share(p, float(low), float(high), size)


@dataclass(frozen=True)
class Shares:
    """Shares of a region in which an effect is up, absent and down; they sum to 1."""

    up: Share
    absent: Share
    down: Share

    def __str__(self) -> str:
        return f"up in {self.up}, absent in {self.absent}, down in {self.down}"


@dataclass(frozen=True)
class Runs:
    """Independent repetitions of one experiment on a region; made by `run`.

    Attributes
    ----------
    region : Region
    sample : DataFrame, shape (repetitions * size, parameters)
        The points, one repetition after the other.
    effect : ndarray, shape (repetitions, size)
    tolerance : float
        An effect of at most this size, either way, is absent.
    chance : bool
        Whether the experiment drew anything from its generator.
    """

    region: Region
    sample: pd.DataFrame
    effect: Array
    tolerance: float
    chance: bool

    def _shares(self, counts: NDArray[np.bool_] | None = None) -> Shares:
        up, down = self.effect > self.tolerance, self.effect < -self.tolerance
        return Shares(*(repeated_share(where, counts, shared=self.chance) for where in (up, ~up & ~down, down)))

    @property
    def shares(self) -> Shares:
        """Where the effect is up, absent, down."""
        return self._shares()

    def halved(self, symbol: str) -> Shares:
        """The same shares with the range of one parameter halved about its middle: points outside it do not count."""
        narrow = self.region.halved(symbol)[symbol]
        return self._shares(self.sample[symbol].between(narrow.low, narrow.high).to_numpy().reshape(self.effect.shape))

    def decider(self, smallest: float = 0.1) -> Decider | None:
        """The cut that best separates where the effect is up from where it is not; see `decider`."""
        return decider(self.sample, self.effect.ravel() > self.tolerance, smallest)

    def decides(self) -> str:
        """The parameter that decides, by name and unit, and the shares when its range is halved, as a sentence."""
        cut = self.decider()
        if cut is None:
            return "No parameter decides."
        parameter = self.region[cut.symbol]
        unit = f" {parameter.unit}" if parameter.unit else ""
        return (
            f"Most depends on {parameter.meaning} ({parameter.symbol}): below {cut.threshold:.3g}{unit} the effect is "
            f"up in {100 * cut.below:.0f} %, above in {100 * cut.above:.0f} %. With its range halved: "
            f"{self.halved(cut.symbol)}."
        )


def run(
    region: Region,
    experiment: Experiment,
    seed: int,
    *,
    repetitions: int = 32,
    size: int = 32,
    tolerance: float = 0.0,
) -> Runs:
    """Repeat a whole experiment, each time with Sobol' points and a generator of its own.

    Parameters
    ----------
    region : Region
    experiment : callable
        Takes a sample of `size` points and a generator, from which all its randomness comes; returns the effect at each
        point, shape (size,).
    seed : int
    repetitions : int
        At least 4; the intervals narrow with their number, and with `size` only as far as the points share nothing.
    size : int
        Points in each repetition, a power of two.
    tolerance : float
        An effect of at most this size, either way, is absent. A tie is a tie: at 0 only equality is.

    Raises
    ------
    ValueError
        If the effect is not one finite number for each point.

    Examples
    --------
    >>> box = Region([Parameter("a", "push", "points", -1, 3)])
    >>> runs = run(box, lambda sample, rng: sample["a"] + rng.normal(scale=0.1), seed=1)
    >>> runs.shares.up.low < 0.75 < runs.shares.up.high, runs.shares.absent.share
    (True, 0.0)
    >>> runs.decides()[:60]
    'Most depends on push (a): below -0.00974 points the effect i'
    """
    repetitions, tolerance = check.whole("repetitions", repetitions, 4), check.number("tolerance", tolerance, 0)
    samples, effects, chance = [], [], False
    for number in range(repetitions):
        samples.append(region.sample(size, [seed, number, 0]))
        rng = np.random.default_rng([seed, number, 1])
        untouched = rng.bit_generator.state
        effects.append(_effect(experiment, samples[-1], rng))
        chance = chance or rng.bit_generator.state != untouched
    return Runs(region, pd.concat(samples, ignore_index=True), np.array(effects), tolerance, chance)


def _effect(experiment: Experiment, sample: pd.DataFrame, rng: np.random.Generator) -> Array:
    """The effect at each point, checked."""
    return check.array("experiment", np.asarray(experiment(sample, rng), dtype=float), shape=(len(sample),))


# --- what decides ----------------------------------------------------------------------------------------------------
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
    smallest = check.number("smallest", smallest, 0, 0.5, open_low=True)
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
    """First-order Sobol' index of every parameter, from one sample and without an interval; see `indices` for both.

    The variance of the outcome's mean within bins of equal count, over its variance (the correlation ratio), less the
    share that bins of pure noise would show.

    Parameters
    ----------
    sample : pandas.DataFrame, shape (size, parameters)
    outcome : array_like, shape (size,)
    bins : int

    Examples
    --------
    >>> x = Region([Parameter(s, s, "", 0, 1) for s in "ab"]).sample(1024, seed=1)
    >>> first_order(x, x["a"] + 0.5 * x["b"]).round(1).tolist()
    [0.8, 0.2]
    """
    values = check.array("outcome", outcome, shape=(len(sample),))
    bins = check.whole("bins", bins, 2, len(sample) // 2)
    total = values.var()
    shares = {}
    for symbol in sample:
        groups = np.array_split(values[np.argsort(sample[symbol].to_numpy(), kind="stable")], bins)
        between = sum(group.size * (group.mean() - values.mean()) ** 2 for group in groups) / values.size
        noise = (total - between) * (bins - 1) / (values.size - bins)
        shares[symbol] = max(between - noise, 0.0) / total if total > 0 else 0.0
    return pd.Series(shares)


def indices(
    region: Region, experiment: Experiment, seed: int, *, repetitions: int = 8, size: int = 256
) -> pd.DataFrame:
    """First-order and total Sobol' indices of every parameter, with 95 % intervals.

    First order: share of the outcome's variance that goes with the parameter alone. Total: share that would stay if all
    the others were known, interactions included. SciPy estimates them from ``size * (parameters + 2)`` points (Saltelli
    et al. 2010, doi:10.1016/j.cpc.2009.09.018); the whole is repeated, and the intervals are those of t over the
    repetitions.
    Within a repetition every point sees the same generator, so that chance does not count as a parameter.

    Parameters
    ----------
    region : Region
    experiment : callable
        As in `run`; called with `size` points at a time.
    seed : int
    repetitions : int
        At least 4.
    size : int
        A power of two.

    Returns
    -------
    DataFrame
        One row a parameter: `first`, `first_low`, `first_high`, `total`, `total_low`, `total_high`.

    Raises
    ------
    ValueError
        If the outcome is not one finite number for each point, or does not vary.

    Examples
    --------
    >>> box = Region([Parameter(s, s, "", 0, 1) for s in "ab"])
    >>> indices(box, lambda x, rng: x["a"] + 0.5 * x["b"], seed=1)[["first", "total"]].round(2).to_numpy().tolist()
    [[0.8, 0.8], [0.2, 0.2]]
    """
    repetitions, size = check.whole("repetitions", repetitions, 4), check.whole("size", size, 2)
    if size & (size - 1):
        raise ValueError(f"size: expected a power of two, got {size}")
    cube, found = [stats.uniform()] * len(region.parameters), []
    for number in range(repetitions):

        def outcome(points: Array, number: int = number) -> Array:
            blocks = [region.scaled(block) for block in np.split(points.T, points.shape[1] // size)]
            return np.hstack([_effect(experiment, b, np.random.default_rng([seed, number, 1])) for b in blocks])[None]

        if np.ptp(outcome(stats.qmc.Sobol(len(cube), rng=number).random(size).T)) == 0:
            raise ValueError("experiment: the outcome does not vary over the region")
        result = stats.sobol_indices(func=outcome, n=size, dists=cube, rng=np.random.default_rng([seed, number, 0]))
        found.append([np.ravel(result.first_order), np.ravel(result.total_order)])
    values = np.array(found)
    mean = values.mean(axis=0)
    reach = stats.t.ppf(0.975, repetitions - 1) * values.std(axis=0, ddof=1) / np.sqrt(repetitions)
    columns = [part for m, r in zip(mean, reach, strict=True) for part in (m, m - r, m + r)]
    names = [f"{kind}{end}" for kind in ("first", "total") for end in ("", "_low", "_high")]
    return pd.DataFrame(np.array(columns).T, index=[p.symbol for p in region.parameters], columns=names)


def shapley(
    model: Callable[[Array], ArrayLike],
    correlation: ArrayLike,
    groups: Mapping[str, Sequence[int]],
    seed: int,
    *,
    repetitions: int = 8,
    size: int = 1024,
) -> pd.DataFrame:
    """Shapley effects of groups of standard normal inputs that depend on each other, with 95 % intervals.

    With c(u) the variance of the outcome's mean given the inputs of the groups u, group j of d has the share

    .. math:: \\frac{1}{d} \\sum_{u \\not\\ni j} \\binom{d - 1}{|u|}^{-1} \\frac{c(u + j) - c(u)}{c(\\text{all})}

    (Owen 2014; Song, Nelson & Staum 2016). Every c(u) is the covariance of two outcomes that share the inputs of u and
    draw the others anew, given those; all subsets are run, so the shares sum to 1.

    Parameters
    ----------
    model : callable
        Takes inputs of shape (inputs, size); returns the outcome, shape (size,).
    correlation : array_like, shape (inputs, inputs)
    groups : mapping of name to indices
        Each input in exactly one of 2 to 8 groups.
    seed, repetitions, size : int
        Independent repetitions, at least 4, and draws in each; intervals are those of t over the repetitions.

    Returns
    -------
    DataFrame
        One row a group: `share`, `low`, `high`.

    Examples
    --------
    >>> alone = shapley(lambda z: 2 * z[0] + z[1], np.eye(2), {"a": [0], "b": [1]}, seed=1, size=4096)
    >>> alone["share"].round(1).tolist()
    [0.8, 0.2]
    """
    matrix = check.correlation("correlation", correlation)
    repetitions, size = check.whole("repetitions", repetitions, 4), check.whole("size", size, 8)
    names, inputs = list(groups), sorted(index for group in groups.values() for index in group)
    if not 2 <= len(names) <= 8 or inputs != list(range(len(matrix))):
        raise ValueError("groups: expected 2 to 8 groups that hold each input once")
    places = range(len(names))
    subsets = [set(u) for count in range(1, len(names)) for u in combinations(places, count)]
    found = []
    for number in range(repetitions):
        rng = np.random.default_rng([seed, number])
        first = _root(matrix) @ rng.standard_normal((len(matrix), size))
        base = check.array("model", model(first), shape=(size,))
        explained = {frozenset(): 0.0, frozenset(places): base.var(ddof=1)}
        if explained[frozenset(places)] == 0:
            raise ValueError("model: the outcome does not vary")
        for u in subsets:
            kept = [index for place in u for index in groups[names[place]]]
            drawn = [index for index in inputs if index not in kept]
            slope = matrix[np.ix_(drawn, kept)] @ np.linalg.pinv(matrix[np.ix_(kept, kept)])
            rest = matrix[np.ix_(drawn, drawn)] - slope @ matrix[np.ix_(kept, drawn)]
            second = first.copy()
            second[drawn] = slope @ first[kept] + _root(rest) @ rng.standard_normal((len(drawn), size))
            explained[frozenset(u)] = float(np.cov(base, check.array("model", model(second), shape=(size,)))[0, 1])
        total = {
            j: sum((explained[u | {j}] - explained[u]) / comb(len(names) - 1, len(u)) for u in explained if j not in u)
            for j in places
        }
        found.append([total[j] / len(names) / base.var(ddof=1) for j in places])
    values = np.array(found)
    mean = values.mean(axis=0)
    reach = stats.t.ppf(0.975, repetitions - 1) * values.std(axis=0, ddof=1) / np.sqrt(repetitions)
    return pd.DataFrame({"share": mean, "low": mean - reach, "high": mean + reach}, index=names)


def _root(matrix: Array) -> Array:
    """A matrix whose product with its transpose is `matrix`, which may be singular."""
    values, vectors = np.linalg.eigh(matrix)
    return vectors * np.sqrt(np.maximum(values, 0))
