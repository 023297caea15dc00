"""What it costs to look: sequential search, a fixed number of quotes, and reading before choosing.

Pandora's rule (Weitzman 1979): a box of unknown content v ~ N(mean, sd²) that costs c to open has the reservation value
r with E max(v - r, 0) = c. Open boxes in the order of their reservation values; stop when what is in hand is worth more
than the next one. Its expected pay-off is E max_i min(v_i, r_i) (Kleinberg, Waggoner & Weyl 2016; Armstrong 2017).

A buyer who must say beforehand how many quotes to ask for (Stigler 1961) takes n that maximises E max(v_1..v_n) - c n;
with exchangeable brands this is also the consideration set of Hauser & Wernerfelt (1990).

Reading: the upgrade good is better than the necessary one by d ~ N(mean, sd²); reviews report d with normal noise.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats


def _expected_gain(z: np.ndarray) -> np.ndarray:
    """E max(x - z, 0) for a standard normal x."""
    return stats.norm.pdf(z) - z * stats.norm.sf(z)


def reservation(mean: ArrayLike, sd: ArrayLike, cost: ArrayLike) -> np.ndarray:
    """Reservation values of boxes with normal content (Weitzman 1979), in units of utility.

    Parameters
    ----------
    mean, sd, cost : array_like
        Mean and standard deviation of the content, and cost of opening, in units of utility; sd and cost positive.

    Raises
    ------
    ValueError
        If `sd` or `cost` is not positive, or a number is not finite.

    Examples
    --------
    A box that costs sd / sqrt(2 pi) is worth exactly its mean:

    >>> import numpy as np
    >>> float(reservation(5.0, 1.0, 1 / np.sqrt(2 * np.pi)).round(9))
    5.0
    """
    mean, sd, cost = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (mean, sd, cost)))
    if not np.isfinite(mean).all():
        raise ValueError("mean: expected finite numbers")
    for name, value in (("sd", sd), ("cost", cost)):
        if not (np.isfinite(value) & (value > 0)).all():
            raise ValueError(f"{name}: expected positive numbers")
    wanted = cost / sd
    z = np.where(wanted > 0.4, -wanted, 0.0)  # Newton from the left of the root: the function is convex and falls
    for _ in range(100):
        move = (_expected_gain(z) - wanted) / stats.norm.sf(z)
        z = z + move
        if np.abs(move).max() < 1e-13:
            break
    return mean + sd * z


def pandora(
    value: ArrayLike, reserve: ArrayLike, cost: ArrayLike, outside: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Pay-off after search costs, and number of boxes opened, for drawn contents (Weitzman's rule).

    Parameters
    ----------
    value : array_like, shape (draws, n)
        Contents.
    reserve, cost : array_like, shape (n,)
        Reservation values and costs.
    outside : float, optional
        What the consumer has without opening anything.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    value, reserve, cost = (np.asarray(x, dtype=float) for x in (value, reserve, cost))
    if value.ndim != 2 or reserve.shape != (value.shape[1],) or cost.shape != reserve.shape:
        raise ValueError("value: expected one column for each reservation value and each cost")
    best, paid = np.full(len(value), float(outside)), np.zeros(len(value))
    opened = np.zeros(len(value), dtype=int)
    for box in np.argsort(-reserve, kind="stable"):
        going = reserve[box] > best
        paid[going] += cost[box]
        opened[going] += 1
        best = np.where(going, np.maximum(best, value[:, box]), best)
    return best - paid, opened


@cache
def expected_maximum(n: int) -> float:
    """Mean of the largest of n standard normal numbers.

    Raises
    ------
    ValueError
        If `n` is no positive whole number.

    Examples
    --------
    >>> round(expected_maximum(3), 4)
    0.8463
    """
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise ValueError(f"n: expected a positive whole number, got {n!r}")
    x, dx = np.linspace(-9, 9, 4001, retstep=True)  # analytic and zero at both ends: sums converge fast
    return float(dx * np.sum(x * n * stats.norm.pdf(x) * special.ndtr(x) ** (n - 1)))


def quotes(sd: float, cost: float, most: int = 200) -> int:
    """Best number of quotes, fixed beforehand: one more while the expected maximum rises by more than it costs.

    Raises
    ------
    ValueError
        If `sd` or `cost` is not positive.
    """
    for name, value in (("sd", sd), ("cost", cost)):
        if not 0 < value < np.inf:
            raise ValueError(f"{name}: expected a positive number, got {value!r}")
    n = 1
    while n < most and sd * (expected_maximum(n + 1) - expected_maximum(n)) > cost:
        n += 1
    return n


def value_of_reading(mean: ArrayLike, sd: ArrayLike, precision: ArrayLike) -> np.ndarray:
    """Expected utility E max(0, posterior mean of d) of choosing after reading.

    Parameters
    ----------
    mean, sd : array_like
        Prior of d, the advantage of the upgrade good, in units of utility.
    precision : array_like
        Sum over the reviews that are read of 1 / (variance of the noise); 0 if none is read.

    Raises
    ------
    ValueError
        If `sd` is not positive or `precision` is negative.

    Examples
    --------
    >>> value_of_reading([0.3, -0.3], 1.0, 0.0).tolist()
    [0.3, 0.0]
    """
    mean, sd, precision = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (mean, sd, precision)))
    if not (sd > 0).all():
        raise ValueError("sd: expected positive numbers")
    if not (precision >= 0).all():
        raise ValueError("precision: expected numbers of at least 0")
    spread = sd * np.sqrt(precision * sd**2 / (1 + precision * sd**2))  # sd of the posterior mean
    with np.errstate(divide="ignore", invalid="ignore"):
        informed = spread * _expected_gain(-mean / spread)
    return np.where(spread > 0, informed, np.maximum(mean, 0.0))
