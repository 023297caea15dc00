"""Evolutionary games: replicator dynamics, rest points, and which of them are stable.

One population that plays against itself (a symmetric matrix game) and several populations with two strategies each.
In both, a strategy grows in proportion to its share and to what it earns beyond the mean of its population
(Taylor & Jonker 1978; for several populations Hofbauer & Sigmund 1998, chapter 10).

With two strategies a population is one number, the share ``x_p`` of the second strategy, and

    dx_p/dt = x_p (1 - x_p) g_p(x),

where the advantage ``g_p`` of the second strategy depends on the other populations only. Hence the Jacobian has the
diagonal ``(1 - 2 x_p) g_p``, which is zero wherever population p is mixed: a rest point at which all are mixed has
eigenvalues that sum to zero, and is never asymptotically stable (Selten 1980 for evolutionary stability).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, permutations, product

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import ArrayLike, NDArray

from replica import check

Array = NDArray[np.float64]
TOLERANCE = 1e-9


def classify(eigenvalues: ArrayLike, tolerance: float = TOLERANCE) -> str:
    """Kind of a rest point, from the real parts of its eigenvalues.

    Returns
    -------
    {"sink", "source", "saddle", "undecided"}
        "sink" is asymptotically stable; "undecided" where a real part is zero and no other sign contradicts.

    Raises
    ------
    ValueError
        If there is no eigenvalue, or one is not finite.

    Examples
    --------
    >>> classify([-1, -0.2]), classify([-1, 2]), classify([1j, -1j])
    ('sink', 'saddle', 'undecided')
    """
    real = check.vector("eigenvalues", np.real(eigenvalues))
    up, down = (real > tolerance).any(), (real < -tolerance).any()
    if up and down:
        return "saddle"
    if (np.abs(real) <= tolerance).any():
        return "undecided"
    return "source" if up else "sink"


# --- one population ---------------------------------------------------------------------------------------------------
def _square(payoff: ArrayLike) -> Array:
    A = check.matrix("payoff", payoff)
    if A.shape[0] != A.shape[1] or A.shape[0] < 2:
        raise ValueError(f"payoff: expected a square matrix of two strategies or more, got shape {A.shape}")
    return A


def replicator_eigenvalues(payoff: ArrayLike, state: ArrayLike) -> Array:
    """Eigenvalues of the Jacobian of ``dx_i/dt = x_i ((A x)_i - x'A x)`` within the simplex, sorted by real part.

    Parameters
    ----------
    payoff : array_like, shape (n, n)
        Row strategy's pay-off against the column strategy.
    state : array_like, shape (n,)
        Shares, at rest or not.

    Returns
    -------
    array of complex, shape (n - 1,)

    Raises
    ------
    ValueError
        If the matrix is not square or the shares do not sum to 1.

    Examples
    --------
    Hawks and doves with value 2 and cost 4 rest at one half, with the eigenvalue -V (C - V) / 2C.

    >>> replicator_eigenvalues([[-1, 2], [0, 1]], [0.5, 0.5]).real.round(9).tolist()
    [-0.5]
    """
    A, x = _square(payoff), check.probabilities("state", state)
    if x.size != len(A):
        raise ValueError(f"state: expected {len(A)} shares, got {x.size}")
    earned = A @ x
    J = np.diag(earned - x @ earned) + x[:, None] * (A - earned[None, :] - (x @ A)[None, :])
    basis = np.linalg.qr(np.column_stack([np.ones(len(x)), np.eye(len(x))[:, 1:]]))[0][:, 1:]
    return np.sort_complex(np.linalg.eigvals(basis.T @ J @ basis))


def stable_states(payoff: ArrayLike) -> list[Array]:
    """Evolutionarily stable states of a symmetric matrix game (Maynard Smith & Price 1973).

    For every support the state that equalises pay-offs is tried: it must be an equilibrium, and its pay-off matrix
    negative definite on the differences of best replies (Haigh 1975). That is exact where every best reply is used;
    where a best reply is unused the condition is sufficient only.

    Examples
    --------
    >>> [x.tolist() for x in stable_states([[2, 0], [0, 1]])]
    [[1.0, 0.0], [0.0, 1.0]]
    """
    A, found = _square(payoff), []
    n = len(A)
    for size in range(1, n + 1):
        for support in combinations(range(n), size):
            rows = list(support)
            system = np.block([[A[np.ix_(rows, rows)], -np.ones((size, 1))], [np.ones((1, size)), np.zeros((1, 1))]])
            if abs(np.linalg.det(system)) < 1e-12:
                continue
            solution = np.linalg.solve(system, np.append(np.zeros(size), 1.0))
            if (solution[:-1] <= TOLERANCE).any():
                continue
            x = np.zeros(n)
            x[rows] = solution[:-1]
            earned = A @ x
            if (earned > solution[-1] + TOLERANCE).any():
                continue
            best = np.flatnonzero(earned > solution[-1] - TOLERANCE)
            difference = (np.eye(n)[best[1:]] - np.eye(n)[best[0]]).T
            form = difference.T @ (A + A.T) @ difference
            if not form.size or (np.linalg.eigvalsh(form) < -TOLERANCE).all():
                found.append(x)
    return found


# --- several populations with two strategies --------------------------------------------------------------------------
def advantages(gains: ArrayLike, state: ArrayLike) -> Array:
    """What the second strategy of each population earns beyond the first, for many games and states at once.

    Parameters
    ----------
    gains : array_like, shape (..., P, 2, ..., 2) with P - 1 axes of length 2
        ``gains[..., p, i, j]``: the advantage in population p while the others, in order, play i, j.
    state : array_like, shape (..., P)
        Shares of the second strategies; the leading axes broadcast against those of `gains`.

    Returns
    -------
    ndarray, shape (..., P)
    """
    table, x = np.asarray(gains, dtype=float), np.asarray(state, dtype=float)
    P = x.shape[-1] if x.ndim else 0
    if P < 2 or table.shape[-P:] != (P,) + (2,) * (P - 1):
        raise ValueError(f"gains: expected axes {(P,) + (2,) * (P - 1)} at the end, got shape {table.shape}")
    table = table.reshape((1,) * (x.ndim - 1 - (table.ndim - P)) + table.shape)
    out = []
    for p in range(P):
        value = table[(..., p) + (slice(None),) * (P - 1)]
        for left, q in enumerate(q for q in range(P) if q != p):  # averages out the first axis of the others
            axes = P - 1 - left
            share = x[..., q].reshape(x.shape[:-1] + (1,) * (axes - 1))
            first, second = (value[(..., k) + (slice(None),) * (axes - 1)] for k in (0, 1))
            value = first * (1 - share) + second * share
        out.append(value)
    return np.stack(np.broadcast_arrays(*out), axis=-1)


@dataclass(frozen=True)
class RestPoint:
    """A rest point of a game of several populations.

    Attributes
    ----------
    state : ndarray, shape (P,)
    eigenvalues : ndarray of complex, shape (P,)
    kind : str
        See :func:`classify`.
    nash : bool
        Whether no population gains by changing its strategy.
    """

    state: Array
    eigenvalues: Array
    kind: str
    nash: bool

    @property
    def mixed(self) -> int:
        """Number of populations in which both strategies are played."""
        return int(np.sum((self.state > TOLERANCE) & (self.state < 1 - TOLERANCE)))


class Game:
    """Two or more populations, each with a first (0) and a second (1) strategy.

    Parameters
    ----------
    payoffs : array_like, shape (P, 2, ..., 2) with P axes of length 2
        ``payoffs[p, i, j, k]`` is what a member of population p earns when the populations play i, j, k.

    Raises
    ------
    ValueError
        If the shape is another one or a pay-off is not finite.

    Examples
    --------
    Two populations that want to do the same:

    >>> game = Game([[[2, 0], [0, 1]], [[2, 0], [0, 1]]])
    >>> [(point.state.round(2).tolist(), point.kind) for point in game.rest_points() if point.nash]
    [([0.0, 0.0], 'sink'), ([1.0, 1.0], 'sink'), ([0.67, 0.67], 'saddle')]
    """

    def __init__(self, payoffs: ArrayLike):
        table = check.array("payoffs", payoffs)
        P = table.shape[0] if table.ndim else 0
        if P < 2 or table.shape != (P,) + (2,) * P:
            raise ValueError(f"payoffs: expected shape (P, 2, ..., 2) with P axes of length 2, got {table.shape}")
        self.payoffs, self.populations = table, P

    @cached_property
    def gains(self) -> Array:
        """Advantage tables, shape (P, 2, ..., 2) with P - 1 axes of length 2; see :func:`advantages`."""
        return gains(self.payoffs, self.populations)

    def _state(self, state: ArrayLike) -> Array:
        return check.array("state", state, 0, 1, shape=(self.populations,))

    def jacobian(self, state: ArrayLike) -> Array:
        """Jacobian of ``x_p (1 - x_p) g_p(x)``, shape (P, P): rows are populations, columns what they depend on."""
        x, P = self._state(state), self.populations
        J = np.diag((1 - 2 * x) * advantages(self.gains, x))
        for q in range(P):  # an advantage is linear in each share of the others
            ends = [advantages(self.gains, np.where(np.arange(P) == q, end, x)) for end in (0.0, 1.0)]
            J[:, q] += x * (1 - x) * (ends[1] - ends[0])
        return J

    def at(self, state: ArrayLike) -> RestPoint:
        """Eigenvalues, kind and Nash property of a rest point.

        Raises
        ------
        ValueError
            If the field does not vanish there.
        """
        x = self._state(state)
        g, scale = advantages(self.gains, x), max(1.0, np.abs(self.gains).max())
        if np.abs(x * (1 - x) * g).max() > 1e-7 * scale:
            raise ValueError(f"state: {state!r} is no rest point")
        inside = (x > TOLERANCE) & (x < 1 - TOLERANCE)
        best = inside | (np.where(x > 0.5, g, -g) >= -TOLERANCE * scale)
        values = np.sort_complex(np.linalg.eigvals(self.jacobian(x)))
        return RestPoint(x, values, classify(values, TOLERANCE * scale), bool(best.all()))

    def rest_points(self) -> list[RestPoint]:
        """All isolated rest points of two or three populations: corners, mixed faces, the mixed interior.

        A rest point with one mixed population would need an advantage that is zero on a whole edge; such continua are
        left out. At most two rest points of three populations have all of them mixed.

        Raises
        ------
        ValueError
            If there are more than three populations.
        """
        P = self.populations
        if P > 3:
            raise ValueError("game: rest points are found for two or three populations")
        states = [np.array(corner, dtype=float) for corner in product((0, 1), repeat=P)]
        if P == 2:
            states += _mixed_pair(self.gains[0], self.gains[1])
        else:
            for fixed, side in product(range(3), (0, 1)):
                a, b = (q for q in range(3) if q != fixed)
                tables = [np.take(self.gains[p], side, axis=fixed - (fixed > p)) for p in (a, b)]
                states += [np.insert(pair, fixed, side) for pair in _mixed_pair(*tables)]
            states += _mixed_triple(self.gains)
        return [self.at(state) for state in states]


def gains(payoffs: ArrayLike, populations: int) -> Array:
    """Advantage tables of one game or of many: pay-off of the second strategy minus that of the first.

    Parameters
    ----------
    payoffs : array_like, shape (..., P, 2, ..., 2) with P axes of length 2
    populations : int
        P.

    Returns
    -------
    ndarray, shape (..., P, 2, ..., 2) with P - 1 axes of length 2

    Raises
    ------
    ValueError
        If the last axes have another shape or a pay-off is not finite.
    """
    table, P = check.array("payoffs", payoffs), check.whole("populations", populations, 2)
    if table.shape[-P - 1 :] != (P,) + (2,) * P:
        raise ValueError(f"payoffs: expected axes {(P,) + (2,) * P} at the end, got shape {table.shape}")
    own = [np.moveaxis(table.take(p, axis=-P - 1), p - P, -1) for p in range(P)]
    return np.stack([part[..., 1] - part[..., 0] for part in own], axis=-P)


def _mixed_pair(first: Array, second: Array) -> list[Array]:
    """Mixed rest point of two populations: each share makes the other population indifferent."""
    shares = []
    for table in (second, first):
        if table[0] * table[1] >= 0:
            return []
        shares.append(table[0] / (table[0] - table[1]))
    return [np.array(shares)]


def _mixed_triple(tables: Array) -> list[Array]:
    """Rest points with all three mixed: two shares are eliminated, a quadratic equation remains for the third.

    The elimination divides by slopes that may vanish, so it is tried in every order; every root is checked against the
    three conditions.
    """
    scale, found = max(1.0, np.abs(tables).max()), []
    for p, q, r in permutations(range(3)):
        a, b = _linear(tables, p, q, r)  # g_p = a(y) + b(y) z, with y the share of q and z that of r: z = -a / b
        c, d = _linear(tables, q, r, p)  # g_q = c(z) + d(z) x, with x the share of p: x = top / low
        e, f = _linear(tables, r, q, p)  # g_r = e(y) + f(y) x
        top, low = c.coef[1] * a - c.coef[0] * b, d.coef[0] * b - d.coef[1] * a
        left = (e * low + f * top).coef
        left = np.where(np.abs(left) > 1e-13 * scale**3, left, 0.0)
        for y in np.roots(left[::-1]):
            if abs(y.imag) > 1e-9 or min(abs(b(y.real)), abs(low(y.real)) / scale) < 1e-12 * scale:
                continue
            x = np.empty(3)
            x[q], x[r], x[p] = y.real, -a(y.real) / b(y.real), top(y.real) / low(y.real)
            inside = (x > TOLERANCE).all() and (x < 1 - TOLERANCE).all()
            if inside and np.abs(advantages(tables, x)).max() < 1e-8 * scale:
                found += [x] if all(np.abs(x - old).max() > 1e-6 for old in found) else []
    return found


def _linear(tables: Array, population: int, first: int, second: int) -> tuple[Polynomial, Polynomial]:
    """The advantage as level + slope * (share of `second`), both linear in the share of `first`."""
    table = tables[population] if first < second else tables[population].T
    level = Polynomial([table[0, 0], table[1, 0] - table[0, 0]])
    at_one = Polynomial([table[0, 1], table[1, 1] - table[0, 1]])
    return level, Polynomial(np.subtract(at_one.coef, level.coef))


def basins(gains: ArrayLike, starts: ArrayLike, *, steps: int = 1000, step: float = 0.4) -> Array:
    """Corner in which each trajectory of the replicator dynamics ends.

    Log-odds ``u = log(x / (1 - x))`` turn the dynamics into ``du/dt = g(x)``, which is integrated by Runge and Kutta's
    rule. A trajectory is settled once all advantages point to one corner on the whole box between it and that corner
    (advantages are linear in each share, so the vertices decide): from there it converges for certain.

    Parameters
    ----------
    gains : array_like, shape (G, P, 2, ..., 2)
        Advantage tables of G games, see :func:`gains`.
    starts : array_like, shape (S, P)
        Shares strictly between 0 and 1.
    steps : int
        Longest integration.
    step : float
        Largest change of a log-odds in one step.

    Returns
    -------
    ndarray of int, shape (G, S)
        Number of the corner, its shares read as binary digits (7 is 1, 1, 1); -1 where nothing was settled, as in a
        cycle.

    Raises
    ------
    ValueError
        If shapes do not fit, a number is not finite or a start lies on the boundary.
    """
    x = _inner(starts)
    P = x.shape[1]
    table = check.array("gains", gains, shape=(None, P) + (2,) * (P - 1))
    whole_steps, step = check.whole("steps", steps, 1), check.positive("step", step)
    G, S = len(table), len(x)
    size = np.abs(table).reshape(G, -1).max(axis=1)
    table = table / np.where(size > 0, size, 1.0).reshape((G,) + (1,) * P)
    flat = np.repeat(table, S, axis=0)
    u = np.tile(np.log(x / (1 - x)), (G, 1))
    end = np.full(G * S, -1)
    active = np.arange(G * S)
    for count in range(whole_steps):
        if count % 10 == 0:
            corner = _settled(flat, u)
            end[active[corner >= 0]] = corner[corner >= 0]
            going = corner < 0
            active, flat, u = active[going], flat[going], u[going]
            if not len(active):
                break
        u = u + step * _runge_kutta(flat, u, step)
    return end.reshape(G, S)


def _inner(starts: ArrayLike) -> Array:
    """Starting shares as a table, none of them on the boundary, where nothing ever changes."""
    x = check.array("starts", starts, 0, 1, open_low=True, open_high=True, shape=(None, None))
    if not len(x) or x.shape[1] < 2:
        raise ValueError(f"starts: expected one row a start and one column a population, got shape {x.shape}")
    return x


def _share(u: Array) -> Array:
    return 1 / (1 + np.exp(-np.clip(u, -500, 500)))


def _runge_kutta(table: Array, u: Array, step: float) -> Array:
    k1 = advantages(table, _share(u))
    k2 = advantages(table, _share(u + step / 2 * k1))
    k3 = advantages(table, _share(u + step / 2 * k2))
    k4 = advantages(table, _share(u + step * k3))
    return (k1 + 2 * k2 + 2 * k3 + k4) / 6


def _settled(table: Array, u: Array) -> Array:
    """Number of the corner to which a trajectory must converge, -1 where that is not certain yet."""
    x, P = _share(u), u.shape[1]
    corner = advantages(table, x) > 0
    certain = np.ones(len(x), dtype=bool)
    for vertex in product((False, True), repeat=P):
        point = np.where(np.array(vertex), corner, x)
        g = advantages(table, point)
        certain &= (np.where(corner, g, -g) > 0).all(axis=1)
    return np.where(certain, corner @ (2 ** np.arange(P - 1, -1, -1)), -1)


def starts_on_a_grid(populations: int, points: int) -> Array:
    """Starting shares at the middles of a regular grid, shape (points ** populations, populations).

    Examples
    --------
    >>> starts_on_a_grid(1, 4).ravel().tolist()
    [0.125, 0.375, 0.625, 0.875]
    """
    middles = (np.arange(check.whole("points", points, 1)) + 0.5) / points
    return np.array(list(product(middles, repeat=check.whole("populations", populations, 1))))


def trajectories(gains: ArrayLike, starts: ArrayLike, *, steps: int = 600, step: float = 0.05) -> Array:
    """Paths of the replicator dynamics of one game, shape (steps + 1, S, P), for S starts.

    One step of time is `step` over the largest advantage; where all advantages are zero, nothing moves.

    Raises
    ------
    ValueError
        If a start lies on the boundary or shapes do not fit.

    Examples
    --------
    >>> trajectories([[0, 0], [0, 0]], [[0.2, 0.6]], steps=1).round(9).tolist()
    [[[0.2, 0.6]], [[0.2, 0.6]]]
    """
    x = _inner(starts)
    P = x.shape[1]
    table = check.array("gains", gains, shape=(P,) + (2,) * (P - 1))
    table = table / (np.abs(table).max() or 1.0)
    u = [np.log(x / (1 - x))]
    for _ in range(check.whole("steps", steps, 1)):
        u.append(u[-1] + check.positive("step", step) * _runge_kutta(table, u[-1], step))
    return _share(np.array(u))
