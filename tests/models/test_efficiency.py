"""Data envelopment analysis against published tables, HiGHS, another package, closed forms and planted truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replica.models import efficiency, simplex
from replica.simulate import hospitals

# Cooper, Seiford & Tone (2007), table 1.5: doctors, nurses; outpatients, inpatients of twelve hospitals.
DOCTORS = [20, 19, 25, 27, 22, 55, 33, 31, 30, 50, 53, 38]
NURSES = [151, 131, 160, 168, 158, 255, 235, 206, 244, 268, 306, 284]
OUTPATIENTS = [100, 150, 160, 180, 94, 230, 220, 152, 190, 250, 260, 250]
INPATIENTS = [90, 50, 55, 72, 66, 90, 88, 80, 100, 100, 147, 120]
STAFF, PATIENTS = np.c_[DOCTORS, NURSES].astype(float), np.c_[OUTPATIENTS, INPATIENTS].astype(float)

# Eleven units used in several manuals of efficiency software, with the scores that they print.
X11 = np.c_[[5, 16, 16, 17, 18, 23, 25, 27, 37, 42, 5], [13, 12, 26, 15, 14, 6, 10, 22, 14, 25, 17]]
Y11 = np.array([12, 14, 25, 26, 8, 9, 27, 30, 31, 26, 12])
SCORES11 = {
    ("crs", "input"): [1, 0.6222896791, 0.8198562444, 1, 0.3103709311, 0.5555555556, 1, 0.7576690896, 0.8201058201,
                       0.4905660377, 1],
    ("crs", "output"): [1, 1.606968641, 1.219726027, 1, 3.221951220, 1.8, 1, 1.319837398, 1.219354839, 2.038461538, 1],
    ("vrs", "input"): [1, 0.8699861687, 1, 1, 0.7116402116, 1, 1, 1, 1, 0.4931209269, 1],
    ("vrs", "output"): [1, 1.507518797, 1, 1, 3.203947368, 1, 1, 1, 1, 1.192307692, 1],
}  # fmt: skip
KINDS = [(returns, orientation) for returns in efficiency.RETURNS for orientation in efficiency.ORIENTATIONS]


def random_units(n, m, s, seed):
    generator = np.random.default_rng(seed)
    X = generator.uniform(1, 10, (n, m))
    Y = X.mean(axis=1, keepdims=True) * generator.uniform(0.3, 1, (n, 1)) * generator.uniform(0.5, 1.5, (n, s))
    return X, Y


def by_highs(X, Y, returns, orientation, exclude_self=False):
    """The same programs, each by HiGHS."""
    program = efficiency._program(X, Y, X, Y, returns, orientation)
    start = np.full(program["right"].shape, -1)
    cost = 1.0 if orientation == "input" else -1.0
    excluded = np.arange(len(X)) if exclude_self else None
    return simplex.solve_batch(program["shared"], program["own"], program["right"], cost, start, excluded)


# --- published tables ------------------------------------------------------------------------------------------------
def test_hospitals_of_cooper_seiford_and_tone_have_the_published_ccr_scores():
    found = efficiency.dea(STAFF, PATIENTS, returns="crs").score
    published = [1, 1, 0.883, 1, 0.763, 0.835, 0.902, 0.796, 0.960, 0.871, 0.955, 0.958]
    assert np.array_equal(found.round(3), published)


@pytest.mark.parametrize("kind", SCORES11)
def test_eleven_units_have_the_published_scores(kind):
    returns, orientation = kind
    found = efficiency.dea(X11, Y11, returns=returns, orientation=orientation)
    assert found.score == pytest.approx(SCORES11[kind], abs=1e-9)


def test_eleven_units_have_the_published_slacks_and_peers():
    ccr = efficiency.dea(X11, Y11, returns="crs")
    expected = np.zeros((11, 2))
    expected[5, 0], expected[8, 0], expected[10, 1] = 4.444444444, 1.640211640, 4
    assert ccr.input_slack == pytest.approx(expected, abs=1e-8)
    assert ccr.output_slack == pytest.approx(0, abs=1e-12)
    assert ccr.lambdas[2, [0, 3]] == pytest.approx([1.134321653, 0.4380053908], abs=1e-9)
    bcc = efficiency.dea(X11, Y11, orientation="output")
    assert bcc.input_slack[9] == pytest.approx([5, 11])
    assert efficiency.dea(X11, Y11).output_slack[4, 0] == pytest.approx(2.698412698)


def test_weakly_efficient_unit_keeps_its_slack():
    """Cooper, Seiford & Tone (2007), example 3.1: F scores 1 but wastes two units of the first input."""
    X, Y = np.array([[4, 3], [7, 3], [8, 1], [4, 2], [2, 4], [10, 1]]), np.ones(6)
    found = efficiency.dea(X, Y, returns="crs", names="ABCDEF")
    assert found.score == pytest.approx([6 / 7, 12 / 19, 1, 1, 1, 1])
    assert found.input_slack[5] == pytest.approx([2, 0])
    assert found.frame().loc["F", "peers"] == "C 1.000"


# --- other solvers and packages --------------------------------------------------------------------------------------
@pytest.mark.parametrize(("returns", "orientation"), KINDS)
@pytest.mark.parametrize("exclude_self", [False, True])
def test_one_simplex_for_all_gives_what_highs_gives_for_each(returns, orientation, exclude_self):
    X, Y = random_units(60, 3, 2, seed=4)
    found = efficiency.dea(X, Y, returns=returns, orientation=orientation, exclude_self=exclude_self, slacks=False)
    other = by_highs(X, Y, returns, orientation, exclude_self)
    assert found.by_highs == 0
    assert np.array_equal(found.status, other.status)
    assert found.score == pytest.approx(other.value, abs=1e-8, nan_ok=True)


@pytest.mark.parametrize(("returns", "orientation"), KINDS)
@pytest.mark.filterwarnings("ignore")
def test_pyfrontier_finds_the_same(returns, orientation):
    package = pytest.importorskip("Pyfrontier.frontier_model")
    X, Y = random_units(15, 2, 2, seed=7)
    model = package.EnvelopDEA(returns.upper(), orientation.removesuffix("put"))
    model.fit(X, Y)
    found = efficiency.dea(X, Y, returns=returns, orientation=orientation)
    assert found.score == pytest.approx([result.score for result in model.result], abs=1e-6)
    slacks = found.input_slack.sum(axis=1) + found.output_slack.sum(axis=1)
    theirs = [sum(result.x_slack) + sum(result.y_slack) for result in model.result]
    assert slacks == pytest.approx(theirs, abs=1e-3)  # its second stage starts from a score with eight digits


def test_integer_data_full_of_ties_still_meet_highs():
    generator = np.random.default_rng(11)
    X, Y = generator.integers(1, 5, (40, 3)).astype(float), generator.integers(0, 4, (40, 2)).astype(float)
    Y[Y.sum(axis=1) == 0, 0] = 1
    for returns, orientation in KINDS:
        found = efficiency.dea(X, Y, returns=returns, orientation=orientation)
        assert found.score == pytest.approx(by_highs(X, Y, returns, orientation).value, abs=1e-8)


# --- properties ------------------------------------------------------------------------------------------------------
units = st.integers(0, 10_000).map(lambda seed: random_units(12, 2, 2, seed))


@given(units)
@settings(max_examples=25, deadline=None)
def test_targets_are_feasible_and_efficient(data):
    X, Y = data
    for returns, orientation in (("vrs", "input"), ("crs", "output")):
        found = efficiency.dea(X, Y, returns=returns, orientation=orientation)
        target_x, target_y = found.targets()
        assert found.lambdas @ X == pytest.approx(target_x, abs=1e-7)
        assert found.lambdas @ Y == pytest.approx(target_y, abs=1e-7)
        again = efficiency.dea(target_x, target_y, returns=returns, orientation=orientation, reference=(X, Y))
        assert again.score == pytest.approx(1, abs=1e-6)
        assert again.input_slack == pytest.approx(0, abs=1e-6) and again.output_slack == pytest.approx(0, abs=1e-6)


@given(units, st.floats(0.01, 100), st.floats(0.01, 100))
@settings(max_examples=25, deadline=None)
def test_units_of_measurement_do_not_matter_and_constant_returns_are_symmetric(data, a, b):
    X, Y = data
    score = efficiency.dea(X, Y, returns="crs", slacks=False).score
    scaled = efficiency.dea(X * [a, 1], Y * [1, b], returns="crs", slacks=False).score
    assert scaled == pytest.approx(score, abs=1e-8)
    turned = efficiency.dea(X, Y, returns="crs", orientation="output", slacks=False)
    assert 1 / turned.score == pytest.approx(score, abs=1e-8)


@given(units)
@settings(max_examples=25, deadline=None)
def test_more_assumptions_never_raise_a_score_and_more_peers_never_do(data):
    X, Y = data
    crs, vrs, nirs = (efficiency.dea(X, Y, returns=kind, slacks=False).score for kind in ("crs", "vrs", "nirs"))
    assert np.all(crs <= nirs + 1e-9) and np.all(nirs <= vrs + 1e-9)
    few = efficiency.dea(X[:6], Y[:6], slacks=False).score
    assert np.all(vrs[:6] <= few + 1e-9)


@given(st.lists(st.floats(0.1, 10), min_size=12, max_size=12))
@settings(max_examples=60, deadline=None)
def test_two_units_need_no_program(values):
    X, Y = np.array(values[:6]).reshape(2, 3), np.array(values[6:]).reshape(2, 3)
    closed = efficiency.two_units(X, Y)
    solved = efficiency.scale_efficiency(X, Y).iloc[0]
    assert solved[["TE", "PTE"]].to_numpy(float) == pytest.approx(closed[["TE", "PTE"]].to_numpy(), abs=1e-7)


def test_returns_to_scale_follow_the_size_in_one_dimension():
    table = efficiency.scale_efficiency([2, 3, 6], [1, 3, 4])
    assert table["returns"].tolist() == ["increasing", "constant", "decreasing"]
    assert table["SE"].tolist() == pytest.approx([0.5, 1, 2 / 3])


def test_super_efficiency_ranks_the_efficient_and_leaves_the_others():
    plain, other = (efficiency.dea(STAFF, PATIENTS, returns="crs", exclude_self=x).score for x in (False, True))
    inside = plain < 1 - 1e-9
    assert other[inside] == pytest.approx(plain[inside])
    assert np.all(other[~inside] > 1)


def test_super_efficiency_without_a_comparison_is_infeasible_not_a_number():
    found = efficiency.dea([[1.0], [2.0]], [[1.0], [3.0]], exclude_self=True)
    assert found.status.tolist() == ["optimal", "infeasible"] and np.isnan(found.score[1])
    assert "without an optimum: 1" in str(found)


# --- negative data ---------------------------------------------------------------------------------------------------
def test_negative_data_are_refused_unless_asked_for_and_may_have_no_optimum():
    with pytest.raises(ValueError, match="inputs: negative"):
        efficiency.dea([1.0, -1.0], [1.0, 2.0])
    found = efficiency.dea([[-1.0], [1.0]], [[-1.0], [1.0]], allow_negative=True)
    assert found.status[0] == "unbounded" and np.isnan(found.score[0])


def test_translation_of_outputs_leaves_the_input_oriented_bcc_score_but_translation_of_inputs_does_not():
    X, Y = random_units(20, 2, 2, seed=3)
    score = efficiency.dea(X, Y).score
    assert efficiency.dea(X, Y + 7).score == pytest.approx(score, abs=1e-8)
    assert not np.allclose(efficiency.dea(X + 7, Y).score, score, atol=1e-3)


# --- planted truth ---------------------------------------------------------------------------------------------------
def test_many_peers_recover_planted_efficiency_and_few_do_not():
    gaps = {}
    for n in (30, 300, 3000):
        panel = hospitals.hospitals(n, seed=5)
        truth = panel.truth(0)
        score = efficiency.dea(panel.inputs[0], panel.cases[0] @ hospitals.WEIGHTS, returns="crs", slacks=False).score
        assert np.all(score >= truth["TE"] - 1e-9)
        gaps[n] = np.mean(score - truth["TE"])
    assert gaps[30] > 2 * gaps[300] > 4 * gaps[3000] > 0 and gaps[3000] < 0.015


def test_nothing_is_found_where_all_are_efficient():
    panel = hospitals.hospitals(100, seed=2, spread=0.0)
    score = efficiency.dea(panel.inputs[0], panel.cases[0] @ hospitals.WEIGHTS, slacks=False).score
    assert panel.truth(0)["PTE"].to_numpy() == pytest.approx(1)
    assert score == pytest.approx(1, abs=1e-6)


def test_bootstrap_estimates_the_mean_bias_and_takes_part_of_the_error_away():
    bias, truth, gain = [], [], []
    for seed in range(5):
        generator = np.random.default_rng(seed)
        x = generator.uniform(1, 9, 100)
        theta = np.exp(-np.abs(generator.normal(0, 0.3, 100)))
        result = efficiency.bootstrap(x, np.sqrt(x * theta), replications=150, seed=seed)
        bias.append(result.bias.mean())
        truth.append(np.mean(result.score - theta))
        gain.append(truth[-1] - np.mean(np.abs(result.corrected - theta)))
        assert np.all(result.corrected <= result.score + 1e-12) and np.all(result.low <= result.high)
    assert 0.7 < np.mean(bias) / np.mean(truth) < 1.4
    assert np.mean(gain) > 0


def test_bootstrap_repeats_itself_and_speaks():
    one, two = (efficiency.bootstrap(STAFF, PATIENTS, returns="crs", replications=100, seed=3) for _ in range(2))
    assert np.array_equal(one.corrected, two.corrected)
    assert "100 replications" in str(one) and list(one.frame()) == ["score", "bias", "corrected", "low", "high"]


def test_bandwidth_is_that_of_the_reflected_sample():
    theta = np.array([0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.0])
    both = np.concatenate([theta[:5], 2 - theta[:5]])
    spread = min(both.std(ddof=1), np.subtract(*np.percentile(both, [75, 25])) / 1.34)
    expected = 0.9 * spread * 10**-0.2 * (10 / 7) ** 0.2 * theta.std(ddof=1) / both.std(ddof=1)
    assert efficiency.bandwidth(theta) == pytest.approx(expected)


# --- hospitals -------------------------------------------------------------------------------------------------------
def test_planted_hospital_has_exactly_the_planted_truth():
    te = (0.80, 0.84, 0.82)
    panel = hospitals.hospitals(50, seed=1, level=(1, 1.1, 1.265), planted_te=te, planted_cmi=(1.12, 1.12, 1.08))
    found = [panel.truth(t).iloc[0] for t in range(3)]
    assert [row["TE"] for row in found] == pytest.approx(te)
    assert [row["SE"] for row in found] == pytest.approx([0.93] * 3)
    assert panel.cmi[:, 0] == pytest.approx([1.12, 1.12, 1.08])
    assert abs(panel.cmi[:, 1:].mean() - 1.144) < 0.03


# --- bad input -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: efficiency.dea([1, np.nan], [1, 2]), "inputs"),
        (lambda: efficiency.dea([1, 2], [1, 2, 3]), "outputs"),
        (lambda: efficiency.dea([1, 0], [1, 2]), "inputs"),
        (lambda: efficiency.dea([1, 2], [0, 2]), "outputs"),
        (lambda: efficiency.dea(np.ones((0, 2)), np.ones((0, 1))), "inputs"),
        (lambda: efficiency.dea([1, 2], [1, 2], returns="irs"), "returns"),
        (lambda: efficiency.dea([1, 2], [1, 2], orientation="in"), "orientation"),
        (lambda: efficiency.dea([1, 2], [1, 2], reference=([[1, 2]], [1])), "reference"),
        (lambda: efficiency.dea([1], [1], exclude_self=True), "exclude_self"),
        (lambda: efficiency.dea([1, 2], [1, 2], exclude_self=True, reference=([1], [1])), "exclude_self"),
        (lambda: efficiency.dea([1, 2], [1, 2], names=["a"]), "names"),
        (lambda: efficiency.bootstrap([1, 2, 3], [1, 2, 3], replications=10), "replications"),
        (lambda: efficiency.bootstrap([1, 2, 3], [1, 2, 3], level=1.0), "level"),
        (lambda: efficiency.bandwidth([1, 1, 0.9]), "score"),
        (lambda: efficiency.two_units([[1], [2], [3]], [[1], [2], [3]]), "inputs"),
        (lambda: hospitals.hospitals(0, seed=1), "n"),
        (lambda: hospitals.hospitals(5, seed=1, planted_te=(0.8, 0.9)), "planted_te"),
        (lambda: hospitals.mix_for(np.array([3.0])), "cmi"),
        (lambda: hospitals.size_for(1.2), "scale_efficiency"),
    ],
)
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=rf"\b{name}\b"):
        call()
