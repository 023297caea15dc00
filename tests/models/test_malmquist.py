"""The Malmquist index against a published example, closed forms, identities and planted progress."""

from __future__ import annotations

import numpy as np
import pytest

from replica.models.malmquist import malmquist, productivity_bound
from replica.simulate import hospitals

# Example with its results in the test suite of DataEnvelopmentAnalysis.jl: five units, three periods.
X = [[2, 3, 5, 4, 4], [1, 2, 4, 3, 4], [0.5, 1.5, 3, 2, 4]]
Y = [[1, 4, 6, 3, 5], [1, 4, 6, 3, 3], [2, 4, 6, 3, 1]]


@pytest.mark.parametrize("orientation", ["input", "output"])
def test_published_example(orientation):
    table = malmquist(X, Y, orientation=orientation)
    assert table.loc[0, "M"].to_numpy() == pytest.approx([2, 1.5, 1.25, 4 / 3, 0.6])
    assert table.loc[1, "M"].to_numpy() == pytest.approx([4, 4 / 3, 4 / 3, 1.5, 1 / 3])
    assert table.loc[0, "EFFCH"].to_numpy() == pytest.approx([4 / 3, 1, 5 / 6, 8 / 9, 0.4])
    assert table.loc[1, "EFFCH"].to_numpy() == pytest.approx([2, 2 / 3, 2 / 3, 0.75, 1 / 6])
    assert table["TECHCH"].to_numpy() == pytest.approx([1.5] * 5 + [2.0] * 5)


def test_one_input_and_one_output_have_a_closed_form():
    generator = np.random.default_rng(0)
    x, y = generator.uniform(1, 5, (2, 8)), generator.uniform(1, 5, (2, 8))
    productivity = y / x
    table = malmquist(x, y).loc[0]
    best = productivity.max(axis=1)
    assert table["M"].to_numpy() == pytest.approx(productivity[1] / productivity[0])
    assert table["TECHCH"].to_numpy() == pytest.approx(best[1] / best[0])


def test_both_decompositions_multiply_to_the_index_and_periods_reverse():
    panel = hospitals.hospitals(40, seed=3, level=(1.0, 1.1))
    table = malmquist(panel.inputs, panel.cases)
    assert (table["EFFCH"] * table["TECHCH"]).to_numpy() == pytest.approx(table["M"].to_numpy())
    assert (table["PECH"] * table["SECH"]).to_numpy() == pytest.approx(table["EFFCH"].to_numpy())
    whole = table.dropna()
    assert (whole["PECH"] * whole["TECHCH_VRS"] * whole["SCH"]).to_numpy() == pytest.approx(whole["M"].to_numpy())
    back = malmquist(panel.inputs[::-1], panel.cases[::-1])
    assert (1 / back["M"]).to_numpy() == pytest.approx(table["M"].to_numpy())


def test_planted_progress_is_found_and_no_progress_is_not():
    for level, expected in (((1.0, 1.15), 1.15), ((1.0, 1.0), 1.0)):
        panel = hospitals.hospitals(300, seed=6, level=level)
        table = malmquist(panel.inputs, panel.cases @ hospitals.WEIGHTS)
        assert table["TECHCH"].mean() == pytest.approx(expected, abs=0.01)
        truth = panel.truth(1)["TE"] / panel.truth(0)["TE"]
        assert np.corrcoef(table.loc[0, "EFFCH"], truth)[0, 1] > 0.95


def test_a_reference_that_stands_still_shows_no_technical_change_and_no_reference_no_efficiency_change():
    generator = np.random.default_rng(2)
    unit_x, unit_y = generator.uniform(2, 3, (2, 1, 2)), generator.uniform(1, 2, (2, 1, 2))
    fixed_x, fixed_y = np.ones((2, 1, 2)), np.full((2, 1, 2), 2.5)
    pair_x, pair_y = np.concatenate([unit_x, fixed_x], axis=1), np.concatenate([unit_y, fixed_y], axis=1)
    assert malmquist(pair_x, pair_y).loc[(0, 0), "TECHCH"] == pytest.approx(1)
    alone = malmquist(unit_x, unit_y).loc[(0, 0)]
    assert alone["EFFCH"] == pytest.approx(1)


def test_no_index_exceeds_the_bound_of_the_units_own_data():
    generator = np.random.default_rng(9)
    x, y = generator.uniform(1, 3, (2, 25, 3)), generator.uniform(1, 3, (2, 25, 2))
    bound = productivity_bound(x, y)
    assert np.all(malmquist(x, y)["M"].to_numpy() <= bound + 1e-9)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: malmquist([[1, 2]], [[1, 2]]), "inputs"),
        (lambda: malmquist(X, np.ones((3, 4))), "outputs"),
        (lambda: malmquist(X, Y, orientation="both"), "orientation"),
        (lambda: malmquist(X, -np.array(Y)), "outputs"),
        (lambda: productivity_bound(X, Y), "inputs"),
    ],
)
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=rf"\b{name}\b"):
        call()
