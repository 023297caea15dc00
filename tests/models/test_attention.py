"""Rational inattention: closed forms, a generic convex solver, the certificate, and what must always hold."""

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replica.models import attention


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
    ],
)  # fmt: skip
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=rf"^{name}:"):
        call()
