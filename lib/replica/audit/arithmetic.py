"""Checks of everyday arithmetic: shares, growth, multiples, stocks and flows.

Each returns the Interval of all values that the quantity can take, in the unit named; the audit compares it with the
printed one. Sums, means and weighted means are part of the formula language itself.
"""

from __future__ import annotations

from fractions import Fraction

from .interval import INFINITY, DomainError, Interval, interval, root
from .registry import check, column, count

MOST_YEARS = 200
AMOUNTS = Interval(0, INFINITY)


def _steps(years) -> int:
    try:
        return count(years, "years", 1, MOST_YEARS)
    except ValueError as error:
        raise ValueError(f"{error}; the number of years between the two, such as 4 from 2019 to 2023") from None


@check(
    roles="number: part whole",
    topic="percentages",
    example="share(92, 200)",
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
    roles="number: part others",
    topic="percentages",
    example="share_of_sum(92, [88, 20])",
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
    part, *rest = (x.intersection(AMOUNTS) for x in (interval(part), *column(others, "others")))
    if part is None or None in rest:
        raise DomainError("parts of a whole are not negative")
    rest = sum(rest, interval(0))
    if part.hi == 0 == rest.hi:
        raise DomainError("parts of a whole are not all zero")
    low = Fraction(0) if part.lo == 0 else 100 / (1 + rest.hi / part.lo)
    high = Fraction(100) if rest.lo == 0 else Fraction(0) if part.hi == 0 else 100 / (1 + rest.lo / part.hi)
    return Interval(low, high)


@check(
    roles="number: new old",
    topic="growth and amounts",
    example='growth("2.64 million", "2.31 million")',
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
    roles="number: new old; count: years",
    topic="growth and amounts",
    example='cagr("2.64 million", "2.31 million", 4)',
    reference="definition",
    assumptions="both numbers are in the same unit; `years` steps of growth lie between them",
    words="(({new} / {old})^(1/{years}) − 1) × 100",
)
def cagr(new, old, years) -> Interval:
    """Compound annual growth rate, in percent: ((new / old)^(1 / years) - 1) · 100.

    >>> print(cagr(4, 1, 2))
    100
    """
    return (root(interval(new) / interval(old), _steps(years)) - 1) * 100


@check(
    roles="number: new; measure: rate; count: years",
    topic="growth and amounts",
    example='before_growth("2.64 million", 14.3)',
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
    return interval(new) / (1 + interval(rate) / 100) ** _steps(years)


@check(
    roles="number: new old",
    topic="growth and amounts",
    example='multiple("6.1 million", "1.2 million")',
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
    roles="number: new old",
    topic="growth and amounts",
    example='times_more("6.1 million", "1.2 million")',
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
    roles="number: opening inflow outflow",
    topic="growth and amounts",
    example="stock_flow(120, 15, 9)",
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
    roles="number: leavers opening closing",
    topic="growth and amounts",
    example="turnover_rate(10, 90, 110)",
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
    roles="number: elsewhere",
    topic="growth and amounts",
    example='repeats(T2["SAT", "mean"])',
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
