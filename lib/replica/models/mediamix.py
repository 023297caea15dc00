"""A media mix: advertising that lingers and saturates, its estimation, and the split of a budget.

Spending s_t of a channel leaves a stock a_t, and the stock brings sales with falling returns:

    a_t = s_t + c a_(t-1),   0 <= c < 1                                                    (geometric: Koyck 1954)
    sales_t = base + sum_k beta_k (1 - exp(-a_kt / kappa_k)) + error.

At constant spending b the stock is b / (1 - c). Then the best split of a budget solves a concave program,

    maximise sum_k beta_k (1 - exp(-b_k / w_k))   subject to   sum_k b_k = budget, b_k >= 0,   w_k = kappa_k (1 - c_k),

whose Karush-Kuhn-Tucker conditions say that every channel in use has the same marginal return mu and every other one a
lower return at zero: ``b_k = w_k max(0, ln(beta_k / (w_k mu)))``. One unknown, mu, is left (water filling).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq, least_squares
from scipy.signal import lfilter


def adstock(spend: ArrayLike, carry: ArrayLike) -> np.ndarray:
    """Stock of advertising.

    Parameters
    ----------
    spend : array, shape (n,) or (n, k)
        Spending by period, for one channel or k.
    carry : float or array, shape (k,)
        Share of the stock that is left after one period, in [0, 1).

    Examples
    --------
    >>> adstock([1.0, 0.0, 0.0], 0.5).tolist()
    [1.0, 0.5, 0.25]
    """
    values = np.asarray(spend, dtype=float)
    rates = np.atleast_1d(np.asarray(carry, dtype=float))
    if values.ndim not in (1, 2) or values.shape[0] == 0 or not np.isfinite(values).all() or (values < 0).any():
        raise ValueError("spend: expected finite amounts, none negative, by period")
    if not np.isfinite(rates).all() or (rates < 0).any() or (rates >= 1).any():
        raise ValueError(f"carry: expected numbers in [0, 1), got {carry!r}")
    if values.ndim == 1:
        return lfilter([1.0], [1.0, -float(rates[0])], values)
    if rates.size == 1:
        rates = np.repeat(rates, values.shape[1])
    if rates.shape != (values.shape[1],):
        raise ValueError(f"carry: {rates.size} rates for {values.shape[1]} channels")
    return np.column_stack([lfilter([1.0], [1.0, -c], column) for c, column in zip(rates, values.T, strict=True)])


@dataclass(frozen=True)
class Split:
    """Best split of a budget.

    Attributes
    ----------
    spend : ndarray, shape (k,)
    marginal : float
        mu: sales that one more unit of budget would bring.
    sales : float
        Sales above the base.
    """

    spend: np.ndarray
    marginal: float
    sales: float


def _channels(beta: ArrayLike, width: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    beta, width = np.asarray(beta, dtype=float), np.asarray(width, dtype=float)
    if beta.ndim != 1 or beta.shape != width.shape or beta.size == 0:
        raise ValueError("width: expected one width and one beta for each channel")
    if not (np.isfinite(beta).all() and np.isfinite(width).all() and (beta > 0).all() and (width > 0).all()):
        raise ValueError("beta: beta and width must be finite and positive")
    return beta, width


def sales(spend: ArrayLike, beta: ArrayLike, width: ArrayLike) -> np.ndarray:
    """Sales above the base at constant spending; `spend` may have leading axes."""
    beta, width = _channels(beta, width)
    return np.sum(beta * -np.expm1(-np.asarray(spend, dtype=float) / width), axis=-1)


def split(budget: float, beta: ArrayLike, width: ArrayLike) -> Split:
    """Best split of a budget over channels, by water filling.

    Parameters
    ----------
    budget : float
        To be spent in each period, positive.
    beta : array, shape (k,)
        Most sales that a channel can bring.
    width : array, shape (k,)
        Spending at which a channel has brought 63 % of them, w = kappa (1 - c).

    Examples
    --------
    >>> split(10.0, [5.0, 5.0], [3.0, 3.0]).spend.tolist()
    [5.0, 5.0]
    """
    beta, width = _channels(beta, width)
    if not (np.isfinite(budget) and budget > 0):
        raise ValueError(f"budget: expected a positive number, got {budget!r}")

    def spent(log_mu: float) -> np.ndarray:
        return width * np.maximum(0.0, np.log(beta / width) - log_mu)

    high = float(np.log(beta / width).max())
    low = high - budget / width.min() - 1.0
    log_mu = brentq(lambda m: spent(m).sum() - budget, low, high, xtol=1e-13, rtol=8.9e-16)
    found = spent(log_mu)
    found *= budget / found.sum()
    return Split(found, float(np.exp(log_mu)), float(sales(found, beta, width)))


def kkt_gap(spend: ArrayLike, beta: ArrayLike, width: ArrayLike) -> float:
    """Largest violation of the Karush-Kuhn-Tucker conditions, relative to the marginal return of channels in use.

    Zero at the best split: equal returns in use, lower ones at zero.
    """
    beta, width = _channels(beta, width)
    amount = np.asarray(spend, dtype=float)
    if amount.shape != beta.shape or (amount < 0).any() or not (amount > 0).any():
        raise ValueError("spend: expected one amount for each channel, none negative, some positive")
    marginal = beta / width * np.exp(-amount / width)
    used = amount > 1e-12 * amount.sum()
    level = marginal[used].mean()
    gaps = np.where(used, np.abs(marginal - level), np.maximum(0.0, marginal - level))
    return float(gaps.max() / level)


@dataclass(frozen=True)
class Response:
    """A fitted response.

    Attributes
    ----------
    base : float
    beta, kappa, carry : ndarray, shape (k,)
    covariance : ndarray
        Of base, ln beta, ln kappa and the logit of carry, in this order.
    sigma : float
        Standard deviation of the residuals.
    residuals : ndarray
        What a period brings that neither spending nor the period before explains.
    rho : float
        Correlation of errors one period apart; 0 where it was not estimated.
    """

    base: float
    beta: np.ndarray
    kappa: np.ndarray
    carry: np.ndarray
    covariance: np.ndarray
    sigma: float
    residuals: np.ndarray
    rho: float = 0.0

    @property
    def width(self) -> np.ndarray:
        """kappa (1 - carry)."""
        return self.kappa * (1 - self.carry)


def fit(sold: ArrayLike, spend: ArrayLike, correlated: bool = False) -> Response:
    """Fit base, beta, kappa and carry by nonlinear least squares from several starts.

    Parameters
    ----------
    sold : array, shape (n,)
        Sales by period.
    spend : array, shape (n, k)
        Spending by period and channel; at least 3 k + 2 periods, 3 k + 4 with correlated errors.
    correlated : bool
        Estimate errors u_t = rho u_(t-1) + e_t as well, by quasi-differences without the first period.

    Raises
    ------
    ValueError
        If shapes differ, a value is not finite, spending is negative or never positive, or periods are too few.
    """
    y, s = np.asarray(sold, dtype=float), np.asarray(spend, dtype=float)
    s = s[:, None] if s.ndim == 1 else s
    if s.ndim != 2 or y.shape != (s.shape[0],):
        raise ValueError(f"sold: expected one number for each period, got {y.shape} beside {s.shape}")
    n, k = s.shape
    if n < 3 * k + 2 + 2 * correlated:
        raise ValueError(f"sold: {n} periods for {3 * k + 1} parameters")
    if not np.isfinite(y).all() or not np.isfinite(s).all() or (s < 0).any() or (s.max(axis=0) <= 0).any():
        raise ValueError("spend: expected finite amounts, none negative, in every channel")
    scale = float(y.std()) or 1.0

    def unpack(theta):
        sizes = np.exp(theta[1 : 2 * k + 1])
        return theta[0], sizes[:k], sizes[k:], 1 / (1 + np.exp(-theta[2 * k + 1 : 3 * k + 1]))

    def residuals(theta):
        base, beta, kappa, carry = unpack(theta)
        gap = (base + (beta * -np.expm1(-adstock(s, carry) / kappa)).sum(axis=1) - y) / scale
        return gap[1:] - np.tanh(theta[-1]) * gap[:-1] if correlated else gap

    middle = np.log(s.mean(axis=0))
    low = np.concatenate([[-np.inf], np.full(k, np.log(scale) - 8), middle - 5, np.full(k, -5.0)])
    high = np.concatenate([[np.inf], np.full(k, np.log(scale) + 6), middle + 5, np.full(k, 4.0)])
    if correlated:
        low, high = np.append(low, -4.0), np.append(high, 4.0)
    best = None
    for carry in (-1.5, 0.5):
        for spread in (0.0, 1.5):
            start = np.concatenate([[y.min()], np.full(k, np.log(2 * scale)), middle + spread, np.full(k, carry)])
            start = np.append(start, 0.3) if correlated else start
            found = least_squares(residuals, start, bounds=(low, high), max_nfev=100)
            best = found if best is None or found.cost < best.cost else best
    degrees = best.fun.size - best.x.size
    base, beta, kappa, carry = unpack(best.x)
    left = -residuals(best.x) * scale
    covariance = np.linalg.pinv(best.jac.T @ best.jac, rcond=1e-12) * 2 * best.cost / degrees
    covariance = covariance[: 3 * k + 1, : 3 * k + 1]
    rho = float(np.tanh(best.x[-1])) if correlated else 0.0
    return Response(float(base), beta, kappa, carry, covariance, float(np.sqrt(left @ left / degrees)), left, rho)
