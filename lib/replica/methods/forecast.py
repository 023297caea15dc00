"""Measures of a forecast, splits in the order of time, and the forecasts that a model has to beat.

What scikit-learn has is taken from there: R² is ``sklearn.metrics.r2_score``, scaling to [0, 1] is
``sklearn.preprocessing.MinMaxScaler``, gaps and rolling windows are ``sklearn.model_selection.TimeSeriesSplit``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone

from replica import check

#: Limits for a calibrated model against hourly data, in percent (ASHRAE Guideline 14-2014).
GUIDELINE_14_HOURLY = {"cvrmse": 30.0, "nmbe": 10.0}
ORDERS = ("time", "blocks", "random")


def _pair(observed: ArrayLike, predicted: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Arrays with the rows last; `predicted` may carry leading dimensions (members, epochs)."""
    y, p = check.vector("observed", observed, least=2), check.array("predicted", predicted)
    if p.shape[-1:] != y.shape:
        raise ValueError(f"predicted: last dimension must be {len(y)}, got shape {p.shape}")
    return y, p


def r_squared(observed: ArrayLike, predicted: ArrayLike) -> np.ndarray:
    """Coefficient of determination, 1 - SSE / SST, for many forecasts of one series at once.

    Parameters
    ----------
    observed : (n,) array
        Not constant.
    predicted : (..., n) array

    Returns
    -------
    (...) array
        At most 1; negative where the mean of `observed` would have done better.

    Examples
    --------
    >>> float(r_squared([1.0, 2.0, 3.0], [1.0, 2.0, 2.0]))
    0.5
    """
    y, p = _pair(observed, predicted)
    if np.ptp(y) == 0:
        raise ValueError("observed: R squared is not defined for a constant series")
    return 1 - np.sum((y - p) ** 2, axis=-1) / np.sum((y - y.mean()) ** 2)


def cvrmse(observed: ArrayLike, predicted: ArrayLike) -> np.ndarray:
    """Coefficient of variation of the root mean square error, in percent: 100 sqrt(SSE / n) over the mean observed.

    ASHRAE Guideline 14 divides SSE by n - p instead of n, a constant factor on one set. Parameters as in
    :func:`r_squared`; the mean of `observed` must be positive.

    Examples
    --------
    >>> float(cvrmse([1.0, 3.0], [2.0, 2.0]))
    50.0
    """
    y, p = _pair(observed, predicted)
    return 100 * np.sqrt(np.mean((y - p) ** 2, axis=-1)) / check.positive("observed: its mean", y.mean())


def nmbe(observed: ArrayLike, predicted: ArrayLike) -> np.ndarray:
    """Normalised mean bias error, mean(observed - predicted) in percent of the mean of `observed`, as :func:`cvrmse`.

    Examples
    --------
    >>> float(nmbe([1.0, 3.0], [1.0, 2.0]))
    25.0
    """
    y, p = _pair(observed, predicted)
    return 100 * np.mean(y - p, axis=-1) / check.positive("observed: its mean", y.mean())


def error_parts(observed: ArrayLike, predicted: ArrayLike) -> dict[str, np.ndarray]:
    """Mean square error in three parts (Kobayashi & Salam 2000).

    MSE = (mean difference)² + (s_p - s_y)² + 2 s_y s_p (1 - r), with standard deviations divided by n.

    Returns
    -------
    dict
        "bias", "spread" and "correlation", each (...) array in squared units of `observed`.

    Examples
    --------
    >>> {name: float(part) for name, part in error_parts([1.0, 3.0], [2.0, 2.0]).items()}
    {'bias': 0.0, 'spread': 1.0, 'correlation': 0.0}
    """
    y, p = _pair(observed, predicted)
    sy, sp = y.std(), p.std(axis=-1)
    covariance = np.mean((y - y.mean()) * (p - p.mean(axis=-1, keepdims=True)), axis=-1)
    return {
        "bias": (p.mean(axis=-1) - y.mean()) ** 2,
        "spread": (sp - sy) ** 2,
        "correlation": 2 * (sy * sp - covariance),
    }


def split(
    n: int, shares: Sequence[float] = (0.70, 0.15, 0.15), order: str = "time", seed: int = 1, block: int = 24
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows for training, validation and testing.

    Parameters
    ----------
    n : int
        Rows, in the order of time.
    shares : three floats
        Positive, summing to one.
    order : {"time", "blocks", "random"}
        "time": the past trains, the latest rows test. "blocks": whole blocks of `block` rows (days, for hours) are
        drawn at random. "random": rows are drawn one by one, without regard to time.
    seed : int
        For "blocks" and "random".
    block : int
        For "blocks".

    Examples
    --------
    >>> [len(rows) for rows in split(744)]
    [521, 111, 112]
    """
    parts = check.probabilities("shares", shares)
    check.one_of("order", order, ORDERS)
    size = {"blocks": check.whole("block", block, 1), "random": 1}.get(order, n)
    ends = [round(check.whole("n", n, 1) * total) for total in np.cumsum(parts)[:2]]
    if len(parts) != 3 or not 0 < ends[0] < ends[1] < n:
        raise ValueError(f"shares: expected three that leave rows to each part, got {shares!r} of {n} rows")
    drawn = np.random.default_rng(seed).permutation(-(-n // size)) if order != "time" else [0]
    rows = np.concatenate([np.arange(b * size, min((b + 1) * size, n)) for b in drawn])
    train, validation, test = np.split(rows, ends)
    return train, validation, test


def walk_forward(n: int, first: int, step: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Training and test rows of an expanding window: train on all rows so far, test on the next `step` rows.

    Unlike ``TimeSeriesSplit`` the last window may be shorter, so that every row from `first` on is tested once.

    Examples
    --------
    >>> [(len(past), ahead.tolist()) for past, ahead in walk_forward(6, first=3, step=2)]
    [(3, [3, 4]), (5, [5])]
    """
    check.whole("first", first, 1, check.whole("n", n, 2) - 1)
    starts = range(first, n, check.whole("step", step, 1))
    return [(np.arange(start), np.arange(start, min(start + step, n))) for start in starts]


def persistence(series: ArrayLike, rows: ArrayLike, lag: int) -> np.ndarray:
    """Forecast of `series` at `rows` by its value `lag` rows before.

    Parameters
    ----------
    series : (n,) array
    rows : (k,) array of int
        Each at least `lag`.
    lag : int
        1 for the last value, 24 for the same hour of the day before, 168 of the week before.

    Examples
    --------
    >>> persistence([5.0, 6.0, 7.0], [1, 2], lag=1).tolist()
    [5.0, 6.0]
    """
    values, wanted = check.vector("series", series), np.asarray(rows)
    if wanted.dtype.kind not in "iu" or not wanted.size or wanted.max() >= values.size:
        raise ValueError(f"rows: expected whole numbers below {values.size}")
    return values[wanted - check.whole("lag", lag, 1, int(wanted.min()))]


def held_out(
    model, x: ArrayLike, y: ArrayLike, order: str, seeds: Sequence[int], shares: Sequence[float] = (0.70, 0.15, 0.15)
) -> float:
    """Mean CVRMSE, in percent, of a scikit-learn regressor on the test rows of :func:`split`, over seeds.

    Parameters
    ----------
    model : regressor with ``fit`` and ``predict``
        A copy is fitted for every split.
    x : (n, inputs) array
    y : (n,) array
        Rows in the order of time.
    order : {"time", "blocks", "random"}
        As in :func:`split`; "time" has one split only.
    seeds : sequence of int
        One split a seed, at least one.
    """
    x, y, errors = check.matrix("x", x), check.vector("y", y), []
    check.whole("seeds: their number", len(seeds), 1)
    for seed in seeds[:1] if order == "time" else seeds:
        train, _, test = split(len(y), shares, order, seed)
        errors.append(cvrmse(y[test], clone(model).fit(x[train], y[train]).predict(x[test])))
    return float(np.mean(errors))
