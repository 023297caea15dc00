"""Orders and stock against closed forms, published optima, enumeration, quadrature, and plain simulations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from replica.methods import stock

TERMS = stock.Terms(price=100, cost=40, salvage=10)
STYLE = stock.Style.of(1000, 0.6, 0.3)

# Zheng & Federgruen (1991), table 1 (from Veinott & Wagner 1965): Poisson demand, K = 64, h = 1, p = 9, no lead time.
PUBLISHED = [
    (10, 6, 40, 35.022), (15, 10, 49, 42.698), (20, 14, 62, 49.173), (25, 19, 56, 54.262), (40, 33, 87, 64.512),
    (51, 43, 110, 71.611), (64, 55, 74, 78.402),
]  # fmt: skip


@dataclass
class Listed:
    """Demand that takes listed values with listed probabilities, enumerated."""

    values: np.ndarray
    chances: np.ndarray

    @property
    def mean(self):
        return self.values @ self.chances

    def quantile(self, q):
        return float(self.values[np.searchsorted(np.cumsum(self.chances), q - 1e-12)])

    def sales(self, quantity):
        return np.minimum(self.values, quantity) @ self.chances


# --- one order, and two -----------------------------------------------------------------------------------------------
def test_newsvendor_is_the_critical_fractile():
    plan = stock.newsvendor(100, 20, 7.0, 3.0)
    assert plan["level"] == pytest.approx(stats.norm(100, 20).ppf(0.7))
    grid = np.linspace(60, 160, 2001)
    z = (grid - 100) / 20
    cost = 7 * 20 * (stats.norm.pdf(z) - z * stats.norm.sf(z)) + 3 * 20 * (stats.norm.pdf(z) + z * stats.norm.cdf(z))
    assert plan["cost"] == pytest.approx(cost.min(), rel=1e-6)
    assert plan["cost"] == pytest.approx(7 * plan["short"] + 3 * plan["left"])


def test_one_loss_function_for_all():
    z = np.linspace(-6, 6, 25)
    assert stock.normal_loss(z) == pytest.approx(stats.norm.pdf(z) - z * stats.norm.sf(z), abs=1e-15)
    assert stock.normal_loss(0.7) == pytest.approx(integrate.quad(lambda x: stats.norm.sf(x), 0.7, 40)[0], abs=1e-12)
    plan, one = stock.newsvendor(100, 20, 60, 30), stock.one_order(stock.Normal(100, 20), TERMS)
    assert plan["level"] == pytest.approx(one.first) and plan["left"] == pytest.approx(one.leftover)
    assert plan["short"] == pytest.approx(one.lost) and 60 * 100 - plan["cost"] == pytest.approx(one.profit)


def test_newsvendor_profit_is_the_best_over_orders():
    rng = np.random.default_rng(2)
    drawn, orders = rng.normal(100, 30, 200_000), np.linspace(60, 140, 81)
    profit = [np.mean(10 * np.minimum(drawn, q) + 2 * np.maximum(q - drawn, 0) - 6 * q) for q in orders]
    assert 4 * 100 - stock.newsvendor(100, 30, 10 - 6, 6 - 2)["cost"] == pytest.approx(max(profit), rel=0.01)
    assert stock.newsvendor(100, 0, 4, 4)["cost"] == 0


def test_accounts_of_a_plan_add_up():
    """What is delivered is sold or left over, what is asked for is sold or lost, and money follows units."""
    terms = stock.Terms(100, 40, 10, goodwill=5, late_cost=50)
    for plan in (stock.two_orders(STYLE, terms, 0.1, 0.2), stock.one_order(STYLE.demand(), terms, 700)):
        assert plan.ordered == plan.first + plan.second == pytest.approx(plan.sold + plan.leftover)
        assert plan.demand == pytest.approx(1000) and plan.demand == pytest.approx(plan.sold + plan.lost)
        money = 100 * plan.sold - 40 * plan.first - 50 * plan.second + 10 * plan.leftover - 5 * plan.lost
        assert plan.profit == pytest.approx(money)
    assert terms.fractile() == pytest.approx(65 / 95) and terms.fractile(late=True) == pytest.approx(55 / 95)


def test_service_is_counted_by_hand():
    """Shelf 5 at the start and 3 at the end, then 3 and nothing, one of four units owed."""
    held = stock.service([[3.0, -1.0]], [[2.0, 4.0]])
    assert (held.fill, held.cycle, held.safety) == (pytest.approx(5 / 6), 0.5, 0.0)
    assert held.stock == pytest.approx(((5 + 3) / 2 + (3 + 0) / 2) / 2) and held.periods == pytest.approx(2.75 / 3)
    more = stock.service([[3.0, -1.0]], [[2.0, 4.0]], 1.0)
    assert (more.fill, more.cycle) == (1.0, 1.0) and more.stock == pytest.approx(((6 + 4) / 2 + (4 + 0) / 2) / 2)


def test_textbook_newsvendor_normal_demand():
    """Mean 100, sd 20, underage 6, overage 2: fractile 3/4, order 100 + 20 z(0.75) = 113.49."""
    terms = stock.Terms(price=10, cost=4, salvage=2)
    plan = stock.one_order(stock.Normal(100, 20), terms)
    assert terms.fractile() == pytest.approx(0.75)
    assert plan.first == pytest.approx(113.4898, abs=1e-4)
    closed = 6 * 100 - (10 - 2) * 20 * stats.norm.pdf(stats.norm.ppf(0.75))
    assert plan.profit == pytest.approx(closed)


def test_newsboy_by_enumeration():
    rng = np.random.default_rng(1)
    for _ in range(20):
        values, weights = np.arange(30), rng.dirichlet(np.ones(30))
        demand = Listed(values, weights)
        terms = stock.Terms(10, rng.uniform(3, 9), rng.uniform(0, 3), goodwill=rng.uniform(0, 4))
        every = [stock.one_order(demand, terms, q).profit for q in values]
        plan = stock.one_order(demand, terms)
        assert plan.profit == pytest.approx(max(every))
        sold, over, short = np.minimum(values, 12), np.maximum(12 - values, 0), np.maximum(values - 12, 0)
        by_hand = weights @ (10 * sold + terms.salvage * over - terms.goodwill * short) - 12 * terms.cost
        assert stock.one_order(demand, terms, 12).profit == pytest.approx(by_hand)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.15, 1.2), st.floats(0.1, 0.8), st.floats(0.05, 1.0), st.floats(0.05, 0.95))
def test_demand_at_an_unknown_rate_against_scipy_and_quadrature(cv, noise, share, q):
    demand = stock.Style.of(500, cv, noise).demand(share)
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
    plan = stock.two_orders(STYLE, TERMS, 0.1, 0.2, first=800, nodes=(81, 41))
    played = stock.simulate(STYLE, TERMS, 0.1, 0.2, 800, 400_000, np.random.default_rng(4))
    for name in ("second", "profit", "sold", "leftover"):
        assert getattr(plan, name) == pytest.approx(getattr(played, name), rel=0.01), name


def test_taking_sales_for_demand_costs_money_where_the_sample_is_small():
    def profit(first, sees):
        return stock.simulate(STYLE, TERMS, 0.1, 0.0, first, 50_000, np.random.default_rng(5), sees).profit

    assert profit(80, "sales") < 0.99 * profit(80, "demand")
    assert profit(10_000, "sales") == profit(10_000, "demand")


def test_second_order_is_the_best_one_for_its_news():
    """No other rule for the second order does better: shift it by a tenth, either way."""
    season = stock._Season(STYLE, TERMS, 0.1, 0.2, (61, 33))
    best, second = season.plan(800).profit, season.second(800)
    for factor in (0.8, 0.9, 1.1, 1.25):
        season.second = lambda first, factor=factor: factor * second
        assert season.plan(800).profit < best


def test_no_news_is_worth_nothing():
    plan = stock.two_orders(STYLE, TERMS, 1e-7, 0.0)
    assert plan.profit == pytest.approx(plan.one_order.profit, rel=1e-4)
    assert plan.ordered == pytest.approx(plan.one_order.first, rel=2e-3)


def test_perfect_news_sells_everything_and_wastes_nothing():
    style = stock.Style.of(1000, 0.5, 0.002)
    plan = stock.two_orders(style, TERMS, 0.01, 0.0, nodes=(161, 3))
    assert plan.profit == pytest.approx(60 * 1000, rel=0.015)
    assert plan.leftover < 15 and plan.lost < 15


def test_a_second_order_that_does_not_pay_is_not_made():
    dear = stock.Terms(100, 40, 10, late_cost=100)
    plan = stock.two_orders(STYLE, dear, 0.1, 0.2)
    assert plan.second == 0
    assert plan.profit == pytest.approx(plan.one_order.profit, rel=1e-4)


@settings(max_examples=8, deadline=None)
@given(st.floats(0.2, 1.0), st.floats(0.1, 0.5), st.floats(20, 80))
def test_quick_response_never_costs_the_one_who_orders_and_speed_never_hurts(cv, noise, cost):
    style, terms = stock.Style.of(1000, cv, noise), stock.Terms(100, cost, 10)
    profits = [stock.two_orders(style, terms, 0.1, delay).profit for delay in (0.0, 0.2, 0.4)]
    one = stock.one_order(style.demand(), terms).profit
    slack = 2e-3 * one
    assert profits[0] >= profits[1] - slack and profits[1] >= profits[2] - slack and profits[2] >= one - slack


def test_default_nodes_are_fine_enough():
    fine = stock.two_orders(STYLE, TERMS, 0.1, 0.2, nodes=(161, 81))
    assert stock.two_orders(STYLE, TERMS, 0.1, 0.2).profit == pytest.approx(fine.profit, rel=1e-4)


def poisson(mean):
    return stats.poisson.pmf(range(int(3 * mean + 30)), mean)


def policy(pmf, s, S, fixed, holding, shortage, lead):
    return stock._Renewal(np.asarray(pmf), lead).policy(s, S, fixed, holding, shortage)


def demand(rho=0.0, periods=60_000, runs=4, seed=0):
    return stock.ar1_demand(periods, 100, 20, rho, np.random.default_rng(seed), runs)


# --- orders -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("cover, window, rho", [(1, 4, 0.0), (3, 6, 0.0), (4, 8, 0.6), (2, 5, -0.4), (6, 12, 0.9)])
def test_the_variance_of_orders_is_that_of_the_closed_form(cover, window, rho):
    D = demand(rho)
    q = stock.orders_up_to(D, cover, window=window)[:, window + 1 :]
    assert q.var() / D.var() == pytest.approx(stock.bullwhip(cover, window, rho), rel=0.04)


def test_with_a_known_mean_orders_repeat_demand():
    D = demand(periods=50)
    assert np.allclose(stock.orders_up_to(D, 3)[:, 2:], D[:, 1:-1])
    lots = stock.orders_up_to(D, 7, review=4)
    assert np.allclose(lots[:, 8], D[:, 4:8].sum(axis=1)) and (np.delete(lots, np.arange(0, 50, 4), axis=1) == 0).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.integers(0, 4), st.integers(1, 5), st.integers(1, 8))
def test_net_stock_is_that_of_a_policy_followed_step_by_step(seed, lag, review, window):
    D = np.random.default_rng(seed).uniform(50, 150, (1, 60))
    cover = lag + review
    q = stock.orders_up_to(D, cover, window=window, review=review)
    net = stock.net_stock(q, D, lag)
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
    net = stock.net_stock(stock.orders_up_to(D, lag + 1), D, lag)[:, 10:]
    held = stock.hold_fill(net, D[:, 10:], 0.95)
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
    net = stock.net_stock(stock.orders_up_to(D, 3, window=6), D, 2)[:, 20:]
    held = [stock.hold_fill(net, D[:, 20:], fill) for fill in (0.8, 0.9, 0.99)]
    assert held[0].stock < held[1].stock < held[2].stock
    assert [s.periods for s in held] == pytest.approx([s.stock / D[:, 20:].mean() for s in held])
    again = stock.service(net, D[:, 20:], held[1].safety)
    assert again.fill == pytest.approx(0.9, abs=1e-6) and again.cycle == held[1].cycle


# --- (s, S) -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("mean, s, S, cost", PUBLISHED)
def test_best_policies_are_the_published_ones(mean, s, S, cost):
    found = stock.best_s_S(poisson(mean), fixed=64, holding=1, shortage=9)
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
    found = stock.best_s_S(pmf, **args)
    grid = [policy(pmf, s, S, **args).cost for s in range(-8, 16) for S in range(s + 1, 30)]
    assert found.cost <= min(grid) + 1e-9
    assert found.cost == pytest.approx(policy(pmf, found.s, found.S, **args).cost)


def test_a_policy_under_demand_for_sure_is_counted_by_hand():
    """One unit a period: raised to 2 every second period, the position covers two units of demand, or one too few."""
    late = policy([0.0, 1.0], 0, 2, fixed=4, holding=1, shortage=9, lead=1)
    assert (late.orders, late.stock, late.fill, late.cost) == (0.5, 0.0, 0.5, 0.5 * 4 + 0.5 * 9)
    later = policy([0.0, 1.0], -1, 1, fixed=4, holding=1, shortage=9, lead=1)  # one and two owed by turns, none met
    assert (later.orders, later.stock, later.fill, later.cost) == (0.5, 0.0, 0.0, 0.5 * 4 + 1.5 * 9)
    early = policy([0.0, 1.0], 0, 2, fixed=4, holding=1, shortage=9, lead=0)
    assert (early.orders, early.stock, early.fill, early.cost) == (0.5, 0.5, 1.0, 0.5 * 4 + 0.5 * 1)


def test_the_long_run_of_a_policy_is_that_of_a_simulation():
    s, S, lead, rng = 20, 45, 2, np.random.default_rng(5)
    exact = policy(poisson(7), s, S, fixed=30, holding=1, shortage=9, lead=lead)
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


def test_shipments_that_overtake_each_other_need_less_stock():
    """Units on order under daily orders with independent gamma lead times, simulated."""
    rng, days = np.random.default_rng(3), 60_000
    leads = rng.gamma(4.0, 5.0, days)
    demand = rng.poisson(10, days)
    change = np.zeros(days + 400)
    start = np.arange(days)
    np.add.at(change, start, demand)
    np.add.at(change, np.minimum(start + np.ceil(leads).astype(int), days + 399), -demand)
    on_order = np.cumsum(change)[1000:days]
    assert on_order.std() == pytest.approx(float(stock.demand_sd(10, 1, 20.5, 10, crossing=True)), rel=0.03)
    assert stock.demand_sd(10, 1, 20, 10, crossing=True) < 0.8 * stock.demand_sd(10, 1, 20, 10)
    assert stock.demand_sd(10, 1, 20, 0, crossing=True) == pytest.approx(float(stock.demand_sd(10, 1, 20, 0)))


GOOD = np.ones((1, 10))
COSTS = {"fixed": 1, "holding": 1, "shortage": 1}


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: stock.ar1_demand(0, 1, 1, 0, np.random.default_rng(0)), "periods"),
        (lambda: stock.ar1_demand(5, 1, -1, 0, np.random.default_rng(0)), "sd"),
        (lambda: stock.ar1_demand(5, 1, 1, 1.0, np.random.default_rng(0)), "rho"),
        (lambda: stock.bullwhip(0, 4), "cover"),
        (lambda: stock.bullwhip(1, 4, 1.5), "rho"),
        (lambda: stock.orders_up_to([1.0, 2.0], 2), "demand"),
        (lambda: stock.orders_up_to(GOOD, 2, window=10), "window"),
        (lambda: stock.orders_up_to(GOOD, 0), "cover"),
        (lambda: stock.net_stock(GOOD, np.ones((1, 9)), 1), "orders"),
        (lambda: stock.net_stock(GOOD, GOOD, -1), "lag"),
        (lambda: stock.service(GOOD, np.zeros((1, 10))), "demand"),
        (lambda: stock.hold_fill(GOOD, GOOD, 1.0), "fill"),
        (lambda: stock.service(np.full((1, 10), np.nan), GOOD), "net"),
        (lambda: stock.best_s_S([0.5, 0.4], **COSTS), "pmf"),
        (lambda: stock.best_s_S([1.0, 0.0], **COSTS), "pmf"),
        (lambda: stock.best_s_S([0.5, 0.5], **(COSTS | {"holding": 0})), "holding"),
        (lambda: stock.best_s_S([0.5, 0.5], lead=-1, **COSTS), "lead"),
        (lambda: stock.Normal(-1, 1), "mean"),
        (lambda: stock.Normal(1, 0), "sd"),
        (lambda: stock.Style.of(1000, 0, 0.3), "cv"),
        (lambda: stock.Style.of(1000, 0.3, np.nan), "noise"),
        (lambda: stock.Style(1.5, 1, 1), "alpha"),
        (lambda: STYLE.after(-1, 0.1), "sold"),
        (lambda: STYLE.demand(0), "share"),
        (lambda: stock.Terms(10, 12), "price"),
        (lambda: stock.Terms(10, 5, 6), "salvage"),
        (lambda: stock.Terms(10, 5, 1, -1), "goodwill"),
        (lambda: stock.Terms(10, 5, 1, late_cost=1), "late_cost"),
        (lambda: stock.one_order(stock.Normal(10, 1), TERMS, -1), "quantity"),
        (lambda: stock.two_orders(STYLE, TERMS, 0, 0.1), "watch"),
        (lambda: stock.two_orders(STYLE, TERMS, 0.5, 0.5), "delay"),
        (lambda: stock.two_orders(STYLE, TERMS, 0.1, 0.1, nodes=(2, 9)), "nodes"),
        (lambda: stock.two_orders(STYLE, TERMS, 0.1, 0.1, first=-5), "first"),
        (lambda: stock.simulate(STYLE, TERMS, 0.1, 0.1, 5, 9, np.random.default_rng(1), "orders"), "sees"),
        (lambda: stock.normal_loss(np.nan), "z"),
        (lambda: stock.newsvendor(np.nan, 1, 1, 1), "mean"),
        (lambda: stock.newsvendor(1, -1, 1, 1), "sd"),
        (lambda: stock.newsvendor(1, 1, 0, 1), "under"),
        (lambda: stock.newsvendor(1, 1, 1, np.inf), "over"),
        (lambda: stock.demand_sd(0, 1, 1, 1), "rate"),
        (lambda: stock.demand_sd(1, np.nan, 1, 1), "dispersion"),
        (lambda: stock.demand_sd(1, 1, 0, 1), "lead_mean"),
        (lambda: stock.demand_sd(1, 1, 1, -1), "lead_sd"),
        (lambda: stock.demand_sd(1, 1, 1, 1, -1), "review"),
        (lambda: stock.ar1_demand(5, np.nan, 1, 0, np.random.default_rng(0)), "mean"),
        (lambda: stock.ar1_demand(5.5, 1, 1, 0, np.random.default_rng(0)), "periods"),
        (lambda: stock.ar1_demand(5, 1, 1, 0, 7), "rng"),
        (lambda: stock.orders_up_to(GOOD, 2, window=2.5), "window"),
        (lambda: stock.orders_up_to(GOOD, 2, review=0), "review"),
        (lambda: stock.net_stock(GOOD, GOOD, 1.5), "lag"),
        (lambda: stock.service(GOOD, GOOD, np.nan), "safety"),
        (lambda: stock.hold_fill(GOOD, np.zeros((1, 10)), 0.9), "demand"),
        (lambda: stock.best_s_S([0.5, 0.5], **(COSTS | {"fixed": -1})), "fixed"),
        (lambda: stock.best_s_S([0.5, 0.5], **(COSTS | {"shortage": np.nan})), "shortage"),
        (lambda: stock.one_order(stock.Normal(10, 1), TERMS, "ten"), "quantity"),
        (lambda: STYLE.credibility(1.5), "share"),
        (lambda: STYLE.draw([0.1, 0.9], 2.5, np.random.default_rng(1)), "size"),
        (lambda: STYLE.draw([0.1, -0.9], 2, np.random.default_rng(1)), "shares"),
        (lambda: stock.simulate(STYLE, TERMS, 0.6, 0.5, 5, 9, np.random.default_rng(1)), "delay"),
        (lambda: stock.simulate(STYLE, TERMS, 0.1, 0.1, np.nan, 9, np.random.default_rng(1)), "first"),
        (lambda: stock.simulate(STYLE, TERMS, 0.1, 0.1, 5, 9.5, np.random.default_rng(1)), "size"),
    ],
)
def test_bad_input_is_refused_with_the_name_of_the_argument(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
