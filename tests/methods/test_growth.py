"""Growth curves against closed forms, planted truth, and the interval that must be open."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import solve_ivp

from replica.methods import growth

DATES = np.array([1.0, 2, 4, 5, 6, 7, 8])
THETA = {
    "logistic": np.log([6000.0, 1.0, 90.0]),
    "gompertz": np.log([9000.0, 0.4, 90.0]),
    "bass": np.log([8000.0, 70.0, 0.8]),
}


def noisy(model, seed, sigma=0.08, dates=DATES):
    truth = growth.curve(model, THETA[model], dates, dates[0])
    return np.exp(truth + np.random.default_rng(seed).normal(0, sigma, dates.size))


@pytest.mark.parametrize("model", THETA)
def test_curves_start_and_end_where_they_should(model):
    late = growth.curve(model, THETA[model], np.array([200.0]), 1.0)
    assert late[0] == pytest.approx(THETA[model][0])
    if model != "bass":
        assert growth.curve(model, THETA[model], np.array([1.0]), 1.0)[0] == pytest.approx(np.log(90))


def test_the_bass_curve_solves_its_differential_equation():
    m, p, q = 8000.0, 70 / 8000, 0.8
    solved = solve_ivp(lambda t, n: (p + q * n / m) * (m - n), (0, 8), [0.0], t_eval=DATES, rtol=1e-10, atol=1e-8).y[0]
    assert np.exp(growth.curve("bass", THETA["bass"], DATES, 1.0)) == pytest.approx(solved, rel=1e-7)


def test_the_logistic_and_gompertz_curves_solve_theirs():
    slope = {"logistic": lambda n: 1.0 * (1 - n / 6000), "gompertz": lambda n: 0.4 * np.log(9000 / n)}
    for model, rate in slope.items():
        solved = solve_ivp(lambda t, n, f=rate: n * f(n), (1, 8), [90.0], t_eval=DATES, rtol=1e-10, atol=1e-8).y[0]
        assert np.exp(growth.curve(model, THETA[model], DATES, 1.0)) == pytest.approx(solved, rel=1e-7)


@pytest.mark.parametrize("model", THETA)
def test_without_noise_the_parameters_come_back(model):
    found = growth.fit(DATES, np.exp(growth.curve(model, THETA[model], DATES, 1.0)), model)
    assert found.theta == pytest.approx(THETA[model], abs=1e-3)


@pytest.mark.parametrize("model", ["logistic", "gompertz"])
def test_a_high_ceiling_is_an_exponential(model):
    g = 0.5
    speed = g if model == "logistic" else g / (np.log(1e300) - np.log(90))
    found = growth.curve(model, [np.log(1e300), np.log(speed), np.log(90)], DATES, 1.0)
    assert found == pytest.approx(np.log(90) + g * (DATES - 1), abs=0.02)


@pytest.mark.parametrize("model", THETA)
def test_the_profile_interval_holds_a_planted_ceiling_in_most_samples(model):
    inside = []
    for seed in range(24):
        found = growth.fit(DATES, noisy(model, seed), model)
        inside.append(growth.allows(found, float(np.exp(THETA[model][0]))))
    assert np.mean(inside) >= 0.85


def test_exponential_counts_leave_the_ceiling_open():
    opened = []
    for seed in range(30):
        y = 90 * np.exp(0.6 * (DATES - 1) + np.random.default_rng(seed).normal(0, 0.08, DATES.size))
        opened.append(growth.allows(growth.fit(DATES, y, "logistic"), np.inf))
    assert np.mean(opened) >= 0.8


@pytest.mark.parametrize("model", THETA)
def test_profiles_are_lowest_at_the_fit_and_agree_with_the_open_end(model):
    found = growth.fit(DATES, noisy(model, 3), model)
    ceiling = growth.profile(found)
    assert ceiling.low < found.ceiling < ceiling.high
    assert np.isinf(ceiling.high) == growth.allows(found, np.inf)
    for end in (ceiling.low, ceiling.high):
        if np.isfinite(end):
            assert growth.with_ceiling(found, end).rss == pytest.approx(found.cutoff(), rel=0.02)
    at = growth.profile(found, at=11.0)
    assert at.low < found.predict([11.0])[0] < at.high
    for end in (at.low, at.high):  # the ends lie on the cutoff
        _, rss, _ = growth._minimise(model, found.t, found.y, [found.theta], at=11.0, value=np.log(end))
        assert rss == pytest.approx(found.cutoff(), rel=0.02)


def test_with_many_counts_the_profile_is_the_symmetric_interval():
    dates = np.linspace(1, 14, 60)
    found = growth.fit(dates, noisy("logistic", 5, 0.02, dates), "logistic")
    interval = growth.profile(found)
    step = 1e-5
    up, down = (growth.curve("logistic", found.theta + sign * step * np.eye(3), dates, 1.0) for sign in (1, -1))
    jacobian = ((up - down) / (2 * step)).T
    se = found.sigma * np.sqrt(np.linalg.inv(jacobian.T @ jacobian)[0, 0])
    ends = np.log([interval.low, interval.high])
    assert ends == pytest.approx(found.theta[0] + 2.0025 * se * np.array([-1, 1]), abs=0.1 * se)


def test_with_a_ceiling_held_the_rest_is_a_regression_of_the_logit():
    """Counts on a logistic curve with K = 6000: held there nothing is left, held elsewhere a grid finds no less."""
    y = noisy("logistic", 4)
    found = growth.fit(DATES, y)
    exact = growth.fit(DATES, np.exp(growth.curve("logistic", THETA["logistic"], DATES, 1.0)))
    assert growth.with_ceiling(exact, 6000.0).rss < 1e-9 and found.converged and found.boundary == ()
    held = growth.with_ceiling(found, 20_000.0)
    speed, start = np.meshgrid(np.linspace(-1.5, 0.5, 201), np.linspace(3.5, 5.5, 201), indexing="ij")
    grid = np.stack([np.full(speed.shape, np.log(20_000)), speed, start], axis=-1)
    sums = ((growth.curve("logistic", grid, DATES, 1.0) - np.log(y)) ** 2).sum(axis=-1)
    assert held.rss <= sums.min() and held.rss == pytest.approx(sums.min(), rel=0.02)
    assert held.predict([30.0])[0] == pytest.approx(20_000, rel=1e-3)


def test_a_fit_without_an_end_says_so():
    y = 90 * np.exp(0.6 * (DATES - 1) + 0.05 * (DATES - 4) ** 2 / 9)  # faster than an exponential
    found = growth.fit(DATES, y)
    assert found.ceiling == np.inf and "ceiling" in found.boundary


@pytest.mark.parametrize("model", THETA)
@given(st.floats(1.05, 50), st.floats(-2, 0.5))
@settings(max_examples=25, deadline=None)
def test_a_curve_can_be_led_through_a_point(model, multiple, log_speed):
    value = np.log(5000.0)
    part = np.array([value + np.log(multiple), log_speed])
    theta = growth._through(model, part, 11.0, value, 1.0)
    reached = growth.curve(model, theta, np.array([11.0]), 1.0)[0]
    possible = model != "bass" or (1 - np.exp(-np.exp(log_speed) * 11)) * multiple > 1
    assert reached == pytest.approx(value, abs=1e-5) or not possible


def test_resamples_spread_around_the_fit_as_errors_do():
    dates = np.linspace(1, 14, 30)
    found = growth.fit(dates, noisy("logistic", 6, 0.05, dates), "logistic")
    drawn = growth.bootstrap(found, 60, np.random.default_rng(1))
    interval = growth.profile(found)
    assert np.median(drawn[:, 0]) == pytest.approx(found.theta[0], abs=0.03)
    width = 4 * drawn[:, 0].std()
    assert width == pytest.approx(np.log(interval.high / interval.low), rel=0.3)


def test_line_is_the_prediction_interval_of_the_textbook():
    t, y = np.array([2011.0, 2013, 2016, 2019]), np.array([130.0, 270, 700, 1440])
    logs, c = np.log(y), t - t.mean()
    slope, q = c @ logs / (c @ c), stats.t.ppf(0.95, 2)
    s2 = np.sum((logs - logs.mean() - slope * c) ** 2) / 2
    ahead, sides = 2023 - t.mean(), np.array([-1, 0, 1])
    found = growth.line(t, y, 2023, level=0.9)
    sd = np.sqrt(s2 * (1 + 1 / 4 + ahead**2 / (c @ c)))
    assert np.log(found.value) == pytest.approx(logs.mean() + slope * ahead + sides * q * sd)
    assert np.log1p(np.array(found.growth) / 100) == pytest.approx(slope + sides * q * np.sqrt(s2 / (c @ c)))


def test_exact_growth_has_no_width():
    t = [0, 2, 3, 7]
    for model in (growth.line, growth.walk):
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
        for name, model, path in (("line on line", growth.line, straight), ("walk on walk", growth.walk, walked),
                                  ("line on walk", growth.line, walked)):  # fmt: skip
            low, _, high = model(t, np.exp(path[:4]), 8.0).value
            inside[name] += low <= np.exp(path[4]) <= high
    assert abs(inside["line on line"] / n - 0.95) < 0.03 and abs(inside["walk on walk"] / n - 0.95) < 0.03
    assert inside["line on walk"] / n < 0.92


def test_the_rate_of_a_walk_covers_its_drift():
    rng, gaps = np.random.default_rng(1), np.array([1.0, 3.0, 1.0])
    t, inside = np.append(0.0, np.cumsum(gaps)), 0
    for _ in range(600):
        path = np.append(0.0, np.cumsum(rng.normal(0.2 * gaps, 0.1 * np.sqrt(gaps))))
        low, _, high = growth.walk(t, np.exp(path), 6.0).growth
        inside += low <= 100 * np.expm1(0.2) <= high
    assert abs(inside / 600 - 0.95) < 0.03


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: growth.fit([1, 2, 2], [1, 2, 3]), "t"),
        (lambda: growth.fit([1, 2, 3], [1, 2]), "y"),
        (lambda: growth.fit([1, 2, 3], [1, 0, 3]), "y"),
        (lambda: growth.fit([1, 2, 3], [1, np.nan, 3]), "y"),
        (lambda: growth.fit([1, 2], [1, 2]), "t"),
        (lambda: growth.fit([0, 1, 2, 3], [1, 2, 3, 4], "bass"), "t"),
        (lambda: growth.fit([1, 2, 3], [1, 2, 3], "richards"), "model"),
        (lambda: growth.fit([1, 2, 3], [1, 2, 3]).cutoff(), "t"),
        (lambda: growth.fit(DATES, DATES).cutoff(2), "level"),
        (lambda: growth.profile(growth.fit(DATES, DATES), at=np.nan), "at"),
        (lambda: growth.profile(growth.fit(DATES, DATES, "exponential")), "fitted"),
        (lambda: growth.bootstrap(growth.fit(DATES, DATES), 0, np.random.default_rng(1)), "n"),
        (lambda: growth.bootstrap(growth.fit([1, 2, 3], [1, 2, 3]), 5, np.random.default_rng(1)), "t"),
        (lambda: growth.allows(growth.fit(DATES, DATES), 0.0), "ceiling"),
        (lambda: growth.curve("logistic", [1.0, np.nan, 1.0], DATES, 1.0), "theta"),
        (lambda: growth.curve("logistic", [1.0, 1.0], DATES, 1.0), "theta"),
        (lambda: growth.curve("bass", [1.0, 1.0, 1.0], [0.0, 1.0], 1.0), "t"),
        (lambda: growth.bootstrap(growth.fit(DATES, DATES), 2.5, np.random.default_rng(1)), "n"),
        (lambda: growth.line([1, 2], [1, 2], 3), "t"),
        (lambda: growth.line([1, 1, 2], [1, 2, 3], 3), "t"),
        (lambda: growth.line([1, 2, 3], [1, 2, 3], 3, level=2), "level"),
        (lambda: growth.walk([1, 2, 3], [1, 0, 3], 4), "y"),
        (lambda: growth.walk([1, 2, 3], [1, 2, 3], 3), "at"),
        (lambda: growth.allows(growth.fit(DATES, DATES, "exponential"), np.inf), "fitted"),
    ],
)
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
