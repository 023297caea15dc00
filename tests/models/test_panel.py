"""Panel tools against published values, closed forms and other libraries; simulated panels against their targets."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.datasets import grunfeld

from replica.methods import samples
from replica.models import panel
from replica.simulate import panels


@pytest.fixture(scope="module")
def firms():
    frame = grunfeld.load_pandas().data
    frame = frame[frame["firm"] != "American Steel"]  # the ten firms of the R package plm
    return frame.set_index(["firm", "year"]).astype(float)


def noise_panel(seed, units=30, periods=8, effect=0.0):
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product([range(units), range(periods)])
    unit = np.repeat(rng.standard_normal(units), periods)
    x = rng.standard_normal(len(index)) + unit
    m = effect * x + rng.standard_normal(len(index))
    y = effect * m + rng.standard_normal(len(index))
    return pd.DataFrame({"x": x, "m": m, "y": y, "z": rng.standard_normal(len(index))}, index=index)


def test_grunfeld_gives_the_published_estimates_and_hausman_test(firms):
    # plm (R), vignette: within 0.11012 and 0.31007; phtest chisq = 2.3304, df = 2, p = 0.3119.
    within = panel.fit(firms, "invest", ["value", "capital"], "within")
    random = panel.fit(firms, "invest", ["value", "capital"], "random")
    assert within.table.loc[["value", "capital"], "b"].tolist() == pytest.approx([0.11012, 0.31007], abs=1e-5)
    assert random.table.loc[["value", "capital"], "b"].tolist() == pytest.approx([0.10978, 0.30811], abs=1e-4)
    statistic, df, p = panel.hausman(within, random)
    assert (statistic, df, p) == (pytest.approx(2.3304, abs=0.02), 2, pytest.approx(0.3119, abs=0.003))


@pytest.mark.parametrize("errors", ["classical", "robust", "clustered"])
def test_pooled_errors_are_those_of_statsmodels(firms, errors):
    x = sm.add_constant(firms[["value", "capital"]])
    groups = pd.factorize(firms.index.get_level_values(0))[0]
    clusters = {"cov_type": "cluster", "cov_kwds": {"groups": groups, "use_correction": False}}
    options = {"classical": {}, "robust": {"cov_type": "HC0"}, "clustered": clusters}
    other = sm.OLS(firms["invest"], x).fit(**options[errors])
    ours = panel.fit(firms, "invest", ["value", "capital"], "pooled", errors).table["se"]
    assert (ours[["value", "capital"]] / other.bse[["value", "capital"]]).tolist() == pytest.approx([1, 1], abs=0.02)


@pytest.mark.parametrize("within", [False, True])
def test_the_quick_t_is_that_of_the_library(firms, within):
    method = "within" if within else "pooled"
    expected = panel.fit(firms, "invest", ["value", "capital"], method).table.loc["value", "t"]
    assert panel.first_t(firms, "invest", ["value", "capital"], within=within) == pytest.approx(expected, rel=1e-6)


def test_random_effects_are_rejected_where_the_effect_of_the_unit_goes_with_the_regressor():
    rng = np.random.default_rng(0)
    correlated = noise_panel(1, units=60)
    unit = np.repeat(rng.standard_normal(60), 8)
    frame = correlated.assign(x=rng.standard_normal(480) + unit, y=2 * unit + rng.standard_normal(480))
    assert panel.mundlak(frame, "y", ["x"])[2] < 1e-6
    assert panel.mundlak(frame.assign(x=rng.standard_normal(480)), "y", ["x"])[2] > 0.01


# --- generated regressors --------------------------------------------------------------------------------------------
def test_murphy_topel_restores_the_spread_of_a_two_step_estimate():
    rng = np.random.default_rng(2)
    k = rng.uniform(1, 20, 400)
    naive, corrected, found = [], [], []
    for _ in range(400):
        b = -0.03 + 0.004 * rng.standard_normal()
        y = 0.6 - 0.14 * (1 - 0.03 * k) + 0.01 * rng.standard_normal(400)
        design = np.column_stack([np.ones(400), 1 + b * k])
        fit = sm.OLS(y, design).fit()
        full = panel.murphy_topel(design, fit.cov_params(), fit.params[1], k[:, None], np.array([[0.004**2]]))
        naive.append(fit.bse[1])
        corrected.append(np.sqrt(full[1, 1]))
        found.append(fit.params[1])
    spread = np.std(found)
    assert np.mean(naive) < 0.5 * spread
    assert 0.75 < np.median(corrected) / spread < 1.25


def test_with_a_zero_coefficient_the_generated_regressor_costs_nothing():
    x = np.column_stack([np.ones(5), np.arange(5.0)])
    v = np.diag([1.0, 2.0])
    assert panel.murphy_topel(x, v, 0.0, np.arange(5.0)[:, None], np.eye(1)) == pytest.approx(v)


# --- mediation -------------------------------------------------------------------------------------------------------
def test_mediation_decomposes_exactly_and_recovers_a_planted_chain():
    frame = noise_panel(3, units=200, effect=0.5)
    result = panel.mediation(frame, "x", "m", "y", ["z"], np.random.default_rng(0), draws=300)
    e = result["estimate"]
    assert e["total"] == pytest.approx(e["direct"] + e["indirect"], abs=1e-12)
    assert result.loc["indirect", "low"] < 0.25 < result.loc["indirect", "high"]
    assert result.loc["direct", "low"] < 0 < result.loc["direct", "high"]
    by_hand = sm.OLS(frame["y"], sm.add_constant(frame[["x", "m", "z"]])).fit()
    assert e["b"] == pytest.approx(by_hand.params["m"])


def test_the_z_of_a_path_is_the_product_over_its_first_order_error():
    a, se_a, b, se_b = 0.456, 0.114, -0.013, 0.0047
    by_hand = a * b / np.sqrt(a**2 * se_b**2 + b**2 * se_a**2)
    assert panel.path_z(a / se_a, b / se_b) == pytest.approx(by_hand)


def test_no_mediation_is_found_where_there_is_none():
    missed = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        row = panel.mediation(noise_panel(seed), "x", "m", "y", [], rng, draws=200).loc["indirect"]
        missed += not row["low"] <= 0 <= row["high"]
    assert missed <= 3


def test_trimming_a_dependent_variable_shrinks_its_slope_and_leaves_that_of_an_independent_one():
    rng = np.random.default_rng(4)
    index = pd.MultiIndex.from_product([range(100), range(50)])
    x = rng.standard_normal(5000)
    frame = pd.DataFrame({"x": x, "y": x + rng.standard_normal(5000)}, index=index)
    on_y = panel.fit(panel.trimmed(frame, ["y"], 0.2), "y", ["x"]).table.loc["x", "b"]
    on_x = panel.fit(panel.trimmed(frame, ["x"], 0.2), "y", ["x"]).table.loc["x", "b"]
    assert on_y < 0.8
    assert on_x == pytest.approx(1.0, abs=0.06)


# --- panels with printed moments -------------------------------------------------------------------------------------
def test_variance_inflation_from_a_printed_regression_is_that_of_the_data():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(rng.standard_normal((200, 3)) @ rng.normal(size=(3, 3)), columns=["p", "q", "r"])
    frame["y"] = frame @ [0.5, -1.0, 0.2] + rng.standard_normal(200)
    names = ["p", "q", "r"]
    result = sm.OLS(frame["y"], sm.add_constant(frame[names])).fit()
    b, t = result.params[names].to_dict(), result.tvalues[names].to_dict()
    printed = samples.PrintedRegression("y", b, t, result.rsquared, 200)
    inverse = np.diag(np.linalg.inv(frame[names].corr()))
    assert panels.variance_inflation(printed, frame.std())[names].tolist() == pytest.approx(inverse, rel=1e-9)
    wrong = frame.std().to_dict() | {"q": frame["q"].std() / 50}
    assert panels.variance_inflation(printed, wrong)["q"] < 1


def test_bounds_of_a_mean_hold_for_every_sample_and_are_reached():
    rng = np.random.default_rng(10)
    x = rng.uniform(0, 2, 300)
    known = {(lambda v: v): x.mean(), (lambda v: v**2): (x**2).mean()}
    low, high = panels.moment_bounds(np.exp, known, 0.0, 2.0)
    assert low - 1e-6 <= np.exp(x).mean() <= high + 1e-6
    assert high - low < np.exp(2) - 1
    mean_only = panels.moment_bounds(np.exp, {(lambda v: v): 1.0}, 0.0, 2.0)
    assert mean_only == pytest.approx((np.e, (1 + np.exp(2)) / 2), rel=1e-6)  # Jensen below, the chord above
    with pytest.raises(ValueError, match="known"):
        panels.moment_bounds(np.exp, {(lambda v: v): 3.0}, 0.0, 2.0)


def test_unlinked_economies_have_the_stated_moments_and_no_link():
    frame = panels.unlinked_panel(np.random.default_rng(9), units=2000, convergence=0.0)
    assert frame["LS"].mean() == pytest.approx(0.493, abs=0.005)
    assert frame["LS"].std() == pytest.approx(0.061, abs=0.006)
    assert frame["lnk"].mean() == pytest.approx(1.912, abs=0.1)
    assert abs(np.corrcoef(frame["LS"], frame["growth"])[0, 1]) < 0.05


@pytest.mark.parametrize(
    "call, word",
    [
        (lambda: panel.fit(noise_panel(0), "y", ["nothing"]), "nothing"),
        (lambda: panel.fit(noise_panel(0), "y", ["x"], "best"), "method"),
        (lambda: panel.fit(noise_panel(0).reset_index(drop=True), "y", ["x"]), "index"),
        (lambda: panel.path_z(0.0, 0.0), "t_a"),
        (lambda: panel.trimmed(noise_panel(0), ["x"], 1.5), "share"),
        (lambda: panel.mediation(noise_panel(0), "x", "m", "y", [], np.random.default_rng(0), 5), "draws"),
        (lambda: panel.murphy_topel(np.eye(3), np.eye(3), 1.0, np.ones((2, 1)), np.eye(1)), "gradient"),
        (lambda: panels.unlinked_panel(np.random.default_rng(0), between=2), "between"),
    ],
)
def test_bad_input_names_the_argument(call, word):
    with pytest.raises(ValueError, match=word):
        call()
