"""The absorbing chain against closed forms, simulation and its own variance identity."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replica.models import funnel

CYCLE = np.array([[0.2, 0.4, 0.0, 0.0, 0.4], [0.1, 0.2, 0.4, 0.0, 0.3], [0.0, 0.15, 0.2, 0.25, 0.4]])


@st.composite
def chains(draw):
    k = draw(st.integers(1, 5))
    raw = draw(st.lists(st.floats(0.01, 1), min_size=k * (k + 2), max_size=k * (k + 2)))
    matrix = np.array(raw).reshape(k, k + 2)
    return matrix / matrix.sum(axis=1, keepdims=True)


def test_gamblers_ruin_has_its_closed_form():
    p, size = 0.55, 9  # states 1..9 between ruin at 0 and 10
    P = np.zeros((size, size + 2))
    for i in range(size):
        P[i, i + 1 if i + 1 < size else size] += p
        P[i, i - 1 if i else size + 1] += 1 - p
    odds = (1 - p) / p
    closed = (1 - odds ** np.arange(1, 10)) / (1 - odds**10)
    assert funnel.absorb(P, size).ends[:, 0] == pytest.approx(closed)


def test_a_funnel_without_returns_is_a_product():
    P = np.array([[0.0, 0.5, 0.0, 0.0, 0.5], [0.0, 0.0, 0.4, 0.0, 0.6], [0.0, 0.0, 0.0, 0.3, 0.7]])
    assert funnel.absorb(P, 3).ends[0, 0] == pytest.approx(0.5 * 0.4 * 0.3)


@given(chains())
@settings(max_examples=50, deadline=None)
def test_ends_are_probabilities_and_counting_stages_adds_nothing_to_the_end(P):
    k = len(P)
    found = funnel.absorb(P, k)
    assert found.ends.sum(axis=1) == pytest.approx(1)
    assert (found.steps >= 1 - 1e-12).all()
    b = found.ends[0, 0]
    assert funnel.end_variance(P, k) == pytest.approx(b * (1 - b), rel=1e-6)


def test_simulated_people_end_and_walk_as_the_fundamental_matrix_says():
    found = funnel.absorb(CYCLE, 3)
    counts = funnel.follow(CYCLE, 3, 200_000, np.random.default_rng(1))
    assert counts[:, 3].sum() / 200_000 == pytest.approx(found.ends[0, 0], abs=0.003)
    assert counts.sum(axis=1) / 200_000 == pytest.approx(found.visits[0], rel=0.02)
    assert counts.sum() / 200_000 == pytest.approx(found.steps[0], rel=0.01)
    assert funnel.estimate(counts, 3) == pytest.approx(CYCLE, abs=0.01)


def test_the_variance_is_the_spread_of_repeated_campaigns():
    rng, n = np.random.default_rng(2), 2000
    ends = [funnel.absorb(funnel.estimate(funnel.follow(CYCLE, 3, n, rng), 3), 3).ends[0, 0] for _ in range(400)]
    assert np.var(ends) * n == pytest.approx(funnel.end_variance(CYCLE, 3), rel=0.2)


def test_levers_are_derivatives():
    forward, step = np.array([1, 2, 3]), 1e-6
    found = funnel.levers(CYCLE, 3, forward)
    for i in range(3):
        moved = CYCLE.copy()
        moved[i, forward[i]] += step
        moved[i, -1] -= step
        slope = (funnel.absorb(moved, 3).ends[0, 0] - funnel.absorb(CYCLE, 3).ends[0, 0]) / step
        assert found[i] == pytest.approx(slope, rel=1e-4)


def test_people_needed_gives_the_promised_width():
    n = funnel.people_needed(0.03, 0.2)
    assert 1.96 * np.sqrt(0.03 * 0.97 / n) / 0.03 == pytest.approx(0.2, rel=1e-3)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: funnel.absorb([[0.5, 0.6]], 1), "P"),
        (lambda: funnel.absorb([[1.0, 0.0]], 1), "P"),
        (lambda: funnel.absorb([[1.0]], 1), "P"),
        (lambda: funnel.people_needed(0, 0.1), "probability"),
        (lambda: funnel.people_needed(0.1, 0), "relative"),
        (lambda: funnel.follow(CYCLE, 3, 0, np.random.default_rng(1)), "people"),
        (lambda: funnel.estimate([[0, 0], [1, 1]], 2), "counts"),
        (lambda: funnel.estimate([[1, 0]], 2), "counts"),
        (lambda: funnel.levers(CYCLE, 3, [1, 2]), "forward"),
        (lambda: funnel.levers(CYCLE, 3, [1, 2, 4]), "forward"),
    ],
)
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
