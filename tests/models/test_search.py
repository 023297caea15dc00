"""Search and reading: closed forms, dynamic programming, and drawn contents."""

import numpy as np
import pytest
from scipy import stats

from replica.models import search


def test_reservation_values_solve_their_equation():
    rng = np.random.default_rng(1)
    mean, sd, cost = rng.normal(size=200), rng.uniform(0.1, 5, 200), np.exp(rng.uniform(-12, 3, 200))
    r = search.reservation(mean, sd, cost)
    z = (r - mean) / sd
    assert np.allclose(sd * (stats.norm.pdf(z) - z * stats.norm.sf(z)), cost, rtol=1e-8)


def test_pandoras_payoff_is_the_expected_largest_capped_value():
    rng = np.random.default_rng(2)
    mean, sd, cost = rng.uniform(-1, 1, 6), rng.uniform(0.5, 1.5, 6), rng.uniform(0.02, 0.3, 6)
    reserve = search.reservation(mean, sd, cost)
    value = mean + sd * rng.normal(size=(200_000, 6))
    payoff, opened = search.pandora(value, reserve, cost)
    capped = np.maximum(np.minimum(value, reserve).max(axis=1), 0)
    error = (payoff - capped).std() / np.sqrt(len(payoff))
    assert abs(payoff.mean() - capped.mean()) < 4 * error
    assert opened.min() >= 0 and opened.max() <= 6


def test_pandora_beats_the_other_orders_and_stopping_rules_that_were_tried():
    rng = np.random.default_rng(3)
    mean, sd, cost = np.array([0.5, 0.0, -0.2]), np.array([0.3, 1.0, 1.5]), np.array([0.05, 0.1, 0.1])
    reserve = search.reservation(mean, sd, cost)
    value = mean + sd * rng.normal(size=(100_000, 3))
    best = search.pandora(value, reserve, cost)[0].mean()
    for other in (reserve + 0.3, reserve - 0.3, mean, -reserve):
        assert search.pandora(value, other, cost)[0].mean() < best + 1e-3


def test_expected_maxima_are_the_published_ones():
    # Harter (1961), expected values of normal order statistics
    for n, value in ((1, 0.0), (2, 0.56419), (5, 1.16296), (10, 1.53875), (100, 2.50759)):
        assert search.expected_maximum(n) == pytest.approx(value, abs=1e-5)


def test_the_number_of_quotes_is_the_best_of_all():
    for sd, cost in ((1, 0.05), (2, 0.01), (0.1, 1.0)):
        net = [sd * search.expected_maximum(n) - cost * n for n in range(1, 150)]
        assert search.quotes(sd, cost) == 1 + int(np.argmax(net))


def test_the_value_of_reading_meets_simulation_and_its_limits():
    rng = np.random.default_rng(4)
    d = 0.3 + 1.2 * rng.normal(size=400_000)
    heard = d + rng.normal(size=d.size) / np.sqrt(0.8)
    posterior = (0.3 / 1.44 + 0.8 * heard) / (1 / 1.44 + 0.8)
    assert search.value_of_reading(0.3, 1.2, 0.8) == pytest.approx((d * (posterior > 0)).mean(), abs=0.005)
    assert search.value_of_reading(0.3, 1.2, 1e12) == pytest.approx(np.maximum(d, 0).mean(), abs=0.005)
    more = search.value_of_reading(-0.5, 1.0, np.linspace(0, 50, 200))
    assert (np.diff(more) >= 0).all()


@pytest.mark.parametrize(
    "call, name",
    [
        (lambda: search.reservation(0, 0, 1), "sd"),
        (lambda: search.reservation(0, 1, 0), "cost"),
        (lambda: search.reservation(np.nan, 1, 1), "mean"),
        (lambda: search.pandora([[1, 2]], [1], [1]), "value"),
        (lambda: search.expected_maximum(0), "n"),
        (lambda: search.quotes(0, 1), "sd"),
        (lambda: search.quotes(1, 0), "cost"),
        (lambda: search.value_of_reading(0, 0, 1), "sd"),
        (lambda: search.value_of_reading(0, 1, -1), "precision"),
    ],
)
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=rf"^{name}:"):
        call()
