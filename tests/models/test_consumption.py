"""Baskets with acquisition costs, and Engel curves."""

import cvxpy as cp
import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from replica.models import consumption


def draw(seed, n=4):
    rng = np.random.default_rng(seed)
    need = np.r_[rng.uniform(0, 3), rng.uniform(-15, 0, n - 1)]
    return dict(income=rng.uniform(10, 60), price=rng.uniform(0.5, 2, n), taste=rng.dirichlet(np.ones(n)), need=need,
                access=rng.uniform(0, 1, n))  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_a_generic_convex_solver_finds_the_same_basket(seed):
    given_ = draw(seed)
    q = cp.Variable(4, nonneg=True)
    goal = cp.Maximize(given_["taste"] @ cp.log(q - given_["need"]))
    cp.Problem(goal, [(given_["price"] + given_["access"]) @ q <= given_["income"]]).solve(solver=cp.CLARABEL)
    found = consumption.basket(**given_)
    assert found.utility == pytest.approx(goal.value, abs=1e-6)
    assert np.allclose(found.quantity, q.value, atol=5e-3)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 3))
def test_the_budget_is_spent_and_fees_buy_no_utility(seed, fee):
    given_ = draw(seed)
    free, paid = consumption.basket(**given_), consumption.basket(**given_, entry=[0, fee, fee, fee])
    for found in (free, paid):
        assert found.spending.sum() + found.access.sum() == pytest.approx(given_["income"])
        assert (found.quantity >= 0).all()
    assert paid.utility <= free.utility + 1e-12


def test_without_needs_shares_of_outlay_are_tastes_at_every_income_and_acquisition_cost():
    for income, access in ((10, 0), (1000, 0), (10, 3)):
        found = consumption.basket(income, [1, 2], [0.7, 0.3], 0, access=[0, access])
        assert found.share(1, with_access=True) == pytest.approx(0.3)


def test_an_upgrade_good_is_bought_from_the_income_on_that_the_formula_says():
    need, taste, access = np.array([8.0, -10.0]), np.array([0.6, 0.4]), 0.5
    threshold = need[0] - taste[0] / taste[1] * (1 + access) * need[1]
    for income, bought in ((threshold * 0.99, False), (threshold * 1.01, True)):
        found = consumption.basket(income, [1, 1], taste, need, access=[0, access])
        assert (found.quantity[1] > 0) is np.bool_(bought)


def test_an_entry_fee_keeps_out_whom_the_price_would_not():
    free, paid = (consumption.basket(40, [1, 1], [0.6, 0.4], [5, -10], entry=[0, f]) for f in (0, 12))
    assert free.quantity[1] > 0 and paid.quantity[1] == 0 and paid.access.sum() == 0


def test_a_planted_engel_curve_is_recovered_with_its_robust_error_and_nothing_is_found_in_noise():
    rng = np.random.default_rng(1)
    outlay = np.exp(rng.normal(6, 0.5, 4000))
    noise = rng.normal(size=4000) * 0.04 * np.sqrt(outlay / outlay.mean())
    share = np.clip(0.9 - 0.08 * np.log(outlay) + noise, 0, 1)
    found = consumption.working_leser(share, outlay)
    assert found.slope == pytest.approx(-0.08, abs=4 * found.slope_se)
    reference = sm.OLS(share, sm.add_constant(np.log(outlay))).fit().get_robustcov_results("HC1")
    assert found.slope_se == pytest.approx(reference.bse[1])
    assert found.elasticity == pytest.approx(1 + found.slope / share.mean())
    flat = consumption.working_leser(rng.uniform(0.1, 0.5, 4000), outlay)
    assert abs(flat.slope) < 4 * flat.slope_se and flat.r_squared < 0.005 and flat.binned_r_squared < 0.02


def test_controls_explain_what_they_made():
    rng = np.random.default_rng(2)
    outlay, size = np.exp(rng.normal(6, 0.5, 2000)), rng.integers(1, 6, 2000)
    share = np.clip(0.9 - 0.1 * np.log(outlay) + 0.03 * size + 0.02 * rng.normal(size=2000), 0, 1)
    bare, full = (consumption.working_leser(share, outlay, c) for c in (None, size[:, None]))
    assert full.r_squared > bare.r_squared + 0.3 and full.slope == pytest.approx(-0.1, abs=0.01)


@pytest.mark.parametrize(
    "call, name",
    [
        (lambda: consumption.basket(0, [1], [1], [0]), "income"),
        (lambda: consumption.basket(1, [1, 1], [1, 1], [5, 5]), "income"),
        (lambda: consumption.basket(1, [], [], []), "price"),
        (lambda: consumption.basket(1, [0], [1], [0]), "price"),
        (lambda: consumption.basket(1, [1], [0], [0]), "taste"),
        (lambda: consumption.basket(1, [1], [1], [np.nan]), "need"),
        (lambda: consumption.basket(1, [1], [1], [0], access=-1), "access"),
        (lambda: consumption.basket(1, [1] * 14, 1, -1, entry=0.1), "entry"),
        (lambda: consumption.working_leser([0.5] * 10, [1] * 10), "share"),
        (lambda: consumption.working_leser([1.5] * 50, [1] * 50), "share"),
        (lambda: consumption.working_leser([0.5] * 50, [0] * 50), "outlay"),
        (lambda: consumption.working_leser([0.5] * 50, [1] * 50, [1] * 50), "controls"),
    ],
)
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=rf"^{name}:"):
        call()
