"""The world of chapter 11: planted directions, one bank added up by hand, thresholds in closed form, switches."""

import numpy as np
import pandas as pd
import pytest

from replica.methods import panels
from replica.worlds import ch11

COSTS = {"funds": 1.05, "cost": 0.03, "screening": 0.02, "outside": 0.05, "conduct": 1.0}


def two_types(safe=120, households=200):
    p = np.where(np.arange(households) < safe, 0.95, 0.6)[None]
    return ch11.Village(p, np.full(p.shape, 1.4), np.full(p.shape, 0.2))


def test_panels_have_the_variance_and_the_memory_that_were_asked_for():
    y, x = ch11.panel("neither", 50, 20, 200, 1, memory=0.5)
    for values in (y, x):
        centred = values - values.mean(axis=-1, keepdims=True)
        assert centred.var() == pytest.approx(1 / (1 - 0.25), rel=0.03)
        memory = (centred[..., 1:] * centred[..., :-1]).mean() / (centred**2).mean()
        assert memory == pytest.approx(0.5, abs=0.02)
    y, _ = ch11.panel("neither", 50, 20, 200, 1, shared=0.6)
    centred = y - y.mean(axis=-1, keepdims=True)
    assert np.corrcoef(centred[0])[np.triu_indices(20, 1)].mean() == pytest.approx(0.6, abs=0.12)


@pytest.mark.parametrize(
    ("world", "effect"),
    [
        ("neither", 0.0),
        ("finance leads", 0.3 / (1 - 0.4) ** 2),  # each point of x lasts, and so does what it adds
        ("growth leads", 0.0),
        ("expected growth", 0.0),
        ("within the year", 0.3 / (1 - 0.4)),
    ],
)
def test_an_experiment_adds_what_the_planted_effect_implies(world, effect):
    plain, pushed = (ch11.panel(world, 1, 3, 40, 2, push=push)[0] for push in (0.0, 1.0))
    assert (pushed - plain).sum(axis=-1) == pytest.approx(np.full((1, 3), effect), abs=1e-6)


def test_news_is_known_a_year_before_and_explains_as_much_as_noise():
    y, x = ch11.panel("expected growth", 40, 10, 200, 3, memory=0.0, effect=1.0)
    dy, dx = (v - v.mean(axis=-1, keepdims=True) for v in (y, x))
    assert dy.var() == pytest.approx(2, rel=0.03)
    assert (dx[..., :-1] * dy[..., 1:]).mean() == pytest.approx(1, abs=0.03)
    assert (dx * dy).mean() == pytest.approx(0, abs=0.03)


def test_directions_are_found_where_they_are():
    y, x = ch11.panel("finance leads", 1, 100, 60, 4)
    assert panels.granger_jackknife(y, x).detail[0, 0] == pytest.approx(0.3, abs=0.04)
    y, x = ch11.panel("growth leads", 1, 100, 60, 4)
    assert panels.granger_jackknife(x, y).detail[0, 0] == pytest.approx(0.3, abs=0.04)
    assert abs(panels.granger_jackknife(y, x).detail[0, 0]) < 0.04


def test_one_village_added_up_by_hand():
    """120 safe and 80 risky; the safe bear D up to (1.4 - 0.05 - 0.01) / 0.95 = 1.4105, so 1.41 on the grid."""
    found = ch11.market(two_types(), **(COSTS | {"screening": 0.2})).iloc[0]
    safe, risky = 0.95 * 1.41 + 0.05 * 0.2 - 1.08, 0.6 * 1.41 + 0.4 * 0.2 - 1.08
    assert (safe, risky) == pytest.approx((0.2695, -0.154))
    assert found["rate"] == 1.41 and not found["screened"] and found["access"] == 1
    assert found["default"] == pytest.approx(0.6 * 0.05 + 0.4 * 0.4)
    assert found["output"] == pytest.approx(1.4 - 0.05 - 1.08)
    income = 1.4 - 1.41 * (0.6 * 0.95 + 0.4 * 0.6) - 0.2 * (0.6 * 0.05 + 0.4 * 0.4)
    assert found["income"] == pytest.approx(income)
    careful = ch11.market(two_types(), **COSTS).iloc[0]
    assert careful["screened"] and careful["access"] == 0.6 and careful["default"] == pytest.approx(0.05)
    assert careful["output"] == pytest.approx(0.6 * (1.4 - 0.05 - 1.08) - 0.02)


@pytest.mark.parametrize("look", [0.01, 0.02, 0.04])
def test_screening_ends_at_the_guarantee_of_the_formula(look):
    star = (0.4 * 0.154 - look) / (0.4 * 0.4 * (1.41 - 0.2))
    below, above = (
        ch11.market(two_types(), **(COSTS | {"screening": look}), guarantee=star + step).iloc[0]
        for step in (-1e-3, 1e-3)
    )
    assert below["screened"] and not above["screened"]
    assert above["bill"] == pytest.approx((star + 1e-3) * 1.21 * (0.6 * 0.05 + 0.4 * 0.4))


def test_competition_breaks_even_and_a_cost_beyond_the_threshold_drives_out_the_safe():
    competing = COSTS | {"screening": 0.2, "conduct": 0.0}
    found = ch11.market(two_types(), **competing).iloc[0]
    gain = found["rate"] * 0.81 + 0.2 * 0.19 - 1.08
    assert 0 <= gain < 0.81 * 0.01 + 1e-9 and found["access"] == 1
    limit = 0.81 * 1.41 + 0.2 * 0.19 - 1.05  # the cost at which pooling at 1.41 ends
    for step, pooled in ((-1e-3, True), (1e-3, False)):
        found = ch11.market(two_types(), **(competing | {"cost": limit + step})).iloc[0]
        assert bool(found["access"] == 1) is pooled


def test_a_village_that_cannot_pay_gets_nothing_and_a_full_guarantee_ends_screening():
    poor = ch11.Village(*(np.full((1, 10), v) for v in (0.8, 1.0, 0.1)))
    found = ch11.market(poor, **COSTS).iloc[0]
    assert found[["access", "default", "book", "quality", "output", "bill"]].tolist() == [0] * 6
    assert found["income"] == pytest.approx(0.05) and np.isnan(found["rate"])
    assert not ch11.market(two_types(), **COSTS, guarantee=1.0).iloc[0]["screened"]


def test_a_local_lender_takes_the_best_and_leaves_the_rest():
    alone = ch11.market(two_types(), **(COSTS | {"screening": 0.2})).iloc[0]
    rival = ch11.market(two_types(), **(COSTS | {"screening": 0.2}), reach=0.3, premium=0.01).iloc[0]
    assert rival["book"] > alone["book"]
    none = ch11.market(two_types(), **COSTS, reach=0.0, premium=0.01)
    pd.testing.assert_frame_equal(none, ch11.market(two_types(), **COSTS))


def test_a_second_bank_serves_the_refused_at_the_rate_that_breaks_even():
    """The first bank screens and keeps the safe at 1.13; the risky alone pay (1.08 - 0.4 * 0.2) / 0.6 = 1.667."""
    careful = COSTS | {"conduct": 0.0, "screening": 0.001}
    first = ch11.market(two_types(), **careful).iloc[0]
    both = ch11.market(two_types(), **careful, second=True).iloc[0]
    assert first["screened"] and first["access"] == 0.6 and both["access"] == 1
    assert (both["rate"], both["book"]) == (first["rate"], first["book"])
    risky = 0.4 * (1.4 - 0.05 - 0.6 * 1.67 - 0.4 * 0.2)
    assert both["income"] - first["income"] == pytest.approx(risky)
    assert both["output"] - first["output"] == pytest.approx(0.4 * (1.4 - 0.05 - 1.08))


def test_drawn_villages_have_the_moments_that_were_asked_for():
    sample = pd.DataFrame([ch11.MIDDLE | {"tilt": tilt} for tilt in (0.0, 1.0)])
    drawn = ch11.villages(sample, np.random.default_rng(5), 40_000)
    assert drawn.p.mean(axis=1) == pytest.approx([0.79, 0.79], abs=0.005)
    assert drawn.m.mean(axis=1) == pytest.approx([1.325, 1.325], abs=0.01)
    assert drawn.c.mean() == pytest.approx(0.3, abs=0.003)
    assert abs(np.corrcoef(drawn.m[0], drawn.p[0])[0, 1]) < 0.03
    success = drawn.m[1] / drawn.p[1]  # at tilt 1 all successes return the same, up to the spread
    assert abs(np.corrcoef(success, drawn.p[1])[0, 1]) < 0.03


def test_switches_change_what_they_name_and_nothing_where_there_is_nothing_to_compare():
    sample = pd.DataFrame([ch11.MIDDLE] * 8)
    change = lambda outcome, **switch: ch11.change(sample, np.random.default_rng(6), outcome, **switch)  # noqa: E731
    assert (change("bill", guarantee="dose") > 0).all()
    assert (change("access", hazard="hazard") < 0).all()
    poor = sample.assign(mean=0.7)
    assert ch11.change(poor, np.random.default_rng(6), "default", guarantee="dose").tolist() == [0] * 8
    both = change("output", both="dose")
    village = ch11.villages(sample, np.random.default_rng(6))
    usual = {name: sample[name].to_numpy() for name in COSTS}
    half = {"screening": usual["screening"] / 2}
    runs = [
        ch11.market(village, **(usual | changed))["output"].to_numpy()
        for changed in ({}, {"guarantee": sample["dose"]}, half, half | {"guarantee": sample["dose"]})
    ]
    assert both == pytest.approx(runs[3] - runs[2] - runs[1] + runs[0])


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: ch11.panel("both", 1, 2, 3, 1), "world"),
        (lambda: ch11.panel("neither", 0, 2, 3, 1), "count"),
        (lambda: ch11.panel("neither", 1, 2, 3, 1, memory=1.0), "memory"),
        (lambda: ch11.panel("neither", 1, 2, 3, 1, shared=1.0), "shared"),
        (lambda: ch11.panel("neither", 1, 2, 3, 1, push=np.nan), "push"),
        (lambda: ch11.villages(pd.DataFrame([ch11.MIDDLE]), np.random.default_rng(1), 0), "households"),
        (lambda: ch11.market(two_types(), **(COSTS | {"funds": np.nan})), "funds"),
        (lambda: ch11.market(two_types(), **COSTS, guarantee=1.2), "guarantee"),
        (lambda: ch11.market(two_types(), **(COSTS | {"conduct": -0.1})), "conduct"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}: "):
        call()
