"""Measures of a forecast, splits of a series, and the forecasts that a model has to beat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.stats

#: Limits for a calibrated model against hourly data, in percent (ASHRAE Guideline 14-2014).
GUIDELINE_14_HOURLY = {"cvrmse": 30.0, "nmbe": 10.0}


def _pair(observed: np.ndarray, predicted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Arrays with the rows last; `predicted` may carry leading dimensions (members, epochs)."""
    y, p = np.asarray(observed, dtype=float), np.asarray(predicted, dtype=float)
    if y.ndim != 1 or len(y) < 2:
        raise ValueError(f"observed: expected one dimension and two values or more, got shape {y.shape}")
    if p.shape[-1:] != y.shape:
        raise ValueError(f"predicted: last dimension must be {len(y)}, got shape {p.shape}")
    for name, values in (("observed", y), ("predicted", p)):
        if not np.isfinite(values).all():
            raise ValueError(f"{name}: every value must be finite")
    return y, p


def r_squared(observed: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    r"""Coefficient of determination, 1 - SSE / SST, with SST about the mean of `observed`.

    Parameters
    ----------
    observed : (n,) array
    predicted : (..., n) array

    Returns
    -------
    (...) array
        At most 1; negative where the mean of `observed` would have done better.

    Raises
    ------
    ValueError
        If shapes differ, a value is not finite, or `observed` is constant.

    Examples
    --------
    >>> float(r_squared(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 2.0])))
    0.5
    """
    y, p = _pair(observed, predicted)
    total = np.sum((y - y.mean()) ** 2)
    if total == 0:
        raise ValueError("observed: R squared is not defined for a constant series")
    return 1 - np.sum((y - p) ** 2, axis=-1) / total


def cvrmse(observed: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    r"""Coefficient of variation of the root mean square error, in percent of the mean of `observed`.

    100 sqrt(SSE / n) / mean. (ASHRAE Guideline 14 divides SSE by n - p instead of n, a constant factor on one set.)

    Parameters
    ----------
    observed : (n,) array
    predicted : (..., n) array

    Returns
    -------
    (...) array

    Raises
    ------
    ValueError
        If shapes differ, a value is not finite, or the mean of `observed` is not positive.

    Examples
    --------
    >>> float(cvrmse(np.array([1.0, 3.0]), np.array([2.0, 2.0])))
    50.0
    """
    y, p = _pair(observed, predicted)
    _positive_mean(y)
    return 100 * np.sqrt(np.mean((y - p) ** 2, axis=-1)) / y.mean()


def nmbe(observed: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Normalised mean bias error, mean(observed - predicted) in percent of the mean of `observed`.

    Parameters, returns and errors as in :func:`cvrmse`.
    """
    y, p = _pair(observed, predicted)
    _positive_mean(y)
    return 100 * np.mean(y - p, axis=-1) / y.mean()


def _positive_mean(y: np.ndarray) -> None:
    if not y.mean() > 0:
        raise ValueError("observed: the mean must be positive")


def squared_correlation(observed: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Square of Pearson's correlation; 0 for a constant prediction. It ignores bias and scale."""
    y, p = _pair(observed, predicted)
    yc, pc = y - y.mean(), p - p.mean(axis=-1, keepdims=True)
    variances = np.sum(yc**2) * np.sum(pc**2, axis=-1)
    covariance = np.sum(yc * pc, axis=-1)
    return np.divide(covariance**2, variances, out=np.zeros_like(variances), where=variances > 0)


def error_parts(observed: np.ndarray, predicted: np.ndarray) -> dict[str, np.ndarray]:
    r"""Mean square error in three parts (Kobayashi & Salam 2000).

    MSE = (mean difference)^2 + (s_p - s_y)^2 + 2 s_y s_p (1 - r), with standard deviations divided by n.

    Returns
    -------
    dict
        "bias", "spread" and "correlation", each (...) array in squared units of `observed`.
    """
    y, p = _pair(observed, predicted)
    sy, sp = y.std(), p.std(axis=-1)
    covariance = np.mean((y - y.mean()) * (p - p.mean(axis=-1, keepdims=True)), axis=-1)
    return {
        "bias": (p.mean(axis=-1) - y.mean()) ** 2,
        "spread": (sp - sy) ** 2,
        "correlation": 2 * (sy * sp - covariance),
    }


def trend(path: np.ndarray) -> float:
    """Kendall's tau between a path and time: 1 rises throughout, -1 falls throughout, 0 for a constant path.

    A strictly decreasing function of the path has the opposite tau, so it is the right measure of direction where
    two statistics are monotone functions of each other.

    Examples
    --------
    >>> path = np.array([0.1, 0.4, 0.3, 0.8])
    >>> trend(path) == -trend(np.sqrt(1 - path))
    True
    """
    path = np.asarray(path, dtype=float)
    if path.ndim != 1 or len(path) < 2 or not np.isfinite(path).all():
        raise ValueError("path: expected one dimension, two finite values or more")
    if np.all(path == path[0]):
        return 0.0
    return float(scipy.stats.kendalltau(np.arange(len(path)), path).statistic)


def roughness(path: np.ndarray) -> np.ndarray:
    """Share of rounds in which a path rises, along the first dimension.

    Examples
    --------
    >>> float(roughness(np.array([3.0, 2.0, 2.5, 1.0, 1.0])))
    0.25
    """
    path = np.asarray(path, dtype=float)
    if len(path) < 2:
        raise ValueError("path: expected two rounds or more")
    return np.mean(np.diff(path, axis=0) > 0, axis=0)


def stopped(path: np.ndarray, guide: np.ndarray) -> np.ndarray:
    """Value of `path` at the first round in which `guide` is least: early stopping.

    Parameters
    ----------
    path, guide : (rounds, ...) arrays
        Such as the errors on test and on validation rows.

    Returns
    -------
    (...) array

    Examples
    --------
    >>> float(stopped(np.array([9.0, 5.0, 4.0]), guide=np.array([8.0, 3.0, 6.0])))
    5.0
    """
    path, guide = np.asarray(path, dtype=float), np.asarray(guide, dtype=float)
    if path.shape != guide.shape or len(path) < 1:
        raise ValueError(f"path, guide: expected the same shape, got {path.shape} and {guide.shape}")
    return np.take_along_axis(path, guide.argmin(axis=0)[None], axis=0)[0]


def split(
    n: int, shares: tuple[float, float, float] = (0.70, 0.15, 0.15), order: str = "time", seed: int = 1, block: int = 24
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows for training, validation and testing.

    Parameters
    ----------
    n : int
        Rows, in the order of time.
    shares : tuple of three floats
        Positive, summing to one.
    order : {"time", "blocks", "random"}
        "time": the past trains, the latest rows test. "blocks": whole blocks of `block` rows (days, for hours) are
        drawn at random. "random": rows are drawn one by one, without regard to time.
    seed : int
        For "blocks" and "random".
    block : int
        For "blocks".

    Returns
    -------
    tuple of three (.,) arrays of int

    Examples
    --------
    >>> [len(rows) for rows in split(744)]
    [521, 111, 112]
    """
    if len(shares) != 3 or min(shares) <= 0 or abs(sum(shares) - 1) > 1e-9:
        raise ValueError(f"shares: expected three positive shares with sum one, got {shares!r}")
    if order not in ("time", "blocks", "random"):
        raise ValueError(f"order: expected 'time', 'blocks' or 'random', got {order!r}")
    if block < 1:
        raise ValueError(f"block: expected one row or more, got {block!r}")
    ends = [round(n * shares[0]), round(n * (shares[0] + shares[1]))]
    if not 0 < ends[0] < ends[1] < n:
        raise ValueError(f"n: {n} rows are too few for {shares!r}")
    rows = np.arange(n)
    if order != "time":
        size = block if order == "blocks" else 1
        drawn = np.random.default_rng(seed).permutation(-(-n // size))
        rows = np.concatenate([np.arange(b * size, min((b + 1) * size, n)) for b in drawn])
    train, validation, test = np.split(rows, ends)
    return train, validation, test


def walk_forward(n: int, first: int, step: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Training and test rows of an expanding window: train on all rows so far, test on the next `step` rows.

    Examples
    --------
    >>> [(len(past), ahead.tolist()) for past, ahead in walk_forward(6, first=3, step=2)]
    [(3, [3, 4]), (5, [5])]
    """
    if not 0 < first < n or step < 1:
        raise ValueError(f"first, step: expected 0 < first < {n} and step >= 1, got {first!r}, {step!r}")
    return [(np.arange(start), np.arange(start, min(start + step, n))) for start in range(first, n, step)]


def persistence(series: np.ndarray, rows: np.ndarray, lag: int) -> np.ndarray:
    """Forecast of `series` at `rows` by its value `lag` rows before.

    Parameters
    ----------
    series : (n,) array
    rows : (k,) array of int
        Each at least `lag`.
    lag : int
        1 for the last value, 24 for the same hour of the day before, 168 of the week before.
    """
    rows = np.asarray(rows)
    if lag < 1 or rows.min() < lag:
        raise ValueError(f"lag: expected 1 <= lag <= {rows.min()}, the first row, got {lag!r}")
    return np.asarray(series, dtype=float)[rows - lag]


def held_out(
    model, x: np.ndarray, y: np.ndarray, order: str, seeds: Sequence[int],
    shares: tuple[float, float, float] = (0.70, 0.15, 0.15),
) -> float:
    """Mean CVRMSE, in percent, of a scikit-learn regressor on the test rows of :func:`split`, over seeds.

    Parameters
    ----------
    model : regressor with ``fit`` and ``predict``
        Fitted anew for every split.
    x : (n, inputs) array
    y : (n,) array
        Rows in the order of time.
    order : {"time", "blocks", "random"}
        As in :func:`split`; "time" has one split only.
    seeds : sequence of int
        One split a seed.
    """
    y, errors = np.asarray(y, dtype=float), []
    for seed in seeds[:1] if order == "time" else seeds:
        train, _, test = split(len(y), shares, order, seed)
        errors.append(cvrmse(y[test], model.fit(x[train], y[train]).predict(x[test])))
    if not errors:
        raise ValueError("seeds: expected one or more")
    return float(np.mean(errors))


class MinMax:
    """Map each column of the fitted data to [low, high] (the article's Eq. 2 with 0 and 1).

    Examples
    --------
    >>> scale = MinMax(np.array([[1.0], [3.0]]))
    >>> scale(np.array([[2.0]])).item(), scale.back(np.array([[0.5]])).item()
    (0.5, 2.0)
    """

    def __init__(self, data: np.ndarray, low: float = 0.0, high: float = 1.0) -> None:
        data = np.asarray(data, dtype=float)
        if not low < high:
            raise ValueError("low, high: expected low < high")
        self.low, self.width = low, high - low
        self.minimum, self.range = data.min(axis=0), np.ptp(data, axis=0)
        if np.any(self.range == 0):
            raise ValueError("data: a constant column has no range to divide by")

    def __call__(self, data: np.ndarray) -> np.ndarray:
        """Physical units to the scale."""
        return self.low + self.width * (np.asarray(data, dtype=float) - self.minimum) / self.range

    def back(self, data: np.ndarray) -> np.ndarray:
        """The scale to physical units."""
        return self.minimum + self.range * (np.asarray(data, dtype=float) - self.low) / self.width
