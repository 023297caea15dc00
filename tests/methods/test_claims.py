"""Contingent claims against published numbers, quadrature, parity, and the first-order condition."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from replica.methods import claims

ASSETS = st.floats(20, 300)
YEARS = st.floats(0.5, 10)
RATE = st.floats(-0.02, 0.1)
VOLATILITY = st.floats(0.05, 0.8)
RATES = st.floats(-0.1, 0.2)


def test_published_example_of_implied_assets():
    """Hull, Options, Futures, and Other Derivatives, Merton's model: E = 3, sd 80 %, D = 10, r = 5 %, one year."""
    assets, volatility = claims.implied_assets(3, 0.8, 10, 1, 0.05)
    sheet = claims.merton(assets, 10, 1, 0.05, volatility)
    assert (round(assets, 2), round(volatility, 4)) == (12.40, 0.2123)
    assert round(float(sheet.default_probability), 3) == 0.127
    assert round(float(sheet.debt), 2) == 9.40
    promised = 10 * np.exp(-0.05)
    assert round(promised, 2) == 9.51
    assert round(float(sheet.put / promised), 3) == 0.012


@settings(deadline=None)
@given(ASSETS, YEARS, RATE, VOLATILITY)
def test_put_call_parity_and_the_value_of_the_whole(assets, years, rate, volatility):
    sheet = claims.merton(assets, 100, years, rate, volatility)
    promised = 100 * np.exp(-rate * years)
    assert sheet.equity + promised - sheet.put == pytest.approx(assets, rel=1e-9)
    assert sheet.debt == pytest.approx(promised - sheet.put, rel=1e-9, abs=1e-9)
    assert np.exp(-(rate + sheet.spread) * years) * 100 == pytest.approx(sheet.debt, rel=1e-9)


@pytest.mark.parametrize(("leverage", "volatility", "years"), [(0.5, 0.2, 5), (0.9, 0.4, 3), (1.2, 0.15, 7)])
def test_debt_is_the_expected_payment_by_quadrature(leverage, volatility, years):
    width = volatility * np.sqrt(years)
    final = stats.lognorm(s=width, scale=np.exp(-(width**2) / 2))
    paid, _ = integrate.quad(lambda v: min(v, leverage) * final.pdf(v), 0, 50, points=[leverage], limit=400)
    assert claims.quasi_spread(leverage, volatility, years) == pytest.approx(-np.log(paid / leverage) / years, rel=1e-6)


@settings(deadline=None)
@given(ASSETS, YEARS, RATE, VOLATILITY)
def test_the_spread_depends_on_the_quasi_leverage_alone(assets, years, rate, volatility):
    sheet = claims.merton(assets, 100, years, rate, volatility)
    level = 100 * np.exp(-rate * years) / assets
    assert claims.quasi_spread(level, volatility, years) == pytest.approx(float(sheet.spread), rel=1e-6, abs=1e-12)


@settings(deadline=None)
@given(st.floats(0.1, 2), VOLATILITY, YEARS, st.floats(0, 1), st.floats(0, 1))
def test_a_guarantee_narrows_the_spread_and_a_full_one_removes_it(level, volatility, years, p, q):
    low, high = sorted((p, q))
    spreads = claims.quasi_spread(level, volatility, years, [low, high, 1.0])
    assert spreads[0] >= spreads[1] >= spreads[2] == 0


def test_physical_default_probability_by_simulation():
    z = np.random.default_rng(1).standard_normal(400_000)
    final = 100 * np.exp((0.06 - 0.3**2 / 2) * 4 + 0.3 * 2 * z)
    expected = claims.default_probability(100, 90, 4, 0.06, 0.3)
    assert (final < 90).mean() == pytest.approx(float(expected), abs=4 * np.sqrt(0.25 / z.size))


@settings(deadline=None)
@given(st.floats(0.2, 1.2), VOLATILITY, YEARS, st.floats(0.01, 0.5))
def test_pooled_price_is_the_mean_price_so_disclosure_cannot_lower_the_mean_spread(level, volatility, years, doubt):
    spreads, weights = claims.disclosed_spreads(level, volatility, years, doubt, nodes=513)
    pooled = claims.pooled_spread(level, volatility, years, doubt)
    assert weights @ np.exp(-spreads * years) == pytest.approx(float(np.exp(-pooled * years)), rel=1e-9)
    assert weights @ spreads >= pooled - 1e-9 / years


def project(probability, own=0.2, quality=1.0, curvature=0.7, volatility=0.3, maturity=5.0):
    return claims.Project(own, quality, curvature, volatility, maturity, np.asarray(probability, dtype=float))


def test_without_a_guarantee_financing_does_not_matter():
    plan = project([0.0], quality=1.05)
    assert plan.borrowing() == pytest.approx(plan.first_best(), rel=1e-4)
    investment = np.array([0.5, 1.0, 2.0])
    alone = project(np.zeros(3))
    assert alone.gain(investment) == pytest.approx(alone.assets(investment) - investment)


@pytest.mark.parametrize("p", [0.2, 0.6, 0.95])
def test_lenders_break_even_and_the_first_order_condition_holds(p):
    plan = project(p)
    chosen = plan.borrowing()
    promised = plan.promise(chosen)
    sheet = claims.merton(plan.assets(chosen), promised, 5, 0, 0.3)
    assert promised - (1 - p) * sheet.put == pytest.approx(float(chosen), rel=1e-9)
    step = 1e-4 * chosen
    slope = (plan.put(chosen + step) - plan.put(chosen - step)) / (2 * step)
    assert chosen ** (0.7 - 1) == pytest.approx(float(1 - p * slope), abs=2e-4)


def test_borrowing_is_the_maximum_of_a_fine_grid():
    plan = project(0.7)
    grid = np.exp(np.linspace(np.log(0.2), np.log(100), 20_001))
    best = grid[claims.Project(0.2, 1, 0.7, 0.3, 5, 0.7).gain(grid).argmax()]
    assert plan.borrowing() == pytest.approx(best, rel=1e-3)


def test_borrowing_without_an_end_is_noticed():
    """With nearly full rescue, a long debt and wild assets the gain rises to the end of the search."""
    wild = {"curvature": 0.95, "volatility": 1.5, "maturity": 50.0}
    chosen, limit = project([0.0, 0.99], **wild).borrowing(), project(0.99, **wild).limit()
    assert chosen[0] < limit and chosen[1] == limit
    assert (np.diff(project(0.99, **wild).gain(limit * np.array([0.9, 0.99, 1.0]))) > 0).all()


def test_money_that_no_promise_can_raise_is_refused():
    plan = project(0.0)
    assert np.isinf(plan.promise(np.array(50.0))) and plan.gain(np.array(50.0)) == -np.inf


@settings(max_examples=40, deadline=None)
@given(st.floats(0.05, 0.6), st.floats(0.5, 0.74), st.floats(0.1, 0.4))
def test_borrowing_rises_with_the_belief_in_rescue(own, curvature, volatility):
    chosen = project(np.linspace(0, 0.9, 4), own=own, curvature=curvature, volatility=volatility).borrowing()
    assert (np.diff(chosen) >= -1e-4 * chosen[1:]).all()


def test_recursion_in_exact_fractions():
    rate, growth, balance = [4, 5, 3], [6, 2, 3], [-1, 0, 2]
    debt = Fraction(1, 2)
    exact = [debt]
    for r, g, pb in zip(rate, growth, balance, strict=True):
        debt = debt * Fraction(100 + r, 100 + g) - Fraction(pb, 100)
        exact.append(debt)
    path = claims.debt_path(0.5, *(np.array(series) / 100 for series in (rate, growth, balance)))
    assert path == pytest.approx([float(value) for value in exact], abs=1e-14)


@settings(deadline=None)
@given(st.floats(0, 3), RATES, RATES, st.floats(-0.1, 0.1), st.integers(1, 60))
def test_closed_form_is_the_recursion(debt, rate, growth, balance, years):
    path = claims.debt_path(debt, np.full(years, rate), np.full(years, growth), np.full(years, balance))
    closed = claims.debt_closed_form(debt, rate, growth, balance, years)
    assert float(closed) == pytest.approx(path[-1], rel=1e-8, abs=1e-10)


def test_debt_taken_over_adds_to_the_path():
    # 0.5 at 4 % interest and 6 % growth, a surplus of 0.02 and 0.03 taken over, then 0.01 and nothing
    first = 0.5 * 1.04 / 1.06 - 0.02 + 0.03
    path = claims.debt_path(0.5, [0.04] * 2, [0.06] * 2, [0.02, 0.01], [0.03, 0.0])
    assert path == pytest.approx([0.5, first, first * 1.04 / 1.06 - 0.01])


def test_implied_volatility_of_equity_is_that_of_ito():
    """The equity's volatility is that of the assets times the elasticity of the call, by a difference quotient."""
    assets, volatility = claims.implied_assets(4, 0.6, 15, 2, 0.06)
    low, high = (claims.merton(assets * k, 15, 2, 0.06, volatility).equity for k in (1 - 1e-5, 1 + 1e-5))
    assert claims.merton(assets, 15, 2, 0.06, volatility).equity == pytest.approx(4, rel=1e-6)
    assert volatility * (high - low) / (2e-5 * 4) == pytest.approx(0.6, rel=1e-5)


def test_equal_rates_are_the_limit():
    assert claims.debt_closed_form(0.5, 0.04, 0.04, 0.01, 20) == pytest.approx(0.3)
    assert claims.debt_closed_form(0.5, 0.04 + 1e-9, 0.04, 0.01, 20) == pytest.approx(0.3, abs=1e-7)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: claims.merton(0, 1, 1, 0, 0.2), "assets"),
        (lambda: claims.merton(1, -1, 1, 0, 0.2), "face"),
        (lambda: claims.merton(1, 1, 0, 0, 0.2), "maturity"),
        (lambda: claims.merton(1, 1, 1, np.nan, 0.2), "rate"),
        (lambda: claims.merton(1, 1, 1, 0, np.inf), "volatility"),
        (lambda: claims.quasi_spread(-0.1, 0.2, 1), "leverage"),
        (lambda: claims.quasi_spread(0.5, 0.2, 1, 1.5), "probability"),
        (lambda: claims.pooled_spread(0.5, 0.2, 1, -1), "doubt"),
        (lambda: claims.disclosed_spreads(0.5, 0.2, 1, 0.1, nodes=1), "nodes"),
        (lambda: claims.implied_assets(-3, 0.8, 10, 1, 0.05), "equity"),
        (lambda: claims.implied_assets(1e-6, 0.1, 10, 1, 0.05), "equity"),  # next to nothing tells nothing of the rest
        (lambda: claims.implied_assets(3, 0.8, 10, 1, np.nan), "rate"),
        (lambda: claims.implied_assets([3, 4], 0.8, 10, 1, 0.05), "equity"),
        (lambda: claims.disclosed_spreads(0.5, np.nan, 1, 0.1), "volatility"),
        (lambda: claims.disclosed_spreads(np.nan, 0.2, 1, 0.1), "leverage"),
        (lambda: claims.merton("1", 1, 1, 0, 0.2), "assets"),
        (lambda: project(0.5).borrowing(rounds=0), "rounds"),
        (lambda: project(0.5).gain(0.0), "investment"),
        (lambda: project(0.5).promise([1.0, np.nan]), "investment"),
        (lambda: project(0.5).borrowing(points=2.5), "points"),
        (lambda: claims.debt_path(0.5, [-1.0], [0.0], [0.0]), "rate"),
        (lambda: claims.debt_path(0.5, 0.0, 0.0, 0.0), "rate"),
        (lambda: claims.debt_path(np.nan, [0.0], [0.0], [0.0]), "initial"),
        (lambda: claims.debt_path(0.5, [0.0], [0.0], [np.inf]), "balance"),
        (lambda: claims.debt_closed_form(0.5, 0, -2, 0, 3), "growth"),
        (lambda: claims.debt_closed_form(0.5, 0, 0, 0, -3), "years"),
        (lambda: project(0.5, curvature=1.0), "curvature"),
        (lambda: project(-0.5), "probability"),
    ],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
