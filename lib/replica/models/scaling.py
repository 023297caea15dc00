"""Urban scaling: how a quantity of a city grows with its population, from many cities and from two.

Three lines are enough:

>>> from replica.models.scaling import pair
>>> result = pair(size_ratio=4.6, quantity_ratio=10)
>>> print(result)
two cities: exponent 1.509, per head 2.17 times; no error can be estimated

The law is :math:`Y = Y_0 N^\\beta e^{\\varepsilon}` (Bettencourt, Lobo, Helbing, Kühnert & West 2007): with
:math:`\\beta > 1` the larger city has more of :math:`Y` a head. Two cities always fit it exactly:

.. math:: \\hat\\beta = \\frac{\\ln (Y_1/Y_2)}{\\ln (N_1/N_2)}
          = \\beta + \\frac{\\varepsilon_1 - \\varepsilon_2}{\\ln (N_1/N_2)} ,

so if deviations are independent with standard deviation :math:`\\sigma`, that of the exponent is
:math:`\\sigma\\sqrt2 / \\ln(N_1/N_2)`, and nothing in the two numbers tells how large it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.special import ndtr

Array = NDArray[np.float64]


def _above(name: str, value: ArrayLike, low: float) -> Array:
    array = np.asarray(value, dtype=float)
    if not (np.isfinite(array).all() and (array > low).all()):
        raise ValueError(f"{name}: expected finite numbers above {low:g}")
    return array


@dataclass(frozen=True)
class Pair:
    """What one comparison of two cities gives.

    Attributes
    ----------
    exponent : float
        The exponent that fits both cities exactly.
    per_head : float
        Ratio of the quantity a head.
    size_ratio : float
        Ratio of the populations, above one.
    """

    exponent: float
    per_head: float
    size_ratio: float

    def __str__(self) -> str:
        exponent, per_head = f"exponent {self.exponent:.3f}", f"per head {self.per_head:.2f} times"
        return f"two cities: {exponent}, {per_head}; no error can be estimated"

    def sd(self, sigma: ArrayLike) -> Array:
        """Standard deviation of the exponent if each city deviates from the law with `sigma` in logarithms."""
        return np.sqrt(2) * _above("sigma", sigma, 0) / np.log(self.size_ratio)

    def interval(self, sigma: float, level: float = 0.95) -> tuple[float, float]:
        """Interval for the exponent under normal deviations of a *given* `sigma`."""
        if not 0 < level < 1:
            raise ValueError(f"level: expected a probability in (0, 1), got {level!r}")
        half = stats.norm.ppf((1 + level) / 2) * float(self.sd(sigma))
        return self.exponent - half, self.exponent + half

    def chance(self, truth: ArrayLike, sigma: ArrayLike, candidates: int = 1) -> Array:
        """Probability of an exponent at least as large if the true one is `truth`.

        With more than one candidate: that the largest of so many independent pairs of this size ratio is as large.

        Examples
        --------
        >>> print(f"{pair(4.6, 10).chance(1.0, 0.36):.3f} {pair(4.6, 10).chance(1.0, 0.36, candidates=10):.2f}")
        0.064 0.48
        """
        if candidates < 1:
            raise ValueError(f"candidates: expected one or more, got {candidates!r}")
        below = ndtr((self.exponent - np.asarray(truth, dtype=float)) / self.sd(sigma))
        return 1 - below**candidates


def pair(size_ratio: float, quantity_ratio: float) -> Pair:
    """Exponent from two cities: ``log(quantity_ratio) / log(size_ratio)``.

    Raises
    ------
    ValueError
        If the ratios are not positive or the size ratio is not above one (put the larger city first).
    """
    n = float(_above("size_ratio", size_ratio, 1))
    y = float(_above("quantity_ratio", quantity_ratio, 0))
    return Pair(float(np.log(y) / np.log(n)), y / n, n)


@dataclass(frozen=True)
class Scaling:
    """Scaling law fitted to a cross-section of cities.

    Attributes
    ----------
    exponent, low, high : float
        Estimate and 95 % interval (errors robust to unequal variances, HC3).
    sigma : float
        Standard deviation of the residuals, in logarithms.
    r2 : float
        Share of the variance of ``log Y``.
    n : int
        Cities.
    residuals : array, shape (n,)
        ``log Y`` less what the size implies.
    prefactor : float
        ``Y_0``.
    """

    exponent: float
    low: float
    high: float
    sigma: float
    r2: float
    n: int
    residuals: Array
    prefactor: float

    def __str__(self) -> str:
        interval = f"{self.low:.2f} to {self.high:.2f}"
        return f"{self.n} cities: exponent {self.exponent:.2f} ({interval}), sigma {self.sigma:.2f}, R² {self.r2:.2f}"


def fit(size: ArrayLike, quantity: ArrayLike) -> Scaling:
    """Least squares of ``log quantity`` on ``log size``.

    Raises
    ------
    ValueError
        If there are fewer than four cities, a number is not positive, or all cities have one size. With two cities
        use :func:`pair`: they fit exactly, and no interval is honest.

    Examples
    --------
    >>> n = np.exp(np.random.default_rng(1).normal(13, 1, 300))
    >>> y = 2 * n**1.15 * np.exp(np.random.default_rng(2).normal(0, 0.3, 300))
    >>> print(fit(n, y))
    300 cities: exponent 1.16 (1.13 to 1.20), sigma 0.31, R² 0.93
    """
    x, y = np.log(_above("size", size, 0)), np.log(_above("quantity", quantity, 0))
    if x.ndim != 1 or x.shape != y.shape or x.size < 4:
        raise ValueError(f"size: expected four cities or more, one quantity each, got {x.shape} and {y.shape}")
    spread = ((x - x.mean()) ** 2).sum()
    if spread <= 1e-12:
        raise ValueError("size: all cities have one size")
    slope = (x - x.mean()) @ y / spread
    residuals = y - y.mean() - slope * (x - x.mean())
    leverage = 1 / x.size + (x - x.mean()) ** 2 / spread
    error = np.sqrt((((x - x.mean()) * residuals / (1 - leverage)) ** 2).sum()) / spread
    half = stats.t.ppf(0.975, x.size - 2) * error
    total = ((y - y.mean()) ** 2).sum()
    squared = residuals @ residuals
    r2 = 1.0 if total == 0 else 1 - squared / total
    prefactor = np.exp(y.mean() - slope * x.mean())
    numbers = (slope, slope - half, slope + half, np.sqrt(squared / (x.size - 2)), r2)
    return Scaling(*(float(v) for v in numbers), x.size, residuals, float(prefactor))


def pairs(size: ArrayLike, quantity: ArrayLike, smallest: float, largest: float) -> pd.DataFrame:
    """Exponents of all pairs of cities whose size ratio lies in a window.

    Returns
    -------
    pandas.DataFrame
        Columns ``larger``, ``smaller`` (positions), ``size_ratio``, ``exponent``. Pairs share cities, so they are no
        independent sample.

    Examples
    --------
    >>> pairs([1, 2, 4], [1, 4, 16], 1.5, 2.5)["exponent"].round(3).tolist()
    [2.0, 2.0]
    """
    n, y = _above("size", size, 0), _above("quantity", quantity, 0)
    if n.shape != y.shape or n.ndim != 1:
        raise ValueError(f"quantity: expected one for each city, got {y.shape} for {n.shape}")
    if not 1 < smallest < largest:
        raise ValueError(f"smallest: expected 1 < smallest < largest, got {smallest!r} and {largest!r}")
    ratio = n[:, None] / n[None, :]
    larger, smaller = np.nonzero((ratio >= smallest) & (ratio <= largest))
    chosen = ratio[larger, smaller]
    return pd.DataFrame(
        {
            "larger": larger,
            "smaller": smaller,
            "size_ratio": chosen,
            "exponent": np.log(y[larger] / y[smaller]) / np.log(chosen),
        }
    )
