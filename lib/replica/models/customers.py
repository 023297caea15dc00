"""The value of a customer from recency and frequency: BG/NBD, and the scores that are used instead of a model.

While alive, a customer buys at random at rate lambda (purchases a week), and leaves with probability p after each
purchase; lambda is gamma(r, alpha) and p is beta(a, b) over customers (Fader, Hardie & Lee 2005). What is kept of each
customer are x, the purchases after the first, t_x, the time from the first to the last, and T, the time from the first
to the end of the records (weeks). The likelihood of one customer is, equation (6),

    L = B(a, b + x) / B(a, b) * Gamma(r + x) alpha^r / (Gamma(r) (alpha + T)^(r + x))
        + [x > 0] B(a + 1, b + x - 1) / B(a, b) * Gamma(r + x) alpha^r / (Gamma(r) (alpha + t_x)^(r + x)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import betaln, expit, gammaln, hyp2f1

NAMES = ("r", "alpha", "a", "b")


def _records(x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, t_x, T = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (x, t_x, T)))
    if not (np.isfinite(x).all() and np.isfinite(t_x).all() and np.isfinite(T).all()):
        raise ValueError("x: x, t_x and T must be finite")
    if (x < 0).any() or (x != np.round(x)).any():
        raise ValueError("x: purchases after the first are whole numbers, 0 or more")
    if (t_x < 0).any() or (t_x > T).any() or (T <= 0).any():
        raise ValueError("t_x: expected 0 <= t_x <= T and T above 0")
    if ((x == 0) & (t_x > 0)).any() or ((x > 0) & (t_x == 0)).any():
        raise ValueError("t_x: is 0 where there is no purchase after the first, and only there")
    return x, t_x, T


def _parameters(theta: ArrayLike) -> np.ndarray:
    values = np.asarray(theta, dtype=float)
    if values.shape != (4,) or not np.isfinite(values).all() or (values <= 0).any():
        raise ValueError(f"theta: expected four positive numbers {NAMES}, got {theta!r}")
    return values


def log_likelihood(theta: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> np.ndarray:
    """Log-likelihood of each customer.

    Parameters
    ----------
    theta : array, shape (4,)
        r, alpha (weeks), a, b.
    x, t_x, T : arrays of the same shape
        Purchases after the first, week of the last, weeks of record.
    """
    r, alpha, a, b = _parameters(theta)
    x, t_x, T = _records(x, t_x, T)
    common = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - betaln(a, b)
    alive = betaln(a, b + x) - (r + x) * np.log(alpha + T)
    bought = np.maximum(x, 1)
    gone = np.where(x > 0, betaln(a + 1, b + bought - 1) - (r + x) * np.log(alpha + t_x), -np.inf)
    return common + np.logaddexp(alive, gone)


def p_alive(theta: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> np.ndarray:
    """Probability that a customer has not left; 1 without a purchase after the first, as the model has it."""
    r, alpha, a, b = _parameters(theta)
    x, t_x, T = _records(x, t_x, T)
    odds = np.log(a / (b + np.maximum(x, 1) - 1)) + (r + x) * np.log((alpha + T) / (alpha + t_x))
    return np.where(x > 0, expit(-odds), 1.0)


def expected(theta: ArrayLike, t: ArrayLike) -> np.ndarray:
    """Expected purchases of a new customer in t weeks, equation (9) of the paper; a must not be 1.

    Examples
    --------
    >>> float(expected([0.243, 4.414, 0.793, 2.426], 39.0).round(3))
    1.197
    """
    r, alpha, a, b = _parameters(theta)
    t = np.asarray(t, dtype=float)
    if (t < 0).any() or not np.isfinite(t).all():
        raise ValueError("t: expected finite times, 0 or more")
    z = t / (alpha + t)
    return (a + b - 1) / (a - 1) * (1 - (alpha / (alpha + t)) ** r * hyp2f1(r, b, a + b - 1, z))


def conditional(theta: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, t: float) -> np.ndarray:
    """Expected purchases in the next t weeks of a customer with the record (x, t_x, T), equation (10).

    Examples
    --------
    >>> float(conditional([0.243, 4.414, 0.793, 2.426], 2, 30.43, 38.86, 39.0).round(3))
    1.226
    """
    r, alpha, a, b = _parameters(theta)
    x, t_x, T = _records(x, t_x, T)
    if not (np.isfinite(t) and t >= 0):
        raise ValueError(f"t: expected a finite time, 0 or more, got {t!r}")
    z = t / (alpha + T + t)
    fade = ((alpha + T) / (alpha + T + t)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z)
    return (a + b + x - 1) / (a - 1) * (1 - fade) * p_alive(theta, x, t_x, T)


@dataclass(frozen=True)
class BGNBD:
    """A fitted model.

    Attributes
    ----------
    theta : ndarray, shape (4,)
        r, alpha, a, b.
    covariance : ndarray, shape (4, 4)
        Of the logarithms of the parameters, from the curvature of the likelihood.
    log_likelihood : float
    converged : bool
    """

    theta: np.ndarray
    covariance: np.ndarray
    log_likelihood: float
    converged: bool

    def frame(self, z: float = 1.959963984540054) -> pd.DataFrame:
        """Estimate with the ends of a 95 % interval, symmetric on the logarithms."""
        se = np.sqrt(np.diag(self.covariance))
        columns = {"estimate": self.theta, "low": self.theta * np.exp(-z * se), "high": self.theta * np.exp(z * se)}
        return pd.DataFrame(columns, index=list(NAMES))


def fit(x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> BGNBD:
    """Maximum likelihood, on the logarithms of the parameters.

    Customers with the same record are counted once. The covariance is the inverse of the Hessian by central
    differences.

    Raises
    ------
    ValueError
        If records are impossible, or nobody bought again (then nothing is identified).
    """
    x, t_x, T = _records(np.atleast_1d(x), t_x, T)
    if not (x > 0).any():
        raise ValueError("x: nobody bought again, so rate and dropout cannot be told apart")
    records, weight = np.unique(np.c_[x, t_x, T], axis=0, return_counts=True)

    def loss(log_theta: np.ndarray) -> float:
        return -float(weight @ log_likelihood(np.exp(log_theta), *records.T))

    scale = np.log(np.average(T))
    found = minimize(loss, [0.0, scale - 1, 0.0, 1.0], method="L-BFGS-B", bounds=[(-8, 8)] * 4)
    found = minimize(loss, found.x, method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-6, "maxiter": 2000})
    best, step = found.x, 1e-3
    hessian = np.empty((4, 4))
    units = np.eye(4) * step
    for i in range(4):
        for j in range(i, 4):
            up, down = units[i] + units[j], units[i] - units[j]
            value = loss(best + up) - loss(best + down) - loss(best - down) + loss(best - up)
            hessian[i, j] = hessian[j, i] = value / (4 * step**2)
    covariance = np.linalg.pinv(hessian)
    return BGNBD(np.exp(best), covariance, -float(found.fun), bool(found.success))


def members(theta: ArrayLike, n: int, observed: float, ahead: float, rng: np.random.Generator) -> pd.DataFrame:
    """Simulated members of the model: what the records keep, and what the future brings.

    Parameters
    ----------
    theta : array, shape (4,)
    n : int
        Members.
    observed, ahead : float
        Weeks of record of the earliest member, and weeks that follow. Members join evenly in the first third.

    Returns
    -------
    DataFrame
        x, t_x, T, rate (purchases a week), leave (probability after each purchase), alive (at the end of the record),
        future (purchases in the weeks ahead).
    """
    r, alpha, a, b = _parameters(theta)
    if n < 1 or observed <= 0 or ahead < 0:
        raise ValueError("n: expected at least one member, observed above 0 and ahead not below 0")
    rate, leave = rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n)
    T = observed - rng.uniform(0, observed / 3, n)
    clock, here = np.zeros(n), np.ones(n, dtype=bool)
    x, t_x, alive, future = np.zeros(n), np.zeros(n), np.ones(n, dtype=bool), np.zeros(n)
    rate = np.maximum(rate, 1e-12)
    while here.any():
        who = np.flatnonzero(here)
        clock[who] += rng.exponential(1 / rate[who])
        past, later = clock[who] <= T[who], (clock[who] > T[who]) & (clock[who] <= T[who] + ahead)
        x[who[past]] += 1
        t_x[who[past]] = clock[who[past]]
        future[who[later]] += 1
        left = (past | later) & (rng.random(who.size) < leave[who])
        alive[who[left & past]] = False
        here[who[left | ~(past | later)]] = False
    columns = {"x": x, "t_x": t_x, "T": T, "rate": rate, "leave": leave, "alive": alive, "future": future}
    return pd.DataFrame(columns)


def rfm(recency: ArrayLike, frequency: ArrayLike, money: ArrayLike | None = None, groups: int = 5) -> pd.DataFrame:
    """Recency, frequency and money as ranks in equal groups, and their sum.

    Parameters
    ----------
    recency : array, shape (n,)
        Time since the last purchase; less is better.
    frequency : array, shape (n,)
    money : array, shape (n,), optional
    groups : int
        Number of groups, 5 by custom. Ties share the group of their mean rank.

    Returns
    -------
    DataFrame
        R, F, (M) from 1 to `groups`, and score, their sum.

    Examples
    --------
    >>> rfm([1, 9], [5, 1], groups=2)["score"].tolist()
    [4, 2]
    """
    given = {"R": -np.asarray(recency, dtype=float), "F": np.asarray(frequency, dtype=float)}
    if money is not None:
        given["M"] = np.asarray(money, dtype=float)
    sizes = {value.shape for value in given.values()}
    if len(sizes) != 1 or len(next(iter(sizes))) != 1:
        raise ValueError("frequency: recency, frequency and money must be lists of the same length")
    if groups < 2 or not all(np.isfinite(value).all() for value in given.values()):
        raise ValueError("groups: expected two or more, and finite values")
    ranks = {name: pd.Series(value).rank(pct=True, method="average") for name, value in given.items()}
    scores = pd.DataFrame({name: np.ceil(rank * groups).clip(1, groups).astype(int) for name, rank in ranks.items()})
    return scores.assign(score=scores.sum(axis=1))


def gain(score: ArrayLike, outcome: ArrayLike, share: float = 0.2) -> float:
    """Share of the outcome that the members with the highest scores bring; equal scores are counted in proportion.

    Examples
    --------
    >>> gain([3, 2, 1, 0, 0], [10, 0, 0, 0, 0])
    1.0
    """
    score, outcome = np.asarray(score, dtype=float), np.asarray(outcome, dtype=float)
    if score.shape != outcome.shape or score.ndim != 1 or not 0 < share < 1:
        raise ValueError("outcome: expected as many outcomes as scores, and a share between 0 and 1")
    if outcome.sum() <= 0:
        raise ValueError("outcome: nothing to share out")
    places = share * score.size
    cut = np.sort(score)[::-1][int(np.ceil(places)) - 1]
    above, tied = score > cut, score == cut
    return float((outcome[above].sum() + outcome[tied].mean() * (places - above.sum())) / outcome.sum())
