"""The contract against brute force over both efforts, and the result of Baiman, Fischer & Rajan (2000)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replica.models import contracts

GRID = np.linspace(0, 1, 201)
COST, PART = st.floats(0.1, 4), st.floats(0.02, 0.95)


@settings(max_examples=80, deadline=None)
@given(COST, COST, PART)
def test_first_best_against_a_grid(c, a, part):
    trade = contracts.Trade(c, a, part, 1.0)
    found = contracts.first_best(trade)
    grid = trade.cost(GRID[:, None], GRID[None, :])
    assert found.cost <= grid.min() + 1e-9
    assert found.cost == pytest.approx(grid.min(), abs=2e-3)


@settings(max_examples=80, deadline=None)
@given(COST, COST, PART, st.floats(0, 1.5), st.floats(0, 1.5))
def test_nobody_wants_to_leave_an_equilibrium(c, a, part, found, unfound):
    trade = contracts.Trade(c, a, part, 1.0)
    at = contracts.equilibrium(trade, found, unfound)
    assert np.isfinite(at.cost)

    def supplier(e, t):
        return c * e**2 / 2 + (1 - e) * (t * found + (1 - t) * unfound)

    def buyer(e, t):
        return a * t**2 / 2 + (1 - e) * (t * (part - found) + (1 - t) * (1 - unfound))

    assert supplier(at.e, at.t) <= supplier(GRID, at.t).min() + 1e-9
    assert buyer(at.e, at.t) <= buyer(at.e, GRID).min() + 1e-9


@settings(max_examples=80, deadline=None)
@given(COST, COST, PART)
def test_both_events_priced_alike_give_the_first_best(c, a, part):
    trade = contracts.Trade(c, a, part, 1.0)
    penalty = contracts.both_events(trade)
    assert contracts.equilibrium(trade, penalty, penalty).cost == pytest.approx(
        contracts.first_best(trade).cost, abs=1e-9
    )


def test_full_liability_ends_inspection_and_no_liability_ends_prevention():
    trade = contracts.Trade([1.3, 2.0], [1.2, 0.5], [0.2, 0.4], [1.0, 1.0])
    assert contracts.equilibrium(trade, 0.0, trade.external).t.tolist() == [0, 0]
    assert contracts.equilibrium(trade, 0.0, 0.0).e.tolist() == [0, 0]


def test_best_external_penalty_lies_between_none_and_the_first_best():
    rng = np.random.default_rng(1)
    trade = contracts.Trade(rng.uniform(0.6, 3, 300), rng.uniform(0.1, 3, 300), rng.uniform(0.05, 0.6, 300), 1.0)
    _, one = contracts.best_external(trade)
    assert (one.cost <= contracts.equilibrium(trade, 0.0, 0.0).cost + 1e-12).all()
    assert (one.cost <= contracts.equilibrium(trade, 0.0, 1.0).cost + 1e-12).all()
    assert (one.cost >= contracts.first_best(trade).cost - 1e-12).all()


def test_a_promise_lasts_when_the_future_weighs_enough():
    trade = contracts.Trade(1.3, 1.2, 0.2, 1.0)
    holds = contracts.relation_holds(trade, np.linspace(0, 0.99, 100))
    assert not holds[0] and holds[-1] and (np.diff(holds.astype(int)) >= 0).all()


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: contracts.Trade(0.0, 1, 0.1, 1), "c"),
        (lambda: contracts.Trade(1, np.nan, 0.1, 1), "a"),
        (lambda: contracts.Trade(1, 1, 1, 1), "external"),
        (lambda: contracts.equilibrium(contracts.Trade(1, 1, 0.1, 1), -1, 0), "found"),
        (lambda: contracts.equilibrium(contracts.Trade(1, 1, 0.1, 1), 0, np.inf), "unfound"),
        (lambda: contracts.best_external(contracts.Trade(1, 1, 0.1, 1), 1), "steps"),
        (lambda: contracts.relation_holds(contracts.Trade(1, 1, 0.1, 1), 1.0), "discount"),
        (lambda: contracts.relation_holds(contracts.Trade(1, 1, 0.1, 1), 0.5, 2.0), "share"),
    ],
)
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=rf"^{name}: "):
        call()
