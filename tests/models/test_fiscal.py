"""The reaction test against planted truths and against none."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from replica.models import fiscal


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
