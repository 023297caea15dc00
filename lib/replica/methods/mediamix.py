"""A media mix: advertising that lingers and saturates, its estimation, and the split of a budget.

Spending s_t of a channel leaves a stock a_t, and the stock brings sales with falling returns::

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
from scipy import stats
from scipy.optimize import brentq, least_squares
from scipy.signal import lfilter

from replica import check
from replica.methods.growth import profile_end

CARRY = 0.98  # the largest carry-over that is tried


def adstock(spend: ArrayLike, carry: ArrayLike, before: ArrayLike = 0.0) -> np.ndarray:
    """Stock of advertising.

    Parameters
    ----------
    spend : array, shape (n,) or (n, k)
        Spending by period, for one channel or k.
    carry : float or array, shape (k,)
        Share of the stock that is left after one period, in [0, 1).
    before : float or array, shape (k,)
        Spending in every period before the first; 0 where the campaign begins with the records.

    Examples
    --------
    >>> adstock([1.0, 0.0, 0.0], 0.5).tolist()
    [1.0, 0.5, 0.25]
    >>> adstock([1.0, 1.0], 0.5, before=1.0).tolist()
    [2.0, 2.0]
    """
    values = check.array("spend", spend, 0.0)
    if values.ndim not in (1, 2) or not values.size:
        raise ValueError(f"spend: expected periods, or periods by channels, got shape {values.shape}")
    table = values.reshape(len(values), -1)
    rates = check.array("carry", carry, 0.0, 1.0, open_high=True)
    earlier = check.array("before", before, 0.0)
    for name, given in (("carry", rates), ("before", earlier)):
        if given.shape not in ((), (1,), table.shape[1:]):
            raise ValueError(f"{name}: {given.size} numbers for {table.shape[1]} channels")
    rates, earlier = (np.broadcast_to(given, table.shape[1:]) for given in (rates, earlier))
    return _carried(table, rates, earlier / (1 - rates)).reshape(values.shape)


def _carried(columns: np.ndarray, rates: np.ndarray, first: np.ndarray) -> np.ndarray:
    """``y_t = x_t + rate y_(t-1)`` down each column, `first` being the y before it."""
    return np.column_stack([
        lfilter([1.0], [1.0, -c], x, zi=[c * start])[0] for c, x, start in zip(rates, columns.T, first, strict=True)
    ])  # fmt: skip


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
    beta = check.array("beta", beta, 0.0, open_low=True, shape=(None,))
    return beta, check.array("width", width, 0.0, open_low=True, shape=beta.shape)


def sales(spend: ArrayLike, beta: ArrayLike, width: ArrayLike) -> np.ndarray:
    """Sales above the base at constant spending; `spend` may have leading axes."""
    beta, width = _channels(beta, width)
    return np.sum(beta * -np.expm1(-check.array("spend", spend, 0.0) / width), axis=-1)


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
    check.positive("budget", budget)

    def spent(log_mu: float) -> np.ndarray:
        return width * np.maximum(0.0, np.log(beta / width) - log_mu)

    high = float(np.log(beta / width).max())
    low = high - budget / width.min() - 1.0
    log_mu = brentq(lambda m: spent(m).sum() - budget, low, high, xtol=1e-13, rtol=8.9e-16)
    found = spent(log_mu)
    found *= budget / found.sum()
    return Split(found, float(np.exp(log_mu)), float(sales(found, beta, width)))


def kkt_gap(spend: ArrayLike, beta: ArrayLike, width: ArrayLike) -> float:
    """Largest violation of the Karush-Kuhn-Tucker conditions, relative to the best marginal return of a channel in use.

    Zero at the best split: equal returns in use, lower ones at zero.
    """
    beta, width = _channels(beta, width)
    amount = check.array("spend", spend, 0.0, shape=beta.shape)
    if not (amount > 0).any():
        raise ValueError("spend: expected a positive amount in some channel")
    marginal = np.log(beta / width) - amount / width  # in logarithms: a full channel's return is below any float
    used = amount > 1e-12 * amount.sum()
    beyond = np.expm1(np.minimum(marginal - marginal[used].max(), 700.0))
    return float(np.where(used, np.abs(beyond), np.maximum(0.0, beyond)).max())


@dataclass(frozen=True)
class Response:
    """A fitted response.

    Attributes
    ----------
    base : float
    beta, kappa, carry : ndarray, shape (k,)
    rho : float
        Correlation of errors one period apart; 0 where it was not estimated.
    covariance : ndarray
        Of base, ln beta, ln kappa and carry, in this order, from the curvature of the sum of squares. NaN for a
        parameter at its bound, and for all where the curvature has a flat direction.
    boundary : tuple of str
        Parameters that ended at a bound of the search, such as "carry[0]": only :func:`profile` says how far they go.
    rss : float
        Sum of squared residuals.
    residuals : ndarray
        What a period brings that neither spending nor the period before explains.
    converged : bool
    theta, sold, spend, before
        What was searched, as in :func:`_residuals`; and the arguments of the fit.
    """

    base: float
    beta: np.ndarray
    kappa: np.ndarray
    carry: np.ndarray
    rho: float
    covariance: np.ndarray
    boundary: tuple[str, ...]
    rss: float
    residuals: np.ndarray
    converged: bool
    theta: np.ndarray
    sold: np.ndarray
    spend: np.ndarray
    before: np.ndarray

    @property
    def width(self) -> np.ndarray:
        """kappa (1 - carry)."""
        return self.kappa * (1 - self.carry)

    @property
    def degrees(self) -> int:
        """Residuals less parameters."""
        return self.residuals.size - self.theta.size

    @property
    def sigma(self) -> float:
        """Standard deviation of the residuals."""
        return float(np.sqrt(self.rss / self.degrees))


def _residuals(theta, y, s, before, slopes=False):
    """Residuals of `y`, or their slopes along the parameters.

    `theta` holds the base, then of each channel the first return ``beta / kappa``, the saturation ``1 / kappa`` and the
    carry-over, then rho where it is estimated. So a return that does not fall is a point and not a valley to infinity.
    """
    k, n = s.shape[1], len(y)
    first, bend, carry = theta[1:].reshape(-1)[: 3 * k].reshape(3, k)
    rho, old = theta[1 + 3 * k :], before / (1 - carry)
    stock = _carried(s, carry, old)
    left = np.exp(-bend * stock)
    level = -np.expm1(-bend * stock) / bend
    gap = theta[0] + level @ first - y
    if not slopes:
        return gap[1:] - rho * gap[:-1] if rho.size else gap
    grown = _carried(np.vstack([old, stock[:-1]]), carry, old / (1 - carry))  # slope of the stock along carry
    table = np.hstack([np.ones((n, 1)), level, first * (stock * left - level) / bend, first * left * grown])
    return np.column_stack([table[1:] - rho * table[:-1], -gap[:-1]]) if rho.size else table


def _search(starts, box, y, s, before, held=None):
    """Best parameters within `box`, the parameter numbered `held` staying at its start; rss; success.

    Every start is followed for 40 steps, the best one to its end.
    """
    free, scale = np.arange(box.shape[1]) != held, float(y.std()) or 1.0

    def climb(start, steps):
        def whole(part):
            theta = start.copy()
            theta[free] = part
            return theta

        found = least_squares(
            lambda part: _residuals(whole(part), y, s, before) / scale,
            np.clip(start, *box)[free],
            jac=lambda part: _residuals(whole(part), y, s, before, slopes=True)[:, free] / scale,
            method="dogbox", bounds=box[:, free], x_scale="jac", max_nfev=steps, ftol=1e-10, xtol=1e-10, gtol=1e-10,
        )  # fmt: skip
        return whole(found.x), 2 * float(found.cost) * scale**2, bool(found.success)

    best = min((climb(start, 40) for start in starts), key=lambda found: found[1])
    return best if best[2] else climb(best[0], 500)


def _box(y, s, correlated):
    """Lowest and highest value of each parameter, as two rows."""
    k, size, middle = s.shape[1], float(y.std()) or 1.0, s.mean(axis=0)
    low = np.concatenate([[-np.inf], 1e-6 * size / middle, np.exp(-5) / middle, np.zeros(k)])
    high = np.concatenate([[np.inf], 1e3 * size / middle, np.exp(5) / middle, np.full(k, CARRY)])
    return np.array([np.append(low, -0.99), np.append(high, 0.99)] if correlated else [low, high])


def fit(sold: ArrayLike, spend: ArrayLike, correlated: bool = False, before: ArrayLike = 0.0) -> Response:
    """Fit base, beta, kappa and carry by nonlinear least squares from several starts.

    Parameters
    ----------
    sold : array, shape (n,)
        Sales by period.
    spend : array, shape (n, k)
        Spending by period and channel; at least 3 k + 2 periods, 3 k + 4 with correlated errors.
    correlated : bool
        Estimate errors u_t = rho u_(t-1) + e_t as well, by quasi-differences without the first period.
    before : float or array, shape (k,)
        Spending in every period before the records, which has left a stock; 0 where the campaign begins with them.

    Raises
    ------
    ValueError
        If shapes differ, a value is not finite, spending is negative or the same in all periods (then a channel cannot
        be told from the base), or periods are too few.
    """
    y = check.vector("sold", sold)
    s = check.array("spend", spend, 0.0)
    s = s[:, None] if s.ndim == 1 else s
    if s.ndim != 2 or len(s) != y.size:
        raise ValueError(f"sold: expected one number for each period, got {y.shape} beside {s.shape}")
    k = s.shape[1]
    if y.size < 3 * k + 2 + 2 * correlated:
        raise ValueError(f"sold: {y.size} periods for {3 * k + 1} parameters")
    if (np.ptp(s, axis=0) == 0).any():
        raise ValueError(f"spend: channel {np.ptp(s, axis=0).argmin()} never changes and cannot be told from the base")
    earlier = np.broadcast_to(check.array("before", before, 0.0), (k,))
    box, middle = _box(y, s, correlated), s.mean(axis=0)
    starts = [
        np.concatenate([[y.min()], 2 * y.std() * bend / middle, bend / middle, np.full(k, carry), [0.3][:correlated]])
        for carry in (0.2, 0.6)
        for bend in (1.0, 0.2)
    ]
    theta, rss, converged = _search(starts, box, y, s, earlier)
    first, bend, carry = theta[1 : 1 + 3 * k].reshape(3, k)
    near = np.minimum(theta - box[0], box[1] - theta) < 1e-6 * np.where(np.isfinite(box[1]), box[1], np.inf)
    left = -_residuals(theta, y, s, earlier)
    slopes = _residuals(theta, y, s, earlier, slopes=True)[:, ~near]
    length, inner = np.linalg.norm(slopes, axis=0), np.zeros((theta.size, theta.size))
    flat = not length.all() or np.linalg.eigvalsh((slopes / length).T @ (slopes / length))[0] < 1e-10
    if not flat:
        inner[np.ix_(~near, ~near)] = np.linalg.inv(slopes.T @ slopes) * rss / (left.size - theta.size)
    turn = np.diag(np.concatenate([[1.0], 1 / first, -1 / bend, np.ones(theta.size - 1 - 2 * k)]))
    turn[1 : 1 + k, 1 + k : 1 + 2 * k] = np.diag(-1 / bend)  # ln beta = ln of the first return - ln of the saturation
    lost = ((turn != 0) @ near)[: 1 + 3 * k] | flat
    covariance = (turn @ inner @ turn.T)[: 1 + 3 * k, : 1 + 3 * k]
    covariance[lost], covariance[:, lost] = np.nan, np.nan
    names = ["base", *(f"{name}[{i}]" for name in ("beta", "kappa", "carry") for i in range(k)), "rho"]
    boundary = tuple(name for name, ends in zip(names, near, strict=False) if ends)
    rho = float(theta[-1]) if correlated else 0.0
    fitted = (float(theta[0]), first / bend, 1 / bend, carry, rho, covariance, boundary, rss, left, converged)
    return Response(*fitted, theta, y, s, earlier)


def profile(fitted: Response, name: str, channel: int = 0, level: float = 0.95) -> tuple[float, float]:
    """Profile interval of one channel's carry-over or kappa, as for growth curves in :mod:`replica.methods.growth`.

    Parameters
    ----------
    name : {"carry", "kappa"}
    channel : int

    Returns
    -------
    tuple of float
        The ends. A carry-over that reaches its bounds ends at 0 and 1, a kappa at 0 and infinity.
    """
    check.one_of("name", name, ("carry", "kappa"))
    check.number("level", level, 0.0, 1.0, open_low=True, open_high=True)
    k = fitted.spend.shape[1]
    at = 1 + check.whole("channel", channel, 0, k - 1) + k * (2 if name == "carry" else 1)
    box = _box(fitted.sold, fitted.spend, fitted.theta.size > 3 * k + 1)
    cutoff = fitted.rss * (1 + stats.f.ppf(level, 1, fitted.degrees) / fitted.degrees)

    def inside(place: float, warm: np.ndarray) -> tuple[bool, np.ndarray]:
        starts = [warm.copy(), fitted.theta.copy()]
        for start in starts:
            start[at] = place if name == "carry" else np.exp(-place)
        theta, rss, _ = _search(starts, box, fitted.sold, fitted.spend, fitted.before, held=at)
        return rss <= cutoff, theta

    if name == "carry":
        ends = [profile_end(inside, fitted.theta[at], bound, fitted.theta) for bound in box[:, at]]
        return max(float(ends[0]), 0.0), min(float(ends[1]), 1.0)
    centre = -np.log(fitted.theta[at])
    ends = [profile_end(inside, centre, bound, fitted.theta, step=0.1) for bound in -np.log(box[::-1, at])]
    return float(np.exp(ends[0])), float(np.exp(ends[1]))
