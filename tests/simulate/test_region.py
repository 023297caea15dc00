"""Shares, deciders and variance indices against formulas that are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from replica.simulate.region import Parameter, Region, decider, first_order, share

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


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: Parameter("a", "", "", 1, 1), "low"),
        (lambda: Region([]), "parameters"),
        (lambda: BOX.sample(100, 1), "size"),
        (lambda: BOX.nudged(BOX.sample(2, 1), "y"), "symbol"),
        (lambda: BOX.nudged(BOX.sample(2, 1), "x1", 0), "step"),
        (lambda: share([0.2]), "holds"),
        (lambda: decider(BOX.sample(4, 1), np.array([True])), "holds"),
        (lambda: decider(BOX.sample(2, 1), np.array([True, False]), 0.7), "smallest"),
        (lambda: first_order(BOX.sample(4, 1), [1.0]), "outcome"),
        (lambda: first_order(pd.DataFrame({"a": [1.0, 2, 3, 4]}), [1.0, 2, 3, 4], 3), "bins"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
