"""Weights of the analytic hierarchy process: published values, the eigenvector, planted weights."""

import numpy as np
import pytest

from replica.models import swot


def test_weights_are_the_principal_eigenvector():
    rng = np.random.default_rng(0)
    for n in (2, 3, 5, 8):
        matrix = swot.judgements(rng.dirichlet(np.ones(n)), 0.6, rng)
        w, ratio = swot.weights(matrix)
        values, vectors = np.linalg.eig(matrix)
        top = np.argmax(values.real)
        vector = np.abs(vectors[:, top].real)
        assert np.allclose(w, vector / vector.sum(), atol=1e-9)
        if n > 2:
            assert ratio == pytest.approx((values.real[top] - n) / (n - 1) / swot.RANDOM_INDEX[n], abs=1e-9)


def test_a_consistent_matrix_gives_its_weights_back():
    truth = np.array([0.5, 0.3, 0.15, 0.05])
    w, ratio = swot.weights(truth[:, None] / truth)
    assert np.allclose(w, truth) and ratio == pytest.approx(0, abs=1e-12)
    assert swot.weights([[1]])[0].tolist() == [1.0] and swot.weights([[1, 4], [0.25, 1]])[1] == 0.0


def test_saaty_1977_wealth_of_nations():
    """Saaty (1977), seven nations; the eigenvector that he prints."""
    upper = [[4, 9, 6, 6, 5, 5], [7, 5, 5, 3, 4], [1 / 5, 1 / 5, 1 / 7, 1 / 5], [1, 1 / 3, 1 / 3], [1 / 3, 1 / 3], [2]]
    matrix = np.ones((7, 7))
    for i, row in enumerate(upper):
        matrix[i, i + 1 :], matrix[i + 1 :, i] = row, 1 / np.array(row)
    w, ratio = swot.weights(matrix)
    assert np.allclose(w, [0.427, 0.230, 0.021, 0.052, 0.052, 0.123, 0.094], atol=0.003) and 0 < ratio < 0.1


def test_planted_first_place_is_found_and_more_judges_find_it_more_often():
    rng, truth = np.random.default_rng(1), np.array([0.30, 0.22, 0.2, 0.16, 0.12])
    found = {}
    for judges in (1, 9):
        hits = [
            np.argmax(swot.weights(swot.together([swot.judgements(truth, 0.5, rng) for _ in range(judges)]))[0]) == 0
            for _ in range(200)
        ]
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
        (lambda: swot.weights([[1, 2], [2, 1]]), "reciprocal"),
        (lambda: swot.weights([[1, -2], [-0.5, 1]]), "positive"),
        (lambda: swot.weights(np.ones((2, 3))), "square"),
        (lambda: swot.weights(np.ones((11, 11))), "10 rows"),
        (lambda: swot.judgements([0.5, 0], 0.1, np.random.default_rng(0)), "truth"),
        (lambda: swot.judgements([0.5, 0.5], -1, np.random.default_rng(0)), "noise"),
        (lambda: swot.together([[1.0]]), "matrices"),
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
