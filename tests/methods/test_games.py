"""Evolutionary games against known equilibria, nashpy, finite differences and an independent integrator."""

from __future__ import annotations

import nashpy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.optimize import fsolve

from replica.methods import games

VALUE, COST = 2.0, 4.0
HAWK_DOVE = [[(VALUE - COST) / 2, VALUE], [0, VALUE / 2]]
small = st.integers(-5, 5)


def table(P, draw):
    return np.array(draw, dtype=float).reshape((P,) + (2,) * P)


def cube(seed, games_=1):
    return np.random.default_rng(seed).normal(size=(games_, 3, 2, 2, 2))


# --- one population ---------------------------------------------------------------------------------------------------
def test_hawks_and_doves_rest_at_value_over_cost():
    x = np.array([VALUE / COST, 1 - VALUE / COST])
    # The eigenvalue is -V (C - V) / 2C.
    assert games.replicator_eigenvalues(HAWK_DOVE, x) == pytest.approx([-VALUE * (COST - VALUE) / (2 * COST)])
    assert [state.tolist() for state in games.stable_states(HAWK_DOVE)] == [[0.5, 0.5]]


def test_coordination_has_two_stable_states_and_a_threshold_between_them():
    A = [[2, 0], [0, 1]]
    assert [state.tolist() for state in games.stable_states(A)] == [[1, 0], [0, 1]]
    assert games.classify(games.replicator_eigenvalues(A, [1 / 3, 2 / 3])) == "source"


@pytest.mark.parametrize("win, kind, stable", [(2, "sink", 1), (1, "undecided", 0), (0.5, "source", 0)])
def test_rock_paper_scissors_turns_on_whether_winning_outweighs_losing(win, kind, stable):
    A = [[0, -1, win], [win, 0, -1], [-1, win, 0]]
    assert games.classify(games.replicator_eigenvalues(A, [1 / 3] * 3)) == kind
    assert len(games.stable_states(A)) == stable


@settings(max_examples=50, deadline=None)
@given(st.lists(small, min_size=9, max_size=9), st.integers(0, 10_000))
def test_eigenvalues_of_one_population_are_those_of_finite_differences(entries, seed):
    A = np.array(entries, dtype=float).reshape(3, 3)
    x, h = np.random.default_rng(seed).dirichlet([1, 1, 1]), 1e-6

    def field(two):  # the third share follows from the other two
        full = np.append(two, 1 - two.sum())
        earned = A @ full
        return (full * (earned - full @ earned))[:2]

    J = np.column_stack([(field(x[:2] + h * e) - field(x[:2] - h * e)) / (2 * h) for e in np.eye(2)])
    expected = np.sort_complex(np.linalg.eigvals(J))
    assert np.abs(games.replicator_eigenvalues(A, x) - expected).max() < 1e-3 * (1 + np.abs(A).max())


# --- several populations ----------------------------------------------------------------------------------------------
@settings(max_examples=60, deadline=None)
@given(st.lists(small, min_size=8, max_size=8, unique=True))
def test_equilibria_of_two_populations_are_those_of_nashpy(entries):
    game = games.Game(table(2, entries))
    rest = game.rest_points()
    if any(point.kind == "undecided" and not point.mixed for point in rest):
        return  # a degenerate game
    ours = sorted(tuple(np.round(point.state, 6)) for point in rest if point.nash)
    reference = nashpy.Game(*game.payoffs).support_enumeration()
    assert ours == sorted((round(row[1], 6), round(column[1], 6)) for row, column in reference)


def test_a_trajectory_of_two_populations_is_that_of_nashpy():
    payoffs = np.array([[[3, 0], [1, 2]], [[2, 1], [0, 3]]], dtype=float)
    g = games.gains(payoffs, 2)
    ours = games.trajectories(g, [[0.4, 0.35], [0.9, 0.1]], steps=200, step=0.05)[:, 0]
    time = np.linspace(0, 200 * 0.05 / np.abs(g).max(), 201)
    row, column = nashpy.Game(*payoffs).asymmetric_replicator_dynamics([0.6, 0.4], [0.65, 0.35], time)
    assert np.abs(ours - np.column_stack([row[:, 1], column[:, 1]])).max() < 1e-5


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([2, 3, 4]))
def test_the_jacobian_is_that_of_finite_differences(seed, P):
    rng = np.random.default_rng(seed)
    game, x, h = games.Game(rng.normal(size=(P,) + (2,) * P)), rng.uniform(0.05, 0.95, P), 1e-6
    low, high = (np.array([field(0, x + s * e, game.gains) for e in np.eye(P)]) for s in (-h, h))
    numeric = (high - low).T / (2 * h)
    assert np.abs(game.jacobian(x) - numeric).max() < 1e-7


def test_advantages_are_expected_payoffs():
    payoffs, x = cube(3)[0], np.array([0.2, 0.7, 0.4])
    weights = np.einsum("i,j->ij", [0.3, 0.7], [0.6, 0.4])
    by_hand = (weights * (payoffs[0, 1] - payoffs[0, 0])).sum()
    assert games.advantages(games.gains(payoffs, 3), x)[0] == pytest.approx(by_hand)
    many = games.advantages(games.gains(cube(3, 4), 3)[:, None], np.tile(x, (5, 1)))
    assert many.shape == (4, 5, 3)
    states = np.random.default_rng(1).uniform(size=(6, 3))
    together = games.advantages(games.gains(payoffs, 3), states)
    assert np.allclose(together, [games.advantages(games.gains(payoffs, 3), state) for state in states])


def test_many_paths_are_those_followed_one_by_one():
    table, starts = games.gains(cube(4)[0], 3), np.random.default_rng(2).uniform(0.1, 0.9, (5, 3))
    together = games.trajectories(table, starts, steps=50)
    assert np.allclose(together[:, 3], games.trajectories(table, starts[3:4], steps=50)[:, 0])


@pytest.mark.parametrize("seed", range(30))
def test_all_mixed_rest_points_of_three_populations_are_found(seed):
    game, rng = games.Game(cube(seed)[0]), np.random.default_rng(seed)
    found = [point.state for point in game.rest_points() if point.mixed == 3]
    for start in rng.uniform(0, 1, (40, 3)):
        x, _, flag, _ = fsolve(lambda v: games.advantages(game.gains, v), start, full_output=True)
        if flag == 1 and ((x > 1e-6) & (x < 1 - 1e-6)).all() and np.abs(games.advantages(game.gains, x)).max() < 1e-9:
            assert any(np.abs(x - state).max() < 1e-6 for state in found)
    assert len(found) <= 2


def test_no_state_with_all_populations_mixed_is_a_sink():
    mixed = [p for seed in range(100) for p in games.Game(cube(seed)[0]).rest_points() if p.mixed == 3]
    assert len(mixed) > 10
    assert all(abs(point.eigenvalues.sum()) < 1e-9 and point.kind != "sink" for point in mixed)


def test_sinks_are_exactly_the_strict_equilibria_at_corners():
    for seed in range(50):
        game = games.Game(cube(seed)[0])
        for point in game.rest_points():
            if not point.mixed:
                g = games.advantages(game.gains, point.state)
                assert (point.kind == "sink") == bool((np.where(point.state == 1, g, -g) > 0).all())
            else:
                assert point.kind != "sink"


def test_a_missing_slope_does_not_hide_a_mixed_rest_point():
    # The first population looks at the second only, the second at the third, the third at the first.
    payoffs = np.zeros((3, 2, 2, 2))
    i, j, k = np.indices((2, 2, 2))
    payoffs[0], payoffs[1], payoffs[2] = i * (j - 0.5), j * (k - 0.25), k * (0.75 - i)
    states = [point.state for point in games.Game(payoffs).rest_points() if point.mixed == 3]
    assert len(states) == 1 and np.allclose(states[0], [0.75, 0.5, 0.25])


def test_the_basins_of_symmetric_coordination_are_equal():
    payoffs = np.array([[[1, 0], [0, 1]], [[1, 0], [0, 1]]], dtype=float)
    end = games.basins(games.gains(payoffs, 2)[None], games.starts_on_a_grid(2, 9)[:, ::-1])
    starts = games.starts_on_a_grid(2, 9)[:, ::-1]
    clear = np.abs(starts.sum(axis=1) - 1) > 0.05
    assert (end[0, clear] == np.where(starts[clear].sum(axis=1) > 1, 3, 0)).all()


def test_where_nothing_is_gained_nothing_moves():
    start = [[0.2, 0.6, 0.9]]
    assert np.allclose(games.trajectories(np.zeros((3, 2, 2)), start, steps=3), start)
    assert games.basins(np.zeros((1, 3, 2, 2)), start, steps=20).tolist() == [[-1]]


def field(t, x, table):
    return x * (1 - x) * games.advantages(table, x)


def test_basins_are_those_of_an_independent_integrator():
    tables, starts = games.gains(cube(11, 3), 3), games.starts_on_a_grid(3, 2)
    end = games.basins(tables, starts)
    for g, row in zip(tables, end, strict=True):
        for start, corner in zip(starts, row, strict=True):
            if corner < 0:
                continue
            path = solve_ivp(field, (0, 300), start, args=(g,), method="LSODA", rtol=1e-8, atol=1e-11)
            assert [int(bit) for bit in f"{corner:03b}"] == path.y[:, -1].round(3).tolist()
    assert (end >= 0).mean() > 0.5


def test_a_game_without_stable_corner_is_left_unsettled():
    payoffs = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]]], dtype=float)  # matching pennies
    assert (games.basins(games.gains(payoffs, 2)[None], [[0.3, 0.6]], steps=300) == -1).all()


@pytest.mark.parametrize(
    "call, name",
    [
        (lambda: games.classify([]), "eigenvalues"),
        (lambda: games.classify([np.nan]), "eigenvalues"),
        (lambda: games.replicator_eigenvalues([[1, 2]], [0.5, 0.5]), "payoff"),
        (lambda: games.replicator_eigenvalues(HAWK_DOVE, [0.5, 0.6]), "state"),
        (lambda: games.replicator_eigenvalues(HAWK_DOVE, [0.5, 0.25, 0.25]), "state"),
        (lambda: games.Game(np.zeros((3, 2, 2))), "payoffs"),
        (lambda: games.Game(np.full((2, 2, 2), np.nan)), "payoffs"),
        (lambda: games.Game(np.ones((2, 2, 2))).jacobian([0.5, 1.5]), "state"),
        (lambda: games.Game([[[2, 0], [0, 1]]] * 2).at([0.5, 0.5]), "state"),
        (lambda: games.Game(np.zeros((4, 2, 2, 2, 2))).rest_points(), "game"),
        (lambda: games.gains(np.zeros((3, 2, 2)), 3), "payoffs"),
        (lambda: games.advantages(np.zeros((2, 2)), [0.5, 0.5, 0.5]), "gains"),
        (lambda: games.basins(np.zeros((1, 2, 2)), [[0.0, 0.5]]), "starts"),
        (lambda: games.basins(np.zeros((1, 3, 2)), [[0.5, 0.5]]), "gains"),
        (lambda: games.basins(np.full((1, 2, 2), np.nan), [[0.5, 0.5]]), "gains"),
        (lambda: games.basins(np.zeros((1, 2, 2)), [[0.5, 0.5]], steps=0), "steps"),
        (lambda: games.basins(np.zeros((1, 2, 2)), [[0.5, 0.5]], step=np.nan), "step"),
        (lambda: games.trajectories(np.zeros((2, 2)), [[0.0, 1.0]]), "starts"),
        (lambda: games.trajectories(np.zeros((3, 2)), [[0.5, 0.5]]), "gains"),
        (lambda: games.trajectories([[np.nan, 0], [0, 1]], [[0.5, 0.5]]), "gains"),
        (lambda: games.trajectories(np.ones((2, 2)), [[0.5, 0.5]], steps=2.5), "steps"),
        (lambda: games.gains(np.full((2, 2, 2), np.inf), 2), "payoffs"),
        (lambda: games.gains(np.zeros((2, 2, 2)), 2.0), "populations"),
        (lambda: games.starts_on_a_grid(0, 3), "populations"),
        (lambda: games.starts_on_a_grid(2, 2.5), "points"),
    ],
)
def test_bad_input_is_refused_with_the_name_of_the_argument(call, name):
    with pytest.raises(ValueError, match=rf"^{name}"):
        call()
