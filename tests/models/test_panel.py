"""Simulated panels against their targets."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from replica.methods import panels as panel
from replica.simulate import panels

# --- panels with printed moments -------------------------------------------------------------------------------------
NAMES = ["p", "q", "r"]


def exact_regression(seed, n=200):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 3)) @ rng.normal(size=(3, 3))
    y = x @ [0.5, -1.0, 0.2] + rng.standard_normal(n)
    frame = pd.DataFrame({"y": y, "p": x[:, 0], "q": x[:, 1], "r": x[:, 2]})
    result = sm.OLS(frame["y"], sm.add_constant(frame[NAMES])).fit()
    b, t = result.params[NAMES].to_dict(), result.tvalues[NAMES].to_dict()
    return frame, result, panels.Regression("y", b, t, result.rsquared, n)


def test_the_moments_recovered_give_the_printed_regression_and_the_panel_repeats_it():
    frame, result, printed = exact_regression(6)
    moments = panels.recover_moments([printed], frame.std().to_dict(), rng=np.random.default_rng(0))
    assert moments.gap < 0.05
    rng = np.random.default_rng(1)
    simulated = panels.correlated_panel(rng, frame.mean(), moments, units=25, periods=8, skew={"q": 1.0})
    assert simulated.mean().to_dict() == pytest.approx(frame[simulated.columns].mean().to_dict())
    assert simulated.std().to_dict() == pytest.approx(frame[simulated.columns].std().to_dict(), rel=1e-6)
    again = panel.fit(simulated, "y", NAMES).table
    assert again.loc[NAMES, "t"].tolist() == pytest.approx(result.tvalues[NAMES].tolist(), abs=0.06)


def test_a_wrong_standard_deviation_is_found_when_it_is_set_free():
    frame, result, printed = exact_regression(7)
    wrong = frame.std().to_dict() | {"q": frame["q"].std() / 5}
    freed = panels.recover_moments([printed], wrong, free_sd=["q"], rng=np.random.default_rng(0))
    assert freed.gap < 0.1
    assert freed.sd["q"] > 2 * wrong["q"]


def test_variance_between_units_is_what_was_asked():
    moments = panels.Moments(pd.Series({"a": 1.0, "b": 2.0}), pd.DataFrame(np.eye(2), ["a", "b"], ["a", "b"]), 0.0)
    frame = panels.correlated_panel(
        np.random.default_rng(8), {"a": 0, "b": 0}, moments, units=400, periods=10, between=0.7, persistence=0.0
    )
    between = frame.groupby(level=0).mean().var()["a"] - frame["a"].var() * 0.3 / 10
    assert between == pytest.approx(0.7, abs=0.05)


def test_bad_input_names_the_argument():
    with pytest.raises(ValueError, match="b, t"):
        panels.Regression("y", {"x": 1}, {"z": 1}, 0.5, 10)
