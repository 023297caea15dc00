"""The composite indicator: arithmetic by hand, invariances, importance, gaming, and a market whose truth is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replica.models import assets
from replica.simulate import members

MARKET = members.market(40, 3, size=800)


def frame(rows):
    return pd.DataFrame(rows, columns=list(assets.PARTS), index=list("ABCDEFGH")[: len(rows)])


SMALL = frame([[100, 0.1, 10, 4], [1000, 0.2, 50, 3], [50, 0.3, 9, 6]])


def test_minmax_by_hand():
    index = assets.consumer_asset_index(SMALL, normalisation="minmax")
    people = (np.log(101) - np.log(51)) / (np.log(1001) - np.log(51))
    core = (np.log(11) - np.log(10)) / (np.log(51) - np.log(10))
    assert index.score["A"] == pytest.approx((people + 0 + core + 1 / 3) / 4)
    assert index.contributions().sum(axis=1).to_numpy() == pytest.approx(index.score.to_numpy())
    assert sorted(index.rank) == [1, 2, 3]


@settings(max_examples=30)
@given(st.sampled_from(assets.NORMALISATIONS), st.sampled_from(assets.AGGREGATIONS), st.integers(0, 3))
def test_a_brand_that_gains_in_a_part_does_not_fall(normalisation, aggregation, part):
    base = assets.consumer_asset_index(MARKET.parts, None, normalisation, aggregation)
    brand = base.rank.sort_values().index[20]
    better = base.gamed(brand, {assets.PARTS[part]: 1.3})
    assert better.rank[brand] <= base.rank[brand]


@pytest.mark.parametrize("normalisation", assets.NORMALISATIONS)
def test_the_scale_of_rate_and_activity_does_not_matter(normalisation):
    rescaled = MARKET.parts.assign(deepening=100 * MARKET.parts["deepening"], activity=7 * MARKET.parts["activity"])
    one, two = (assets.consumer_asset_index(p, None, normalisation) for p in (MARKET.parts, rescaled))
    assert one.score.to_numpy() == pytest.approx(two.score.to_numpy())


def test_all_weight_on_a_part_is_that_part():
    index = assets.consumer_asset_index(MARKET.parts, {"people": 0, "deepening": 0, "core": 3, "activity": 0})
    assert (index.rank == MARKET.parts["core"].rank(ascending=False, method="min")).all()
    assert index.importance().loc["core", "r²"] == pytest.approx(1)


def test_two_parts_that_are_one_count_twice():
    """People and core perfectly correlated, the rest independent: equal weights give the pair most of the say."""
    rng = np.random.default_rng(1)
    people = np.exp(rng.normal(8, 1, 4000))
    parts = pd.DataFrame(
        {"people": people, "deepening": rng.uniform(size=4000), "core": people, "activity": rng.uniform(size=4000)}
    )
    share = assets.consumer_asset_index(parts).importance()["share of r²"]
    # z-scores with equal weights: r² of a twin is (1 + 1)² / 6, of a lone part 1 / 6
    assert share.to_numpy() == pytest.approx([4 / 10, 1 / 10, 4 / 10, 1 / 10], abs=0.02)


def test_equal_brands_tie_and_a_leader_in_all_leads_always():
    same = frame([[10, 0.1, 2, 3]] * 4)
    assert set(assets.consumer_asset_index(same).rank) == {1}
    leader = frame([[10, 0.1, 2, 3], [20, 0.2, 4, 5], [12, 0.15, 3, 4]])
    found = assets.sensitivity(leader, 200, 1)
    assert found.loc["B", "first"] == 1 and found.loc["B", "high"] == 1


def test_measure_and_market_agree_with_their_truth():
    parts, truth = MARKET.parts, MARKET.truth
    assert (parts["core"] <= parts["people"]).all() and (parts["activity"] >= 3).all()
    expected = truth["rate"] * truth["trend"] * parts["people"]
    assert truth["next"].sum() == pytest.approx(expected.sum(), rel=0.03)
    steady = members.market(200, 5, size=5000, size_spread=0, rate_spread=0, trend_spread=0, shape=2.0)
    share = steady.parts["core"].sum() / steady.parts["people"].sum()
    # gamma-Poisson with shape 2 and mean 1: P(X <= 2) = (2/3)² (1 + 2/3 + 3/9)
    assert share == pytest.approx(1 - (4 / 9) * (1 + 2 / 3 + 1 / 3), abs=0.002)


def test_a_planted_trend_shows_in_deepening_and_no_trend_does_not():
    planted = members.market(80, 1, size=2000, rate_spread=0.0, trend_spread=0.3)
    assert planted.parts["deepening"].corr(planted.truth["trend"]) > 0.8
    flat = members.market(300, 1, size=1000, size_spread=0.0, rate_spread=0.0, trend_spread=0.0)
    deepening, bought = flat.parts["deepening"], flat.truth["bought"]
    assert abs(deepening.corr(flat.truth["next"])) < 0.15
    assert deepening.corr(flat.truth["next"] / bought) < -0.25, "what was luck now is missing in the next period"


@pytest.mark.parametrize("name", ["assets", "matching", "newsvendor", "scaling", "trustnetwork"])
def test_a_module_that_is_handed_out_needs_nothing_else_of_the_book(name):
    source = Path(assets.__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
    assert "replica" not in source.replace(">>> from replica.models", "")


def test_same_seed_same_market():
    pd.testing.assert_frame_equal(members.market(10, 4).parts, members.market(10, 4).parts)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: assets.consumer_asset_index(SMALL.drop(columns="core")), "parts"),
        (lambda: assets.consumer_asset_index(SMALL.assign(people=-1)), "parts"),
        (lambda: assets.consumer_asset_index(SMALL.iloc[:2]), "parts"),
        (lambda: assets.consumer_asset_index(SMALL, [1, 1, 1]), "weights"),
        (lambda: assets.consumer_asset_index(SMALL, [0, 0, 0, 0]), "weights"),
        (lambda: assets.consumer_asset_index(SMALL, {"people": 1}), "weights"),
        (lambda: assets.consumer_asset_index(SMALL, None, "log"), "normalisation"),
        (lambda: assets.consumer_asset_index(SMALL, None, "rank", "mean"), "aggregation"),
        (lambda: assets.consumer_asset_index(SMALL).gamed("Z", {}), "brand"),
        (lambda: assets.consumer_asset_index(SMALL).gamed("A", {"fans": 2}), "changes"),
        (lambda: assets.sensitivity(SMALL, 0, 1), "draws"),
        (lambda: assets.measure([1], [1, 2]), "now"),
        (lambda: assets.measure([-1], [1]), "before"),
        (lambda: assets.measure([1], [1], 1), "core_at"),
        (lambda: members.market(2, 1), "brands"),
        (lambda: members.market(5, 1, shape=0), "shape"),
        (lambda: members.market(5, 1, size_spread=-1), "size_spread"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
