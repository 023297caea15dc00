"""The panel of suppliers: its moments, its counterfactual, who is chosen; and the calls for tender."""

from __future__ import annotations

import numpy as np
import pytest

from replica.simulate import suppliers


def test_moments_are_those_asked_for():
    p = suppliers.supplier_panel(
        4000, 6, effect=0.0, developed=2, spread=0.5, luck=0.4, persistence=0.3, trend=-0.02, seed=1
    )
    y = np.log(p.share)
    assert y.mean(axis=0) == pytest.approx(np.log(0.02) - 0.02 * np.arange(6), abs=0.05)
    assert y.std(axis=0) == pytest.approx(np.sqrt(0.5**2 + 0.4**2), rel=0.05)
    assert np.cov(y[:, 1], y[:, 2])[0, 1] == pytest.approx(0.5**2 + 0.3 * 0.4**2, rel=0.08)
    assert p.counts.mean() == pytest.approx(1000 * p.share.mean(), rel=0.01)


def test_without_a_programme_the_counterfactual_is_the_panel():
    p = suppliers.supplier_panel(effect=0.0, seed=2)
    assert np.array_equal(p.share, p.without)
    q = suppliers.supplier_panel(effect=-0.4, seed=2)
    assert np.array_equal(p.without, q.without) and np.array_equal(p.developed, q.developed)
    assert np.allclose(np.log(q.share / q.without)[q.developed][0], q.effect)
    assert np.array_equal(q.share[~q.developed], q.without[~q.developed])
    assert np.array_equal(p.counts[:, : p.start], q.counts[:, : p.start])


def test_choices_are_what_they_say():
    p = {choice: suppliers.supplier_panel(choice=choice, seed=3) for choice in suppliers.CHOICES}
    last = p["worst"].score[:, 3]
    assert last[p["worst"].developed].min() >= last[~p["worst"].developed].max()
    assert last[p["best"].developed].max() <= last[~p["best"].developed].min()
    lottery = p["lottery"]
    assert (
        lottery.eligible.sum() == 80
        and lottery.developed.sum() == 40
        and not lottery.developed[~lottery.eligible].any()
    )
    assert last[lottery.eligible].min() >= last[~lottery.eligible].max()


def test_calls_without_noise_are_seen_as_they_are_and_choice_is_graded():
    rng, w = np.random.default_rng(4), np.array([0.5, 0.3, 0.2])
    seen, value = suppliers.tender(5, w, 4000, rng, common=0.4, noise=0.0)
    assert np.allclose(seen @ w, value) and suppliers.choice_quality(value, seen @ w) == (1.0, 0.0)
    assert np.corrcoef(seen[:, 0, 0], seen[:, 0, 1])[0, 1] == pytest.approx(0.4, abs=0.04)
    won, lost = suppliers.choice_quality(value, rng.standard_normal(value.shape))
    assert won == pytest.approx(0.2, abs=0.02)
    assert lost == pytest.approx((value.max(axis=1) - value.mean(axis=1)).mean(), rel=0.05)
    noisy, _ = suppliers.tender(5, w, 4000, rng, noise=np.array([0.0, 2.0, 2.0]))
    assert noisy[..., 0].std() == pytest.approx(1, rel=0.03) and noisy[..., 1].std() == pytest.approx(5**0.5, rel=0.03)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"suppliers": 2}, "suppliers"),
        ({"years": True}, "years"),
        ({"start": 0}, "start"),
        ({"developed": 199}, "developed"),
        ({"developed": 120, "choice": "lottery"}, "developed"),
        ({"choice": "friends"}, "choice"),
        ({"spread": -1.0}, "spread"),
        ({"luck": -1.0}, "luck"),
        ({"persistence": 1.0}, "persistence"),
        ({"inspected": 0}, "inspected"),
        ({"ramp": 0}, "ramp"),
    ],
)
def test_bad_panels_are_refused_by_name(change, name):
    with pytest.raises(ValueError, match=rf"^{name}: "):
        suppliers.supplier_panel(**change)


def test_bad_calls_are_refused_by_name():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="^weights: "):
        suppliers.tender(3, np.array([0.5, 0.6]), 1, rng)
    with pytest.raises(ValueError, match="^suppliers: "):
        suppliers.tender(1, np.array([1.0]), 1, rng)
    with pytest.raises(ValueError, match="^noise: "):
        suppliers.tender(3, np.array([1.0]), 1, rng, noise=-1.0)
    with pytest.raises(ValueError, match="^score: "):
        suppliers.choice_quality(np.ones((2, 3)), np.ones((3, 2)))
