"""Measures against scikit-learn and against each other; splits; what a random split lets through."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error, r2_score

from replica.models import forecast


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
@given(st.integers(0, 2**32 - 1))
def test_rank_trends_of_the_two_are_opposite(seed):
    rng = np.random.default_rng(seed)
    y, path = rng.lognormal(size=12), rng.lognormal(size=(9, 12))
    assert forecast.trend(forecast.r_squared(y, path)) == pytest.approx(-forecast.trend(forecast.cvrmse(y, path)))


@settings(deadline=None)
@given(loads, loads)
def test_three_parts_make_the_mean_square_error(y, p):
    assert np.isclose(sum(forecast.error_parts(y, p).values()), mean_squared_error(y, p), rtol=1e-8, atol=1e-9)


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


def test_squared_correlation_ignores_bias_where_r_squared_does_not():
    y = np.array([1.0, 2.0, 3.0, 4.0])
    assert forecast.squared_correlation(y, y + 5) == pytest.approx(1.0)
    assert forecast.r_squared(y, y + 5) < 0
    assert forecast.squared_correlation(y, np.full(4, 2.0)) == 0
    rng = np.random.default_rng(1)
    y, p = rng.normal(size=30), rng.normal(size=(3, 30))
    assert forecast.squared_correlation(y, p) == pytest.approx([np.corrcoef(y, row)[0, 1] ** 2 for row in p])


def test_trend_at_its_ends_and_of_a_constant():
    assert forecast.trend(np.arange(5)) == pytest.approx(1) and forecast.trend(-np.arange(5)) == pytest.approx(-1)
    assert forecast.trend(np.ones(5)) == 0


def test_stopping_picks_a_round_per_column_and_never_beats_the_best():
    rng = np.random.default_rng(6)
    path, guide = rng.normal(size=(20, 3, 4)), rng.normal(size=(20, 3, 4))
    picked = forecast.stopped(path, guide)
    assert picked[1, 2] == path[guide[:, 1, 2].argmin(), 1, 2]
    assert (picked >= path.min(axis=0)).all() and np.array_equal(forecast.stopped(path, path), path.min(axis=0))


def test_roughness_of_a_fall_and_of_a_climb():
    assert forecast.roughness(np.column_stack([np.arange(5), -np.arange(5)])).tolist() == [1.0, 0.0]


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


def test_min_max_goes_there_and_back():
    data = np.random.default_rng(2).normal(size=(20, 3))
    scale = forecast.MinMax(data, -1, 1)
    assert np.allclose(scale(data).min(axis=0), -1) and np.allclose(scale(data).max(axis=0), 1)
    assert np.allclose(scale.back(scale(data)), data)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: forecast.r_squared(np.ones(3), np.ones(3)), "constant"),
        (lambda: forecast.r_squared(np.arange(3.0), np.ones(4)), "predicted"),
        (lambda: forecast.r_squared(np.array([1.0, np.nan]), np.ones(2)), "observed"),
        (lambda: forecast.r_squared(np.array([1.0]), np.ones(1)), "observed"),
        (lambda: forecast.cvrmse(np.array([-1.0, 0.5]), np.ones(2)), "mean"),
        (lambda: forecast.split(100, shares=(0.7, 0.2, 0.2)), "shares"),
        (lambda: forecast.split(100, order="shuffled"), "order"),
        (lambda: forecast.split(3), "n:"),
        (lambda: forecast.walk_forward(10, 0, 2), "first"),
        (lambda: forecast.persistence(np.arange(5.0), np.array([1, 3]), 2), "lag"),
        (lambda: forecast.MinMax(np.array([[522.0], [522.0]])), "constant"),
        (lambda: forecast.MinMax(np.arange(4.0), 1, 1), "low"),
        (lambda: forecast.trend(np.array([1.0])), "path"),
        (lambda: forecast.roughness(np.array([1.0])), "path"),
        (lambda: forecast.stopped(np.ones((3, 2)), np.ones(3)), "guide"),
    ],
)
def test_bad_input_is_refused(call, name):
    with pytest.raises(ValueError, match=name):
        call()
