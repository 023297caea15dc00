"""Samples that print given figures: slopes against differences, planted figures met, contradictions refused."""

import numpy as np
import pytest

from replica.models import factors
from replica.models.mediation import mediate, moderate, regress
from replica.models.psychometrics import cronbach_alpha
from replica.simulate import questionnaire as qs

SIZES, N = (4, 3, 3, 4), 120
CORRELATIONS = np.array([[1, 0.3, 0.25, 0.45], [0.3, 1, 0.3, 0.5], [0.25, 0.3, 1, 0.4], [0.45, 0.5, 0.4, 1]])


def begin(seed, alphas=(0.85, 0.8, 0.8, 0.88)):
    rng = np.random.default_rng(seed)
    return qs.start(SIZES, N, alphas, CORRELATIONS, [3.5, 3.3, 3.0, 3.4], [0.8, 0.8, 0.8, 0.9], rng)


@pytest.fixture(scope="module")
def sheet():
    return qs.Questionnaire(SIZES, N, components=(3, 0, 1, 2))


@pytest.fixture(scope="module")
def answers():
    return begin(1)


def test_the_start_has_about_the_moments_asked_for(sheet, answers):
    scores = sheet.scores(answers)
    assert set(np.unique(answers)) <= {1, 2, 3, 4, 5}
    assert scores.mean(axis=0) == pytest.approx([3.5, 3.3, 3.0, 3.4], abs=0.02)
    assert scores.std(axis=0, ddof=1) == pytest.approx([0.8, 0.8, 0.8, 0.9], abs=0.06)
    assert np.corrcoef(scores.T) == pytest.approx(CORRELATIONS, abs=0.08)


def test_figures_are_those_of_the_models(sheet, answers):
    values = sheet.values(answers)
    r = np.corrcoef(answers, rowvar=False)
    extraction = factors.principal_components(r, 4)
    assert values[14:28] == pytest.approx(extraction.communalities)
    assert np.sort(values[28:32]) == pytest.approx(np.sort(extraction.percent), abs=1e-6)
    assert values[32] == pytest.approx(factors.kmo(r))
    assert values[33] == pytest.approx(factors.bartlett(r, N)[0])
    owner = sheet.factor.owner
    alphas = [cronbach_alpha(np.cov(answers[:, owner == s], rowvar=False)) for s in range(4)]
    assert values[34:38] == pytest.approx(alphas)
    x, w, m, z = sheet.scores(answers).T
    alone, product, path = regress(z, x), regress(z, x * w), mediate(x, m, z)
    expected = [alone.b[1], alone.f, alone.b[0], alone.t[0], regress(z, w).b[1], regress(z, w).t[1], product.b[1],
                product.t[1], path.direct, path.second.se[1], path.indirect, moderate(x, w, z).fit.t[3]]  # fmt: skip
    assert values[38:] == pytest.approx(expected)


def test_slopes_agree_with_differences(sheet, answers):
    _, slopes = sheet.slopes(answers)
    direction = np.random.default_rng(2).normal(size=answers.shape)
    step = 1e-5
    ahead, behind = (sheet.values(answers + sign * step * direction) for sign in (1, -1))
    difference = (ahead - behind) / (2 * step)
    assert (slopes * direction).sum(axis=(1, 2)) == pytest.approx(difference, rel=5e-3, abs=2e-4)


def test_exchange_slopes_predict_what_an_exchange_does_to_alpha(sheet, answers):
    before = sheet.values(answers)[34]
    low, high = (np.flatnonzero(answers[:, 2] == value) for value in (3, 4))
    score = answers[:, :4].mean(axis=1)
    i, j = low[score[low].argmin()], high[score[high].argmax()]
    changed = answers.copy()
    changed[[i, j], 2] = changed[[j, i], 2]
    rise = answers[j, 2] - answers[i, 2]
    actual = sheet.values(changed)[34] - before
    predicted, unaware = (
        rise * (slope[34, i, 2] - slope[34, j, 2])
        for slope in (sheet.slopes(answers, exchange=True)[1], sheet.slopes(answers)[1])
    )
    assert predicted == pytest.approx(actual, rel=0.25)
    assert abs(unaware - actual) > 1.5 * abs(predicted - actual)


def test_another_sample_is_brought_to_planted_figures(sheet):
    goal = sheet.values(begin(7))
    first = begin(8)
    tolerance = np.full(len(goal), 0.0005)
    near = qs.swap(first, lambda x: sheet.slopes(x, exchange=True), goal, tolerance, 10, np.random.default_rng(0))
    assert np.array_equal(np.sort(near, axis=0), np.sort(first, axis=0))
    far, close = (np.abs(sheet.values(x) - goal)[:28].mean() for x in (first, near))
    assert close < far / 5
    exact = qs.nudge(near, sheet.slopes, goal, tolerance, low=1, high=5)
    assert (np.abs(sheet.values(exact) - goal) <= tolerance).all()
    assert exact.min() >= 1 and exact.max() <= 5 and np.abs(exact - near).mean() < 0.2


def test_a_target_that_is_missing_is_left_alone_and_a_met_one_moves_nothing(sheet, answers):
    scores = sheet.scores(answers)
    goal, tolerance = qs.scale_figures(scores), np.full(12, 0.0005)
    assert np.array_equal(qs.nudge(scores, qs.score_slopes, goal, tolerance), scores)
    goal[-1] = np.nan
    goal[0] += 0.02
    goal[10] = np.nan  # the total effect is the direct one plus this
    moved = qs.nudge(scores, qs.score_slopes, goal, tolerance)
    assert qs.scale_figures(moved)[0] == pytest.approx(goal[0], abs=0.0005)


def test_figures_that_contradict_each_other_are_refused(sheet, answers):
    scores = sheet.scores(answers)
    goal, tolerance = qs.scale_figures(scores), np.full(12, 0.0005)
    goal[10] += 0.1  # total, direct and indirect effect are tied
    with pytest.raises(ValueError, match="^target"):
        qs.nudge(scores, qs.score_slopes, goal, tolerance, steps=6)


def test_bad_input_is_named(answers):
    with pytest.raises(ValueError, match="^tolerance"):
        qs.nudge(answers, qs.score_slopes, np.ones(3), np.zeros(3))
    with pytest.raises(ValueError, match="^n"):
        qs.start(SIZES, 10, [0.8] * 4, CORRELATIONS, [3] * 4, [0.8] * 4, np.random.default_rng(0))
