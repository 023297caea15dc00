"""Forecasts from a few points: statsmodels, exact growth, coverage on known truth, a ceiling that is found or not."""

import numpy as np
import pytest
import statsmodels.api as sm

from replica.models import trend


def test_line_is_statsmodels_prediction():
    t, y = np.array([2011.0, 2013, 2016, 2019]), np.array([130.0, 270, 700, 1440])
    fit = sm.OLS(np.log(y), sm.add_constant(t - 2011)).fit()
    row = fit.get_prediction([[1.0, 12.0]]).summary_frame(alpha=0.05)
    low, middle, high = trend.line(t, y, 2023).value
    assert np.allclose(np.log([low, middle, high]), row[["obs_ci_lower", "mean", "obs_ci_upper"]].to_numpy()[0])
    assert np.allclose(np.log1p(np.array(trend.line(t, y, 2023).growth) / 100)[[0, 2]], fit.conf_int()[1])


def test_exact_growth_has_no_width():
    t = [0, 2, 3, 7]
    for model in (trend.line, trend.walk):
        found = model(t, 5 * 1.2 ** np.array(t), at=10)
        assert np.allclose(found.growth, 20) and np.allclose(found.value, 5 * 1.2**10)


def test_each_interval_covers_on_its_own_truth_and_the_line_fails_on_a_walk():
    rng, t = np.random.default_rng(0), np.array([0.0, 1, 4, 5])
    inside = {"line on line": 0, "walk on walk": 0, "line on walk": 0}
    n = 800
    for _ in range(n):
        noise = rng.normal(0, 0.1, 5)
        straight = 0.2 * np.append(t, 8.0) + noise
        gaps = np.diff(np.append(t, 8.0))
        walked = np.concatenate([[0], np.cumsum(rng.normal(0.2 * gaps, 0.1 * np.sqrt(gaps)))])
        for name, model, path in (("line on line", trend.line, straight), ("walk on walk", trend.walk, walked),
                                  ("line on walk", trend.line, walked)):  # fmt: skip
            low, _, high = model(t, np.exp(path[:4]), 8.0).value
            inside[name] += low <= np.exp(path[4]) <= high
    assert abs(inside["line on line"] / n - 0.95) < 0.03 and abs(inside["walk on walk"] / n - 0.95) < 0.03
    assert inside["line on walk"] / n < 0.92


def test_a_planted_ceiling_is_found_from_a_whole_curve_and_not_from_its_start():
    t = np.arange(12.0)
    curve = 100 / (1 + np.exp(-(t - 6)))
    ceilings = np.array([100.5, 110, 200, 1000, 1e5])
    misfit, _ = trend.logistic_profile(t, np.minimum(curve, 100.2), ceilings, 15)
    assert np.argmin(misfit) == 0
    early, ahead = trend.logistic_profile(t[:4], curve[:4], ceilings, 15)
    assert np.ptp(early) < 0.02 and ahead[-1] / ahead[0] > 50


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: trend.line([1, 2], [1, 2], 3), "years"),
        (lambda: trend.line([1, 1, 2], [1, 2, 3], 3), "years"),
        (lambda: trend.walk([1, 2, 3], [1, 0, 3], 4), "values"),
        (lambda: trend.walk([1, 2, 3], [1, 2, 3], 3), "at"),
        (lambda: trend.logistic_profile([1, 2, 3], [1, 2, 3], [2.5], 4), "ceilings"),
    ],
)
def test_bad_input_is_named(call, word):
    with pytest.raises(ValueError, match=word):
        call()
