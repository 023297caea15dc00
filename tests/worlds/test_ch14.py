"""The locality by hand, as the debt recursion, and with its accounts; the games against brute force; the shocks."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import minimize_scalar

from replica.methods import claims
from replica.worlds import ch14

MIDDLE = pd.DataFrame([ch14.REGION.middle()])
DRAWS = ch14.Draws.make(64, 20, seed=1)


def still(**changes):
    """A locality without shocks, reaction, discovery, feedback or other borrowing."""
    off = ("sr", "sg", "rho", "y0", "d", "m", "l", "e")
    return MIDDLE.assign(**{**dict.fromkeys(off, 0.0), "sA": 1e-6, "sV": 1e-6, "V": 50.0, **changes})


def test_without_risk_it_is_the_recursion_of_debt():
    outcome = ch14.simulate(still(p=1.0), DRAWS)
    q = MIDDLE.iloc[0]
    on, off = (1 - q["off"]) * q["gap"], q["off"] * q["gap"]
    expected = claims.debt_closed_form([q["B0"], q["H0"]], q["r"], q["g"], [-on, -off], 20)
    assert outcome["official"] == pytest.approx(np.full((1, 64), expected[0]), rel=1e-6)
    assert outcome["hidden"] == pytest.approx(np.full((1, 64), expected[1]), rel=1e-6)
    assert outcome["income"] == pytest.approx(np.full((1, 64), 20 * np.log1p(q["g"])))


def test_accounts_add_up():
    outcome = ch14.simulate(MIDDLE, DRAWS)
    assert outcome["debt"] == pytest.approx(outcome["official"] + outcome["hidden"])
    assert outcome["consolidated"] == pytest.approx(outcome["debt"])
    assert (outcome["shortfall"] >= 0).all() and (outcome["losses"] >= outcome["shortfall"]).all()


def test_a_rescue_moves_debt_and_a_default_removes_it():
    state = ch14._State(ch14._columns(MIDDLE), 3)
    state.assets = np.full((1, 3), 0.2)
    q = {**ch14._columns(MIDDLE), "d": np.array([[0.5]]), "p": np.array([[0.5]])}
    before, official = state.official + state.hidden, state.official.copy()
    ch14._open_accounts(state, q, np.array([[0.4, 0.4], [0.4, 0.6], [0.6, 0.4]]))
    after, hidden, start = state.official + state.hidden, 0.35, float(q["L0"][0, 0])
    assert after[0, 0] == pytest.approx(before[0, 0])
    assert state.official[0, 0] - official[0, 0] == pytest.approx(hidden - start * 0.2)
    assert before[0, 1] - after[0, 1] == pytest.approx(hidden - start * 0.2)
    assert (after[0, 2], state.losses[0, 2]) == (pytest.approx(before[0, 2]), 0.0)
    assert state.losses[0, :2] == pytest.approx([hidden - 0.2] * 2)
    assert state.rescues[0].tolist() == pytest.approx([hidden - start * 0.2, 0, 0])
    assert state.written_off[0].tolist() == pytest.approx([0, hidden - start * 0.2, 0])


POINT = {
    "B0": 0.3, "H0": 0.25, "L0": 0.8, "r": 0.03, "g": 0.05, "sr": 0.01, "sg": 0.03, "c": 0.4, "gap": 0.03, "off": 0.6,
    "rho": 0.06, "rigid": 0.3, "leak": 0.5, "B*": 0.25, "e": 0.4, "y0": 0.02, "eta": 0.2, "p": 0.4, "sA": 0.3, "k": 0.6,
    "x": 0.5, "d": 0.3, "V": 1.1, "sV": 0.2, "m": 0.5, "l": 0.3, "t": 5.0, "match": 0.4, "raise": 0.3, "budget": 0.6,
    "react": 0.02, "open": 2.0, "doubt": 0.5,
}  # fmt: skip


def spread_by_hand(leverage, volatility, years, rescue=0.0):
    """Merton's spread of a promise of `leverage` on assets of one, of which lenders bear the part 1 - rescue."""
    width = volatility * years**0.5
    paid = stats.norm.cdf
    d1 = -np.log(leverage) / width + width / 2
    put = leverage * paid(width - d1) - paid(-d1)
    return -np.log(1 - (1 - rescue) * put / leverage) / years


def follow(q, before, normals, uniforms, transfer):
    """One future of one locality, year by year, in plain numbers; policies in q, the year before them in `before`."""
    official, hidden, book = before["B0"], before["H0"], before["H0"] / before["L0"]
    assets, centre, income, losses, rescues, written, found = book, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0

    def plan(w, paid):
        of_vehicle = spread_by_hand(hidden / book, w["sA"], w["t"], w["p"])
        cut = w["rho"] * (1 - w["rigid"]) * (official - w["B*"])
        on = (1 - w["off"]) * w["gap"] - cut
        off = w["off"] * w["gap"] + w["y0"] * np.exp(-100 * w["eta"] * of_vehicle) + w["leak"] * max(cut, 0)
        return on, off, on + off + paid

    spent = plan(before, 0.0)[2]
    for (z1, z2, z3), (u_open, u_rescue) in zip(normals, uniforms, strict=True):
        rate = max(q["r"] + q["sr"] * (q["c"] * z1 + (1 - q["c"] ** 2) ** 0.5 * z2), -0.01)
        luck = q["x"] * z1 + (1 - q["x"] ** 2) ** 0.5 * z3
        own = spread_by_hand(official / q["V"], q["sV"], q["t"])
        vehicle = spread_by_hand(hidden / book, q["sA"], q["t"], q["p"])
        on, off, spending = plan(q, transfer)
        growth = q["g"] + q["sg"] * z1 + q["m"] * (spending - spent) - q["l"] * found
        spent, factor = spending, (1 + rate) / (1 + growth)
        official = official * (1 + rate + own) / (1 + growth) + on - q["e"] * q["sg"] * z1
        hidden = hidden * (1 + rate + vehicle) / (1 + growth) + off
        book = book * factor + off
        assets = assets * factor * np.exp(q["sA"] * luck - q["sA"] ** 2 / 2) + q["k"] * off
        centre, income, found = centre * factor + transfer, income + np.log(1 + growth), 0.0
        if u_open < q["d"]:
            if hidden > assets:
                found, excess = hidden - assets, hidden - q["L0"] * assets
                hidden, losses = hidden - excess, losses + found
                official, rescues = official + excess * (u_rescue < q["p"]), rescues + excess * (u_rescue < q["p"])
                written += excess * (u_rescue >= q["p"])
            book = assets
    own = spread_by_hand(official / q["V"], q["sV"], q["t"])
    vehicle = spread_by_hand(hidden / book, q["sA"], q["t"], q["p"])
    gone = max(hidden - assets, 0)
    return {
        "debt": official + hidden, "official": official, "hidden": hidden, "consolidated": official + hidden + centre,
        "spread": (own * official + vehicle * hidden) / (official + hidden), "losses": losses + gone,
        "rescues": rescues, "written off": written, "income": income, "shortfall": gone,
    }  # fmt: skip


@pytest.mark.parametrize("policies", [(), tuple(ch14.POLICIES)])
def test_six_years_are_added_up_by_hand(policies):
    """Every outcome of twenty futures at one generic point, without a policy and with all four."""
    draws, q, transfer = ch14.Draws.make(20, 6, seed=4), dict(POINT), 0.0
    if policies:
        transfer = 0.4 * 0.03
        q |= {"gap": 0.6 * 0.03, "B*": 1.3 * 0.25, "off": 0.4 * 0.6, "leak": 0.4 * 0.5, "rho": 0.08, "d": 0.6, "p": 0.2}
    start = pd.DataFrame([POINT])
    outcome = ch14.simulate(ch14.with_policies(start, policies), draws, start)
    by_hand = [follow(q, POINT, *luck, transfer) for luck in zip(draws.normals, draws.uniforms, strict=True)]
    for name in ch14.OUTCOMES:
        assert outcome[name][0] == pytest.approx([future[name] for future in by_hand], rel=1e-9, abs=1e-12), name
    assert outcome["rescues"].max() > 0 and outcome["written off"].max() > 0 and outcome["shortfall"].max() > 0


def test_the_first_opening_is_added_up_by_hand():
    """Accounts surely opened after one year show the shortfall that nobody sees where they never are."""
    draws = ch14.Draws.make(200, 1, seed=5)
    blind = {name: value[0] for name, value in ch14.simulate(pd.DataFrame([POINT | {"d": 0.0}]), draws).items()}
    found = ch14.first_discovery(POINT | {"d": 1.0}, draws)
    short = blind["shortfall"] > 0
    excess = np.where(short, blind["hidden"] - 0.8 * (blind["hidden"] - blind["shortfall"]), 0)
    assert (found["year"] == 1).all() and found["loss"].to_numpy() == pytest.approx(blind["shortfall"])
    rescued = draws.uniforms[:, 0, 1] < 0.4
    assert found["takeover"].to_numpy() == pytest.approx(np.where(rescued, excess, 0))
    learnt = spread_by_hand((blind["hidden"] / (blind["hidden"] - blind["shortfall"]))[short], 0.3, 5, 0.4)
    on = claims.quasi_spread(blind["official"] / 1.1, 0.2, 5.0)
    owed = blind["official"] + blind["hidden"]
    reported = (blind["spread"] * owed - on * blind["official"]) / blind["hidden"]
    assert found["jump"].to_numpy()[short] == pytest.approx(learnt - reported[short])
    assert short.sum() > 20


def test_draws_are_mirrored_so_their_means_are_exact():
    assert np.abs(DRAWS.normals.mean(axis=0)).max() < 1e-14
    assert DRAWS.uniforms.mean(axis=0) == pytest.approx(np.full((20, 2), 0.5))


def test_matching_moves_debt_to_the_centre_when_money_has_one_price():
    start = still(p=1.0, match=0.5)
    plain = ch14.simulate(start, DRAWS)
    matched = ch14.simulate(ch14.with_policies(start, ["matching"]), DRAWS, start)
    assert (matched["debt"] < plain["debt"]).all()
    assert matched["consolidated"] == pytest.approx(plain["consolidated"], rel=1e-6)


def test_a_policy_without_strength_changes_nothing():
    zero = {"match": 0.0, "raise": 0.0, "budget": 0.0, "react": 0.0, "open": 1.0, "doubt": 0.0}
    start = MIDDLE.assign(**zero)
    plain = ch14.simulate(start, DRAWS)
    same = ch14.simulate(ch14.with_policies(start, list(ch14.POLICIES)), DRAWS, start)
    for name in ch14.OUTCOMES:
        assert (plain[name] == same[name]).all(), name


def test_the_last_year_of_the_paths_is_the_outcome():
    whole = ch14.paths(MIDDLE, DRAWS)
    last = ch14.simulate(MIDDLE, DRAWS)
    assert whole["debt"].shape == (1, 64, 21)
    assert whole["debt"][0, :, 0] == pytest.approx(np.full(64, MIDDLE["B0"].item() + MIDDLE["H0"].item()))
    for name in ch14.OUTCOMES:
        assert (whole[name][..., -1] == last[name]).all()


def test_the_spread_is_that_of_contingent_claims():
    first = ch14.paths(MIDDLE, DRAWS)["spread"][0, 0, 0]
    q = ch14.REGION.middle()
    on = claims.quasi_spread(q["B0"] / q["V"], q["sV"], q["t"])
    off = claims.quasi_spread(q["L0"], q["sA"], q["t"], q["p"])
    assert first == pytest.approx((on * q["B0"] + off * q["H0"]) / (q["B0"] + q["H0"]))


def test_first_discovery_waits_as_long_as_its_chance_says():
    draws = ch14.Draws.make(4000, 20, seed=2)
    found = ch14.first_discovery(ch14.REGION.middle() | {"d": 0.2}, draws)
    share = (found["year"] == 1).mean()
    assert share == pytest.approx(0.2, abs=0.02)
    assert ((found["year"] > 0).mean()) == pytest.approx(1 - 0.8**20, abs=0.01)
    assert (found.loc[found["year"] == 0, ["loss", "takeover", "jump"]] == 0).all().all()
    assert (found.loc[found["loss"] == 0, "takeover"] == 0).all()


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: ch14.Draws.make(3, 5, 1), "paths"),
        (lambda: ch14.with_policies(MIDDLE, ["prayer"]), "policies"),
        (lambda: ch14.simulate(MIDDLE.drop(columns="gap"), DRAWS), "parameters"),
        (lambda: ch14.simulate(MIDDLE.assign(r=np.nan), DRAWS), "parameters"),
        (lambda: ch14.simulate(MIDDLE.assign(off=-3), DRAWS), "parameters: off"),
        (lambda: ch14.simulate(MIDDLE.assign(L0=0), DRAWS), "parameters: L0"),
        (lambda: ch14.simulate(MIDDLE.assign(c=1.5), DRAWS), "parameters: c"),
        (lambda: ch14.simulate(MIDDLE.assign(sA="wild"), DRAWS), "parameters: sA"),
        (lambda: ch14.simulate(MIDDLE.iloc[:0], DRAWS), "parameters"),
        (lambda: ch14.with_policies(MIDDLE.drop(columns="doubt"), ["supervision"]), "parameters"),
        (lambda: ch14.with_policies(MIDDLE.drop(columns="gap"), ["matching"]), "parameters"),
        (lambda: ch14.Draws.make(4.0, 5, 1), "paths"),
        (lambda: ch14.Draws.make(4, 0, 1), "years"),
        (lambda: ch14.Draws(DRAWS.normals, DRAWS.uniforms[:, :5]), "uniforms"),
        (lambda: ch14.Draws(DRAWS.normals[:0], DRAWS.uniforms[:0]), "normals"),
        (lambda: ch14.simulate(MIDDLE, DRAWS, pd.concat([MIDDLE, MIDDLE])), "before"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()


# --- rescue ----------------------------------------------------------------------------------------------------------
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
    game = ch14.Bailout(regions, gain, penalty, cost, loss, commitment)
    assert sorted(game.equilibria()) == brute_force(game)


def test_both_equilibria_where_the_rule_breaks_only_under_many():
    assert ch14.Bailout(5, 0.5, 1.0, 1.0, 2.0, 3.0).equilibria() == [0, 5]
    assert ch14.Bailout(5, 0.5, 1.0, 1.0, 2.0, 9.0).equilibria() == [0]
    assert ch14.Bailout(5, 0.5, 1.0, 1.0, 2.0, 0.0).equilibria() == [5]


@pytest.mark.parametrize(("payoff", "ease"), [(5.0, 0.1), (6.2, 0.1), (6.4, 0.1), (9.0, 0.08), (3.0, 0.3)])
def test_refinancing_against_numerical_effort(payoff, ease):
    game = ch14.refinancing(payoff, ease)
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
    assert float(ch14.debt_choice(b, c, r, share, n)) == pytest.approx(best, abs=1e-5)


def test_reputation_margin_against_the_recursion():
    gain, penalty, found, patience = 1.0, 1.4, 0.15, 0.9
    hidden = value = 0.0
    for _ in range(4000):
        value = -penalty / (1 - patience)
        hidden = gain + patience * ((1 - found) * hidden + found * value)
    margin = ch14.reputation_margin(gain, penalty, found, patience)
    assert float(margin) == pytest.approx(-hidden, rel=1e-9)


def test_shocks_have_the_stated_moments():
    correlation = np.array([[1, -0.4], [-0.4, 1]])
    draws = np.random.default_rng(1).standard_normal((2000, 300, 2))
    late = ch14.macro_shocks(draws, [0.01, 0.03], correlation, 0.6)[:, 50:]
    assert late.std(axis=(0, 1)) == pytest.approx([0.01, 0.03], rel=0.02)
    assert np.corrcoef(late.reshape(-1, 2).T)[0, 1] == pytest.approx(-0.4, abs=0.02)
    lagged = np.corrcoef(late[:, 1:, 0].ravel(), late[:, :-1, 0].ravel())[0, 1]
    assert lagged == pytest.approx(0.6, abs=0.02)


def test_shocks_follow_their_recursion_from_rest():
    draws = np.random.default_rng(2).standard_normal((5, 8, 2))
    found = ch14.macro_shocks(draws, [0.01, 0.03], [[1, 0.6], [0.6, 1]], 0.6)
    news = found - 0.6 * np.concatenate([np.zeros((5, 1, 2)), found[:, :-1]], axis=1)
    root = np.linalg.solve([[1, 0], [0, 3]], np.linalg.lstsq(draws.reshape(-1, 2), news.reshape(-1, 2))[0].T * 125)
    assert root @ root.T == pytest.approx(np.array([[1, 0.6], [0.6, 1]])) and root == pytest.approx(root.T)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: ch14.Bailout(0, 1, 1, 1, 1, 1), "regions"),
        (lambda: ch14.Bailout(2.0, 1, 1, 1, 1, 1), "regions"),
        (lambda: ch14.Bailout(2, 1, np.nan, 1, 1, 1), "penalty"),
        (lambda: ch14.Bailout(2, 0, 1, 1, 1, 1), "gain"),
        (lambda: ch14.Bailout(2, 1, 1, 1, 1, -1), "commitment"),
        (lambda: ch14.refinancing(30, 0.1), "ease"),
        (lambda: ch14.refinancing(0, 0.1), "payoff"),
        (lambda: ch14.debt_choice(1, 1, 1, 2, 3), "rescued"),
        (lambda: ch14.debt_choice(1, 1, 1, 1, 0.5), "regions"),
        (lambda: ch14.reputation_margin(1, 1, 1.5, 0.5), "discovery"),
        (lambda: ch14.reputation_margin(1, 1, 0.5, 1.0), "patience"),
        (lambda: ch14.reputation_margin(np.nan, 1, 0.5, 0.5), "gain"),
        (lambda: ch14.macro_shocks(np.zeros((2, 3, 2)), [1, 1], np.ones((2, 3)), 0.5), "correlation"),
        (lambda: ch14.macro_shocks(np.zeros((2, 3, 2)), [1, 1], np.eye(3), 0.5), "correlation"),
        (lambda: ch14.macro_shocks(np.zeros((2, 3, 2)), [1, 1, 1], np.eye(2), 0.5), "deviations"),
        (lambda: ch14.macro_shocks(np.zeros((2, 3, 2)), [1, 1], np.eye(2), 1.0), "persistence"),
    ],
)
def test_bad_games_are_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
