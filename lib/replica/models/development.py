"""What did a programme change? Before–after, difference in differences, and a baseline that is held constant.

Units (suppliers, schools, branches) are observed for years; some enter a programme at `start`. If those are chosen
because their last score was bad, part of that badness was luck and goes away by itself: regression to the mean. Then
before–after and difference in differences show an effect where there is none. Holding the score that decided constant
repairs it, because nothing else decided.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import statsmodels.api as sm
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Array = NDArray[np.float64]
METHODS = ("before–after", "difference in differences", "baseline held constant")


@dataclass(frozen=True)
class Effect:
    """Estimate, standard error (HC2) and residual degrees of freedom."""

    estimate: float
    error: float
    df: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        half = stats.t.ppf((1 + level) / 2, self.df) * self.error
        return self.estimate - half, self.estimate + half

    def covers(self, truth: float) -> bool:
        low, high = self.interval()
        return low <= truth <= high


def _check(y: ArrayLike, treated: ArrayLike, start: int) -> tuple[Array, NDArray[np.bool_]]:
    y, d = np.asarray(y, dtype=float), np.asarray(treated)
    if y.ndim != 2 or not np.isfinite(y).all():
        raise ValueError(f"y: expected a matrix (units, years) of finite numbers, got shape {y.shape}")
    if d.shape != (len(y),) or d.dtype != bool or d.sum() < 2 or (~d).sum() < 2:
        raise ValueError("treated: expected one truth value a unit, two units at least on each side")
    if isinstance(start, bool) or int(start) != start or not 1 <= start < y.shape[1]:
        raise ValueError(f"start: expected a year from 1 to {y.shape[1] - 1}, got {start!r}")
    return y, d


def effect(y: ArrayLike, treated: ArrayLike, start: int, method: str, baseline: int = 1) -> Effect:
    """Effect of a programme on the mean score after its start.

    The third method is least squares of the score after on the programme, the deciding score and its square; the
    square takes up what counting adds to the noise of low shares. No unit needs a twin on the other side of the cut,
    but the curve is extended across it: the wider the cut from the middle, the more rests on its form.

    Parameters
    ----------
    y : array_like, shape (units, years)
    treated : array_like of bool, shape (units,)
    start : int
        Index of the first year of the programme.
    method : {"before–after", "difference in differences", "baseline held constant"}
        Mean change of the treated; that minus the mean change of the others; difference of the means after, at the same
        score in the year before the start (analysis of covariance).
    baseline : int
        Number of years before the start that "before" is the mean of (not used by the third method).

    Raises
    ------
    ValueError
        If the shapes do not fit, the method is unknown, or there are not as many years before the start.
    """
    y, d = _check(y, treated, start)
    if method not in METHODS:
        raise ValueError(f"method: expected one of {', '.join(METHODS)}, got {method!r}")
    if not 1 <= baseline <= start:
        raise ValueError(f"baseline: expected 1 to {start} years, got {baseline!r}")
    after, change = y[:, start:].mean(axis=1), y[:, start:].mean(axis=1) - y[:, start - baseline : start].mean(axis=1)
    if method == METHODS[0]:
        own = change[d]
        return Effect(float(own.mean()), float(own.std(ddof=1) / own.size**0.5), own.size - 1)
    last = y[:, start - 1] - y[:, start - 1].mean()
    columns = [np.ones(len(y)), d.astype(float)] + ([last, last**2] if method == METHODS[2] else [])
    fit = sm.OLS(after if method == METHODS[2] else change, np.column_stack(columns)).fit(cov_type="HC2", use_t=True)
    return Effect(float(fit.params[1]), float(fit.bse[1]), float(fit.df_resid))


def event_study(y: ArrayLike, treated: ArrayLike, start: int) -> Array:
    """Difference treated minus others in every year, less the same difference in the year before the start."""
    y, d = _check(y, treated, start)
    gap = y[d].mean(axis=0) - y[~d].mean(axis=0)
    return gap - gap[start - 1]
