"""Rational inattention: which goods a consumer considers when information has a price.

A state s (what the goods are worth) has prior mu_s; good i is worth u_is in it, in units of utility. Before choosing,
the consumer may learn anything about s at lambda units of utility per nat of mutual information between state and
choice. Matějka & McKay (2015) show that the best choice is a logit tilted by the unconditional probabilities p,

    P(i | s) = p_i e_is / Z_s,    e_is = exp(u_is / lambda),    Z_s = sum_j p_j e_js,

and p maximises the concave F(p) = lambda sum_s mu_s log Z_s on the simplex. With b_i = sum_s mu_s e_is / Z_s, p is
optimal if and only if b_i <= 1 for all i, with equality where p_i > 0 (Caplin, Dean & Leahy 2019). So goods with
b_i < 1 are never chosen; those with p_i > 0 are the consideration set.

How far p is from the optimum needs no second solver: by Jensen's inequality F(p*) - F(p) <= lambda log max_i b_i (the
gap by which Arimoto 1972 and Blahut 1972 stop). And a small gap keeps every optimal b_i close to its present value, so
that a good whose upper bound stays below 1 is *proved* to be out: a safe screening rule in the manner of Ndiaye,
Fercoq, Gramfort & Salmon (2017). The problem is also that of estimating mixture proportions by maximum likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import cho_factor, cho_solve

METHODS = ("interior", "blahut-arimoto")
_FINEST = 1e-13  # relative gap, in nats, below which rounding decides


@dataclass(frozen=True)
class Attention:
    """The solution of a problem of attention with S states and A goods, and its certificate.

    Attributes
    ----------
    marginal : ndarray, shape (A,)
        Unconditional choice probabilities p; exact zeros for goods that are dropped.
    conditional : ndarray, shape (S, A)
        Choice probabilities in each state.
    score : ndarray, shape (A,)
        b_i: 1 for goods in the consideration set, at most 1 for others, up to the gap.
    bound : ndarray, shape (A,)
        Upper bound on b_i at the optimum.
    utility : float
        Expected utility of the choices, before the cost of attention (units of utility).
    information : float
        Mutual information between state and choice (nats).
    cost : float
        Price of information, lambda (units of utility per nat).
    gap : float
        Upper bound on what the best possible choice would add to `net` (units of utility).
    converged : bool
        Whether the gap is within the tolerance that was asked for.
    iterations : int
    """

    marginal: np.ndarray
    conditional: np.ndarray
    score: np.ndarray
    bound: np.ndarray
    utility: float
    information: float
    cost: float
    gap: float
    converged: bool
    iterations: int
    payoff: np.ndarray = field(repr=False)
    prior: np.ndarray = field(repr=False)

    @property
    def net(self) -> float:
        """Expected utility after the cost of attention."""
        return self.utility - self.cost * self.information

    @property
    def bits(self) -> float:
        """Mutual information in bits."""
        return self.information / np.log(2)

    @property
    def considered(self) -> np.ndarray:
        """Goods that are chosen with positive probability: the consideration set."""
        return self.marginal > 0

    @property
    def dropped(self) -> np.ndarray:
        """Goods that are proved to have probability zero in every optimal choice."""
        return self.bound < 1

    @property
    def undecided(self) -> np.ndarray:
        """Goods that are not chosen here and not proved to be out: they sit on the edge, or the gap is too wide."""
        return ~self.considered & ~self.dropped


def _check(payoff: ArrayLike, prior: ArrayLike | None, cost: float) -> tuple[np.ndarray, np.ndarray]:
    payoff = np.asarray(payoff, dtype=float)
    if payoff.ndim != 2 or 0 in payoff.shape or not np.isfinite(payoff).all():
        raise ValueError("payoff: expected finite numbers, one row a state and one column a good")
    prior = np.full(len(payoff), 1 / len(payoff)) if prior is None else np.asarray(prior, dtype=float)
    if prior.shape != (len(payoff),) or not np.isfinite(prior).all() or (prior < 0).any():
        raise ValueError(f"prior: expected {len(payoff)} numbers of at least 0, one for each state")
    if abs(prior.sum() - 1) > 1e-9:
        raise ValueError(f"prior: adds up to {prior.sum():.6g}, not to 1")
    if not np.isscalar(cost) or isinstance(cost, bool) or not 0 < float(cost) < np.inf:
        raise ValueError(f"cost: expected a positive number of units of utility per nat, got {cost!r}")
    return payoff, prior / prior.sum()


def _exponentials(payoff: np.ndarray, cost: float) -> np.ndarray:
    """exp(u / lambda), each state relative to its best good: b and P(i | s) do not change."""
    return np.exp((payoff - payoff.max(axis=1, keepdims=True)) / cost)


def _scores(E: np.ndarray, mu: np.ndarray, p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    Z = E @ p
    return (mu / Z) @ E, Z


def _blahut_arimoto(E: np.ndarray, mu: np.ndarray, tol: float, most: int) -> tuple[np.ndarray, int]:
    """Multiply p by b until the gap, in nats, is at most tol."""
    p = np.full(E.shape[1], 1 / E.shape[1])
    for step in range(1, most + 1):
        b, _ = _scores(E, mu, p)
        if np.log(b.max()) <= tol:
            return p, step
        p = p * b
        p /= p.sum()
    return p, most


def _interior(E: np.ndarray, mu: np.ndarray, tol: float, most: int) -> tuple[np.ndarray, int]:
    """Primal-dual Newton steps on: minimise sum_i p_i - sum_s mu_s log Z_s over p >= 0, whose solution adds up to 1.

    The conditions are 1 - b_i = z_i and p_i z_i = 0 with p, z >= 0; the steps aim at p_i z_i = tau, tau -> 0.
    """
    p, _ = _blahut_arimoto(E, mu, tol, 3)
    p = 0.9 * p + 0.1 / len(p)
    b, Z = _scores(E, mu, p)
    z = np.maximum(1 - b, 0.1)
    for step in range(1, most + 1):
        if np.log(b.max() * p.sum()) <= tol and p @ z <= tol:
            return p / p.sum(), step
        scaled = E * (np.sqrt(mu) / Z)[:, None]
        factor = cho_factor(scaled.T @ scaled + np.diag(z / p), check_finite=False)
        tau = 0.1 * (p @ z) / len(p)
        for centre in (0.0, None):  # the first direction tells how much centring the second one needs
            target = tau if centre is None else centre
            dp = cho_solve(factor, b - 1 + target / p, check_finite=False)
            dz = (target - z * dp) / p - z
            reach = [min(1.0, 0.995 / max(-(d / x).min(), 1e-300)) for d, x in ((dp, p), (dz, z))]
            if centre == 0.0:
                after = (p + reach[0] * dp) @ (z + reach[1] * dz)
                tau = (p @ z) / len(p) * min(max((after / (p @ z)) ** 3, 1e-3), 0.5)
        p, z = p + reach[0] * dp, z + reach[1] * dz
        b, Z = _scores(E, mu, p)
    return p / p.sum(), most


def _bound(E: np.ndarray, mu: np.ndarray, p: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """(b, upper bound on b at the optimum, gap in nats).

    With y_s = mu_s / (Z_s max b), feasible in the dual problem, and r_s = y*_s / y_s, the gap eps bounds
    sum_s mu_s h(r_s) <= eps for h(r) = log r + 1/r - 1. On [0, R] h(r) >= (r - 1)² / (2 R²), so by Cauchy and Schwarz
    b*_i = sum_s y_s e_is r_s <= b_i / max b + R sqrt(2 eps) sqrt(sum_s mu_s (e_is / (Z_s max b))²).
    No r_s exceeds R if h(R) >= level = eps / min mu; since h(e^t) >= t² / (2 + t), log R = (level + sqrt(level² + 8
    level)) / 2 will do.
    """
    b, Z = _scores(E, mu, p)
    gap = max(np.log(b.max()), 0.0) + _FINEST
    level = gap / mu.min()
    R = np.exp(min((level + np.sqrt(level * (level + 8))) / 2, 600.0))
    spread = np.sqrt(mu @ (E / (Z * b.max())[:, None]) ** 2)
    return b, b / b.max() + R * np.sqrt(2 * gap) * spread, gap


def solve(
    payoff: ArrayLike,
    cost: float,
    prior: ArrayLike | None = None,
    *,
    tol: float = 1e-10,
    method: str = "interior",
    most: int | None = None,
) -> Attention:
    """Best choice probabilities when a nat of information costs `cost` (Matějka & McKay 2015).

    Parameters
    ----------
    payoff : array_like, shape (S, A)
        Utility of each good in each state, acquisition costs subtracted.
    cost : float
        lambda > 0, units of utility per nat.
    prior : array_like, shape (S,), optional
        Probabilities of the states; uniform if not given. States of probability 0 get the choices that they would have.
    tol : float, optional
        Largest gap to accept, in nats: the gap in units of utility is at most ``cost * tol``.
    method : {"interior", "blahut-arimoto"}, optional
        Newton steps on the optimality conditions, or the classical multiplicative iteration.
    most : int, optional
        Largest number of iterations: 100, or 100,000 for the multiplicative one.

    Returns
    -------
    Attention
        `converged` is False if `most` iterations left a wider gap; the gap itself is valid all the same.

    Raises
    ------
    ValueError
        If an argument is not as described; the message begins with its name.

    Examples
    --------
    Two states, two goods, each the right one in one state, the first state more likely:

    >>> import numpy as np
    >>> found = solve(np.eye(2), 0.5, [0.6, 0.4])
    >>> float(round(found.marginal[0], 4)), float(round(matching(0.6, 1.0, 0.5), 4))
    (0.6313, 0.6313)
    """
    payoff, prior = _check(payoff, prior, cost)
    if method not in METHODS:
        raise ValueError(f"method: expected one of {', '.join(METHODS)}, got {method!r}")
    if not 0 < tol < 1:
        raise ValueError(f"tol: expected a number between 0 and 1, got {tol!r}")
    steps = most if most is not None else (100 if method == "interior" else 100_000)
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise ValueError(f"most: expected a positive whole number, got {most!r}")
    possible = prior > 0
    E, mu = _exponentials(payoff[possible], cost), prior[possible]
    p, iterations = (_interior if method == "interior" else _blahut_arimoto)(E, mu, tol / 10, steps)
    p = _sparse(E, mu, p)
    b, bound, gap = _bound(E, mu, p)
    everywhere = _exponentials(payoff, cost) * p
    with np.errstate(invalid="ignore"):
        conditional = everywhere / everywhere.sum(axis=1, keepdims=True)
    conditional[np.isnan(conditional)] = 0.0
    utility = float(prior @ (conditional * payoff).sum(axis=1))
    information = float(_information(conditional[possible], mu))
    return Attention(
        p, conditional, b, bound, utility, information, float(cost), float(cost * gap), bool(gap <= tol + _FINEST),
        iterations, payoff, prior,
    )  # fmt: skip


def _sparse(E: np.ndarray, mu: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Zeros for the goods that are proved to be out or are negligible, then Newton steps on b = 1 for the others.

    What comes out is kept only if its gap is no wider.
    """
    _, bound, gap = _bound(E, mu, p)
    inside = (bound >= 1) & (p > 1e-8)
    thin = np.where(inside, p, 0.0) / p[inside].sum()
    for _ in range(3):
        if (Z := E @ thin).min() <= 0:
            return p
        ratio = E[:, inside] / Z[:, None]
        b = mu @ ratio
        step = np.linalg.lstsq((ratio * mu[:, None]).T @ ratio, b - 1, rcond=1e-12)[0]
        moved = thin[inside] + step
        if not np.isfinite(moved).all() or (moved <= 0).any():
            break
        thin[inside] = moved / moved.sum()
    return thin if _bound(E, mu, thin)[2] <= max(gap, 1e-12) else p


def _information(conditional: np.ndarray, mu: np.ndarray) -> float:
    """Mutual information, in nats, of choices with these conditional probabilities."""
    marginal = mu @ conditional
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(conditional > 0, conditional * np.log(conditional / marginal), 0.0)
    return max(float(mu @ terms.sum(axis=1)), 0.0)


def sensitivities(found: Attention) -> dict[str, np.ndarray]:
    """How choices and value answer to a small change of lambda and of the acquisition costs.

    On the consideration set b_i(p) = 1; with H_ij = sum_s mu_s e_is e_js / Z_s² the implicit function theorem gives
    dp/da_k = -(H⁻¹ - diag(p))_{.k} / lambda, where a_k is subtracted from u_k in every state, and
    dp/dlambda = -H⁻¹ m / lambda² with m_i = sum_s mu_s (e_is / Z_s)(u_is - sum_j P(j|s) u_js). By the envelope theorem
    d net / d lambda = -information and d net / d a_k = -p_k. Valid as long as the consideration set stays the same.

    Parameters
    ----------
    found : Attention

    Returns
    -------
    dict
        ``"lambda"``, shape (A,): dp/dlambda (per unit of utility per nat); ``"acquisition"``, shape (A, A): dp_i/da_k
        (per unit of utility); ``"net_lambda"`` (nats, negated) and ``"net_acquisition"``, shape (A,).

    Raises
    ------
    ValueError
        If `found` has not converged, or several mixtures of the goods considered are equally good.
    """
    if not isinstance(found, Attention) or not found.converged:
        raise ValueError("found: expected a solution that has converged")
    inside, possible = np.flatnonzero(found.considered), found.prior > 0
    u, mu = found.payoff[possible][:, inside], found.prior[possible]
    p = found.marginal[inside]
    ratio = _exponentials(found.payoff[possible], found.cost)[:, inside]
    ratio = ratio / (ratio @ p)[:, None]
    H = (ratio * mu[:, None]).T @ ratio
    if np.linalg.cond(H) > 1e12:
        raise ValueError("found: several mixtures of the goods considered are equally good: no derivatives")
    moment = mu @ (ratio * (u - ((ratio * p) * u).sum(axis=1, keepdims=True)))
    by_lambda, by_cost = np.zeros(len(found.marginal)), np.zeros((len(found.marginal),) * 2)
    by_lambda[inside] = -np.linalg.solve(H, moment) / found.cost**2
    by_cost[np.ix_(inside, inside)] = -(np.linalg.inv(H) - np.diag(p)) / found.cost
    return {
        "lambda": by_lambda,
        "acquisition": by_cost,
        "net_lambda": np.array(-found.information),
        "net_acquisition": -found.marginal,
    }


def logit(payoff: ArrayLike, cost: float) -> np.ndarray:
    """Choice probabilities, shape (S, A), when goods are exchangeable a priori: the plain logit with scale lambda.

    Raises
    ------
    ValueError
        If an argument is not as in :func:`solve`.
    """
    payoff, _ = _check(payoff, None, cost)
    weights = _exponentials(payoff, cost)
    return weights / weights.sum(axis=1, keepdims=True)


def matching(prior: float, reward: float, cost: float) -> float:
    """Probability of choosing good 1 of two, where the good that matches the state pays `reward` and the other 0.

    With x = exp(reward / cost) it is ((1 + x) prior - 1) / (x - 1), cut off at 0 and 1: outside 1/(1 + x) < prior <
    x/(1 + x) nothing is learnt and the likelier good is taken blindly. It follows from b_1 = b_2 = 1.

    Raises
    ------
    ValueError
        If `prior` is no probability or `reward` or `cost` is not positive.
    """
    for name, value in (("reward", reward), ("cost", cost)):
        if not 0 < value < np.inf:
            raise ValueError(f"{name}: expected a positive number, got {value!r}")
    if not 0 <= prior <= 1:
        raise ValueError(f"prior: expected a probability, got {prior!r}")
    shrink = np.exp(-reward / cost)  # 1/x, so that a small cost does not overflow
    return float(np.clip(((shrink + 1) * prior - shrink) / (1 - shrink), 0, 1))
