"""The world of article 18: rules by their definitions, noise without a pattern, and a fund added up by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from replica.methods import backtest
from replica.worlds import ch18

PRICES, RETURNS = ch18.noise(500, np.random.default_rng(3))


def column(name, prices=PRICES):
    positions, names = ch18.rules(prices)
    return positions[:, np.flatnonzero(names.rule == name)[0]]


def test_moving_averages_by_their_definition():
    found, day = column("5/100 days, band 0.50%"), 400
    gap = PRICES[day - 4 : day + 1].mean() / PRICES[day - 99 : day + 1].mean() - 1
    assert found[day] == (np.sign(gap) if abs(gap) > 0.005 else 0)
    expected = []
    for t in range(249, 500):
        gap = PRICES[t - 19 : t + 1].mean() / PRICES[t - 24 : t + 1].mean() - 1
        expected.append(np.sign(gap) * (abs(gap) > 0.001))
    assert column("20/25 days, band 0.10%")[249:] == pytest.approx(expected)


def test_relative_strength_by_its_definition():
    change = np.diff(PRICES, prepend=PRICES[0])
    expected = []
    for t in range(249, 500):
        window = change[t - 8 : t + 1]
        strength = 100 * window[window > 0].sum() / np.abs(window).sum()
        expected.append((strength < 40) * 1 - (strength > 60) * 1)
    assert column("9 days, against 40/60")[249:] == pytest.approx(expected)
    assert column("9 days, with 40/60") == pytest.approx(-column("9 days, against 40/60"))


def test_momentum_by_its_definition():
    past = PRICES[249:] / PRICES[249 - 60 : 500 - 60] - 1
    assert column("60 days, with, band 1.00%")[249:] == pytest.approx(np.sign(past) * (np.abs(past) > 0.01))
    assert column("1 day, against, band 0.00%")[249:] == pytest.approx(-np.sign(RETURNS[249:]))


def test_no_rule_looks_ahead_and_all_trade():
    assert backtest.causal(lambda p: ch18.rules(np.abs(p) + 1)[0], PRICES, cuts=6)
    positions, names = ch18.rules(PRICES)
    assert positions.shape == (500, 526) == (500, len(names)) and not positions[:249].any()
    assert (np.ptp(positions[249:], axis=0) > 0).all() and names.rule.is_unique
    assert not ch18.rules(np.full(300, 7.0))[0].any()  # flat prices give no signal


def test_noise_has_no_pattern_in_direction_but_in_size_and_momentum_has_one():
    rng = np.random.default_rng(8)
    flat, trend = (np.array([ch18.noise(1000, rng, momentum=m)[1] for _ in range(60)]) for m in (0.0, 0.2))

    def lag_one(x):
        return np.array([np.corrcoef(r[1:], r[:-1])[0, 1] for r in x])

    assert stats.ttest_1samp(lag_one(flat), 0).pvalue > 0.001
    assert lag_one(trend).mean() == pytest.approx(0.2, abs=0.02)
    assert lag_one(np.abs(flat)).mean() > 0.1
    assert flat.std() == pytest.approx(0.01, rel=0.1) and stats.kurtosis(flat.ravel()) > 1
    price, change = ch18.noise(20, rng)
    assert price[1:] / price[:-1] - 1 == pytest.approx(change[1:])


def test_one_day_of_a_run_added_up_by_hand():
    """q = 0.3 with 0.1 in cash: 0.2 must be raised from 0.9: s (1 - s / 2) 0.9 = 0.2."""
    path = ch18.redemption_run(0.1, shock=0.3, alarm=0.0, impact=0.5).path
    sold = 1 - np.sqrt(1 - 2 * 0.2 / 0.9)
    assert path.value.iloc[0] == pytest.approx(0.9 * (1 - sold) / 0.7)
    assert 0.9 * (1 - sold) / 0.7 == pytest.approx(1 - 0.9 * 0.5 * sold**2 / 0.7)  # the cost is borne by who stays
    assert len(path) == 1 and path.liquid.iloc[0] == 0


def test_the_buffer_protects_and_without_a_discount_nobody_loses():
    assert ch18.redemption_run(0.64, shock=0.6).loss == 0
    assert ch18.redemption_run(0.0, shock=0.6, impact=0.0, alarm=5.0).loss == pytest.approx(0, abs=1e-12)
    losses = [ch18.redemption_run(b, shock=0.5, alarm=1.0).loss for b in (0.0, 0.1, 0.2, 0.3, 0.5)]
    assert losses == sorted(losses, reverse=True) and losses[-1] == 0


def test_nobody_who_stays_gains_and_money_that_does_not_suffice_leaves_nothing():
    rng = np.random.default_rng(5)
    for b, q, a, k in rng.uniform([0, 0.05, 0, 0], [0.9, 0.95, 8, 0.5], (300, 4)):
        found = ch18.redemption_run(b, shock=q, alarm=a, impact=k)
        assert -1e-12 <= found.loss <= 1 and (found.path.value.diff().dropna() <= 1e-12).all()
        assert found.units == pytest.approx(1 - np.prod(1 - found.path.paid))
    assert ch18.redemption_run(0.0, shock=0.9, impact=0.5).loss == 1


def test_a_gate_ends_below_its_threshold_only():
    for fear in (0.25, 0.5, 1.0):
        edge = (1 / 3) * (1 + fear) / (1 / 3 + fear)
        calm, panic = (
            ch18.redemption_run(1.0, shock=q, gate=1 / 3, fear=fear, days=200) for q in (edge - 0.02, edge + 0.02)
        )
        assert calm.units < 0.99 < panic.units and max(calm.loss, panic.loss) < 1e-9


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: ch18.rules(np.ones(100)), "prices"),
        (lambda: ch18.rules(np.arange(300)), "prices"),
        (lambda: ch18.noise(5, np.random.default_rng(1)), "days"),
        (lambda: ch18.noise(50, np.random.default_rng(1), sd=0), "sd"),
        (lambda: ch18.noise(50, np.random.default_rng(1), momentum=1), "momentum"),
        (lambda: ch18.noise(50, 1), "rng"),
        (lambda: ch18.redemption_run(1.2), "liquid"),
        (lambda: ch18.redemption_run(0.2, shock=0), "shock"),
        (lambda: ch18.redemption_run(0.2, alarm=-1), "alarm"),
        (lambda: ch18.redemption_run(0.2, impact=2), "impact"),
        (lambda: ch18.redemption_run(0.2, gate=0), "gate"),
        (lambda: ch18.redemption_run(0.2, fear=-1), "fear"),
        (lambda: ch18.redemption_run(0.2, days=0), "days"),
    ],
)
def test_bad_input_names_its_argument(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call()
