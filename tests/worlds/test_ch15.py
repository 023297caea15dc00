"""The world of article 15: its size and moments, errors with a known covariance, the instrument, printed tables."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
import statsmodels.api as sm
from linearmodels.iv.absorbing import AbsorbingLS

from replica.methods import panels
from replica.worlds import ch15

EFFECTS = "| ij + it + jt"


def off_diagonal(values: np.ndarray) -> np.ndarray:
    return values[~np.eye(values.shape[0], dtype=bool)].ravel()


def test_pyfixest_and_linearmodels_agree_on_the_full_panel_with_gaps():
    world = ch15.trade_panel(np.random.default_rng(5))
    world = world[world["observed"]].reset_index(drop=True)
    controls = ["Index_total", "Lngdp", "Ec_fr", "Pgdp", "Gdpsim"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = pf.feols(f"Lngvc ~ {' + '.join(controls)} {EFFECTS}", world, vcov="hetero")
        peer = AbsorbingLS(world["Lngvc"], world[controls], absorb=world[["ij", "it", "jt"]].astype("category")).fit(
            cov_type="robust"
        )
    assert ours.coef().to_numpy() == pytest.approx(peer.params[controls].to_numpy(), rel=1e-4, abs=1e-7)


def test_planted_slope_is_found_and_none_where_there_is_none():
    x = ch15.agreements(np.random.default_rng(0)).depth
    draws = ch15.null_slopes(x, 0.0, 0.0, 60, np.random.default_rng(1))
    assert abs(draws["b"].mean()) < 4 * draws["b"].std() / np.sqrt(60)
    assert panels.rejection_rate(draws["b"], draws["robust"], 0.0)[0] < 0.15
    assert panels.rejection_rate(draws["b"], draws["robust"], 0.3)[0] == 1
    b, _ = panels.slope(x, 0.1454 * x + np.random.default_rng(2).normal(size=(62, 1, 15)))
    assert b == pytest.approx(0.1454, abs=1e-10)


def test_errors_that_last_make_robust_errors_too_small_and_pair_clusters_repair_it():
    x = ch15.agreements(np.random.default_rng(0)).depth
    draws = ch15.null_slopes(x, 0.8, 0.0, 80, np.random.default_rng(3))
    assert draws["b"].std() > 1.6 * draws["robust"].mean()
    shared = ch15.null_slopes(x, 0.6, 0.4, 80, np.random.default_rng(4))
    rates = {kind: panels.rejection_rate(shared["b"], shared[kind], 0.0)[0] for kind in panels.GRAVITY_ERRORS}
    assert rates["robust"] > rates["pair"] > rates["two-way"]


@pytest.mark.parametrize("dependence", [(0.0, 0.0), (0.6, 0.2), (0.8, 0.4)])
def test_true_error_is_the_spread_of_the_slopes_and_smooths_the_rejection_rate(dependence):
    x = ch15.agreements(np.random.default_rng(0)).depth
    draws = ch15.null_slopes(x, *dependence, 150, np.random.default_rng(6))
    assert np.sqrt((draws["b"] ** 2).mean()) == pytest.approx(draws["true"].mean(), rel=0.2)
    for kind in ("robust", "pair"):
        counted, smooth = (
            panels.rejection_rate(draws["b"], draws[kind], [0, 0.15], true_se=t) for t in (None, draws["true"].mean())
        )
        assert counted == pytest.approx(smooth, abs=0.12)


# --- printed tables ------------------------------------------------------------------------------------------------
def test_missing_country_years_behind_the_printed_counts():
    odd = ch15.missing_patterns(30256 - 29532, 62, 8)
    assert odd == [(3, 2, 1)]
    full = ch15.missing_patterns(56730 - 55278, 62, 15)
    assert (3, 2, 2, 2, 1, 1, 1) in full and (2,) * 6 in full
    for pattern in full:
        assert sum(ch15.rows_lost(k, 62) for k in pattern) == 1452
    n, k = 62, 3
    assert ch15.rows_lost(k, n) == n * (n - 1) - (n - k) * (n - k - 1)


def test_mean_is_recovered_from_the_error_of_a_constant():
    x, y = 3.0 + np.random.default_rng(9).normal(size=(2, 8, 8, 5))
    x_mean, y_mean = off_diagonal(x).mean(), off_diagonal(y).mean()
    xt, yt = off_diagonal(panels.absorb(x)) + x_mean, off_diagonal(panels.absorb(y)) + y_mean
    model = sm.OLS(yt, sm.add_constant(xt)).fit()
    noise = np.sqrt(model.mse_resid)
    assert ch15.mean_behind_constant(*model.bse, noise, xt.size) == pytest.approx(x_mean, rel=1e-6)
    assert model.params[0] == pytest.approx(y_mean - model.params[1] * x_mean)


# --- the simulated panel -------------------------------------------------------------------------------------------
def test_panel_has_the_articles_size_and_moments_and_its_seed():
    one, two = (ch15.trade_panel(np.random.default_rng(3)) for _ in range(2))
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
    e = ch15.dependent_errors(rng, 0.7, shared=0.0, mirror=0.5, n=40)
    assert e.var() == pytest.approx(1, abs=0.05)
    assert np.corrcoef(e[..., 1:].ravel(), e[..., :-1].ravel())[0, 1] == pytest.approx(0.7, abs=0.03)
    upper = np.triu_indices(40, 1)
    assert np.corrcoef(e[upper].ravel(), e.swapaxes(0, 1)[upper].ravel())[0, 1] == pytest.approx(0.5, abs=0.1)
    together = ch15.dependent_errors(rng, 0.0, shared=0.4, n=60)
    assert np.corrcoef(together[:, 0].ravel(), together[:, 1].ravel())[0, 1] == pytest.approx(0.2, abs=0.06)


def test_true_error_is_the_quadratic_form_of_the_covariance_written_out():
    n, years, rho, shared, mirror = 5, 3, 0.5, 0.3, 0.4
    region = np.array([0, 1, 0, 2, 1])
    x = np.random.default_rng(1).normal(size=(n, n, years))
    xt = panels.absorb(x)
    cells = [(i, j, t) for i in range(n) for j in range(n) for t in range(years) if i != j]
    value = np.array([xt[c] for c in cells])
    omega = np.zeros((len(cells), len(cells)))
    for a, (i, j, t) in enumerate(cells):
        for b, (k, m, s) in enumerate(cells):
            own = (i, j) == (k, m)
            turned = mirror if (i, j) == (m, k) else 0.0
            out = int(i == k and region[j] == region[m])
            into = int(j == m and region[i] == region[k])
            omega[a, b] = rho ** abs(t - s) * ((1 - shared) * (own + turned) + shared / 2 * (out + into))
    expected = np.sqrt(value @ omega @ value) / (value**2).sum()
    assert ch15.true_error(x, rho, shared, mirror, region) == pytest.approx(expected, rel=1e-10)


def test_regions_are_blocks_at_full_alignment_and_unrelated_to_the_bloc_at_none():
    blocks = ch15.regions()
    assert np.array_equal(blocks, np.arange(62) * 5 // 62) and np.bincount(blocks).tolist() == [13, 12, 13, 12, 12]
    for alignment in (0.0, 0.5):
        moved = ch15.regions(alignment, seed=3)
        assert np.array_equal(np.bincount(moved), np.bincount(blocks))
        assert np.mean(moved == blocks) > alignment
    share = [np.bincount(ch15.regions(0.0, seed=s)[:28], minlength=5)[:2].sum() / 28 for s in range(60)]
    assert np.mean(share) == pytest.approx(25 / 62, abs=0.03)
    x = ch15.agreements(np.random.default_rng(0)).depth
    ratio = [ch15.true_error(x, 0.6, 0.4, 0.3, ch15.regions(a)) for a in (1.0, 0.0)]
    assert ratio[0] > 1.3 * ratio[1]


def test_trade_is_the_sum_of_its_parts():
    """Two panels from one seed differ by the planted terms and nothing else; noise has the stated size."""
    zero = dict.fromkeys(ch15.PLANTED, 0.0)
    plain, moved = (
        ch15.trade_panel(np.random.default_rng(4), p) for p in (zero, zero | {"Index_total": 0.2, "e-commerce": 0.3})
    )
    inside = (plain["Lngvc"] > 0) & (moved["Lngvc"] > 0)
    change = sum(
        b * (plain[name] - plain.groupby("ij")[name].transform("mean"))
        for name, b in (("Index_total", 0.2), ("e-commerce", 0.3))
    )
    assert (moved["Lngvc"] - plain["Lngvc"])[inside].to_numpy() == pytest.approx(change[inside].to_numpy(), abs=1e-12)
    faster = ch15.trade_panel(np.random.default_rng(4), zero, growth=0.05)
    both = (plain["Lngvc"] > 0) & (faster["Lngvc"] > 0)
    grown = 0.02 * (plain["year"] - 2014)
    assert (faster["Lngvc"] - plain["Lngvc"])[both].to_numpy() == pytest.approx(grown[both].to_numpy(), abs=1e-12)
    errors = ch15.noise(np.random.default_rng(1), 0.6, 0.2)
    assert np.sqrt((panels.absorb(errors) ** 2).sum() / panels.freedom(62, 15)) == pytest.approx(ch15.NOISE)


def test_clauses_are_shares_of_the_depth_at_their_scale():
    scales = ch15.SCALES | {"new data": 0.6}
    one, two = (ch15.trade_panel(np.random.default_rng(2), scales=s) for s in (ch15.SCALES, scales))
    deep = one["Index_total"] > 0
    for name, scale in ch15.SCALES.items():
        ratio = np.log(one.loc[deep, name] / one.loc[deep, "Index_total"] / scale)
        assert (ratio.mean(), ratio.groupby(one.loc[deep, "ij"]).first().std()) == pytest.approx((0, 0.25), abs=0.03)
    assert (two.loc[deep, "new data"] / one.loc[deep, "new data"]).to_numpy() == pytest.approx(4)
    assert two["e-commerce"].equals(one["e-commerce"])


def test_depth_changes_sides_only_with_agreements():
    found = ch15.agreements(np.random.default_rng(0))
    depth = found.depth
    assert np.array_equal(depth, depth.swapaxes(0, 1)) and (np.diff(depth, axis=-1) >= 0).all()
    assert found.covered.sum() == 2 * 723 and found.covered[:28, :28].sum() == 28 * 27
    first = np.where((depth > 0).any(axis=-1), (depth > 0).argmax(axis=-1), 15)
    assert np.array_equal(found.entry, first)
    assert (
        np.array_equal(found.multilateral > 0, (depth > 0) & (found.covered[..., None]))
        and (found.multilateral <= depth).all()
    )


def test_null_slopes_are_slopes_of_scaled_noise():
    x = ch15.agreements(np.random.default_rng(0)).depth
    row = ch15.null_slopes(x, 0.5, 0.2, 1, np.random.default_rng(3)).iloc[0]
    e = ch15.noise(np.random.default_rng(3), 0.5, 0.2)
    b, se = panels.slope(x, e)
    assert row["b"] == pytest.approx(float(b)) and row["pair"] == pytest.approx(float(se["pair"]))
    raw = ch15.dependent_errors(np.random.default_rng(3), 0.5, 0.2, 0.3)
    scale = (e[0, 1] / raw[0, 1])[0]
    assert row["true"] == pytest.approx(scale * ch15.true_error(x, 0.5, 0.2, 0.3))


# --- bad input -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: ch15.rows_lost(70, 62), "missing"),
        (lambda: ch15.missing_patterns(-1, 62, 3), "lost"),
        (lambda: ch15.mean_behind_constant(0.001, 0.1, 1.0, 100), "constant_se"),
        (lambda: ch15.mean_behind_constant(0.0, 0.1, 1.0, 100), "constant_se, slope_se"),
        (lambda: ch15.true_error(np.ones((6, 6, 4)), 0.5), "x"),
        (lambda: ch15.dependent_errors(np.random.default_rng(0), 1.5), "rho"),
        (lambda: ch15.dependent_errors(np.random.default_rng(0), 0.5, shared=-1), "shared"),
        (lambda: ch15.agreements(np.random.default_rng(0), pairs=100), "pairs"),
        (lambda: ch15.agreements(np.random.default_rng(0), mean=0.5), "mean"),
        (lambda: ch15.trade_panel(np.random.default_rng(0), {"GDP": 1.0}), "planted"),
        (lambda: ch15.grid(np.ones(5)), "values"),
        (lambda: ch15.null_slopes(np.ones((62, 62, 15)), 0.5, 0.0, 0, np.random.default_rng(0)), "draws"),
        (lambda: ch15.regions(1.5), "alignment"),
        (lambda: ch15.dependent_errors(np.random.default_rng(0), 0.5, 0.2, region=[0, 1]), "region"),
        (lambda: ch15.trade_panel(np.random.default_rng(0), scales={"new data": 1.0}), "scales"),
        (lambda: ch15.trade_panel(np.random.default_rng(0), growth=np.nan), "growth"),
    ],
)
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=f"^{name}"):
        call()
