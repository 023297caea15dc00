"""Integer samples that fit a printed mean and standard deviation.

A questionnaire item with answers on ``low, low + 1, ..., high`` is a frequency table: how many of `n` people gave each
answer. A printed mean and sd allow only some frequency tables. This module counts and samples all of them (exact, in
the manner of CORVIDS and CLOSURE) and searches for some of them (heuristic, SPRITE: Heathers, Anaya, van der Zee and
Brown 2018).

For answers recoded as ``x = answer - low`` the table ``c_0, c_1, ..., c_m`` must meet three equations,

    sum_x c_x = n,    sum_x x c_x = S,    sum_x x^2 c_x = Q,

with S and Q whole numbers that the printed mean and sd leave open. Once ``c_4, ..., c_m`` are fixed, the equations give
``c_0, c_1, c_2`` as functions of ``c_3``, and the condition that no count is negative is an interval for ``c_3``. So
all tables are counted without listing them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

import numpy as np


def _printed(text: str, name: str) -> tuple[Fraction, Fraction]:
    """The smallest and largest value that rounds to the printed text."""
    try:
        number = Decimal(str(text).strip())
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int):
            raise InvalidOperation
    except InvalidOperation:
        raise ValueError(f"{name}: a printed decimal number such as '2.36', not {text!r}") from None
    half = Fraction(1, 2) / Fraction(10) ** -exponent
    return Fraction(number) - half, Fraction(number) + half


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
    if n < 2:
        raise ValueError(f"n: at least 2 answers are needed, got {n}")
    if ddof not in (0, 1):
        raise ValueError(f"ddof: 0 or 1, got {ddof}")
    low_mean, high_mean = _printed(mean, "mean")
    low_sd, high_sd = _printed(sd, "sd")
    if high_sd < 0:
        raise ValueError(f"sd: not negative, got {sd}")
    low_sd = max(low_sd, Fraction(0))
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

    upper: np.ndarray  # (cells, m - 3): c_4 ... c_m
    first: np.ndarray  # smallest c_3
    last: np.ndarray  # largest c_3
    floor: np.ndarray  # c_0 + c_3, constant within a cell
    total: int
    squares: int

    @property
    def sizes(self) -> np.ndarray:
        return self.last - self.first + 1

    def tables(self, cell: np.ndarray, third: np.ndarray) -> np.ndarray:
        """Full tables c_0 ... c_m for chosen cells and values of c_3."""
        upper = self.upper[cell]
        x = np.arange(4, 4 + upper.shape[1])
        a = self.total - upper @ x - 3 * third
        b = self.squares - upper @ x**2 - 9 * third
        lower = np.column_stack([self.floor[cell] - third, 2 * a - b, (b - a) // 2, third])
        return np.hstack([lower, upper])


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
    return _Cells(grid[keep], first[keep], last[keep], floor[keep], total, squares)


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

    def floor_counts(self) -> np.ndarray:
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

    def upper_counts(self, answer: int) -> np.ndarray:
        """Number of tables by how many people answered `answer` or more.

        Parameters
        ----------
        answer : int
            At least ``low + 4``.

        Returns
        -------
        ndarray of int, shape (n + 1,)
        """
        if not self.low + 4 <= answer <= self.high:
            raise ValueError(f"answer: between {self.low + 4} and {self.high}, got {answer}")
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

    def sample(self, size: int, rng: np.random.Generator) -> np.ndarray:
        """Frequency tables drawn uniformly, with replacement, from all that fit.

        Parameters
        ----------
        size : int
            How many.
        rng : numpy.random.Generator

        Returns
        -------
        ndarray of int, shape (size, high - low + 1)

        Raises
        ------
        ValueError
            If no table fits.
        """
        if not self.count:
            raise ValueError("size: no frequency table fits the printed mean and sd, so none can be drawn")
        weights = np.array([part.sizes.sum() for part in self._parts], dtype=float)
        source = rng.choice(len(self._parts), size=size, p=weights / weights.sum())
        drawn = np.empty((size, self.high - self.low + 1), dtype=int)
        for index, part in enumerate(self._parts):
            rows = np.flatnonzero(source == index)
            ends = np.cumsum(part.sizes)
            ticket = rng.integers(ends[-1] if len(ends) else 1, size=len(rows))
            cell = np.searchsorted(ends, ticket, side="right")
            drawn[rows] = part.tables(cell, part.last[cell] - (ends[cell] - 1 - ticket))
        return drawn


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
    >>> integer_tables("2.0", "0.7", 5, 1, 4).sample(1, np.random.default_rng(0)).tolist()
    [[1, 3, 1, 0]]
    """
    m = high - low
    if not 3 <= m <= 6:
        raise ValueError(f"high: a scale of four to seven answers is needed, got {low} to {high}")
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


def sprite(
    mean: str, sd: str, n: int, low: int, high: int, rng: np.random.Generator, *, ddof: int = 1,
    steps: int = 4_000, starts: int = 10,
) -> np.ndarray | None:  # fmt: skip
    """One frequency table with a printed mean and sd, found by the SPRITE random walk.

    Start from answers that have an admissible sum. Then take two people at random, raise one answer by one and lower
    the other by one: the mean stays, the sum of squares changes by ``2 (x_i - x_j + 1)``. Keep a move that brings the
    sd nearer to its target.

    Parameters
    ----------
    mean, sd, n, low, high, ddof
        As in `integer_tables`.
    rng : numpy.random.Generator
    steps, starts : int
        Moves to try from one start, and starts (each with its own admissible sum) before the search is given up.

    Returns
    -------
    ndarray of int, shape (high - low + 1,), or None
        The table, or None where the walk found nothing: which does not prove that nothing exists.

    References
    ----------
    Heathers, Anaya, van der Zee and Brown (2018), doi:10.7287/peerj.preprints.26968v1.
    """
    low_mean, high_mean = _printed(mean, "mean")
    low_sd, high_sd = _printed(sd, "sd")
    sums = range(max(math.ceil(low_mean * n), n * low), min(math.floor(high_mean * n), n * high) + 1)
    if not sums:
        return None
    for _ in range(starts):
        answers = _walk(int(rng.choice(sums)), max(low_sd, Fraction(0)), high_sd, n, low, high, rng, ddof, steps)
        if answers is not None:
            return np.bincount(answers - low, minlength=high - low + 1)
    return None


def _walk(total, low_sd, high_sd, n, low, high, rng, ddof, steps) -> np.ndarray | None:
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
