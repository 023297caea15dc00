"""Random consumers: what theory fixes holds in every draw, and what it leaves open does not."""

import cvxpy as cp
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from replica.methods import attention
from replica.worlds import ch01


@pytest.fixture(scope="module")
def attentive():
    return ch01.attentive(np.random.default_rng(1), 40)


def test_theorems_about_attention_hold_in_every_draw(attentive):
    a = attentive
    assert (a.information_half >= a.information - 1e-9).all()  # revealed preference
    assert (a.net_half >= a.net - 1e-9).all() and (a.net_learnt >= a.net - 1e-9).all()
    assert (a.upgrade_near >= a.upgrade - 1e-7).all()  # the value is convex in acquisition costs
    gain = a.net_half - a.net  # the envelope theorem, integrated
    assert (gain >= a["lambda"] / 2 * a.information - 1e-9).all()
    assert (gain <= a["lambda"] / 2 * a.information_half + 1e-9).all()


def test_one_shop_is_added_up_by_hand():
    """The first draw again, step by step: sizes, bills and choices of the row are those of the solver on it."""
    row, rng = ch01.attentive(np.random.default_rng(7), 1).iloc[0], np.random.default_rng(7)
    payoff, prior = ch01.shop(rng)
    cost = np.exp(rng.uniform(np.log(0.05), np.log(2)))
    base, half = attention.solve(payoff, cost, prior), attention.solve(payoff, cost / 2, prior)
    assert row["lambda"] == cost and (row["size"], row["size_half"]) == (base.considered.sum(), half.considered.sum())
    assert row["cost"] == pytest.approx(cost * base.information) and row["net"] == pytest.approx(
        prior @ (base.conditional * payoff).sum(axis=1) - cost * base.information
    )
    assert (row["upgrade"], row["outside"]) == pytest.approx((base.marginal[4:].sum(), base.marginal[0]))
    nearer = attention.solve(payoff + 0.3 * (np.arange(7) >= 4), cost, prior)
    assert row["upgrade_near"] == pytest.approx(nearer.marginal[4:].sum())
    assert row["lost"] == ((base.marginal > 0) & (half.marginal == 0)).sum()
    assert row["right_outside"] == pytest.approx(prior[payoff.argmax(axis=1) == 0].sum())
    assert row["right_upgrade"] == pytest.approx(prior[payoff.argmax(axis=1) >= 4].sum())
    means = prior @ payoff
    kind = ["not buying", *["necessary"] * 3, *["upgrade"] * 3][means.argmax()]
    assert row["best"] == kind


def test_what_theory_leaves_open_goes_both_ways(attentive):
    a = attentive
    for better in (a.cost_half < a.cost, a.upgrade_half > a.upgrade, a.cost_learnt < a.cost):
        assert 0 < better.mean() < 1


def test_budgets_are_those_of_the_linear_expenditure_system_and_the_sign_of_gamma_decides():
    frame = ch01.budgets(np.random.default_rng(2), 3000)
    bought = frame[frame.bought]
    assert ((bought.outlay_half > bought.outlay) == (bought.gamma < 0)).all()
    assert (bought.shop_half > bought.shop).all()


@pytest.mark.parametrize(
    "m, need, gamma, beta, a", [(80, 6, -9, 0.4, 0.7), (40, 10, -20, 0.2, 1.0), (60, 5, 3, 0.5, 0.2)]
)
def test_a_generic_convex_solver_finds_the_same_basket(m, need, gamma, beta, a):
    q = cp.Variable(2, nonneg=True)
    goal = cp.Maximize((1 - beta) * cp.log(q[0] - need) + beta * cp.log(q[1] - gamma))
    cp.Problem(goal, [q[0] + (1 + a) * q[1] <= m]).solve(solver=cp.CLARABEL)
    shop, outlay, quantity = ch01._shares(m, need, gamma, beta, a)
    assert quantity == pytest.approx(q.value[1], abs=5e-3)  # of the solver
    assert shop == pytest.approx(q.value[1] / q.value.sum(), abs=1e-4)
    assert outlay == pytest.approx((1 + a) * q.value[1] / m, abs=1e-4)


def test_effects_are_elasticities_of_the_closed_form():
    """Where the good is bought its outlay share is w = beta (m - need)/m + (1 - beta)(1 + a) gamma / m."""
    rng = np.random.default_rng(2)
    m, need = rng.uniform(40, 200, 3000), rng.uniform(2, 10, 3000)
    gamma, beta, a = rng.uniform(-20, 5, 3000), rng.uniform(0.2, 0.7, 3000), rng.uniform(0.1, 1, 3000)
    frame = ch01.budgets(np.random.default_rng(2), 3000)
    inside = frame.bought.to_numpy() & (frame.outlay > 0.01).to_numpy()
    assert np.allclose(frame.outlay[inside], (beta * (m - need) + (1 - beta) * (1 + a) * gamma)[inside] / m[inside])
    income = (beta * need - (1 - beta) * (1 + a) * gamma)[inside] / m[inside]  # d w / d log m
    cost = -((1 - beta) * a * gamma)[inside] / m[inside]  # -d w / d log a, money
    assert np.allclose(frame.income_effect[inside], income, atol=1e-6)
    assert np.allclose(frame.money_effect[inside], cost, atol=1e-6)
    assert np.allclose(frame.time_effect[inside], cost, atol=1e-6)
    assert np.allclose(frame.money_effect_rich[inside], cost / 2, atol=1e-6)
    assert np.allclose(frame.time_effect_rich[inside], cost, atol=1e-6)


def test_readers_who_may_stop_are_never_worse_off_than_those_who_may_not():
    frame = ch01.readers(np.random.default_rng(3), 40)
    assert (frame.best >= frame[["all", "none", "twenty", "forty"]].max(axis=1) - 1e-12).all()
    assert (frame.mixed_best <= frame.best + 1e-9).all() and (frame.labelled_best <= frame.best + 1e-12).all()


def test_one_reader_is_added_up_by_hand():
    row, rng = ch01.readers(np.random.default_rng(9), 1).iloc[0], np.random.default_rng(9)
    mean, sd, noise = rng.uniform(-1, 1), rng.uniform(0.5, 2), rng.uniform(1, 4)
    cost, poor, times = np.exp(rng.uniform(np.log(1e-4), np.log(1e-2))), rng.uniform(0.2, 0.8), rng.uniform(3, 10)

    def net(n, precision, spread=sd):
        return attention.value_of_reading(mean, spread, precision).item() - cost * n

    pure = [net(n, n / noise**2) for n in ch01.COUNTS]
    assert row["all"] == pytest.approx(net(400, 400 / noise**2)) and row["none"] == pytest.approx(max(mean, 0))
    assert (row["twenty"], row["forty"]) == pytest.approx((net(20, 20 / noise**2), net(40, 40 / noise**2)))
    assert (row["best"], row["best_count"]) == (pytest.approx(max(pure)), ch01.COUNTS[np.argmax(pure)])
    luck, mixed = np.random.default_rng(1), []
    for n in ch01.COUNTS:
        bad = luck.binomial(n, poor, 20_000)
        precision = (n - bad) / noise**2 + bad / (times * noise) ** 2
        mixed.append(attention.value_of_reading(mean, sd, precision).mean() - cost * n)
    assert row["mixed_best"] == pytest.approx(max(mixed), abs=0.005)
    varied = [net(n, n / noise**2, 2 * sd) for n in ch01.COUNTS]
    assert row["varied_count"] == ch01.COUNTS[np.argmax(varied)] and row["cost"] == cost
    reachable = 400 * (1 - poor) >= ch01.COUNTS
    assert row["labelled_best"] == pytest.approx(np.array(pure)[reachable].max())


def test_one_snob_market_by_simulation():
    """At the fixed point the share that buys is the share whose liking and scarcity exceed the cost."""
    row, rng = ch01.snobs(np.random.default_rng(4), 1).iloc[0], np.random.default_rng(4)
    mu, s, a = (rng.uniform(low, high, 1)[0] for low, high in ((-1, 1), (0, 2), (0, 2)))
    liking = mu + np.random.default_rng(0).normal(size=400_000)
    for suffix, cost in (("", a), ("_dear", a + 0.2)):
        worth = liking + s * (1 - row[f"demand{suffix}"])
        buys = worth >= cost
        assert buys.mean() == pytest.approx(row[f"demand{suffix}"], abs=0.004)
        assert worth[buys].mean() == pytest.approx(row[f"gross{suffix}"], abs=0.01)
        assert row[f"net{suffix}"] == pytest.approx(row[f"gross{suffix}"] - cost)


def test_snobs_buy_less_of_what_costs_more_and_like_it_better():
    frame = ch01.snobs(np.random.default_rng(4), 1000)
    assert (frame.demand_dear < frame.demand).all() and (frame.gross_dear > frame.gross).all()
    assert (frame.net_dear < frame.net).all()


def test_search_and_filters_repeat_themselves():
    for draw in (lambda rng: ch01.searchers(rng, 5, 200), lambda rng: ch01.filtered(rng, 5, 20)):
        first, second = (draw(np.random.default_rng(5)) for _ in range(2))
        assert first.equals(second) and np.isfinite(first).all().all()


def test_a_planted_engel_curve_is_recovered_with_its_robust_error_and_nothing_is_found_in_noise():
    rng = np.random.default_rng(1)
    outlay = np.exp(rng.normal(6, 0.5, 4000))
    noise = rng.normal(size=4000) * 0.04 * np.sqrt(outlay / outlay.mean())
    share = np.clip(0.9 - 0.08 * np.log(outlay) + noise, 0, 1)
    found = ch01.working_leser(share, outlay)
    assert found.slope == pytest.approx(-0.08, abs=4 * found.slope_se)
    reference = sm.OLS(share, sm.add_constant(np.log(outlay))).fit().get_robustcov_results("HC1")
    assert found.slope_se == pytest.approx(reference.bse[1])
    assert found.elasticity == pytest.approx(1 + found.slope / share.mean())
    assert found.elasticity_se == pytest.approx(reference.bse[1] / share.mean())
    assert found.intercept == pytest.approx(reference.params[0]) and found.observations == 4000
    assert found.r_squared == pytest.approx(reference.rsquared)
    classes = pd.qcut(outlay, 20, labels=False)
    means = pd.Series(share).groupby(classes).transform("mean")
    assert found.binned_r_squared == pytest.approx(
        1 - ((share - means) ** 2).sum() / ((share - share.mean()) ** 2).sum()
    )
    flat = ch01.working_leser(rng.uniform(0.1, 0.5, 4000), outlay)
    assert abs(flat.slope) < 4 * flat.slope_se and flat.r_squared < 0.005 and flat.binned_r_squared < 0.02


@pytest.mark.parametrize("name", ["attentive", "budgets", "readers", "searchers", "snobs", "filtered"])
def test_bad_input_is_refused_by_name(name):
    draw = getattr(ch01, name)
    with pytest.raises(ValueError, match="^draws:"):
        draw(np.random.default_rng(1), 0)
    with pytest.raises(ValueError, match="^rng:"):
        draw(1, 10)


@pytest.mark.parametrize(
    "call, name",
    [
        (lambda: ch01.attentive(np.random.default_rng(1), 2.5), "draws"),
        (lambda: ch01.shop(np.random.default_rng(1), 0), "states"),
        (lambda: ch01.searchers(np.random.default_rng(1), 1, 0), "contents"),
        (lambda: ch01.filtered(np.random.default_rng(1), 1, 1, 20, 30), "shown"),
        (lambda: ch01.working_leser([0.5] * 10, [1] * 10), "share"),
        (lambda: ch01.working_leser([1.5] * 50, [1] * 50), "share"),
        (lambda: ch01.working_leser([np.nan] * 50, [1] * 50), "share"),
        (lambda: ch01.working_leser([0.5] * 50, [0] * 50), "outlay"),
        (lambda: ch01.working_leser([0.5] * 50, [3.0] * 50), "outlay"),
    ],
)
def test_bad_arguments_are_named(call, name):
    with pytest.raises(ValueError, match=rf"^{name}:"):
        call()
