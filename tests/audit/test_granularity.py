"""GRIM, GRIMMER, DEBIT and the bounds on means and sds: published examples, brute force, properties."""

from __future__ import annotations

from fractions import Fraction as F
from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from replica.audit.decide import judge
from replica.audit.formula import compile_formula
from replica.audit.granularity import (
    attainable_means,
    attainable_sds,
    debit,
    grim,
    grimmer,
    possible_mean,
    possible_sd,
    sd_bound,
)
from replica.audit.interval import DomainError, Interval
from replica.audit.numbers import read


def stands(check, *arguments) -> bool:
    try:
        return check(*arguments).meets(arguments[1].interval if check in (grimmer, debit) else arguments[0].interval)
    except DomainError:
        return False


def printed(value: float, decimals: int):
    return read(f"{value:.{decimals}f}")


# --- published examples ----------------------------------------------------------------------------------------------
def test_the_example_of_the_grim_paper():
    """Brown & Heathers (2017): a mean of 5.19 with n = 28 is impossible, 5.18 and 5.21 are possible."""
    assert not stands(grim, read("5.19"), 28)
    assert stands(grim, read("5.18"), 28) and stands(grim, read("5.21"), 28)


SCRUTINY_MEANS = """7.22 32 1|4.74 25 0|5.23 29 0|2.57 24 0|6.77 27 0|2.68 28 1|7.01 29 0|7.38 26 1|3.14 27 0|6.89 31 0
|5.00 25 1|0.24 28 0""".replace("\n", "").split("|")  # fmt: skip


@pytest.mark.parametrize("case", SCRUTINY_MEANS)
def test_grim_agrees_with_the_table_in_scrutiny(case):
    """The documentation of the R package scrutiny, `grim_map(pigs1)`."""
    mean, n, consistent = case.split()
    assert stands(grim, read(mean), int(n)) == bool(int(consistent))


@pytest.mark.parametrize("case", ["67.4 0", "54.2 0", "54.0 1", "69.8 0", "68.1 0", "55.4 0"])
def test_grim_on_percentages_agrees_with_scrutiny(case):
    """The same, `grim_map(pigs2, percent = TRUE)`, n = 150: a percentage is a mean of numbers 0 and 100."""
    percentage, consistent = case.split()
    share = read(percentage).interval / 100
    try:
        attainable_means(share, 150)
        found = True
    except DomainError:
        found = False
    assert found == bool(int(consistent))


def test_grimmer_agrees_with_scrutiny():
    """The same, `grimmer(x = "7.3", sd = "2.51", n = 12)` is FALSE although the mean is possible with more decimals."""
    assert not stands(grimmer, read("7.3"), read("2.51"), 12)


@pytest.mark.parametrize("case", [
    "0.53 0.50 1", "0.44 0.50 1", "0.77 0.42 1", "0.19 0.35 0", "0.34 0.47 1", "0.93 0.25 1", "0.12 0.33 1",
])  # fmt: skip
def test_debit_agrees_with_its_paper(case):
    """Table 1 of Heathers & Brown (2019), n = 1683, as tested in scrutiny's `debit_map(pigs3)`."""
    mean, sd, consistent = case.split()
    assert stands(debit, read(mean), read(sd), 1683) == bool(int(consistent))


def test_debit_on_a_small_sample():
    """Scrutiny's `debit(x = "0.35", sd = "0.18", n = 20)` is FALSE; the sd that the mean implies passes."""
    assert not stands(debit, read("0.35"), read("0.18"), 20)
    assert stands(debit, read("0.35"), read("0.49"), 20)


# --- passing, failing, at the rounding edge --------------------------------------------------------------------------
def test_grim_at_the_rounding_edge():
    """5/8 = 0.625 lies exactly between 0.62 and 0.63: a tie may go either way."""
    assert stands(grim, read("0.62"), 8) and stands(grim, read("0.63"), 8)
    assert not stands(grim, read("0.64"), 8)


def test_grimmer_at_the_rounding_edge():
    """Values 0 and 1, n = 2: sd = √½ = 0.7071…; the mean ½ is odd, so Σx² is 1, 3, 5 …"""
    assert stands(grimmer, read("0.5"), read("0.71"), 2) and stands(grimmer, read("0.5"), read("0.7071"), 2)
    assert not stands(grimmer, read("0.5"), read("0.72"), 2)
    assert not stands(grimmer, read("0.5"), read("0.7072"), 2)


def test_sd_bound_at_the_edge():
    """Half of the answers at each end of a scale reach the bound."""
    answers = [1] * 5 + [7] * 5
    bound = sd_bound(4, 1, 7, 10)
    assert abs(float(bound.hi) - np.std(answers, ddof=1)) < 1e-12
    assert sd_bound(Interval(F(7, 2), F(9, 2)), 1, 7, 10).hi == bound.hi
    with pytest.raises(DomainError, match="outside"):
        sd_bound(8, 1, 7, 10)


def test_possible_mean():
    assert 4 in possible_mean(1, 7) and 8 not in possible_mean(1, 7)
    with pytest.raises(DomainError, match="exceeds"):
        possible_mean(read("0.075"), read("0.026"))


# --- power -----------------------------------------------------------------------------------------------------------
def test_without_power_the_neighbours_pass_as_well():
    """The ledger calls a check weak where a change of the last digit passes: the enclosure reaches the neighbours."""
    strong, weak = grim(read("5.18"), 28), grim(read("2.36"), 180)
    assert not strong.meets(read("5.17").interval) and not strong.meets(read("5.19").interval)
    assert weak.meets(read("2.35").interval) and weak.meets(read("2.37").interval)


@pytest.mark.parametrize("formula, printed_value, verdict, discriminates", [
    ("grim(5.18, 28)", "5.18", "consistent", True), ("grim(5.19, 28)", "5.19", "inconsistent", True),
    ("grim(2.36, 180)", "2.36", "consistent", False), ("grimmer(2.25, 1.880, 180)", "1.880", "inconsistent", True),
    ("grimmer(2.25, 1.88, 180)", "1.88", "consistent", False),
    ("debit(0.19, 0.35, 1683)", "0.35", "inconsistent", True),
    ("possible_sd(2.36, 1, 7, 180, integers=1)", "1.806", "consistent", False),
    ("possible_sd(2.36, 1, 7, 180, integers=1)", "2.806", "inconsistent", True),
])  # fmt: skip
def test_verdicts_of_the_ledger_say_weak_where_nothing_could_fail(formula, printed_value, verdict, discriminates):
    found = judge(compile_formula(formula, {}).readings, read(printed_value))
    assert (found.verdict, found.discriminates) == (verdict, discriminates)


# --- brute force -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("n", [5, 6, 7])
def test_grimmer_against_every_small_sample(n):
    """Every sample from a scale of 1 to 7 passes; away from its ends, samples reach nearly all pairs that pass."""
    real = {(round(np.mean(x), 2), round(np.std(x, ddof=1), 2)) for x in combinations_with_replacement(range(1, 8), n)}
    for mean, sd in real:
        assert stands(grimmer, printed(mean, 2), printed(sd, 2), n), (mean, sd)
    means = sorted({m for m, _ in real if 3 <= m <= 5})
    grid = [(m, k / 100) for m in means for k in range(0, 180)]
    passing = [(m, s) for m, s in grid if stands(grimmer, printed(m, 2), printed(s, 2), n)]
    assert len(passing) < 0.5 * len(grid)
    assert len([p for p in passing if p in real]) >= 0.8 * len(passing)


@pytest.mark.parametrize("n", [4, 7])
def test_possible_sd_is_attained_for_whole_numbers(n):
    """Smallest and largest sd at every mean, against every sample."""
    by_mean: dict[F, list[float]] = {}
    for x in combinations_with_replacement(range(1, 6), n):
        by_mean.setdefault(F(sum(x), n), []).append(float(np.std(x, ddof=1)))
    for mean, sds in by_mean.items():
        found = possible_sd(Interval(mean), 1, 5, n, integers=1)
        assert abs(float(found.lo) - min(sds)) < 1e-12 and abs(float(found.hi) - max(sds)) < 1e-12
        assert possible_sd(Interval(mean), 1, 5, n).hi >= found.hi


def test_averaged_items_are_scaled():
    """Three whole-number items averaged: 4 1/3 is possible for one respondent, and their sds are thirds."""
    assert stands(grim, read("4.33"), 1, 3) and not stands(grim, read("4.40"), 1, 3)
    sample = np.array([1 + 1 / 3, 2, 2 + 2 / 3, 4])
    assert stands(grimmer, printed(sample.mean(), 3), printed(sample.std(ddof=1), 3), 4, 3)


# --- properties ------------------------------------------------------------------------------------------------------
samples = st.tuples(
    st.integers(2, 400), st.integers(0, 2**32 - 1), st.sampled_from([(1, 5), (1, 7), (0, 10)]), st.integers(1, 4)
)


def sample(case):
    n, seed, (low, high), items = case
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.ones(high - low + 1))
    return rng.choice(np.arange(low, high + 1), size=(n, items), p=weights).mean(axis=1), n, low, high, items


@settings(max_examples=150, deadline=None)
@given(samples, st.integers(1, 3), st.integers(1, 3))
def test_true_values_are_never_called_impossible(case, mean_decimals, sd_decimals):
    x, n, low, high, items = sample(case)
    mean, sd = printed(x.mean(), mean_decimals), printed(x.std(ddof=1), sd_decimals)
    assert stands(grim, mean, n, items)
    assert stands(grimmer, mean, sd, n, items)
    assert possible_sd(mean, low, high, n, integers=1, items=items).meets(sd.interval)
    assert possible_sd(mean, low, high, n).meets(sd.interval)
    assert sd_bound(mean, low, high, n).hi >= sd.interval.lo
    assert stands(grimmer, mean, printed(x.std(), sd_decimals), n, items, 1)


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 2000), st.data(), st.integers(1, 3), st.integers(1, 3))
def test_true_binary_values_are_never_called_impossible(n, data, mean_decimals, sd_decimals):
    ones = data.draw(st.integers(0, n))
    share = ones / n
    sd = (share * (1 - share) * n / (n - 1)) ** 0.5
    assert stands(debit, printed(share, mean_decimals), printed(sd, sd_decimals), n)


@settings(max_examples=80, deadline=None)
@given(st.integers(3, 60), st.fractions(1, 7, max_denominator=500), st.fractions(0, 3, max_denominator=500))
def test_smaller_boxes_give_smaller_sets(n, mean, sd):
    wide = (Interval(mean - F(1, 20), mean + F(1, 20)), Interval(sd, sd + F(1, 10)))
    narrow = (Interval(mean - F(1, 50), mean + F(1, 100)), Interval(sd + F(1, 50), sd + F(1, 25)))
    try:
        found = attainable_sds(*narrow, n)
    except DomainError:
        assume(False)
    assert found.within(attainable_sds(*wide, n))
    assert found.lo >= narrow[1].lo - F(1, 10**30) and found.hi <= narrow[1].hi + F(1, 10**30)


@pytest.mark.parametrize("call, name", [
    (lambda: grim(read("2.5"), 0), "n"), (lambda: grim(read("2.5"), 10, F(3, 2)), "items"),
    (lambda: sd_bound(3, 7, 1, 10), "low"), (lambda: possible_sd(3, 1, 7, 1), "n"),
    (lambda: possible_sd(3, F(1, 2), 7, 10, integers=1), "low"), (lambda: debit(read("0.5"), read("0.5"), 1), "n"),
    (lambda: grimmer(Interval(0, float("inf")), read("1.0"), 5), "mean"),
])  # fmt: skip
def test_bad_arguments_are_named(call, name):
    with pytest.raises(ValueError, match=name):
        call()
