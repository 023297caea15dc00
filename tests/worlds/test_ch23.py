"""Two cities, live rooms, brands and jobs: arithmetic by hand, networkx, simulation, published values, limits."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replica.worlds import ch23


# --- two cities -------------------------------------------------------------------------------------------------------
def test_the_printed_pair():
    found = ch23.pair(4.6, 10)
    assert found.exponent == pytest.approx(1.50885, abs=1e-5)
    assert found.per_head == pytest.approx(2.1739, abs=1e-4)


@given(st.floats(1.01, 50), st.floats(-2, 3))
def test_two_cities_without_noise_give_the_exponent(ratio, exponent):
    assert ch23.pair(ratio, ratio**exponent).exponent == pytest.approx(exponent, abs=1e-9)


def test_spread_and_chance_of_a_pair_by_simulation():
    found = ch23.pair(4.6, 10)
    noise = np.random.default_rng(1).normal(0, 0.36, (400_000, 2))
    exponents = 1.15 + (noise[:, 0] - noise[:, 1]) / np.log(4.6)
    assert exponents.std() == pytest.approx(float(found.sd(0.36)), rel=0.01)
    assert np.mean(exponents >= found.exponent) == pytest.approx(float(found.chance(1.15, 0.36)), abs=0.003)
    best = exponents.reshape(-1, 10).max(axis=1)
    assert np.mean(best >= found.exponent) == pytest.approx(float(found.chance(1.15, 0.36, 10)), abs=0.01)


def test_pairs_are_those_of_the_window():
    rng = np.random.default_rng(3)
    size = np.exp(rng.normal(13, 1, 50))
    quantity = 0.01 * size**1.15 * np.exp(rng.normal(0, 0.3, 50))
    found = ch23.pairs(size, quantity, 4, 5)
    brute = [(i, j) for i in range(50) for j in range(50) if 4 <= size[i] / size[j] <= 5]
    assert list(zip(found["larger"], found["smaller"], strict=True)) == brute
    for row, (i, j) in enumerate(brute):
        alone = ch23.pair(size[i] / size[j], quantity[i] / quantity[j])
        assert found.loc[row, ["size_ratio", "exponent"]].tolist() == pytest.approx([alone.size_ratio, alone.exponent])


# --- live rooms -------------------------------------------------------------------------------------------------------
ROOMS = st.builds(ch23.live_room, st.integers(6, 60), st.integers(1, 4), st.floats(0, 1), st.integers(0, 99))


@settings(max_examples=40, deadline=None)
@given(ROOMS, st.integers(0, 5))
def test_removal_against_networkx(room, node):
    rest = room.copy()
    rest.remove_node(node)
    groups = [len(part - {0}) for part in nx.connected_components(rest)]
    n = len(room) - 1 - (node != 0)
    expected = sum(k * (k - 1) for k in groups) / (n * (n - 1))
    assert ch23.reach(room, 1.0, removed=[node], draws=1) == pytest.approx(expected)


@settings(max_examples=20, deadline=None)
@given(ROOMS, st.floats(0, 1), st.integers(0, 99))
def test_ties_that_pass_are_counted_one_draw_at_a_time(room, trust, seed):
    """The same draws with networkx: each tie in order of its nodes, first draw first."""
    edges = sorted(tuple(sorted(edge)) for edge in room.edges)
    luck, pairs, n = np.random.default_rng(seed).random((3, len(edges))), 0, len(room) - 1
    for row in luck:
        kept = nx.empty_graph(len(room))
        kept.add_edges_from(edge for edge, u in zip(edges, row, strict=True) if u < trust)
        pairs += sum(k * (k - 1) for k in (len(part - {0}) for part in nx.connected_components(kept)))
    assert ch23.reach(room, trust, draws=3, seed=seed) == pytest.approx(pairs / (3 * n * (n - 1)))


def test_a_star_falls_apart_without_its_host_and_not_without_a_viewer():
    star = nx.star_graph(49)
    assert ch23.reach(star, 1.0) == 1 and ch23.reach(star, 1.0, [7]) == 1
    assert ch23.reach(star, 1.0, [0]) == 0 and ch23.reach(nx.empty_graph(5), 1.0) == 0


def test_trust_through_a_star_has_a_closed_form():
    """Two viewers are joined where both ties pass: probability t squared."""
    assert ch23.reach(nx.star_graph(199), 0.4, draws=400) == pytest.approx(0.16, abs=0.005)


def test_growth_meets_its_two_ends():
    assert nx.utils.graphs_equal(ch23.live_room(100, 1, 1.0, 1), nx.star_graph(100))
    free = [ch23.live_room(400, 2, 0.0, seed) for seed in range(5)]
    assert {room.number_of_edges() for room in free} == {1 + 2 * 399}
    degrees = np.array([degree for room in free for _, degree in room.degree])
    # Barabási and Albert's stationary degrees: P(k) = 2 m (m + 1) / (k (k + 1) (k + 2)), so a half have k = m = 2
    assert np.mean(degrees == 2) == pytest.approx(0.5, abs=0.03)
    assert np.mean(degrees == 3) == pytest.approx(0.2, abs=0.03)


@settings(max_examples=25, deadline=None)
@given(ROOMS, st.floats(0, 1))
def test_removing_the_host_never_helps_and_more_trust_never_hurts(room, trust):
    assert ch23.reach(room, trust, removed=[0], draws=8) <= ch23.reach(room, trust, draws=8)
    assert ch23.reach(room, trust, draws=8) <= ch23.reach(room, 1.0, draws=8)


# --- brands -----------------------------------------------------------------------------------------------------------
MARKET = ch23.market(40, 3, size=800)


def frame(rows):
    return pd.DataFrame(rows, columns=list(ch23.PARTS), index=list("ABCDEFGH")[: len(rows)])


SMALL = frame([[100, 0.1, 10, 4], [1000, 0.2, 50, 3], [50, 0.3, 9, 6]])


def test_minmax_by_hand():
    index = ch23.consumer_asset_index(SMALL, normalisation="minmax")
    people = (np.log(101) - np.log(51)) / (np.log(1001) - np.log(51))
    core = (np.log(11) - np.log(10)) / (np.log(51) - np.log(10))
    assert index.score["A"] == pytest.approx((people + 0 + core + 1 / 3) / 4)
    assert sorted(index.rank) == [1, 2, 3]


@settings(max_examples=30)
@given(st.sampled_from(ch23.SCALINGS), st.sampled_from(ch23.AGGREGATIONS), st.integers(0, 3))
def test_a_brand_that_gains_in_a_part_does_not_fall(normalisation, aggregation, part):
    base = ch23.consumer_asset_index(MARKET.parts, None, normalisation, aggregation)
    brand = base.rank.sort_values().index[20]
    better = base.gamed(brand, {ch23.PARTS[part]: 1.3})
    assert better.rank[brand] <= base.rank[brand]


@pytest.mark.parametrize("normalisation", ch23.SCALINGS)
def test_the_scale_of_rate_and_activity_does_not_matter(normalisation):
    rescaled = MARKET.parts.assign(deepening=100 * MARKET.parts["deepening"], activity=7 * MARKET.parts["activity"])
    one, two = (ch23.consumer_asset_index(p, None, normalisation) for p in (MARKET.parts, rescaled))
    assert one.score.to_numpy() == pytest.approx(two.score.to_numpy())


def test_all_weight_on_a_part_is_that_part():
    index = ch23.consumer_asset_index(MARKET.parts, {"people": 0, "deepening": 0, "core": 3, "activity": 0})
    assert (index.rank == MARKET.parts["core"].rank(ascending=False, method="min")).all()
    assert index.importance().loc["core", "r²"] == pytest.approx(1)


def test_two_parts_that_are_one_count_twice():
    """People and core perfectly correlated, the rest independent: equal weights give the pair most of the say."""
    rng = np.random.default_rng(1)
    people = np.exp(rng.normal(8, 1, 4000))
    parts = pd.DataFrame(
        {"people": people, "deepening": rng.uniform(size=4000), "core": people, "activity": rng.uniform(size=4000)}
    )
    share = ch23.consumer_asset_index(parts).importance()["share of r²"]
    # z-scores with equal weights: r² of a twin is (1 + 1)² / 6, of a lone part 1 / 6
    assert share.to_numpy() == pytest.approx([4 / 10, 1 / 10, 4 / 10, 1 / 10], abs=0.02)


def test_equal_scores_tie_whatever_the_last_bit_and_a_leader_in_all_leads_always():
    mirrored = frame([[9, 0.1, 9, 5], [9, 0.3, 9, 3], [9, 0.1, 9, 5], [8, 0.1, 8, 3]])
    assert ch23.consumer_asset_index(mirrored, [0, 1, 0, 1], "rank").rank.tolist() == [1, 1, 1, 4]
    last_bit = replace(ch23.consumer_asset_index(SMALL), score=pd.Series([0.1 + 0.2, 0.3, 0.1], SMALL.index))
    assert last_bit.rank.tolist() == [1, 1, 3]
    leader = frame([[10, 0.1, 2, 3], [20, 0.2, 4, 5], [12, 0.15, 3, 4]])
    found = ch23.sensitivity(leader, 200, 1)
    assert found.loc["B", "first"] == 1 and found.loc["B", "high"] == 1


def test_measure_and_market_agree_with_their_truth():
    parts, truth = MARKET.parts, MARKET.truth
    assert (parts["core"] <= parts["people"]).all() and (parts["activity"] >= 3).all()
    expected = truth["rate"] * truth["trend"] * parts["people"]
    assert truth["next"].sum() == pytest.approx(expected.sum(), rel=0.03)
    steady = ch23.market(200, 5, size=5000, size_spread=0, rate_spread=0, trend_spread=0, shape=2.0)
    share = steady.parts["core"].sum() / steady.parts["people"].sum()
    # gamma-Poisson with shape 2 and mean 1: P(X <= 2) = (2/3)² (1 + 2/3 + 3/9)
    assert share == pytest.approx(1 - (4 / 9) * (1 + 2 / 3 + 1 / 3), abs=0.002)


def test_a_planted_trend_shows_in_deepening_and_no_trend_does_not():
    planted = ch23.market(80, 1, size=2000, rate_spread=0.0, trend_spread=0.3)
    assert planted.parts["deepening"].corr(planted.truth["trend"]) > 0.8
    flat = ch23.market(300, 1, size=1000, size_spread=0.0, rate_spread=0.0, trend_spread=0.0)
    deepening, bought = flat.parts["deepening"], flat.truth["bought"]
    assert abs(deepening.corr(flat.truth["next"])) < 0.15
    assert deepening.corr(flat.truth["next"] / bought) < -0.25, "what was luck now is missing in the next period"


def test_importance_and_gaming_by_hand():
    index = ch23.consumer_asset_index(SMALL, [2, 1, 1, 0])
    z = SMALL.assign(people=np.log1p(SMALL["people"]), core=np.log1p(SMALL["core"])).apply(
        lambda x: (x - x.mean()) / x.std(ddof=0)
    )
    score = z @ [0.5, 0.25, 0.25, 0]
    assert index.score.to_numpy() == pytest.approx(score.to_numpy()) and index.weights.tolist() == [0.5, 0.25, 0.25, 0]
    squared = np.array([np.corrcoef(z[part], score)[0, 1] ** 2 for part in ch23.PARTS])
    assert index.importance()["r²"].to_numpy() == pytest.approx(squared)
    assert index.importance()["share of r²"].to_numpy() == pytest.approx(squared / squared.sum())
    doubled = SMALL.astype(float)
    doubled.loc["A", "people"] = 200
    by_hand = ch23.consumer_asset_index(doubled, [2, 1, 1, 0]).score
    assert index.gamed("A", {"people": 2}).score.to_numpy() == pytest.approx(by_hand.to_numpy())
    geometric = ch23.consumer_asset_index(SMALL, None, "minmax", "geometric")
    root = (0.01 + 0.99 * geometric.normalised).prod(axis=1) ** 0.25
    assert geometric.score.to_numpy() == pytest.approx(root.to_numpy())


def test_one_brand_is_added_up_by_hand():
    """The second of three brands, drawn again: its members, what they buy in three periods, and the four parts."""
    found, rng = ch23.market(3, 8, size=100, rate=1.5, shape=0.6, core_at=2), np.random.default_rng(8)
    logs = rng.standard_normal((3, 3)) * [1.0, 0.4, 0.15]
    for brand, (size, mean, trend) in zip(found.truth.index, np.exp(logs), strict=True):
        people = max(int(100 * size), 30)
        habit = rng.gamma(0.6, 1.5 * mean / 0.6, people)
        before, now, coming = (rng.poisson(habit * trend**step) for step in (-1, 0, 1))
        step = [(x > 0).astype(int) + (x >= 2) for x in (before, now)]
        parts = [people, np.mean(step[1] > step[0]), np.sum(now >= 2), now[now >= 2].mean()]
        assert found.parts.loc[brand].tolist() == pytest.approx(parts)
        assert found.truth.loc[brand].tolist() == pytest.approx([1.5 * mean, trend, now.sum(), coming.sum()])


def test_bands_of_ranks_are_quantiles_of_the_drawn_ones():
    found, rng = ch23.sensitivity(SMALL, 50, 2), np.random.default_rng(2)
    drawn = []
    for _ in range(50):
        how = rng.choice(ch23.SCALINGS), rng.choice(ch23.AGGREGATIONS)
        drawn.append(ch23.consumer_asset_index(SMALL, rng.dirichlet(np.ones(4)), *map(str, how)).rank)
    drawn = np.array(drawn)
    assert found[["low", "median", "high"]].to_numpy() == pytest.approx(np.quantile(drawn, [0.05, 0.5, 0.95], axis=0).T)
    assert found["first"].to_numpy() == pytest.approx((drawn == 1).mean(axis=0))
    assert found["equal weights"].tolist() == ch23.consumer_asset_index(SMALL).rank.tolist()


# --- jobs -------------------------------------------------------------------------------------------------------------
BASE = ch23.Labour()
MARKETS = st.builds(
    ch23.Labour,
    benefit=st.floats(0.2, 0.8),
    coverage=st.floats(0.05, 0.9),
    effort=st.floats(0.4, 1.2),
    demand=st.floats(0.002, 0.04),
    elasticity=st.floats(0.4, 3),
    cycle=st.floats(0, 3),
)


def test_shimers_elasticity_of_tightness():
    """Shimer (2005): the v-u ratio answers net productivity with an elasticity of 1.03."""
    found = 0.6 * ch23.elasticities(BASE, 0.001)["tightness"]
    f = BASE.efficiency * ch23.steady_state(BASE).tightness ** (1 - BASE.curve)
    closed = (0.112 + 0.72 * f) / (0.112 * (1 - 0.28) + 0.72 * f)
    assert found == pytest.approx(1.03, abs=0.005)
    assert found == pytest.approx(closed, abs=1e-4)


@settings(max_examples=30, deadline=None)
@given(MARKETS)
def test_the_state_solves_its_equations(market):
    state = ch23.steady_state(market)
    theta, pay = state.tightness, state.pay
    worth = pay**2 / (2 * market.effort) if pay <= market.effort else pay - market.effort / 2
    filling = market.efficiency * theta**-market.curve
    gain = (1 - market.bargaining) * (market.productivity - market.benefit - market.coverage * worth)
    if gain > 1e-3:
        cost = 0.112 * market.vacancy_cost / filling + market.bargaining * market.vacancy_cost * theta
        assert cost == pytest.approx(gain, rel=1e-6)
    flow = market.efficiency * theta ** (1 - market.curve) * state.unemployment
    assert flow == pytest.approx(market.separation * (1 - state.unemployment))
    wanted = market.demand * pay**-market.elasticity
    assert state.flexible == pytest.approx(wanted, rel=1e-5)
    working = state.unemployment * market.coverage * min(pay / market.effort, 1)
    assert state.flexible == pytest.approx(working)
    assert state.idle == pytest.approx(state.unemployment - state.flexible)


def test_better_matching_lowers_unemployment():
    rates = [ch23.steady_state(replace(BASE, efficiency=a)).unemployment for a in (1.0, 1.355, 1.8)]
    assert rates[0] > rates[1] > rates[2]


def test_no_platform_no_flexible_work():
    state = ch23.steady_state(BASE)
    assert state.flexible == 0 and state.idle == state.unemployment
    assert ch23.elasticities(BASE)["flexible"] == 0


def test_flexible_work_is_counter_cyclical_where_its_demand_does_not_move():
    flat = replace(BASE, coverage=0.4, cycle=0.0)
    assert ch23.elasticities(flat)["flexible"] < 0
    assert ch23.elasticities(replace(flat, cycle=3.0))["flexible"] > 0


def test_the_elasticities_are_those_of_two_steady_states():
    market = replace(BASE, coverage=0.4)
    down, up = (ch23.steady_state(replace(market, productivity=y)) for y in (0.99, 1.01))
    found, span = ch23.elasticities(market, 0.01), np.log(1.01 / 0.99)
    for name in ("tightness", "unemployment", "flexible", "idle"):
        assert found[name] == pytest.approx(np.log(getattr(up, name) / getattr(down, name)) / span)


def test_a_market_that_no_pay_clears_is_refused():
    with pytest.raises(ValueError, match="^demand:"):
        ch23.steady_state(replace(BASE, coverage=0.01, demand=1e6, elasticity=0.01))


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: ch23.pair(1, 2), "size_ratio"),
        (lambda: ch23.pair(2, 0), "quantity_ratio"),
        (lambda: ch23.pair(np.nan, 2), "size_ratio"),
        (lambda: ch23.pair(2, 2).sd(0), "sigma"),
        (lambda: ch23.pair(2, 2).chance(1, 0.1, 0), "candidates"),
        (lambda: ch23.pair(2, 2).chance(np.nan, 0.1), "truth"),
        (lambda: ch23.pairs([1, 2], [1], 1.5, 2), "quantity"),
        (lambda: ch23.pairs([1, 0], [1, 2], 1.5, 2), "size"),
        (lambda: ch23.pairs([1, 2], [1, 2], 0.5, 2), "smallest"),
        (lambda: ch23.pairs([1, 2], [1, 2], 3, 2), "smallest"),
        (lambda: ch23.reach(nx.star_graph(5), 1.1), "trust"),
        (lambda: ch23.reach(nx.star_graph(5), 0.5, removed=[7]), "removed"),
        (lambda: ch23.reach(nx.star_graph(5), 0.5, removed=[1.5]), "removed"),
        (lambda: ch23.reach(nx.star_graph(2), 0.5, removed=[1]), "removed"),
        (lambda: ch23.reach(nx.star_graph(5), 0.5, draws=0), "draws"),
        (lambda: ch23.live_room(10, 0, 0.5, 1), "links"),
        (lambda: ch23.live_room(2, 2, 0.5, 1), "viewers"),
        (lambda: ch23.live_room(10, 2, 1.5, 1), "host_share"),
        (lambda: ch23.live_room(10, 2, 0.5, -1), "seed"),
        (lambda: ch23.consumer_asset_index(SMALL.drop(columns="core")), "parts"),
        (lambda: ch23.consumer_asset_index(SMALL.assign(people=-1)), "parts"),
        (lambda: ch23.consumer_asset_index(SMALL.assign(people=np.nan)), "parts"),
        (lambda: ch23.consumer_asset_index(SMALL.assign(people=5)), "parts"),
        (lambda: ch23.consumer_asset_index(SMALL.iloc[:2]), "parts"),
        (lambda: ch23.consumer_asset_index(SMALL, [1, 1, 1]), "weights"),
        (lambda: ch23.consumer_asset_index(SMALL, [0, 0, 0, 0]), "weights"),
        (lambda: ch23.consumer_asset_index(SMALL, {"people": 1}), "weights"),
        (lambda: ch23.consumer_asset_index(SMALL, None, "log"), "normalisation"),
        (lambda: ch23.consumer_asset_index(SMALL, None, "rank", "mean"), "aggregation"),
        (lambda: ch23.consumer_asset_index(SMALL).gamed("Z", {}), "brand"),
        (lambda: ch23.consumer_asset_index(SMALL).gamed("A", {"fans": 2}), "changes"),
        (lambda: ch23.consumer_asset_index(SMALL).gamed("A", {"core": -2}), "changes"),
        (lambda: ch23.sensitivity(SMALL, 0, 1), "draws"),
        (lambda: ch23.measure([1], [1, 2]), "now"),
        (lambda: ch23.measure([-1], [1]), "before"),
        (lambda: ch23.measure([1], [1], 1), "core_at"),
        (lambda: ch23.market(2, 1), "brands"),
        (lambda: ch23.market(3.5, 1), "brands"),
        (lambda: ch23.market(5, 1, shape=0), "shape"),
        (lambda: ch23.market(5, 1, size_spread=-1), "size_spread"),
        (lambda: replace(BASE, bargaining=1.0), "bargaining"),
        (lambda: replace(BASE, separation=0.0), "separation"),
        (lambda: replace(BASE, coverage=1.2), "coverage"),
        (lambda: replace(BASE, benefit=1.1), "benefit"),
        (lambda: replace(BASE, cycle=float("nan")), "cycle"),
        (lambda: replace(BASE, effort=-1.0), "effort"),
        (lambda: ch23.elasticities(BASE, 0.5), "step"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
