"""Landed cost by hand, a simulation day by day, printed shares given back; steps on the way; a SWOT panel."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from replica.methods import mcda, stock
from replica.worlds import ch07 as lg


@pytest.mark.parametrize(("lead_sd", "near"), [(0.0, 0.05), (3.0, 0.05), (6.0, 0.10)])
def test_simulated_stock_agrees_with_the_closed_form(lead_sd, near):
    rate, dispersion, lead, review = 20.0, 2.0, 30.0, 28
    sd = stock.demand_sd(rate, dispersion, lead, lead_sd, review)
    plan = stock.newsvendor(rate * (lead + review), sd, under=9.0, over=1.0)
    run = lg.simulate_stock(rate, dispersion, lead, lead_sd, review, float(plan["level"]), 20_000, seed=1)
    assert run["mean"] == pytest.approx(rate * (lead + review), rel=0.01)
    assert run["sd"] == pytest.approx(sd, rel=0.05)
    cost = 9 * run["short"] + run["left"]
    assert cost == pytest.approx(float(plan["cost"]), rel=near)  # gamma lead times are skewed, the form is normal
    assert run["on_hand"] == pytest.approx(float(plan["safety"] + plan["short"]) + rate * review / 2, rel=0.05)


def test_the_critical_fractile_is_cheapest_in_the_simulation():
    sd = float(stock.demand_sd(20, 2, 30, 6, 28))
    costs = {}
    for z in (0.0, float(stats.norm.ppf(0.9)), 3.0):
        run = lg.simulate_stock(20, 2, 30, 6, 28, 20 * 58 + z * sd, 20_000, seed=2)
        costs[z] = 9 * run["short"] + run["left"]
    assert min(costs, key=costs.get) == pytest.approx(stats.norm.ppf(0.9))


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


POINT = {
    "value": 150.0, "rate": 12.0, "dispersion": 2.0, "post_share": 0.22, "post_slow": 1.1, "third_freight": 0.9,
    "third_days": 0.6, "third_fixed": 60.0, "bulk": 0.3, "last_mile": 0.4, "local_days": 3.0, "warehouse_fixed": 900.0,
    "storage": 0.1, "lead_mean": 35.0, "lead_cv": 0.3, "shipment": 400.0, "members": 5.0, "margin": 0.1,
    "coordination": 70.0, "capital": 0.12, "obsolescence": 0.2, "time_value": 0.012, "late_refund": 0.3, "loss": 0.02,
    "returned": 0.08, "return_freight": 1.4, "resold": 0.8,
}  # fmt: skip


def parcel_by_hand(freight, fixed, days, loss):
    """A parcel of 150 yuan, 12 orders a day; freight by post would be 33 yuan."""
    late = stats.gamma(lg.POST_DAYS[0], scale=days / lg.POST_DAYS[0]).sf(29.5)
    return {
        "freight": freight, "fixed": fixed / 12, "capital": 150 * 0.12 * days / 365, "stock": 0, "shortage": 0,
        "waiting": 0.012 * 150 * days, "losses": 150 * (loss + late * 0.3),
        "returns": 0.08 * min(150, 1.4 * 33 + 0.2 * 150),
    }  # fmt: skip


def warehouse_by_hand(members, fixed, factor):
    post_days = 1.1 * lg.POST_DAYS[0] * lg.POST_DAYS[1]
    review = max(7, 400 / (members * 12))
    holding, short = 0.1 + 150 * (0.12 + 0.2) / 365, 33 + 0.012 * 150 * (post_days - 3)
    cover, sd = 12 * (35 + review), np.sqrt(2 * 12 * (35 + review) + (12 * 0.3 * 35) ** 2)
    law = stats.norm(cover, sd)
    level = law.ppf(short / (short + holding * review))
    missing = law.expect(lambda x: x - level, lb=level)  # by quadrature
    units = level - cover + missing + 12 * review / 2
    return {
        "freight": factor * (0.3 + 0.4) * 33, "fixed": fixed / 12, "capital": 150 * 0.12 * (35 + 3) / 365,
        "stock": holding * units / 12, "shortage": short * missing / (12 * review), "waiting": 0.012 * 150 * 3,
        "losses": 0.02 / 5 * 150, "returns": 0.08 * (0.4 * 33 + 0.2 * 150),
    }  # fmt: skip


def test_every_part_of_every_mode_is_added_up_by_hand():
    days = 1.1 * lg.POST_DAYS[0] * lg.POST_DAYS[1]
    by_hand = {
        "post": parcel_by_hand(33, 0, days, 0.02),
        "third party": parcel_by_hand(0.9 * 33, 60, 0.6 * days, 0.01),
        "warehouse": warehouse_by_hand(1, 900, 1),
        "alliance": warehouse_by_hand(5, 900 / 5 + 70, 1.1),
    }
    found = lg.landed_cost(POINT)
    for mode, parts in by_hand.items():
        assert found[mode].iloc[0].to_dict() == pytest.approx(parts, rel=1e-6), mode
        assert lg.totals(POINT)[mode].item() == pytest.approx(sum(parts.values()))


def ends(steps, days, draw):
    """When the process ends in one draw: the longest path, by networkx."""
    graph = nx.DiGraph()
    for step in steps:
        for before in step.after or ("start",):
            graph.add_edge(before, step.name, days=days[step.name][draw])
    return nx.dag_longest_path_length(graph, weight="days")


def test_the_way_out_meets_the_printed_share_and_a_local_return_is_shorter():
    out, back, near = (
        np.array([ends(steps, days, k) for k in range(4000)])
        for steps in (lg.OUTWARD, lg.RETURN, lg.RETURN_ABROAD)
        for days in [lg.sample(steps, 4000, np.random.default_rng(5))]
    )
    assert np.mean(out >= 29.5) == pytest.approx(0.11, abs=0.015) and np.mean(out >= 9.5) > 0.5
    assert np.median(near) < np.median(out) < np.median(back)


def test_triangular_draws_have_their_mean_and_certain_ones_do_not_move():
    steps = [lg.Activity("a", (), (1, 2, 6)), lg.Activity("b", ("a",), (1, 1, 1), (3, 4, 5))]
    drawn = lg.sample(steps, 100_000, np.random.default_rng(2))
    assert drawn["a"].mean() == pytest.approx(3.0, rel=0.01) and (drawn["b"] == 1.0).all()
    money = lg.sample(steps, 100_000, np.random.default_rng(2), of="cost")
    assert money["b"].mean() == pytest.approx(4.0, rel=0.01) and not money["a"].any()


def test_a_simulated_shelf_is_counted_by_hand():
    """Ten cycles, followed day by day."""
    found = lg.simulate_stock(3, 1, 4, 0, 5, 30, 10, seed=8)
    demand = np.random.default_rng(8).poisson(3, 55)
    served, shelf = np.append(0, np.cumsum(demand)), []
    for day in range(9, 54):  # from the second arrival on; each shipment raises the position to 30, four days ago
        order = 5 * ((day - 4) // 5)
        shelf.append(max(30 + served[order] - served[day], 0))
    covered = np.array([served[5 * k + 9] - served[5 * k] for k in range(10)])
    assert (found["mean"], found["sd"]) == pytest.approx((covered.mean(), covered.std()))
    assert found["short"] == pytest.approx(np.maximum(covered - 30, 0).mean())
    assert found["left"] == pytest.approx(np.maximum(30 - covered, 0).mean())
    assert found["on_hand"] == pytest.approx(np.mean(shelf))


def test_ranges_are_met_and_seeds_repeat():
    world = lg.draw(200, seed=3)
    for name, (low, high, *_) in lg.RANGES.items():
        assert world[name].between(low, high).all()
    pd.testing.assert_frame_equal(world, lg.draw(200, seed=3))
    assert not world.equals(lg.draw(200, seed=4))


def test_planted_first_place_is_found_and_more_judges_find_it_more_often():
    rng, truth = np.random.default_rng(1), np.array([0.30, 0.22, 0.2, 0.16, 0.12])
    found = {}
    for judges in (1, 9):
        panels = ([lg.judgements(truth, 0.5, rng) for _ in range(judges)] for _ in range(200))
        hits = [np.argmax(mcda.ahp(mcda.group(panel)).weights) == 0 for panel in panels]
        found[judges] = np.mean(hits)
    assert found[1] > 0.5 and found[9] > found[1] + 0.1


def test_a_panel_without_error_gives_its_priorities_back():
    truth = {"S": {"a": 4.0, "b": 2.0, "c": 1.0}, "W": {"d": 1.0, "e": 6.0}}  # ratios that Saaty's scale holds
    found, ratio = lg.swot_panel(truth, 3, 0.0, np.random.default_rng(0))
    assert found == pytest.approx({"a": 4 / 14, "b": 2 / 14, "c": 1 / 14, "d": 1 / 14, "e": 6 / 14}) and ratio < 1e-9


def test_equal_weights_leave_every_factor_first_equally_often():
    draws = lg.dirichlet_priorities({"a": 4, "b": 4, "c": 4}, 1.0, 12_000, np.random.default_rng(2))
    share = np.bincount(draws.argmax(axis=1), minlength=12) / len(draws)
    assert np.allclose(draws.sum(axis=1), 1) and np.all(np.abs(share - 1 / 12) < 0.015)


def test_the_ratio_of_a_panel_is_the_mean_of_its_first_judge():
    truth, rng = {"S": {"a": 4.0, "b": 2.0, "c": 1.0}, "W": {"d": 1.0, "e": 6.0}}, np.random.default_rng(3)
    found, ratio = lg.swot_panel(truth, 2, 0.5, np.random.default_rng(3))
    matrices = [[lg.judgements(w, 0.5, rng) for _ in range(2)] for w in ([4, 2, 1], [1, 6], [7, 7])]
    first = [mcda.ahp(pair[0]).ratio for pair in matrices]
    s, w, outer = (mcda.ahp(np.sqrt(pair[0] * pair[1])).weights for pair in matrices)
    assert ratio == pytest.approx(np.mean(first)) and ratio > 0
    assert list(found.values()) == pytest.approx([*(outer[0] * s), *(outer[1] * w)])


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: lg.delivery_from_shares((3, 0.6), (30, 0.5), "gamma"), "late"),
        (lambda: lg.delivery_from_shares((30, 0.1), (3, 0.5), "gamma"), "early"),
        (lambda: lg.delivery_from_shares((3, np.nan), (30, 0.5), "gamma"), "early"),
        (lambda: lg.delivery_from_shares((3, 0.1), (30, 0.1), "cauchy"), "family"),
        (lambda: lg.draw(0, 1), "n"),
        (lambda: lg.draw(2.5, 1), "n"),
        (lambda: lg.draw(5, 1.5), "seed"),
        (lambda: lg.draw(5, 1, colour=1.0), "fixed"),
        (lambda: lg.landed_cost({"value": 1.0}), "world"),
        (lambda: lg.landed_cost(lg.middle().assign(rate=np.nan)), "world"),
        (lambda: lg.landed_cost(lg.middle().assign(rate=0.0)), "world"),
        (lambda: lg.simulate_stock(1, 1, 1, 1, 0, 1, 100, 1), "review"),
        (lambda: lg.simulate_stock(1, 1, 1, 1, 1, np.nan, 100, 1), "level"),
        (lambda: lg.simulate_stock(1, 0.5, 1, 1, 1, 1, 100, 1), "dispersion"),
        (lambda: lg.simulate_stock(1, 1, 1, 1, 1, 1, 9, 1), "cycles"),
        (lambda: lg.sample(lg.OUTWARD, 0, np.random.default_rng(0)), "n"),
        (lambda: lg.sample(lg.OUTWARD, 2, np.random.default_rng(0), of="hours"), "of"),
        (lambda: lg.judgements([0.5, 0], 0.1, np.random.default_rng(0)), "truth"),
        (lambda: lg.judgements([0.5, 0.5], -1, np.random.default_rng(0)), "noise"),
        (lambda: lg.swot_panel({"S": {"a": 1.0}}, 0, 0.1, np.random.default_rng(0)), "judges"),
        (lambda: lg.dirichlet_priorities({}, 1, 5, np.random.default_rng(0)), "sizes"),
        (lambda: lg.dirichlet_priorities({"S": 2}, 0, 5, np.random.default_rng(0)), "concentration"),
        (lambda: lg.dirichlet_priorities({"S": 2}, 1, 2.5, np.random.default_rng(0)), "n"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
