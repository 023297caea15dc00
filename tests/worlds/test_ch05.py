"""The world of article 05: a planted hazard is recovered from watched years, planted effects are found, null is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit, logit
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.proportion import proportion_confint

from replica.worlds import ch05


@pytest.fixture(scope="module")
def plain():
    """A firm in which nothing but tenure moves the chance."""
    return ch05.careers([2000] * 14, seed=3, effects={})


def test_a_planted_hazard_is_recovered_from_years_that_were_watched(plain):
    rows = plain[plain.year >= 11]
    gone, at_risk = rows.groupby("tenure").left.sum(), rows.groupby("tenure").size()
    low, high = proportion_confint(gone, at_risk, alpha=1e-4, method="wilson")
    truth = ch05.HAZARD[np.minimum(gone.index, 6)]
    assert ((low <= truth) & (truth <= high)).all()


def test_left_truncation_is_that_of_statsmodels_and_leaving_it_out_is_not(plain):
    rows = plain[plain.year >= 11]
    people = rows.groupby("person").agg(entry=("tenure", "min"), last=("tenure", "max"), left=("left", "max"))
    stop = people["last"] + 1
    with_entry = SurvfuncRight(stop, people["left"], entry=people["entry"])
    by_years = rows.groupby("tenure").left.mean().to_numpy()
    assert with_entry.n_events / with_entry.n_risk == pytest.approx(by_years[: len(with_entry.n_risk)])
    without = SurvfuncRight(stop, people["left"])
    assert (without.n_events / without.n_risk)[0] < 0.5 * ch05.HAZARD[0]


def test_the_chance_is_the_logit_of_the_docstring_and_people_leave_with_it():
    rows = ch05.careers([3000] * 8, seed=5, effects=ch05.EFFECTS | {"hidden": -0.5})
    usual = logit(ch05.HAZARD[np.minimum(rows.tenure, 6)])
    by_hand = -0.9 * rows.pay + 0.15 * rows.wait - 0.04 * rows.age - 0.5 * rows.hidden
    assert rows.chance.to_numpy() == pytest.approx(expit(usual + by_hand))
    tenth = pd.qcut(rows.chance, 10, labels=False)
    gap = (rows.left - rows.chance).groupby(tenth).mean()
    assert gap.abs().max() < 0.015


def test_planted_effects_are_found_and_an_effect_of_zero_is_not():
    found = []
    for seed in range(12):
        rows = ch05.careers([400] * 10, seed, effects={"pay": -0.9, "age": -0.04})
        alphas = pd.get_dummies(rows.tenure.clip(upper=6), prefix="t").astype(float)
        fit = sm.Logit(rows.left.astype(float), pd.concat([alphas, rows[["pay", "wait", "age"]]], axis=1)).fit(disp=0)
        found.append(fit.params[["pay", "wait", "age"]])
    found = np.array(found)
    error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    assert (np.abs(found.mean(axis=0) - [-0.9, 0.0, -0.04]) < 4 * error).all()


def test_careers_move_by_one_year_and_end_with_leaving():
    rows = ch05.careers([300] * 9, seed=2)
    for _, life in rows.groupby("person"):
        assert life.tenure.tolist() == list(range(len(life)))
        assert (np.diff(life.age) == 1).all() and life.pay.nunique() == 1
        assert not life.left.iloc[:-1].any()
        steps = np.diff(life.wait)
        assert ((steps == 1) | (life.wait.to_numpy()[1:] == -2)).all()
    stayed = rows[~rows.left & (rows.year < 8)]
    assert set(stayed.person) == set(rows[rows.tenure > 0].person)


def test_pay_and_the_hidden_trait_have_the_correlation_asked_for():
    first = ch05.careers([20_000], seed=4, linked=0.4)
    assert np.corrcoef(first.pay, first.hidden)[0, 1] == pytest.approx(0.4, abs=0.02)
    assert first.pay.std() == pytest.approx(ch05.PAY_SD, rel=0.02)
    assert abs(np.corrcoef(ch05.careers([20_000], seed=4).pay, first.hidden)[0, 1]) < 0.03


def test_promotions_come_with_the_stated_chance():
    rows = ch05.careers([4000, 0], seed=6, effects={})
    second = rows[rows.tenure == 1]
    assert (second.wait == -2).mean() == pytest.approx(ch05.PROMOTED, abs=0.03)


def test_same_seed_same_people():
    pd.testing.assert_frame_equal(ch05.careers([50, 50], seed=1), ch05.careers([50, 50], seed=1))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("hires", {"hires": [-1, 5]}),
        ("hires", {"hires": [0, 0]}),
        ("hires", {"hires": [2.5]}),
        ("hires", {"hires": [np.nan]}),
        ("hires", {"hires": []}),
        ("hazard", {"hires": [5], "hazard": [1.0]}),
        ("hazard", {"hires": [5], "hazard": [-0.1]}),
        ("effects", {"hires": [5], "effects": {"mood": 1.0}}),
        ("effects", {"hires": [5], "effects": {"pay": np.nan}}),
        ("linked", {"hires": [5], "linked": 1.5}),
    ],
)
def test_bad_arguments_are_named(name, arguments):
    with pytest.raises(ValueError, match=f"^{name}"):
        ch05.careers(seed=1, **arguments)
