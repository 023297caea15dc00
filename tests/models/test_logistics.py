"""Landed cost: the newsvendor, a simulation day by day, printed shares given back, limits in closed form."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from replica.models import activities
from replica.models import logistics as lg


def test_newsvendor_is_the_critical_fractile():
    plan = lg.newsvendor(100, 20, 7.0, 3.0)
    assert plan["level"] == pytest.approx(stats.norm(100, 20).ppf(0.7))
    grid = np.linspace(60, 160, 2001)
    z = (grid - 100) / 20
    cost = 7 * 20 * (stats.norm.pdf(z) - z * stats.norm.sf(z)) + 3 * 20 * (stats.norm.pdf(z) + z * stats.norm.cdf(z))
    assert plan["cost"] == pytest.approx(cost.min(), rel=1e-6)
    assert plan["cost"] == pytest.approx(7 * plan["short"] + 3 * plan["left"])


@pytest.mark.parametrize(("lead_sd", "near"), [(0.0, 0.05), (3.0, 0.05), (6.0, 0.10)])
def test_simulated_stock_agrees_with_the_closed_form(lead_sd, near):
    rate, dispersion, lead, review = 20.0, 2.0, 30.0, 28
    sd = lg.demand_sd(rate, dispersion, lead, lead_sd, review)
    plan = lg.newsvendor(rate * (lead + review), sd, under=9.0, over=1.0)
    run = lg.simulate_stock(rate, dispersion, lead, lead_sd, review, float(plan["level"]), 20_000, seed=1)
    assert run["mean"] == pytest.approx(rate * (lead + review), rel=0.01)
    assert run["sd"] == pytest.approx(sd, rel=0.05)
    cost = 9 * run["short"] + run["left"]
    assert cost == pytest.approx(float(plan["cost"]), rel=near)  # gamma lead times are skewed, the form is normal
    assert run["on_hand"] == pytest.approx(float(plan["safety"] + plan["short"]) + rate * review / 2, rel=0.05)


def test_the_critical_fractile_is_cheapest_in_the_simulation():
    sd = float(lg.demand_sd(20, 2, 30, 6, 28))
    costs = {}
    for z in (0.0, float(stats.norm.ppf(0.9)), 3.0):
        run = lg.simulate_stock(20, 2, 30, 6, 28, 20 * 58 + z * sd, 20_000, seed=2)
        costs[z] = 9 * run["short"] + run["left"]
    assert min(costs, key=costs.get) == pytest.approx(stats.norm.ppf(0.9))


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
    assert on_order.std() == pytest.approx(float(lg.demand_sd(10, 1, 20.5, 10, crossing=True)), rel=0.03)
    assert lg.demand_sd(10, 1, 20, 10, crossing=True) < 0.8 * lg.demand_sd(10, 1, 20, 10)
    assert lg.demand_sd(10, 1, 20, 0, crossing=True) == pytest.approx(float(lg.demand_sd(10, 1, 20, 0)))


@pytest.mark.parametrize("family", ["gamma", "weibull", "lognormal"])
def test_printed_shares_come_back(family):
    a, b = lg.delivery_from_shares((3.5, 0.14), (29.5, 0.11), family)
    law = {
        "gamma": stats.gamma(a, scale=b),
        "weibull": stats.weibull_min(a, scale=b),
        "lognormal": stats.lognorm(a, scale=b),
    }
    assert law[family].cdf(3.5) == pytest.approx(0.14) and law[family].sf(29.5) == pytest.approx(0.11)


def test_an_alliance_of_one_at_no_charge_is_a_warehouse():
    world = lg.draw(50, seed=1, members=1.0, margin=0.0, coordination=0.0)
    both = lg.totals(world)
    assert np.allclose(both["warehouse"], both["alliance"])


def test_directions_that_must_hold():
    world = lg.draw(400, seed=2)
    base = lg.totals(world)
    more = lg.totals(world.assign(rate=world.rate * 2))
    assert np.all(more["warehouse"] < base["warehouse"]) and np.all(more["post"] == base["post"])
    wilder = lg.totals(world.assign(lead_cv=world.lead_cv + 0.2))
    assert np.mean(wilder["warehouse"] >= base["warehouse"] - 1e-9) > 0.99
    assert np.all(wilder["post"] == base["post"])
    slower = lg.totals(world.assign(post_slow=world.post_slow * 1.2))
    assert np.all(slower["post"] > base["post"])


def test_a_certain_world_is_added_up_by_hand():
    """No uncertainty worth the name: freight, fixed cost, capital, half a review of stock, waiting, losses, returns."""
    row = lg.middle().assign(dispersion=1e-12, lead_cv=0.0, rate=100.0, shipment=1000.0, value=200.0)
    w, cost = row.iloc[0], lg.landed_cost(row)["warehouse"].iloc[0]
    holding = w.storage + 200 * (w.capital + w.obsolescence) / 365
    assert cost["stock"] == pytest.approx(holding * 10 / 2, rel=1e-4)  # a shipment lasts ten days
    assert cost["shortage"] == pytest.approx(0, abs=1e-6)
    assert cost["freight"] == pytest.approx((w.bulk + w.last_mile) * w.post_share * 200)
    assert cost["fixed"] == pytest.approx(w.warehouse_fixed / 100)


def test_the_way_out_meets_the_printed_share_and_a_local_return_is_shorter():
    rng = np.random.default_rng(5)
    out, back, near = (
        activities.run(steps, activities.sample(steps, 20_000, rng))[0]
        for steps in (lg.OUTWARD, lg.RETURN, lg.RETURN_ABROAD)
    )
    assert np.mean(out >= 29.5) == pytest.approx(0.11, abs=0.01) and np.mean(out >= 9.5) > 0.5
    assert np.median(near) < np.median(out) < np.median(back)


def test_ranges_are_met_and_seeds_repeat():
    world = lg.draw(200, seed=3)
    for name, (low, high, *_) in lg.RANGES.items():
        assert world[name].between(low, high).all()
    pd.testing.assert_frame_equal(world, lg.draw(200, seed=3))
    assert not world.equals(lg.draw(200, seed=4))


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: lg.newsvendor(1, -1, 1, 1), "sd"),
        (lambda: lg.newsvendor(1, 1, 0, 1), "under"),
        (lambda: lg.demand_sd(0, 1, 1, 1), "rate"),
        (lambda: lg.delivery_from_shares((3, 0.6), (30, 0.5), "gamma"), "late"),
        (lambda: lg.delivery_from_shares((30, 0.1), (3, 0.5), "gamma"), "early"),
        (lambda: lg.delivery_from_shares((3, 0.1), (30, 0.1), "cauchy"), "family"),
        (lambda: lg.draw(0, 1), "n"),
        (lambda: lg.draw(5, 1, colour=1.0), "colour"),
        (lambda: lg.landed_cost({"value": 1.0}), "missing"),
        (lambda: lg.landed_cost(lg.middle().assign(rate=np.nan)), "rate"),
        (lambda: lg.simulate_stock(1, 1, 1, 1, 0, 1, 100, 1), "review"),
    ],
)
def test_bad_input_is_named(call, word):
    with pytest.raises(ValueError, match=word):
        call()
