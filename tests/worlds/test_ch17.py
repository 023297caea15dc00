"""The world of article 17: planted truth, a technology added up by hand, and costs that add up to the printed ones."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest, truncnorm

from replica.worlds import ch17


def test_planted_hospital_has_exactly_the_planted_truth():
    te = (0.80, 0.84, 0.82)
    panel = ch17.hospitals(50, seed=1, level=(1, 1.1, 1.265), planted_te=te, planted_cmi=(1.12, 1.12, 1.08))
    found = [panel.truth(t).iloc[0] for t in range(3)]
    assert [row["TE"] for row in found] == pytest.approx(te)
    assert [row["SE"] for row in found] == pytest.approx([0.93] * 3)
    assert panel.cmi[:, 0] == pytest.approx([1.12, 1.12, 1.08])
    assert abs(panel.cmi[:, 1:].mean() - 1.144) < 0.03


def test_one_hospital_added_up_by_hand():
    """h(0.5) = 0.15 + 0.35 + 0.0375 = 0.5375; SE = 0.5 / 0.5375; f doubles when every input doubles."""
    x = np.array([[[2000.0, 800.0, 500.0], [1000.0, 400.0, 250.0]]])
    cases = np.array([[[50_000.0, 15_000.0, 2500.0], [50_000.0, 15_000.0, 2500.0]]])  # 30,000 + 15,000 + 5,500
    world = ch17.Hospitals(x, cases, np.array([1.0]), np.zeros(2))
    truth = world.truth(0)
    z = 0.505
    h = 0.15 + 0.7 * z + 0.15 * z * z
    assert truth["TE"].tolist() == pytest.approx([0.505, 1.01])
    assert truth["SE"].tolist() == pytest.approx([z / h] * 2)
    assert truth["PTE"].tolist() == pytest.approx([h, 2 * h])
    assert truth["returns"].tolist() == ["increasing"] * 2
    assert world.cmi[0].tolist() == pytest.approx([50_500 / 67_500] * 2)
    assert world.groups[0, 0] == round(600 * (1 - np.exp(-67.5 / 40)))
    assert world.indicators.shape == (1, 2, 3)


def test_drawn_hospitals_have_the_moments_that_were_asked_for():
    world = ch17.hospitals(4000, seed=3, spread=0.2, trait_with_size=0.5)
    truth = world.truth(0)
    waste = -np.log(truth["PTE"].to_numpy())
    assert kstest(waste, "halfnorm", args=(0, 0.2)).pvalue > 0.001
    size = np.log(world.cases[0] @ ch17.WEIGHTS / ch17.BEST_SIZE)
    assert (size.mean(), size.std()) == pytest.approx((-0.15, 0.4504), abs=0.025)
    assert np.corrcoef(size, world.trait)[0, 1] == pytest.approx(0.5, abs=0.04)
    assert abs(np.corrcoef(waste, world.trait)[0, 1]) < 0.05
    assert (world.trait.mean(), world.trait.std()) == pytest.approx((0, 1), abs=0.05)


def test_waste_lasts_with_the_stated_correlation_and_keeps_its_size():
    """Absolute values of normals with correlation 0.8 have (2/pi)(0.6 + 0.8 asin 0.8 - 1) / (1 - 2/pi) = 0.599."""
    world = ch17.hospitals(4000, seed=5, level=(1.0,) * 6)
    waste = np.array([-np.log(world.truth(t)["PTE"]) for t in range(6)])
    assert kstest(waste[5], "halfnorm", args=(0, 0.2)).pvalue > 0.001
    assert np.corrcoef(waste[0], waste[1])[0, 1] == pytest.approx(0.599, abs=0.04)


def test_a_planted_effect_moves_waste_as_a_truncated_normal_and_zero_leaves_the_draw_alone():
    plain, moved = (ch17.hospitals(3000, seed=4, effect=e) for e in (0.0, 0.1))
    assert np.array_equal(plain.cases, moved.cases) and np.array_equal(plain.trait, moved.trait)
    waste = -np.log(moved.truth(0)["PTE"].to_numpy())
    mean = 0.1 * moved.trait
    assert kstest(truncnorm.cdf(waste, -mean / 0.2, np.inf, mean, 0.2), "uniform").pvalue > 0.001
    nearly = ch17.hospitals(50, seed=4, effect=1e-9).truth(0)["PTE"]
    assert nearly.to_numpy() == pytest.approx(ch17.hospitals(50, seed=4).truth(0)["PTE"].to_numpy(), abs=1e-7)


def test_direct_costs_and_overhead_by_hours_add_up_to_the_printed_costs():
    table = ch17.diseases(seed=1)
    pool, hours = (table["cases"] * table["overhead"]).sum(), (table["cases"] * table["hours"]).sum()
    assert pool / hours == pytest.approx(ch17.RATE)
    total = table[list(ch17.DIRECT)].sum(axis=1) + pool / hours * table["hours"]
    assert total["infarction"] == pytest.approx(66_300) and total["pneumonia"] == pytest.approx(2000)
    right = ch17.diseases(seed=1, intensity=0.0)
    assert right["overhead"].to_numpy() == pytest.approx(ch17.RATE * right["hours"].to_numpy())
    assert not np.allclose(table["overhead"], right["overhead"], rtol=0.1)
    assert len(table) == 20 and (table > 0).all(axis=None)
    others = table.iloc[2:]
    cover = others[list(ch17.DIRECT)].sum(axis=1) / others["payment"]
    assert cover.median() == pytest.approx(0.75, abs=0.1)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: ch17.hospitals(0, seed=1), "n"),
        (lambda: ch17.hospitals(5, seed=1, planted_te=(0.8, 0.9)), "planted_te"),
        (lambda: ch17.hospitals(5, seed=1, planted_te=(0.99,), planted_se=0.93), "planted_te"),
        (lambda: ch17.hospitals(5, seed=1, planted_te=(0.9,), planted_se=1.3), "planted_se"),
        (lambda: ch17.hospitals(5, seed=1, level=(0.0,)), "level"),
        (lambda: ch17.hospitals(5, seed=1, spread=-1.0), "spread"),
        (lambda: ch17.hospitals(5, seed=1, spread=0.0, effect=0.1), "effect"),
        (lambda: ch17.hospitals(5, seed=1, trait_with_size=1.0), "trait_with_size"),
        (lambda: ch17.mix_for(np.array([3.0])), "cmi"),
        (lambda: ch17.size_for(1.2), "scale_efficiency"),
        (lambda: ch17.diseases(2, seed=1), "groups"),
        (lambda: ch17.diseases(seed=1, intensity=np.nan), "intensity"),
        (lambda: ch17.diseases(seed=1, base_rate=0.0), "base_rate"),
    ],
)
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=rf"\b{name}\b"):
        call()
