"""Checks of everyday arithmetic: shares, growth, multiples, stocks and flows, units and powers of ten.

Each returns the Interval of all values that the quantity can take, in the unit named; the audit compares it with the
printed one. Sums, means and weighted means are part of the formula language itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations, product

from .decide import judge
from .formula import Key, compile_formula
from .interval import DomainError, Interval, interval, root
from .numbers import read
from .registry import check, column, count


@check(
    reference="definition",
    assumptions="the part belongs to the whole",
    words="{part} / {whole} × 100",
    attained=True,
)
def share(part, whole) -> Interval:
    """Part in percent of the whole.

    >>> print(share(92, 200))
    46
    """
    return interval(part) / interval(whole) * 100


@check(
    reference="definition",
    assumptions="the parts are disjoint and make up the whole",
    words="{part} / ({part} + {others}) × 100",
    attained=True,
)
def share_of_sum(part, others) -> Interval:
    """Part in percent of itself and the other parts, the part being one unknown.

    Formula: 100 / (1 + Σ others / part).

    >>> print(share_of_sum(Interval(1, 2), [3, 5]).text(4))
    [11.11, 20]
    """
    part, rest = interval(part), sum(column(others, "others"), interval(0))
    if part.lo < 0 or rest.lo < 0 or part.hi + rest.hi == 0:
        raise DomainError("parts of a whole are not negative, and not all zero")
    low = Fraction(0) if part.lo == 0 else 100 / (1 + rest.hi / part.lo)
    high = Fraction(100) if rest.lo == 0 else 100 / (1 + rest.lo / part.hi)
    return Interval(low, high)


@check(
    reference="definition",
    assumptions="both numbers are in the same unit",
    words="({new} / {old} − 1) × 100",
    attained=True,
)
def growth(new, old) -> Interval:
    """Growth from `old` to `new`, in percent.

    >>> print(growth(3, 2))
    50
    """
    return (interval(new) / interval(old) - 1) * 100


@check(
    reference="definition",
    assumptions="both numbers are in the same unit; `years` steps of growth lie between them",
    words="(({new} / {old})^(1/{years}) − 1) × 100",
)
def cagr(new, old, years) -> Interval:
    """Compound annual growth rate, in percent: ((new / old)^(1 / years) - 1) · 100.

    >>> print(cagr(4, 1, 2))
    100
    """
    return (root(interval(new) / interval(old), count(years, "years")) - 1) * 100


@check(
    reference="definition",
    assumptions="each rate applies to the level before it",
    words="{old} × (1 + {rate}/100)^{years}",
    attained=True,
)
def grown(old, rate, years=1) -> Interval:
    """Level after `years` steps of growth at `rate` percent; the inverse of `growth` and `cagr`.

    >>> print(grown(200, 10, 2))
    242
    """
    return interval(old) * (1 + interval(rate) / 100) ** count(years, "years")


@check(
    reference="definition",
    assumptions="the rate applies to the earlier level",
    words="{new} / (1 + {rate}/100)^{years}",
    attained=True,
)
def before_growth(new, rate, years=1) -> Interval:
    """Level before `years` steps of growth at `rate` percent.

    >>> print(before_growth(242, 10, 2))
    200
    """
    return interval(new) / (1 + interval(rate) / 100) ** count(years, "years")


@check(
    reference="definition",
    assumptions="both numbers are in the same unit",
    words="{new} / {old}",
    attained=True,
)
def multiple(new, old) -> Interval:
    """How many times `old` goes into `new`.

    >>> print(multiple(6, 4))
    1.5
    """
    return interval(new) / interval(old)


@check(
    reference="definition",
    assumptions="both numbers are in the same unit",
    words="{new} / {old} − 1",
    attained=True,
)
def times_more(new, old) -> Interval:
    """By how many times `old` the number rose: the strict reading of "increased 4.9 times".

    >>> print(times_more(6, 4))
    0.5
    """
    return interval(new) / interval(old) - 1


@check(
    reference="System of National Accounts 2008, chapter 2 (opening stock + flows = closing stock)",
    assumptions="nothing but the named flows changes the stock",
    words="{opening} + {inflow} − {outflow}",
    attained=True,
)
def stock_flow(opening, inflow, outflow) -> Interval:
    """Closing stock from the opening stock and the flows of the period.

    >>> print(stock_flow(120, 15, 9))
    126
    """
    return interval(opening) + interval(inflow) - interval(outflow)


@check(
    reference="definition",
    assumptions="the average head count is the mean of opening and closing",
    words="{leavers} / (({opening} + {closing}) / 2) × 100",
    attained=True,
)
def turnover_rate(leavers, opening, closing) -> Interval:
    """Leavers in percent of the mean of opening and closing head count; see `share` for other bases.

    >>> print(turnover_rate(10, 90, 110))
    10
    """
    return interval(leavers) / ((interval(opening) + interval(closing)) / 2) * 100


@check(
    reference="definition: 15 mu are one hectare",
    assumptions="mu of mainland China",
    words="{mu} / 15",
    attained=True,
)
def hectares(mu) -> Interval:
    """Area in hectares of an area in mu (亩).

    >>> print(hectares(30))
    2
    """
    return interval(mu) / 15


@check(
    reference="definition",
    assumptions="both places speak of the same quantity",
    words="{elsewhere}",
    attained=True,
)
def repeats(elsewhere) -> Interval:
    """The same quantity as printed at another place (a table, the abstract, another section).

    >>> print(repeats(7))
    7
    """
    return interval(elsewhere)


def agreeing_powers(
    statements: Sequence[tuple[str, str]],
    powers: Iterable[int] = (-4, -3, -2, -1, 1, 2, 3, 4),
    most: int = 2,
) -> list[dict[str, int]]:
    """Which printed numbers have to be moved by which powers of ten for all statements to agree.

    Powers cover the slips between million, billion, 万 (10⁴) and 亿 (10⁸), and a moved decimal point.

    Parameters
    ----------
    statements : list of (formula, printed)
        Such as ``("growth(321557, 31562.8)", "1.9 %")``. The same number in several statements is moved in all.
    powers : iterable of int
        Powers of ten to try for each number.
    most : int
        Largest number of numbers moved at once.

    Returns
    -------
    list of dict
        Every smallest solution: number as printed to power of ten. ``[{}]`` where the statements agree as printed, an
        empty list where no solution with at most `most` moved numbers exists.

    Raises
    ------
    ValueError
        If a formula or a printed number cannot be read, or there is no statement.

    Examples
    --------
    >>> agreeing_powers([("growth(321557, 31562.8)", "1.9 %")])
    [{'31562.8': 1}, {'321557': -1}]
    """
    if not statements:
        raise ValueError("statements: at least one is needed")
    compiled = [(compile_formula(f, {}).readings, read(p, share=False)) for f, p in statements]
    numbers = sorted({k for readings, _ in compiled for r in readings for k in r.keys})
    kept = [p for p in dict.fromkeys(powers) if p]
    for size in range(most + 1):
        found = []
        for chosen in combinations(numbers, size):
            for shifts in product(kept, repeat=size):
                moved = {k: f"{k[2]}e{p}" for k, p in zip(chosen, shifts, strict=True)}
                if all(_agrees(readings, target, moved) for readings, target in compiled):
                    found.append({k[2]: p for k, p in zip(chosen, shifts, strict=True)})
        if found:
            return sorted(found, key=lambda s: ([abs(p) for p in s.values()], list(s)))
    return []


def _agrees(readings, target, moved: dict[Key, str]) -> bool:
    return judge(readings, target, moved).verdict in ("consistent", "open")
