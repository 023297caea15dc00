"""Debt dynamics: how a debt ratio moves.

Ratios are shares of the economy's income; a balance is positive when revenue exceeds spending without interest.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def _rates(name: str, value: ArrayLike) -> Array:
    array = np.asarray(value, dtype=float)
    if not (np.isfinite(array) & (array > -1)).all():
        raise ValueError(f"{name}: expected finite numbers above -1")
    return array


def _numbers(name: str, value: ArrayLike) -> Array:
    array = np.asarray(value, dtype=float)
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite numbers")
    return array


def debt_path(
    initial: ArrayLike, rate: ArrayLike, growth: ArrayLike, balance: ArrayLike, adjustment: ArrayLike = 0.0
) -> Array:
    """Debt ratio year by year.

    .. math:: b_t = \\frac{1 + r_t}{1 + g_t} b_{t-1} - pb_t + a_t

    Parameters
    ----------
    initial : array_like, shape (...)
        Debt ratio before the first year.
    rate, growth, balance, adjustment : array_like, shape (..., years)
        Interest rate on the debt, growth of income, primary balance over income, and debt taken over from elsewhere
        (stock-flow adjustment), each year; shapes broadcast.

    Returns
    -------
    array, shape (..., years + 1)
        The first entry is `initial`.

    Raises
    ------
    ValueError
        If an argument is not finite, a rate is -1 or less, or there is no year.

    Examples
    --------
    >>> debt_path(0.5, [0.04, 0.04], [0.06, 0.06], [-0.01, -0.01]).round(4).tolist()
    [0.5, 0.5006, 0.5011]
    """
    factor, flow = np.broadcast_arrays(
        (1 + _rates("rate", rate)) / (1 + _rates("growth", growth)),
        _numbers("adjustment", adjustment) - _numbers("balance", balance),
    )
    if factor.ndim == 0 or factor.shape[-1] == 0:
        raise ValueError("rate: expected at least one year along the last axis")
    start = np.broadcast_to(_numbers("initial", initial), factor.shape[:-1])
    path = np.empty((*factor.shape[:-1], factor.shape[-1] + 1))
    path[..., 0] = start
    for year in range(factor.shape[-1]):
        path[..., year + 1] = factor[..., year] * path[..., year] + flow[..., year]
    return path


def debt_closed_form(
    initial: ArrayLike, rate: ArrayLike, growth: ArrayLike, balance: ArrayLike, years: ArrayLike
) -> Array:
    """Debt ratio after `years` of constant rates and a constant balance.

    With :math:`\\Lambda = (1 + r) / (1 + g)`: :math:`b_T = \\Lambda^T b_0 - pb (\\Lambda^T - 1) / (\\Lambda - 1)`, and
    :math:`b_0 - T pb` where :math:`\\Lambda = 1`.

    Examples
    --------
    >>> debt_closed_form(0.5, 0.04, 0.06, -0.01, 2).round(4).item()
    0.5011
    """
    start, pb, t = (_numbers(n, v) for n, v in (("initial", initial), ("balance", balance), ("years", years)))
    log = np.log1p(_rates("rate", rate)) - np.log1p(_rates("growth", growth))
    flat = np.abs(log) < 1e-12
    safe = np.where(flat, 1.0, log)
    annuity = np.where(flat, t, np.expm1(t * safe) / np.expm1(safe))
    return np.exp(t * log) * start - pb * annuity


def stabilising_balance(debt: ArrayLike, rate: ArrayLike, growth: ArrayLike) -> Array:
    """Primary balance that keeps the debt ratio where it is: ``(r - g) / (1 + g) * debt``.

    Examples
    --------
    >>> stabilising_balance(0.5, 0.04, 0.06).round(4).item()
    -0.0094
    """
    r, g = _rates("rate", rate), _rates("growth", growth)
    return (r - g) / (1 + g) * _numbers("debt", debt)


def macro_shocks(normals: ArrayLike, deviations: ArrayLike, correlation: ArrayLike, persistence: float) -> Array:
    """Correlated first-order autoregressions that start at rest: the surprises in rate, growth and balance.

    Parameters
    ----------
    normals : array_like, shape (paths, years, k)
        Independent standard normal draws.
    deviations : array_like, shape (k,)
        Standard deviation of each series in the long run.
    correlation : array_like, shape (k, k)
        Correlation matrix of the innovations.
    persistence : float
        First-order autocorrelation, in [0, 1).

    Returns
    -------
    array, shape (paths, years, k)

    Raises
    ------
    ValueError
        If shapes do not fit, `correlation` is no correlation matrix, or `persistence` is out of range.
    """
    z, sd, rho = _numbers("normals", normals), _numbers("deviations", deviations), _numbers("correlation", correlation)
    if z.ndim != 3 or sd.shape != (z.shape[2],) or (sd < 0).any():
        raise ValueError("deviations: expected one number of zero or more for each series in normals")
    if rho.shape != (sd.size, sd.size) or not np.allclose(rho, rho.T) or not np.allclose(np.diag(rho), 1):
        raise ValueError("correlation: expected a symmetric matrix with a diagonal of ones")
    if not 0 <= persistence < 1:
        raise ValueError(f"persistence: expected a number in [0, 1), got {persistence!r}")
    values, vectors = np.linalg.eigh(rho)
    if values.min() < -1e-10:
        raise ValueError("correlation: is not positive semidefinite")
    innovations = z @ (vectors * np.sqrt(np.maximum(values, 0))).T * sd * np.sqrt(1 - persistence**2)
    series = np.empty_like(innovations)
    state = np.zeros_like(innovations[:, 0])
    for year in range(z.shape[1]):
        state = persistence * state + innovations[:, year]
        series[:, year] = state
    return series
