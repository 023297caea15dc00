"""Back-tests: arch for the best of many rules, closed forms and values by hand for the rest, planted look-ahead."""

from __future__ import annotations

import numpy as np
import pytest
from arch.bootstrap import SPA, StepM
from scipy import stats
from statsmodels.stats.sandwich_covariance import S_hac_simple

from replica.methods import backtest


def rng(seed=1):
    return np.random.default_rng(seed)


# positions


def test_a_position_earns_the_next_return_and_pays_for_each_trade():
    path = backtest.rule_returns([1, -1, -1, 0], [9.0, 0.02, 0.01, -0.03], cost=0.001)
    assert path.gross == pytest.approx([0.02, -0.01, 0.03])
    assert path.turnover == pytest.approx([1, 2, 0])
    assert path.net == pytest.approx([0.019, -0.012, 0.03])


def test_many_rules_are_the_same_as_one_by_one():
    positions, returns = rng().choice([-1, 0, 1], (200, 7)), rng(2).normal(0, 0.01, 200)
    together = backtest.rule_returns(positions, returns, 0.002)
    for k in range(7):
        assert together.net[:, k] == pytest.approx(backtest.rule_returns(positions[:, k], returns, 0.002).net)


def test_todays_return_does_not_matter_to_todays_position():
    """A rule that knows the present return perfectly earns nothing from independent returns."""
    returns = rng().normal(0, 0.01, 20_000)
    assert abs(backtest.sharpe(backtest.rule_returns(np.sign(returns), returns).net).value) < 0.6
    ahead = np.r_[np.sign(returns[1:]), 0]
    assert backtest.sharpe(backtest.rule_returns(ahead, returns).net).value > 15


def test_planted_future_information_is_caught_and_honest_rules_are_not():
    prices = 100 * np.exp(rng().normal(0, 0.01, 300).cumsum())
    average = np.ones(10) / 10

    def trailing(p):
        return np.sign(p - np.convolve(p, average)[: len(p)])

    def centred(p):
        return np.sign(p - np.convolve(p, average, mode="same"))

    def ranked_in_all(p):
        return (p > np.median(p)).astype(float)

    def one_day_ahead(p):
        return np.sign(np.r_[np.diff(p), 0])

    assert backtest.causal(trailing, prices)
    assert not any(backtest.causal(rule, prices) for rule in (centred, ranked_in_all, one_day_ahead))


def test_a_portfolio_drifts_and_pays_only_where_it_trades():
    returns = np.array([[0, 0], [0.2, 0], [0, 0.1], [0, 0]])
    kept = backtest.portfolio_returns([[0.5, 0.5], [np.nan] * 2, [0.5, 0.5], [np.nan] * 2], returns, 0.01)
    drifted = np.array([0.6, 0.5]) / 1.1
    assert kept.gross == pytest.approx([0.1, drifted[1] * 0.1, 0])
    after = drifted * [1, 1.1] / (1 + drifted[1] * 0.1)
    assert kept.turnover == pytest.approx([1, 0, np.abs(after - 0.5).sum()])
    assert kept.net == pytest.approx(kept.gross - 0.01 * kept.turnover)
    wealth = np.prod(1 + kept.gross)
    assert wealth == pytest.approx(0.5 * 1.2 + 0.5 * 1.1)  # nothing earned after the third day: buy and hold


# one rule


def test_error_of_a_sharpe_ratio_has_the_closed_form_for_normal_returns_and_covers():
    r = rng().normal(0.05, 1, 200_000)
    found = backtest.sharpe(r, periods=1)
    assert found.error == pytest.approx(np.sqrt((1 + found.value**2 / 2) / len(r)), rel=0.01)
    inside = 0
    for seed in range(400):
        low, high = backtest.sharpe(rng(seed).standard_t(6, 500) + 0.1, periods=1).interval
        inside += low < 0.1 / np.sqrt(1.5) < high
    assert stats.binomtest(inside, 400, 0.95).pvalue > 0.001


def test_error_with_lags_is_that_of_statsmodels():
    r = rng().normal(0.1, 1, 400)
    z = (r - r.mean()) / r.std()
    s = r.mean() / r.std()
    psi = z - s / 2 * (z**2 - 1)
    expected = np.sqrt(S_hac_simple(psi[:, None], nlags=6)[0, 0]) / len(r)
    assert backtest.sharpe(r, periods=1, lags=6).error == pytest.approx(expected)


def test_difference_of_sharpe_ratios_is_memmels_for_normal_returns():
    """Memmel (2003): (2 - 2 rho + (S1^2 + S2^2 - 2 S1 S2 rho^2) / 2) / T."""
    n, rho = 200_000, 0.6
    x = rng().multivariate_normal([0.2, 0.1], [[1, rho], [rho, 1]], n)
    found = backtest.sharpe_difference(x[:, 0], x[:, 1], periods=1, lags=0)
    s, u, r = *(x.mean(axis=0) / x.std(axis=0)), np.corrcoef(x.T)[0, 1]
    assert found.value == pytest.approx(s - u)
    assert found.error == pytest.approx(np.sqrt((2 - 2 * r + (s**2 + u**2 - 2 * s * u * r**2) / 2) / n), rel=0.01)
    assert backtest.sharpe_difference(x[:, 0], x[:, 1]).value == pytest.approx((s - u) * np.sqrt(252))


def test_drawdown_and_sortino_by_hand():
    assert backtest.drawdown([0.1, 0.1, -0.2, -0.1, 0.5]) == pytest.approx(1 - 0.8 * 0.9)
    assert backtest.drawdown([-0.3, 0.1]) == pytest.approx(0.3)  # from the money that was put in
    assert backtest.drawdown([0.1, 0.2]) == 0
    assert backtest.sortino([0.03, -0.01, 0.04, -0.02], periods=1) == pytest.approx(0.01 / np.sqrt(0.0005 / 4))


def test_deflated_sharpe_meets_the_example_of_its_authors():
    """Bailey & Lopez de Prado (2014): 2.5 a year, 1,250 days, skew -3, kurtosis 10, N = 100, V = 1/2 give .9004."""
    days, s = 1250, 2.5 / np.sqrt(250)
    trials = np.tile([-1.0, 1.0], 50)
    trials *= np.sqrt(0.5 / 250) / trials.std(ddof=1)
    p, hurdle = backtest.deflated_sharpe(with_moments(days, s, -3.0, 10.0), trials)
    assert hurdle == pytest.approx(0.1132, abs=2e-4)
    assert p == pytest.approx(0.9004, abs=2e-3)
    assert backtest.deflated_sharpe(with_moments(days, s, -3.0, 10.0), trials, count=10)[1] < hurdle


def with_moments(days, ratio, skew, kurtosis):
    """Returns of two values: a skewness of -3 has a kurtosis of 10 at least, and two values reach it."""
    assert kurtosis == skew**2 + 1
    rare = (13 - np.sqrt(117)) / 26
    y = np.where(np.arange(days) < round(rare * days), -1.0, 0.0)
    assert (stats.skew(y), stats.kurtosis(y, fisher=False)) == pytest.approx((skew, kurtosis), rel=0.01)
    return (y - y.mean()) / y.std(ddof=1) + ratio


def test_the_hurdle_is_the_expected_maximum():
    for n in (20, 500):
        best = rng().normal(size=(4000, n)).max(axis=1).mean()
        trials = np.tile([-1.0, 1.0], n // 2)
        hurdle = backtest.deflated_sharpe(rng(2).normal(size=100), trials / trials.std(ddof=1))[1]
        assert hurdle == pytest.approx(best, rel=0.03)


# value at risk


def test_kupiec_by_hand_and_by_its_published_region():
    """x = 6 of T = 255 at 1 %: the likelihoods by hand; Kupiec's region of no rejection for 255 days is x < 7."""
    hits = np.r_[np.ones(6), np.zeros(249)]
    by_hand = 2 * (6 * np.log(6 / 255) + 249 * np.log(249 / 255) - 6 * np.log(0.01) - 249 * np.log(0.99))
    ratio, p = backtest.kupiec(hits, 0.01)
    assert ratio == pytest.approx(by_hand) and p == pytest.approx(stats.chi2.sf(by_hand, 1)) and p > 0.05
    assert backtest.kupiec(np.r_[np.ones(7), np.zeros(248)], 0.01)[1] < 0.05
    assert backtest.kupiec(np.zeros(255), 0.01)[0] == pytest.approx(-2 * 255 * np.log(0.99))


def test_christoffersen_by_hand():
    """0 0 1 1 0 0 0 1 0 0: transitions n00 4, n01 2, n10 2, n11 1."""
    hits = [0, 0, 1, 1, 0, 0, 0, 1, 0, 0]
    apart = 4 * np.log(4 / 6) + 2 * np.log(2 / 6) + 2 * np.log(2 / 3) + np.log(1 / 3)
    together = 6 * np.log(6 / 9) + 3 * np.log(3 / 9)
    ratio, p, both = backtest.christoffersen(hits, 0.1)
    assert ratio == pytest.approx(2 * (apart - together)) and p == pytest.approx(stats.chi2.sf(ratio, 1))
    assert both == pytest.approx(stats.chi2.sf(ratio + backtest.kupiec(hits, 0.1)[0], 2))


def test_value_at_risk_tests_keep_their_size():
    p = [backtest.kupiec((rng(k).random(1000) < 0.05).astype(int), 0.05)[1] for k in range(400)]
    assert stats.binomtest(sum(x < 0.05 for x in p), 400, 0.05).pvalue > 0.001


# the best of many


def test_counts_are_those_of_a_stationary_bootstrap():
    counts = backtest.stationary_counts(60, 4000, 5.0, rng())
    assert (counts.sum(axis=1) == 60).all()
    assert counts.mean(axis=0) == pytest.approx(np.ones(60), abs=0.12)
    x = np.sin(np.arange(60) / 4)
    x -= x.mean()
    k = np.arange(1, 60)
    circular = np.array([x @ np.roll(x, j) for j in k])
    variance = (x @ x + 2 * ((1 - k / 60) * 0.8**k) @ circular) / 60  # Politis & Romano, by sums over the circle
    assert (counts @ x).var() / 60 == pytest.approx(variance, rel=0.1)


def rules_of_a_kind(seed, lift=0.0):
    x = rng(seed).normal(size=(600, 1)) + rng(seed + 100).normal(size=(600, 30))
    x[:, 0] += lift
    x[:, 20:] -= 0.4
    return x


@pytest.mark.parametrize(("seed", "lift"), [(1, 0.0), (2, 0.12), (3, 0.2)])
def test_p_values_are_those_of_arch(seed, lift):
    """arch compares means that are not divided by their errors: its upper p is the reality check."""
    x = rules_of_a_kind(seed, lift)
    found = backtest.snooping(x, rng(9), replications=3000, block=6)
    plain = SPA(np.zeros(600), -x, block_size=6, reps=1500, seed=5)
    plain.compute()
    assert found.reality_check == pytest.approx(plain.pvalues["upper"], abs=0.05)
    scaled = SPA(np.zeros(600), -x * found.t / (np.sqrt(600) * x.mean(axis=0)), block_size=6, reps=1500, seed=5)
    scaled.compute()
    for name in ("lower", "consistent", "upper"):
        assert getattr(found, name) == pytest.approx(scaled.pvalues[name], abs=0.05), name
    assert found.lower <= found.consistent <= found.upper


def test_named_rules_are_those_of_archs_stepm():
    x = rules_of_a_kind(4)
    x[:, [2, 5, 7]] += [0.25, 0.3, 0.4]
    found = backtest.snooping(x, rng(9), replications=2000, block=4)
    scaled = -x * found.t / (np.sqrt(600) * x.mean(axis=0))
    reference = StepM(np.zeros(600), scaled, block_size=4, reps=1000, seed=3)
    reference.compute()
    assert sorted(found.superior) == sorted(reference.superior_models) and found.superior[0] == found.best
    assert {5, 7} <= set(found.superior.tolist())


def test_the_test_of_the_best_keeps_its_size_and_the_naive_one_does_not():
    p = np.array(
        [
            (f.naive, f.reality_check, f.consistent)
            for seed in range(200)
            for f in [backtest.snooping(rng(seed).normal(size=(250, 40)), rng(seed + 900), replications=200, block=2)]
        ]
    )
    rejected = (p < 0.05).sum(axis=0)
    assert rejected[0] > 140
    for count in rejected[1:]:
        assert stats.binomtest(int(count), 200, 0.05).pvalue > 0.001


# bad input


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: backtest.rule_returns([1, 0], [0.1, 0.2, 0.3]), "positions"),
        (lambda: backtest.rule_returns([1, np.nan], [0.1, 0.2]), "positions"),
        (lambda: backtest.rule_returns([1, 0], [0.1, np.inf]), "returns"),
        (lambda: backtest.rule_returns([1, 0], [0.1, 0.2], cost=-1), "cost"),
        (lambda: backtest.portfolio_returns([[1.0]], [[0.1]]), "weights"),
        (lambda: backtest.portfolio_returns([[np.nan], [1.0]], [[0.1], [0.1]]), "weights"),
        (lambda: backtest.portfolio_returns([[2.0], [1.0]], [[0.0], [-0.6]]), "returns"),
        (lambda: backtest.causal(np.sign, [1, 2]), "data"),
        (lambda: backtest.causal(lambda x: x[1:], np.arange(9.0)), "rule"),
        (lambda: backtest.sharpe([0.1, 0.1, 0.1]), "returns"),
        (lambda: backtest.sharpe([0.1, 0.2, 0.1], lags=3), "lags"),
        (lambda: backtest.sharpe_difference([0.1, 0.2, 0.3], [0.1, 0.2]), "second"),
        (lambda: backtest.sharpe_difference([0.1, 0.2, 0.1], [0.2, 0.4, 0.2], lags=0), "second"),
        (lambda: backtest.sortino([0.1, 0.2, 0.3]), "returns"),
        (lambda: backtest.deflated_sharpe([0.1, 0.2, 0.1], [0.1]), "trials"),
        (lambda: backtest.deflated_sharpe([0.1, 0.2, 0.1], [0.1, 0.2], count=1), "count"),
        (lambda: backtest.kupiec([0, 2], 0.01), "hits"),
        (lambda: backtest.kupiec([0, 0.5], 0.01), "hits"),
        (lambda: backtest.christoffersen([0, 1], 0.0), "level"),
        (lambda: backtest.stationary_counts(10, 5, 0.5, rng()), "block"),
        (lambda: backtest.snooping(np.ones((10, 2)), rng()), "gains"),
        (lambda: backtest.snooping(np.ones((30, 2)), rng()), "gains"),
        (lambda: backtest.snooping(rng().normal(size=(30, 2)), 5), "rng"),
    ],
)
def test_bad_input_names_its_argument(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
