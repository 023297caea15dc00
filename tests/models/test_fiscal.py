"""Debt dynamics against exact arithmetic."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replica.models import fiscal

RATES = st.floats(-0.1, 0.2)


def test_recursion_in_exact_fractions():
    rate, growth, balance = [4, 5, 3], [6, 2, 3], [-1, 0, 2]
    debt = Fraction(1, 2)
    exact = [debt]
    for r, g, pb in zip(rate, growth, balance, strict=True):
        debt = debt * Fraction(100 + r, 100 + g) - Fraction(pb, 100)
        exact.append(debt)
    path = fiscal.debt_path(0.5, *(np.array(series) / 100 for series in (rate, growth, balance)))
    assert path == pytest.approx([float(value) for value in exact], abs=1e-14)


@settings(deadline=None)
@given(st.floats(0, 3), RATES, RATES, st.floats(-0.1, 0.1), st.integers(1, 60))
def test_closed_form_is_the_recursion(debt, rate, growth, balance, years):
    path = fiscal.debt_path(debt, np.full(years, rate), np.full(years, growth), np.full(years, balance))
    closed = fiscal.debt_closed_form(debt, rate, growth, balance, years)
    assert float(closed) == pytest.approx(path[-1], rel=1e-8, abs=1e-10)


def test_equal_rates_are_the_limit():
    assert fiscal.debt_closed_form(0.5, 0.04, 0.04, 0.01, 20) == pytest.approx(0.3)
    assert fiscal.debt_closed_form(0.5, 0.04 + 1e-9, 0.04, 0.01, 20) == pytest.approx(0.3, abs=1e-7)


@settings(deadline=None)
@given(st.floats(0, 3), RATES, RATES)
def test_the_stabilising_balance_stabilises(debt, rate, growth):
    balance = fiscal.stabilising_balance(debt, rate, growth)
    assert fiscal.debt_path(debt, [rate], [growth], [float(balance)])[-1] == pytest.approx(debt, abs=1e-12)


def test_shocks_have_the_stated_moments():
    correlation = np.array([[1, -0.4], [-0.4, 1]])
    draws = np.random.default_rng(1).standard_normal((2000, 300, 2))
    late = fiscal.macro_shocks(draws, [0.01, 0.03], correlation, 0.6)[:, 50:]
    assert late.std(axis=(0, 1)) == pytest.approx([0.01, 0.03], rel=0.02)
    assert np.corrcoef(late.reshape(-1, 2).T)[0, 1] == pytest.approx(-0.4, abs=0.02)
    lagged = np.corrcoef(late[:, 1:, 0].ravel(), late[:, :-1, 0].ravel())[0, 1]
    assert lagged == pytest.approx(0.6, abs=0.02)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: fiscal.debt_path(0.5, [-1.0], [0.0], [0.0]), "rate"),
        (lambda: fiscal.debt_path(0.5, 0.0, 0.0, 0.0), "rate"),
        (lambda: fiscal.debt_path(np.nan, [0.0], [0.0], [0.0]), "initial"),
        (lambda: fiscal.debt_closed_form(0.5, 0, -2, 0, 3), "growth"),
        (lambda: fiscal.macro_shocks(np.zeros((2, 3, 2)), [1, 1], np.ones((2, 3)), 0.5), "correlation"),
        (lambda: fiscal.macro_shocks(np.zeros((2, 3, 2)), [1, 1], np.eye(2), 1.0), "persistence"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
