"""Interval arithmetic: every operation contains every value it can take, and rounds outward."""

import decimal
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replica.audit.interval import (
    INFINITY,
    REALS,
    DomainError,
    Interval,
    decimal_text,
    exp,
    hull,
    interval,
    log,
    maximum,
    minimum,
    monotone,
    root,
    sqrt,
)

rationals = st.fractions(min_value=-50, max_value=50, max_denominator=1000)


@st.composite
def boxes(draw):
    """(interval, a value in it)."""
    ends = sorted(draw(st.lists(rationals, min_size=3, max_size=3)))
    lo_open = ends[0] < ends[1] and draw(st.booleans())
    hi_open = ends[1] < ends[2] and draw(st.booleans())
    return Interval(ends[0], ends[2], lo_open, hi_open), ends[1]


@given(boxes(), boxes())
def test_arithmetic_contains_every_value(first, second):
    (x, a), (y, b) = first, second
    assert a + b in x + y
    assert a - b in x - y
    assert a * b in x * y
    assert abs(a) in abs(x)
    assert -a in -x
    if b != 0:
        assert a / b in x / y


@given(boxes(), st.integers(min_value=-4, max_value=5))
def test_powers_contain_every_value_and_know_that_x_occurs_once(first, n):
    x, a = first
    if n >= 0 or a != 0:
        assert a**n in x**n
    if n in (2, 4):
        assert (x**n).lo >= 0


@given(boxes(), boxes())
def test_sets(first, second):
    (x, a), (y, b) = first, second
    both = x.intersection(y)
    assert (both is not None) == x.meets(y) == y.meets(x)
    for value in (a, b):
        assert (value in x and value in y) == (both is not None and value in both)
        assert value not in x or value in hull([x, y])
    assert x.within(hull([x, y])) and y.within(hull([x, y]))
    left, right = x.halves()
    assert a in left or a in right


@given(boxes(), boxes())
def test_minimum_and_maximum_are_of_values_not_of_intervals(first, second):
    (x, a), (y, b) = first, second
    assert min(a, b) in minimum([x, y])
    assert max(a, b) in maximum([x, y])


def test_maximum_of_overlapping_intervals():
    assert maximum([Interval(1, 3), Interval(2, 4)]) == Interval(2, 4)  # mpmath.iv answers [1, 3]


@given(st.fractions(min_value=0, max_value=10**6, max_denominator=10**6), st.integers(min_value=1, max_value=7))
def test_roots_are_enclosed_tightly(value, n):
    found = root(value, n)
    assert found.lo**n <= value <= found.hi**n
    assert found.width <= Fraction(1, 10**35) * max(1, found.hi)


def test_rational_roots_are_exact():
    assert sqrt(Fraction(9, 4)) == interval(Fraction(3, 2))
    assert root(Fraction(27, 8), 3) == interval(Fraction(3, 2))


@given(st.fractions(min_value=Fraction(1, 10**6), max_value=10**6, max_denominator=10**6))
def test_logarithm_against_decimal_at_higher_precision(value):
    with decimal.localcontext() as context:
        context.prec = 80
        true = Fraction((decimal.Decimal(value.numerator) / decimal.Decimal(value.denominator)).ln())
    assert true in log(value)
    assert log(value).width < Fraction(1, 10**36)


@given(st.fractions(min_value=-200, max_value=200, max_denominator=10**6))
def test_exponential_against_decimal_at_higher_precision(value):
    with decimal.localcontext() as context:
        context.prec = 200
        true = Fraction((decimal.Decimal(value.numerator) / decimal.Decimal(value.denominator)).exp())
    found = exp(value)
    assert true in found and found.width <= found.hi / 10**36


def test_division_around_zero():
    assert 1 / Interval(-1, 2) == REALS
    assert 1 / Interval(0, 2) == Interval(Fraction(1, 2), INFINITY)
    with pytest.raises(DomainError):
        1 / Interval(0, 0)


def test_domains():
    assert sqrt(Interval(-1, 4)) == Interval(0, 2)
    for function, argument in ((sqrt, Interval(-2, -1)), (log, Interval(-1, 0))):
        with pytest.raises(DomainError):
            function(argument)
    assert log(Interval(0, 1)).lo == -INFINITY


def test_infinite_ends():
    above = Interval(60, INFINITY, lo_open=True)
    assert 60 not in above and Fraction(601, 10) in above
    assert (above * 2).lo == 120 and (above * 2).hi == INFINITY
    assert (above * 0) == interval(0)
    assert (above - above) == REALS


def test_bad_ends_are_refused():
    for ends in ((0.5,), (math.nan,), (2, 1), ("1",)):
        with pytest.raises(ValueError):
            Interval(*ends)
    with pytest.raises(ValueError):
        Interval(1, 1, lo_open=True)


def test_monotone_takes_the_right_corners():
    found = monotone(lambda a, b: interval(a) / interval(b), Interval(2, 3), Interval(1, 4), signs="+-")
    assert found == Interval(Fraction(1, 2), 3)
    with pytest.raises(ValueError, match="signs"):
        monotone(lambda a: interval(a), 1, signs="+-")


@given(rationals, st.integers(min_value=1, max_value=15))
def test_decimal_text_is_rounded_outward(value, digits):
    low = Fraction(decimal_text(value, digits, down=True))
    high = Fraction(decimal_text(value, digits, down=False))
    assert low <= value <= high
    assert high - low <= abs(value) * Fraction(10) ** (1 - digits)
