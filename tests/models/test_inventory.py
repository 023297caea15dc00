"""Inventory policies against closed forms, published optima, brute force and plain simulations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from replica.models import inventory as inv

# Zheng & Federgruen (1991), table 1 (from Veinott & Wagner 1965): Poisson demand, K = 64, h = 1, p = 9, no lead time.
PUBLISHED = [
    (10, 6, 40, 35.022), (15, 10, 49, 42.698), (20, 14, 62, 49.173), (25, 19, 56, 54.262), (40, 33, 87, 64.512),
    (51, 43, 110, 71.611), (64, 55, 74, 78.402),
]  # fmt: skip


def poisson(mean):
    return stats.poisson.pmf(range(int(3 * mean + 30)), mean)


def demand(rho=0.0, periods=60_000, runs=4, seed=0):
    return inv.ar1_demand(periods, 100, 20, rho, np.random.default_rng(seed), runs)


# --- orders -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("cover, window, rho", [(1, 4, 0.0), (3, 6, 0.0), (4, 8, 0.6), (2, 5, -0.4), (6, 12, 0.9)])
def test_the_variance_of_orders_is_that_of_the_closed_form(cover, window, rho):
    D = demand(rho)
    q = inv.orders_up_to(D, cover, window=window)[:, window + 1 :]
    assert q.var() / D.var() == pytest.approx(inv.bullwhip(cover, window, rho), rel=0.04)


def test_shared_demand_adds_lead_times_and_orders_alone_multiply_factors():
    D, first, second, window = demand(), 3, 2, 8
    q1 = inv.orders_up_to(D, first, window=window)
    # The supplier sees the order of period t before ordering in period t: one step on its own clock.
    shared = inv.orders_up_to(q1[:, 1:], second, window=window, signal=D[:, :-1])[:, 3 * window :]
    alone = inv.orders_up_to(q1[:, 1:], second, window=window)[:, 3 * window :]
    assert shared.var() / D.var() == pytest.approx(inv.bullwhip([first, second], window), rel=0.04)
    assert alone.var() / D.var() > 0.98 * inv.bullwhip([first, second], window, shared=False)
    assert inv.bullwhip([first, second], window) < inv.bullwhip([first, second], window, shared=False)


def test_with_a_known_mean_orders_repeat_demand():
    D = demand(periods=50)
    assert np.allclose(inv.orders_up_to(D, 3)[:, 2:], D[:, 1:-1])
    lots = inv.orders_up_to(D, 7, review=4)
    assert np.allclose(lots[:, 8], D[:, 4:8].sum(axis=1)) and (np.delete(lots, np.arange(0, 50, 4), axis=1) == 0).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.integers(0, 4), st.integers(1, 5), st.integers(1, 8))
def test_net_stock_is_that_of_a_policy_followed_step_by_step(seed, lag, review, window):
    D = np.random.default_rng(seed).uniform(50, 150, (1, 60))
    cover = lag + review
    q = inv.orders_up_to(D, cover, window=window, review=review)
    net = inv.net_stock(q, D, lag)
    first = -(-window // review) * review
    # Step by step: raise the position (stock, less backorders, plus what is on the way) to the level at each review.
    level = cover * D[0, first - window : first].mean()
    shelf, way = -D[0, :first].sum(), {first + lag: level + D[0, :first].sum()}
    for t in range(first, 60):
        if (t - first) % review == 0 and t > first:
            target = cover * D[0, t - window : t].mean()
            way[t + lag] = target - shelf - sum(way.values())
        shelf += way.pop(t, 0.0)
        shelf -= D[0, t]
        if t >= first + lag:
            assert shelf == pytest.approx(net[0, t], abs=1e-6)


# --- service ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("lag", [0, 2])
def test_the_fill_rate_is_held_and_follows_the_normal_loss_function(lag):
    D = demand(periods=40_000)
    net = inv.net_stock(inv.orders_up_to(D, lag + 1), D, lag)[:, 10:]
    held = inv.hold_fill(net, D[:, 10:], 0.95)
    assert held.fill == pytest.approx(0.95, abs=1e-6)

    def expected_late(periods, cover):  # backorders at the end of some periods of demand, given what covers them
        if not periods:
            return max(0.0, -cover)
        z = (cover - 100 * periods) / (20 * np.sqrt(periods))
        return 20 * np.sqrt(periods) * (stats.norm.pdf(z) - z * stats.norm.sf(z))

    cover = held.safety  # with a known mean the level is the safety stock alone
    late = expected_late(lag + 1, cover) - expected_late(lag, cover)
    assert 1 - late / 100 == pytest.approx(0.95, abs=0.003)


def test_more_service_needs_more_stock():
    D = demand(periods=5_000)
    net = inv.net_stock(inv.orders_up_to(D, 3, window=6), D, 2)[:, 20:]
    held = [inv.hold_fill(net, D[:, 20:], fill) for fill in (0.8, 0.9, 0.99)]
    assert held[0].stock < held[1].stock < held[2].stock
    assert [s.periods for s in held] == pytest.approx([s.stock / D[:, 20:].mean() for s in held])
    again = inv.service(net, D[:, 20:], held[1].safety)
    assert again.fill == pytest.approx(0.9, abs=1e-6) and again.cycle == held[1].cycle


# --- (s, S) -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("mean, s, S, cost", PUBLISHED)
def test_best_policies_are_the_published_ones(mean, s, S, cost):
    found = inv.best_s_S(poisson(mean), fixed=64, holding=1, shortage=9)
    assert (found.s, found.S) == (s, S) and found.cost == pytest.approx(cost, abs=6e-4)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.integers(0, 9), min_size=3, max_size=6).filter(lambda w: sum(w[1:]) > 0),
    st.floats(0, 30),
    st.floats(1, 20),
    st.integers(0, 2),
)
def test_best_policies_are_those_of_brute_force(weights, fixed, shortage, lead):
    pmf = np.array(weights) / sum(weights)
    args = {"fixed": fixed, "holding": 1.0, "shortage": shortage, "lead": lead}
    found = inv.best_s_S(pmf, **args)
    grid = [inv.s_S_policy(pmf, s, S, **args).cost for s in range(-8, 16) for S in range(s + 1, 30)]
    assert found.cost <= min(grid) + 1e-9
    assert found.cost == pytest.approx(inv.s_S_policy(pmf, found.s, found.S, **args).cost)


def test_the_long_run_of_a_policy_is_that_of_a_simulation():
    s, S, lead, rng = 20, 45, 2, np.random.default_rng(5)
    exact = inv.s_S_policy(poisson(7), s, S, fixed=30, holding=1, shortage=9, lead=lead)
    position, net, way = S, S, [0] * lead
    orders = stock = late = missed = 0.0
    periods, D = 100_000, rng.poisson(7, 100_000)
    for d in D:
        way.append(S - position if position <= s else 0)
        orders += way[-1] > 0
        position += way[-1]
        net += way.pop(0)
        missed += min(max(d - max(net, 0), 0), d)
        net, position = net - d, position - d
        stock, late = stock + max(net, 0), late + max(-net, 0)
    assert exact.orders == pytest.approx(orders / periods, rel=0.01)
    assert exact.stock == pytest.approx(stock / periods, rel=0.01)
    assert exact.fill == pytest.approx(1 - missed / D.sum(), abs=0.002)
    assert exact.cost == pytest.approx((30 * orders + stock + 9 * late) / periods, rel=0.01)


def test_demand_has_the_moments_asked_for():
    D = demand(0.7, periods=100_000)
    assert D.mean() == pytest.approx(100, abs=0.5) and D.std() == pytest.approx(20, rel=0.02)
    assert np.corrcoef(D[0, 1:], D[0, :-1])[0, 1] == pytest.approx(0.7, abs=0.01)


GOOD = np.ones((1, 10))
COSTS = {"fixed": 1, "holding": 1, "shortage": 1}


@pytest.mark.parametrize(
    "call, name",
    [
        (lambda: inv.ar1_demand(0, 1, 1, 0, np.random.default_rng(0)), "periods"),
        (lambda: inv.ar1_demand(5, 1, -1, 0, np.random.default_rng(0)), "sd"),
        (lambda: inv.ar1_demand(5, 1, 1, 1.0, np.random.default_rng(0)), "rho"),
        (lambda: inv.bullwhip(0, 4), "cover"),
        (lambda: inv.bullwhip(1, 4, 1.5), "rho"),
        (lambda: inv.bullwhip([1, 2], 4, 0.5, shared=False), "rho"),
        (lambda: inv.orders_up_to([1.0, 2.0], 2), "demand"),
        (lambda: inv.orders_up_to(GOOD, 2, signal=np.ones((2, 10))), "signal"),
        (lambda: inv.orders_up_to(GOOD, 2, window=10), "window"),
        (lambda: inv.orders_up_to(GOOD, 0), "cover"),
        (lambda: inv.net_stock(GOOD, np.ones((1, 9)), 1), "orders"),
        (lambda: inv.net_stock(GOOD, GOOD, -1), "lag"),
        (lambda: inv.service(GOOD, np.zeros((1, 10))), "demand"),
        (lambda: inv.hold_fill(GOOD, GOOD, 1.0), "fill"),
        (lambda: inv.service(np.full((1, 10), np.nan), GOOD), "net"),
        (lambda: inv.best_s_S([0.5, 0.4], **COSTS), "pmf"),
        (lambda: inv.best_s_S([1.0, 0.0], **COSTS), "pmf"),
        (lambda: inv.best_s_S([0.5, 0.5], **(COSTS | {"holding": 0})), "holding"),
        (lambda: inv.best_s_S([0.5, 0.5], lead=-1, **COSTS), "lead"),
        (lambda: inv.s_S_policy([0.5, 0.5], 3, 3, **COSTS), "S"),
    ],
)
def test_bad_input_is_refused_with_the_name_of_the_argument(call, name):
    with pytest.raises(ValueError, match=rf"^{name}"):
        call()
