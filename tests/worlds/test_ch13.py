"""The world of article 13: what printed regressions imply, economies without a link, and the article's own steps."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from replica.methods import panels
from replica.worlds import ch13

NAMES = ["p", "q", "r"]


def noise_panel(seed, units=30, periods=8, effect=0.0):
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product([range(units), range(periods)])
    unit = np.repeat(rng.standard_normal(units), periods)
    x = rng.standard_normal(len(index)) + unit
    m = effect * x + rng.standard_normal(len(index))
    y = effect * m + rng.standard_normal(len(index))
    return pd.DataFrame({"x": x, "m": m, "y": y, "z": rng.standard_normal(len(index))}, index=index)


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
        full = ch13.murphy_topel(design, fit.cov_params(), fit.params[1], k[:, None], np.array([[0.004**2]]))
        naive.append(fit.bse[1])
        corrected.append(np.sqrt(full[1, 1]))
        found.append(fit.params[1])
    spread = np.std(found)
    assert np.mean(naive) < 0.5 * spread
    assert 0.75 < np.median(corrected) / spread < 1.25


def test_with_a_zero_coefficient_the_generated_regressor_costs_nothing():
    x = np.column_stack([np.ones(5), np.arange(5.0)])
    v = np.diag([1.0, 2.0])
    assert ch13.murphy_topel(x, v, 0.0, np.arange(5.0)[:, None], np.eye(1)) == pytest.approx(v)


# --- mediation -------------------------------------------------------------------------------------------------------
def test_mediation_decomposes_exactly_and_recovers_a_planted_chain():
    frame = noise_panel(3, units=200, effect=0.5)
    result = ch13.mediation(frame, "x", "m", "y", ["z"], np.random.default_rng(0), draws=300)
    e = result["estimate"]
    assert e["total"] == pytest.approx(e["direct"] + e["indirect"], abs=1e-12)
    assert result.loc["indirect", "low"] < 0.25 < result.loc["indirect", "high"]
    assert result.loc["direct", "low"] < 0 < result.loc["direct", "high"]
    by_hand = sm.OLS(frame["y"], sm.add_constant(frame[["x", "m", "z"]])).fit()
    assert e["b"] == pytest.approx(by_hand.params["m"])


def test_the_z_of_a_path_is_the_product_over_its_first_order_error():
    a, se_a, b, se_b = 0.456, 0.114, -0.013, 0.0047
    by_hand = a * b / np.sqrt(a**2 * se_b**2 + b**2 * se_a**2)
    assert ch13.path_z(a / se_a, b / se_b) == pytest.approx(by_hand)


def test_no_mediation_is_found_where_there_is_none():
    missed = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        row = ch13.mediation(noise_panel(seed), "x", "m", "y", [], rng, draws=200).loc["indirect"]
        missed += not row["low"] <= 0 <= row["high"]
    assert missed <= 3


def test_trimming_a_dependent_variable_shrinks_its_slope_and_leaves_that_of_an_independent_one():
    rng = np.random.default_rng(4)
    index = pd.MultiIndex.from_product([range(100), range(50)])
    x = rng.standard_normal(5000)
    frame = pd.DataFrame({"x": x, "y": x + rng.standard_normal(5000)}, index=index)
    on_y = panels.fit(ch13.trimmed(frame, ["y"], 0.2), "y", ["x"]).table.loc["x", "b"]
    on_x = panels.fit(ch13.trimmed(frame, ["x"], 0.2), "y", ["x"]).table.loc["x", "b"]
    assert on_y < 0.8 and len(ch13.trimmed(frame, ["y"], 0.2)) == 4000
    assert on_x == pytest.approx(1.0, abs=0.06)


# --- what printed regressions imply ----------------------------------------------------------------------------------
def exact_regression(seed, n=200):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 3)) @ rng.normal(size=(3, 3))
    y = x @ [0.5, -1.0, 0.2] + rng.standard_normal(n)
    frame = pd.DataFrame({"y": y, "p": x[:, 0], "q": x[:, 1], "r": x[:, 2]})
    result = sm.OLS(frame["y"], sm.add_constant(frame[NAMES])).fit()
    b, t = result.params[NAMES].to_dict(), result.tvalues[NAMES].to_dict()
    return frame, SimpleNamespace(dependent="y", b=b, t=t, r2=result.rsquared, n=n)


def test_variance_inflation_from_a_printed_regression_is_that_of_the_data():
    frame, printed = exact_regression(5)
    inverse = np.diag(np.linalg.inv(frame[NAMES].corr()))
    assert ch13.variance_inflation(printed, frame.std())[NAMES].tolist() == pytest.approx(inverse, rel=1e-9)


def test_a_wrong_standard_deviation_shows_as_a_factor_below_one():
    frame, printed = exact_regression(7)
    wrong = frame.std().to_dict() | {"q": frame["q"].std() / 5}
    right, found = ch13.variance_inflation(printed, frame.std()), ch13.variance_inflation(printed, wrong)
    assert found["q"] == pytest.approx(right["q"] / 25) and found["q"] < 1


def test_bounds_of_a_mean_hold_for_every_sample_and_are_reached():
    rng = np.random.default_rng(10)
    x = rng.uniform(0, 2, 300)
    known = {(lambda v: v): x.mean(), (lambda v: v**2): (x**2).mean()}
    low, high = ch13.moment_bounds(np.exp, known, 0.0, 2.0)
    assert low - 1e-6 <= np.exp(x).mean() <= high + 1e-6
    assert high - low < np.exp(2) - 1
    mean_only = ch13.moment_bounds(np.exp, {(lambda v: v): 1.0}, 0.0, 2.0)
    assert mean_only == pytest.approx((np.e, (1 + np.exp(2)) / 2), rel=1e-6)  # Jensen below, the chord above
    with pytest.raises(ValueError, match="known"):
        ch13.moment_bounds(np.exp, {(lambda v: v): 3.0}, 0.0, 2.0)


# --- economies without a link ----------------------------------------------------------------------------------------
def test_unlinked_economies_have_the_stated_moments_and_no_link():
    frame = ch13.unlinked_panel(np.random.default_rng(9), units=2000, convergence=0.0)
    assert frame["LS"].mean() == pytest.approx(0.493, abs=0.005)
    assert frame["LS"].std() == pytest.approx(0.061, abs=0.006)
    assert frame["lnk"].mean() == pytest.approx(1.912, abs=0.1)
    assert abs(np.corrcoef(frame["LS"], frame["growth"])[0, 1]) < 0.05


def test_unlinked_economies_persist_converge_and_differ_as_asked():
    frame = ch13.unlinked_panel(
        np.random.default_rng(3), units=1500, between=0.5, persistence=0.8, convergence=0.04, spread=0.7
    )
    assert frame["LS"].groupby(level=0).shift().dropna().to_numpy() == pytest.approx(
        frame["previous"][frame["LS"].groupby(level=0).shift().notna()].to_numpy()
    )
    odds = np.log(frame["LS"] / (1 - frame["LS"])).unstack()
    assert odds.std().mean() == pytest.approx(0.061 / 0.25, rel=0.05)
    means = odds.mean(axis=1).var() / odds.stack().var()
    inside = 0.5 + 0.5 * (1 + 2 * sum((1 - k / 18) * 0.8**k for k in range(1, 18))) / 18
    assert means == pytest.approx(inside, abs=0.03)
    level = frame["lnk"].unstack()
    slope = np.polyfit(level[1] - level[1].mean(), frame["growth"].unstack()[2], 1)[0]
    assert slope == pytest.approx(-0.04, abs=0.003)
    assert frame["growth"].mean() == pytest.approx(0.11, abs=0.003)
    multiplier = np.log(frame["multiplier"].groupby(level=0).first())
    assert (multiplier.mean(), multiplier.std()) == pytest.approx((np.log(1.1) - 0.245, 0.7), abs=0.05)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: ch13.path_z(0.0, 0.0), "t_a"),
        (lambda: ch13.path_z(np.nan, 0.0), "t_a"),
        (lambda: ch13.trimmed(noise_panel(0), ["x"], 1.5), "share"),
        (lambda: ch13.trimmed(noise_panel(0), ["w"], 0.1), "frame"),
        (lambda: ch13.mediation(noise_panel(0), "x", "m", "y", [], np.random.default_rng(0), 5), "draws"),
        (lambda: ch13.murphy_topel(np.eye(3), np.eye(3), 1.0, np.ones((2, 1)), np.eye(1)), "gradient"),
        (lambda: ch13.unlinked_panel(np.random.default_rng(0), between=2), "between"),
        (lambda: ch13.unlinked_panel(np.random.default_rng(0), units=1), "units"),
        (lambda: ch13.moment_bounds(np.exp, {}, 1.0, 0.0), "high"),
        (lambda: ch13.variance_inflation(printed_as(t={"x": 0.0}), {"x": 1.0, "y": 1.0}), "t"),
        (lambda: ch13.variance_inflation(printed_as(), {"y": 1.0}), "sd: none for 'x'"),
        (lambda: ch13.variance_inflation(printed_as(), {"x": 0.0, "y": 1.0}), "sd"),
        (lambda: ch13.variance_inflation(printed_as(r2=1.0), {"x": 1.0, "y": 1.0}), "r2"),
        (lambda: ch13.variance_inflation(printed_as(n=2), {"x": 1.0, "y": 1.0}), "n"),
    ],
)
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=f"^{name}"):
        call()


def printed_as(**changes):
    return SimpleNamespace(**({"dependent": "y", "b": {"x": 1.0}, "t": {"x": 2.0}, "r2": 0.5, "n": 50} | changes))
