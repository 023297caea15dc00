"""Scaling laws: a planted exponent comes back, with honest intervals from many cities and none from two."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from replica.models import scaling


def cities(exponent, sigma, count, seed, spread=1.0):
    rng = np.random.default_rng(seed)
    size = np.exp(rng.normal(13, spread, count))
    return size, 0.01 * size**exponent * np.exp(rng.normal(0, sigma, count))


def test_the_printed_pair():
    found = scaling.pair(4.6, 10)
    assert found.exponent == pytest.approx(1.50885, abs=1e-5)
    assert found.per_head == pytest.approx(2.1739, abs=1e-4)


@given(st.floats(1.01, 50), st.floats(-2, 3))
def test_two_cities_without_noise_give_the_exponent(ratio, exponent):
    assert scaling.pair(ratio, ratio**exponent).exponent == pytest.approx(exponent, abs=1e-9)


def test_spread_and_chance_of_a_pair_by_simulation():
    found = scaling.pair(4.6, 10)
    noise = np.random.default_rng(1).normal(0, 0.36, (400_000, 2))
    exponents = 1.15 + (noise[:, 0] - noise[:, 1]) / np.log(4.6)
    assert exponents.std() == pytest.approx(float(found.sd(0.36)), rel=0.01)
    assert np.mean(exponents >= found.exponent) == pytest.approx(float(found.chance(1.15, 0.36)), abs=0.003)
    best = exponents.reshape(-1, 10).max(axis=1)
    assert np.mean(best >= found.exponent) == pytest.approx(float(found.chance(1.15, 0.36, 10)), abs=0.01)


def test_interval_covers_a_planted_exponent_as_often_as_it_says():
    noise = np.random.default_rng(2).normal(0, 0.3, (4000, 2))
    inside = 0
    for first, second in noise:
        low, high = scaling.pair(4.6, 4.6**1.15 * np.exp(first - second)).interval(0.3)
        inside += low <= 1.15 <= high
    assert inside / 4000 == pytest.approx(0.95, abs=0.012)


def test_fit_recovers_a_planted_exponent_with_honest_coverage():
    found = [scaling.fit(*cities(1.15, 0.36, 83, seed)) for seed in range(400)]
    assert np.mean([f.exponent for f in found]) == pytest.approx(1.15, abs=0.01)
    assert np.mean([f.sigma for f in found]) == pytest.approx(0.36, abs=0.01)
    assert np.mean([f.low <= 1.15 <= f.high for f in found]) == pytest.approx(0.95, abs=0.03)


def test_fit_does_not_find_increasing_returns_where_there_are_none():
    found = [scaling.fit(*cities(1.0, 0.36, 83, seed)) for seed in range(400)]
    assert np.mean([f.low > 1 for f in found]) < 0.05


def test_fit_against_statsmodels():
    size, quantity = cities(0.8, 0.5, 60, 7)
    peer = sm.OLS(np.log(quantity), sm.add_constant(np.log(size))).fit(cov_type="HC3", use_t=True)
    found = scaling.fit(size, quantity)
    assert found.exponent == pytest.approx(peer.params[1])
    assert (found.low, found.high) == pytest.approx(tuple(peer.conf_int()[1]))
    assert found.r2 == pytest.approx(peer.rsquared)
    assert found.sigma == pytest.approx(np.sqrt(peer.mse_resid))
    assert np.log(found.prefactor) == pytest.approx(peer.params[0])


def test_pairs_are_those_of_the_window():
    size, quantity = cities(1.15, 0.3, 50, 3)
    found = scaling.pairs(size, quantity, 4, 5)
    brute = [(i, j) for i in range(50) for j in range(50) if 4 <= size[i] / size[j] <= 5]
    assert list(zip(found["larger"], found["smaller"], strict=True)) == brute
    i, j = brute[0]
    assert found["exponent"][0] == pytest.approx(scaling.pair(size[i] / size[j], quantity[i] / quantity[j]).exponent)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: scaling.pair(1, 2), "size_ratio"),
        (lambda: scaling.pair(2, 0), "quantity_ratio"),
        (lambda: scaling.pair(2, 2).sd(0), "sigma"),
        (lambda: scaling.pair(2, 2).interval(0.1, 1), "level"),
        (lambda: scaling.pair(2, 2).chance(1, 0.1, 0), "candidates"),
        (lambda: scaling.fit([1, 2], [1, 2]), "size"),
        (lambda: scaling.fit([1, 2, 3, 4], [1, 2, 3, 0]), "quantity"),
        (lambda: scaling.fit([2, 2, 2, 2], [1, 2, 3, 4]), "size"),
        (lambda: scaling.pairs([1, 2], [1], 1.5, 2), "quantity"),
        (lambda: scaling.pairs([1, 2], [1, 2], 0.5, 2), "smallest"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
