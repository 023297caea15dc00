r"""Forecasts of a positive series from a few unevenly spaced points, with the interval that they deserve.

Two readings of "it grows by g a year". *Line*: logarithms lie around a straight line with independent errors. *Walk*:
the logarithm is a random walk with drift, so every year adds a new error that stays. And one of growth that ends:
the *logistic* curve, whose ceiling a few early points hardly determine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Forecast:
    """A point forecast and its interval.

    Attributes
    ----------
    growth : (low, middle, high)
        Growth rate a year, percent, with its confidence interval.
    at : float
        Year.
    value : (low, middle, high)
        Prediction interval for one new observation, in the unit of the series; the middle is the median.
    df : int
        Degrees of freedom left.
    """

    growth: tuple[float, float, float]
    at: float
    value: tuple[float, float, float]
    df: int


def _checked(years, values) -> tuple[np.ndarray, np.ndarray]:
    t, y = np.asarray(years, dtype=float), np.asarray(values, dtype=float)
    if t.ndim != 1 or t.shape != y.shape or len(t) < 3:
        raise ValueError(f"years: three points or more, as many as values, got shapes {t.shape} and {y.shape}")
    if not np.all(np.diff(t) > 0):
        raise ValueError("years: must rise")
    if not np.all(np.isfinite(y) & (y > 0)):
        raise ValueError("values: must be positive and finite")
    return t, np.log(y)


def _forecast(rate, rate_se, middle, sd, df, at, level) -> Forecast:
    q = stats.t.ppf((1 + level) / 2, df)
    growth = tuple(float(np.expm1(np.clip(rate + s * q * rate_se, -50, 50)) * 100) for s in (-1, 0, 1))
    value = tuple(float(np.exp(np.clip(middle + s * q * sd, -300, 300))) for s in (-1, 0, 1))
    return Forecast(growth, float(at), value, int(df))


def line(years, values, at: float, level: float = 0.95) -> Forecast:
    r"""Log-linear trend by least squares: :math:`\log y_i = a + g t_i + e_i`, errors independent and normal.

    Prediction variance :math:`s^2 (1 + 1/n + (t - \bar t)^2 / \sum (t_i - \bar t)^2)`, Student t with n - 2 degrees.

    Raises
    ------
    ValueError
        If there are fewer than three points, years do not rise, or values are not positive.

    Examples
    --------
    >>> f = line([0, 1, 2, 3], [1.0, 2.0, 4.0, 8.0], at=4)
    >>> round(f.growth[1], 6), round(f.value[1], 6), f.df
    (100.0, 16.0, 2)
    """
    t, y = _checked(years, values)
    centred, spread = t - t.mean(), np.sum((t - t.mean()) ** 2)
    slope = centred @ y / spread
    df = len(t) - 2
    s2 = np.sum((y - y.mean() - slope * centred) ** 2) / df
    sd = np.sqrt(s2 * (1 + 1 / len(t) + (at - t.mean()) ** 2 / spread))
    return _forecast(slope, np.sqrt(s2 / spread), y.mean() + slope * (at - t.mean()), sd, df, at, level)


def walk(years, values, at: float, level: float = 0.95) -> Forecast:
    r"""Random walk with drift: :math:`\log y_{i+1} - \log y_i \sim N(g \Delta_i, s^2 \Delta_i)`.

    Drift (last - first) / T with variance s²/T; prediction variance :math:`s^2 h (1 + h/T)` at horizon h; Student t
    with m - 1 degrees for m steps.

    Raises
    ------
    ValueError
        As `line`, or if `at` is not after the last year.
    """
    t, y = _checked(years, values)
    if at <= t[-1]:
        raise ValueError(f"at: must lie after the last year, {t[-1]:g}")
    gaps, steps = np.diff(t), np.diff(y)
    span, h, df = t[-1] - t[0], at - t[-1], len(gaps) - 1
    drift = (y[-1] - y[0]) / span
    s2 = np.sum((steps - drift * gaps) ** 2 / gaps) / df
    return _forecast(drift, np.sqrt(s2 / span), y[-1] + drift * h, np.sqrt(s2 * h * (1 + h / span)), df, at, level)


def logistic_profile(years, values, ceilings, at: float) -> tuple[np.ndarray, np.ndarray]:
    r"""Fit :math:`y = K / (1 + e^{-(a + b t)})` for each ceiling K, by least squares on the logit.

    Parameters
    ----------
    years, values : (n,) array_like
    ceilings : (m,) array_like
        Values of K, all above the largest observation.
    at : float
        Year of the forecast.

    Returns
    -------
    misfit : (m,) array
        Root mean square of log observed over fitted.
    forecast : (m,) array
        Fitted curve at `at`.

    Raises
    ------
    ValueError
        As `line`, or if a ceiling is not above every observation.
    """
    t, y = _checked(years, values)
    k = np.asarray(ceilings, dtype=float)
    if k.ndim != 1 or not np.all(k > np.exp(y.max())):
        raise ValueError("ceilings: one dimension, all above the largest value")
    logit = y - np.log(k[:, None] - np.exp(y))
    centred = t - t.mean()
    slope = logit @ centred / (centred @ centred)
    path = logit.mean(axis=1)[:, None] + slope[:, None] * (np.append(t, at) - t.mean())
    fitted = np.log(k[:, None]) - np.log1p(np.exp(-path))
    return np.sqrt(np.mean((fitted[:, :-1] - y) ** 2, axis=1)), np.exp(fitted[:, -1])
