"""The cube finds planted gaps, none where there is none, and knows what chance alone leaves empty."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replica.models import campaign

AXES = {"space": ("one", "many"), "time": ("now", "later"), "construct": ("technology", "value", "needs")}
CUBE = campaign.Cube(AXES)


def frame(cells):
    return pd.DataFrame(cells, columns=list(AXES))


@given(st.sets(st.sampled_from(CUBE.cells), max_size=11), st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_planted_gaps_are_found_and_nothing_else(gaps, repeats):
    plan = frame([cell for cell in CUBE.cells if cell not in gaps] * repeats)
    assert set(CUBE.empty(plan)) == gaps
    counts = CUBE.counts(plan)
    assert counts.sum() == len(plan) and (counts == 0).sum() == len(gaps)


def test_chance_leaves_the_expected_number_of_cells_empty():
    rng = np.random.default_rng(1)
    for actions in (5, 12, 30):
        empty = [12 - len(set(rng.integers(0, 12, actions))) for _ in range(4000)]
        assert np.mean(empty) == pytest.approx(campaign.expected_empty(12, actions), abs=0.06)


def test_moved_is_about_cells_and_miscoding_has_the_planted_rate():
    plan = frame(CUBE.cells * 400)
    rng = np.random.default_rng(2)
    coded = campaign.miscode(CUBE, plan, 0.1, rng)
    assert campaign.moved(CUBE.place(plan), CUBE.place(plan)).sum() == 0
    assert campaign.moved(CUBE.place(plan), CUBE.place(coded)).mean() == pytest.approx(1 - 0.9**3, abs=0.02)
    changed = plan["construct"] != coded["construct"]
    assert changed.mean() == pytest.approx(0.1, abs=0.015)
    assert campaign.miscode(CUBE, plan, 0, rng).equals(plan)


def test_merged_levels_keep_all_actions():
    merged, plan = CUBE.merge(frame(CUBE.cells), "construct", {"value": "value, needs", "needs": "value, needs"})
    assert len(merged.cells) == 8 and merged.counts(plan).tolist() == [1, 2] * 4


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: campaign.Cube({}), "axes"),
        (lambda: campaign.Cube({"a": ["x"]}), "axes"),
        (lambda: campaign.Cube({"a": ["x", "x"]}), "axes"),
        (lambda: CUBE.place(pd.DataFrame({"space": ["one"]})), "actions"),
        (lambda: CUBE.counts(frame([("one", "now", "price")])), "actions"),
        (lambda: CUBE.merge(frame(CUBE.cells), "price", {}), "axis"),
        (lambda: campaign.moved([("a",)], []), "second"),
        (lambda: campaign.expected_empty(0, 3), "cells"),
        (lambda: campaign.miscode(CUBE, frame(CUBE.cells), 2, np.random.default_rng(1)), "error"),
    ],
)
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
