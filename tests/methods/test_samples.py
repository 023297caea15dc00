"""Samples: counts against brute force, copulas against scipy, panels against the regressions that they carry."""

import csv
import itertools

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import multivariate_normal

from replica.methods import samples


# --- whole numbers ---------------------------------------------------------------------------------------------------
def brute_force(mean, sd, n, low, high, ddof=1):
    """Every frequency table whose mean and sd print as given."""
    digits = [len(text.split(".")[1]) for text in (mean, sd)]
    found = []
    for sample in itertools.combinations_with_replacement(range(low, high + 1), n):
        m, s = np.mean(sample), np.std(sample, ddof=ddof)
        if (
            abs(m - float(mean)) <= 0.5 * 10 ** -digits[0] + 1e-12
            and abs(s - float(sd)) <= 0.5 * 10 ** -digits[1] + 1e-12
        ):
            found.append(tuple(np.bincount(np.array(sample) - low, minlength=high - low + 1)))
    return set(found)


CASES = [
    ("2.5", "1.3", 8, 1, 5, 1), ("3.1", "1.9", 9, 1, 7, 1), ("1.4", "0.8", 10, 1, 4, 1),
    ("2.57", "1.76", 7, 1, 6, 0), ("4.0", "2.0", 8, 1, 7, 0), ("1.5", "1.4", 8, 0, 6, 1),
    ("2.13", "1.25", 8, 1, 7, 1), ("1.00", "0.00", 6, 1, 7, 1),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_count_is_that_of_brute_force(case):
    mean, sd, n, low, high, ddof = case
    expected = brute_force(mean, sd, n, low, high, ddof)
    tables = samples.integer_tables(mean, sd, n, low, high, ddof=ddof)
    assert tables.count == len(expected) > 0
    floors = np.bincount([t[0] for t in expected], minlength=n + 1)
    assert tables.floor_counts().tolist() == floors.tolist()
    for answer in range(low + 4, high + 1):
        upper = np.bincount([sum(t[answer - low :]) for t in expected], minlength=n + 1)
        assert tables.upper_counts(answer).tolist() == upper.tolist()


def test_the_summary_is_that_of_the_listed_tables():
    tables = np.array(sorted(brute_force("3.1", "1.9", 9, 1, 7)))
    found = samples.integer_tables("3.1", "1.9", 9, 1, 7).summary(5)
    floor, upper = tables[:, 0] / 9, tables[:, 4:].sum(axis=1) / 9
    expected = [len(tables), floor.min(), floor.mean(), floor.max(), upper.min(), upper.max()]
    assert list(found.values()) == pytest.approx(expected)
    nothing = samples.integer_tables("2.25", "1.31", 8, 1, 5).summary(5)
    assert nothing["tables"] == 0 and np.isnan(nothing["floor_low"])


def test_an_impossible_pair_has_no_table():
    assert brute_force("2.25", "1.31", 8, 1, 5) == set()
    assert samples.integer_tables("2.25", "1.31", 8, 1, 5).count == 0


def test_rounding_edges_are_inside():
    # the answers 1 and 2 have mean 1.5, which some programs print as 1 and some as 2
    assert (3, 5) in samples.moment_pairs("2", "0.7", 2)
    assert (3, 5) in samples.moment_pairs("1", "0.7", 2)
    assert (3, 5) not in samples.moment_pairs("1.4", "0.7", 2)


def test_a_mean_above_the_scale_has_no_table():
    assert samples.integer_tables("7.5", "0.5", 10, 1, 7).count == 0


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        (("2.x", "1.0", 10), "mean"), (("2.0", "nan", 10), "sd"), (("2.0", "-1.0", 10), "sd"), (("2.0", "1.0", 1), "n"),
    ],
)  # fmt: skip
def test_bad_figures_are_refused(arguments, argument):
    with pytest.raises(ValueError, match=f"^{argument}"):
        samples.moment_pairs(*arguments)


def test_scales_of_other_lengths_are_refused():
    with pytest.raises(ValueError, match="high"):
        samples.integer_tables("2.0", "1.0", 10, 1, 3)
    with pytest.raises(ValueError, match="answer"):
        samples.integer_tables("2.0", "1.0", 10, 1, 5).upper_counts(4)


def test_what_chapter_21_says_of_its_printed_moments(root):
    with open(root / "data/21-privacy-tolerance/table-4.csv", newline="", encoding="utf-8") as file:
        printed = {row["row"]: (row["mean"], row["sd"]) for row in csv.DictReader(file) if row["sd"]}
    sizes = range(150, 231)
    possible = {n: [i for i, figures in printed.items() if samples.moment_pairs(*figures, n)] for n in sizes}
    assert set(printed) - set(possible.pop(180)) == {"MSC2"} and len(printed) == 25
    assert max(map(len, possible.values())) == 17
    leaked = samples.integer_tables(*printed["SP2"], 180).summary(5)
    assert leaked["tables"] == 194
    assert [round(100 * leaked[end]) for end in ("floor_low", "floor_high")] == [82, 90]
    assert all(samples.moment_pairs("2.25", changed, 180) for changed in ("1.888", "1.980"))


# --- ordinal answers -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("mean", "sd"), [(2.36, 1.806), (1.29, 0.887), (3.61, 2.155), (4.0, 0.4), (6.5, 1.2)])
def test_maximum_entropy_meets_its_moments(mean, sd):
    p, k = samples.maximum_entropy(mean, sd, 1, 7), np.arange(1, 8)
    assert p @ k == pytest.approx(mean, abs=1e-7)
    assert np.sqrt(p @ k**2 - (p @ k) ** 2) == pytest.approx(sd, abs=1e-7)
    assert p.min() > 0


def test_no_other_distribution_with_these_moments_has_more_entropy():
    p = samples.maximum_entropy(2.5, 1.5, 1, 7)
    k = np.arange(7)
    rng = np.random.default_rng(1)
    constraints = np.vstack([np.ones(7), k, k**2])
    free = np.linalg.svd(constraints)[2][3:]
    for direction in rng.standard_normal((50, 4)) @ free:
        q = p + 0.2 * p.min() * direction / np.abs(direction).max()
        assert -(q @ np.log(q)) < -(p @ np.log(p))


@pytest.mark.parametrize(("mean", "sd", "argument"), [(4.0, 3.1, "sd"), (1.5, 2.5, "sd"), (7.5, 1.0, "mean")])
def test_impossible_moments_are_refused(mean, sd, argument):
    with pytest.raises(ValueError, match=argument):
        samples.maximum_entropy(mean, sd, 1, 7)


@pytest.mark.parametrize("rho", [-0.6, 0.0, 0.3, 0.8, 0.97])
def test_joint_probabilities_against_scipy(rho):
    p, q = samples.maximum_entropy(2.4, 1.8, 1, 7), samples.maximum_entropy(3.0, 2.0, 1, 5 + 2)
    joint = samples.joint_probabilities(p, q, rho)
    cut_p, cut_q = samples.thresholds(p), samples.thresholds(q)
    other = [[multivariate_normal.cdf([a, b], cov=[[1, rho], [rho, 1]]) for b in cut_q] for a in cut_p]
    np.testing.assert_allclose(joint.cumsum(axis=0).cumsum(axis=1)[:-1, :-1], other, atol=1e-5)
    np.testing.assert_allclose(joint.sum(axis=1), p, atol=1e-9)
    np.testing.assert_allclose(joint.sum(axis=0), q, atol=1e-9)


def test_latent_correlation_inverts_the_answers_correlation():
    p, q = samples.maximum_entropy(1.45, 1.032, 1, 7), samples.maximum_entropy(3.04, 2.065, 1, 7)
    rho = samples.latent_correlation(p, q, 0.35)
    joint, k = samples.joint_probabilities(p, q, rho), np.arange(7)
    spread = [np.sqrt(d @ k**2 - (d @ k) ** 2) for d in (p, q)]
    assert (k @ joint @ k - (k @ p) * (k @ q)) / spread[0] / spread[1] == pytest.approx(0.35, abs=1e-6)


def test_no_correlation_needs_none_and_margins_set_a_ceiling():
    skewed, opposite = samples.maximum_entropy(1.3, 0.7, 1, 7), samples.maximum_entropy(6.7, 0.7, 1, 7)
    assert samples.latent_correlation(skewed, opposite, 0.0) == pytest.approx(0, abs=1e-9)
    with pytest.raises(ValueError, match="correlation"):
        samples.latent_correlation(skewed, opposite, 0.8)


def test_a_large_sample_meets_its_targets():
    margins = [samples.maximum_entropy(m, s, 1, 7) for m, s in [(2.36, 1.806), (1.87, 1.364), (1.41, 1.066)]]
    target = np.array([[1, 0.73, 0.486], [0.73, 1, 0.683], [0.486, 0.683, 1]])
    latent = samples.latent_matrix(margins, target)
    x = samples.ordinal_sample(margins, latent, 200_000, np.random.default_rng(2))
    np.testing.assert_allclose(x.mean(axis=0), [2.36, 1.87, 1.41], atol=0.015)
    np.testing.assert_allclose(x.std(axis=0), [1.806, 1.364, 1.066], atol=0.015)
    np.testing.assert_allclose(np.corrcoef(x, rowvar=False), target, atol=0.01)


def test_targets_that_do_not_fit_together_become_a_correlation_matrix():
    half = [np.array([0.5, 0.5])] * 3
    latent = samples.latent_matrix(half, np.array([[1, 0.8, 0.8], [0.8, 1, -0.5], [0.8, -0.5, 1]]))
    assert 0 < np.linalg.eigvalsh(latent)[0] < 1e-4
    np.testing.assert_allclose(np.diag(latent), 1)


def test_parts_are_joined_on_their_hub():
    parts = [np.array([[1, 0.6, 0.5], [0.6, 1, 0.4], [0.5, 0.4, 1]]), np.array([[1, 0.7], [0.7, 1]])]
    joined = samples.join_on_hub(parts)
    np.testing.assert_allclose(joined[np.ix_([0, 1, 3], [0, 1, 3])], parts[0])
    np.testing.assert_allclose(joined[np.ix_([2, 3], [2, 3])], parts[1])
    partial = np.linalg.inv(joined)
    assert partial[0, 2] == pytest.approx(0) and partial[1, 2] == pytest.approx(0)  # independent given the hub
    assert samples.join_on_hub(parts, 1.3)[0, 2] == pytest.approx(1.3 * 0.5 * 0.7)
    with pytest.raises(ValueError, match="share"):
        samples.join_on_hub(parts, 2.9)


def test_a_sample_does_not_depend_on_the_basis_of_its_eigenvectors():
    """Three items alike have equal eigenvalues, whose vectors are any basis; turning it must not change the answers."""
    latent = np.full((3, 3), 0.5) + 0.5 * np.eye(3)
    values, vectors = np.linalg.eigh(latent)
    turn = np.array([[0.6, -0.8, 0], [0.8, 0.6, 0], [0, 0, -1]])  # within the equal eigenvalues, and a sign
    other = vectors @ turn
    assert (other * values) @ other.T == pytest.approx(latent)
    root = samples.symmetric_root(latent)
    assert root == pytest.approx((other * np.sqrt(values)) @ other.T) and root @ root == pytest.approx(latent)
    normal = np.random.default_rng(3).standard_normal((500, 3))
    x = samples.ordinal_sample([np.array([0.2, 0.3, 0.5])] * 3, latent, 500, np.random.default_rng(3), low=0)
    assert np.array_equal(x, np.searchsorted(samples.thresholds([0.2, 0.3, 0.5]), normal @ root))


# --- panels with printed moments -------------------------------------------------------------------------------------
NAMES = ["p", "q", "r"]


def exact_regression(seed, n=200):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 3)) @ rng.normal(size=(3, 3))
    y = x @ [0.5, -1.0, 0.2] + rng.standard_normal(n)
    frame = pd.DataFrame({"y": y, "p": x[:, 0], "q": x[:, 1], "r": x[:, 2]})
    result = sm.OLS(frame["y"], sm.add_constant(frame[NAMES])).fit()
    b, t = result.params[NAMES].to_dict(), result.tvalues[NAMES].to_dict()
    return frame, result, samples.PrintedRegression("y", b, t, result.rsquared, n)


def test_the_moments_recovered_give_the_printed_regression_and_the_panel_repeats_it():
    frame, result, printed = exact_regression(6)
    moments = samples.recover_moments([printed], frame.std().to_dict(), rng=np.random.default_rng(0))
    assert moments.gap < 0.05
    rng = np.random.default_rng(1)
    simulated = samples.correlated_panel(rng, frame.mean(), moments, units=25, periods=8, skew={"q": 1.0})
    assert simulated.mean().to_dict() == pytest.approx(frame[simulated.columns].mean().to_dict())
    assert simulated.std().to_dict() == pytest.approx(frame[simulated.columns].std().to_dict(), rel=1e-6)
    again = sm.OLS(simulated["y"], sm.add_constant(simulated[NAMES])).fit()
    assert again.tvalues[NAMES].tolist() == pytest.approx(result.tvalues[NAMES].tolist(), abs=0.06)
    names = list(moments.correlation)
    assert moments.correlation.to_numpy() == pytest.approx(frame[names].corr().to_numpy(), abs=0.003)


def test_a_wrong_standard_deviation_is_found_when_it_is_set_free():
    frame, result, printed = exact_regression(7)
    wrong = frame.std().to_dict() | {"q": frame["q"].std() / 5}
    freed = samples.recover_moments([printed], wrong, free_sd=["q"], rng=np.random.default_rng(0))
    assert freed.gap < 0.1
    assert freed.sd["q"] > 2 * wrong["q"]


def test_what_regressions_leave_open_is_small_or_what_an_anchor_says():
    """y on p and y on q apart say nothing of the correlation of p and q."""
    rows = [samples.PrintedRegression("y", {x: 0.3}, {x: 0.3 / np.sqrt(0.91 / 198)}, 0.09, 200) for x in "pq"]
    sd = dict.fromkeys("ypq", 1.0)
    for anchors, expected in (({("p", "q"): -0.4}, -0.4), ({("p", "q"): 0.6}, 0.6)):
        found = samples.recover_moments(rows, sd, anchors=anchors, rng=np.random.default_rng(1))
        assert found.correlation.loc["p", "q"] == pytest.approx(expected, abs=0.005)
        assert found.correlation.loc["y", ["p", "q"]].tolist() == pytest.approx([0.3, 0.3], abs=0.002)
        assert found.gap < 1e-5 and found.converged and found.sd.to_dict() == sd
    free = samples.recover_moments(rows, sd, rng=np.random.default_rng(1))
    assert abs(free.correlation.loc["p", "q"]) < 0.1


def test_variance_between_units_is_what_was_asked():
    moments = samples.Moments(pd.Series({"a": 1.0, "b": 2.0}), pd.DataFrame(np.eye(2), ["a", "b"], ["a", "b"]), 0.0)
    frame = samples.correlated_panel(
        np.random.default_rng(8), {"a": 0, "b": 0}, moments, units=400, periods=10, between=0.7, persistence=0.0
    )
    between = frame.groupby(level=0).mean().var()["a"] - frame["a"].var() * 0.3 / 10
    assert between == pytest.approx(0.7, abs=0.05)


@pytest.mark.parametrize("persistence", [0.0, 0.8])
def test_what_is_not_between_units_persists_as_asked(persistence):
    moments = samples.Moments(pd.Series({"a": 2.0, "b": 1.0}), pd.DataFrame(np.eye(2), ["a", "b"], ["a", "b"]), 0.0)
    rng = np.random.default_rng(3)
    frame = samples.correlated_panel(
        rng, {"a": 5, "b": 0}, moments, units=300, periods=20, between=0.0, persistence=persistence
    )
    a = frame["a"].unstack()
    assert np.corrcoef(a.iloc[:, :-1].to_numpy().ravel(), a.iloc[:, 1:].to_numpy().ravel())[0, 1] == pytest.approx(
        persistence, abs=0.03
    )
    assert (frame["a"].mean(), frame["a"].std()) == pytest.approx((5, 2)) and len(frame) == 6000


def test_a_kept_part_has_the_moments_and_a_skewed_variable_its_tail():
    moments = samples.Moments(pd.Series({"a": 1.0, "b": 3.0}), pd.DataFrame(np.eye(2), ["a", "b"], ["a", "b"]), 0.0)
    frame = samples.correlated_panel(
        np.random.default_rng(4), {"a": 0, "b": 1}, moments, units=40, periods=10, keep=333, skew={"b": 1.0}
    )
    assert len(frame) == 333 and frame.index.is_unique
    assert (frame["b"].mean(), frame["b"].std()) == pytest.approx((1, 3))
    assert frame["b"].skew() > 1.5 > abs(frame["a"].skew()) + 1


HALF = np.array([0.5, 0.5])
RNG = np.random.default_rng(0)
FLAT = samples.Moments(pd.Series({"a": 1.0}), pd.DataFrame([[1.0]], ["a"], ["a"]), 0.0)
BROKEN = samples.Moments(pd.Series({"a": 1, "b": 1}), pd.DataFrame([[1, 2], [2, 1]], ["a", "b"], ["a", "b"]), 0.0)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: samples.moment_pairs("about 2", "1.0", 10), "mean"),
        (lambda: samples.moment_pairs("2.0", "1.0", 10, ddof=2), "ddof"),
        (lambda: samples.maximum_entropy(2.0, np.nan, 1, 7), "sd"),
        (lambda: samples.joint_probabilities(HALF, HALF, 1.0), "rho"),
        (lambda: samples.thresholds([0.5, 0.6]), "p"),
        (lambda: samples.latent_correlation(HALF, [2, 3], 0.1), "q"),
        (lambda: samples.latent_matrix([HALF], [[1, 0], [0, 1]]), "correlations"),
        (lambda: samples.join_on_hub([np.array([[1, 2], [2, 1]])]), "parts"),
        (lambda: samples.symmetric_root([[1, 2], [3, 4]]), "matrix"),
        (lambda: samples.ordinal_sample([HALF, HALF], [[1.0, 2.0], [2.0, 1.0]], 5, RNG), "latent"),
        (lambda: samples.ordinal_sample([HALF], np.eye(2), 5, RNG), "latent"),
        (lambda: samples.ordinal_sample([HALF], np.eye(1), 0, RNG), "n"),
        (lambda: samples.PrintedRegression("y", {"x": 1}, {"z": 1}, 0.5, 10), "b, t"),
        (lambda: samples.PrintedRegression("y", {"x": 1}, {"x": 0}, 0.5, 10), "t"),
        (lambda: samples.PrintedRegression("y", {"x": 1}, {"x": 2}, 1.0, 10), "r2"),
        (lambda: samples.PrintedRegression("y", {"x": 1}, {"x": 2}, 0.5, 2), "n"),
        (lambda: samples.recover_moments([exact_regression(6)[2]], {"y": 1.0}, rng=RNG), "sd"),
        (lambda: samples.correlated_panel(RNG, {"a": 0}, FLAT, units=3, periods=3, between=1.0), "between"),
        (lambda: samples.correlated_panel(RNG, {"a": 0}, FLAT, units=3, periods=3, keep=10), "keep"),
        (lambda: samples.correlated_panel(RNG, {"a": 0, "b": 0}, BROKEN, units=9, periods=3), "moments"),
    ],
)
def test_bad_arguments_are_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}"):
        call()
