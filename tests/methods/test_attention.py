"""Rational inattention: closed forms, a generic convex solver, the certificate, and what must always hold."""

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from replica.methods import attention


def problem(seed, states=12, goods=6):
    rng = np.random.default_rng(seed)
    payoff = rng.normal(size=(states, goods)) + 0.5 * rng.normal(size=goods)
    return payoff, rng.dirichlet(np.ones(states)), float(np.exp(rng.uniform(np.log(0.05), np.log(2))))


def by_clarabel(payoff, prior, cost):
    """The same problem for a generic interior-point solver: value of the best marginal probabilities."""
    p = cp.Variable(payoff.shape[1], nonneg=True)
    weights = np.exp((payoff - payoff.max(axis=1, keepdims=True)) / cost)
    objective = cp.Maximize(prior @ cp.log(weights @ p))
    cp.Problem(objective, [cp.sum(p) == 1]).solve(solver=cp.CLARABEL)
    return cost * objective.value + prior @ payoff.max(axis=1), p.value


UNFINISHED = attention.solve(np.eye(3), 1.0, [0.5, 0.3, 0.2], method="blahut-arimoto", most=1)


@pytest.mark.parametrize("prior", [0.5, 0.55, 0.7, 0.9, 0.999])
@pytest.mark.parametrize("cost", [0.01, 0.3, 1.0, 5.0])
def test_two_states_have_the_closed_form(prior, cost):
    found = attention.solve(np.eye(2), cost, [prior, 1 - prior])
    assert found.marginal[0] == pytest.approx(attention.matching(prior, 1.0, cost), abs=1e-7)
    assert found.converged


def test_two_states_stop_thinking_exactly_where_the_closed_form_says():
    prior = 0.8
    edge = 1 / np.log(prior / (1 - prior))  # exp(1 / cost) = prior / (1 - prior)
    before, after = (attention.solve(np.eye(2), edge * k, [prior, 1 - prior]) for k in (0.99, 1.01))
    assert before.information > 0 and before.considered.all()
    assert after.information == 0 and after.considered.tolist() == [True, False] and after.dropped[1]


@pytest.mark.parametrize("seed", range(12))
def test_a_generic_convex_solver_finds_the_same_value_and_choices(seed):
    payoff, prior, cost = problem(seed)
    found = attention.solve(payoff, cost, prior)
    value, p = by_clarabel(payoff, prior, cost)
    assert found.net == pytest.approx(value, abs=2e-6)
    assert found.net >= value - 1e-7  # ours may be better, never worse
    assert np.abs(found.marginal - p).max() < 2e-3


def test_exchangeable_goods_give_the_plain_logit():
    base = np.array([1.0, 0.4, -0.3, 0.0])
    payoff = np.array([np.roll(base, k) for k in range(4)])  # each good is worth each value equally often
    found = attention.solve(payoff, 0.7)
    assert np.allclose(found.marginal, 0.25, atol=1e-9)
    assert np.allclose(found.conditional, attention.logit(payoff, 0.7), atol=1e-9)


def test_free_information_finds_the_best_good_and_dear_information_none():
    payoff, prior, _ = problem(3)
    free, dear = (attention.solve(payoff, cost, prior) for cost in (1e-3, 1e3))
    best = payoff.argmax(axis=1)
    assert np.allclose(free.conditional[np.arange(len(best)), best], 1, atol=1e-8)
    assert free.net == pytest.approx(prior @ payoff.max(axis=1), abs=5e-3)
    assert dear.marginal.tolist() == np.eye(6)[np.argmax(prior @ payoff)].tolist()
    assert dear.information == 0 and dear.net == pytest.approx((prior @ payoff).max())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 9), st.integers(1, 7))
def test_the_certificate_holds_whatever_the_problem(seed, states, goods):
    payoff, prior, cost = problem(seed, states, goods)
    found = attention.solve(payoff, cost, prior)
    assert found.converged and 0 <= found.gap <= 1.1e-10 * cost
    assert found.marginal.sum() == pytest.approx(1) and np.allclose(found.conditional.sum(axis=1), 1)
    assert found.score.max() <= 1 + 1e-8
    assert np.allclose(found.score[found.considered], 1, atol=1e-6)
    assert not (found.dropped & found.considered).any()
    assert np.allclose(prior @ found.conditional, found.marginal, atol=1e-7)
    assert 0 <= found.information <= np.log(min(states, goods)) + 1e-12
    assert found.bits == pytest.approx(found.information / np.log(2))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1, 3, 10, 30, 100]))
def test_the_gap_of_an_unfinished_run_bounds_what_is_missing_and_its_proofs_are_right(seed, most):
    payoff, prior, cost = problem(seed)
    exact = attention.solve(payoff, cost, prior)
    rough = attention.solve(payoff, cost, prior, method="blahut-arimoto", most=most)
    assert exact.net <= rough.net + rough.gap + 1e-11
    assert not exact.considered[rough.dropped].any()
    assert (exact.score <= rough.bound + 1e-9).all()


@pytest.mark.parametrize("seed", range(4))
def test_the_classical_iteration_ends_at_the_same_place(seed):
    payoff, prior, cost = problem(seed)
    slow = attention.solve(payoff, cost, prior, method="blahut-arimoto", tol=1e-8)
    assert slow.converged
    assert slow.net == pytest.approx(attention.solve(payoff, cost, prior).net, abs=1e-7)


def test_a_thousand_states_and_two_hundred_goods_are_solved_with_every_good_decided():
    rng = np.random.default_rng(1)
    payoff = rng.normal(size=(1000, 200)) + 0.5 * rng.normal(size=200)
    found = attention.solve(payoff, 0.5)
    assert found.converged and found.gap < 1e-10
    assert found.considered.sum() + found.dropped.sum() == 200 and not found.undecided.any()
    assert 5 < found.considered.sum() < 100


def test_a_planted_favourite_set_is_found_and_dominated_goods_are_proved_out():
    rng = np.random.default_rng(2)
    good = rng.normal(size=(30, 4))
    worse = good[:, [0, 1, 2, 3, 0, 1]] - rng.uniform(0.1, 1, size=(30, 6))
    found = attention.solve(np.hstack([good, worse]), 0.3)
    assert found.dropped[4:].all()


def test_twins_do_not_disturb_the_value_and_have_no_derivatives():
    payoff, prior, cost = problem(5)
    twins = np.hstack([payoff, payoff])
    found = attention.solve(twins, cost, prior)
    assert found.net == pytest.approx(attention.solve(payoff, cost, prior).net, abs=1e-9)
    with pytest.raises(ValueError, match="^found: several mixtures"):
        attention.sensitivities(found)


def test_impossible_states_and_shifts_of_a_state_change_nothing():
    payoff, prior, cost = problem(6)
    plain = attention.solve(payoff, cost, prior)
    rng = np.random.default_rng(0)
    more = attention.solve(np.vstack([payoff, rng.normal(size=6)]), cost, np.r_[prior, 0.0])
    shifted = attention.solve(payoff + rng.normal(size=(12, 1)), cost, prior)
    for other in (more, shifted):
        assert np.allclose(other.marginal, plain.marginal, atol=1e-7)
    assert np.isfinite(more.conditional).all()


@pytest.mark.parametrize("seed", range(8))
def test_sensitivities_meet_finite_differences(seed):
    payoff, prior, cost = problem(seed)
    found, step = attention.solve(payoff, cost, prior, tol=1e-12), 1e-4
    result = attention.sensitivities(found)
    low, high = (attention.solve(payoff, cost + s, prior, tol=1e-12) for s in (-step, step))
    if not (low.considered == high.considered).all():
        pytest.skip("the consideration set changes here")
    assert np.allclose((high.marginal - low.marginal) / (2 * step), result["lambda"], atol=2e-4, rtol=1e-3)
    assert (high.net - low.net) / (2 * step) == pytest.approx(float(result["net_lambda"]), abs=1e-5)
    for k in range(6):
        shift = step * np.eye(6)[k]
        low, high = (attention.solve(payoff - s * shift, cost, prior, tol=1e-12) for s in (-1, 1))
        if (low.considered == high.considered).all():
            change = (high.marginal - low.marginal) / (2 * step)
            assert np.allclose(change, result["acquisition"][:, k], atol=2e-4, rtol=1e-3)
            assert (high.net - low.net) / (2 * step) == pytest.approx(result["net_acquisition"][k], abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_cheaper_thought_never_means_less_of_it_and_dearer_goods_are_never_bought_more(seed):
    payoff, prior, cost = problem(seed)
    base, cheap = (attention.solve(payoff, c, prior) for c in (cost, cost / 2))
    assert cheap.information >= base.information - 1e-9 and cheap.net >= base.net - 1e-9
    dear = payoff.copy()
    dear[:, 0] -= 0.2
    assert attention.solve(dear, cost, prior).marginal[0] <= base.marginal[0] + 1e-7


def test_the_consideration_set_can_lose_a_good_when_thought_gets_cheaper():
    # A compromise is good enough while thought is dear; later one looks for the specialists.
    payoff = np.array([[1.0, 0.0, 0.7], [0.0, 1.0, 0.7]])
    dear, cheap = (attention.solve(payoff, cost) for cost in (2.0, 0.05))
    assert dear.considered.tolist() == [False, False, True]
    assert cheap.considered.tolist() == [True, True, False] and cheap.dropped[2]


def test_reservation_values_solve_their_equation():
    rng = np.random.default_rng(1)
    mean, sd, cost = rng.normal(size=200), rng.uniform(0.1, 5, 200), np.exp(rng.uniform(-12, 3, 200))
    r = attention.reservation(mean, sd, cost)
    z = (r - mean) / sd
    assert np.allclose(sd * (stats.norm.pdf(z) - z * stats.norm.sf(z)), cost, rtol=1e-8)


def test_pandoras_payoff_is_the_expected_largest_capped_value():
    rng = np.random.default_rng(2)
    mean, sd, cost = rng.uniform(-1, 1, 6), rng.uniform(0.5, 1.5, 6), rng.uniform(0.02, 0.3, 6)
    reserve = attention.reservation(mean, sd, cost)
    value = mean + sd * rng.normal(size=(200_000, 6))
    payoff, opened = attention.pandora(value, reserve, cost)
    capped = np.maximum(np.minimum(value, reserve).max(axis=1), 0)
    error = (payoff - capped).std() / np.sqrt(len(payoff))
    assert abs(payoff.mean() - capped.mean()) < 4 * error
    assert opened.min() >= 0 and opened.max() <= 6


def test_pandora_beats_the_other_orders_and_stopping_rules_that_were_tried():
    rng = np.random.default_rng(3)
    mean, sd, cost = np.array([0.5, 0.0, -0.2]), np.array([0.3, 1.0, 1.5]), np.array([0.05, 0.1, 0.1])
    reserve = attention.reservation(mean, sd, cost)
    value = mean + sd * rng.normal(size=(100_000, 3))
    best = attention.pandora(value, reserve, cost)[0].mean()
    for other in (reserve + 0.3, reserve - 0.3, mean, -reserve):
        assert attention.pandora(value, other, cost)[0].mean() < best + 1e-3


def test_boxes_opened_and_paid_for_are_counted_by_hand():
    """Reservation values 3, 2 and 1, an outside value of 1.5: the third box is never opened."""
    value = [[5.0, 9, 9], [2.5, 9, 9], [1.0, 4, 9], [0.0, 0, 9]]
    payoff, opened = attention.pandora(value, [2.0, 3.0, 1.0], [0.1, 0.2, 0.3], outside=1.5)
    # the second column, of value 9 or 4 or 0, comes first at a cost of 0.2; only 0 leaves room for the first, at 0.1
    assert opened.tolist() == [1, 1, 1, 2] and payoff.tolist() == pytest.approx([8.8, 8.8, 3.8, 1.2])


@pytest.mark.parametrize("draw", range(5))
def test_the_number_of_boxes_opened_is_that_of_a_step_by_step_search(draw):
    rng = np.random.default_rng(draw)
    mean, sd, cost = rng.uniform(-1, 1, 7), rng.uniform(0.5, 1.5, 7), rng.uniform(0.02, 0.5, 7)
    reserve, value = attention.reservation(mean, sd, cost), mean + sd * rng.normal(size=(50, 7))
    payoff, opened = attention.pandora(value, reserve, cost)
    for row in range(50):
        hand, paid, count = 0.0, 0.0, 0
        for box in sorted(range(7), key=lambda k: -reserve[k]):
            if reserve[box] <= hand:
                break
            hand, paid, count = max(hand, value[row, box]), paid + cost[box], count + 1
        assert (opened[row], payoff[row]) == (count, pytest.approx(hand - paid))


def test_expected_maxima_are_the_published_ones():
    # Harter (1961), expected values of normal order statistics
    for n, value in ((1, 0.0), (2, 0.56419), (5, 1.16296), (10, 1.53875), (100, 2.50759)):
        assert attention.expected_maximum(n) == pytest.approx(value, abs=1e-5)


def test_the_number_of_quotes_is_the_best_of_all():
    for sd, cost in ((1, 0.05), (2, 0.01), (0.1, 1.0)):
        net = [sd * attention.expected_maximum(n) - cost * n for n in range(1, 150)]
        assert attention.quotes(sd, cost) == 1 + int(np.argmax(net))


def test_the_value_of_reading_meets_simulation_and_its_limits():
    rng = np.random.default_rng(4)
    d = 0.3 + 1.2 * rng.normal(size=400_000)
    heard = d + rng.normal(size=d.size) / np.sqrt(0.8)
    posterior = (0.3 / 1.44 + 0.8 * heard) / (1 / 1.44 + 0.8)
    assert attention.value_of_reading(0.3, 1.2, 0.8) == pytest.approx((d * (posterior > 0)).mean(), abs=0.005)
    assert attention.value_of_reading(0.3, 1.2, 1e12) == pytest.approx(np.maximum(d, 0).mean(), abs=0.005)
    more = attention.value_of_reading(-0.5, 1.0, np.linspace(0, 50, 200))
    assert (np.diff(more) >= 0).all()


@pytest.mark.parametrize(
    "call, name",
    [
        (lambda: attention.solve([1, 2], 1.0), "payoff"),
        (lambda: attention.solve([[np.nan, 1]], 1.0), "payoff"),
        (lambda: attention.solve(np.empty((0, 3)), 1.0), "payoff"),
        (lambda: attention.solve(np.eye(2), 0), "cost"),
        (lambda: attention.solve(np.eye(2), np.inf), "cost"),
        (lambda: attention.solve(np.eye(2), True), "cost"),
        (lambda: attention.solve(np.eye(2), 1.0, [0.5, 0.4]), "prior"),
        (lambda: attention.solve(np.eye(2), 1.0, [1.5, -0.5]), "prior"),
        (lambda: attention.solve(np.eye(2), 1.0, [1.0]), "prior"),
        (lambda: attention.solve(np.eye(2), 1.0, tol=0), "tol"),
        (lambda: attention.solve(np.eye(2), 1.0, method="newton"), "method"),
        (lambda: attention.solve(np.eye(2), 1.0, most=0), "most"),
        (lambda: attention.sensitivities(UNFINISHED), "found"),
        (lambda: attention.logit(np.eye(2), -1), "cost"),
        (lambda: attention.matching(1.2, 1, 1), "prior"),
        (lambda: attention.matching(0.5, 0, 1), "reward"),
        (lambda: attention.matching(0.5, 1, 0), "cost"),
        (lambda: attention.reservation(0, 0, 1), "sd"),
        (lambda: attention.reservation(0, 1, 0), "cost"),
        (lambda: attention.reservation(np.nan, 1, 1), "mean"),
        (lambda: attention.pandora([[1, 2]], [1], [1]), "reserve"),
        (lambda: attention.expected_maximum(0), "n"),
        (lambda: attention.quotes(0, 1), "sd"),
        (lambda: attention.quotes(1, 0), "cost"),
        (lambda: attention.value_of_reading(0, 0, 1), "sd"),
        (lambda: attention.value_of_reading(0, 1, -1), "precision"),
        (lambda: attention.reservation(0, 1, 1e-310), "cost"),
        (lambda: attention.pandora([[np.nan, 2]], [1, 1], [1, 1]), "value"),
        (lambda: attention.pandora([[1, 2]], [1, np.nan], [1, 1]), "reserve"),
        (lambda: attention.pandora([[1, 2]], [1, 1], [1, -1]), "cost"),
        (lambda: attention.pandora([[1, 2]], [1, 1], [1, 1], np.inf), "outside"),
        (lambda: attention.expected_maximum(2.5), "n"),
        (lambda: attention.quotes(1, 1, most=0), "most"),
        (lambda: attention.value_of_reading(np.nan, 1, 1), "mean"),
    ],
)
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=rf"^{name}:"):
        call()
