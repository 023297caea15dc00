"""The panel of suppliers, calls for tender, the contract against brute force, a buyer's questions by counting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from replica.worlds import ch08


def test_moments_are_those_asked_for():
    p = ch08.supplier_panel(
        4000, 6, effect=0.0, developed=2, spread=0.5, luck=0.4, persistence=0.3, trend=-0.02, seed=1
    )
    y = np.log(p.share)
    assert y.mean(axis=0) == pytest.approx(np.log(0.02) - 0.02 * np.arange(6), abs=0.05)
    assert y.std(axis=0) == pytest.approx(np.sqrt(0.5**2 + 0.4**2), rel=0.05)
    assert np.cov(y[:, 1], y[:, 2])[0, 1] == pytest.approx(0.5**2 + 0.3 * 0.4**2, rel=0.08)
    assert p.counts.mean() == pytest.approx(1000 * p.share.mean(), rel=0.01)


def test_without_a_programme_the_counterfactual_is_the_panel():
    p = ch08.supplier_panel(effect=0.0, seed=2)
    assert np.array_equal(p.share, p.without)
    q = ch08.supplier_panel(effect=-0.4, seed=2)
    assert np.array_equal(p.without, q.without) and np.array_equal(p.developed, q.developed)
    assert np.allclose(np.log(q.share / q.without)[q.developed][0], q.effect)
    assert np.array_equal(q.share[~q.developed], q.without[~q.developed])
    assert np.array_equal(p.counts[:, : p.start], q.counts[:, : p.start])


def test_choices_are_what_they_say():
    p = {choice: ch08.supplier_panel(choice=choice, seed=3) for choice in ch08.CHOICES}
    last = p["worst"].score[:, 3]
    assert last[p["worst"].developed].min() >= last[~p["worst"].developed].max()
    assert last[p["best"].developed].max() <= last[~p["best"].developed].min()
    lottery = p["lottery"]
    assert (
        lottery.eligible.sum() == 80
        and lottery.developed.sum() == 40
        and not lottery.developed[~lottery.eligible].any()
    )
    assert last[lottery.eligible].min() >= last[~lottery.eligible].max()


def test_calls_without_noise_are_seen_as_they_are_and_choice_is_graded():
    rng, w = np.random.default_rng(4), np.array([0.5, 0.3, 0.2])
    seen, value = ch08.tender(5, w, 4000, rng, common=0.4, noise=0.0)
    assert np.allclose(seen @ w, value) and ch08.choice_quality(value, seen @ w) == (1.0, 0.0)
    assert np.corrcoef(seen[:, 0, 0], seen[:, 0, 1])[0, 1] == pytest.approx(0.4, abs=0.04)
    won, lost = ch08.choice_quality(value, rng.standard_normal(value.shape))
    assert won == pytest.approx(0.2, abs=0.02)
    assert lost == pytest.approx((value.max(axis=1) - value.mean(axis=1)).mean(), rel=0.05)
    noisy, _ = ch08.tender(5, w, 4000, rng, noise=np.array([0.0, 2.0, 2.0]))
    assert noisy[..., 0].std() == pytest.approx(1, rel=0.03) and noisy[..., 1].std() == pytest.approx(5**0.5, rel=0.03)


def test_one_supplier_is_added_up_by_hand():
    """Level, lasting difference, trend, persistent luck and a ramp of three years, drawn again from the same stream."""
    p = ch08.supplier_panel(6, 7, start=3, effect=-0.6, ramp=3, developed=2, choice="worst", spread=0.7, luck=0.2,
                            persistence=0.5, trend=-0.1, level=-3.0, inspected=500, seed=11)  # fmt: skip
    rng = np.random.default_rng(11)
    lasting, noise, uniform = 0.7 * rng.standard_normal(6), rng.standard_normal((6, 7)), rng.random((6, 7))
    for i in range(6):
        u = 0.0
        for t in range(7):
            u = noise[i, 0] if t == 0 else 0.5 * u + 0.75**0.5 * noise[i, t]
            log = -3 + lasting[i] - 0.1 * t + 0.2 * u
            assert p.without[i, t] == pytest.approx(min(np.exp(log), 0.95))
            log += -0.6 * min(max(t - 2, 0) / 3, 1) * p.developed[i]
            assert p.share[i, t] == pytest.approx(min(np.exp(log), 0.95))
            assert p.counts[i, t] == min(stats.poisson.ppf(uniform[i, t], 500 * p.share[i, t]), 500)
    assert p.effect.tolist() == pytest.approx([0, 0, 0, -0.2, -0.4, -0.6, -0.6]) and p.planted == pytest.approx(-0.45)
    assert p.score == pytest.approx(np.log((p.counts + 0.5) / 501))


def test_the_mean_lost_of_a_choice_by_hand():
    value, score = [[1.0, 3.0, 2.0], [5.0, 4.0, 0.0]], [[9.0, 1.0, 2.0], [3.0, 1.0, 1.0]]
    assert ch08.choice_quality(value, score) == (0.5, 1.0)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"suppliers": 2}, "suppliers"),
        ({"years": True}, "years"),
        ({"start": 0}, "start"),
        ({"developed": 199}, "developed"),
        ({"developed": 120, "choice": "lottery"}, "developed"),
        ({"choice": "friends"}, "choice"),
        ({"spread": -1.0}, "spread"),
        ({"spread": np.nan}, "spread"),
        ({"effect": np.inf}, "effect"),
        ({"level": np.nan}, "level"),
        ({"luck": -1.0}, "luck"),
        ({"persistence": 1.0}, "persistence"),
        ({"inspected": 0}, "inspected"),
        ({"ramp": 0}, "ramp"),
    ],
)
def test_bad_panels_are_refused_by_name(change, name):
    with pytest.raises(ValueError, match=rf"^{name}: "):
        ch08.supplier_panel(**change)


def test_bad_calls_are_refused_by_name():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="^weights: "):
        ch08.tender(3, np.array([0.5, 0.6]), 1, rng)
    with pytest.raises(ValueError, match="^suppliers: "):
        ch08.tender(1, np.array([1.0]), 1, rng)
    with pytest.raises(ValueError, match="^noise: "):
        ch08.tender(3, np.array([1.0]), 1, rng, noise=-1.0)
    with pytest.raises(ValueError, match="^noise: "):
        ch08.tender(3, np.array([1.0]), 1, rng, noise=np.ones(2))
    with pytest.raises(ValueError, match="^draws: "):
        ch08.tender(3, np.array([1.0]), 2.5, rng)
    with pytest.raises(ValueError, match="^common: "):
        ch08.tender(3, np.array([1.0]), 1, rng, common=1.0)
    with pytest.raises(ValueError, match="^score: "):
        ch08.choice_quality(np.ones((2, 3)), np.ones((3, 2)))


# --- the contract ----------------------------------------------------------------------------------------------------
GRID = np.linspace(0, 1, 201)
COST, PART = st.floats(0.1, 4), st.floats(0.02, 0.95)


@settings(max_examples=80, deadline=None)
@given(COST, COST, PART)
def test_first_best_against_a_grid(c, a, part):
    trade = ch08.Trade(c, a, part, 1.0)
    found = ch08.first_best(trade)
    grid = trade.cost(GRID[:, None], GRID[None, :])
    assert found.cost <= grid.min() + 1e-9
    assert found.cost == pytest.approx(grid.min(), abs=2e-3)


@settings(max_examples=80, deadline=None)
@given(COST, COST, PART, st.floats(0, 1.5), st.floats(0, 1.5))
def test_nobody_wants_to_leave_an_equilibrium(c, a, part, found, unfound):
    trade = ch08.Trade(c, a, part, 1.0)
    at = ch08.equilibrium(trade, found, unfound)
    assert np.isfinite(at.cost)

    def supplier(e, t):
        return c * e**2 / 2 + (1 - e) * (t * found + (1 - t) * unfound)

    def buyer(e, t):
        return a * t**2 / 2 + (1 - e) * (t * (part - found) + (1 - t) * (1 - unfound))

    assert supplier(at.e, at.t) <= supplier(GRID, at.t).min() + 1e-9
    assert buyer(at.e, at.t) <= buyer(at.e, GRID).min() + 1e-9


@settings(max_examples=80, deadline=None)
@given(COST, COST, PART)
def test_both_events_priced_alike_give_the_first_best(c, a, part):
    trade = ch08.Trade(c, a, part, 1.0)
    penalty = ch08.both_events(trade)
    assert ch08.equilibrium(trade, penalty, penalty).cost == pytest.approx(ch08.first_best(trade).cost, abs=1e-9)


def test_full_liability_ends_inspection_and_no_liability_ends_prevention():
    trade = ch08.Trade([1.3, 2.0], [1.2, 0.5], [0.2, 0.4], [1.0, 1.0])
    assert ch08.equilibrium(trade, 0.0, trade.external).t.tolist() == [0, 0]
    assert ch08.equilibrium(trade, 0.0, 0.0).e.tolist() == [0, 0]


def test_best_external_penalty_lies_between_none_and_the_first_best():
    rng = np.random.default_rng(1)
    trade = ch08.Trade(rng.uniform(0.6, 3, 300), rng.uniform(0.1, 3, 300), rng.uniform(0.05, 0.6, 300), 1.0)
    _, one = ch08.best_external(trade)
    assert (one.cost <= ch08.equilibrium(trade, 0.0, 0.0).cost + 1e-12).all()
    assert (one.cost <= ch08.equilibrium(trade, 0.0, 1.0).cost + 1e-12).all()
    assert (one.cost >= ch08.first_best(trade).cost - 1e-12).all()


def test_a_promise_lasts_when_the_future_weighs_enough():
    trade = ch08.Trade(1.3, 1.2, 0.2, 1.0)
    holds = ch08.relation_holds(trade, np.linspace(0, 0.99, 100))
    assert not holds[0] and holds[-1] and (np.diff(holds.astype(int)) >= 0).all()


def test_a_promise_lasts_from_the_discount_factor_on_that_the_two_costs_imply():
    """Stopping saves c e*²/2 once and loses the share of the joint saving for ever: d/(1 - d) s saving = c e*²/2."""
    trade, d = ch08.Trade(1.3, 1.2, 0.2, 1.0), np.linspace(0, 0.99, 400)
    e, t = np.meshgrid(GRID, GRID, indexing="ij")
    joint = 1.3 * e**2 / 2 + 1.2 * t**2 / 2 + (1 - e) * (0.2 * t + 1.0 * (1 - t))
    first = e.flat[joint.argmin()]
    alone = joint[0].min()  # without a penalty the supplier does nothing and the buyer inspects
    for share in (0.5, 0.8):
        once, saving = 1.3 * first**2 / 2, share * (alone - joint.min())
        threshold = once / (once + saving)
        holds = ch08.relation_holds(trade, d, share)
        assert d[holds].min() == pytest.approx(threshold, abs=0.01)
    assert (ch08.relation_holds(trade, d) == ch08.relation_holds(trade, d, 0.5)).all()


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: ch08.Trade(0.0, 1, 0.1, 1), "c"),
        (lambda: ch08.Trade(1, np.nan, 0.1, 1), "a"),
        (lambda: ch08.Trade(1, 1, 1, 1), "external"),
        (lambda: ch08.equilibrium(ch08.Trade(1, 1, 0.1, 1), -1, 0), "found"),
        (lambda: ch08.equilibrium(ch08.Trade(1, 1, 0.1, 1), 0, np.inf), "unfound"),
        (lambda: ch08.best_external(ch08.Trade(1, 1, 0.1, 1), 1), "steps"),
        (lambda: ch08.relation_holds(ch08.Trade(1, 1, 0.1, 1), 1.0), "discount"),
        (lambda: ch08.relation_holds(ch08.Trade(1, 1, 0.1, 1), 0.5, 2.0), "share"),
    ],
)
def test_bad_contracts_are_refused_by_name(call, name):
    with pytest.raises(ValueError, match=rf"^{name}: "):
        call()


# --- a buyer's questions ----------------------------------------------------------------------------------------------
def test_outage_against_simulation_and_its_ends():
    rng, n = np.random.default_rng(3), 1_000_000
    shock = rng.random(n) < 0.4 * 0.1
    a = shock | (rng.random(n) < (0.1 - 0.04) / 0.96)
    b = shock | (rng.random(n) < (0.2 - 0.04) / 0.96)
    assert (a.mean(), b.mean()) == pytest.approx((0.1, 0.2), abs=0.002)
    assert ch08.outage(0.1, 0.2, 0.4) == pytest.approx((a & b).mean(), abs=0.001)
    assert ch08.outage(0.1, 0.2, 0.0) == pytest.approx(0.02)
    assert ch08.outage(0.1, 0.2, 1.0) == pytest.approx(0.1)
    assert ch08.outage(1.0, 1.0, 1.0) == 1


def test_posterior_by_counting_and_a_useless_test_teaches_nothing():
    # 20 of 100 are good, 19 of them pass; of 80 bad ones 24 pass
    assert ch08.posterior(0.2, 0.95, 0.3) == pytest.approx(19 / 43)
    assert ch08.posterior(0.3, 0.6, 0.6) == pytest.approx(0.3)


def test_faking_raises_the_chance_of_the_bad_and_is_ended_by_detection():
    assert ch08.faking(0.0, 1.0, 0.1, 0.0) == pytest.approx(0.1)
    assert ch08.faking(5.0, 1.0, 0.1, 0.0) == pytest.approx(1.0)
    assert ch08.faking(0.5, 1.0, 0.1, 0.95) == pytest.approx(0.1)
    # gain 0.5 (0.8 - 0.1) = 0.35 of those with costs from 0 to 1 prepare
    assert ch08.faking(0.5, 1.0, 0.1, 0.2) == pytest.approx(0.35 * 0.8 + 0.65 * 0.1)


def test_logit_shares_sum_with_the_outside_option_and_move_together():
    u = np.array([[1.0, 0.5, -2.0], [800.0, 0.0, 0.0]])
    s = ch08.logit_shares(u)
    outside = 1 / (1 + np.exp(u[0]).sum())
    assert s[0].sum() + outside == pytest.approx(1) and s[1, 0] == pytest.approx(1)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: ch08.outage(1.1, 0, 0), "one"),
        (lambda: ch08.outage(0.1, np.nan, 0), "other"),
        (lambda: ch08.posterior(0.5, 0, 0), "pass_good"),
        (lambda: ch08.faking(1, 0, 0.1, 0.1), "dearest"),
        (lambda: ch08.logit_shares([np.nan]), "utility"),
        (lambda: ch08.logit_shares(1.0), "utility"),
    ],
)
def test_bad_questions_are_refused_by_name(call, name):
    with pytest.raises(ValueError, match=rf"^{name}: "):
        call()
