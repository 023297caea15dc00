"""Panel methods against pyfixest, linearmodels, statsmodels, published values, all dummies and planted truths."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from linearmodels.iv.absorbing import AbsorbingLS
from statsmodels.datasets import grunfeld

from replica.methods import panels
from replica.worlds import ch08 as suppliers

EFFECTS = "| ij + it + jt"
BEFORE, DIFFERENCE, HELD = panels.PROGRAMME_METHODS


# --- estimators side by side -----------------------------------------------------------------------------------------
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
    within = panels.fit(firms, "invest", ["value", "capital"], "within")
    random = panels.fit(firms, "invest", ["value", "capital"], "random")
    assert within.table.loc[["value", "capital"], "b"].tolist() == pytest.approx([0.11012, 0.31007], abs=1e-5)
    assert random.table.loc[["value", "capital"], "b"].tolist() == pytest.approx([0.10978, 0.30811], abs=1e-4)
    statistic, df, p = panels.hausman(within, random)
    assert (statistic, df, p) == (pytest.approx(2.3304, abs=0.02), 2, pytest.approx(0.3119, abs=0.003))


@pytest.mark.parametrize("errors", ["classical", "robust", "clustered"])
def test_pooled_errors_are_those_of_statsmodels(firms, errors):
    x = sm.add_constant(firms[["value", "capital"]])
    groups = pd.factorize(firms.index.get_level_values(0))[0]
    clusters = {"cov_type": "cluster", "cov_kwds": {"groups": groups, "use_correction": False}}
    options = {"classical": {}, "robust": {"cov_type": "HC0"}, "clustered": clusters}
    other = sm.OLS(firms["invest"], x).fit(**options[errors])
    ours = panels.fit(firms, "invest", ["value", "capital"], "pooled", errors).table["se"]
    assert (ours[["value", "capital"]] / other.bse[["value", "capital"]]).tolist() == pytest.approx([1, 1], abs=0.02)


@pytest.mark.parametrize("within", [False, True])
def test_the_quick_t_is_that_of_the_library(firms, within):
    method = "within" if within else "pooled"
    expected = panels.fit(firms, "invest", ["value", "capital"], method).table.loc["value", "t"]
    assert panels.first_t(firms, "invest", ["value", "capital"], within=within) == pytest.approx(expected, rel=1e-6)


def test_random_effects_are_rejected_where_the_effect_of_the_unit_goes_with_the_regressor():
    rng = np.random.default_rng(0)
    correlated = noise_panel(1, units=60)
    unit = np.repeat(rng.standard_normal(60), 8)
    frame = correlated.assign(x=rng.standard_normal(480) + unit, y=2 * unit + rng.standard_normal(480))
    assert panels.mundlak(frame, "y", ["x"])[2] < 1e-6
    assert panels.mundlak(frame.assign(x=rng.standard_normal(480)), "y", ["x"])[2] > 0.01


def test_quick_t_refuses_what_has_no_slope(firms):
    twice = firms.assign(again=2 * firms["value"])
    with pytest.raises(ValueError, match="^regressors: constant or collinear"):
        panels.first_t(twice, "invest", ["value", "again"])
    with pytest.raises(ValueError, match="^regressors: constant or collinear"):
        panels.first_t(firms.assign(one=1.0), "invest", ["one"])
    with pytest.raises(ValueError, match="^frame: 2 rows"):
        panels.first_t(firms.iloc[:2], "invest", ["value", "capital"])
    fixed = firms.assign(size=firms.groupby(level=0)["capital"].transform("mean"))
    with pytest.raises(ValueError, match="^regressors: constant or collinear"):
        panels.first_t(fixed, "invest", ["size"], within=True)


def test_fits_report_their_size_and_r2(firms):
    other = sm.OLS(firms["invest"], sm.add_constant(firms[["value", "capital"]])).fit()
    found = panels.fit(firms, "invest", ["value", "capital"])
    assert (found.n, found.r2) == (200, pytest.approx(other.rsquared))
    assert found.covariance.loc["value", "capital"] == pytest.approx(
        other.cov_params().loc["value", "capital"], rel=0.02
    )
    two = panels.fit(firms, "invest", ["value", "capital"], "two-way").table["b"]
    dummies = pf.feols("invest ~ value + capital | firm + year", firms.reset_index()).coef()
    assert two[["value", "capital"]].tolist() == pytest.approx(dummies.tolist(), rel=1e-6)


def test_mundlak_is_the_wald_statistic_of_the_means(firms):
    means = firms[["value"]].groupby(level=0).transform("mean").add_prefix("mean ")
    wide = panels.fit(firms.join(means), "invest", ["value", "mean value"], "random", "clustered")
    statistic, df, _ = panels.mundlak(firms, "invest", ["value"])
    assert df == 1 and statistic == pytest.approx(wide.table.loc["mean value", "t"] ** 2)


# --- bilateral panels ------------------------------------------------------------------------------------------------
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
    assert off_diagonal(panels.absorb(x)) == pytest.approx(wanted.to_numpy(), abs=1e-10)
    assert np.linalg.matrix_rank(dummies) == len(frame) - panels.freedom(8, 5)


@settings(max_examples=20, deadline=None)
@given(st.integers(4, 9), st.integers(2, 6), st.integers(0, 10**6))
def test_absorption_is_idempotent_ignores_the_diagonal_and_takes_all_effects(n, years, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2, n, n, years))
    once = panels.absorb(x)
    x[:, range(n), range(n)] = 99.0
    shifted = x + rng.normal(size=(n, n, 1)) + rng.normal(size=(n, 1, years)) + rng.normal(size=(1, n, years))
    assert panels.absorb(once) == pytest.approx(once, abs=1e-10)
    assert panels.absorb(shifted) == pytest.approx(once, abs=1e-9)


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
    b, se = panels.slope(x, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = pf.feols(f"y ~ x {EFFECTS}", frame, vcov=clusters, ssc=pf.ssc(**options))
    assert b == pytest.approx(model.coef()["x"], rel=1e-7)
    scale = np.sqrt(len(frame) / panels.freedom(8, 5)) if kind == "robust" else 1.0
    assert se[kind] == pytest.approx(model.se()["x"] * scale, rel=1e-6)


def test_slope_is_that_of_linearmodels_and_of_statsmodels_with_all_dummies():
    x, y, frame = small(3)
    b, se = panels.slope(x, y)
    absorbed = frame[["ij", "it", "jt"]].astype("category")
    peer = AbsorbingLS(frame["y"], frame[["x"]], absorb=absorbed).fit(cov_type="robust")
    dummies = pd.get_dummies(frame[["ij", "it", "jt"]].astype(str)).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # more dummies than their rank
        plain = sm.OLS(frame["y"], pd.concat([frame["x"], dummies], axis=1)).fit(cov_type="HC0")
    assert b == pytest.approx(peer.params["x"], rel=1e-6) == plain.params["x"]
    size = len(frame) / panels.freedom(8, 5)
    assert se["robust"] == pytest.approx(plain.bse["x"] * np.sqrt(size), rel=1e-6)


def test_dyadic_errors_equal_the_sum_over_related_pairs():
    x, y, frame = small(4, n=6, years=3)
    b, se = panels.slope(x, y)
    xt, e = panels.absorb(x), panels.absorb(y) - b * panels.absorb(x)
    s = (xt * e).sum(axis=-1)
    pairs = [(i, j) for i in range(6) for j in range(6) if i != j]
    meat = sum(s[p] * s[q] for p in pairs for q in pairs if set(p) & set(q))
    assert se["dyadic"] == pytest.approx(np.sqrt(meat * 6 / 5) / (xt**2).sum())


def test_slopes_of_many_panels_are_those_of_each():
    x, y, _ = small(5)
    many, errors = panels.slope(x, np.stack([y, 2 * y]))
    one, error = panels.slope(x, y)
    assert many.tolist() == pytest.approx([one, 2 * one])
    assert all(errors[kind].tolist() == pytest.approx([error[kind], 2 * error[kind]]) for kind in panels.GRAVITY_ERRORS)


def test_rejection_rates_count_draws_and_with_a_known_error_are_normal_tails():
    b, se = np.array([-3.0, 0.5, 1.0, 2.5]), np.ones(4)
    assert panels.rejection_rate(b, se, [0.0, -1.0, 1.0]).tolist() == [0.5, 0.25, 0.75]
    assert panels.rejection_rate(b, se, 0.0, critical=2.75).tolist() == [0.25]
    assert panels.rejection_rate(b, se, [0.0], true_se=1.0) == pytest.approx([0.05], abs=1e-7)
    assert panels.rejection_rate(b, se, [1.0], true_se=1.0) == pytest.approx([0.1685 + 0.0015], abs=1e-4)
    assert panels.rejection_rate(b, se, [0.0], true_se=2.0) == pytest.approx([0.327], abs=1e-3)  # P(|z| > 0.98)


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
    table, (mean, _) = panels.cohort_effects(effect + nuisance, entry)
    assert table["estimate"].to_numpy() == pytest.approx(
        0.1 * (table["year"] - table["cohort"] + 1).to_numpy(), abs=1e-9
    )
    off = ~np.eye(n, dtype=bool)
    truth = effect[active & off[..., None]].mean()
    assert mean == pytest.approx(truth)
    single, _ = panels.slope(active.astype(float), effect + nuisance)
    assert single < 0.8 * truth
    _, (none, error) = panels.cohort_effects(rng.normal(size=(n, n, years)), entry)
    assert abs(none) < 4 * error


def test_cohort_errors_are_those_of_least_squares_with_all_dummies_and_clusters_of_pairs():
    n, years = 7, 4
    rng = np.random.default_rng(2)
    entry = rng.choice([2, 3, years], (n, n))
    y = rng.normal(size=(n, n, years))
    table, (mean, error) = panels.cohort_effects(y, entry)
    i, j, t = (axis.ravel() for axis in np.meshgrid(range(n), range(n), range(years), indexing="ij"))
    frame = pd.DataFrame({"i": i, "j": j, "t": t, "y": y.ravel(), "e": np.repeat(entry.ravel(), years)})[i != j]
    cells = [(2, 2), (2, 3), (3, 3)]
    own = np.column_stack([(frame["e"] == c) & (frame["t"] == s) for c, s in cells]).astype(float)
    sets = [frame["i"] * n + frame["j"], frame["i"] * years + frame["t"], frame["j"] * years + frame["t"]]
    dummies = np.column_stack([pd.get_dummies(s).to_numpy(float) for s in sets])
    rest = lambda v: v - dummies @ np.linalg.lstsq(dummies, v, rcond=None)[0]  # noqa: E731
    options = {"groups": sets[0].to_numpy(), "use_correction": False, "df_correction": False}
    peer = sm.OLS(rest(frame["y"].to_numpy()), rest(own)).fit(cov_type="cluster", cov_kwds=options)
    assert list(zip(table["cohort"], table["year"], strict=True)) == cells
    assert table["estimate"].to_numpy() == pytest.approx(peer.params, abs=1e-8)
    assert table["se"].to_numpy() == pytest.approx(peer.bse, rel=1e-7)
    pairs = [int(((entry == c) & ~np.eye(n, dtype=bool)).sum()) for c, _ in cells]
    assert table["pairs"].tolist() == pairs
    weights = np.array(pairs) / sum(pairs)
    assert mean == pytest.approx(weights @ peer.params)
    assert error == pytest.approx(np.sqrt(weights @ peer.cov_params() @ weights), rel=1e-7)


# --- programmes that start for some ----------------------------------------------------------------------------------
def trial(choice, effect, draws=80):
    found = {method: [] for method in panels.PROGRAMME_METHODS}
    for draw in range(draws):
        p = suppliers.supplier_panel(years=6, choice=choice, effect=effect, seed=draw)
        for method in panels.PROGRAMME_METHODS:
            fit = panels.effect(p.score[p.eligible], p.developed[p.eligible], p.start, method)
            found[method].append((fit.estimate - p.planted, fit.covers(p.planted)))
    return {method: np.mean(values, axis=0) for method, values in found.items()}


@pytest.mark.parametrize("effect", [0.0, -0.6])
@pytest.mark.parametrize(
    ("choice", "right"), [("random", (DIFFERENCE, HELD)), ("lottery", (DIFFERENCE, HELD)), ("worst", (HELD,))]
)
def test_right_methods_recover_what_was_planted_and_find_nothing_where_nothing_is(choice, right, effect):
    found = trial(choice, effect)
    for method in right:
        bias, covered = found[method]
        assert abs(bias) < 0.05 and covered > 0.87, (method, bias, covered)


def test_choosing_the_worst_shows_an_effect_that_is_not_there():
    found = trial("worst", 0.0)
    for method in (BEFORE, DIFFERENCE):
        assert found[method][0] < -0.35 and found[method][1] < 0.05
    assert trial("best", 0.0, 20)[DIFFERENCE][0] > 0.3


def test_difference_in_differences_is_the_two_way_regression_of_pyfixest():
    p = suppliers.supplier_panel(suppliers=60, developed=15, years=6, seed=3)
    y = np.column_stack([p.score[:, p.start - 1], p.score[:, p.start :].mean(axis=1)])
    frame = pd.DataFrame({"y": y.ravel(), "unit": np.repeat(np.arange(60), 2), "post": np.tile([0, 1], 60)})
    frame["d"] = frame["post"] * np.repeat(p.developed.astype(int), 2)
    peer = pf.feols("y ~ d | unit + post", frame).coef()["d"]
    found = panels.effect(p.score, p.developed, p.start, DIFFERENCE)
    assert found.estimate == pytest.approx(peer)
    assert panels.effect(p.score, p.developed, p.start, DIFFERENCE, 3).estimate != found.estimate


def test_event_study_is_zero_in_the_year_before_and_follows_the_effect():
    lines = []
    for draw in range(40):
        p = suppliers.supplier_panel(choice="random", effect=-0.5, seed=draw)
        line = panels.event_study(p.score, p.developed, p.start)
        assert line[p.start - 1] == 0
        lines.append(line)
    assert np.abs(np.mean(lines, axis=0) - p.effect).max() < 0.06


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"y": np.ones(4)}, "y"),
        ({"treated": np.array([True, False])}, "treated"),
        ({"treated": np.array([True, False, False, False])}, "treated"),
        ({"start": 0}, "start"),
        ({"method": "guess"}, "method"),
        ({"baseline": 3}, "baseline"),
    ],
)
def test_a_programme_that_cannot_be_judged_is_refused_by_name(change, name):
    good = {
        "y": np.arange(12.0).reshape(4, 3),
        "treated": np.array([True, True, False, False]),
        "start": 1,
        "method": DIFFERENCE,
    }
    with pytest.raises(ValueError, match=rf"^{name}: "):
        panels.effect(**(good | change))


def test_effects_report_the_errors_of_their_regressions():
    rng = np.random.default_rng(3)
    y, d = rng.normal(size=(30, 4)), np.arange(30) < 12
    change = y[:, 2:].mean(axis=1) - y[:, 1]
    before = panels.effect(y, d, 2, BEFORE)
    own = sm.OLS(change[d], np.ones(12)).fit()
    assert (before.estimate, before.error, before.df) == (pytest.approx(own.params[0]), pytest.approx(own.bse[0]), 11)
    assert before.interval() == pytest.approx(tuple(own.conf_int()[0]))
    peer = sm.OLS(change, sm.add_constant(d.astype(float))).fit(cov_type="HC2")
    found = panels.effect(y, d, 2, DIFFERENCE)
    assert (found.estimate, found.error, found.df) == (pytest.approx(peer.params[1]), pytest.approx(peer.bse[1]), 28)
    held = panels.effect(y, d, 2, HELD)
    last = y[:, 1] - y[:, 1].mean()
    peer = sm.OLS(y[:, 2:].mean(axis=1), np.column_stack([np.ones(30), d, last, last**2])).fit(cov_type="HC2")
    assert (held.estimate, held.error, held.df) == (pytest.approx(peer.params[1]), pytest.approx(peer.bse[1]), 26)
    assert panels.event_study(y, d, 2)[3] == pytest.approx(
        np.diff(y[~d].mean(axis=0)[[3, 1]])[0] - np.diff(y[d].mean(axis=0)[[3, 1]])[0]
    )


# --- dynamic panels --------------------------------------------------------------------------------------------------
def test_within_is_least_squares_with_dummies_clustered_by_unit():
    debt, balance = panels.reaction_panel(12, 9, 0.1, np.random.default_rng(3))
    units, years = np.indices(debt.shape)
    design = np.column_stack(
        [debt.ravel(), *(units.ravel() == i for i in range(12)), *(years.ravel() == t for t in range(1, 9))]
    ).astype(float)
    clusters = {"groups": units.ravel(), "use_correction": False}
    peer = sm.OLS(balance.ravel(), design).fit(cov_type="cluster", cov_kwds=clusters)
    result = panels.reaction(debt, balance)
    assert result.estimate == pytest.approx(peer.params[0], rel=1e-8)
    assert result.error == pytest.approx(peer.bse[0] * np.sqrt(12 / 11), rel=1e-8)


def test_difference_is_two_stage_least_squares():
    debt, balance = panels.reaction_panel(15, 8, 0.2, np.random.default_rng(4))
    d, y = (np.diff(series, axis=1) - np.diff(series, axis=1).mean(axis=0) for series in (debt, balance))
    z = debt[:, :-1] - debt[:, :-1].mean(axis=0)
    fitted = z * (z * d).sum() / (z * z).sum()
    expected = (fitted * y).sum() / (fitted * d).sum()
    assert panels.reaction(debt, balance, "difference").estimate == pytest.approx(expected, rel=1e-10)


def estimates(method, truth, draws=200, units=100, years=30, **options):
    results = []
    for seed in range(draws):
        debt, balance = panels.reaction_panel(units, years, truth, np.random.default_rng(seed), **options)
        results.append(panels.reaction(debt, balance, method))
    return results


def test_a_planted_reaction_is_recovered_and_none_is_found_where_none_is():
    planted = estimates("difference", 0.2, factor=0.99, spread=0.003)
    assert np.median([result.estimate for result in planted]) == pytest.approx(0.2, abs=0.02)
    covered = np.mean([not result.rejects(0.2) for result in planted])
    assert covered > 0.9
    nothing = estimates("difference", 0.0, factor=0.99)
    assert np.mean([result.rejects() for result in nothing]) < 0.1
    assert np.median([result.estimate for result in nothing]) == pytest.approx(0.0, abs=0.01)


def test_with_many_years_within_recovers_the_truth_and_with_few_it_invents_one():
    long = estimates("within", 0.2, draws=10, years=400, factor=0.99)
    assert np.mean([result.estimate for result in long]) == pytest.approx(0.2, abs=0.012)
    short = estimates("within", 0.0, draws=40, units=31, years=10, factor=0.99)
    assert np.mean([result.rejects() for result in short]) > 0.5
    assert np.mean([result.estimate for result in short]) > 0.03


def test_the_jackknife_reduces_the_bias():
    options = {"draws": 60, "units": 100, "years": 20, "factor": 0.99, "burn": 200}
    within = np.mean([result.estimate for result in estimates("within", 0.2, **options)])
    corrected = np.mean([result.estimate for result in estimates("jackknife", 0.2, **options)])
    assert abs(corrected - 0.2) < 0.5 * abs(within - 0.2)


@pytest.mark.parametrize("truth", [0.0, 0.1])
def test_indirect_inference_undoes_the_bias_of_short_panels(truth):
    def simulate(coefficient, generator):
        return panels.reaction_panel(80, 9, coefficient, generator, burn=0, spread=0.0)

    found = []
    for seed in range(12):
        naive = panels.reaction(*simulate(truth, np.random.default_rng(1000 + seed))).estimate
        found.append(panels.indirect(naive, simulate, np.linspace(-0.2, 0.4, 13), 30, seed=1))
        assert naive > found[-1].estimate
    assert np.mean([result.estimate for result in found]) == pytest.approx(truth, abs=0.03)
    assert np.mean([result.low <= truth <= result.high for result in found]) >= 0.75


def test_the_jackknife_is_twice_the_whole_less_the_mean_of_the_halves():
    debt, balance = panels.reaction_panel(20, 7, 0.1, np.random.default_rng(6))
    whole = panels.reaction(debt, balance)
    halves = [panels.reaction(debt[:, part], balance[:, part]).estimate for part in (slice(0, 3), slice(4, 7))]
    found = panels.reaction(debt, balance, "jackknife")
    assert found.estimate == pytest.approx(2 * whole.estimate - np.mean(halves)) and found.error == whole.error
    assert (found.units, found.years, found.method) == (20, 7, "jackknife")


def test_pooled_reaction_is_least_squares_clustered_by_unit():
    debt, balance = panels.reaction_panel(12, 9, 0.1, np.random.default_rng(3))
    clusters = {"groups": np.indices(debt.shape)[0].ravel(), "use_correction": False}
    peer = sm.OLS(balance.ravel(), sm.add_constant(debt.ravel())).fit(cov_type="cluster", cov_kwds=clusters)
    found = panels.reaction(debt, balance, "pooled")
    assert found.estimate == pytest.approx(peer.params[1], rel=1e-8)
    assert found.error == pytest.approx(peer.bse[1] * np.sqrt(12 / 11), rel=1e-8)


def test_a_government_added_up_by_hand():
    generator = np.random.default_rng(8)
    debt, balance = panels.reaction_panel(2, 3, 0.2, generator, factor=1.1, noise=0.01, spread=0.05, burn=0)
    again = np.random.default_rng(8)
    effect, shock = again.normal(0, 0.05, 2), again.normal(0, 0.01, (2, 3))
    first = effect[0] + shock[0, 0]
    second = 0.2 * -first + effect[0] + shock[0, 1]
    assert debt[0].tolist() == pytest.approx([0, -first, 1.1 * -first - second])
    assert balance[0, :2].tolist() == pytest.approx([first, second])


# --- bad input -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: panels.fit(noise_panel(0), "y", ["nothing"]), "frame: has no column 'nothing'"),
        (lambda: panels.fit(noise_panel(0), "y", ["x"], "best"), "method"),
        (lambda: panels.fit(noise_panel(0), "y", ["x"], errors="best"), "errors"),
        (lambda: panels.fit(noise_panel(0).reset_index(drop=True), "y", ["x"]), "frame: an index"),
        (lambda: panels.fit(noise_panel(0).replace({"x": {noise_panel(0)["x"].iloc[0]: np.nan}}), "y", ["x"]), "frame"),
        (lambda: panels.absorb(np.ones((3, 4, 5))), "values"),
        (lambda: panels.absorb(np.full((5, 5, 3), np.nan)), "values"),
        (lambda: panels.slope(np.ones((5, 5, 3)), np.ones((5, 5, 3))), "x"),
        (lambda: panels.slope(np.ones((5, 5, 3)), np.ones((5, 5, 2))), "y"),
        (lambda: panels.cohort_effects(np.ones((5, 5, 3)), np.full((5, 5), 9)), "entry"),
        (lambda: panels.cohort_effects(np.ones((5, 5, 3)), np.full((5, 5), 3)), "entry"),
        (lambda: panels.rejection_rate([1.0], [1.0], 0.0, true_se=0.0), "true_se"),
        (lambda: panels.rejection_rate([], [], 0.0), "b"),
        (lambda: panels.rejection_rate([1.0, np.nan], [1.0, 1.0], 0.0), "b"),
        (lambda: panels.rejection_rate([1.0], [np.nan], 0.0), "se"),
        (lambda: panels.rejection_rate([1.0], [1.0, 1.0], 0.0), "se"),
        (lambda: panels.rejection_rate([1.0], [1.0], np.nan), "effect"),
        (lambda: panels.reaction(np.zeros((4, 5)), np.zeros((4, 5))), "debt"),
        (lambda: panels.reaction(np.zeros((4, 5)), np.zeros((4, 6))), "balance"),
        (lambda: panels.reaction(np.ones((4, 5)), np.ones((4, 5)), "magic"), "method"),
        (lambda: panels.indirect(9.0, lambda k, g: panels.reaction_panel(5, 5, k, g), [0, 0.1], 20, 1), "estimate"),
        (lambda: panels.indirect(0.0, lambda k, g: panels.reaction_panel(5, 5, k, g), [0.1, 0], 20, 1), "truths"),
        (lambda: panels.reaction_panel(0, 5, 0, np.random.default_rng(1)), "units"),
        (lambda: panels.reaction_panel(5, 5, np.nan, np.random.default_rng(1)), "coefficient"),
    ],
)
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=f"^{name}"):
        call()
