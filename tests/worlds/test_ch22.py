"""Leontief's identities, a textbook's numbers, closed forms of extraction, and what merging may not change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from replica.methods import stock
from replica.worlds import ch22

MILLER_BLAIR = ch22.Economy(["farms", "factories"], [[0.15, 0.25], [0.20, 0.05]], [350, 1700], core=["factories"])


def economies(count=40, spread=0.8):
    rng = np.random.default_rng(7)
    return [ch22.shaken(ch22.illustrative(), spread, rng) for _ in range(count)]


@pytest.fixture(scope="module")
def some():
    return economies()


# Leontief's model


def test_the_textbook_example_of_miller_and_blair():
    assert MILLER_BLAIR.inverse.round(4).tolist() == [[1.2541, 0.3300], [0.2640, 1.1221]]
    assert MILLER_BLAIR.output == pytest.approx([1000, 2000])
    assert replace(MILLER_BLAIR, final=np.array([600, 1500])).output.round(1).tolist() == [1247.5, 1841.6]


def test_inverse_is_the_sum_of_rounds_and_has_no_negative_entry(some):
    for economy in some:
        total, power = np.zeros_like(economy.coefficients), np.eye(len(economy.names))
        for _ in range(2000):
            total, power = total + power, power @ economy.coefficients
        assert economy.inverse == pytest.approx(total)
        assert (economy.inverse >= 0).all() and (np.diag(economy.inverse) >= 1).all()


def test_every_unit_of_final_demand_is_somebodys_value_added(some):
    for economy in some:
        assert economy.added @ economy.inverse == pytest.approx(np.ones(len(economy.names)))
        assert economy.added @ economy.output == pytest.approx(economy.gdp)
        sold = economy.coefficients @ economy.output + economy.final
        assert sold == pytest.approx(economy.output)


def test_productive_is_the_condition_of_hawkins_and_simon():
    """All leading principal minors of I - A are positive exactly where the spectral radius is below one."""
    rng, seen = np.random.default_rng(3), set()
    for _ in range(300):
        a = rng.uniform(0, 0.75, (3, 3))
        minors = [np.linalg.det((np.eye(3) - a)[:k, :k]) for k in (1, 2, 3)]
        if min(abs(m) for m in minors) > 1e-6:
            seen.add(ch22.productive(a))
            assert ch22.productive(a) == (min(minors) > 0)
    assert seen == {True, False}


# The sizes of a core


def test_content_of_all_final_demand_is_the_value_added_of_the_core(some):
    for economy in some:
        inside = economy.inside
        earned = economy.added[inside] @ economy.output[inside]
        assert economy.content() @ economy.final == pytest.approx(earned)
        assert ((economy.content() >= 0) & (economy.content() <= 1)).all()


def test_four_sizes_keep_their_order(some):
    for economy in some:
        assert (np.diff(economy.sizes()) >= -1e-9).all()
    assert (np.diff(economies(1)[0].sizes()) > 0.01).all()


def test_extraction_is_an_economy_with_the_core_set_to_zero(some):
    for economy in some:
        keep = ~economy.inside
        a = economy.coefficients * np.outer(keep, keep)
        x = np.linalg.solve(np.eye(len(keep)) - a, economy.final * keep)
        lost = economy.gdp - (economy.added * keep) @ x
        assert economy.sizes()["lost without it"] == pytest.approx(100 * lost / economy.gdp)


def test_bounds_of_extraction_are_reached():
    """A core that buys nothing from the rest takes only itself away; one that sells it nothing takes all it bought."""
    buys_nothing = ch22.Economy(["core", "rest"], [[0.2, 0.3], [0.0, 0.4]], [1, 9], core=["core"]).sizes()
    assert buys_nothing["lost without it"] == pytest.approx(buys_nothing["value added"])
    sells_nothing = ch22.Economy(["core", "rest"], [[0.2, 0.0], [0.3, 0.4]], [1, 9], core=["core"]).sizes()
    assert sells_nothing["lost without it"] == pytest.approx(sells_nothing["net output"])
    assert sells_nothing["in others' final products"] == pytest.approx(0)


def test_a_wider_line_never_lowers_the_size():
    economy = ch22.illustrative()
    sizes = [economy.size(line) for line in np.linspace(0, 1, 60)]
    assert sizes[0] == pytest.approx(100) and sizes[-1] == pytest.approx(7.37)
    assert (np.diff(sizes) <= 1e-9).all()
    assert economy.size(0, part=0.5) == pytest.approx(7.37 + 0.5 * (100 - 7.37))


# Making and merging economies


@pytest.mark.parametrize("share", [5.0, 7.37, 12.0])
def test_the_core_has_the_share_asked_for(share):
    economy = ch22.illustrative(share)
    assert economy.sizes()["value added"] == pytest.approx(share)
    assert economy.gdp == pytest.approx(100)
    rng = np.random.default_rng(1)
    assert ch22.shaken(economy, 0.4, rng, share).sizes()["value added"] == pytest.approx(share)


def test_no_shake_is_the_same_economy_and_one_seed_gives_one_economy():
    economy = ch22.illustrative()
    still = ch22.shaken(economy, 0.0, np.random.default_rng(1))
    assert still.coefficients == pytest.approx(economy.coefficients)
    assert still.final == pytest.approx(economy.final)
    one, two = (ch22.shaken(economy, 0.5, np.random.default_rng(5)) for _ in range(2))
    assert (one.coefficients == two.coefficients).all()


def test_merging_like_with_like_leaves_core_and_gdp_alone(some):
    groups = {"food chain": ["farming", "food"], "information": ["telecom", "software"]}
    for economy in some[:10]:
        coarse = economy.merged(groups, core=["electronics", "information"])
        assert len(coarse.names) == 12
        assert coarse.gdp == pytest.approx(economy.gdp)
        assert coarse.output.sum() == pytest.approx(economy.output.sum())
        kept = ["in others' final products", "value added", "net output"]
        assert coarse.sizes()[kept[1:]].to_numpy() == pytest.approx(economy.sizes()[kept[1:]].to_numpy())
        assert coarse.content() @ coarse.final == pytest.approx(economy.content() @ economy.final)


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: ch22.Economy(["a", "b"], [[0.1, 0.2]], [1, 1], core=["a"]), "coefficients"),
        (lambda: ch22.Economy(["a", "b"], [[0.5, 0.9], [0.9, 0.5]], [1, 1], core=["a"]), "coefficients"),
        (lambda: ch22.Economy(["a", "b"], [[0.0, 0.9], [0.2, 0.2]], [1, 1], core=["a"]), "coefficients"),
        (lambda: ch22.Economy(["a", "b"], [[0.1, 0.2], [0.1, np.nan]], [1, 1], core=["a"]), "coefficients"),
        (lambda: ch22.Economy(["a", "b"], [[0.1, 0.2], [0.1, 0.1]], [1, -1], core=["a"]), "final"),
        (lambda: ch22.Economy(["a", "a"], [[0.1, 0.2], [0.1, 0.1]], [1, 1], core=["a"]), "names"),
        (lambda: ch22.Economy(["a", "b"], [[0.1, 0.2], [0.1, 0.1]], [1, 1], core=["a", "b"]), "core"),
        (lambda: ch22.Economy(["a", "b"], [[0.1, 0.2], [0.1, 0.1]], [1, 1], core=["c"]), "core"),
        (lambda: ch22.productive([[0.1, 0.2]]), "coefficients"),
        (lambda: ch22.illustrative(0.5), "core_share"),
        (lambda: ch22.illustrative(100), "core_share"),
        (lambda: ch22.illustrative().size(1.5), "line"),
        (lambda: ch22.illustrative().size(0.1, part=-1), "part"),
        (lambda: ch22.illustrative().merged({"x": ["food", "mines"]}, core=["telecom"]), "groups"),
        (lambda: ch22.shaken(ch22.illustrative(), -1, np.random.default_rng(1)), "spread"),
        (lambda: ch22.shaken(ch22.illustrative(), 0.5, 1), "rng"),
        (lambda: ch22.shaken(ch22.illustrative(), 0.5, np.random.default_rng(1), 0.01), "core_share"),
    ],
)
def test_bad_input_names_its_argument(call, argument):
    with pytest.raises(ValueError, match=f"^{argument}"):
        call()


# The floor under "always in stock and no excess"


@pytest.mark.parametrize("lead", [4.0, 1.0, 0.25])
def test_units_short_and_left_over_have_the_floor_of_the_closed_form(lead):
    """E|D - y| of a normal demand is smallest at its median, where it is sd times the root of 2 / pi."""
    sd = 100 * np.sqrt(lead)
    best = stock.newsvendor(400 * lead, sd, 1, 1)
    floor = sd * np.sqrt(2 / np.pi)
    assert best["short"] + best["left"] == pytest.approx(floor)
    for under in (0.2, 0.5, 2, 5):
        other = stock.newsvendor(400 * lead, sd, under, 1)
        assert other["short"] + other["left"] > floor
    drawn = np.random.default_rng(2).normal(400 * lead, sd, 200_000)
    assert np.abs(drawn - best["level"]).mean() == pytest.approx(floor, rel=0.01)
