"""BG/NBD against published values, direct simulation, numerical integration, other algebra and planted parameters."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from scipy import special
from statsmodels.tools.numdiff import approx_hess3

from replica.methods import customers
from replica.worlds.ch19 import members

CDNOW = [0.243, 4.414, 0.793, 2.426]  # Fader, Hardie & Lee (2005), table 2
PLANTED = [0.8, 6.0, 0.8, 2.5]


def test_conditional_expectation_has_the_published_value():
    """Fader, Hardie & Lee (2005): a customer with x = 2, t_x = 30.43, T = 38.86 buys 1.226 times in 39 weeks."""
    assert float(customers.conditional(CDNOW, 2, 30.43, 38.86, 39.0)) == pytest.approx(1.226, abs=5e-4)


@pytest.mark.parametrize(("x", "t_x", "T"), [(0, 0.0, 30.0), (1, 4.0, 30.0), (3, 22.0, 39.0)])
def test_the_likelihood_is_the_integral_over_rates_and_dropouts(x, t_x, T):
    r, alpha, a, b = PLANTED
    node, p_weight = special.roots_jacobi(60, b - 1, a - 1)  # beta(a, b) on p = (1 + node) / 2
    scaled, rate_weight = special.roots_genlaguerre(90, r - 1)  # gamma(r, alpha) on rate = scaled / alpha
    p, rate = (1 + node[:, None]) / 2, scaled[None, :] / alpha
    alive = (1 - p) ** x * rate**x * np.exp(-rate * T)
    gone = p * (1 - p) ** (x - 1) * rate**x * np.exp(-rate * t_x) if x else 0.0
    weight = np.outer(p_weight / p_weight.sum(), rate_weight / rate_weight.sum())
    whole = (weight * (alive + gone)).sum()
    assert float(customers.log_likelihood(PLANTED, x, t_x, T)) == pytest.approx(np.log(whole), abs=1e-3)


def test_expectations_are_the_means_of_simulated_members():
    rng = np.random.default_rng(3)
    found = members(PLANTED, 120_000, 52, 26, rng)
    per_length = customers.expected(PLANTED, found["T"].to_numpy()).mean()
    assert found["x"].mean() == pytest.approx(per_length, rel=0.02)
    ahead = customers.conditional(PLANTED, found["x"], found["t_x"], found["T"], 26)
    assert ahead.mean() == pytest.approx(found["future"].mean(), rel=0.03)
    chance = customers.p_alive(PLANTED, found["x"], found["t_x"], found["T"])
    fifths = np.digitize(chance, [0.2, 0.4, 0.6, 0.8])
    for group in range(5):
        chosen = fifths == group
        assert found["alive"][chosen].mean() == pytest.approx(chance[chosen].mean(), abs=0.03)


def test_planted_parameters_lie_in_their_intervals_and_are_close():
    covered = []
    for seed in range(4):
        d = members(PLANTED, 5000, 52, 0, np.random.default_rng(seed))
        table = customers.fit(d["x"], d["t_x"], d["T"]).frame()
        covered += list((table["low"] <= PLANTED) & (table["high"] >= PLANTED))
        assert table["estimate"].to_numpy() == pytest.approx(PLANTED, rel=0.35)
    assert np.mean(covered) >= 0.75


def by_the_paper(theta, x, t_x, T):
    """Equation (6) as printed, with gamma and beta functions."""
    r, alpha, a, b = theta
    common = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) - special.betaln(a, b)
    alive = special.betaln(a, b + x) - (r + x) * np.log(alpha + T)
    gone = special.betaln(a + 1, b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + t_x)
    return common + np.logaddexp(alive, np.where(x > 0, gone, -np.inf))


def test_the_stable_likelihood_is_the_printed_one_where_that_can_be_computed():
    d = members(PLANTED, 500, 52, 0, np.random.default_rng(5))
    found = customers.log_likelihood(PLANTED, d["x"], d["t_x"], d["T"])
    assert found == pytest.approx(by_the_paper(PLANTED, d["x"], d["t_x"], d["T"]), abs=1e-9)


@pytest.mark.parametrize(("x", "t_x"), [(0, 0.0), (1, 4.0), (7, 29.0)])
def test_limits_are_the_poisson_and_the_negative_binomial_likelihoods(x, t_x):
    rate, T = 0.2, 30.0
    equal = customers.log_likelihood([1e9, 1e9 / rate, 0.0, 1.0], x, t_x, T)
    assert float(equal) == pytest.approx(x * np.log(rate) - rate * T, abs=1e-6)
    r, alpha = 0.8, 6.0
    nbd = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + T)
    assert float(customers.log_likelihood([r, alpha, 0.0, 1.0], x, t_x, T)) == pytest.approx(nbd, abs=1e-9)
    leave = 0.1  # one rate and one chance to leave: written down by hand
    by_hand = (1 - leave) ** x * rate**x * np.exp(-rate * T)
    by_hand += leave * (1 - leave) ** (x - 1) * rate**x * np.exp(-rate * t_x) if x else 0.0
    found = customers.log_likelihood([1e9, 1e9 / rate, 1e9 * leave, 1e9 * (1 - leave)], x, t_x, T)
    assert float(found) == pytest.approx(np.log(by_hand), abs=1e-5)


@pytest.mark.parametrize("theta", [CDNOW, PLANTED, [2.0, 1.0, 0.05, 0.3], [0.1, 20.0, 5.0, 60.0]])
@pytest.mark.parametrize("t", [1.0, 39.0, 400.0])
def test_expected_purchases_are_the_hypergeometric_form_of_the_paper(theta, t):
    r, alpha, a, b = map(mpmath.mpf, theta)
    fade = (alpha / (alpha + t)) ** r * mpmath.hyp2f1(r, b, a + b - 1, t / (alpha + t))
    assert float(customers.expected(theta, t)) == pytest.approx(float((a + b - 1) / (a - 1) * (1 - fade)), rel=1e-8)


@pytest.mark.parametrize("theta", [[1.0, 1.0, 1.0, 1.0], [1.0, 4.0, 0.5, 0.5], [0.7, 2.0, 1.0, 3.0]])
def test_expectations_pass_through_the_poles_of_that_form(theta):
    """At a = 1 and at a + b = 1 the closed form divides by zero; the mean over p and rate does not."""
    near = [customers.expected(np.add(theta, [0, 0, step, 0]), 30.0) for step in (-1e-4, 1e-4)]
    assert float(customers.expected(theta, 30.0)) == pytest.approx(np.mean(near), rel=1e-6)
    d = members(theta, 200_000, 30, 0, np.random.default_rng(2))
    assert d["x"].mean() == pytest.approx(customers.expected(theta, d["T"].to_numpy()).mean(), rel=0.02)
    assert np.isfinite(customers.conditional(theta, 3, 10.0, 30.0, 26.0))


def test_a_customer_long_silent_is_gone_and_nobody_is_where_nobody_leaves():
    r, alpha, a, b = PLANTED
    x, t_x, T = 4, 10.0, 30.0
    odds = a / (b + x - 1) * ((alpha + T) / (alpha + t_x)) ** (r + x)
    assert float(customers.p_alive(PLANTED, x, t_x, T)) == pytest.approx(1 / (1 + odds))
    assert float(customers.p_alive([5.0, 1.0, 1e-300, 1e300], 400, 10.0, 30.0)) == 1.0
    assert float(customers.p_alive([5.0, 1.0, 0.0, 1.0], 4, 10.0, 30.0)) == 1.0
    rate = (r + x) / (alpha + T)
    assert float(customers.conditional([r, alpha, 0.0, 1.0], x, t_x, T, 26.0)) == pytest.approx(26 * rate)


def test_the_covariance_is_the_inverse_curvature_of_the_printed_likelihood():
    d = members(PLANTED, 3000, 52, 0, np.random.default_rng(8))
    found = customers.fit(d["x"], d["t_x"], d["T"])
    assert found.converged and found.boundary == ()
    x, t_x, T = (d[name].to_numpy() for name in ("x", "t_x", "T"))
    hessian = approx_hess3(np.log(found.theta), lambda logs: -by_the_paper(np.exp(logs), x, t_x, T).sum())
    assert found.covariance == pytest.approx(np.linalg.inv(hessian), rel=2e-3)
    table, se = found.frame(0.9), np.sqrt(np.diag(found.covariance))
    assert table["high"].to_numpy() == pytest.approx(found.theta * np.exp(1.6448536 * se))
    assert table["low"].to_numpy() == pytest.approx(found.theta * np.exp(-1.6448536 * se))


@pytest.mark.parametrize("seed", range(1, 5))
def test_equal_members_end_in_a_limit_that_is_said_and_has_no_interval(seed):
    """One rate, no dropout: the supremum is the Poisson likelihood, which no finite parameters reach."""
    d = members([1e4, 1e4 / 0.15, 0.01, 1e4], 4000, 52, 26, np.random.default_rng(seed))
    found = customers.fit(d["x"], d["t_x"], d["T"])
    rate = d["x"].sum() / d["T"].sum()
    poisson = d["x"].sum() * np.log(rate) - rate * d["T"].sum()
    assert found.converged and {"equal rates", "nobody leaves"} <= set(found.boundary)
    assert poisson - 0.02 <= found.log_likelihood <= poisson + 2 * 1.92
    assert np.isnan(found.covariance).all()
    table = found.frame()
    assert table["low"].drop("a").isna().all() and np.isinf(table["high"]).all()
    assert found.theta[0] / found.theta[1] == pytest.approx(rate, rel=1e-3)


def test_differing_members_who_never_leave_keep_the_interval_of_their_rates():
    d = members([0.8, 6.0, 1e-9, 1.0], 4000, 52, 0, np.random.default_rng(1))
    found = customers.fit(d["x"], d["t_x"], d["T"])
    assert "nobody leaves" in found.boundary and "equal rates" not in found.boundary
    table = found.frame()
    assert (table["low"] < [0.8, 6.0, np.inf, np.inf]).tolist()[:2] == [True, True]
    assert (table["high"] > [0.8, 6.0, 0, 0]).all() and table.loc["a", "low"] == 0 and np.isnan(table.loc["b", "low"])


def test_a_limit_that_is_near_but_not_reached_keeps_the_estimate_and_takes_the_interval():
    found = customers.fit([0, 0, 1, 2, 4, 1], [0, 0, 20, 15, 25, 5], 30)
    assert found.reached == () and {"equal rates", "nobody leaves"} <= set(found.boundary)
    table = found.frame()
    assert 1 < table.loc["r", "estimate"] < 10 and np.isnan(table.loc["r", "low"]) and table.loc["r", "high"] == np.inf


def test_one_record_determines_nothing_and_is_said_to():
    found = customers.fit([1], [1], [2])
    assert set(customers.LIMITS) <= set(found.boundary) and np.isnan(found.covariance).all()


def test_members_without_a_past_are_all_alive_and_expect_less_than_buyers():
    assert customers.p_alive(CDNOW, 0, 0, 39.0) == 1
    none, many = (customers.conditional(CDNOW, x, t, 39.0, 39.0) for x, t in ((0, 0.0), (6, 38.0)))
    assert none < many
    late, early = (customers.conditional(CDNOW, 6, t, 39.0, 39.0) for t in (38.0, 15.0))
    assert early < late


def test_scores_rank_and_gain_counts_ties_in_proportion():
    table = customers.rfm(np.arange(100), np.arange(100)[::-1], np.ones(100))
    assert table["R"].iloc[0] == 5 and table["R"].iloc[-1] == 1
    assert (table["M"] == 3).all() and (table["score"] == table[["R", "F", "M"]].sum(axis=1)).all()
    assert customers.gain(np.ones(50), np.arange(50.0), 0.2) == pytest.approx(0.2)
    assert customers.gain(np.arange(50.0), np.arange(50.0), 0.2) > 0.35


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: customers.log_likelihood([1, 1, 1], 1, 1, 2), "theta"),
        (lambda: customers.log_likelihood([1, 1, 1, 0], 1, 1, 2), "theta"),
        (lambda: customers.log_likelihood(CDNOW, 1.5, 1, 2), "x"),
        (lambda: customers.log_likelihood(CDNOW, 1, 3, 2), "t_x"),
        (lambda: customers.log_likelihood(CDNOW, 0, 1, 2), "t_x"),
        (lambda: customers.log_likelihood(CDNOW, np.nan, 1, 2), "x"),
        (lambda: customers.expected(CDNOW, -1), "t"),
        (lambda: customers.conditional(CDNOW, 1, 1, 2, -1), "t"),
        (lambda: customers.fit([0, 0], [0, 0], [5, 5]), "x"),
        (lambda: customers.fit([1, 1], [1, 1, 1], 5), "x"),
        (lambda: customers.fit(["one"], [1], [5]), "x"),
        (lambda: customers.p_alive(CDNOW, 1, 1, np.inf), "T"),
        (lambda: customers.gain([1, np.nan], [1, 1]), "score"),
        (lambda: customers.gain([1, 2], [1, 1], 1.0), "share"),
        (lambda: customers.rfm([1, 2], [1]), "frequency"),
        (lambda: customers.rfm([1, 2], [1, 2], groups=1), "groups"),
        (lambda: customers.gain([1, 2], [0, 0]), "outcome"),
        (lambda: customers.gain([1, 2], [1]), "outcome"),
    ],
)
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
