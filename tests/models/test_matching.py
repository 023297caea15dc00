"""The matching model against Shimer (2005), its own equations, and limits of the platform."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replica.models.matching import Labour, elasticities, steady_state

BASE = Labour()
MARKETS = st.builds(
    Labour,
    benefit=st.floats(0.2, 0.8),
    coverage=st.floats(0.05, 0.9),
    effort=st.floats(0.4, 1.2),
    demand=st.floats(0.002, 0.04),
    elasticity=st.floats(0.4, 3),
    cycle=st.floats(0, 3),
)


def test_shimers_elasticity_of_tightness():
    """Shimer (2005): the v-u ratio answers net productivity with an elasticity of 1.03."""
    found = 0.6 * elasticities(BASE, 0.001)["tightness"]
    f = BASE.efficiency * steady_state(BASE).tightness ** (1 - BASE.curve)
    closed = (0.112 + 0.72 * f) / (0.112 * (1 - 0.28) + 0.72 * f)
    assert found == pytest.approx(1.03, abs=0.005)
    assert found == pytest.approx(closed, abs=1e-4)


@settings(max_examples=30, deadline=None)
@given(MARKETS)
def test_the_state_solves_its_equations(market):
    state = steady_state(market)
    theta, pay = state.tightness, state.pay
    worth = pay**2 / (2 * market.effort) if pay <= market.effort else pay - market.effort / 2
    filling = market.efficiency * theta**-market.curve
    gain = (1 - market.bargaining) * (market.productivity - market.benefit - market.coverage * worth)
    if gain > 1e-3:
        cost = 0.112 * market.vacancy_cost / filling + market.bargaining * market.vacancy_cost * theta
        assert cost == pytest.approx(gain, rel=1e-6)
    flow = market.efficiency * theta ** (1 - market.curve) * state.unemployment
    assert flow == pytest.approx(market.separation * (1 - state.unemployment))
    wanted = market.demand * pay**-market.elasticity
    assert state.flexible == pytest.approx(wanted, rel=1e-5)
    assert state.idle == pytest.approx(state.unemployment - state.flexible)


def test_better_matching_lowers_unemployment():
    rates = [steady_state(replace(BASE, efficiency=a)).unemployment for a in (1.0, 1.355, 1.8)]
    assert rates[0] > rates[1] > rates[2]


def test_no_platform_no_flexible_work():
    state = steady_state(BASE)
    assert state.flexible == 0 and state.idle == state.unemployment
    assert elasticities(BASE)["flexible"] == 0


def test_flexible_work_is_counter_cyclical_where_its_demand_does_not_move():
    flat = replace(BASE, coverage=0.4, cycle=0.0)
    assert elasticities(flat)["flexible"] < 0
    assert elasticities(replace(flat, cycle=3.0))["flexible"] > 0


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"bargaining": 1.0}, "bargaining"),
        ({"separation": 0.0}, "separation"),
        ({"coverage": 1.2}, "coverage"),
        ({"benefit": 1.1}, "benefit"),
        ({"cycle": float("nan")}, "cycle"),
        ({"effort": -1.0}, "effort"),
    ],
)
def test_bad_input_is_named(change, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        replace(BASE, **change)
    with pytest.raises(ValueError, match="^step:"):
        elasticities(BASE, 0.5)
