"""One column of the gravity tables on the full panel: pyfixest, against linearmodels and our closed form.

Run ``python benchmarks/gravity.py``; it prints the times of one run and the ratios, after checking that the slopes
agree. Times are the best of five for the first two; linearmodels runs once. The closed form needs a full panel and
gives no controls, so it is timed on the column without them.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyfixest
from linearmodels.iv.absorbing import AbsorbingLS

from replica.methods import panels
from replica.worlds import ch15

CONTROLS = ["Lngdp", "Ec_fr", "Dist_w", "Pgdp", "Free", "Gdpsim"]
EFFECTS = ["ij", "it", "jt"]


def timed(run: Callable[[], float], repetitions: int) -> tuple[float, float]:
    """Shortest time in seconds, and the slope."""
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        slope = run()
        times.append(time.perf_counter() - start)
    return min(times), slope


def by_pyfixest(panel: pd.DataFrame, regressors: list[str]) -> float:
    """Slope of the index with robust errors."""
    fit = pyfixest.feols(f"Lngvc ~ {' + '.join(regressors)} | {' + '.join(EFFECTS)}", panel, vcov="hetero")
    return float(fit.coef()["Index_total"])


def by_linearmodels(panel: pd.DataFrame, regressors: list[str]) -> float:
    """The same slope by absorbing least squares."""
    effects = panel[EFFECTS].astype("category")
    fit = AbsorbingLS(panel["Lngvc"], panel[regressors], absorb=effects).fit(cov_type="robust")
    return float(fit.params["Index_total"])


def main() -> None:
    """Print one line a column."""
    warnings.simplefilter("ignore")
    panel = ch15.trade_panel(np.random.default_rng(1))
    x, y = ch15.grid(panel["Index_total"]), ch15.grid(panel["Lngvc"])
    print(f"{len(panel):,} rows, three sets of effects; seconds")
    for name, frame, regressors in (
        ("without controls", panel, ["Index_total"]),
        ("with controls", panel[panel["observed"]], ["Index_total", *CONTROLS]),
    ):
        fast, slope = timed(lambda f=frame, r=regressors: by_pyfixest(f, r), 5)
        slow, other = timed(lambda f=frame, r=regressors: by_linearmodels(f, r), 1)
        if not np.isclose(slope, other, atol=1e-5):
            raise SystemExit(f"{name}: the slopes differ, {slope} and {other}")
        line = f"{name}: pyfixest {fast:.3f}, linearmodels {slow:.2f} ({slow / fast:.0f} times)"
        if regressors == ["Index_total"]:
            closed, third = timed(lambda: float(panels.slope(x, y)[0]), 5)
            if not np.isclose(slope, third, atol=1e-6):
                raise SystemExit(f"{name}: the closed form differs, {slope} and {third}")
            line += f", closed form {closed:.4f} ({closed / fast:.2f} times)"
        print(line)


if __name__ == "__main__":
    main()
