"""A weighted SWOT list: planted weights are found, and nothing is found where all weigh alike."""

import numpy as np
import pytest

from replica.models import multicriteria, swot


def test_planted_first_place_is_found_and_more_judges_find_it_more_often():
    rng, truth = np.random.default_rng(1), np.array([0.30, 0.22, 0.2, 0.16, 0.12])
    found = {}
    for judges in (1, 9):
        panels = ([swot.judgements(truth, 0.5, rng) for _ in range(judges)] for _ in range(200))
        hits = [np.argmax(multicriteria.ahp(multicriteria.group(panel)).weights) == 0 for panel in panels]
        found[judges] = np.mean(hits)
    assert found[1] > 0.5 and found[9] > found[1] + 0.1


def test_a_panel_without_error_gives_its_priorities_back():
    truth = {"S": {"a": 4.0, "b": 2.0, "c": 1.0}, "W": {"d": 1.0, "e": 6.0}}  # ratios that Saaty's scale holds
    found, ratio = swot.panel(truth, 3, 0.0, np.random.default_rng(0))
    assert found == pytest.approx({"a": 4 / 14, "b": 2 / 14, "c": 1 / 14, "d": 1 / 14, "e": 6 / 14}) and ratio < 1e-9


def test_equal_weights_leave_every_factor_first_equally_often():
    draws = swot.dirichlet_priorities({"a": 4, "b": 4, "c": 4}, 1.0, 12_000, np.random.default_rng(2))
    share = np.bincount(draws.argmax(axis=1), minlength=12) / len(draws)
    assert np.allclose(draws.sum(axis=1), 1) and np.all(np.abs(share - 1 / 12) < 0.015)


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: swot.judgements([0.5, 0], 0.1, np.random.default_rng(0)), "truth"),
        (lambda: swot.judgements([0.5, 0.5], -1, np.random.default_rng(0)), "noise"),
        (lambda: swot.priorities({"S": {"a": 1}}, {"W": 1}), "group_weights"),
        (lambda: swot.priorities({"S": {"a": 1}, "W": {"a": 1}}, {"S": 1, "W": 1}), "twice"),
        (lambda: swot.priorities({"S": {"a": 0}}, {"S": 1}), "positive"),
        (lambda: swot.panel({"S": {"a": 1.0}}, 0, 0.1, np.random.default_rng(0)), "judges"),
        (lambda: swot.dirichlet_priorities({}, 1, 5, np.random.default_rng(0)), "sizes"),
    ],
)
def test_bad_input_is_named(call, word):
    with pytest.raises(ValueError, match=word):
        call()
