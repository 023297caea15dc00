"""Shapley effects against the closed form of the linear Gaussian model (Owen & Prieur 2017)."""

import numpy as np
import pytest

from replica.methods import region


@pytest.mark.parametrize("rho", [-0.6, 0.0, 0.5, 0.9])
def test_two_correlated_normals_have_their_closed_form(rho):
    b1, b2 = 1.0, 2.0
    total = b1**2 + b2**2 + 2 * rho * b1 * b2
    first = (b1**2 * (1 - rho**2 / 2) + rho * b1 * b2 + b2**2 * rho**2 / 2) / total
    found = region.shapley(
        lambda z: b1 * z[0] + b2 * z[1], [[1, rho], [rho, 1]], {"a": [0], "b": [1]}, 3, size=8192, repetitions=16
    )
    assert found["share"].sum() == pytest.approx(1)
    assert found["share"].tolist() == pytest.approx([first, 1 - first], abs=0.02)


def test_an_input_without_effect_has_a_share_through_its_twin_only():
    matrix = np.eye(3)
    matrix[0, 1] = matrix[1, 0] = 0.8
    found = region.shapley(lambda z: z[0], matrix, {"a": [0], "twin": [1], "none": [2]}, 1, size=8192)
    assert found["share"].tolist() == pytest.approx([0.68, 0.32, 0], abs=0.03)  # 1 - rho^2/2, rho^2/2, 0


@pytest.mark.parametrize("groups", [{"a": [0]}, {"a": [0], "b": [0]}, {"a": [0], "b": [2]}])
def test_groups_that_do_not_hold_each_input_once_are_refused(groups):
    with pytest.raises(ValueError, match="^groups"):
        region.shapley(lambda z: z[0], np.eye(2), groups, 1)


def test_a_constant_is_refused():
    with pytest.raises(ValueError, match="^model"):
        region.shapley(lambda z: 0 * z[0], np.eye(2), {"a": [0], "b": [1]}, 1)
