"""The world of chapter 02 against identities, closed forms and Ang's conditions."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad

from replica.worlds import ch02


def test_lmdi_leaves_no_rest_and_does_not_care_for_the_direction_of_time():
    rng = np.random.default_rng(1)
    for _ in range(50):
        before, after = np.exp(rng.normal(size=(2, 4, 3)))
        effects = ch02.lmdi(before, after)
        assert effects.sum() == pytest.approx(after.prod(axis=1).sum() - before.prod(axis=1).sum(), rel=1e-10)
        assert ch02.lmdi(after, before) == pytest.approx(-effects)


def test_lmdi_of_kaya_is_the_log_share_of_the_change_where_there_is_one_sector():
    before, after = np.array([[2.4, 3.0, 0.3]]), np.array([[6.2, 9.0, 0.15]])
    change = after.prod() - before.prod()
    shares = np.log(after / before)[0] / np.log(after.prod() / before.prod())
    assert ch02.lmdi(before, after) == pytest.approx(change * shares)


def test_lmdi_is_right_where_emissions_hardly_move():
    assert ch02.lmdi([[2.0, 3.0]], [[2.0, 3.0]]).tolist() == [0.0, 0.0]
    effects = ch02.lmdi([[2.0, 3.0]], [[4.0, 1.5]])
    assert effects == pytest.approx([6 * np.log(2), -6 * np.log(2)])
    near = ch02.lmdi([[1.0, 1.0]], [[1 + 1e-9, 1.0]])
    assert near.sum() == pytest.approx(1e-9, rel=1e-6)


def test_lmdi_is_the_sum_along_the_path_on_which_every_factor_moves_at_a_constant_rate():
    before, after = np.exp(np.random.default_rng(2).normal(size=(2, 5, 3)))
    rate = np.log(after / before)

    def emissions(t):
        return (before * np.exp(t * rate)).prod(axis=1)

    along = [quad(lambda t, k=k: emissions(t) @ rate[:, k], 0, 1)[0] for k in range(3)]
    assert ch02.lmdi(before, after) == pytest.approx(along, rel=1e-9)


@pytest.mark.parametrize("year", [2021, 2035, 2060])
def test_emissions_fall_where_the_saving_after_rebound_covers_growth_and_own_emissions(year):
    sample = ch02.ASSUMPTIONS.sample(4096, seed=3)
    saved = 1 - (1 - sample.energy) * (1 - sample.cost) ** -sample.elasticity
    short = sample.answer * sample.gain + sample.own - saved
    change = ch02.emissions_change(sample, year)
    assert (change[short <= 0] < 0).all()
    few = ch02.emissions_change(sample.assign(ceiling=1e-6), year)  # among the first adopters, only if
    assert (few[short > 1e-3] > 0).all()


def test_rebound_cancels_the_cut_at_the_threshold_and_turns_it_round_above():
    middle = {p.symbol: (p.low + p.high) / 2 for p in ch02.ASSUMPTIONS.parameters}
    plain = middle | {"energy": 0.12, "cost": 0.2, "gain": 0.0, "own": 0.0}
    threshold = np.log(0.88) / np.log(0.8)
    sample = pd.DataFrame([plain | {"elasticity": threshold + step} for step in (-0.1, 0.0, 0.1)])
    below, at, above = ch02.emissions_change(sample, 2035)
    assert below < 0 < above
    assert at == pytest.approx(0, abs=1e-12)


def test_no_adoption_no_change_and_half_the_ceiling_in_the_middle_year():
    sample = ch02.ASSUMPTIONS.sample(64, seed=1).assign(ceiling=0.0)
    assert ch02.emissions_change(sample, 2035) == pytest.approx(np.zeros(64))
    assert ch02.adoption([2030.0, 2300.0], 0.8, 0.3, 2030.0) == pytest.approx([0.4, 0.8])


def test_capital_reaches_the_steady_state_of_solow():
    s, alpha, decay = 0.24, 1 / 3, 0.08
    steady = (s / decay) ** (1 / (1 - alpha))
    for start in (0.1, 3 * steady):
        assert ch02.capital_path(s, alpha, decay, start, 1000)[-1] == pytest.approx(steady, rel=1e-10)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: ch02.lmdi([[1.0, 0.0]], [[1.0, 1.0]]), "before"),
        (lambda: ch02.lmdi([[1.0, 1.0]], [[1.0]]), "after"),
        (lambda: ch02.emissions_change(pd.DataFrame({"own": [0.0]}), 2035), "sample"),
        (lambda: ch02.adoption(2030, 1.5, 0.3, 2030), "ceiling"),
        (lambda: ch02.adoption(2030, 0.5, -0.3, 2030), "speed"),
        (lambda: ch02.capital_path(1.2, 0.3, 0.1, 1.0, 5), "saving"),
        (lambda: ch02.capital_path(0.2, 0.3, 0.1, 0.0, 5), "start"),
    ],
)
def test_bad_input_names_its_argument(call, name):
    with pytest.raises(ValueError, match=name):
        call()
