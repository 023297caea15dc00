"""Shares, deciders and variance indices against formulas that are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from replica.methods import region
from replica.methods.region import Parameter, Region, decider, first_order, repeated_share, run, share

BOX = Region([Parameter(name, name, "", -np.pi, np.pi) for name in ("x1", "x2", "x3")])


@settings(deadline=None)
@given(st.integers(1, 200), st.data())
def test_the_interval_is_wilsons(size, data):
    hits = data.draw(st.integers(0, size))
    result = share(np.arange(size) < hits)
    low, high = proportion_confint(hits, size, method="wilson")
    assert (result.share, result.size) == (hits / size, size)
    assert (result.low, result.high) == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))


def test_a_share_near_one_is_not_printed_as_all():
    assert str(share(np.arange(1000) > 0)) == "99.9 % (99.4 to 100.0)"
    assert str(share(np.arange(10_000) > 0)).startswith("99.9 %")
    assert str(share(np.arange(10_000) < 1)).startswith("0.1 %")
    assert str(share(np.ones(1000, dtype=bool))).startswith("100 %")


def test_first_order_indices_of_ishigami():
    """Ishigami & Homma's function, a = 7, b = 0.1: indices 0.3139, 0.4424, 0."""
    sample = BOX.sample(8192, seed=1)
    outcome = np.sin(sample["x1"]) + 7 * np.sin(sample["x2"]) ** 2 + 0.1 * sample["x3"] ** 4 * np.sin(sample["x1"])
    assert first_order(sample, outcome, bins=32).tolist() == pytest.approx([0.3139, 0.4424, 0.0], abs=0.015)


def test_pure_noise_has_no_index():
    sample = BOX.sample(2048, seed=1)
    assert first_order(sample, np.random.default_rng(1).normal(size=2048)).max() < 0.01


def test_the_decider_finds_the_cut_that_was_planted_and_none_where_nothing_varies():
    sample = BOX.sample(1024, seed=2)
    result = decider(sample, (sample["x2"] > 1).to_numpy())
    assert result.symbol == "x2" and result.threshold == pytest.approx(1, abs=0.02)
    assert (result.below, result.above) == (0.0, 1.0)
    assert decider(sample, np.ones(1024, dtype=bool)) is None


def test_points_are_balanced_repeatable_and_inside():
    one, two = BOX.sample(256, seed=3), BOX.sample(256, seed=3)
    assert one.equals(two) and not one.equals(BOX.sample(256, seed=4))
    assert one.abs().max().max() <= np.pi
    assert ((one["x1"] < 0).sum(), (one["x3"] < 0).sum()) == (128, 128)


def test_a_nudge_moves_one_parameter_and_stays_inside():
    sample = BOX.sample(64, seed=1)
    low, high = BOX.nudged(sample, "x1", 0.25)
    assert np.allclose(high["x1"] - low["x1"], np.pi / 2) and high["x1"].max() <= np.pi + 1e-12
    assert low[["x2", "x3"]].equals(sample[["x2", "x3"]])


# --- repetitions -----------------------------------------------------------------------------------------------------
def with_shared_futures(sample, rng):
    """Up where a + z > 0.5, z one shock that all points share: true share P(a + z > 0.5), a uniform, z normal."""
    return sample["a"] + rng.normal(scale=0.2) - 0.5


def with_own_chance(sample, rng):
    return sample["a"] + rng.normal(scale=0.2, size=len(sample)) - 0.5


UNIT = Region([Parameter("a", "push", "points", 0, 1), Parameter("b", "idle", "", 0, 1)])


@pytest.mark.parametrize(
    ("experiment", "naive"), [(with_shared_futures, (0.0, 0.6)), (with_own_chance, (0.9, 1.0))], ids=["shared", "own"]
)
def test_intervals_cover_all_randomness_in_many_seeds(experiment, naive):
    """Symmetry makes the true share 1/2. Wilson's interval fails where points share futures; repetitions do not."""
    covered, wilson, width = [], [], []
    for seed in range(80):
        up = run(UNIT, experiment, seed, repetitions=12, size=32).shares.up
        covered.append(up.low <= 0.5 <= up.high)
        width.append(up.high - up.low)
        effect = experiment(UNIT.sample(256, seed), np.random.default_rng(seed))
        one = share(np.asarray(effect > 0))
        wilson.append(one.low <= 0.5 <= one.high)
    assert np.mean(covered) >= 0.9
    assert naive[0] <= np.mean(wilson) <= naive[1]
    assert np.median(width) < 0.35


def test_a_share_near_one_is_covered_too():
    """Up unless a shared shock is rare and bad: true share 0.95."""

    def experiment(sample, rng):
        return np.full(len(sample), -1.0 if rng.random() < 0.05 else 1.0)

    covered = []
    for seed in range(60):
        up = run(UNIT, experiment, seed, repetitions=40, size=2).shares.up
        covered.append(up.low <= 0.95 <= up.high)
    assert np.mean(covered) >= 0.9


def test_repetitions_that_are_alike_count_as_no_more_than_their_points():
    alike = repeated_share(np.tile(np.arange(8) < 4, (10, 1)))
    t = stats.t.ppf(0.975, 9)
    n = 80 * (stats.norm.ppf(0.975) / t) ** 2
    assert (alike.low, alike.high) == pytest.approx(
        stats.beta.ppf([0.025, 0.975], [n / 2, n / 2 + 1], [n / 2 + 1, n / 2])
    )
    everywhere = np.ones((10, 8), dtype=bool)
    for shared, points in ((False, n), (True, n / 8)):
        found = repeated_share(everywhere, shared=shared)
        assert found.high == 1.0 and found.low == pytest.approx(0.025 ** (1 / points))


def test_the_spread_of_repetitions_says_how_many_draws_the_points_are_worth():
    holds = np.arange(8) < np.array([[2], [4], [4], [6]])  # shares of 1/4, 1/2, 1/2, 3/4
    variance = np.var([0.25, 0.5, 0.5, 0.75], ddof=1) / 4
    n = 0.25 / variance * (stats.norm.ppf(0.975) / stats.t.ppf(0.975, 3)) ** 2
    found = repeated_share(holds)
    assert (found.share, found.size) == (0.5, 32)
    assert found.low == pytest.approx(stats.beta.ppf(0.025, n / 2, n / 2 + 1))
    first = repeated_share(holds, np.arange(8) < np.full((4, 1), 4))  # the first four points: shares 1/2, 1, 1, 1
    assert (first.share, first.size) == (14 / 16, 16)


def test_only_an_experiment_without_chance_counts_all_its_points_where_all_agree():
    certain = run(UNIT, lambda sample, rng: np.ones(len(sample)), 1, repetitions=8, size=64)
    drawn = run(UNIT, lambda sample, rng: np.full(len(sample), rng.random()), 1, repetitions=8, size=64)
    assert not certain.chance and drawn.chance
    assert certain.shares.up.low > 0.98 > 0.6 > drawn.shares.up.low > 0.5


def test_the_three_shares_are_those_of_the_box_and_a_tie_is_a_tie():
    def experiment(sample, rng):
        return np.where(sample["b"] < 0.25, 0.0, sample["a"] - 0.4)

    runs = run(UNIT, experiment, 3, repetitions=8, size=256)
    found = runs.shares
    assert [found.up.share, found.absent.share, found.down.share] == pytest.approx([0.45, 0.25, 0.3], abs=0.02)
    assert found.up.share + found.absent.share + found.down.share == pytest.approx(1)
    wide = run(UNIT, experiment, 3, repetitions=8, size=256, tolerance=0.1).shares
    expected = [0.75 * 0.5, 0.25 + 0.75 * 0.2, 0.75 * 0.3]
    assert [wide.up.share, wide.absent.share, wide.down.share] == pytest.approx(expected, abs=0.02)
    assert found.up.size == 8 * 256 and "absent in 25 %" in str(found)


def test_halving_the_range_that_decides_is_a_run_on_the_halved_box():
    def experiment(sample, rng):
        return sample["a"] - 0.4 + 0.05 * rng.normal(size=len(sample))

    runs = run(UNIT, experiment, 5, repetitions=10, size=128)
    cut = runs.decider()
    assert cut.symbol == "a" and cut.threshold == pytest.approx(0.4, abs=0.06)
    direct = run(UNIT.halved("a"), experiment, 6, repetitions=10, size=128).shares.up
    assert UNIT.halved("a")["a"] == Parameter("a", "push", "points", 0.25, 0.75)
    assert UNIT.halved("a")["b"] == UNIT["b"]
    half = runs.halved("a").up
    assert half.share == pytest.approx(direct.share, abs=0.03) == pytest.approx(0.7, abs=0.03)
    assert half.size == pytest.approx(640, rel=0.1) and half.low < 0.7 < half.high
    sentence = runs.decides()
    assert sentence.startswith("Most depends on push (a): below 0.") and " points the effect is up in " in sentence
    assert sentence.endswith(f"With its range halved: {runs.halved('a')}.")
    assert run(UNIT, lambda sample, rng: np.ones(len(sample)), 1).decides() == "No parameter decides."


def test_repetitions_differ_and_the_same_seed_repeats_them():
    one, two = (run(UNIT, with_own_chance, 4, repetitions=4, size=16) for _ in range(2))
    assert one.sample.equals(two.sample) and np.array_equal(one.effect, two.effect)
    assert len(np.unique(one.sample["a"])) == 64 and one.effect.shape == (4, 16)
    assert not np.array_equal(one.effect, run(UNIT, with_own_chance, 5, repetitions=4, size=16).effect)


def test_first_and_total_indices_of_ishigami_lie_in_their_intervals():
    """Ishigami & Homma's function, a = 7, b = 0.1: first 0.3139, 0.4424, 0; total 0.5576, 0.4424, 0.2437."""

    def ishigami(x, rng):
        return np.sin(x["x1"]) + 7 * np.sin(x["x2"]) ** 2 + 0.1 * x["x3"] ** 4 * np.sin(x["x1"])

    truth = {"first": [0.3139, 0.4424, 0.0], "total": [0.5576, 0.4424, 0.2437]}
    hits = []
    for seed in range(10):
        table = region.indices(BOX, ishigami, seed, size=128, repetitions=6)
        for kind, values in truth.items():
            hits += list((table[f"{kind}_low"] <= values) & (values <= table[f"{kind}_high"]))
            assert table[kind].tolist() == pytest.approx(values, abs=0.08)
    assert np.mean(hits) >= 0.88


def test_chance_is_no_parameter():
    def noisy(sample, rng):
        return sample["a"] + rng.normal(scale=0.5, size=len(sample)) * 0 + rng.normal()

    table = region.indices(UNIT, noisy, 1)
    assert table["total"].tolist() == pytest.approx([1, 0], abs=0.01)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: Parameter("a", "", "", 1, 1), "low"),
        (lambda: Region([]), "parameters"),
        (lambda: BOX.sample(100, 1), "size"),
        (lambda: BOX.nudged(BOX.sample(2, 1), "y"), "symbol"),
        (lambda: BOX.nudged(BOX.sample(2, 1), "x1", 0), "step"),
        (lambda: share([0.2]), "holds"),
        (lambda: BOX.halved("y"), "symbol"),
        (lambda: repeated_share(np.ones((3, 5), dtype=bool)), "holds"),
        (lambda: repeated_share(np.ones((5, 5), dtype=bool), np.zeros((5, 5), dtype=bool)), "weights"),
        (lambda: run(BOX, lambda s, g: np.ones(3), 1), "experiment"),
        (lambda: run(BOX, lambda s, g: np.full(len(s), np.nan), 1), "experiment"),
        (lambda: run(BOX, lambda s, g: s["x1"], 1, repetitions=3), "repetitions"),
        (lambda: run(BOX, lambda s, g: s["x1"], 1, tolerance=-1.0), "tolerance"),
        (lambda: region.indices(BOX, lambda s, g: s["x1"], 1, size=100), "size"),
        (lambda: region.indices(BOX, lambda s, g: np.ones(len(s)), 1, size=8), "experiment"),
        (lambda: decider(BOX.sample(4, 1), np.array([True])), "holds"),
        (lambda: decider(BOX.sample(2, 1), np.array([True, False]), 0.7), "smallest"),
        (lambda: first_order(BOX.sample(4, 1), [1.0]), "outcome"),
        (lambda: first_order(pd.DataFrame({"a": [1.0, 2, 3, 4]}), [1.0, 2, 3, 4], 3), "bins"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
