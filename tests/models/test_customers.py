"""BG/NBD against published values, direct simulation, numerical integration and planted parameters."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from replica.models import customers

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
    found = customers.members(PLANTED, 120_000, 52, 26, rng)
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
        d = customers.members(PLANTED, 5000, 52, 0, np.random.default_rng(seed))
        table = customers.fit(d["x"], d["t_x"], d["T"]).frame()
        covered += list((table["low"] <= PLANTED) & (table["high"] >= PLANTED))
        assert table["estimate"].to_numpy() == pytest.approx(PLANTED, rel=0.35)
    assert np.mean(covered) >= 0.75


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
        (lambda: customers.log_likelihood([1, 1, 0, 1], 1, 1, 2), "theta"),
        (lambda: customers.log_likelihood(CDNOW, 1.5, 1, 2), "x"),
        (lambda: customers.log_likelihood(CDNOW, 1, 3, 2), "t_x"),
        (lambda: customers.log_likelihood(CDNOW, 0, 1, 2), "t_x"),
        (lambda: customers.log_likelihood(CDNOW, np.nan, 1, 2), "x"),
        (lambda: customers.expected(CDNOW, -1), "t"),
        (lambda: customers.conditional(CDNOW, 1, 1, 2, -1), "t"),
        (lambda: customers.fit([0, 0], [0, 0], [5, 5]), "x"),
        (lambda: customers.members(CDNOW, 0, 5, 5, np.random.default_rng(1)), "n"),
        (lambda: customers.rfm([1, 2], [1]), "frequency"),
        (lambda: customers.rfm([1, 2], [1, 2], groups=1), "groups"),
        (lambda: customers.gain([1, 2], [0, 0]), "outcome"),
        (lambda: customers.gain([1, 2], [1]), "outcome"),
    ],
)
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
