"""Enclosures of distribution functions against scipy, closed forms and each other."""

from __future__ import annotations

import math
from fractions import Fraction as F

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from replica.audit.interval import INFINITY, Interval, exp, root
from replica.audit.special import (
    beta_cdf,
    chi2_sf,
    f_sf,
    normal_quantile,
    normal_sf,
    t_quantile,
    t_sf,
)

SCIPY = 1e-9  # relative accuracy that scipy is trusted with
TINY = 1e-250  # below it scipy rounds some tails to zero


def agrees(found: Interval, reference: float, tolerance: float = SCIPY) -> bool:
    slack = tolerance * abs(reference) + TINY
    return float(found.lo) - slack <= reference <= float(found.hi) + slack


def check_all(cases, function, reference, width=1e-19, tolerance=SCIPY):
    wrong = []
    for case in cases:
        found = function(*(F(float(x)) for x in case))
        wide = found.hi > F(10) ** -250 and found.width > found.hi * F(width)
        if wide or not agrees(found, float(reference(*case)), tolerance):
            wrong.append((case, found, float(reference(*case))))
    assert not wrong, wrong[:3]


RNG = np.random.default_rng(20250422)
LOG_DF = np.exp(RNG.uniform(0, np.log(5000), 1200)).round()


def test_normal_against_scipy():
    z = np.concatenate([RNG.uniform(-8, 8, 1000), RNG.uniform(8, 37, 200)])
    check_all([(x,) for x in z], normal_sf, stats.norm.sf)


def test_t_against_scipy():
    check_all(list(zip(RNG.normal(0, 4, 1200), LOG_DF, strict=True)), t_sf, stats.t.sf)


@pytest.mark.parametrize("t", [1e-3, 0.5, 2.0, 12.0, 40.0, 1000.0])
@pytest.mark.parametrize("df", [1.0, 2.0, 30.0, 1e3, 1e5])
def test_t_far_out(t, df):
    assert agrees(t_sf(F(t), F(df)), stats.t.sf(t, df))


def test_chi_square_against_scipy():
    cases = list(zip(np.exp(RNG.uniform(-6, 7, 1200)), LOG_DF, strict=True))
    check_all(cases, chi2_sf, stats.chi2.sf)


def test_f_against_scipy():
    cases = list(zip(np.exp(RNG.uniform(-4, 5, 800)), np.exp(RNG.uniform(0, 6, 800)).round(), LOG_DF, strict=False))
    check_all(cases, f_sf, stats.f.sf)


@pytest.mark.parametrize("d1, d2", [(1.0, 1e6), (1e6, 1.0), (3.0, 1e6), (1e6, 3.0)])
def test_f_with_unbalanced_degrees_of_freedom(d1, d2):
    for x in (0.1, 1.0, 5.0, 200.0):
        assert agrees(f_sf(F(x), F(d1), F(d2)), stats.f.sf(x, d1, d2), 1e-7)


def test_beta_against_scipy():
    a, b = np.exp(RNG.uniform(-1, 5, (2, 400)))
    cases = list(zip(RNG.uniform(0, 1, 400), a, b, strict=True))
    check_all(cases, beta_cdf, stats.beta.cdf)


def test_quantiles_against_scipy():
    p = [*RNG.uniform(0.001, 0.999, 8), 1e-12, 0.975, 0.999999]
    check_all([(x,) for x in p], normal_quantile, stats.norm.ppf, width=1e-10)
    check_all([(x, d) for x in p for d in (1.0, 7.0, 536.0)], lambda x, d: abs(t_quantile(x, d)),
              lambda x, d: abs(stats.t.ppf(x, d)), width=1e-10, tolerance=1e-8)  # fmt: skip


# --- fifty digits ----------------------------------------------------------------------------------------------------
def holds(found: Interval, reference) -> bool:
    """Whether the enclosure, whose relative width is below 10^-19, holds a value computed with fifty digits."""
    low, high = (mpmath.mpf(end.numerator) / end.denominator for end in (found.lo, found.hi))
    return low <= reference * (1 + mpmath.mpf(10) ** -40) and high >= reference * (1 - mpmath.mpf(10) ** -40)


@pytest.mark.parametrize("z", ["0.001", "0.9", "1.96", "6.5", "10.95", "11", "25", "60"])
def test_normal_tail_to_fifty_digits(z):
    with mpmath.workdps(50):
        assert holds(normal_sf(F(z)), mpmath.erfc(mpmath.mpf(z) / mpmath.sqrt(2)) / 2)


@pytest.mark.parametrize("x, df", [("0.01", 1), ("3.84", 1), ("5264.933", 465), ("130", 3), ("520", 465), ("400", 900)])
def test_chi_square_tail_to_fifty_digits(x, df):
    with mpmath.workdps(50):
        a, y = mpmath.mpf(df) / 2, mpmath.mpf(x) / 2
        assert holds(chi2_sf(F(x), df), mpmath.gammainc(a, y, mpmath.inf, regularized=True))


@pytest.mark.parametrize("t, df", [("0.01", 3), ("2.09", 20), ("21.658", 527), ("39.5", 12), ("9.3", 308), ("7", 5000)])
def test_t_tail_to_fifty_digits(t, df):
    with mpmath.workdps(50):
        a, x = mpmath.mpf(df) / 2, df / (df + mpmath.mpf(t) ** 2)
        assert holds(t_sf(F(t), df), mpmath.betainc(a, mpmath.mpf(1) / 2, 0, x, regularized=True) / 2)


# --- closed forms, with rigour of their own --------------------------------------------------------------------------
@pytest.mark.parametrize("x", [F(1, 1000), F(1), F(7, 2), F(60), F(500), F(1200)])
def test_chi_square_with_two_degrees_is_exponential(x):
    assert chi2_sf(x, 2).meets(exp(-x / 2))


@pytest.mark.parametrize("t", [F(1, 100), F(1), F(5), F(1000), F(10**9)])
def test_t_with_two_degrees_is_algebraic(t):
    ratio = 1 / (1 + 2 / (t * t))  # t² / (2 + t²); the tail is (1 - √ratio)/2 = (1 - ratio)/2/(1 + √ratio)
    assert t_sf(t, 2).meets((1 - ratio) / 2 / (1 + root(ratio, 2)))


@pytest.mark.parametrize("x", [F(1, 10), F(2), F(30)])
@pytest.mark.parametrize("d2", [4, 20, 100])
def test_f_with_two_numerator_degrees_is_algebraic(x, d2):
    assert f_sf(x, 2, d2).meets((1 / (1 + 2 * x / d2) + Interval(0)) ** (d2 // 2))


def test_normal_tail_of_a_t_statistic_in_the_millions_is_found_and_holds_zero():
    tail = normal_sf(2_362_500)
    assert tail.lo == 0 and 0 < tail.hi <= F(1, 10**600)


def test_far_normal_tail_lies_between_mills_bounds():
    for z in (12, 30, 44):
        density = exp(F(-z * z, 2)) / root(Interval(F("6.2831853071795864769"), F("6.2831853071795864770")), 2)
        tail = normal_sf(z)
        assert (density * F(z, z * z + 1)).lo < tail.lo <= tail.hi < (density / z).hi


def test_published_critical_values():
    for found, printed in (
        (normal_quantile(F("0.975")), "1.960"),
        (t_quantile(F("0.975"), 10), "2.228"),
    ):
        assert f"{float(found.lo):.3f}" == f"{float(found.hi):.3f}" == printed


# --- properties ------------------------------------------------------------------------------------------------------
numbers = st.fractions(min_value=-30, max_value=30, max_denominator=1000)


@settings(max_examples=25, deadline=None)
@given(numbers, numbers, st.integers(1, 200))
def test_tails_are_complements_monotone_and_isotonic(a, b, df):
    a, b = min(a, b), max(a, b)
    whole = t_sf(Interval(a, b), df)
    assert t_sf(b, df).within(whole) and t_sf(a, df).within(whole)
    assert 1 in t_sf(a, df) + t_sf(-a, df)
    assert t_sf(a, INFINITY) == normal_sf(a)


@settings(max_examples=15, deadline=None)
@given(st.fractions(min_value=F(1, 1000), max_value=F(999, 1000), max_denominator=10**6), st.integers(1, 400))
def test_a_quantile_is_inverted_by_its_distribution(p, df):
    assert 1 - p in t_sf(t_quantile(p, df), df)


def test_unknown_degrees_of_freedom_are_covered():
    both = t_sf(Interval(-2, 2), Interval(5, 50))
    for t in (-2, 0, 2):
        for df in (5, 17, 50):
            assert t_sf(t, df).within(both)


def test_boxes_of_degrees_of_freedom_hold_every_f_tail():
    box = f_sf(Interval(F("2.15"), F("2.25")), Interval(F("2.05"), F("2.15")), Interval(F("28.05"), F("28.15")))
    for x in (2.15, 2.2, 2.25):
        for d1 in (2.05, 2.1, 2.15):
            for d2 in (28.05, 28.15):
                assert float(box.lo) <= stats.f.sf(x, d1, d2) <= float(box.hi)
    assert float(box.width) < 0.04  # the true range is 0.02 wide; cutting the box closes the gap


def test_infinite_ends():
    assert (normal_sf(Interval(0, INFINITY)).lo, normal_sf(Interval(0, INFINITY)).hi) == (0, F(1, 2))
    assert chi2_sf(Interval(0, INFINITY), 3).hi == 1
    assert math.isclose(float(t_sf(Interval(-INFINITY, 1), 3).lo), stats.t.sf(1, 3))


@pytest.mark.parametrize("call", [
    lambda: t_sf(1, 0), lambda: t_quantile(0, 3), lambda: f_sf(1, -1, 2),
    lambda: chi2_sf(1, -3), lambda: normal_quantile(2),
])  # fmt: skip
def test_bad_arguments_are_named(call):
    with pytest.raises(ValueError, match="df|p:"):
        call()
