"""Random consumers: what theory fixes holds in every draw, and what it leaves open does not."""

import numpy as np
import pytest

from replica.models import consumption
from replica.simulate import shoppers


@pytest.fixture(scope="module")
def attentive():
    return shoppers.attentive(np.random.default_rng(1), 40)


def test_theorems_about_attention_hold_in_every_draw(attentive):
    a = attentive
    assert (a.information_half >= a.information - 1e-9).all()  # revealed preference
    assert (a.net_half >= a.net - 1e-9).all() and (a.net_learnt >= a.net - 1e-9).all()
    assert (a.upgrade_near >= a.upgrade - 1e-7).all()  # the value is convex in acquisition costs
    gain = a.net_half - a.net  # the envelope theorem, integrated
    assert (gain >= a["lambda"] / 2 * a.information - 1e-9).all()
    assert (gain <= a["lambda"] / 2 * a.information_half + 1e-9).all()


def test_what_theory_leaves_open_goes_both_ways(attentive):
    a = attentive
    for better in (a.cost_half < a.cost, a.upgrade_half > a.upgrade, a.cost_learnt < a.cost):
        assert 0 < better.mean() < 1


def test_budgets_are_those_of_the_linear_expenditure_system_and_the_sign_of_gamma_decides():
    frame = shoppers.budgets(np.random.default_rng(2), 3000)
    bought = frame[frame.bought]
    assert ((bought.outlay_half > bought.outlay) == (bought.gamma < 0)).all()
    assert (bought.shop_half > bought.shop).all()
    m, need, gamma, beta, a = 80.0, 6.0, -9.0, 0.4, 0.7
    found = consumption.basket(m, [1, 1], [1 - beta, beta], [need, gamma], access=[0, a])
    shop, outlay, quantity = shoppers._shares(m, need, gamma, beta, a)
    assert quantity == pytest.approx(found.quantity[1]) and shop == pytest.approx(found.share(1))
    assert outlay == pytest.approx(found.share(1, with_access=True))


def test_readers_who_may_stop_are_never_worse_off_than_those_who_may_not():
    frame = shoppers.readers(np.random.default_rng(3), 40)
    assert (frame.best >= frame[["all", "none", "twenty", "forty"]].max(axis=1) - 1e-12).all()
    assert (frame.mixed_best <= frame.best + 1e-9).all() and (frame.labelled_best <= frame.best + 1e-12).all()


def test_snobs_buy_less_of_what_costs_more_and_like_it_better():
    frame = shoppers.snobs(np.random.default_rng(4), 1000)
    assert (frame.demand_dear < frame.demand).all() and (frame.gross_dear > frame.gross).all()
    assert (frame.net_dear < frame.net).all()


def test_search_and_filters_repeat_themselves():
    for draw in (lambda rng: shoppers.searchers(rng, 5, 200), lambda rng: shoppers.filtered(rng, 5, 20)):
        first, second = (draw(np.random.default_rng(5)) for _ in range(2))
        assert first.equals(second) and np.isfinite(first).all().all()


@pytest.mark.parametrize("name", ["attentive", "budgets", "readers", "searchers", "snobs", "filtered"])
def test_bad_input_is_refused_by_name(name):
    draw = getattr(shoppers, name)
    with pytest.raises(ValueError, match="^draws:"):
        draw(np.random.default_rng(1), 0)
    with pytest.raises(ValueError, match="^rng:"):
        draw(1, 10)
