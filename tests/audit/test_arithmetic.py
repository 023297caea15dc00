"""Checks of everyday arithmetic: each passes, fails, and stands at the rounding edge."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replica.audit import arithmetic
from replica.audit.decide import judge
from replica.audit.formula import compile_formula
from replica.audit.interval import DomainError, Interval, interval
from replica.audit.numbers import read

F = Fraction


def verdict(formula, printed):
    return judge(compile_formula(formula, {}).readings, read(printed, share=False)).verdict


@pytest.mark.parametrize(
    ("formula", "passes", "edge", "fails"),
    [
        # edge: the printed result lies at the very end of what the rounded inputs allow
        ("share(92, 180)", "51.1", "51.11", "51.3"),
        ("share(1, 8)", "12.5", "12", "14"),  # 12.5 may be printed as 12 or 13
        ("share_of_sum(0.5, [0.5, 1.0])", "25.0", "22.0", "20.0"),
        ("growth(2136, 1134)", "88.4 %", "88.36", "88.6"),  # article 07, section 2.1
        ("growth(3191, 2453)", "30.1", "30.09", "30.4"),
        ("cagr(4.0, 1.0, 2)", "100.0", "94.4", "90.0"),  # ((3.95 / 1.05)^(1/2) - 1) × 100 = 93.96
        ("before_growth(121, 10.0, 2)", "100.0", "99.9", "99.7"),
        ("multiple(3191, 441)", "7.2", "7.24", "7.4"),  # article 07, section 2.1
        ("times_more(3191, 441)", "6.2", "6.24", "6.5"),
        ("stock_flow(120, 15, 9)", "126", "126", "127"),
        ("stock_flow(12.0, 1.5, 0.9)", "12.6", "12.8", "13.1"),
        ("turnover_rate(10, 90, 110)", "10.0", "10", "10.3"),
        ("repeats(0.678)", "0.678", "0.68", "0.861"),
        ("repeats(0.615)", "0.61", "0.62", "0.65"),  # printed twice at different lengths: a tie goes either way
    ],
)
def test_each_check_passes_fails_and_meets_its_edge(formula, passes, edge, fails):
    assert verdict(formula, passes) == "consistent"
    assert verdict(formula, edge) == "consistent"
    assert verdict(formula, fails) == "inconsistent"


def test_cut_off_instead_of_rounded():
    assert verdict("growth(9700, 8030)", "20.79 %") == "last digit"  # article 07, section 3.1: 20.797
    assert verdict("growth(9700, 8030)", "20.80 %") == "consistent"


def test_values():
    assert arithmetic.share(Interval(1, 2), 4) == Interval(25, 50)
    assert arithmetic.growth(Interval(3, 4), 2) == Interval(50, 100)
    assert arithmetic.cagr(Interval(4, 9), 1, 2) == Interval(100, 200)
    assert arithmetic.turnover_rate(10, 90, 110) == interval(10)
    assert arithmetic.share_of_sum(Interval(0, 1), [interval(0)]) == Interval(0, 100)


def test_bad_arguments_name_themselves():
    with pytest.raises(ValueError, match="years"):
        arithmetic.cagr(4, 1, F(1, 2))
    with pytest.raises(ValueError, match="years"):
        arithmetic.before_growth(4, 1, 0)
    with pytest.raises(ValueError, match="others"):
        arithmetic.share_of_sum(4, 1)
    with pytest.raises(DomainError):
        arithmetic.share(1, 0)
    with pytest.raises(DomainError):
        arithmetic.share_of_sum(interval(-1), [interval(2)])
    with pytest.raises(DomainError):
        arithmetic.cagr(-4, 1, 2)


@given(st.integers(1, 10**6), st.lists(st.integers(0, 10**6), min_size=1, max_size=4), st.integers(0, 3))
def test_share_of_sum_is_the_exact_range(part, others, half):
    box = Interval(part - F(half, 2), part + F(half, 2)) if part > half else interval(part)
    found = arithmetic.share_of_sum(box, [interval(o) for o in others])
    total = sum(others)
    assert found == Interval(100 * box.lo / (box.lo + total), 100 * box.hi / (box.hi + total))


def test_a_part_that_is_zero_or_rounds_to_it():
    assert verdict("share_of_sum(0, [12, 88])", "0.0") == "consistent"
    assert verdict("share_of_sum(0.0, [12.0, 88.0])", "0.0") == "consistent"
    assert verdict("share_of_sum(0, [12, 88])", "0.2") == "inconsistent"
    assert verdict("share_of_sum(0, [0, 0])", "0.0") == "inconsistent"
