"""Production functions against closed forms, numerical derivatives and planted parameters."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import curve_fit

from replica.methods import production as pr

positive = st.floats(0.2, 5.0)
elasticity = st.floats(0.15, 3.0).filter(lambda s: abs(s - 1) > 0.02)
share = st.floats(0.1, 0.9)


def derivative(f, x, h=1e-6):
    return (f(x * (1 + h)) - f(x * (1 - h))) / (2 * x * h)


# --- CES -------------------------------------------------------------------------------------------------------------
@given(positive, positive, elasticity, share, positive, positive)
def test_ces_is_homogeneous_of_degree_one(k, n, s, pi, a, b):
    assert pr.ces_output(3 * k, 3 * n, s, pi, a, b) == pytest.approx(3 * pr.ces_output(k, n, s, pi, a, b), rel=1e-9)


@given(positive, positive, elasticity, share, positive, positive)
def test_the_labour_share_is_the_output_elasticity_of_labour(k, n, s, pi, a, b):
    elasticity = derivative(lambda m: pr.ces_output(k, m, s, pi, a, b), n) * n / pr.ces_output(k, n, s, pi, a, b)
    assert pr.ces_labour_share(k, n, s, pi, a, b) == pytest.approx(elasticity, rel=1e-5, abs=1e-8)


def test_closed_forms_of_the_ces():
    assert pr.ces_output(4.0, 1.0, 1.0, 0.5) == pytest.approx(2.0)  # Cobb-Douglas
    assert pr.ces_output(4.0, 1.0, 0.5, 0.5) == pytest.approx(1 / (0.5 / 4 + 0.5))  # 1/2: harmonic mean
    assert pr.ces_output(4.0, 1.0, 1e-3, 0.5) == pytest.approx(1.0, rel=1e-2)  # Leontief in the limit
    assert pr.ces_output(4.0, 1.0, 1e6, 0.5) == pytest.approx(2.5, rel=1e-5)  # perfect substitutes in the limit


@given(positive, positive, share)
def test_close_to_unit_elasticity_the_ces_is_continuous(k, n, pi):
    assert pr.ces_output(k, n, 1 + 1e-5, pi) == pytest.approx(pr.ces_output(k, n, 1.0, pi), rel=1e-4)


@given(positive, positive, elasticity, share)
def test_the_elasticity_of_substitution_is_sigma(k, n, s, pi):
    def price_ratio(ratio):
        wages = pr.ces_labour_share(ratio, 1.0, s, pi)
        return wages / (1 - wages) * ratio  # w / r

    ratio = k / n
    assume(0.001 < pr.ces_labour_share(ratio, 1.0, s, pi) < 0.999)
    slope = derivative(lambda x: np.log(price_ratio(x)), ratio) * ratio
    assert 1 / slope == pytest.approx(s, rel=1e-3)


def augmentation(y, k, n, labour, s, pi):
    """Efficiencies with which a CES economy shows any output and labour share."""
    power = s / (s - 1)
    return y / k * ((1 - labour) / pi) ** power, y / n * (labour / (1 - pi)) ** power


@given(positive, positive, positive, st.floats(0.1, 0.9), elasticity, share)
def test_efficiencies_exist_that_show_any_data(y, k, n, labour, s, pi):
    a, b = augmentation(y, k, n, labour, s, pi)
    assert pr.ces_output(k, n, s, pi, a, b) == pytest.approx(y, rel=1e-6)
    assert pr.ces_labour_share(k, n, s, pi, a, b) == pytest.approx(labour, rel=1e-6)


@given(st.lists(st.floats(0.2, 0.8), min_size=3, max_size=6), elasticity, share, st.integers(0, 10**6))
def test_the_bias_index_is_the_fall_of_the_labour_share_plus_capital_deepening(labour, s, pi, seed):
    rng = np.random.default_rng(seed)
    y, k, n = np.exp(rng.normal(0, 0.3, (3, len(labour))))
    index = pr.bias_index(*augmentation(y, k, n, np.array(labour), s, pi), s)
    assert index == pytest.approx(pr.bias_from_shares(labour, k / n, s), rel=1e-6, abs=1e-8)


def test_with_a_constant_labour_share_and_no_deepening_no_bias_is_found():
    assert pr.bias_from_shares([0.5] * 6, [2.0] * 6, 0.4) == pytest.approx(np.zeros(5))


def test_neutral_technical_change_has_no_bias_and_labour_augmenting_change_favours_capital_among_complements():
    growth = np.exp(0.02 * np.arange(6))
    assert pr.bias_index(growth, growth, 0.5) == pytest.approx(np.zeros(5))
    assert (pr.bias_index(np.ones(6), growth, 0.5) > 0).all()
    assert (pr.bias_index(np.ones(6), growth, 1.5) < 0).all()


# --- VES -------------------------------------------------------------------------------------------------------------
@given(positive, positive, st.floats(-0.15, 0.6), st.floats(0.2, 4.0))
def test_the_ves_has_elasticity_one_plus_b_k(k, n, b, c):
    def price_ratio(ratio):
        at = n * ratio
        labour = derivative(lambda m: pr.ves_output(at, m, b, c), n)
        capital = derivative(lambda m: pr.ves_output(m, n, b, c), at)
        return labour / capital

    ratio = k / n
    if 1 + b * ratio < 0.05:
        return
    h = 1e-3
    slope = (np.log(price_ratio(ratio * (1 + h))) - np.log(price_ratio(ratio * (1 - h)))) / (2 * h)
    assert 1 / slope == pytest.approx(pr.ves_elasticity(ratio, b), rel=1e-3)


def test_with_b_zero_the_ves_is_cobb_douglas():
    assert pr.ves_output(8.0, 1.0, 0.0, 2.0) == pytest.approx(2.0)


def test_planted_ves_is_recovered_without_the_expansion_and_missed_with_it():
    rng = np.random.default_rng(3)
    ratio = np.exp(rng.uniform(-0.087, 3.448, 536))
    labour = np.exp(rng.normal(0, 0.8, 536))
    output = pr.ves_output(ratio * labour, labour, -0.0314, 0.69, scale=2.0) * np.exp(0.02 * rng.standard_normal(536))
    exact = pr.fit_ves(output, ratio * labour, labour)
    assert exact.b == pytest.approx(-0.0314, rel=0.03)
    assert exact.c == pytest.approx(0.69, rel=0.03)
    assert exact.returns == pytest.approx(1.0, abs=0.01)
    assert pr.fit_ves_taylor(output, ratio * labour, labour).b < 1.3 * -0.0314


def test_the_taylor_fit_is_least_squares_on_the_expansion():
    rng = np.random.default_rng(6)
    k, n = rng.uniform(1, 3, (2, 12))
    y = pr.ves_output(k, n, -0.1, 0.7) * np.exp(0.1 * rng.standard_normal(12))
    x = np.column_stack([np.ones(12), np.log(k), np.log(n), k / n])
    b, square = np.linalg.lstsq(x, np.log(y), rcond=None)[:2]
    found = pr.fit_ves_taylor(y, k, n)
    c = b[2] / b[1]
    assert (found.c, found.returns) == pytest.approx((c, b[1] + b[2]))
    assert found.b == pytest.approx(b[3] * (1 + c) ** 2 / ((b[1] + b[2]) * c))
    assert found.residual == pytest.approx(np.sqrt(square[0] / 8))


def test_no_variable_elasticity_is_found_in_cobb_douglas_data():
    rng = np.random.default_rng(4)
    found = []
    for _ in range(40):
        ratio, labour = np.exp(rng.uniform(0, 3, 300)), np.exp(rng.normal(0, 0.5, 300))
        output = (ratio * labour) ** 0.4 * labour**0.6 * np.exp(0.05 * rng.standard_normal(300))
        found.append(pr.fit_ves_taylor(output, ratio * labour, labour).b)
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(len(found))


# --- estimators of the CES -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("sigma", [0.2, 0.5, 0.9, 1.3])
def test_the_normalised_system_recovers_the_planted_elasticity(sigma):
    rng = np.random.default_rng(5)
    fits = [pr.fit_system(pr.simulate_economy(rng, sigma)) for _ in range(15)]
    found = np.array([f.sigma for f in fits])
    assert abs(np.median(found) - sigma) < 3 * found.std() / np.sqrt(len(found)) * 1.25 + 0.005
    assert np.median([f.labour_growth - f.capital_growth for f in fits]) == pytest.approx(0.01, abs=0.004)


def test_recovery_reports_every_estimator_on_the_same_economies():
    found = pr.recovery(0.5, 6, 12)
    assert list(found) == list(pr.ESTIMATORS)
    assert all((np.diff(quantiles) >= 0).all() for quantiles in found.values())
    rng = np.random.default_rng(12)
    by_hand = [pr.fit_prices(pr.simulate_economy(rng, 0.5), trend=True).sigma for _ in range(6)]
    assert found["prices with trend"][1] == pytest.approx(np.median(by_hand))


def test_the_system_is_less_spread_than_the_production_function_alone():
    # León-Ledesma, McAdam & Willman (2010): jointly modelling production and first-order conditions is superior.
    rng = np.random.default_rng(6)
    economies = [pr.simulate_economy(rng, 1.3) for _ in range(15)]
    system = np.std([pr.fit_system(e).sigma for e in economies])
    alone = np.std([pr.fit_production(e).sigma for e in economies])
    assert alone > 2 * system


def test_standard_errors_of_the_system_have_the_size_of_its_spread():
    rng = np.random.default_rng(7)
    fits = [pr.fit_system(pr.simulate_economy(rng, 0.5)) for _ in range(25)]
    ratio = np.mean([f.error for f in fits]) / np.std([f.sigma for f in fits])
    assert 0.5 < ratio < 1.6


def test_without_a_trend_the_price_equation_takes_biased_progress_for_substitution():
    rng = np.random.default_rng(8)
    economies = [pr.simulate_economy(rng, 0.5, 0.0, 0.02, periods=80, shocks=(0.02, 0.0, 0.01)) for _ in range(15)]
    bare = np.median([pr.fit_prices(e, trend=False).sigma for e in economies])
    trend = np.median([pr.fit_prices(e, trend=True).sigma for e in economies])
    assert trend == pytest.approx(0.5, abs=0.06)
    assert abs(bare - 0.5) > 2 * abs(trend - 0.5)


def test_the_expansion_of_kmenta_is_exact_near_one_and_biased_far_from_it():
    calm = {"shocks": (0.1, 0.0, 0.0), "capital_growth": 0.0, "labour_growth": 0.0}
    near = pr.fit_kmenta(pr.simulate_economy(np.random.default_rng(9), 0.9, **calm)).sigma
    far = pr.fit_kmenta(pr.simulate_economy(np.random.default_rng(9), 0.2, **calm)).sigma
    assert near == pytest.approx(0.9, abs=0.02)
    assert far > 0.22


def test_where_incomes_add_up_to_output_the_system_still_finds_sigma():
    e = pr.simulate_economy(np.random.default_rng(10), 0.6, shocks=(0.1, 0.01, 0.0))
    assert pr.fit_system(e).sigma == pytest.approx(0.6, abs=0.06)


@settings(deadline=None, max_examples=10)
@given(st.floats(0.5, 20.0), st.floats(0.5, 20.0))
def test_units_of_measurement_do_not_change_the_system(scale_k, scale_y):
    e = pr.simulate_economy(np.random.default_rng(11), 0.6)
    incomes = e.wage_bill * scale_y, e.capital_income * scale_y
    moved = pr.Economy(e.output * scale_y, e.capital * scale_k, e.labour, *incomes)
    assert pr.fit_system(moved).sigma == pytest.approx(pr.fit_system(e).sigma, abs=1e-4)


def test_estimates_at_a_bound_and_flat_fits_have_no_error():
    """Twelve periods of nearly perfect substitutes: sigma runs to the end of its range."""
    e = pr.simulate_economy(
        np.random.default_rng(1), 11.99, shocks=(0.3, 0.0, 0.0), capital_growth=0.0, labour_growth=0.0
    )
    stretched = pr.Economy(0.4 * e.capital + 0.6 * e.labour, e.capital, e.labour, 0.6 * e.labour, 0.4 * e.capital)
    found = pr.fit_production(stretched)
    assert found.warning == "at a bound" and found.sigma == pytest.approx(12, abs=1e-3) and np.isnan(found.error)
    jac = np.ones((6, 4))
    run = SimpleNamespace(x=np.array([0.5, 0.01, 0.01, 0.0]), jac=jac, success=True)
    assert np.isnan(pr._estimate(run, 1.0).error)
    run = SimpleNamespace(x=run.x, jac=np.vstack([np.eye(4), np.eye(4)]), success=True)
    assert pr._estimate(run, 2.0).error == pytest.approx(1.0)
    stopped = SimpleNamespace(x=run.x, jac=run.jac, success=False)
    assert pr._estimate(stopped, 2.0).warning == "not converged" and np.isnan(pr._estimate(stopped, 2.0).error)


def test_ves_says_where_it_stops_at_a_bound():
    rng = np.random.default_rng(2)
    ratio, labour = np.exp(rng.uniform(0, 3, 200)), np.exp(rng.normal(0, 0.5, 200))
    inner = pr.fit_ves(pr.ves_output(ratio * labour, labour, -0.02, 0.7), ratio * labour, labour)
    assert not inner.at_bound and inner.residual < 1e-6
    beyond = labour * np.exp(-0.5 * ratio / ratio.max() * 3)  # output falls with capital per worker
    assert pr.fit_ves(beyond, ratio * labour, labour).at_bound


def test_errors_of_the_price_equation_are_those_of_least_squares():
    e = pr.simulate_economy(np.random.default_rng(3), 0.5)
    found = pr.fit_prices(e, trend=True)
    wage = np.log(e.wage_bill / e.labour) - np.log(e.capital_income / e.capital)
    x = np.column_stack([np.ones(50), wage, np.arange(50.0)])
    y = np.log(e.capital / e.labour)
    b = np.linalg.lstsq(x, y, rcond=None)[0]
    rest = y - x @ b
    assert found.sigma == pytest.approx(b[1])
    assert found.error == pytest.approx(np.sqrt(rest @ rest / 47 * np.linalg.inv(x.T @ x)[1, 1]))


def test_the_production_function_alone_has_the_errors_of_curve_fit():
    e = pr.simulate_economy(np.random.default_rng(3), 0.5)
    y, k, n = (np.log(v) - np.log(v).mean() for v in (e.output, e.capital, e.labour))
    pi = 1 / (1 + np.exp(np.log(e.wage_bill / e.capital_income).mean()))
    time = np.arange(50) - 24.5

    def log_output(_, sigma, on_k, on_n, level):
        power = (sigma - 1) / sigma
        inner = pi * np.exp(power * (k + on_k * time)) + (1 - pi) * np.exp(power * (n + on_n * time))
        return level + np.log(inner) / power

    best, covariance = curve_fit(log_output, time, y, [0.5, 0.01, 0.01, 0.0])
    found = pr.fit_production(e)
    assert found.sigma == pytest.approx(best[0], rel=1e-3) and found.error == pytest.approx(
        covariance[0, 0] ** 0.5, rel=0.01
    )
    assert (found.capital_growth, found.labour_growth) == pytest.approx(tuple(best[1:3]), abs=1e-4)


def test_both_factor_prices_have_shocks_of_their_own():
    with_shocks, without = (
        pr.simulate_economy(np.random.default_rng(5), 0.5, periods=600, shocks=(0.1, 0.01, price))
        for price in (0.05, 0.0)
    )
    wage = np.log(with_shocks.wage_bill / without.wage_bill)
    rent = np.log(with_shocks.capital_income / without.capital_income)
    assert (wage.std(), rent.std()) == pytest.approx((0.05, 0.05), rel=0.1)
    assert abs(np.corrcoef(wage, rent)[0, 1]) < 0.15 and np.array_equal(with_shocks.output, without.output)


def test_an_economy_added_up_by_hand():
    """No shocks: inputs grow by 3 and 1.5 %, efficiencies by 0.5 and 1.5 %; factors earn their marginal products."""
    e = pr.simulate_economy(np.random.default_rng(0), 0.5, periods=9, shocks=(0.0, 0.0, 0.0))
    k, n, a, b = (np.exp(g * 4) for g in (0.03, 0.015, 0.005, 0.015))
    y = 1 / (0.4 / (a * k) + 0.6 / (b * n))  # sigma 1/2
    assert (e.output[-1], e.capital[-1], e.labour[-1]) == pytest.approx((y, k, n))
    assert e.wage_bill[-1] == pytest.approx(y * 0.6 / (b * n) / (0.4 / (a * k) + 0.6 / (b * n)))
    assert e.wage_bill + e.capital_income == pytest.approx(e.output)


def flat_prices(growth=0.0):
    """Incomes such that a unit of labour costs as much capital in every period, or grows dearer at a steady rate."""
    k = np.exp(0.1 * np.array([0, 2, 1, 3, 5, 4, 6, 8, 7]))
    return pr.Economy(k, k, np.ones(9), np.exp(0.01 * growth) * np.ones(9), k)


# --- bad input -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "call, word",
    [
        (lambda: pr.ces_output(-1.0, 1.0, 0.5, 0.4), "capital"),
        (lambda: pr.ces_output(1.0, 1.0, 0.5, 1.4), "capital_share"),
        (lambda: pr.ces_output(1.0, np.inf, 0.5, 0.4), "labour"),
        (lambda: pr.ces_labour_share(1.0, 1.0, 0.0, 0.4), "sigma"),
        (lambda: pr.ves_elasticity(-1.0, 0.5), "capital_per_worker"),
        (lambda: pr.fit_ves_taylor(np.ones(9), np.ones(9), np.ones(9)), "capital"),
        (lambda: pr.fit_ves(np.arange(1.0, 10), 2 * np.arange(1.0, 10), np.arange(1.0, 10)), "capital"),
        (lambda: pr.Economy(*[np.ones(9)] * 5), "capital"),
        (lambda: pr.fit_prices(flat_prices(), trend=False), "economy"),
        (lambda: pr.fit_prices(flat_prices(np.arange(9.0)), trend=True), "economy"),
        (lambda: pr.bias_from_shares([0.5, np.nan], [1.0, 1.0], 0.5), "labour_share"),
        (lambda: pr.ves_output(10.0, 1.0, -0.2, 1.0), "b:"),
        (lambda: pr.fit_ves([1.0, 2.0], [1.0, 2.0], [1.0, 2.0]), "output"),
        (lambda: pr.simulate_economy(np.random.default_rng(0), 0.5, periods=3), "periods"),
        (lambda: pr.Economy(*[np.ones(3)] * 5), "output"),
        (lambda: pr.fit_system(pr.simulate_economy(np.random.default_rng(0), 0.5), iterations=0), "iterations"),
        (lambda: pr.recovery(0.5, 1, 0), "repeats"),
    ],
)
def test_bad_input_names_the_argument(call, word):
    with pytest.raises(ValueError, match=f"^{word}"):
        call()
