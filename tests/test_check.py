"""The guards accept what they promise and name the argument of everything else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replica import check

NOT_NUMBERS = [float("nan"), float("inf"), -float("inf"), True, np.True_, "1", b"1", None, [1.0], np.array([1.0]), 1j]


@pytest.mark.parametrize("value", NOT_NUMBERS)
@pytest.mark.parametrize("guard", [check.number, check.positive, check.share, check.whole])
def test_what_is_no_finite_number_is_refused_by_name(guard, value):
    with pytest.raises(ValueError, match="^size: expected"):
        guard("size", value)


@pytest.mark.parametrize(
    ("guard", "good", "bad"),
    [
        (lambda n, v: check.number(n, v, 0, 1, open_low=True), [1, 0.5], [0, 1.01]),
        (lambda n, v: check.number(n, v, 0, 1, open_high=True), [0, 0.99], [1, -0.1]),
        (check.positive, [1e-300, np.float32(2), np.array(3.0)], [0, -1]),
        (check.share, [0, 1, np.int64(1)], [-1e-9, 1 + 1e-9]),
        (lambda n, v: check.whole(n, v, 1, 5), [1, 5, np.int32(3)], [0, 6, 3.0]),
    ],
)
def test_ends_of_ranges(guard, good, bad):
    for value in good:
        assert guard("x", value) == value
    for value in bad:
        with pytest.raises(ValueError, match="^x: "):
            guard("x", value)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5))
def test_a_vector_comes_back_as_floats(values):
    found = check.vector("y", values)
    assert found.dtype == float
    assert found.tolist() == values


@pytest.mark.parametrize(
    "value", [[1.0, np.nan], [np.inf], ["a"], [[1.0], [2.0, 3.0]], [True], 3.0, [[1.0]], [], None, [1 + 1j], [None]]
)
def test_bad_vectors(value):
    with pytest.raises(ValueError, match="^y: expected"):
        check.vector("y", value)


def test_shapes_ranges_and_special_matrices():
    assert check.array("a", [[1, 2]], shape=(1, None)).shape == (1, 2)
    for call in (
        lambda: check.array("m", [[1, 2]], shape=(2, None)),
        lambda: check.array("m", [0.0, 1.0], low=0, open_low=True),
        lambda: check.matrix("m", [[]]),
        lambda: check.matrix("m", [1.0]),
        lambda: check.correlation("m", [[1, 0.5], [0.4, 1]]),
        lambda: check.correlation("m", [[2.0]]),
        lambda: check.correlation("m", [[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]),
        lambda: check.probabilities("m", [0.2, 0.2]),
        lambda: check.one_of("m", 3, ["a"]),
        lambda: check.generator("m", 7),
    ):
        with pytest.raises(ValueError, match="^m: "):
            call()
    assert check.correlation("r", [[1, 1], [1, 1]]).shape == (2, 2)
    rounded = check.correlation("r", [[1 + 1e-15, 1 + 1e-12], [1 + 1e-12, 1]])  # rounding is no fault
    assert rounded.max() == 1
    assert check.probabilities("p", [0.25, 0.75]).tolist() == [0.25, 0.75]
    assert check.one_of("m", "a", ["a"]) == "a"
