"""Estimators of a programme's effect: planted effects are recovered, absent ones are not found, the bias is shown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyfixest
import pytest

from replica.models import development
from replica.worlds import ch08 as suppliers

BEFORE, DIFFERENCE, HELD = development.METHODS


def trial(choice, effect, draws=80):
    found = {method: [] for method in development.METHODS}
    for draw in range(draws):
        p = suppliers.supplier_panel(years=6, choice=choice, effect=effect, seed=draw)
        for method in development.METHODS:
            fit = development.effect(p.score[p.eligible], p.developed[p.eligible], p.start, method)
            found[method].append((fit.estimate - p.planted, fit.covers(p.planted)))
    return {method: np.mean(values, axis=0) for method, values in found.items()}


@pytest.mark.parametrize("effect", [0.0, -0.6])
@pytest.mark.parametrize(
    ("choice", "right"), [("random", (DIFFERENCE, HELD)), ("lottery", (DIFFERENCE, HELD)), ("worst", (HELD,))]
)
def test_right_methods_recover_what_was_planted_and_find_nothing_where_nothing_is(choice, right, effect):
    found = trial(choice, effect)
    for method in right:
        bias, covered = found[method]
        assert abs(bias) < 0.05 and covered > 0.87, (method, bias, covered)


def test_choosing_the_worst_shows_an_effect_that_is_not_there():
    found = trial("worst", 0.0)
    for method in (BEFORE, DIFFERENCE):
        assert found[method][0] < -0.35 and found[method][1] < 0.05
    assert trial("best", 0.0, 20)[DIFFERENCE][0] > 0.3


def test_difference_in_differences_is_the_two_way_regression_of_pyfixest():
    p = suppliers.supplier_panel(suppliers=60, developed=15, years=6, seed=3)
    y = np.column_stack([p.score[:, p.start - 1], p.score[:, p.start :].mean(axis=1)])
    frame = pd.DataFrame({"y": y.ravel(), "unit": np.repeat(np.arange(60), 2), "post": np.tile([0, 1], 60)})
    frame["d"] = frame["post"] * np.repeat(p.developed.astype(int), 2)
    peer = pyfixest.feols("y ~ d | unit + post", frame).coef()["d"]
    found = development.effect(p.score, p.developed, p.start, DIFFERENCE)
    assert found.estimate == pytest.approx(peer)
    assert development.effect(p.score, p.developed, p.start, DIFFERENCE, 3).estimate != found.estimate


def test_event_study_is_zero_in_the_year_before_and_follows_the_effect():
    lines = []
    for draw in range(40):
        p = suppliers.supplier_panel(choice="random", effect=-0.5, seed=draw)
        line = development.event_study(p.score, p.developed, p.start)
        assert line[p.start - 1] == 0
        lines.append(line)
    assert np.abs(np.mean(lines, axis=0) - p.effect).max() < 0.06


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"y": np.ones(4)}, "y"),
        ({"treated": np.array([True, False])}, "treated"),
        ({"treated": np.array([True, False, False, False])}, "treated"),
        ({"start": 0}, "start"),
        ({"method": "guess"}, "method"),
        ({"baseline": 3}, "baseline"),
    ],
)
def test_bad_input_is_refused_by_name(change, name):
    good = {
        "y": np.arange(12.0).reshape(4, 3),
        "treated": np.array([True, True, False, False]),
        "start": 1,
        "method": DIFFERENCE,
    }
    with pytest.raises(ValueError, match=rf"^{name}: "):
        development.effect(**(good | change))
