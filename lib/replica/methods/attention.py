"""What it costs to think and to look: rational inattention, search, quotes, and reading before choosing.

**Rational inattention**: which goods a consumer considers when information has a price.
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

**Search**, Pandora's rule (Weitzman 1979): a box of unknown content v ~ N(mean, sd²) that costs c to open has the
reservation value r with E max(v - r, 0) = c. Open boxes in the order of their reservation values; stop when what is in
hand is worth more than the next one. Its expected pay-off is E max_i min(v_i, r_i) (Kleinberg, Waggoner & Weyl 2016;
Armstrong 2017). A buyer who must say beforehand how many quotes to ask for (Stigler 1961) takes n that maximises
E max(v_1..v_n) - c n; with exchangeable brands this is also the consideration set of Hauser & Wernerfelt (1990).

**Reading**: the upgrade good is better than the necessary one by d ~ N(mean, sd²); reviews report d with normal noise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.special import ndtr

from replica import check
from replica.methods.stock import normal_loss

Array = NDArray[np.float64]
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

    marginal: Array
    conditional: Array
    score: Array
    bound: Array
    utility: float
    information: float
    cost: float
    gap: float
    converged: bool
    iterations: int
    payoff: Array = field(repr=False)
    prior: Array = field(repr=False)

    @property
    def net(self) -> float:
        """Expected utility after the cost of attention."""
        return self.utility - self.cost * self.information

    @property
    def bits(self) -> float:
        """Mutual information in bits."""
        return self.information / np.log(2)

    @property
    def considered(self) -> Array:
        """Goods that are chosen with positive probability: the consideration set."""
        return self.marginal > 0

    @property
    def dropped(self) -> Array:
        """Goods that are proved to have probability zero in every optimal choice."""
        return self.bound < 1

    @property
    def undecided(self) -> Array:
        """Goods that are not chosen here and not proved to be out: they sit on the edge, or the gap is too wide."""
        return ~self.considered & ~self.dropped


def _check(payoff: ArrayLike, prior: ArrayLike | None, cost: float) -> tuple[Array, Array, float]:
    payoff = check.matrix("payoff", payoff)
    prior = np.full(len(payoff), 1 / len(payoff)) if prior is None else check.probabilities("prior", prior)
    if prior.shape != (len(payoff),):
        raise ValueError(f"prior: expected {len(payoff)} probabilities, one for each state, got {prior.size}")
    return payoff, prior / prior.sum(), check.positive("cost", cost)


def _exponentials(payoff: Array, cost: float) -> Array:
    """exp(u / lambda), each state relative to its best good: b and P(i | s) do not change."""
    return np.exp((payoff - payoff.max(axis=1, keepdims=True)) / cost)


def _scores(E: Array, mu: Array, p: Array) -> tuple[Array, Array]:
    Z = E @ p
    return (mu / Z) @ E, Z


def _blahut_arimoto(E: Array, mu: Array, tol: float, most: int) -> tuple[Array, int]:
    """Multiply p by b until the gap, in nats, is at most tol."""
    p = np.full(E.shape[1], 1 / E.shape[1])
    for step in range(1, most + 1):
        b, _ = _scores(E, mu, p)
        if np.log(b.max()) <= tol:
            return p, step
        p = p * b
        p /= p.sum()
    return p, most


def _interior(E: Array, mu: Array, tol: float, most: int) -> tuple[Array, int]:
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


def _bound(E: Array, mu: Array, p: Array) -> tuple[Array, Array, float]:
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
    payoff, prior, cost = _check(payoff, prior, cost)
    method = check.one_of("method", method, METHODS)
    tol = check.number("tol", tol, 0, 1, open_low=True, open_high=True)
    steps = check.whole("most", (100 if method == "interior" else 100_000) if most is None else most, 1)
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
        p, conditional, b, bound, utility, information, cost, float(cost * gap), bool(gap <= tol + _FINEST),
        iterations, payoff, prior,
    )  # fmt: skip


def _sparse(E: Array, mu: Array, p: Array) -> Array:
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


def _information(conditional: Array, mu: Array) -> float:
    """Mutual information, in nats, of choices with these conditional probabilities."""
    marginal = mu @ conditional
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(conditional > 0, conditional * np.log(conditional / marginal), 0.0)
    return max(float(mu @ terms.sum(axis=1)), 0.0)


def sensitivities(found: Attention) -> dict[str, Array]:
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


def logit(payoff: ArrayLike, cost: float) -> Array:
    """Choice probabilities, shape (S, A), when goods are exchangeable a priori: the plain logit with scale lambda.

    Raises
    ------
    ValueError
        If an argument is not as in :func:`solve`.
    """
    payoff, _, cost = _check(payoff, None, cost)
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
    prior, reward, cost = check.share("prior", prior), check.positive("reward", reward), check.positive("cost", cost)
    shrink = np.exp(-reward / cost)  # 1/x, so that a small cost does not overflow
    return float(np.clip(((shrink + 1) * prior - shrink) / (1 - shrink), 0, 1))


# Search and reading --------------------------------------------------------------------------------------------------


def reservation(mean: ArrayLike, sd: ArrayLike, cost: ArrayLike) -> Array:
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
    mean, sd = check.array("mean", mean), check.array("sd", sd, 0, open_low=True)
    wanted = check.array("cost", cost, 0, open_low=True) / sd
    if (wanted < 1e-300).any():
        raise ValueError("cost: too small beside sd for a reservation value")
    z = np.where(wanted > 0.4, -wanted, 0.0)  # Newton from the left of the root: the function is convex and falls
    for _ in range(100):
        move = (normal_loss(z) - wanted) / ndtr(-z)
        z = z + move
        if (np.abs(move) <= 1e-13 * np.maximum(np.abs(z), 1)).all():
            return mean + sd * z
    raise ValueError("cost: no reservation value found in 100 steps")


def pandora(value: ArrayLike, reserve: ArrayLike, cost: ArrayLike, outside: float = 0.0) -> tuple[Array, Array]:
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
        If the shapes do not fit or a number is not finite.

    Examples
    --------
    The better box is opened first; the second only where the first disappoints.

    >>> payoff, opened = pandora([[2.0, 9.0], [0.5, 0.7]], [1.5, 1.0], [0.1, 0.1])
    >>> payoff.round(9).tolist(), opened.tolist()
    ([1.9, 0.5], [1, 2])
    """
    value, outside = check.matrix("value", value), check.number("outside", outside)
    reserve = check.array("reserve", reserve, shape=(value.shape[1],))
    cost = check.array("cost", cost, 0, shape=reserve.shape)
    best, paid = np.full(len(value), outside), np.zeros(len(value))
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
    n = check.whole("n", n, 1)
    x, dx = np.linspace(-9, 9, 4001, retstep=True)  # analytic and zero at both ends: sums converge fast
    return float(dx * np.sum(x * n * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) * ndtr(x) ** (n - 1)))


def quotes(sd: float, cost: float, most: int = 200) -> int:
    """Best number of quotes, fixed beforehand: one more while the expected maximum rises by more than it costs.

    The result is at most `most`; there the next quote may still be worth its cost.

    Raises
    ------
    ValueError
        If `sd` or `cost` is not positive.
    """
    sd, cost, most, n = check.positive("sd", sd), check.positive("cost", cost), check.whole("most", most, 1), 1
    while n < most and sd * (expected_maximum(n + 1) - expected_maximum(n)) > cost:
        n += 1
    return n


def value_of_reading(mean: ArrayLike, sd: ArrayLike, precision: ArrayLike) -> Array:
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
    mean, sd = check.array("mean", mean), check.array("sd", sd, 0, open_low=True)
    precision = check.array("precision", precision, 0)
    spread = sd * np.sqrt(precision * sd**2 / (1 + precision * sd**2))  # sd of the posterior mean
    some = np.where(spread > 0, spread, 1.0)
    return np.where(spread > 0, spread * normal_loss(-mean / some), np.maximum(mean, 0.0))
