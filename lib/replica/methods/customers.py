r"""The value of a customer from recency and frequency: BG/NBD, and the scores that are used instead of a model.

While alive, a customer buys at random at rate lambda (purchases a week), and leaves with probability p after each
purchase; lambda is gamma(r, alpha) and p is beta(a, b) over customers (Fader, Hardie & Lee 2005). What is kept of each
customer are x, the purchases after the first, t_x, the time from the first to the last, and T, the time from the first
to the end of the records (weeks). With the mean rate :math:`\mu = r/\alpha`, the squared coefficient of variation of
rates :math:`v = 1/r`, the mean probability to leave :math:`q = a/(a+b)` and :math:`w = 1/(a+b)`, the likelihood of one
customer, their equation (6), is

.. math::

   L = D_x \Bigl(A(T) + [x > 0]\, \frac{q}{1 - q + (x - 1) w}\, A(t_x)\Bigr), \quad
   \ln D_x = \sum_{j<x} \ln\Bigl(1 - \frac{q}{1 + j w}\Bigr), \quad
   \ln A(t) = x \ln \mu + \sum_{j<x} \ln(1 + j v) - (x + 1/v) \ln(1 + \mu v t).

In this form nothing large is subtracted from anything large, and its three limits are ordinary points: v = 0 (all buy
at one rate), w = 0 (all leave with one probability), q = 0 (nobody leaves: the negative binomial model).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.linalg import eigh_tridiagonal
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import chi2, norm

from replica import check

NAMES = ("r", "alpha", "a", "b")
LIMITS = {"equal rates": 1, "equal chances to leave": 3, "nobody leaves": 2}  # the coordinate that each one fixes
_FLOOR = 1e-8  # stands for v = 0 and for w = 0
_BOX = np.array([[-18.0, 10.0], [-18.0, 5.0], [-16.0, 10.0], [-18.0, 10.0]])  # of ln mu, ln v, logit q, ln w


def _records(x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, t_x, T = (check.array(name, value, 0.0) for name, value in (("x", x), ("t_x", t_x), ("T", T)))
    try:
        x, t_x, T = np.broadcast_arrays(x, t_x, T)
    except ValueError:
        raise ValueError("x: x, t_x and T do not fit together") from None
    if not x.size or (x != np.round(x)).any():
        raise ValueError("x: purchases after the first are whole numbers, 0 or more")
    if (t_x > T).any() or (T <= 0).any():
        raise ValueError("t_x: expected 0 <= t_x <= T and T above 0")
    if ((x == 0) != (t_x == 0)).any():
        raise ValueError("t_x: is 0 where there is no purchase after the first, and only there")
    return x, t_x, T


def _parameters(theta: ArrayLike) -> np.ndarray:
    values = check.array("theta", theta, 0.0, shape=(4,))
    if (values[[0, 1, 3]] == 0).any():
        raise ValueError(f"theta: expected r, alpha and b above 0, got {values.tolist()}")
    return values


def _log_likelihood(mu: float, v: float, q: float, w: float, x, t_x, T) -> np.ndarray:
    past = np.arange(max(int(x.max()), 1))
    terms = np.log1p(past * v) + np.log1p(-q / (1 + past * w)) + np.log(mu)
    bought = np.concatenate([[0.0], np.cumsum(terms)])[x.astype(int)]
    here = -(x + 1 / v) * np.log1p(mu * v * T)
    if q == 0:
        return bought + here
    leave = np.log(q) - np.log(1 - q + np.maximum(x - 1, 0) * w)
    return bought + np.logaddexp(here, np.where(x > 0, leave - (x + 1 / v) * np.log1p(mu * v * t_x), -np.inf))


def log_likelihood(theta: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> np.ndarray:
    """Log-likelihood of each customer.

    Parameters
    ----------
    theta : array, shape (4,)
        r, alpha (weeks), a, b; a may be 0 (nobody leaves).
    x, t_x, T : arrays of the same shape
        Purchases after the first, week of the last, weeks of record.
    """
    r, alpha, a, b = _parameters(theta)
    return _log_likelihood(r / alpha, 1 / r, a / (a + b), 1 / (a + b), *_records(x, t_x, T))


def p_alive(theta: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> np.ndarray:
    """Probability that a customer has not left; 1 without a purchase after the first, as the model has it."""
    r, alpha, a, b = _parameters(theta)
    x, t_x, T = _records(x, t_x, T)
    if a == 0:
        return np.ones(x.shape)
    odds = np.log(a) - np.log(b + np.maximum(x, 1) - 1) + (r + x) * np.log1p((T - t_x) / (alpha + t_x))
    return np.where(x > 0, expit(-odds), 1.0)


def _while_alive(a: float, b: float, shape: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """Mean of ``(1 - (1 + p ratio)^-shape) / p`` over p from beta(a, b), by Gauss-Jacobi quadrature with 100 nodes.

    Nodes and weights come from the eigenvalues and eigenvectors of the Jacobi matrix (Golub & Welsch 1969). The closed
    form of the paper, a hypergeometric function, has a pole at a = 1 that is not one of the mean. The relative error is
    below 1e-8 for times of up to a hundred times the scale alpha.
    """
    k, s = np.arange(1.0, 100.0), a + b - 2
    diagonal = np.append(a / (a + b), (1 + (a - b) * s / ((2 * k + s) * (2 * k + s + 2))) / 2)
    off = np.empty(k.size)
    off[0] = a * b / ((a + b) ** 2 * (a + b + 1))
    k = k[1:]
    off[1:] = k * (k + a - 1) * (k + b - 1) * (k + s) / ((2 * k + s) ** 2 * (2 * k + s + 1) * (2 * k + s - 1))
    nodes, vectors = eigh_tridiagonal(diagonal, np.sqrt(off))
    total = np.zeros(np.broadcast(shape, ratio).shape)
    for p, weight in zip(np.maximum(nodes, 1e-200), vectors[0] ** 2, strict=True):
        total -= weight / p * np.expm1(-shape * np.log1p(p * ratio))
    return total


def expected(theta: ArrayLike, t: ArrayLike) -> np.ndarray:
    """Expected purchases of a new customer in t weeks, equation (9) of the paper.

    Examples
    --------
    >>> float(expected([0.243, 4.414, 0.793, 2.426], 39.0).round(3))
    1.197
    """
    r, alpha, a, b = _parameters(theta)
    return _while_alive(a, b, np.float64(r), check.array("t", t, 0.0) / alpha)


def conditional(theta: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike, t: float) -> np.ndarray:
    """Expected purchases in the next t weeks of a customer with the record (x, t_x, T), equation (10).

    Examples
    --------
    >>> float(conditional([0.243, 4.414, 0.793, 2.426], 2, 30.43, 38.86, 39.0).round(3))
    1.226
    """
    r, alpha, a, b = _parameters(theta)
    x, t_x, T = _records(x, t_x, T)
    ahead, found = check.number("t", t, 0.0), np.empty(x.shape)
    for bought in np.unique(x):
        same = x == bought
        found[same] = _while_alive(a, b + bought, np.float64(r + bought), ahead / (alpha + T[same]))
    return found * p_alive(theta, x, t_x, T)


@dataclass(frozen=True)
class BGNBD:
    """A fitted model.

    Attributes
    ----------
    theta : ndarray, shape (4,)
        r, alpha, a, b. In a limit that the fit has reached, 1e8 stands for an infinite r or a + b.
    covariance : ndarray, shape (4, 4)
        Of the logarithms of the parameters, from the curvature of the likelihood; NaN where `boundary` concerns them.
    log_likelihood : float
    reached : tuple of str
        Limits that fit as well as anything inside: "equal rates" (r infinite), "equal chances to leave" (a + b
        infinite), "nobody leaves" (a = 0).
    boundary : tuple of str
        Limits that a likelihood ratio of 3.84 does not refuse (a test below 5 %, since the limits lie on the edge of
        the parameters), those reached among them, and "edge" where the search ended at the edge of its box. The
        curvature says nothing about the parameters concerned.
    converged : bool
    """

    theta: np.ndarray
    covariance: np.ndarray
    log_likelihood: float
    reached: tuple[str, ...]
    boundary: tuple[str, ...]
    converged: bool

    def frame(self, level: float = 0.95) -> pd.DataFrame:
        """Estimate with the ends of an interval that is symmetric on the logarithms.

        Parameters that a limit of `boundary` concerns have an end only where the limit is it: infinity or zero.
        """
        z = norm.ppf((1 + check.number("level", level, 0.0, 1.0, open_low=True, open_high=True)) / 2)
        half = z * np.sqrt(np.diag(self.covariance))
        columns = {"estimate": self.theta, "low": self.theta * np.exp(-half), "high": self.theta * np.exp(half)}
        table = pd.DataFrame(columns, index=list(NAMES))
        ends = {"equal rates": (["r", "alpha"], "high", np.inf), "equal chances to leave": (["a", "b"], "high", np.inf),
                "nobody leaves": (["a"], "low", 0.0)}  # fmt: skip
        for name, (rows, side, value) in ends.items():
            if name in self.boundary:
                table.loc[rows, side] = value
            if name in self.reached:
                table.loc[rows, "estimate"] = value
        return table


def _climb(records: np.ndarray, weight: np.ndarray, start: np.ndarray, held: tuple[str, ...]):
    """Best ln mu, ln v, logit q and ln w with some limits held; what was climbed; and whether it converged."""
    free = np.array([i not in {LIMITS[name] for name in held} for i in range(4)])
    free[3] &= "nobody leaves" not in held

    def log_likelihood_of(part: np.ndarray) -> float:
        place = start.copy()
        place[free] = part
        mu, v, w = np.exp(place[[0, 1, 3]])
        v, w = _FLOOR if "equal rates" in held else v, _FLOOR if "equal chances to leave" in held else w
        q = 0.0 if "nobody leaves" in held else float(expit(place[2]))
        return float(weight @ _log_likelihood(mu, v, q, w, *records))

    options = {"ftol": 1e-15, "gtol": 1e-9, "maxiter": 500}
    found = minimize(
        lambda part: -log_likelihood_of(part) / weight.sum(), start[free], jac="3-point", method="L-BFGS-B",
        bounds=_BOX[free], options=options,
    )  # fmt: skip
    place = start.copy()
    place[free] = found.x
    inside = (found.x > _BOX[free, 0]) & (found.x < _BOX[free, 1])
    converged = bool(found.success) or bool(np.abs(found.jac[inside]).max(initial=0.0) < 1e-5)
    return place, free, log_likelihood_of, converged


def _settle(records: np.ndarray, weight: np.ndarray, start: np.ndarray):
    """The climb in the most special model that fits as well as any, its log-likelihood, its limits, and those near."""
    reached, best_climb = (), _climb(records, weight, start, ())
    best = best_climb[2](best_climb[0][best_climb[1]])
    while True:
        left = [name for name in LIMITS if name not in reached]
        if "nobody leaves" in reached:
            left = [name for name in left if name == "equal rates"]
        climbs = {name: _climb(records, weight, best_climb[0], (*reached, name)) for name in left}
        values = {name: climbed(place[free]) for name, (place, free, climbed, _) in climbs.items()}
        name = max(values, key=values.get, default=None)
        if name is None or values[name] < best - 0.005:
            break
        reached, best_climb, best = (*reached, name), climbs[name], values[name]
    near = [name for name, value in values.items() if best - value <= chi2.ppf(0.95, 1) / 2]
    if "nobody leaves" in (*reached, *near):  # then nothing is known of how the chances differ
        near += [name for name in LIMITS if name == "equal chances to leave" and name not in (*reached, *near)]
    return best_climb, best, reached, (*reached, *near)


def fit(x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> BGNBD:
    """Maximum likelihood over the mean rate, the mean probability to leave, and the spreads of both.

    After the search inside, each limit of the model is fitted as well, and taken where it is within 0.005 of the
    largest log-likelihood. The covariance is the inverse of the Hessian by central differences, where that is positive
    definite. Customers with the same record are counted once.

    Raises
    ------
    ValueError
        If records are impossible, or nobody bought again (then nothing is identified).

    Examples
    --------
    >>> found = fit([0, 1, 1, 1, 2, 2], [0, 10, 20, 5, 20, 15], [30] * 6)  # six customers show no differences
    >>> sorted(found.boundary)
    ['equal chances to leave', 'equal rates', 'nobody leaves']
    """
    x, t_x, T = _records(*np.atleast_1d(x, t_x, T))
    if not (x > 0).any():
        raise ValueError("x: nobody bought again, so rate and dropout cannot be told apart")
    rows, weight = np.unique(np.c_[x, t_x, T], axis=0, return_counts=True)
    start = np.array([np.log(1.5 * x.sum() / T.sum()), 0.0, -1.5, -1.0])
    (place, free, climbed, converged), best, reached, boundary = _settle(rows.T, weight, start)
    edge = free & ((place - _BOX.T[0] < 1e-6) | (_BOX.T[1] - place < 1e-6))
    lost = np.array(["equal rates" in boundary or edge[:2].any(), "nobody leaves" in boundary or edge[2:].any()])
    lost[1] |= "equal chances to leave" in boundary
    if edge.any():
        boundary = (*boundary, "edge")
    mu, v, w = np.exp(place[[0, 1, 3]])
    v, w = _FLOOR if "equal rates" in reached else v, _FLOOR if "equal chances to leave" in reached else w
    q = float(expit(place[2]))
    theta = np.array([1 / v, 1 / (mu * v), q / w, (1 - q) / w])
    if "nobody leaves" in reached:
        theta[2:] = 0.0, 1.0
    covariance = np.full((4, 4), np.nan)
    if converged and not lost.all():
        covariance = _covariance(climbed, place, free, edge, q)
    covariance[lost.repeat(2)], covariance[:, lost.repeat(2)] = np.nan, np.nan
    return BGNBD(theta, covariance, best, reached, boundary, converged)


def _covariance(climbed, place: np.ndarray, free: np.ndarray, edge: np.ndarray, q: float) -> np.ndarray:
    """Covariance of ln r, ln alpha, ln a, ln b from the curvature at `place`, NaN where that is not positive definite.

    A coordinate at the edge of the search is held; what is lost by that the caller knows.
    """
    at, units = place[free], 1e-3 * np.eye(4)[free & ~edge][:, free]
    hessian = np.array([[
        climbed(at + i + j) - climbed(at + i - j) - climbed(at - i + j) + climbed(at - i - j) for j in units
    ] for i in units]) / -4e-6  # fmt: skip
    curvature = np.linalg.eigvalsh(hessian)
    if not curvature[0] > 1e-8 * curvature[-1]:
        return np.full((4, 4), np.nan)
    turn = np.array([[0, -1, 0, 0], [-1, -1, 0, 0], [0, 0, 1 - q, -1], [0, 0, -q, -1]])[:, free & ~edge]
    return turn @ np.linalg.inv(hessian) @ turn.T


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
    given = {"R": -check.vector("recency", recency), "F": check.vector("frequency", frequency)}
    if money is not None:
        given["M"] = check.vector("money", money)
    if len({value.size for value in given.values()}) != 1:
        raise ValueError("frequency: recency, frequency and money must be lists of the same length")
    check.whole("groups", groups, 2)
    ranks = pd.DataFrame(given).rank(pct=True)
    scores = np.ceil(ranks * groups).clip(1, groups).astype(int)
    return scores.assign(score=scores.sum(axis=1))


def gain(score: ArrayLike, outcome: ArrayLike, share: float = 0.2) -> float:
    """Share of the outcome that the members with the highest scores bring; equal scores are counted in proportion.

    Examples
    --------
    >>> gain([3, 2, 1, 0, 0], [10, 0, 0, 0, 0])
    1.0
    """
    score, outcome = check.vector("score", score), check.vector("outcome", outcome)
    places = check.number("share", share, 0.0, 1.0, open_low=True, open_high=True) * score.size
    if score.shape != outcome.shape or outcome.sum() <= 0:
        raise ValueError("outcome: expected as many outcomes as scores, with a sum above 0")
    cut = np.sort(score)[::-1][int(np.ceil(places)) - 1]
    above, tied = score > cut, score == cut
    return float((outcome[above].sum() + outcome[tied].mean() * (places - above.sum())) / outcome.sum())
