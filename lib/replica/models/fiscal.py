"""Debt dynamics and fiscal reaction: how a debt ratio moves, and whether the primary balance answers it.

Ratios are shares of the economy's income; a balance is positive when revenue exceeds spending without interest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def _numbers(name: str, value: ArrayLike) -> Array:
    array = np.asarray(value, dtype=float)
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite numbers")
    return array


@dataclass(frozen=True)
class Reaction:
    """A fiscal reaction coefficient: points of primary balance for a point of debt.

    Attributes
    ----------
    estimate, error : float
        Coefficient on lagged debt, and its standard error clustered by unit (for "jackknife" that of "within").
    units, years : int
        Size of the panel used.
    method : str
    """

    estimate: float
    error: float
    units: int
    years: int
    method: str

    def rejects(self, value: float = 0.0) -> bool:
        """Whether a two-sided 5 % test by the normal distribution rejects `value`."""
        return abs(self.estimate - value) > 1.959964 * self.error


METHODS = ("pooled", "within", "jackknife", "difference")


def _without_means(values: Array, method: str) -> Array:
    """Remove the mean of all (pooled), of units and years (within), or of years alone (difference)."""
    if method == "pooled":
        return values - values.mean()
    if method == "difference":
        return values - values.mean(axis=0)
    return values - values.mean(axis=1, keepdims=True) - values.mean(axis=0, keepdims=True) + values.mean()


def _fit(debt: Array, balance: Array, method: str) -> tuple[float, float]:
    """Coefficient by least squares, or by the instrument for "difference", and its error clustered by unit."""
    if method == "difference":
        debt, balance, instrument = np.diff(debt, axis=1), np.diff(balance, axis=1), debt[:, :-1]
    else:
        instrument = debt
    x, y, z = (_without_means(values, method) for values in (debt, balance, instrument))
    strength = float((z * x).sum())
    if abs(strength) < 1e-12 * float(np.abs(z * x).sum() or 1):
        raise ValueError("debt: does not vary")
    estimate = float((z * y).sum()) / strength
    scores = (z * (y - estimate * x)).sum(axis=1)
    units = debt.shape[0]
    return estimate, float(np.sqrt((scores**2).sum() * units / (units - 1)) / abs(strength))


def reaction(debt: ArrayLike, balance: ArrayLike, method: str = "within") -> Reaction:
    """Bohn's (1998) test on a panel: does the primary balance rise with the debt at the start of the year?

    .. math:: pb_{it} = \\rho\\, b_{i,t-1} + \\alpha_i + \\tau_t + u_{it}

    Debt sums past balances, so it is predetermined, not strictly exogenous. Four ways with that:

    - "pooled": one constant. A government that always runs deficits has a high debt, so unit effects bias it down.
    - "within": effects of unit and year. Few years bias it up (Nickell 1981).
    - "jackknife": twice the within estimate less the mean of those of the two halves of the years (Dhaene & Jochmans
      2015); removes the bias to first order in the number of years.
    - "difference": first differences less year means, with the level of debt a year before as the instrument
      (Anderson & Hsiao 1982); consistent, and imprecise.

    Parameters
    ----------
    debt : array_like, shape (units, years)
        Debt ratio at the start of each year.
    balance : array_like, shape (units, years)
        Primary balance of the year, over the same income.
    method : {"pooled", "within", "jackknife", "difference"}

    Raises
    ------
    ValueError
        If shapes do not fit, a value is not finite, the method is unknown, debt does not vary, or there are fewer than
        three units or years (six years for "jackknife").
    """
    b, y = _numbers("debt", debt), _numbers("balance", balance)
    if b.ndim != 2 or b.shape != y.shape:
        raise ValueError("balance: expected the shape (units, years) of debt")
    if method not in METHODS:
        raise ValueError(f"method: expected one of {', '.join(METHODS)}, got {method!r}")
    units, years = b.shape
    if units < 3 or years < (6 if method == "jackknife" else 3):
        raise ValueError("debt: too few units or years for this method")
    if method != "jackknife":
        return Reaction(*_fit(b, y, method), units, years, method)
    whole, error = _fit(b, y, "within")
    half = years // 2
    parts = [_fit(b[:, part], y[:, part], "within")[0] for part in (slice(None, half), slice(years - half, None))]
    return Reaction(2 * whole - sum(parts) / 2, error, units, years, method)


@dataclass(frozen=True)
class Indirect:
    """Result of :func:`indirect`: estimate, simulated 95 % interval, and the within estimate that each truth gives."""

    estimate: float
    low: float
    high: float
    truths: Array
    means: Array


def indirect(
    estimate: float,
    simulate: Callable[[float, np.random.Generator], tuple[Array, Array]],
    truths: ArrayLike,
    replications: int,
    seed: int,
) -> Indirect:
    """Undo a bias by simulating it: indirect inference for dynamic panels (Gouriéroux, Phillips & Yu 2010).

    For each true coefficient the panel is simulated at the size of the data and the within estimator applied. The
    estimate is the truth whose mean simulated value equals the observed one; the interval holds the truths whose
    central 95 % contain it, by interpolation.

    Parameters
    ----------
    estimate : float
        Within estimate on the data.
    simulate : callable
        ``simulate(coefficient, generator)`` gives debt and balance of one panel.
    truths : array_like, shape (k,)
        Increasing grid of true coefficients.
    replications : int
        Panels simulated for each truth, with the same draws for all of them.
    seed : int

    Raises
    ------
    ValueError
        If `truths` does not increase, `replications` is below 20, or `estimate` lies beyond what the grid can give.
    """
    grid = _numbers("truths", truths)
    if grid.ndim != 1 or grid.size < 2 or (np.diff(grid) <= 0).any():
        raise ValueError("truths: expected an increasing grid")
    if replications < 20:
        raise ValueError(f"replications: expected 20 or more, got {replications}")
    values = np.array(
        [
            [
                reaction(*simulate(float(truth), np.random.default_rng([seed, draw]))).estimate
                for draw in range(replications)
            ]
            for truth in grid
        ]
    )
    curves = [values.mean(axis=1), *np.quantile(values, [0.975, 0.025], axis=1)]
    rising = [np.maximum.accumulate(curve) for curve in curves]
    if not rising[0][0] <= estimate <= rising[0][-1]:
        raise ValueError(f"estimate: {estimate:.3g} lies beyond what the truths can give; widen them")
    middle, low, high = (float(np.interp(estimate, curve, grid)) for curve in rising)
    return Indirect(middle, low, high, grid, curves[0])


def reaction_panel(
    units: int,
    years: int,
    coefficient: float,
    generator: np.random.Generator,
    *,
    factor: float = 1.0,
    noise: float = 0.01,
    spread: float = 0.01,
    burn: int = 30,
) -> tuple[Array, Array]:
    """Panel of governments whose balance answers their debt with a known coefficient.

    ``pb = coefficient * debt + alpha + noise``, ``debt next = factor * debt - pb``; the unit effects are normal with
    standard deviation `spread` around zero.

    Parameters
    ----------
    factor : float
        ``(1 + r) / (1 + g)``.
    burn : int
        Years before the first one kept; zero starts all debts at zero.

    Returns
    -------
    debt, balance : array, shape (units, years)
        Debt at the start of each year, and the balance of the year.

    Examples
    --------
    >>> debt, balance = reaction_panel(200, 300, 0.2, np.random.default_rng(1))
    >>> round(reaction(debt, balance).estimate, 2)
    0.21
    """
    if min(units, years) < 1 or burn < 0 or noise < 0 or spread < 0:
        raise ValueError("units: expected one or more units and years, and no negative burn, noise or spread")
    effect = generator.normal(0, spread, units)
    shocks = generator.normal(0, noise, (units, burn + years))
    state = np.zeros(units)
    debt, balance = np.empty((units, burn + years)), np.empty((units, burn + years))
    for year in range(burn + years):
        debt[:, year] = state
        balance[:, year] = coefficient * state + effect + shocks[:, year]
        state = factor * state - balance[:, year]
    return debt[:, burn:], balance[:, burn:]
