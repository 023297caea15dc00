"""The buyer's small questions against simulation and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from replica.models import sourcing


def test_stock_out_and_on_time_against_simulation():
    rng = np.random.default_rng(1)
    lead = rng.normal(20, 3, 400_000)
    demand = lead * 10 + np.sqrt(20) * 4 * rng.standard_normal(lead.size)
    assert sourcing.stock_out(240, 10, 4, 20, 3) == pytest.approx((demand > 240).mean(), abs=0.003)
    assert sourcing.on_time(22, 20, 3) == pytest.approx((lead <= 22).mean(), abs=0.003)


def test_a_less_variable_lead_time_helps_above_mean_demand_and_hurts_below():
    assert sourcing.stock_out(220, 10, 4, 20, 1) < sourcing.stock_out(220, 10, 4, 20, 4)
    assert sourcing.stock_out(180, 10, 4, 20, 1) > sourcing.stock_out(180, 10, 4, 20, 4)


def test_newsvendor_profit_is_the_best_over_orders():
    rng = np.random.default_rng(2)
    demand, orders = rng.normal(100, 30, 200_000), np.linspace(60, 140, 81)
    profit = [np.mean(10 * np.minimum(demand, q) + 2 * np.maximum(q - demand, 0) - 6 * q) for q in orders]
    assert sourcing.early_profit(100, 30, 10, 6, 2) == pytest.approx(max(profit), rel=0.01)
    assert sourcing.early_profit(100, 0, 10, 6, 2) == pytest.approx(400)


def test_outage_against_simulation_and_its_ends():
    rng, n = np.random.default_rng(3), 1_000_000
    shock = rng.random(n) < 0.4 * 0.1
    a = shock | (rng.random(n) < (0.1 - 0.04) / 0.96)
    b = shock | (rng.random(n) < (0.2 - 0.04) / 0.96)
    assert (a.mean(), b.mean()) == pytest.approx((0.1, 0.2), abs=0.002)
    assert sourcing.outage(0.1, 0.2, 0.4) == pytest.approx((a & b).mean(), abs=0.001)
    assert sourcing.outage(0.1, 0.2, 0.0) == pytest.approx(0.02)
    assert sourcing.outage(0.1, 0.2, 1.0) == pytest.approx(0.1)
    assert sourcing.outage(1.0, 1.0, 1.0) == 1


def test_posterior_by_counting_and_a_useless_test_teaches_nothing():
    # 20 of 100 are good, 19 of them pass; of 80 bad ones 24 pass
    assert sourcing.posterior(0.2, 0.95, 0.3) == pytest.approx(19 / 43)
    assert sourcing.posterior(0.3, 0.6, 0.6) == pytest.approx(0.3)


def test_faking_raises_the_chance_of_the_bad_and_is_ended_by_detection():
    assert sourcing.faking(0.0, 1.0, 0.1, 0.0) == pytest.approx(0.1)
    assert sourcing.faking(5.0, 1.0, 0.1, 0.0) == pytest.approx(1.0)
    assert sourcing.faking(0.5, 1.0, 0.1, 0.95) == pytest.approx(0.1)
    # gain 0.5 (0.8 - 0.1) = 0.35 of those with costs from 0 to 1 prepare
    assert sourcing.faking(0.5, 1.0, 0.1, 0.2) == pytest.approx(0.35 * 0.8 + 0.65 * 0.1)


def test_logit_shares_sum_with_the_outside_option_and_move_together():
    u = np.array([[1.0, 0.5, -2.0], [800.0, 0.0, 0.0]])
    s = sourcing.logit_shares(u)
    outside = 1 / (1 + np.exp(u[0]).sum())
    assert s[0].sum() + outside == pytest.approx(1) and s[1, 0] == pytest.approx(1)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: sourcing.stock_out(1, 0, 1, 1, 1), "demand"),
        (lambda: sourcing.stock_out(1, 1, 0, 1, 0), "sd_demand"),
        (lambda: sourcing.on_time(1, 1, 0), "sd_lead"),
        (lambda: sourcing.early_profit(1, 1, 1, 2, 0), "price"),
        (lambda: sourcing.outage(1.1, 0, 0), "one"),
        (lambda: sourcing.posterior(0.5, 0, 0), "pass_good"),
        (lambda: sourcing.faking(1, 0, 0.1, 0.1), "dearest"),
        (lambda: sourcing.logit_shares([np.nan]), "utility"),
    ],
)
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=rf"^{name}: "):
        call()
