"""Measures against scikit-learn and against each other; splits; what a random split lets through."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error, r2_score
from sklearn.model_selection import TimeSeriesSplit

from replica.methods import forecast


def apart(r2):
    """No two values so close that rounding could tie them."""
    return np.diff(np.sort(r2)).min() > 1e-9 * (1 + np.abs(r2).max())


loads = arrays.arrays(float, 12, elements=st.floats(0.1, 100.0))


@settings(deadline=None)
@given(loads, loads)
def test_cvrmse_is_a_function_of_r_squared_on_one_set(y, p):
    assume(np.ptp(y) > 1e-3)
    r2, cv = forecast.r_squared(y, p), forecast.cvrmse(y, p)
    assert np.isclose(cv**2, (1 - r2) * (100 * y.std() / y.mean()) ** 2, rtol=1e-8)


@settings(deadline=None)
@given(loads, loads, loads)
def test_one_rises_exactly_when_the_other_falls(y, p, q):
    assume(np.ptp(y) > 1e-3 and apart(forecast.r_squared(y, np.stack([p, q]))))
    better = forecast.r_squared(y, p) > forecast.r_squared(y, q)
    assert (forecast.cvrmse(y, p) < forecast.cvrmse(y, q)) == better


@settings(deadline=None)
@given(loads, loads)
def test_three_parts_make_the_mean_square_error(y, p):
    parts = forecast.error_parts(y, p)
    assert np.isclose(sum(parts.values()), mean_squared_error(y, p), rtol=1e-8, atol=1e-9)
    assert np.isclose(parts["bias"], (p.mean() - y.mean()) ** 2) and np.isclose(
        parts["spread"], (p.std() - y.std()) ** 2
    )


@settings(deadline=None)
@given(loads, loads)
def test_measures_agree_with_scikit_learn(y, p):
    assume(np.ptp(y) > 1e-3)
    assert forecast.r_squared(y, p) == pytest.approx(r2_score(y, p))
    assert forecast.cvrmse(y, p) == pytest.approx(100 * mean_squared_error(y, p) ** 0.5 / y.mean())
    assert forecast.nmbe(y, p) == pytest.approx(100 * (y - p).mean() / y.mean())


@settings(deadline=None)
@given(loads, loads, st.floats(0.1, 10), st.floats(0.0, 50.0))
def test_r_squared_does_not_see_the_unit_but_cvrmse_sees_the_origin(y, p, scale, shift):
    assume(np.ptp(y) > 1e-3)
    moved = forecast.cvrmse(scale * y + shift, scale * p + shift)
    assert forecast.r_squared(scale * y + shift, scale * p + shift) == pytest.approx(forecast.r_squared(y, p), abs=1e-6)
    assert moved == pytest.approx(forecast.cvrmse(y, p) * scale * y.mean() / (scale * y.mean() + shift))


@pytest.mark.parametrize("order", ["time", "blocks", "random"])
def test_split_uses_every_row_once(order):
    parts = forecast.split(744, order=order, seed=4)
    assert sorted(np.concatenate(parts)) == list(range(744))
    assert [len(p) for p in parts] == [521, 111, 112]


def test_a_split_in_time_never_trains_on_the_future():
    train, validation, test = forecast.split(100)
    assert train.max() < validation.min() and validation.max() < test.min()
    for past, ahead in forecast.walk_forward(50, 20, 7):
        assert past.max() < ahead.min()
    assert sum(len(ahead) for _, ahead in forecast.walk_forward(50, 20, 7)) == 30
    for (past, ahead), (known, tested) in zip(
        forecast.walk_forward(50, 20, 6), TimeSeriesSplit(5, test_size=6).split(np.ones(50)), strict=True
    ):
        assert np.array_equal(past, known) and np.array_equal(ahead, tested)


def test_blocks_stay_whole_but_for_the_two_at_the_cuts():
    train, validation, test = forecast.split(720, order="blocks", seed=2)
    touched = [set(part // 24) for part in (train, validation, test)]
    shared = len(touched[0] & touched[1]) + len(touched[1] & touched[2]) + len(touched[0] & touched[2])
    assert shared <= 2
    assert len(forecast.split(720, order="random", seed=2)[2]) == 108
    with pytest.raises(ValueError, match="block"):
        forecast.split(720, order="blocks", block=0)


def test_random_rows_find_a_relation_that_is_not_there_and_whole_stretches_do_not():
    rng = np.random.default_rng(5)
    model = GradientBoostingRegressor(random_state=0)
    at_random, in_time = [], []
    for _ in range(8):
        x, y = rng.normal(size=(600, 2)).cumsum(axis=0), 60 + rng.normal(size=600).cumsum()
        train, _, test = forecast.split(600)
        nothing = forecast.cvrmse(y[test], np.full(len(test), y[train].mean()))
        in_time.append(forecast.held_out(model, x, y, "time", [1]) / nothing)
        at_random.append(forecast.held_out(model, x, y, "random", [1, 2]) / (100 * y.std() / y.mean()))
    assert np.median(at_random) < 0.7
    assert np.median(in_time) > 0.9


def test_held_out_is_the_mean_over_the_splits_it_names():
    rng = np.random.default_rng(8)
    x = rng.normal(size=(200, 2))
    y = 5 + x @ [1.0, 0.5] + rng.normal(size=200)
    expected = []
    for seed in (3, 4):
        train, _, test = forecast.split(200, order="blocks", seed=seed)
        line = LinearRegression().fit(x[train], y[train])
        expected.append(100 * mean_squared_error(y[test], line.predict(x[test])) ** 0.5 / y[test].mean())
    assert forecast.held_out(LinearRegression(), x, y, "blocks", [3, 4]) == pytest.approx(np.mean(expected))
    with pytest.raises(ValueError, match="seeds"):
        forecast.held_out(LinearRegression(), x, y, "random", [])


def test_persistence_is_the_shifted_series():
    series = np.arange(10.0)
    assert list(forecast.persistence(series, np.array([4, 9]), 3)) == [1.0, 6.0]
    daily = np.tile(np.arange(1.0, 25.0), 3)
    assert forecast.r_squared(daily[24:], forecast.persistence(daily, np.arange(24, 72), 24)) == 1


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: forecast.r_squared(np.ones(3), np.ones(3)), "observed"),
        (lambda: forecast.r_squared(np.arange(3.0), np.ones(4)), "predicted"),
        (lambda: forecast.r_squared(np.array([1.0, np.nan]), np.ones(2)), "observed"),
        (lambda: forecast.r_squared(np.array([1.0]), np.ones(1)), "observed"),
        (lambda: forecast.cvrmse(np.array([-1.0, 0.5]), np.ones(2)), "observed"),
        (lambda: forecast.split(100, shares=(0.7, 0.2, 0.2)), "shares"),
        (lambda: forecast.split(100, order="shuffled"), "order"),
        (lambda: forecast.split(3), "shares"),
        (lambda: forecast.walk_forward(10, 0, 2), "first"),
        (lambda: forecast.persistence(np.arange(5.0), np.array([1, 3]), 2), "lag"),
        (lambda: forecast.walk_forward(10, 2, 0), "step"),
        (lambda: forecast.persistence(np.arange(5.0), np.array([3.0]), 1), "rows"),
        (lambda: forecast.persistence(np.arange(5.0), np.array([5]), 1), "rows"),
        (lambda: forecast.error_parts(np.arange(3.0), np.array([1.0, np.inf, 0.0])), "predicted"),
        (lambda: forecast.nmbe(np.array([-1.0, 1.0]), np.ones(2)), "observed"),
    ],
)
def test_bad_input_is_refused(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
