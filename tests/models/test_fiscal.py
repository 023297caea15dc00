"""Debt dynamics against exact arithmetic; the reaction test against planted truths and against none."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from replica.models import fiscal

RATES = st.floats(-0.1, 0.2)


def test_recursion_in_exact_fractions():
    rate, growth, balance = [4, 5, 3], [6, 2, 3], [-1, 0, 2]
    debt = Fraction(1, 2)
    exact = [debt]
    for r, g, pb in zip(rate, growth, balance, strict=True):
        debt = debt * Fraction(100 + r, 100 + g) - Fraction(pb, 100)
        exact.append(debt)
    path = fiscal.debt_path(0.5, *(np.array(series) / 100 for series in (rate, growth, balance)))
    assert path == pytest.approx([float(value) for value in exact], abs=1e-14)


@settings(deadline=None)
@given(st.floats(0, 3), RATES, RATES, st.floats(-0.1, 0.1), st.integers(1, 60))
def test_closed_form_is_the_recursion(debt, rate, growth, balance, years):
    path = fiscal.debt_path(debt, np.full(years, rate), np.full(years, growth), np.full(years, balance))
    closed = fiscal.debt_closed_form(debt, rate, growth, balance, years)
    assert float(closed) == pytest.approx(path[-1], rel=1e-8, abs=1e-10)


def test_equal_rates_are_the_limit():
    assert fiscal.debt_closed_form(0.5, 0.04, 0.04, 0.01, 20) == pytest.approx(0.3)
    assert fiscal.debt_closed_form(0.5, 0.04 + 1e-9, 0.04, 0.01, 20) == pytest.approx(0.3, abs=1e-7)


@settings(deadline=None)
@given(st.floats(0, 3), RATES, RATES)
def test_the_stabilising_balance_stabilises(debt, rate, growth):
    balance = fiscal.stabilising_balance(debt, rate, growth)
    assert fiscal.debt_path(debt, [rate], [growth], [float(balance)])[-1] == pytest.approx(debt, abs=1e-12)


def test_shocks_have_the_stated_moments():
    correlation = np.array([[1, -0.4], [-0.4, 1]])
    draws = np.random.default_rng(1).standard_normal((2000, 300, 2))
    late = fiscal.macro_shocks(draws, [0.01, 0.03], correlation, 0.6)[:, 50:]
    assert late.std(axis=(0, 1)) == pytest.approx([0.01, 0.03], rel=0.02)
    assert np.corrcoef(late.reshape(-1, 2).T)[0, 1] == pytest.approx(-0.4, abs=0.02)
    lagged = np.corrcoef(late[:, 1:, 0].ravel(), late[:, :-1, 0].ravel())[0, 1]
    assert lagged == pytest.approx(0.6, abs=0.02)


def test_within_is_least_squares_with_dummies_clustered_by_unit():
    debt, balance = fiscal.reaction_panel(12, 9, 0.1, np.random.default_rng(3))
    units, years = np.indices(debt.shape)
    design = np.column_stack(
        [debt.ravel(), *(units.ravel() == i for i in range(12)), *(years.ravel() == t for t in range(1, 9))]
    ).astype(float)
    clusters = {"groups": units.ravel(), "use_correction": False}
    peer = sm.OLS(balance.ravel(), design).fit(cov_type="cluster", cov_kwds=clusters)
    result = fiscal.reaction(debt, balance)
    assert result.estimate == pytest.approx(peer.params[0], rel=1e-8)
    assert result.error == pytest.approx(peer.bse[0] * np.sqrt(12 / 11), rel=1e-8)


def test_difference_is_two_stage_least_squares():
    debt, balance = fiscal.reaction_panel(15, 8, 0.2, np.random.default_rng(4))
    d, y = (np.diff(series, axis=1) - np.diff(series, axis=1).mean(axis=0) for series in (debt, balance))
    z = debt[:, :-1] - debt[:, :-1].mean(axis=0)
    fitted = z * (z * d).sum() / (z * z).sum()
    expected = (fitted * y).sum() / (fitted * d).sum()
    assert fiscal.reaction(debt, balance, "difference").estimate == pytest.approx(expected, rel=1e-10)


def estimates(method, truth, panels=200, units=100, years=30, **options):
    results = []
    for seed in range(panels):
        debt, balance = fiscal.reaction_panel(units, years, truth, np.random.default_rng(seed), **options)
        results.append(fiscal.reaction(debt, balance, method))
    return results


def test_a_planted_reaction_is_recovered_and_none_is_found_where_none_is():
    planted = estimates("difference", 0.2, factor=0.99, spread=0.003)
    assert np.median([result.estimate for result in planted]) == pytest.approx(0.2, abs=0.02)
    covered = np.mean([not result.rejects(0.2) for result in planted])
    assert covered > 0.9
    nothing = estimates("difference", 0.0, factor=0.99)
    assert np.mean([result.rejects() for result in nothing]) < 0.1
    assert np.median([result.estimate for result in nothing]) == pytest.approx(0.0, abs=0.01)


def test_with_many_years_within_recovers_the_truth_and_with_few_it_invents_one():
    long = estimates("within", 0.2, panels=10, years=400, factor=0.99)
    assert np.mean([result.estimate for result in long]) == pytest.approx(0.2, abs=0.012)
    short = estimates("within", 0.0, panels=40, units=31, years=10, factor=0.99)
    assert np.mean([result.rejects() for result in short]) > 0.5
    assert np.mean([result.estimate for result in short]) > 0.03


def test_the_jackknife_reduces_the_bias():
    options = {"panels": 60, "units": 100, "years": 20, "factor": 0.99, "burn": 200}
    within = np.mean([result.estimate for result in estimates("within", 0.2, **options)])
    corrected = np.mean([result.estimate for result in estimates("jackknife", 0.2, **options)])
    assert abs(corrected - 0.2) < 0.5 * abs(within - 0.2)


@pytest.mark.parametrize("truth", [0.0, 0.1])
def test_indirect_inference_undoes_the_bias_of_short_panels(truth):
    def simulate(coefficient, generator):
        return fiscal.reaction_panel(80, 9, coefficient, generator, burn=0, spread=0.0)

    found = []
    for seed in range(12):
        naive = fiscal.reaction(*simulate(truth, np.random.default_rng(1000 + seed))).estimate
        found.append(fiscal.indirect(naive, simulate, np.linspace(-0.2, 0.4, 13), 30, seed=1))
        assert naive > found[-1].estimate
    assert np.mean([result.estimate for result in found]) == pytest.approx(truth, abs=0.03)
    assert np.mean([result.low <= truth <= result.high for result in found]) >= 0.75


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: fiscal.debt_path(0.5, [-1.0], [0.0], [0.0]), "rate"),
        (lambda: fiscal.debt_path(0.5, 0.0, 0.0, 0.0), "rate"),
        (lambda: fiscal.debt_path(np.nan, [0.0], [0.0], [0.0]), "initial"),
        (lambda: fiscal.debt_closed_form(0.5, 0, -2, 0, 3), "growth"),
        (lambda: fiscal.macro_shocks(np.zeros((2, 3, 2)), [1, 1], np.ones((2, 3)), 0.5), "correlation"),
        (lambda: fiscal.macro_shocks(np.zeros((2, 3, 2)), [1, 1], np.eye(2), 1.0), "persistence"),
        (lambda: fiscal.reaction(np.zeros((4, 5)), np.zeros((4, 5))), "debt"),
        (lambda: fiscal.reaction(np.zeros((4, 5)), np.zeros((4, 6))), "balance"),
        (lambda: fiscal.reaction(np.ones((4, 5)), np.ones((4, 5)), "magic"), "method"),
        (lambda: fiscal.indirect(9.0, lambda k, g: fiscal.reaction_panel(5, 5, k, g), [0, 0.1], 20, 1), "estimate"),
        (lambda: fiscal.indirect(0.0, lambda k, g: fiscal.reaction_panel(5, 5, k, g), [0.1, 0], 20, 1), "truths"),
        (lambda: fiscal.reaction_panel(0, 5, 0, np.random.default_rng(1)), "units"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
