"""The world of article 04: values added up by hand, fair loans, planted cases."""

from dataclasses import replace

import numpy as np
import pytest

from replica.methods import claims
from replica.worlds import ch04
from replica.worlds.ch04 import Deal, follow, luck


def test_value_is_the_sum_of_discounted_cash():
    years = np.arange(1, 3000)
    growth = np.where(years[1:] <= 10, 0.06, 0.02)
    cash = 5 * np.r_[1, np.cumprod(1 + growth)]
    assert ch04.dcf(5.0, 0.06, 0.1) == pytest.approx((cash / 1.1**years).sum())
    assert ch04.dcf(5.0, 0.1, 0.1) == pytest.approx(ch04.dcf(5.0, 0.1 + 1e-7, 0.1), rel=1e-5)


def test_ramp_is_the_integral_of_a_growing_stream():
    t = (np.arange(2_000_000) + 0.5) * 1e-4
    stream = 0.1 * np.minimum(t / 3, 1) * np.exp(-0.1 * t)
    assert ch04.ramp(3.0, 0.1) == pytest.approx(stream.sum() * 1e-4, rel=1e-4)
    assert ch04.ramp(0.0, 0.1) == 1


def test_the_spread_makes_the_loan_worth_what_was_lent():
    spread = ch04.loan_spread(0.6, 0.25, 7)
    lent = claims.merton(100, 60 * np.exp((0.04 + spread) * 7), 7, 0.04, 0.25).debt
    assert lent == pytest.approx(60, rel=1e-3)


def test_a_deal_without_errors_or_frictions_gives_away_its_premium():
    plain = Deal(premium=0.2, growth_error=0, margin_error=0, synergy=0, cost=0, hidden=0, debt=0, issue=0, old_debt=0)
    out = follow(plain, luck(200, np.random.default_rng(1)))
    assert out.gain == pytest.approx(np.full(200, -20.0))
    assert not out.broke.any() and out.destroyed == 1
    assert follow(replace(plain, premium=-0.2), luck(50, np.random.default_rng(1))).destroyed == 0


def test_the_middle_of_the_region_is_the_deal():
    for name, value in ch04.REGION.middle().items():
        assert getattr(Deal(), name) == pytest.approx(value), name


def test_more_rivals_and_larger_errors_cost_the_winner():
    draw = luck(20_000, np.random.default_rng(2))
    few, many = (follow(Deal(bidders=n, walk=np.inf), draw) for n in (2, 6))
    assert many.gain[many.won].mean() < few.gain[few.won].mean()
    sharp = follow(Deal(all_care=0.3), draw)
    assert sharp.destroyed < follow(Deal(), draw).destroyed
    debtless = follow(Deal(debt=0.0, old_debt=0.0), draw)
    assert not debtless.broke.any()


@pytest.mark.parametrize("name, value", [("debt", 1.2), ("volatility", 0), ("bidders", 9), ("hidden", -1)])
def test_bad_numbers_name_their_argument(name, value):
    with pytest.raises(ValueError, match=name):
        Deal(**{name: value})
