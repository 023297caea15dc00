"""The functions that chapter 06 writes in its page: pymcdm on the same matrix, closed forms, published examples."""

from __future__ import annotations

import ast
from itertools import combinations
from pathlib import Path

import numpy as np
import pymcdm.methods
import pymcdm.weights
import pytest
from scipy import stats
from scipy.optimize import nnls

from replica.build import keys
from replica.methods import mcda

NOTEBOOK = Path(__file__).resolve().parents[2] / "chapters/06-performance-evaluation.ipynb"


@pytest.fixture(scope="module")
def written():
    """Functions and capital constants of the page, without running its cells."""
    names = {"np": np, "stats": stats, "nnls": nnls, "combinations": combinations, "floor": 0.01, "seed": 1}
    names |= {"critic_weights": pymcdm.weights.critic_weights, "judged": np.full(4, 0.25)}
    for cell in keys.read_notebook(NOTEBOOK)["cells"]:
        if cell["cell_type"] != "code":
            continue
        for node in ast.parse("".join(cell["source"])).body:
            constant = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).strip("()").isupper()
            if isinstance(node, ast.FunctionDef) or (constant and "SCALES" in ast.unparse(node)):
                exec(compile(ast.Module([node], []), cell["id"], "exec"), names)
    return names


@pytest.fixture
def firms():
    return np.random.default_rng(6).lognormal(size=(30, 4))


def test_page_and_library_agree_on_saatys_drinks(written):
    upper = [9, 5, 2, 1, 1, 1 / 2, 1 / 3, 1 / 9, 1 / 9, 1 / 9, 1 / 9, 1 / 3, 1 / 4, 1 / 3, 1 / 9, 1 / 2, 1, 1 / 3, 2]
    matrix = mcda.comparisons([*upper, 1 / 2, 1 / 3], 7)
    weights, index = written["priorities"](matrix)
    assert weights.round(3).tolist() == [0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327]
    assert index / mcda.RANDOM_INDEX[6] == pytest.approx(0.022, abs=0.0005)
    assert index == pytest.approx(float(mcda.ahp(matrix).index))


def test_entropy_is_that_of_pymcdm_and_its_limits_are_right(written, firms):
    assert written["entropy"](firms) == pytest.approx(pymcdm.weights.entropy_weights(firms))
    same_and_one = np.c_[np.ones(5), np.eye(5)[0]]
    assert written["entropy"](same_and_one) == pytest.approx([0, 1], abs=1e-12)
    # a zero is a firm without a share, so it changes an indicator as little as a very small number does
    low = firms.copy()
    low[0, 0] = 0
    tiny = firms.copy()
    tiny[0, 0] = 1e-13
    assert written["entropy"](low) == pytest.approx(written["entropy"](tiny), abs=1e-10)


def test_closeness_and_sum_are_those_of_pymcdm(written, firms):
    weights = np.array([0.4, 0.3, 0.2, 0.1])
    u = written["scale"](firms, "range")
    assert written["add"](u, weights, "ideal") == pytest.approx(pymcdm.methods.TOPSIS()(firms, weights, np.ones(4)))
    assert written["add"](u, weights, "sum") == pytest.approx(mcda.weighted_sum(firms, weights, np.ones(4, bool)))
    product = pymcdm.methods.WPM()(firms, weights, np.ones(4))
    assert stats.spearmanr(written["add"](firms, weights, "product"), product)[0] == pytest.approx(1)


def test_scales_lie_between_zero_and_one_and_keep_order(written, firms):
    for how in written["SCALES"]:
        u = written["scale"](firms, how)
        assert u.min() >= 0 and u.max() <= 1
        assert (np.argsort(u, axis=0) == np.argsort(firms, axis=0)).all()


def test_weights_sum_to_one_and_regression_recovers_what_was_planted(written):
    rng = np.random.default_rng(7)
    x = rng.standard_normal((4000, 4))
    found = written["weigh"](x, np.exp(x @ [3, 1, 0, 0] + 0.1 * rng.standard_normal(4000)))
    assert all(w.sum() == pytest.approx(1) and (w >= 0).all() for w in found.values())
    assert found["regression"] == pytest.approx([0.75, 0.25, 0, 0], abs=0.02)


def test_split_adds_to_one_and_its_first_part_is_the_mean_rank_correlation(written):
    rng = np.random.default_rng(8)
    places = np.argsort(rng.standard_normal((3, 2, 4, 40)) + rng.standard_normal(40), axis=-1).argsort(axis=-1) + 1.0
    parts = written["split"](places)
    assert parts.sum() == pytest.approx(1) and (parts > 0).all()
    assert parts[0] == pytest.approx(np.corrcoef(places.reshape(-1, 40)).mean())


def test_split_finds_the_planted_factor_and_nothing_where_nothing_is(written):
    one = np.arange(20.0)
    same = np.broadcast_to(one, (3, 2, 4, 20))
    assert written["split"](same) == pytest.approx([1, 0, 0, 0, 0], abs=1e-12)
    flipped = np.stack([one, one[::-1]])
    for axis in range(3):
        shape = [1, 1, 1, 20]
        shape[axis] = 2
        places = np.broadcast_to(flipped.reshape(shape), [2, 2, 2, 20])
        expected = np.zeros(5)
        expected[axis + 1] = 1
        assert written["split"](places) == pytest.approx(expected, abs=1e-12)
    rng = np.random.default_rng(9)
    noise = np.argsort(rng.standard_normal((6, 3, 3, 400)), axis=-1).argsort(axis=-1) + 1.0
    assert written["split"](noise)[0] == pytest.approx(1 / 54, abs=0.006)


def test_copy_of_an_alternative_turns_the_published_order(written):
    # Belton & Gear (1983)
    criteria = np.array([[1, 9, 1], [9, 1, 1], [8, 9, 1]])

    def priorities(rows):
        matrices = criteria[:, rows, None] / criteria[:, None, rows]
        return mcda.ahp(matrices).weights.mean(axis=0)

    assert priorities([0, 1, 2]).round(2).tolist() == [0.45, 0.47, 0.08]
    assert priorities([0, 1, 2, 1]).round(2).tolist() == [0.37, 0.29, 0.06, 0.29]


@pytest.mark.parametrize(("s", "k"), [(0.3, 4), (0.5, 6)])
def test_variance_of_a_log_ratio_of_judged_weights_is_two_s_squared_over_k(s, k):
    w = mcda.geometric_priorities(mcda.perturb(np.ones((k, k)), s, 40_000, np.random.default_rng(10)))
    assert np.log(w[:, 0] / w[:, 1]).var() == pytest.approx(2 * s**2 / k, rel=0.03)
