"""Gravity with three sets of effects against pyfixest, linearmodels, statsmodels, closed forms and planted truth."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from linearmodels.iv import IV2SLS
from linearmodels.iv.absorbing import AbsorbingLS

from replica.models import gravity
from replica.simulate import trade

EFFECTS = "| ij + it + jt"


def small(seed: int, n: int = 8, years: int = 5) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, n, years)) + rng.normal(size=(n, 1, years))
    y = 0.3 * x + rng.normal(size=(n, n, years)) + rng.normal(size=(n, n, 1)) + rng.normal(size=(1, n, years))
    i, j, t = (axis.ravel() for axis in np.meshgrid(range(n), range(n), range(years), indexing="ij"))
    frame = pd.DataFrame({"i": i, "j": j, "t": t, "x": x.ravel(), "y": y.ravel()})[i != j]
    return (
        x,
        y,
        frame.assign(
            ij=frame["i"] * n + frame["j"], it=frame["i"] * years + frame["t"], jt=frame["j"] * years + frame["t"]
        ),
    )


def off_diagonal(values: np.ndarray) -> np.ndarray:
    return values[~np.eye(values.shape[0], dtype=bool)].ravel()


# --- absorption and errors -----------------------------------------------------------------------------------------
def test_absorption_is_the_projection_off_all_dummies():
    x, _, frame = small(1)
    dummies = pd.get_dummies(frame[["ij", "it", "jt"]].astype(str)).to_numpy(float)
    wanted = frame["x"] - dummies @ np.linalg.lstsq(dummies, frame["x"], rcond=None)[0]
    assert off_diagonal(gravity.absorb(x)) == pytest.approx(wanted.to_numpy(), abs=1e-10)
    assert np.linalg.matrix_rank(dummies) == len(frame) - gravity.freedom(8, 5)


@settings(max_examples=20, deadline=None)
@given(st.integers(4, 9), st.integers(2, 6), st.integers(0, 10**6))
def test_absorption_is_idempotent_ignores_the_diagonal_and_takes_all_effects(n, years, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2, n, n, years))
    once = gravity.absorb(x)
    x[:, range(n), range(n)] = 99.0
    shifted = x + rng.normal(size=(n, n, 1)) + rng.normal(size=(n, 1, years)) + rng.normal(size=(1, n, years))
    assert gravity.absorb(once) == pytest.approx(once, abs=1e-10)
    assert gravity.absorb(shifted) == pytest.approx(once, abs=1e-9)


@pytest.mark.parametrize(
    ("kind", "clusters", "options"),
    [
        ("robust", "hetero", {"k_adj": False, "G_adj": False}),
        ("pair", {"CRV1": "ij"}, {"k_adj": False, "G_adj": True}),
        ("two-way", {"CRV1": "i + j"}, {"k_adj": False, "G_adj": True, "G_df": "min"}),
    ],
)
def test_slope_and_errors_are_those_of_pyfixest(kind, clusters, options):
    x, y, frame = small(2)
    b, se = gravity.slope(x, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = pf.feols(f"y ~ x {EFFECTS}", frame, vcov=clusters, ssc=pf.ssc(**options))
    assert b == pytest.approx(model.coef()["x"], rel=1e-7)
    scale = np.sqrt(len(frame) / gravity.freedom(8, 5)) if kind == "robust" else 1.0
    assert se[kind] == pytest.approx(model.se()["x"] * scale, rel=1e-6)


def test_slope_is_that_of_linearmodels_and_of_statsmodels_with_all_dummies():
    x, y, frame = small(3)
    b, se = gravity.slope(x, y)
    absorbed = frame[["ij", "it", "jt"]].astype("category")
    peer = AbsorbingLS(frame["y"], frame[["x"]], absorb=absorbed).fit(cov_type="robust")
    dummies = pd.get_dummies(frame[["ij", "it", "jt"]].astype(str)).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # more dummies than their rank
        plain = sm.OLS(frame["y"], pd.concat([frame["x"], dummies], axis=1)).fit(cov_type="HC0")
    assert b == pytest.approx(peer.params["x"], rel=1e-6) == plain.params["x"]
    size = len(frame) / gravity.freedom(8, 5)
    assert se["robust"] == pytest.approx(plain.bse["x"] * np.sqrt(size), rel=1e-6)


def test_pyfixest_and_linearmodels_agree_on_the_full_panel_with_gaps():
    world = trade.trade_panel(np.random.default_rng(5))
    world = world[world["observed"]].reset_index(drop=True)
    controls = ["Index_total", "Lngdp", "Ec_fr", "Pgdp", "Gdpsim"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = pf.feols(f"Lngvc ~ {' + '.join(controls)} {EFFECTS}", world, vcov="hetero")
        peer = AbsorbingLS(world["Lngvc"], world[controls], absorb=world[["ij", "it", "jt"]].astype("category")).fit(
            cov_type="robust"
        )
    assert ours.coef().to_numpy() == pytest.approx(peer.params[controls].to_numpy(), rel=1e-4, abs=1e-7)


def test_dyadic_errors_equal_the_sum_over_related_pairs():
    x, y, frame = small(4, n=6, years=3)
    b, se = gravity.slope(x, y)
    xt, e = gravity.absorb(x), gravity.absorb(y) - b * gravity.absorb(x)
    s = (xt * e).sum(axis=-1)
    pairs = [(i, j) for i in range(6) for j in range(6) if i != j]
    meat = sum(s[p] * s[q] for p in pairs for q in pairs if set(p) & set(q))
    assert se["dyadic"] == pytest.approx(np.sqrt(meat * 6 / 5) / (xt**2).sum())


def test_planted_slope_is_found_and_none_where_there_is_none():
    x = trade.agreements(np.random.default_rng(0)).depth
    draws = trade.null_slopes(x, 0.0, 0.0, 60, np.random.default_rng(1))
    assert abs(draws["b"].mean()) < 4 * draws["b"].std() / np.sqrt(60)
    assert gravity.rejection_rate(draws["b"], draws["robust"], 0.0)[0] < 0.15
    assert gravity.rejection_rate(draws["b"], draws["robust"], 0.3)[0] == 1
    b, _ = gravity.slope(x, 0.1454 * x + np.random.default_rng(2).normal(size=(62, 1, 15)))
    assert b == pytest.approx(0.1454, abs=1e-10)


def test_errors_that_last_make_robust_errors_too_small_and_pair_clusters_repair_it():
    x = trade.agreements(np.random.default_rng(0)).depth
    draws = trade.null_slopes(x, 0.8, 0.0, 80, np.random.default_rng(3))
    assert draws["b"].std() > 1.6 * draws["robust"].mean()
    shared = trade.null_slopes(x, 0.6, 0.4, 80, np.random.default_rng(4))
    rates = {kind: gravity.rejection_rate(shared["b"], shared[kind], 0.0)[0] for kind in gravity.ERRORS}
    assert rates["robust"] > rates["pair"] > rates["two-way"]


@pytest.mark.parametrize("dependence", [(0.0, 0.0), (0.6, 0.2), (0.8, 0.4)])
def test_true_error_is_the_spread_of_the_slopes_and_smooths_the_rejection_rate(dependence):
    x = trade.agreements(np.random.default_rng(0)).depth
    draws = trade.null_slopes(x, *dependence, 150, np.random.default_rng(6))
    assert np.sqrt((draws["b"] ** 2).mean()) == pytest.approx(draws["true"].mean(), rel=0.2)
    for kind in ("robust", "pair"):
        counted, smooth = (
            gravity.rejection_rate(draws["b"], draws[kind], [0, 0.15], true_se=t) for t in (None, draws["true"].mean())
        )
        assert counted == pytest.approx(smooth, abs=0.12)


# --- the instrument ------------------------------------------------------------------------------------------------
@settings(max_examples=30, deadline=None)
@given(st.integers(2, 12), st.integers(2, 6), st.integers(0, 10**6))
def test_within_groups_the_instrument_is_a_line_and_two_stages_are_one(size, groups, seed):
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(groups), size)
    x, y = rng.normal(size=(2, size * groups))
    z = gravity.leave_one_out(x, g)
    demean = lambda v: v - (np.bincount(g, v) / size)[g]  # noqa: E731
    xd, zd, yd = demean(x), demean(z), demean(y)
    assert zd == pytest.approx(-xd / (size - 1), abs=1e-10)
    assert (zd @ yd) / (zd @ xd) == pytest.approx((xd @ yd) / (xd @ xd), rel=1e-7, abs=1e-9)


def test_without_groups_the_formula_is_two_stage_least_squares_and_nearly_the_slope_of_means():
    rng = np.random.default_rng(7)
    g = np.repeat(np.arange(15), 400)
    x = rng.uniform(size=6000) + 0.05 * g
    y = 0.1 * x + 0.2 * g + rng.normal(size=6000)
    z = gravity.leave_one_out(x, g)
    peer = IV2SLS(y, np.ones(6000), x, z).fit()
    found = gravity.leave_one_out_estimate(x, y, g)
    assert found == pytest.approx(peer.params.iloc[1], rel=1e-7)
    means = pd.DataFrame({"x": x, "y": y}).groupby(g).mean()
    assert found == pytest.approx(np.polyfit(means["x"], means["y"], 1)[0], rel=1e-2)


# --- printed tables ------------------------------------------------------------------------------------------------
def test_missing_country_years_behind_the_printed_counts():
    odd = gravity.missing_patterns(30256 - 29532, 62, 8)
    assert odd == [(3, 2, 1)]
    full = gravity.missing_patterns(56730 - 55278, 62, 15)
    assert (3, 2, 2, 2, 1, 1, 1) in full and (2,) * 6 in full
    for pattern in full:
        assert sum(gravity.rows_lost(k, 62) for k in pattern) == 1452
    n, k = 62, 3
    assert gravity.rows_lost(k, n) == n * (n - 1) - (n - k) * (n - k - 1)


def test_mean_is_recovered_from_the_error_of_a_constant():
    x, y, frame = small(9)
    x, frame = x + 3.0, frame.assign(x=frame["x"] + 3.0)
    xt = off_diagonal(gravity.absorb(x)) + frame["x"].mean()
    yt = off_diagonal(gravity.absorb(y)) + frame["y"].mean()
    model = sm.OLS(yt, sm.add_constant(xt)).fit()
    noise = np.sqrt(model.mse_resid)
    assert gravity.mean_behind_constant(*model.bse, noise, len(frame)) == pytest.approx(frame["x"].mean(), rel=1e-6)
    assert model.params[0] == pytest.approx(frame["y"].mean() - model.params[1] * frame["x"].mean())


def test_joint_slope_is_the_derivative_of_difference_and_similarity():
    d, step = np.linspace(0.1, 8, 50), 1e-6
    value = lambda d: -0.26 * d - 2.6 * 0.25 / np.cosh(d / 2) ** 2  # noqa: E731
    numeric = (value(d + step) - value(d - step)) / (2 * step)
    assert gravity.similarity_slope(d, {"difference": -0.26, "similarity": -2.6}) == pytest.approx(numeric, abs=1e-7)


# --- staggered entry -----------------------------------------------------------------------------------------------
def test_cohort_effects_find_planted_effects_where_one_coefficient_does_not():
    n, years = 20, 8
    rng = np.random.default_rng(11)
    entry = np.where(rng.random((n, n)) < 0.5, rng.integers(1, years, (n, n)), years)
    entry[:3, :3] = 0
    since = np.arange(years) - entry[..., None]
    active = (since >= 0) & (entry > 0)[..., None]
    effect = np.where(active, 0.1 * (since + 1), 0.0)
    nuisance = rng.normal(size=(n, n, 1)) + rng.normal(size=(n, 1, years)) + rng.normal(size=(1, n, years))
    table, (mean, _) = gravity.cohort_effects(effect + nuisance, entry)
    assert table["estimate"].to_numpy() == pytest.approx(
        0.1 * (table["year"] - table["cohort"] + 1).to_numpy(), abs=1e-9
    )
    off = ~np.eye(n, dtype=bool)
    truth = effect[active & off[..., None]].mean()
    assert mean == pytest.approx(truth)
    single, _ = gravity.slope(active.astype(float), effect + nuisance)
    assert single < 0.8 * truth
    _, (none, error) = gravity.cohort_effects(rng.normal(size=(n, n, years)), entry)
    assert abs(none) < 4 * error


# --- the simulated panel -------------------------------------------------------------------------------------------
def test_panel_has_the_articles_size_and_moments_and_its_seed():
    one, two = (trade.trade_panel(np.random.default_rng(3)) for _ in range(2))
    pd.testing.assert_frame_equal(one, two)
    assert len(one) == 56730 and one["observed"].sum() == 55278 and one["covered"].sum() == 21690
    assert (one["observed"] & (one["year"] % 2 == 1)).sum() == 29532
    assert one["Index_total"].agg(["mean", "min", "max"]).tolist() == pytest.approx([0.1306, 0, 1], abs=1e-3)
    assert one["Lngvc"].min() == 0 and one["Lngvc"].mean() == pytest.approx(4.535, abs=0.1)
    assert one["Gdpsim"].to_numpy() == pytest.approx(0.25 / np.cosh(one["Lngdp"] / 2) ** 2)
    mirror = one.merge(one, left_on=["exporter", "importer", "year"], right_on=["importer", "exporter", "year"])
    assert mirror["Index_total_x"].to_numpy() == pytest.approx(mirror["Index_total_y"].to_numpy())


def test_errors_have_the_stated_dependence():
    rng = np.random.default_rng(8)
    e = trade.dependent_errors(rng, 0.7, shared=0.0, mirror=0.5, n=40)
    assert e.var() == pytest.approx(1, abs=0.05)
    assert np.corrcoef(e[..., 1:].ravel(), e[..., :-1].ravel())[0, 1] == pytest.approx(0.7, abs=0.03)
    upper = np.triu_indices(40, 1)
    assert np.corrcoef(e[upper].ravel(), e.swapaxes(0, 1)[upper].ravel())[0, 1] == pytest.approx(0.5, abs=0.1)
    together = trade.dependent_errors(rng, 0.0, shared=0.4, n=60)
    assert np.corrcoef(together[:, 0].ravel(), together[:, 1].ravel())[0, 1] == pytest.approx(0.2, abs=0.06)


# --- bad input -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: gravity.absorb(np.ones((3, 4, 5))), "values"),
        (lambda: gravity.absorb(np.full((5, 5, 3), np.nan)), "values"),
        (lambda: gravity.slope(np.ones((5, 5, 3)), np.ones((5, 5, 3))), "x"),
        (lambda: gravity.slope(np.ones((5, 5, 3)), np.ones((5, 5, 2))), "y"),
        (lambda: gravity.leave_one_out([1.0, 2.0], [0, 1]), "groups"),
        (lambda: gravity.leave_one_out([1.0, np.inf], [0, 0]), "x, groups"),
        (lambda: gravity.leave_one_out_estimate([1, 2, 3], [1, 2, 3], [0, 0, 1]), "groups"),
        (lambda: gravity.rows_lost(70, 62), "missing"),
        (lambda: gravity.missing_patterns(-1, 62, 3), "lost"),
        (lambda: gravity.mean_behind_constant(0.001, 0.1, 1.0, 100), "constant_se"),
        (lambda: gravity.mean_behind_constant(0.0, 0.1, 1.0, 100), "constant_se, slope_se"),
        (lambda: gravity.similarity_slope(-1.0, {"difference": 1, "similarity": 1}), "difference"),
        (lambda: gravity.cohort_effects(np.ones((5, 5, 3)), np.full((5, 5), 9)), "entry"),
        (lambda: gravity.cohort_effects(np.ones((5, 5, 3)), np.full((5, 5), 3)), "entry"),
        (lambda: gravity.rejection_rate([], [], 0.0), "b, se"),
        (lambda: gravity.rejection_rate([1.0], [1.0], 0.0, true_se=0.0), "true_se"),
        (lambda: trade.true_error(np.ones((6, 6, 4)), 0.5), "x"),
        (lambda: trade.dependent_errors(np.random.default_rng(0), 1.5), "rho"),
        (lambda: trade.dependent_errors(np.random.default_rng(0), 0.5, shared=-1), "shared"),
        (lambda: trade.agreements(np.random.default_rng(0), pairs=100), "pairs"),
        (lambda: trade.agreements(np.random.default_rng(0), mean=0.5), "mean"),
        (lambda: trade.trade_panel(np.random.default_rng(0), {"GDP": 1.0}), "planted"),
        (lambda: trade.grid(np.ones(5)), "values"),
        (lambda: trade.null_slopes(np.ones((62, 62, 15)), 0.5, 0.0, 0, np.random.default_rng(0)), "draws"),
    ],
)
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=f"^{name}"):
        call()
