"""Samples that carry printed figures: whole-number answers, ordinal questionnaires, panels.

**Whole numbers.** A questionnaire item with answers on ``low, low + 1, ..., high`` is a frequency table: how many of
`n` people gave each answer. A printed mean and sd allow only some frequency tables. All of them can be counted (exact,
in the manner of CORVIDS and CLOSURE). For answers recoded as
``x = answer - low`` the table ``c_0, c_1, ..., c_m`` must meet three equations,

    sum_x c_x = n,    sum_x x c_x = S,    sum_x x^2 c_x = Q,

with S and Q whole numbers that the printed mean and sd leave open. Once ``c_4, ..., c_m`` are fixed, the equations give
``c_0, c_1, c_2`` as functions of ``c_3``, and the condition that no count is negative is an interval for ``c_3``. So
all tables are counted without listing them.

**Ordinal answers** with given margins and correlations. The margins are maximum-entropy distributions; the dependence
is a Gaussian copula: every respondent has a latent normal variable for each item, cut at thresholds. The correlation of
two cut normals is a power series in the latent correlation (Pearson 1900, the tetrachoric series), so a wanted
correlation of answers is turned into a latent one by finding one root.

**Panels.** Least squares sees nothing of the data but means, standard deviations and correlations. So printed
regressions can be run backwards: coefficients, t statistics and R² of a few regressions on the same observations
restrict the correlation matrix of all variables, and a simulated panel with such a matrix repeats the printed pooled
regressions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, least_squares
from scipy.optimize import root as solve
from scipy.stats import norm

from replica import check
from replica.audit.numbers import read

Array = NDArray[np.float64]
TERMS = 400  # of the tetrachoric series
LARGEST = 0.98  # the series has converged to 1e-4 of its value up to here


# --- whole numbers with a printed mean and sd ------------------------------------------------------------------------
def _printed(name: str, text: str) -> tuple[Fraction, Fraction]:
    """The smallest and largest value that rounds to the printed text."""
    try:
        printed = read(str(text)).as_rounded()
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    if printed.kind != "rounded" or any(character.isalpha() for character in str(text)):
        raise ValueError(f"{name}: expected a printed number such as '2.36', got {text!r}")
    return printed.interval.lo, printed.interval.hi


def _printed_sd(text: str) -> tuple[Fraction, Fraction]:
    low, high = _printed("sd", text)
    if high < 0:
        raise ValueError(f"sd: not negative, got {text}")
    return max(low, Fraction(0)), high


def moment_pairs(mean: str, sd: str, n: int, *, ddof: int = 1) -> list[tuple[int, int]]:
    """Sums and sums of squares of whole numbers that round to a printed mean and sd.

    The sum of squares has the parity of the sum (``x**2`` is odd where ``x`` is odd): the condition that gives
    GRIMMER its power (Allard 2018). The scale's end points are not used here.

    Parameters
    ----------
    mean, sd : str
        As printed; the number of decimals matters, so "2.00" is not "2".
    n : int
        Number of answers.
    ddof : {1, 0}
        Divisor ``n - ddof`` of the variance.

    Returns
    -------
    list of (int, int)
        Pairs (sum, sum of squares); empty where no whole-number sample can have this mean and sd.

    Raises
    ------
    ValueError
        If `mean` or `sd` is no decimal number, `sd` is negative, `n` < 2, or `ddof` is neither 0 nor 1.

    References
    ----------
    Brown and Heathers (2017) for the mean; Allard (2018) for the parity.

    Examples
    --------
    >>> moment_pairs("2.36", "1.806", 180)
    [(425, 1587)]
    >>> moment_pairs("2.25", "1.880", 180)
    []
    """
    n, ddof = check.whole("n", n, 2), check.whole("ddof", ddof, 0, 1)
    low_mean, high_mean = _printed("mean", mean)
    low_sd, high_sd = _printed_sd(sd)
    pairs = []
    for total in range(math.ceil(low_mean * n), math.floor(high_mean * n) + 1):
        centre = Fraction(total * total, n)
        first = math.ceil(centre + low_sd**2 * (n - ddof))
        last = math.floor(centre + high_sd**2 * (n - ddof))
        pairs += [(total, squares) for squares in range(first, last + 1) if (squares - total) % 2 == 0]
    return pairs


@dataclass(frozen=True)
class _Cells:
    """All choices of c_4, ..., c_m that leave an interval for c_3, for one pair (S, Q) of recoded moments."""

    upper: NDArray[np.int64]  # (cells, m - 3): c_4 ... c_m
    first: NDArray[np.int64]  # smallest c_3
    last: NDArray[np.int64]  # largest c_3
    floor: NDArray[np.int64]  # c_0 + c_3, constant within a cell

    @property
    def sizes(self) -> NDArray[np.int64]:
        return self.last - self.first + 1


def _cells(n: int, total: int, squares: int, m: int) -> _Cells:
    """Solve the three equations for c_0, c_1, c_2 on a grid of c_4, ..., c_m."""
    x = np.arange(4, m + 1)
    tops = [min(n, total // k, squares // k**2) for k in x]
    grid = np.indices([top + 1 for top in tops]).reshape(len(x), -1).T if len(x) else np.zeros((1, 0), int)
    a = total - grid @ x
    b = squares - grid @ x**2
    floor = n - grid.sum(axis=1) - (3 * a - b) // 2
    first = np.maximum(0, -((2 * a - b) // 3))
    last = np.minimum((b - a) // 6, floor)
    keep = last >= first
    return _Cells(grid[keep], first[keep], last[keep], floor[keep])


@dataclass(frozen=True)
class IntegerTables:
    """Every frequency table that has a printed mean and sd; made by `integer_tables`.

    Attributes
    ----------
    n, low, high : int
        Number of answers and the ends of the scale.
    pairs : tuple of (int, int)
        The (sum, sum of squares) pairs that the printed figures allow.
    """

    n: int
    low: int
    high: int
    pairs: tuple[tuple[int, int], ...]
    _parts: tuple[_Cells, ...]

    @property
    def count(self) -> int:
        """Number of different frequency tables."""
        return int(sum(part.sizes.sum() for part in self._parts))

    def floor_counts(self) -> Array:
        """Number of tables by how many people gave the lowest answer.

        Returns
        -------
        ndarray of int, shape (n + 1,)
            Entry k counts the tables in which k people answered `low`.
        """
        change = np.zeros(self.n + 2, dtype=np.int64)
        for part in self._parts:
            np.add.at(change, part.floor - part.last, 1)
            np.add.at(change, part.floor - part.first + 1, -1)
        return np.cumsum(change)[: self.n + 1]

    def upper_counts(self, answer: int) -> Array:
        """Number of tables by how many people answered `answer` or more.

        Parameters
        ----------
        answer : int
            At least ``low + 4``.

        Returns
        -------
        ndarray of int, shape (n + 1,)
        """
        answer = check.whole("answer", answer, self.low + 4, self.high)
        counts = np.zeros(self.n + 1, dtype=np.int64)
        for part in self._parts:
            people = part.upper[:, answer - self.low - 4 :].sum(axis=1)
            np.add.at(counts, people, part.sizes)
        return counts

    def summary(self, answer: int) -> dict[str, float]:
        """Number of tables, and what share of respondents gives the lowest answer, and `answer` or more, in them.

        Returns
        -------
        dict
            `tables`; `floor_low`, `floor_mean`, `floor_high`; `upper_low`, `upper_high`. The mean gives every table
            the same weight. Shares are missing where there is no table.
        """
        floor, upper = self.floor_counts(), self.upper_counts(answer)
        if not self.count:
            shares = dict.fromkeys(("floor_low", "floor_mean", "floor_high", "upper_low", "upper_high"), math.nan)
            return {"tables": 0} | shares
        low, high = np.flatnonzero(floor)[[0, -1]] / self.n
        mean = float(floor @ np.arange(self.n + 1) / self.count / self.n)
        upper_low, upper_high = np.flatnonzero(upper)[[0, -1]] / self.n
        return {"tables": self.count, "floor_low": float(low), "floor_mean": mean, "floor_high": float(high),
                "upper_low": float(upper_low), "upper_high": float(upper_high)}  # fmt: skip


def integer_tables(mean: str, sd: str, n: int, low: int = 1, high: int = 7, *, ddof: int = 1) -> IntegerTables:
    """All frequency tables of `n` whole-number answers that round to a printed mean and sd.

    Parameters
    ----------
    mean, sd : str
        As printed, in points of the scale.
    n : int
        Number of answers.
    low, high : int
        Ends of the scale; four to seven answers.
    ddof : {1, 0}
        Divisor ``n - ddof`` of the variance.

    Returns
    -------
    IntegerTables

    Raises
    ------
    ValueError
        If the scale has fewer than four or more than seven answers, or as in `moment_pairs`.

    Examples
    --------
    >>> tables = integer_tables("2.0", "0.8", 5, 1, 4)
    >>> tables.count, tables.pairs
    (0, ())
    >>> integer_tables("2.0", "0.7", 5, 1, 4).floor_counts().tolist()  # one table, 1 3 1 0: one person answers 1
    [0, 1, 0, 0, 0, 0]
    """
    low = check.whole("low", low, -1000)
    m = check.whole("high", high, low + 3, low + 6) - low
    pairs, parts = [], []
    for total, squares in moment_pairs(mean, sd, n, ddof=ddof):
        recoded = total - n * low, squares - 2 * low * total + n * low**2
        if min(recoded) < 0:
            continue
        cells = _cells(n, *recoded, m)
        if len(cells.first):
            pairs.append((total, squares))
            parts.append(cells)
    return IntegerTables(n, low, high, tuple(pairs), tuple(parts))


def _walk(total, low_sd, high_sd, n, low, high, rng, ddof, steps) -> Array | None:
    """Answers with a given sum and an sd in the box, or None after too many moves."""
    answers = np.full(n, total // n)
    answers[: total % n] += 1
    first = float(low_sd**2 * (n - ddof) + Fraction(total * total, n))
    last = float(high_sd**2 * (n - ddof) + Fraction(total * total, n))
    squares = int((answers**2).sum())
    for up, down in rng.integers(n, size=(steps, 2)).tolist():
        if first <= squares <= last:
            return answers
        change = 2 * int(answers[up] - answers[down] + 1)
        towards = change > 0 if squares < first else change < 0
        if up != down and towards and answers[up] < high and answers[down] > low:
            answers[up] += 1
            answers[down] -= 1
            squares += change
    return None


# --- ordinal answers -------------------------------------------------------------------------------------------------
def maximum_entropy(mean: float, sd: float, low: int, high: int) -> Array:
    """The distribution of largest entropy on ``low ... high`` with a given mean and sd.

    It has the form ``p_k proportional to exp(a k + b k**2)``; `a` and `b` solve the two moment equations.

    Parameters
    ----------
    mean, sd : float
        Population moments, in points of the scale.
    low, high : int
        Ends of the scale.

    Returns
    -------
    ndarray, shape (high - low + 1,)
        Probabilities.

    Raises
    ------
    ValueError
        If no distribution on the scale has these moments.

    References
    ----------
    Jaynes (1957).

    Examples
    --------
    >>> maximum_entropy(4.0, 2.0, 1, 7).round(4).tolist()
    [0.1429, 0.1429, 0.1429, 0.1429, 0.1429, 0.1429, 0.1429]
    """
    low = check.whole("low", low, -1000)
    high = check.whole("high", high, low + 1)
    mean = check.number("mean", mean, low, high, open_low=True, open_high=True)
    sd = check.positive("sd", sd)
    k = np.linspace(-1, 1, high - low + 1)
    unit = (high - low) / 2
    target = np.array([(mean - low) / unit - 1, 0.0])
    target[1] = (sd / unit) ** 2 + target[0] ** 2
    features = np.vstack([k, k**2])

    def probabilities(parameters: Array) -> Array:
        weight = parameters @ features
        weight = np.exp(weight - weight.max())
        return weight / weight.sum()

    def gap(parameters: Array) -> Array:
        return features @ probabilities(parameters) - target

    def slope(parameters: Array) -> Array:
        p = probabilities(parameters)
        centred = features - (features @ p)[:, None]
        return (centred * p) @ centred.T

    solved = solve(gap, np.zeros(2), jac=slope, method="lm", options={"xtol": 1e-13, "ftol": 1e-13, "maxiter": 5000})
    if not np.abs(gap(solved.x)).max() < 1e-8:
        raise ValueError(f"sd: no distribution on {low} to {high} with mean {mean} has sd {sd}")
    return probabilities(solved.x)


def thresholds(p: ArrayLike) -> Array:
    """Cut points of a standard normal that give the stated category probabilities, shape (categories - 1,).

    Examples
    --------
    >>> thresholds([0.5, 0.25, 0.25]).round(3).tolist()
    [0.0, 0.674]
    """
    p = check.probabilities("p", p)
    return norm.ppf(np.clip(np.cumsum(p)[:-1], 1e-12, 1 - 1e-12))


def _hermite(cuts: Array) -> Array:
    """Normalised Hermite coefficients of 1{Z > cut}, shape (TERMS, cuts): the loadings of the tetrachoric series."""
    polynomial = np.zeros((TERMS + 1, len(cuts)))
    polynomial[0], polynomial[1] = 1.0, cuts
    for k in range(2, TERMS + 1):
        polynomial[k] = (cuts * polynomial[k - 1] - np.sqrt(k - 1) * polynomial[k - 2]) / np.sqrt(k)
    order = np.arange(1, TERMS + 1)
    return norm.pdf(cuts) * polynomial[:-1] / np.sqrt(order)[:, None]


def joint_probabilities(p: Array, q: Array, rho: float) -> Array:
    """Joint distribution of two cut normals with latent correlation `rho`.

    Parameters
    ----------
    p, q : ndarray, shapes (a,) and (b,)
        Marginal probabilities.
    rho : float
        Latent correlation, at most 0.98 in size.

    Returns
    -------
    ndarray, shape (a, b)

    Raises
    ------
    ValueError
        If `rho` is larger than 0.98 in size, or `p` or `q` is no distribution.
    """
    rho = check.number("rho", rho, -LARGEST, LARGEST)
    cut_p, cut_q = thresholds(p), thresholds(q)
    powers = rho ** np.arange(1, TERMS + 1)
    above = np.ones((len(cut_p) + 2, len(cut_q) + 2))
    above[1:-1, 1:-1] = np.outer(norm.sf(cut_p), norm.sf(cut_q)) + (_hermite(cut_p).T * powers) @ _hermite(cut_q)
    above[0, 1:-1], above[1:-1, 0] = norm.sf(cut_q), norm.sf(cut_p)
    above[-1, :] = above[:, -1] = 0.0
    return np.clip(above[:-1, :-1] - above[1:, :-1] - above[:-1, 1:] + above[1:, 1:], 0.0, None)


def _moments(p: Array) -> tuple[float, float]:
    k = np.arange(len(p))
    mean = float(k @ p)
    return mean, float(np.sqrt(k**2 @ p - mean**2))


def _score_series(p: Array) -> Array:
    """Coefficients of the standardised answer in normalised Hermite polynomials of its latent normal variable."""
    return _hermite(thresholds(p)).sum(axis=1) / _moments(p)[1]


def _latent(series_p: Array, series_q: Array, correlation: float) -> float:
    series, order = series_p * series_q, np.arange(1, TERMS + 1)

    def gap(rho: float) -> float:
        return float(series @ rho**order) - correlation

    if gap(-LARGEST) > 0 or gap(LARGEST) < 0:
        ends = gap(-LARGEST) + correlation, gap(LARGEST) + correlation
        raise ValueError(f"correlation: these margins allow {ends[0]:.3f} to {ends[1]:.3f}, got {correlation:.3f}")
    return float(brentq(gap, -LARGEST, LARGEST, xtol=1e-12))


def latent_correlation(p: Array, q: Array, correlation: float) -> float:
    """The latent normal correlation that gives two ordinal answers a wanted Pearson correlation.

    Parameters
    ----------
    p, q : ndarray
        Marginal probabilities.
    correlation : float
        Pearson correlation of the two answers, scored 1, 2, 3, ...

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the margins do not allow the correlation (with a latent correlation of at most 0.98 in size).

    Examples
    --------
    >>> half = np.array([0.5, 0.5])
    >>> round(latent_correlation(half, half, 1 / 3), 6)  # arcsine law: 2 / pi * asin(1 / 2)
    0.5
    """
    series = [_score_series(check.probabilities(name, margin)) for name, margin in (("p", p), ("q", q))]
    return _latent(*series, check.number("correlation", correlation, -1, 1))


def latent_matrix(margins: list[Array], correlations: Array) -> Array:
    """Latent correlation matrix for wanted correlations of ordinal answers, made positive semi-definite if need be.

    Negative eigenvalues (the pairwise solutions need not fit together) are set to 1e-6 and the diagonal is scaled back
    to one; compare targets with what a sample achieves.

    Parameters
    ----------
    margins : list of ndarray
        Marginal probabilities of each item.
    correlations : ndarray, shape (items, items)
        Wanted Pearson correlations of the answers.

    Returns
    -------
    ndarray, shape (items, items)
    """
    items = len(margins)
    correlations = check.array("correlations", correlations, -1, 1, shape=(items, items))
    if not np.allclose(correlations, correlations.T):
        raise ValueError("correlations: expected a symmetric matrix")
    series = [_score_series(check.probabilities("margins", p)) for p in margins]
    latent = np.eye(items)
    for i in range(items):
        for j in range(i):
            latent[i, j] = latent[j, i] = _latent(series[i], series[j], correlations[i, j])
    values, vectors = np.linalg.eigh(latent)
    if values[0] < 1e-6:
        latent = (vectors * np.maximum(values, 1e-6)) @ vectors.T
        scale = np.sqrt(np.diag(latent))
        latent = latent / np.outer(scale, scale)
    return latent


def join_on_hub(parts: list[Array], share: float = 1.0) -> Array:
    """One latent matrix from several that have a variable in common, the hub.

    Variables of different parts correlate through the hub: ``share * corr(i, hub) * corr(hub, j)``. With ``share = 1``
    they are independent given the hub; with more, the parts have something else in common as well.

    Parameters
    ----------
    parts : list of ndarray, shapes (k + 1, k + 1)
        Latent correlation matrices, each with the hub as its last variable.
    share : float
        At least 0; the largest possible value depends on the parts.

    Returns
    -------
    ndarray, shape (sum of k + 1,) twice
        The hub is last.

    Raises
    ------
    ValueError
        If the joined matrix is not positive semi-definite, which means that `share` is too large.
    """
    parts = [check.correlation("parts", part) for part in parts]
    share = check.number("share", share, 0)
    to_hub = np.concatenate([part[:-1, -1] for part in parts])
    joined = np.eye(len(to_hub) + 1)
    joined[:-1, :-1] = share * np.outer(to_hub, to_hub)
    joined[-1, :-1] = joined[:-1, -1] = to_hub
    start = 0
    for part in parts:
        stop = start + len(part) - 1
        joined[start:stop, start:stop] = part[:-1, :-1]
        start = stop
    if np.linalg.eigvalsh(joined)[0] < -1e-8:
        raise ValueError(f"share: {share} is more than these parts can have in common")
    return joined


def symmetric_root(matrix: ArrayLike) -> Array:
    """The symmetric R with ``R R = matrix``; negative eigenvalues count as zero.

    Unlike ``V sqrt(w)`` it does not depend on the eigenvectors' signs, nor on their basis where eigenvalues are equal,
    both of which differ between machines.

    Parameters
    ----------
    matrix : array_like, shape (k, k)
        Symmetric.

    Examples
    --------
    >>> symmetric_root([[5, 4], [4, 5]]).round(9).tolist()
    [[2.0, 1.0], [1.0, 2.0]]
    """
    found = check.matrix("matrix", matrix)
    if found.shape[0] != found.shape[1] or not np.allclose(found, found.T):
        raise ValueError("matrix: expected a symmetric matrix")
    values, vectors = np.linalg.eigh(found)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def ordinal_sample(margins: list[Array], latent: Array, n: int, rng: np.random.Generator, low: int = 1) -> Array:
    """Draw respondents whose answers have the given margins and a Gaussian copula.

    Parameters
    ----------
    margins : list of ndarray
        Marginal probabilities of each item.
    latent : ndarray, shape (items, items)
        Latent correlation matrix.
    n : int
        Respondents.
    rng : numpy.random.Generator
    low : int
        The lowest answer.

    Returns
    -------
    ndarray of int, shape (n, items)
    """
    latent = check.correlation("latent", latent)
    if len(latent) != len(margins):
        raise ValueError(f"latent: expected one row for each of {len(margins)} margins, got {len(latent)}")
    normal = check.generator("rng", rng).standard_normal((check.whole("n", n, 1), len(latent))) @ symmetric_root(latent)
    columns = [np.searchsorted(thresholds(p), normal[:, j], side="left") for j, p in enumerate(margins)]
    return np.column_stack(columns) + low


# --- panels with printed moments -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class PrintedRegression:
    """A printed least-squares regression with a constant.

    Attributes
    ----------
    dependent : str
    b, t : dict of str to float
        Coefficient and t statistic of each regressor (not of the constant).
    r2 : float
    n : int
        Observations.
    """

    dependent: str
    b: Mapping[str, float]
    t: Mapping[str, float]
    r2: float
    n: int

    def __post_init__(self) -> None:
        if list(self.b) != list(self.t) or not self.b:
            raise ValueError("b, t: expected the same regressors in the same order")
        for name, values in (("b", self.b), ("t", self.t)):
            if not check.vector(name, [*values.values()]).all():
                raise ValueError(f"{name}: a figure of 0 says nothing of a standard error")
        check.number("r2", self.r2, 0, 1, open_low=True, open_high=True)
        check.whole("n", self.n, len(self.b) + 2)


@dataclass(frozen=True)
class Moments:
    """Standard deviations and correlations, and how far the printed regressions are from what they give.

    Attributes
    ----------
    sd : Series
    correlation : DataFrame
    gap : float
        Largest difference between a printed and a recovered t statistic.
    converged : bool
        Whether the fit ended because nothing improved, not because its steps were used up.
    """

    sd: pd.Series
    correlation: pd.DataFrame
    gap: float
    converged: bool = True


def _least_squares(matrix: Array, sd: Array, n: int, y: int, x: list[int]) -> tuple[Array, ...]:
    """Coefficients, classical standard errors and R² from correlations and standard deviations."""
    inverse = np.linalg.inv(matrix[np.ix_(x, x)])
    beta = inverse @ matrix[x, y]
    r2 = beta @ matrix[x, y]
    scale = sd[y] / sd[x]
    return beta * scale, np.sqrt(np.maximum(1 - r2, 1e-12) * np.diag(inverse) / (n - len(x) - 1)) * scale, r2


def recover_moments(
    regressions: Sequence[PrintedRegression],
    sd: Mapping[str, float],
    *,
    free_sd: Sequence[str] = (),
    anchors: Mapping[tuple[str, str], float] | None = None,
    rng: np.random.Generator,
    starts: int = 2,
) -> Moments:
    """A correlation matrix under which least squares gives the printed regressions.

    The matrix is written as ``L L'`` with rows of L of length one, and fitted to all b, standard errors and R² at
    once, with a small preference for small correlations. It need not be the only one; `gap` says how well it fits.

    Parameters
    ----------
    regressions : sequence of PrintedRegression
        On the same observations.
    sd : mapping of str to float
        Printed standard deviations of all variables.
    free_sd : sequence of str
        Variables whose standard deviation is estimated as well, starting from the printed one.
    anchors : mapping of (str, str) to float, optional
        Correlations that are known otherwise.
    rng : numpy.random.Generator
        Starting points.
    starts : int
        Number of starting points; the best fit counts.

    Returns
    -------
    Moments

    Raises
    ------
    ValueError
        If a variable has no standard deviation.
    """
    names = list(dict.fromkeys([v for r in regressions for v in (r.dependent, *r.b)]))
    if missing := [v for v in names if v not in sd]:
        raise ValueError(f"sd: none for {missing[0]!r}")
    for v in names:
        check.positive("sd", sd[v])
    place = {v: i for i, v in enumerate(names)}
    base = np.array([sd[v] for v in names], dtype=float)
    freed = [place[v] for v in free_sd]
    lower = np.tril_indices(len(names), -1)
    sizes = len(lower[0])
    printed = [
        (r, place[r.dependent], [place[x] for x in r.b], np.array([*r.b.values()]), np.array([*r.t.values()]))
        for r in regressions
    ]
    known = [(place[a], place[b], value) for (a, b), value in (anchors or {}).items()]

    def unpack(p: Array) -> tuple[Array, Array]:
        root = np.eye(len(names))
        root[lower] = p[:sizes]
        root /= np.sqrt((root**2).sum(axis=1))[:, None]
        scale = base.copy()
        scale[freed] = np.exp(p[sizes:])
        return root @ root.T, scale

    def gap(p: Array) -> Array:
        matrix, scale = unpack(p)
        parts = [0.02 * p[:sizes]]
        for r, y, x, b, t in printed:
            found, error, r2 = _least_squares(matrix, scale, r.n, y, x)
            parts += [10 * (found - b) * t / b, 50 * np.log(error * np.abs(t / b)), [1000 * (r2 - r.r2)]]
        return np.concatenate([*parts, [100 * (matrix[i, j] - value) for i, j, value in known]])

    fits = []
    for _ in range(check.whole("starts", starts, 1)):
        start = np.concatenate([rng.normal(0, 0.3, sizes), np.log(2 * base[freed])])
        fits.append(least_squares(gap, start, max_nfev=120, xtol=1e-7, ftol=1e-7))
    best = min(fits, key=lambda f: f.cost)
    matrix, scale = unpack(best.x)
    worst = 0.0
    for r, y, x, _, t in printed:
        found, error, _ = _least_squares(matrix, scale, r.n, y, x)
        worst = max(worst, float(np.abs(found / error - t).max()))
    return Moments(pd.Series(scale, names), pd.DataFrame(matrix, names, names), worst, bool(best.success))


def correlated_panel(
    rng: np.random.Generator,
    mean: Mapping[str, float],
    moments: Moments,
    *,
    units: int,
    periods: int,
    keep: int | None = None,
    between: float = 0.6,
    persistence: float = 0.7,
    skew: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """A panel whose pooled means, standard deviations and correlations are exactly the given ones.

    Each variable is ``sqrt(between) u_i + sqrt(1 - between) v_it`` with u a normal effect of the unit and v an
    autoregression of order one; then the pooled sample is turned and stretched linearly until its moments are exact.

    Parameters
    ----------
    rng : numpy.random.Generator
    mean : mapping of str to float
    moments : Moments
    units, periods : int
    keep : int, optional
        Observations that stay, drawn at random; all by default.
    between : float
        Share of the variance that lies between units, in [0, 1).
    persistence : float
        Autocorrelation of v, in (-1, 1).
    skew : mapping of str to float, optional
        Variables that are made log-normal, with the sd of their logarithm: a long right tail.

    Returns
    -------
    DataFrame
        Index (unit, period).

    Raises
    ------
    ValueError
        If `between` or `persistence` is outside its range, or `keep` does not leave enough observations.
    """
    between = check.number("between", between, 0, 1, open_high=True)
    persistence = check.number("persistence", persistence, -1, 1, open_low=True, open_high=True)
    check.correlation("moments", moments.correlation)
    names = list(moments.correlation)
    whole = check.whole("units", units, 2) * check.whole("periods", periods, 2)
    keep = check.whole("keep", whole if keep is None else keep, 2 * len(names) + 1, whole)
    root = np.linalg.cholesky(moments.correlation.to_numpy() + 1e-12 * np.eye(len(names)))
    v = np.empty((periods, units, len(names)))
    v[0] = rng.standard_normal((units, len(names)))
    for t in range(1, periods):
        v[t] = persistence * v[t - 1] + np.sqrt(1 - persistence**2) * rng.standard_normal((units, len(names)))
    u = rng.standard_normal((units, len(names)))
    scores = (np.sqrt(between) * u + np.sqrt(1 - between) * v).transpose(1, 0, 2).reshape(-1, len(names)) @ root.T
    for name, sd_log in (skew or {}).items():
        column = names.index(name)
        scores[:, column] = np.exp(sd_log * scores[:, column])
    index = pd.MultiIndex.from_product([range(units), range(periods)], names=["unit", "period"])
    chosen = np.sort(rng.permutation(len(scores))[:keep])
    scores = scores[chosen] - scores[chosen].mean(axis=0)
    white = np.linalg.solve(np.linalg.cholesky(np.cov(scores.T)), scores.T).T
    exact = white @ root.T * moments.sd[names].to_numpy() + np.array([mean[v] for v in names])
    return pd.DataFrame(exact, index=index[chosen], columns=names)
