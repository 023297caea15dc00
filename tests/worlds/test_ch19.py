"""The world of chapter 19: funnels against closed forms, coders against their planted rate, members by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from replica.worlds import ch19

CYCLE = np.array([[0.2, 0.4, 0.0, 0.0, 0.4], [0.1, 0.2, 0.4, 0.0, 0.3], [0.0, 0.15, 0.2, 0.25, 0.4]])
AXES = {"space": ["one", "many"], "time": ["now", "later"], "construct": ["technology", "value", "needs"]}
THETA = [0.8, 6.0, 0.8, 2.5]


def test_gamblers_end_as_their_closed_form_says():
    p, size = 0.55, 9  # from 1 of 10 coins to 10 or to ruin
    P = np.zeros((size, size + 2))
    for i in range(size):
        P[i, i + 1 if i + 1 < size else size] += p
        P[i, i - 1 if i else size + 1] += 1 - p
    counts = ch19.follow(P, 100_000, np.random.default_rng(3))
    odds = (1 - p) / p
    assert counts[:, size].sum() / 100_000 == pytest.approx((1 - odds) / (1 - odds**10), abs=0.005)
    assert counts[:, size:].sum() == 100_000


def test_followed_people_walk_as_the_fundamental_matrix_says():
    visits = np.linalg.inv(np.eye(3) - CYCLE[:, :3])
    counts = ch19.follow(CYCLE, 200_000, np.random.default_rng(1))
    assert counts.sum(axis=1) / 200_000 == pytest.approx(visits[0], rel=0.02)
    assert counts / counts.sum(axis=1, keepdims=True) == pytest.approx(CYCLE, abs=0.01)
    flow = counts.sum(axis=1) - counts[:, :3].sum(axis=0)  # whoever leaves a stage has entered it
    assert flow.tolist() == [200_000, 0, 0]


def test_coders_err_at_the_planted_rate_on_every_axis():
    cells = pd.MultiIndex.from_product(AXES.values(), names=AXES).to_frame(index=False)
    plan = pd.concat([cells] * 400, ignore_index=True)
    coded = ch19.miscode(AXES, plan, 0.1, np.random.default_rng(2))
    assert (plan != coded).mean().to_numpy() == pytest.approx(np.full(3, 0.1), abs=0.015)
    assert (plan != coded).any(axis=1).mean() == pytest.approx(1 - 0.9**3, abs=0.02)
    wrong = coded["construct"][(plan["construct"] == "value") & (coded["construct"] != "value")]
    assert wrong.value_counts(normalize=True).to_numpy() == pytest.approx([0.5, 0.5], abs=0.1)
    assert ch19.miscode(AXES, plan, 0, np.random.default_rng(2)).equals(plan)


def test_members_have_the_planted_rates_and_keep_the_books():
    found = ch19.members(THETA, 50_000, 52, 26, np.random.default_rng(4))
    assert found["rate"].mean() == pytest.approx(0.8 / 6, rel=0.03)
    assert found["rate"].var() == pytest.approx(0.8 / 36, rel=0.06)
    assert found["leave"].mean() == pytest.approx(0.8 / 3.3, rel=0.02)
    assert found["T"].between(52 - 52 / 3, 52).all() and (found["t_x"] <= found["T"]).all()
    assert ((found["x"] == 0) == (found["t_x"] == 0)).all() and found["alive"][found["x"] == 0].all()
    assert (found["future"][~found["alive"]] == 0).all()
    sure = found[(found["x"] > 0) & (found["leave"] > 0.999)]
    assert not sure["alive"].any() and (sure["x"] == 1).all()


def test_members_who_never_leave_buy_at_their_rate():
    found = ch19.members([2.0, 10.0, 1e-9, 1.0], 50_000, 52, 26, np.random.default_rng(5))
    assert found["alive"].all()
    assert (found["x"] - found["rate"] * found["T"]).mean() == pytest.approx(0, abs=0.06)
    assert (found["future"] - 26 * found["rate"]).mean() == pytest.approx(0, abs=0.05)
    assert (found["future"] - 26 * found["rate"]).var() == pytest.approx(26 * 0.2, rel=0.05)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda rng: ch19.members(THETA, 0, 5, 5, rng), "n"),
        (lambda rng: ch19.members(THETA, 10.5, 5, 5, rng), "n"),
        (lambda rng: ch19.members([1, 1, 0, 1], 10, 5, 5, rng), "theta"),
        (lambda rng: ch19.members(THETA, 10, np.nan, 5, rng), "observed"),
        (lambda rng: ch19.members(THETA, 10, 5, -1, rng), "ahead"),
        (lambda rng: ch19.members(THETA, 10, 5, 5, 1), "rng"),
        (lambda rng: ch19.follow([[0.5, 0.6]], 5, rng), "P"),
        (lambda rng: ch19.follow([[1.0, 0.0]], 5, rng), "P"),
        (lambda rng: ch19.follow([[1.0]], 5, rng), "P"),
        (lambda rng: ch19.follow(CYCLE, 0, rng), "people"),
        (lambda rng: ch19.miscode(AXES, pd.DataFrame({"space": ["one"]}), 0.1, rng), "actions"),
        (lambda rng: ch19.miscode({"space": ["one", "all"]}, pd.DataFrame({"space": ["many"]}), 0.1, rng), "actions"),
        (lambda rng: ch19.miscode(AXES, pd.DataFrame({"space": ["one"]}), 2, rng), "error"),
    ],
)
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=f"^{name}:"):
        call(np.random.default_rng(1))
