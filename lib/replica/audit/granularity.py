"""What means and standard deviations of bounded or whole-number data can be.

A mean of n whole numbers is a multiple of 1/n; their sum of squares is a whole number of the same parity as their sum;
numbers between two bounds cannot spread further than to these bounds. Each check says when it has no power: a check
that every printed value would pass proves nothing by passing.

`attainable_means`, `attainable_sds` and `attainable_binary_sds` work on boxes of values: they return the hull of what
can be attained inside the box, and raise `DomainError` where nothing can. The checks `grim`, `grimmer` and `debit` do
so for printed numbers and add what the neighbours in the last printed place would attain: where a neighbour passes
too, the check does not discriminate, and the ledger calls it weak.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from .interval import DomainError, Interval, hull, interval, sqrt
from .numbers import Printed
from .registry import check, constant, count, flag

_MOST_SUMS = 20_000  # sums that are gone through one by one


def values(x) -> Interval:
    """The values behind an argument: a Printed number's interval, an Interval, or an exact number."""
    return x.interval if isinstance(x, Printed) else interval(x)


def _finite(x, name: str) -> Interval:
    box = values(x)
    if not box.is_finite:
        raise ValueError(f"{name}: a value with two finite ends is needed, not {box}")
    return box


def _scale_ends(low, high) -> tuple[Fraction, Fraction]:
    low, high = constant(values(low), "low"), constant(values(high), "high")
    if low >= high:
        raise ValueError(f"low, high: the range from {low} to {high} is empty")
    return low, high


def _divisor(n: int, population) -> int:
    return n if flag(values(population), "population") else n - 1


def _multiples(x: Interval, per_unit: int) -> range:
    """The whole numbers k with k / per_unit in x."""
    first, last = math.ceil(x.lo * per_unit), math.floor(x.hi * per_unit)
    first += x.lo_open and Fraction(first, per_unit) == x.lo
    last -= x.hi_open and Fraction(last, per_unit) == x.hi
    return range(first, last + 1)


def _with_neighbours(printed, attainable: Callable[[Interval], Interval]) -> Interval:
    """What the printed number can be, joined with what its neighbours in the last place could be.

    Where it can be nothing at all, the nearest value that a neighbour can be: less than one unit away, the printed
    number may have been cut off or rounded twice.
    """
    box, parts = values(printed), []
    for step in (0, -1, 1):
        if not step or (isinstance(printed, Printed) and printed.unit):
            try:
                parts.append(attainable(printed.moved(step) if step else box))
            except DomainError:
                if step:
                    continue
                nothing = True
            else:
                nothing = nothing if step else False
    if not parts:
        attainable(box)  # raises, with the reason
    if nothing:
        ends = [end for part in parts for end in (part.lo, part.hi)]
        return interval(min(ends, key=lambda end: max(box.lo - end, end - box.hi)))
    return hull(parts)


def _scaled(printed, share: Fraction):
    """A printed number or a box times a constant."""
    if not isinstance(printed, Printed):
        return values(printed) * share
    return replace(printed, interval=printed.interval * share, unit=printed.unit * share)


# --- means -----------------------------------------------------------------------------------------------------------
@check(
    kind="printed",
    roles="measure: low high",
    topic="a table of means",
    example="possible_mean(1, 7)",
    reference="definition",
    assumptions="the printed minimum and maximum are those of the same observations as the mean",
    words="between {low} and {high}",
)
def possible_mean(low, high) -> Interval:
    """All means of values between `low` and `high` (a median or a quantile lies there as well).

    Raises
    ------
    DomainError
        If the minimum certainly exceeds the maximum.

    Examples
    --------
    >>> print(possible_mean(1, 7))
    [1, 7]
    """
    low, high = values(low), values(high)
    if low.lo > high.hi:
        raise DomainError(f"the minimum {low} exceeds the maximum {high}")
    return Interval(low.lo, high.hi)


def attainable_means(mean: Interval, n: int, items: int = 1) -> Interval:
    """Means of n · items whole numbers that lie in the box.

    Raises
    ------
    DomainError
        If there is none.

    Examples
    --------
    >>> print(attainable_means(Interval(Fraction("2.35"), Fraction("2.45")), 5))
    2.4
    """
    size = count(n, "n") * count(items, "items")
    sums = _multiples(_finite(mean, "mean"), size)
    if not sums:
        raise DomainError(f"no {size} whole numbers have a mean in {mean}")
    return Interval(Fraction(sums[0], size), Fraction(sums[-1], size))


@check(
    kind="printed",
    roles="measure: mean; count: n items; constant: percent",
    topic="a table of means",
    example="grim(3.48, 20)",
    reference="Brown & Heathers 2017, The GRIM test, Social Psychological and Personality Science 8(4)",
    assumptions="whole-number answers of all n respondents; no weights, no missing values; the mean of `items` answers",
    words="a mean near {mean} of {n} × {items} whole numbers",
)
def grim(mean, n, items=1, percent=0) -> Interval:
    """Means of n · items whole numbers that would print as `mean` (granularity-related inconsistency of means).

    Formula: mean = k / (n · items) for a whole number k. No power where n · items ≥ 10^decimals. A percentage of n
    people is 100 times the mean of zeros and ones: 40.9 % of 80 people is impossible.

    Parameters
    ----------
    mean : Printed or Interval
    n : int
        Number of respondents.
    items : int
        Number of whole-number answers averaged for each respondent.
    percent : {0, 1}
        Whether `mean` is a percentage; known where the percent sign is printed.

    Raises
    ------
    DomainError
        If no such mean exists, nor one that a neighbour in the last place would print.

    Examples
    --------
    The example of the paper: no 28 whole numbers have a mean that rounds to 5.19.

    >>> from replica.audit.numbers import read
    >>> print(grim(read("5.18"), 28).text(6))
    [5.17857, 5.17858]
    >>> print(grim(read("5.19"), 28).text(6))  # the nearest one, which prints as 5.18
    [5.17857, 5.17858]
    """
    n, items = count(values(n), "n"), count(values(items), "items")
    if not flag(values(percent), "percent") and not getattr(mean, "percent", False):
        return _with_neighbours(mean, lambda box: attainable_means(box, n, items))
    share = _scaled(mean, Fraction(1, 100))
    return _with_neighbours(share, lambda box: attainable_means(box, n, items)) * 100


@check(
    kind="printed",
    roles="measure: mean sd; count: n items; constant: population",
    topic="a table of means",
    example="mean(attained_mean(2.36, 180, sd=1.04), attained_mean(1.87, 180, sd=0.98))",
    reference="Brown & Heathers 2017 (GRIM); Allard 2018 (analytic GRIMMER)",
    assumptions="whole-number answers of all n respondents; no weights, no missing values",
    words="mean {mean} of {n} × {items} whole numbers[ with sd {sd}]",
)
def attained_mean(mean, n, items=1, sd=None, population=0) -> Interval:
    """Means that n · items whole numbers can have inside what is printed, and, with `sd`, that fit the printed sd.

    Several claims on one unknown: the mean of a block of items is the mean of these.

    >>> from replica.audit.numbers import read
    >>> print(attained_mean(read("5.18"), 28).text(6))
    [5.17857, 5.17858]
    """
    n, items, box = count(values(n), "n"), count(values(items), "items"), values(mean)
    if sd is None:
        return attainable_means(box, n, items)
    sums, spread = _multiples(_finite(mean, "mean"), n * items), _finite(sd, "sd")
    divisor = _divisor(count(n, "n", 2), values(population))
    if len(sums) > _MOST_SUMS:
        return attainable_means(box, n, items)
    kept = [s for s in sums if _squares(s, spread, n, items, divisor)]
    if not kept:
        raise DomainError(f"no {n * items} whole numbers have a mean in {box} and an sd in {spread}")
    return Interval(Fraction(kept[0], n * items), Fraction(kept[-1], n * items))


@check(
    kind="printed",
    roles="measure: mean sd; count: n items; constant: population",
    topic="a scale",
    example="cronbach_alpha([attained_sd(3.1, 1.2, 50), attained_sd(2.8, 1.1, 50)], [.44, .44])",
    reference="Allard 2018, Analytic-GRIMMER (online)",
    assumptions="whole-number answers of all n respondents; the sd divides by n - 1 (population=1: by n)",
    words="sd {sd} of {n} × {items} whole numbers with mean {mean}",
)
def attained_sd(mean, sd, n, items=1, population=0) -> Interval:
    """Standard deviations that n · items whole numbers can have inside what is printed, given the printed mean.

    >>> from replica.audit.numbers import read
    >>> print(attained_sd(read("3.50"), read("1.27"), 10).text(6))
    [1.26929, 1.2693]
    """
    return attainable_sds(values(mean), values(sd), n=count(values(n), "n", 2), items=count(values(items), "items"),
                          population=values(population))  # fmt: skip


# --- standard deviations ---------------------------------------------------------------------------------------------
def _spread(mean: Interval, low: Fraction, high: Fraction) -> Interval:
    """(mean - low)(high - mean) over the part of the box inside the scale: exact, by the ends and the vertex."""
    inside = mean.intersection(Interval(low, high))
    if inside is None:
        raise DomainError(f"a mean of {mean} lies outside [{low}, {high}]")
    found = [interval((m - low) * (high - m)) for m in (inside.lo, inside.hi)]
    if inside.lo <= (low + high) / 2 <= inside.hi:
        found.append(interval((high - low) ** 2 / 4))
    return hull(found)


@check(
    roles="measure: mean; constant: low high population; count: n",
    topic="a table of means",
    example="sd_bound(4.1, 1, 7, 180)",
    reference="Bhatia & Davis 2000, A better bound on the variance, American Mathematical Monthly 107(4)",
    assumptions="all values lie between low and high; the sd divides by n - 1 (population=1: by n)",
    words="√(({mean} - {low}) × ({high} - {mean}) × n/(n - 1)), n = {n}",
)
def sd_bound(mean, low, high, n, population=0) -> Interval:
    """The largest standard deviation that n values between `low` and `high` with this mean can have.

    Formula: sd² ≤ (mean - low)(high - mean) · n / (n - 1). It is reached only where every value is an end of the
    scale; `possible_sd` is sharper for whole numbers.

    Examples
    --------
    >>> print(sd_bound(4, 1, 7, 180).text(6))
    [3.00836, 3.00837]
    """
    low, high = _scale_ends(low, high)
    n = count(n, "n", 2)
    return sqrt(_spread(_finite(mean, "mean"), low, high) * Fraction(n, _divisor(n, population)))


def _extreme_squares(total: int, n: int, low: int, high: int) -> tuple[int, int]:
    """Smallest and largest Σx² of n whole numbers in [low, high] with the sum `total`."""
    base, extra = divmod(total, n)
    smallest = (n - extra) * base**2 + extra * (base + 1) ** 2
    at_high, rest = divmod(total - n * low, high - low)
    if at_high == n:
        return smallest, n * high**2
    return smallest, at_high * high**2 + (low + rest) ** 2 + (n - at_high - 1) * low**2


@check(
    kind="printed",
    roles="measure: mean; constant: low high integers population; count: n items",
    topic="a table of means",
    example="possible_sd(1.29, 1, 7, 180, integers=1)",
    reference="Bhatia & Davis 2000, American Mathematical Monthly 107(4); for whole numbers by an exchange argument",
    assumptions="all n values lie between low and high; with integers=1 they are whole numbers",
    words="between the smallest and the largest sd of {n} values in [{low}, {high}] with mean {mean}",
)
def possible_sd(mean, low, high, n, integers=0, items=1, population=0) -> Interval:
    """All standard deviations of n values between `low` and `high` with this mean, from the smallest to the largest.

    Real values: from 0 to `sd_bound`. Whole numbers (``integers=1``): for each possible sum, the smallest Σx² is that
    of values as equal as can be, the largest that of values at the ends with one in between. No power where the set
    covers every sd that could be printed, which is the rule: it catches only gross errors.

    Raises
    ------
    DomainError
        If the mean lies outside the scale, or no whole numbers have it.

    Examples
    --------
    >>> print(possible_sd(Interval(Fraction("1.285"), Fraction("1.295")), 1, 7, 180, integers=1).text(4))
    [0.4545, 1.289]
    """
    low, high = _scale_ends(low, high)
    n, items = count(values(n), "n", 2), count(values(items), "items")
    mean, divisor = _finite(mean, "mean"), _divisor(n, population)
    largest = Interval(Fraction(0), sd_bound(mean, low, high, n, values(population)).hi)
    if not flag(values(integers), "integers"):
        return largest
    if (low * items).denominator != 1 or (high * items).denominator != 1:
        raise ValueError(f"low, high: a scale of whole numbers is needed, not {low} to {high}")
    bottom, top = int(low * items), int(high * items)
    sums = _multiples(mean, n * items)
    sums = range(max(sums.start, n * bottom), min(sums.stop, n * top + 1))
    if not sums:
        raise DomainError(f"no {n} whole-number answers in [{low}, {high}] have a mean in {mean}")
    if len(sums) > _MOST_SUMS:
        return largest
    squares = ((s, q) for s in sums for q in _extreme_squares(s, n, bottom, top))
    return sqrt(hull(interval(Fraction(q * n - s * s, n * divisor * items**2)) for s, q in squares))


def _squares(total: int, sd: Interval, n: int, items: int, divisor: int) -> tuple[int, int] | None:
    """Smallest and largest sum of squares, with the parity of the sum `total`, that give an sd in the box."""
    shift = Fraction(total * total, n)
    base, extra = divmod(total, n)
    equal = (n - extra) * base**2 + extra * (base + 1) ** 2
    first = max(equal, math.ceil(max(Fraction(0), sd.lo) ** 2 * divisor * items**2 + shift))
    last = math.floor(sd.hi**2 * divisor * items**2 + shift) if sd.hi >= 0 else -1
    first, last = first + (first - total) % 2, last - (last - total) % 2
    return (first, last) if first <= last else None


def attainable_sds(mean: Interval, sd: Interval, n: int, items: int = 1, population: int = 0) -> Interval:
    """Standard deviations of whole numbers that lie in the box `sd`, given the box `mean` (see `grimmer`).

    Raises
    ------
    DomainError
        If there is none.
    """
    centre, box = _finite(mean, "mean"), _finite(sd, "sd")
    n, items = count(n, "n", 2), count(items, "items")
    divisor, sums = _divisor(n, population), _multiples(centre, n * items)
    if len(sums) > _MOST_SUMS:  # far beyond any power
        return Interval(max(Fraction(0), box.lo), box.hi)
    found = []
    for total in sums:
        ends = _squares(total, box, n, items, divisor)
        found += [Fraction(q * n - total * total, n * divisor * items**2) for q in ends or ()]
    if not found:
        raise DomainError(f"no {n * items} whole numbers have a mean in {centre} and an sd in {box}")
    return sqrt(Interval(min(found), max(found)))


@check(
    kind="printed",
    roles="measure: mean sd; count: n items; constant: population",
    topic="a table of means",
    example="grimmer(3.44, 2.47, 18)",
    reference="Allard 2018, Analytic-GRIMMER (online); Anaya 2016, The GRIMMER test, PeerJ Preprints",
    assumptions="whole-number answers of all n respondents; the sd divides by n - 1 (population=1: by n)",
    words="an sd near {sd} of {n} × {items} whole numbers with mean {mean}",
)
def grimmer(mean, sd, n, items=1, population=0) -> Interval:
    """Standard deviations of whole numbers that would print as `sd`, given the printed mean.

    For every possible sum S (GRIM), Σx² must be a whole number with the parity of S (x² and x are both even or both
    odd), at least that of values as equal as can be, and sd² = (Σx² - S²/n) / (n - 1). Answers averaged over `items`
    are scaled up first. Necessary, not sufficient: for very small n some of these sums of squares cannot be reached.
    The sums of squares that fit fill a stretch of length (n - 1) · items² · (hi² - lo²): from 2 on, and where GRIM has
    no power, GRIMMER has none.

    Raises
    ------
    DomainError
        If no such standard deviation exists.

    Examples
    --------
    >>> from replica.audit.numbers import read
    >>> print(grimmer(read("3.50"), read("1.27"), 10).text(6))
    [1.26929, 1.2693]
    >>> grimmer(read("3.54"), read("1.32"), 10)
    Traceback (most recent call last):
        ...
    replica.audit.interval.DomainError: no 10 whole numbers have a mean in [3.535, 3.545] and an sd in [1.315, 1.325]
    """
    n, items, population = count(values(n), "n", 2), count(values(items), "items"), values(population)
    return _with_neighbours(sd, lambda box: attainable_sds(values(mean), box, n, items, population))


def attainable_binary_sds(mean: Interval, sd: Interval, n: int, population: int = 0) -> Interval:
    """Standard deviations of zeros and ones that lie in the box `sd`, given the box `mean` (see `debit`).

    Raises
    ------
    DomainError
        If there is none.
    """
    centre, box, n = _finite(mean, "mean"), _finite(sd, "sd"), count(n, "n", 2)
    inside, divisor = centre.intersection(Interval(0, 1)), _divisor(n, population)
    ones = _multiples(inside, n) if inside and box.hi >= 0 else range(0)
    if len(ones) > _MOST_SUMS:
        raise ValueError(f"mean: {centre} holds {len(ones)} possible counts of {n}; more decimals are needed")
    variances = [Fraction(k * (n - k), n * divisor) for k in ones]
    fitting = [v for v in variances if max(box.lo, Fraction(0)) ** 2 <= v <= box.hi**2]
    if not fitting:
        raise DomainError(f"no {n} zeros and ones have a mean in {centre} and an sd in {box}")
    return sqrt(Interval(min(fitting), max(fitting)))


@check(
    kind="printed",
    roles="measure: mean sd; count: n; constant: population",
    topic="a table of means",
    example="debit(0.19, 0.35, 1683)",
    reference="Heathers & Brown 2019, DEBIT: a simple consistency test for binary data (online)",
    assumptions="every observation is 0 or 1; the sd divides by n - 1 (population=1: by n)",
    words="√({mean} × (1 - {mean}) × n/(n - 1)), n = {n}, at {sd}",
)
def debit(mean, sd, n, population=0) -> Interval:
    """Standard deviations of 0/1 data that would print as `sd`, given the printed mean, which determines it.

    Formula: sd² = m(1 - m) · n / (n - 1) with m = k / n. Near m = 1/2 the sd hardly depends on m, and with few
    decimals its neighbours pass as well: there the check is weak.

    Raises
    ------
    DomainError
        If no number k of ones gives both.

    Examples
    --------
    Two rows of the table of the paper:

    >>> from replica.audit.numbers import read
    >>> print(debit(read("0.93"), read("0.25"), 1683).text(4))
    [0.2472, 0.2633]
    >>> debit(read("0.19"), read("0.35"), 1683)
    Traceback (most recent call last):
        ...
    replica.audit.interval.DomainError: no 1683 zeros and ones have a mean in [0.185, 0.195] and an sd in [0.345, 0.355]
    """
    n, population = count(values(n), "n", 2), values(population)
    return _with_neighbours(sd, lambda box: attainable_binary_sds(values(mean), box, n, population))


# --- unknown sizes ---------------------------------------------------------------------------------------------------
@check(
    kind="printed",
    roles="count: n total; measure: mean1 mean2",
    topic="a table of means",
    example="split_size(20, 4.71, 5.3, 40)",
    reference="Brown & Heathers 2017 (GRIM); Bauer & Francis 2021, Behavior Research Methods 53",
    assumptions="whole-number answers in two groups that make up the total, none missing",
    words="the possible size of the first group next to {n}, for means {mean1} and {mean2} of {total} people",
)
def split_size(n, mean1, mean2, total) -> Interval:
    """The size of the first of two groups that both means allow, next to `n`, where only the total is known.

    Raises
    ------
    DomainError
        If no split of the total allows both means.

    Examples
    --------
    >>> from replica.audit.numbers import read
    >>> print(split_size(20, read("4.71"), read("5.3"), 40))
    21
    """
    wanted, total = count(values(n), "n"), count(values(total), "total", 2, _MOST_SUMS)
    first, second = _finite(mean1, "mean1"), _finite(mean2, "mean2")
    fitting = [k for k in range(1, total) if _multiples(first, k) and _multiples(second, total - k)]
    if not fitting:
        raise DomainError(f"no two groups of {total} people have these means")
    return interval(min(fitting, key=lambda k: (abs(k - wanted), -k)))
