"""The games against brute force: every profile, every deviation, every level of effort."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from replica.models import softbudget

QUARTERS = st.integers(1, 12).map(lambda n: n / 4)
FROM_ZERO = st.integers(0, 24).map(lambda n: n / 4)


def brute_force(game):
    """Numbers of reckless regions over all pure profiles that no region wants to leave, the centre replying last."""

    def payoff(profile, region):
        reckless = sum(profile)
        rescue = reckless * (game.loss - game.cost) - game.commitment >= 0 and reckless > 0
        tax = reckless * game.cost / game.regions if rescue else 0.0
        return (game.gain if rescue else -game.penalty) * profile[region] - tax

    found = set()
    for profile in itertools.product((0, 1), repeat=game.regions):
        flips = [tuple(1 - a if i == j else a for j, a in enumerate(profile)) for i in range(game.regions)]
        if all(payoff(profile, i) >= payoff(flips[i], i) - 1e-12 for i in range(game.regions)):
            found.add(sum(profile))
    return sorted(found)


@settings(max_examples=400, deadline=None)
@given(st.integers(1, 6), QUARTERS, QUARTERS, QUARTERS, FROM_ZERO, FROM_ZERO)
def test_equilibria_are_those_of_brute_force(regions, gain, penalty, cost, loss, commitment):
    game = softbudget.Bailout(regions, gain, penalty, cost, loss, commitment)
    assert sorted(game.equilibria()) == brute_force(game)


def test_both_equilibria_where_the_rule_breaks_only_under_many():
    assert softbudget.Bailout(5, 0.5, 1.0, 1.0, 2.0, 3.0).equilibria() == [0, 5]
    assert softbudget.Bailout(5, 0.5, 1.0, 1.0, 2.0, 9.0).equilibria() == [0]
    assert softbudget.Bailout(5, 0.5, 1.0, 1.0, 2.0, 0.0).equilibria() == [5]


def test_mixed_equilibrium_leaves_every_region_indifferent():
    game = softbudget.Bailout(6, 1.0, 0.5, 1.0, 2.0, 3.0)
    q = game.mixed()
    draws = np.random.default_rng(1).random((400_000, 5)) < q
    others = draws.sum(axis=1)
    gains = np.array([game.payoffs(m + 1)[1] - game.payoffs(m)[0] for m in range(6)])[others]
    assert abs(gains.mean()) < 4 * gains.std() / np.sqrt(gains.size)
    assert softbudget.Bailout(6, 1.0, 0.5, 1.0, 0.5, 3.0).mixed() is None


@pytest.mark.parametrize(("payoff", "ease"), [(5.0, 0.1), (6.2, 0.1), (6.4, 0.1), (9.0, 0.08), (3.0, 0.3)])
def test_refinancing_against_numerical_effort(payoff, ease):
    game = softbudget.refinancing(payoff, ease)
    alone = minimize_scalar(lambda a: a**2 / (2 * ease) - a * payoff, bounds=(0, 1), method="bounded")
    assert bool(game.one_lender) == (-alone.fun >= 1)
    if game.one_lender:
        assert float(game.effort_one) == pytest.approx(alone.x, abs=1e-4)
    grid = np.linspace(1e-4, 1, 200_001)
    reply = np.clip(ease * (payoff - 1 / grid), 0, 1)
    crossing = np.flatnonzero(np.diff(np.sign(reply - grid)))
    assert bool(game.two_lenders) == bool(crossing.size)
    if game.two_lenders:
        assert float(game.effort_two) == pytest.approx(grid[crossing[-1]], abs=1e-4)


def test_debt_choice_against_a_search_by_each_region():
    b, c, r, share, n = 2.0, 1.3, 1.1, 0.6, 8
    others = 0.7

    def welfare(d):
        return b * d - c * d**2 / 2 - (1 - share) * r * d - share * r * (d + (n - 1) * others) / n

    best = minimize_scalar(lambda d: -welfare(d), bounds=(0, 5), method="bounded").x
    assert float(softbudget.debt_choice(b, c, r, share, n)) == pytest.approx(best, abs=1e-5)


def test_reputation_margin_against_the_recursion():
    gain, penalty, found, patience = 1.0, 1.4, 0.15, 0.9
    hidden = value = 0.0
    for _ in range(4000):
        value = -penalty / (1 - patience)
        hidden = gain + patience * ((1 - found) * hidden + found * value)
    margin = softbudget.reputation_margin(gain, penalty, found, patience)
    assert float(margin) == pytest.approx(-hidden, rel=1e-9)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: softbudget.Bailout(0, 1, 1, 1, 1, 1), "regions"),
        (lambda: softbudget.Bailout(2, 0, 1, 1, 1, 1), "gain"),
        (lambda: softbudget.Bailout(2, 1, 1, 1, 1, -1), "commitment"),
        (lambda: softbudget.refinancing(30, 0.1), "ease"),
        (lambda: softbudget.refinancing(0, 0.1), "payoff"),
        (lambda: softbudget.debt_choice(1, 1, 1, 2, 3), "rescued"),
        (lambda: softbudget.debt_choice(1, 1, 1, 1, 0.5), "regions"),
        (lambda: softbudget.reputation_margin(1, 1, 1.5, 0.5), "discovery"),
        (lambda: softbudget.reputation_margin(1, 1, 0.5, 1.0), "patience"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
