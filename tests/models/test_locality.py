"""The joined model: with its parts switched off it is the debt recursion; its accounts add up; luck is shared."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from replica.models import credit, fiscal, locality

MIDDLE = pd.DataFrame([locality.REGION.middle()])
DRAWS = locality.Draws.make(64, 20, seed=1)


def still(**changes):
    """A locality without shocks, reaction, discovery, feedback or other borrowing."""
    off = ("sr", "sg", "rho", "y0", "d", "m", "l", "e")
    return MIDDLE.assign(**{**dict.fromkeys(off, 0.0), "sA": 1e-6, "sV": 1e-6, "V": 50.0, **changes})


def test_without_risk_it_is_the_recursion_of_debt():
    outcome = locality.simulate(still(p=1.0), DRAWS)
    q = MIDDLE.iloc[0]
    on, off = (1 - q["off"]) * q["gap"], q["off"] * q["gap"]
    expected = fiscal.debt_closed_form([q["B0"], q["H0"]], q["r"], q["g"], [-on, -off], 20)
    assert outcome["official"] == pytest.approx(np.full((1, 64), expected[0]), rel=1e-6)
    assert outcome["hidden"] == pytest.approx(np.full((1, 64), expected[1]), rel=1e-6)
    assert outcome["income"] == pytest.approx(np.full((1, 64), 20 * np.log1p(q["g"])))


def test_accounts_add_up():
    outcome = locality.simulate(MIDDLE, DRAWS)
    assert outcome["debt"] == pytest.approx(outcome["official"] + outcome["hidden"])
    assert outcome["consolidated"] == pytest.approx(outcome["debt"])
    assert (outcome["shortfall"] >= 0).all() and (outcome["losses"] >= outcome["shortfall"]).all()


def test_a_rescue_moves_debt_and_a_default_removes_it():
    state = locality._State(locality._columns(MIDDLE), 3)
    state.assets = np.full((1, 3), 0.2)
    q = {**locality._columns(MIDDLE), "d": np.array([[0.5]]), "p": np.array([[0.5]])}
    before, official = state.official + state.hidden, state.official.copy()
    locality._open_accounts(state, q, np.array([[0.4, 0.4], [0.4, 0.6], [0.6, 0.4]]))
    after, hidden, start = state.official + state.hidden, 0.35, float(q["L0"][0, 0])
    assert after[0, 0] == pytest.approx(before[0, 0])
    assert state.official[0, 0] - official[0, 0] == pytest.approx(hidden - start * 0.2)
    assert before[0, 1] - after[0, 1] == pytest.approx(hidden - start * 0.2)
    assert (after[0, 2], state.losses[0, 2]) == (pytest.approx(before[0, 2]), 0.0)
    assert state.losses[0, :2] == pytest.approx([hidden - 0.2] * 2)
    assert state.rescues[0].tolist() == pytest.approx([hidden - start * 0.2, 0, 0])
    assert state.written_off[0].tolist() == pytest.approx([0, hidden - start * 0.2, 0])


def test_draws_are_mirrored_so_their_means_are_exact():
    assert np.abs(DRAWS.normals.mean(axis=0)).max() < 1e-14
    assert DRAWS.uniforms.mean(axis=0) == pytest.approx(np.full((20, 2), 0.5))


def test_matching_moves_debt_to_the_centre_when_money_has_one_price():
    start = still(p=1.0, match=0.5)
    plain = locality.simulate(start, DRAWS)
    matched = locality.simulate(locality.with_policies(start, ["matching"]), DRAWS, start)
    assert (matched["debt"] < plain["debt"]).all()
    assert matched["consolidated"] == pytest.approx(plain["consolidated"], rel=1e-6)


def test_a_policy_without_strength_changes_nothing():
    zero = {"match": 0.0, "raise": 0.0, "budget": 0.0, "react": 0.0, "open": 1.0, "doubt": 0.0}
    start = MIDDLE.assign(**zero)
    plain = locality.simulate(start, DRAWS)
    same = locality.simulate(locality.with_policies(start, list(locality.POLICIES)), DRAWS, start)
    for name in locality.OUTCOMES:
        assert (plain[name] == same[name]).all(), name


def test_the_last_year_of_the_paths_is_the_outcome():
    whole = locality.paths(MIDDLE, DRAWS)
    last = locality.simulate(MIDDLE, DRAWS)
    assert whole["debt"].shape == (1, 64, 21)
    assert whole["debt"][0, :, 0] == pytest.approx(np.full(64, MIDDLE["B0"].item() + MIDDLE["H0"].item()))
    for name in locality.OUTCOMES:
        assert (whole[name][..., -1] == last[name]).all()


def test_the_spread_is_that_of_contingent_claims():
    first = locality.paths(MIDDLE, DRAWS)["spread"][0, 0, 0]
    q = locality.REGION.middle()
    on = credit.quasi_spread(q["B0"] / q["V"], q["sV"], q["t"])
    off = credit.quasi_spread(q["L0"], q["sA"], q["t"], q["p"])
    assert first == pytest.approx((on * q["B0"] + off * q["H0"]) / (q["B0"] + q["H0"]))


def test_first_discovery_waits_as_long_as_its_chance_says():
    draws = locality.Draws.make(4000, 20, seed=2)
    found = locality.first_discovery(locality.REGION.middle() | {"d": 0.2}, draws)
    share = (found["year"] == 1).mean()
    assert share == pytest.approx(0.2, abs=0.02)
    assert ((found["year"] > 0).mean()) == pytest.approx(1 - 0.8**20, abs=0.01)
    assert (found.loc[found["year"] == 0, ["loss", "takeover", "jump"]] == 0).all().all()
    assert (found.loc[found["loss"] == 0, "takeover"] == 0).all()


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: locality.Draws.make(3, 5, 1), "paths"),
        (lambda: locality.with_policies(MIDDLE, ["prayer"]), "policies"),
        (lambda: locality.simulate(MIDDLE.drop(columns="gap"), DRAWS), "parameters"),
        (lambda: locality.simulate(MIDDLE.assign(r=np.nan), DRAWS), "parameters"),
        (lambda: locality.simulate(MIDDLE, DRAWS, pd.concat([MIDDLE, MIDDLE])), "before"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
