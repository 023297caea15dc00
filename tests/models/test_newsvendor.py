"""Orders against the critical fractile, enumeration, quadrature, simulation, and limits that are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from replica.models import newsvendor as nv

TERMS = nv.Terms(price=100, cost=40, salvage=10)
STYLE = nv.Style.of(1000, 0.6, 0.3)


def test_textbook_newsvendor_normal_demand():
    """Mean 100, sd 20, underage 6, overage 2: fractile 3/4, order 100 + 20 z(0.75) = 113.49."""
    terms = nv.Terms(price=10, cost=4, salvage=2)
    plan = nv.one_order(nv.Normal(100, 20), terms)
    assert terms.fractile() == pytest.approx(0.75)
    assert plan.first == pytest.approx(113.4898, abs=1e-4)
    closed = 6 * 100 - (10 - 2) * 20 * stats.norm.pdf(stats.norm.ppf(0.75))
    assert plan.profit == pytest.approx(closed)


def test_newsboy_by_enumeration():
    rng = np.random.default_rng(1)
    for _ in range(20):
        values, weights = np.arange(30), rng.dirichlet(np.ones(30))
        demand = nv.Discrete(values, weights)
        terms = nv.Terms(10, rng.uniform(3, 9), rng.uniform(0, 3), goodwill=rng.uniform(0, 4))
        every = [nv.one_order(demand, terms, q).profit for q in values]
        plan = nv.one_order(demand, terms)
        assert plan.profit == pytest.approx(max(every))
        sold, over, short = np.minimum(values, 12), np.maximum(12 - values, 0), np.maximum(values - 12, 0)
        by_hand = weights @ (10 * sold + terms.salvage * over - terms.goodwill * short) - 12 * terms.cost
        assert nv.one_order(demand, terms, 12).profit == pytest.approx(by_hand)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.15, 1.2), st.floats(0.1, 0.8), st.floats(0.05, 1.0), st.floats(0.05, 0.95))
def test_demand_at_an_unknown_rate_against_scipy_and_quadrature(cv, noise, share, q):
    demand = nv.Style.of(500, cv, noise).demand(share)
    peer = stats.betaprime(demand.p, demand.q, scale=demand.scale)
    x = demand.quantile(q)
    assert demand.cdf(x) == pytest.approx(q, abs=1e-9)
    assert demand.cdf(x) == pytest.approx(peer.cdf(x), abs=1e-9)
    assert demand.mean == pytest.approx(500 * share)
    area = integrate.quad(lambda t: 1 - peer.cdf(t), 0, x, limit=200)[0]
    assert demand.sales(x) == pytest.approx(area, rel=1e-6)


def test_moments_of_a_season_and_of_its_parts():
    draws = STYLE.draw([0.1, 0.2, 0.7], 400_000, np.random.default_rng(2))
    assert draws.mean(axis=0) == pytest.approx([100, 200, 700], rel=0.01)
    season = STYLE.demand()
    assert draws.sum(axis=1).std() == pytest.approx(season.sd, rel=0.05)
    assert np.mean(draws.sum(axis=1) <= season.quantile(0.8)) == pytest.approx(0.8, abs=0.005)


def test_belief_after_early_sales_by_simulation():
    draws = STYLE.draw([0.1, 0.9], 2_000_000, np.random.default_rng(3))
    near = np.abs(draws[:, 0] - 150) < 3
    later = STYLE.after(150, 0.1).demand(0.9)
    assert draws[near, 1].mean() == pytest.approx(later.mean, rel=0.02)
    assert np.quantile(draws[near, 1], 0.8) == pytest.approx(later.quantile(0.8), rel=0.02)


@settings(max_examples=50)
@given(st.floats(0, 400), st.floats(0.01, 0.5), st.floats(0.01, 0.45))
def test_updating_in_two_steps_is_updating_once(sold, first, second):
    twice = STYLE.after(sold, first).after(sold / 2, second)
    once = STYLE.after(1.5 * sold, first + second)
    assert (twice.alpha, twice.beta) == pytest.approx((once.alpha, once.beta))


def test_two_orders_against_simulation():
    plan = nv.two_orders(STYLE, TERMS, 0.1, 0.2, first=800, nodes=(81, 41))
    played = nv.simulate(STYLE, TERMS, 0.1, 0.2, 800, 400_000, np.random.default_rng(4))
    for name in ("second", "profit", "sold", "leftover"):
        assert getattr(plan, name) == pytest.approx(getattr(played, name), rel=0.01), name


def test_taking_sales_for_demand_costs_money_where_the_sample_is_small():
    def profit(first, sees):
        return nv.simulate(STYLE, TERMS, 0.1, 0.0, first, 50_000, np.random.default_rng(5), sees).profit

    assert profit(80, "sales") < 0.99 * profit(80, "demand")
    assert profit(10_000, "sales") == profit(10_000, "demand")


def test_second_order_is_the_best_one_for_its_news():
    """No other rule for the second order does better: shift it by a tenth, either way."""
    season = nv._Season(STYLE, TERMS, 0.1, 0.2, (61, 33))
    best, second = season.plan(800).profit, season.second(800)
    for factor in (0.8, 0.9, 1.1, 1.25):
        season.second = lambda first, factor=factor: factor * second
        assert season.plan(800).profit < best


def test_no_news_is_worth_nothing():
    plan = nv.two_orders(STYLE, TERMS, 1e-7, 0.0)
    assert plan.profit == pytest.approx(plan.one_order.profit, rel=1e-4)
    assert plan.ordered == pytest.approx(plan.one_order.first, rel=2e-3)


def test_perfect_news_sells_everything_and_wastes_nothing():
    style = nv.Style.of(1000, 0.5, 0.002)
    plan = nv.two_orders(style, TERMS, 0.01, 0.0, nodes=(161, 3))
    assert plan.profit == pytest.approx(60 * 1000, rel=0.015)
    assert plan.leftover < 15 and plan.lost < 15


def test_a_second_order_that_does_not_pay_is_not_made():
    dear = nv.Terms(100, 40, 10, late_cost=100)
    plan = nv.two_orders(STYLE, dear, 0.1, 0.2)
    assert plan.second == 0
    assert plan.profit == pytest.approx(plan.one_order.profit, rel=1e-4)


@settings(max_examples=8, deadline=None)
@given(st.floats(0.2, 1.0), st.floats(0.1, 0.5), st.floats(20, 80))
def test_quick_response_never_costs_the_one_who_orders_and_speed_never_hurts(cv, noise, cost):
    style, terms = nv.Style.of(1000, cv, noise), nv.Terms(100, cost, 10)
    profits = [nv.two_orders(style, terms, 0.1, delay).profit for delay in (0.0, 0.2, 0.4)]
    one = nv.one_order(style.demand(), terms).profit
    slack = 2e-3 * one
    assert profits[0] >= profits[1] - slack and profits[1] >= profits[2] - slack and profits[2] >= one - slack


def test_default_nodes_are_fine_enough():
    fine = nv.two_orders(STYLE, TERMS, 0.1, 0.2, nodes=(161, 81))
    assert nv.two_orders(STYLE, TERMS, 0.1, 0.2).profit == pytest.approx(fine.profit, rel=1e-4)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: nv.Normal(-1, 1), "mean"),
        (lambda: nv.Normal(1, 0), "sd"),
        (lambda: nv.Discrete([1, -2], [0.5, 0.5]), "values"),
        (lambda: nv.Discrete([1, 2], [0.5, 0.6]), "probabilities"),
        (lambda: nv.Style.of(1000, 0, 0.3), "cv"),
        (lambda: nv.Style.of(1000, 0.3, np.nan), "noise"),
        (lambda: nv.Style(1.5, 1, 1), "alpha"),
        (lambda: STYLE.after(-1, 0.1), "sold"),
        (lambda: STYLE.demand(0), "share"),
        (lambda: nv.Terms(10, 12), "price"),
        (lambda: nv.Terms(10, 5, 6), "salvage"),
        (lambda: nv.Terms(10, 5, 1, -1), "goodwill"),
        (lambda: nv.Terms(10, 5, 1, late_cost=1), "late_cost"),
        (lambda: nv.one_order(nv.Normal(10, 1), TERMS, -1), "quantity"),
        (lambda: nv.two_orders(STYLE, TERMS, 0, 0.1), "watch"),
        (lambda: nv.two_orders(STYLE, TERMS, 0.5, 0.5), "delay"),
        (lambda: nv.two_orders(STYLE, TERMS, 0.1, 0.1, nodes=(2, 9)), "nodes"),
        (lambda: nv.two_orders(STYLE, TERMS, 0.1, 0.1, first=-5), "first"),
        (lambda: nv.simulate(STYLE, TERMS, 0.1, 0.1, 5, 9, np.random.default_rng(1), "orders"), "sees"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
