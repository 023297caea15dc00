"""Adstock, response and the best split against closed forms, scipy, cvxpy and planted truth."""

from __future__ import annotations

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from replica.models import mediamix

BETA, KAPPA, CARRY = np.array([30.0, 20.0, 14.0]), np.array([12.0, 5.0, 6.0]), np.array([0.5, 0.2, 0.6])
WIDTH = KAPPA * (1 - CARRY)


@st.composite
def channels(draw):
    k = draw(st.integers(1, 6))
    sizes = st.lists(st.floats(0.1, 50), min_size=k, max_size=k)
    return np.array(draw(sizes)), np.array(draw(sizes)), draw(st.floats(0.1, 100))


@given(channels())
@settings(max_examples=80, deadline=None)
def test_the_split_spends_the_budget_and_satisfies_its_conditions(problem):
    beta, width, budget = problem
    found = mediamix.split(budget, beta, width)
    assert found.spend.sum() == pytest.approx(budget) and (found.spend >= 0).all()
    assert mediamix.kkt_gap(found.spend, beta, width) < 1e-5
    nudged = found.spend + 0.01 * budget * (np.arange(beta.size) == 0)
    assert mediamix.sales(nudged / nudged.sum() * budget, beta, width) <= found.sales * (1 + 1e-9)


def test_two_other_solvers_find_the_same_split():
    budget = 12.0
    found = mediamix.split(budget, BETA, WIDTH)
    sum_to = {"type": "eq", "fun": lambda b: b.sum() - budget}
    slsqp = minimize(lambda b: -mediamix.sales(b, BETA, WIDTH), np.full(3, 4.0), bounds=[(0, None)] * 3,
                     constraints=[sum_to], method="SLSQP", options={"ftol": 1e-12})  # fmt: skip
    assert slsqp.x == pytest.approx(found.spend, abs=1e-3)
    b = cp.Variable(3, nonneg=True)
    cp.Problem(cp.Maximize(BETA @ (1 - cp.exp(-cp.multiply(1 / WIDTH, b)))), [cp.sum(b) == budget]).solve()
    assert b.value == pytest.approx(found.spend, abs=1e-3)


def test_a_small_budget_leaves_weak_channels_without():
    found = mediamix.split(0.5, [10.0, 1.0], [2.0, 5.0])
    assert found.spend[1] == 0 and found.marginal > 1 / 5


def test_adstock_is_the_sum_of_what_is_left():
    s = np.random.default_rng(1).uniform(0, 3, (40, 2))
    left = np.array([0.3, 0.8])
    by_hand = [sum(left**j * s[t - j] for j in range(t + 1)) for t in range(40)]
    assert mediamix.adstock(s, [0.3, 0.8]) == pytest.approx(np.array(by_hand))
    assert mediamix.adstock(np.full(300, 2.0), 0.9)[-1] == pytest.approx(2 / 0.1)


def pulses(n, rng):
    return np.array([6.0, 4.0, 2.0]) * rng.choice([0.2, 1.0, 1.8], (n, 3))


def response(s, rng, sigma=2.0):
    return 100 + (BETA * -np.expm1(-mediamix.adstock(s, CARRY) / KAPPA)).sum(axis=1) + rng.normal(0, sigma, len(s))


def test_a_planted_response_comes_back_from_pulses():
    rng = np.random.default_rng(4)
    s = pulses(1500, rng)
    found = mediamix.fit(response(s, rng, 0.5), s)
    assert found.carry == pytest.approx(CARRY, abs=0.05)
    assert found.width == pytest.approx(WIDTH, rel=0.15)
    assert found.beta == pytest.approx(BETA, rel=0.15)
    assert mediamix.split(12, found.beta, found.width).spend == pytest.approx(
        mediamix.split(12, BETA, WIDTH).spend, abs=0.3
    )


def test_no_carry_over_is_found_where_none_was_planted_and_correlated_errors_are_seen():
    rng = np.random.default_rng(5)
    s = rng.uniform(1, 10, 400)
    errors = np.zeros(400)
    for t in range(1, 400):
        errors[t] = 0.7 * errors[t - 1] + rng.normal(0, 0.3)
    found = mediamix.fit(10 + 20 * -np.expm1(-s / 6) + errors, s, correlated=True)
    assert found.carry[0] < 0.05 and found.rho == pytest.approx(0.7, abs=0.1)
    assert found.kappa[0] == pytest.approx(6, rel=0.25)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: mediamix.adstock([1, -1], 0.5), "spend"),
        (lambda: mediamix.adstock([1, 1], 1.0), "carry"),
        (lambda: mediamix.adstock(np.ones((3, 2)), [0.1, 0.2, 0.3]), "carry"),
        (lambda: mediamix.split(0, [1], [1]), "budget"),
        (lambda: mediamix.split(1, [1, 2], [1]), "width"),
        (lambda: mediamix.split(1, [0.0], [1]), "beta"),
        (lambda: mediamix.kkt_gap([-1.0], [1], [1]), "spend"),
        (lambda: mediamix.fit(np.ones(3), np.ones((3, 1))), "sold"),
        (lambda: mediamix.fit(np.ones(4), np.ones((9, 1))), "sold"),
        (lambda: mediamix.fit(np.ones(9), np.zeros((9, 1))), "spend"),
    ],
)
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
