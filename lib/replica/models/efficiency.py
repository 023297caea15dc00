"""Data envelopment analysis: how much less input, or more output, the best observed practice shows to be possible.

The envelopment program of unit o, for n units with inputs X and outputs Y (rows are units), input oriented:

    minimise theta   subject to   X' lambda + s_minus = theta x_o,   Y' lambda - s_plus = y_o,   lambda, s >= 0,

with nothing more under constant returns to scale (CCR: Charnes, Cooper & Rhodes 1978), ``sum(lambda) = 1`` under
variable returns (BCC: Banker, Charnes & Cooper 1984), ``<= 1`` under non-increasing and ``>= 1`` under non-decreasing
returns. Output oriented, phi >= 1 multiplies y_o instead and is maximised. Slacks come from a second stage that keeps
theta and maximises the sum of the slacks (Cooper, Seiford & Tone 2007, chapter 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import linprog

from replica.models import simplex

RETURNS = ("crs", "vrs", "nirs", "ndrs")
ORIENTATIONS = ("input", "output")
FACE = 1e-9  # a reduced cost below this belongs to the set of optimal solutions


@dataclass(frozen=True)
class Efficiency:
    """Scores, slacks and peers of K units against a reference set of n units.

    Attributes
    ----------
    score : ndarray, shape (K,)
        theta (input oriented, the share of its inputs that a unit needs) or phi (output oriented, the multiple of its
        outputs that it could have). NaN where `status` is not "optimal".
    input_slack, output_slack : ndarray, shapes (K, m) and (K, s)
        What remains beyond the radial change, in the units of the data; NaN where slacks were not asked for.
    peers : ndarray of int, shape (K, p)
        Rows of the reference set that span the target; -1 pads.
    weights : ndarray, shape (K, p)
        Their intensities lambda.
    status : ndarray of str, shape (K,)
        "optimal", "infeasible" or "unbounded".
    returns, orientation : str
    names : tuple of str
    """

    score: np.ndarray
    input_slack: np.ndarray
    output_slack: np.ndarray
    peers: np.ndarray
    weights: np.ndarray
    status: np.ndarray
    returns: str
    orientation: str
    names: tuple[str, ...]
    inputs: np.ndarray = field(repr=False)
    outputs: np.ndarray = field(repr=False)
    reference_size: int = field(repr=False)
    by_highs: int = field(repr=False)

    @property
    def farrell(self) -> np.ndarray:
        """Efficiency on the scale where 1 is the frontier and less is worse: theta, or 1 / phi."""
        return self.score if self.orientation == "input" else 1.0 / self.score

    @property
    def lambdas(self) -> np.ndarray:
        """Intensities as a full matrix, shape (K, n)."""
        full = np.zeros((len(self.score), self.reference_size))
        unit, place = np.nonzero(self.peers >= 0)
        full[unit, self.peers[unit, place]] = self.weights[unit, place]
        return full

    def targets(self) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and outputs of the points of the frontier that the units are compared with."""
        factor = self.score[:, None]
        if self.orientation == "input":
            return factor * self.inputs - self.input_slack, self.outputs + self.output_slack
        return self.inputs - self.input_slack, factor * self.outputs + self.output_slack

    def frame(self) -> pd.DataFrame:
        """One row a unit: score, slacks, peers with their weights, status."""
        table = {"score": self.score}
        table |= {f"input slack {i + 1}": column for i, column in enumerate(self.input_slack.T)}
        table |= {f"output slack {r + 1}": column for r, column in enumerate(self.output_slack.T)}
        own_names = len(self.names) == self.reference_size
        label = (lambda j: self.names[j]) if own_names else str
        table["peers"] = [
            ", ".join(f"{label(j)} {w:.3f}" for j, w in zip(row, amount, strict=True) if j >= 0 and w > FACE)
            for row, amount in zip(self.peers, self.weights, strict=True)
        ]
        table["status"] = self.status
        return pd.DataFrame(table, index=list(self.names))

    def __str__(self) -> str:
        solved = self.farrell[self.status == "optimal"]
        head = f"DEA, {self.orientation} oriented, {self.returns.upper()}: {len(self.score)} units, "
        head += f"{self.inputs.shape[1]} inputs, {self.outputs.shape[1]} outputs, {self.reference_size} for reference"
        if not solved.size:
            return f"{head}\nno program has an optimum"
        share = np.mean(solved > 1 - 1e-6)
        line = f"efficiency: mean {solved.mean():.3f}, lowest {solved.min():.3f}, on the frontier {100 * share:.0f} %"
        failed = len(self.score) - solved.size
        return f"{head}\n{line}" + (f"\nwithout an optimum: {failed}" if failed else "")


def _matrix(values: ArrayLike, name: str, allow_negative: bool) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(f"{name}: expected units in rows and at least one column, got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: every value must be finite")
    if not allow_negative:
        if (array < 0).any():
            raise ValueError(f"{name}: negative values, for which the model is not defined (allow_negative runs it)")
        if (array.max(axis=1) == 0).any():
            raise ValueError(f"{name}: a unit with zeros only")
    return array


def _pair(inputs: ArrayLike, outputs: ArrayLike, allow_negative: bool, prefix: str = "") -> tuple[np.ndarray, ...]:
    X, Y = _matrix(inputs, f"{prefix}inputs", allow_negative), _matrix(outputs, f"{prefix}outputs", allow_negative)
    if len(X) != len(Y):
        raise ValueError(f"{prefix}outputs: {len(Y)} units, but {len(X)} units have inputs")
    return X, Y


def _choose(value: str, name: str, known: Sequence[str]) -> str:
    if value not in known:
        raise ValueError(f"{name}: expected one of {', '.join(known)}, got {value!r}")
    return value


def dea(
    inputs: ArrayLike,
    outputs: ArrayLike,
    *,
    returns: str = "vrs",
    orientation: str = "input",
    reference: tuple[ArrayLike, ArrayLike] | None = None,
    exclude_self: bool = False,
    slacks: bool = True,
    names: Sequence[str] | None = None,
    allow_negative: bool = False,
) -> Efficiency:
    """Radial efficiency of every unit, with two-stage slacks.

    Parameters
    ----------
    inputs : array_like, shape (K, m)
        Non-negative, units in rows; any unit of measurement.
    outputs : array_like, shape (K, s)
        Non-negative.
    returns : {"vrs", "crs", "nirs", "ndrs"}
        Returns to scale: variable (BCC), constant (CCR), non-increasing, non-decreasing.
    orientation : {"input", "output"}
    reference : (inputs, outputs), optional
        The units that span the frontier; the evaluated units themselves if omitted.
    exclude_self : bool
        Leave the evaluated unit out of its own reference set: super-efficiency (Andersen & Petersen 1993).
    slacks : bool
        Run the second stage.
    names : sequence of str, optional
    allow_negative : bool
        Pass negative data to the solver although the model is not defined for them. Scores then mean nothing by
        themselves, may exceed 1 or be negative, and programs may be unbounded; the status says so.

    Returns
    -------
    Efficiency

    Raises
    ------
    ValueError
        If shapes do not match, a value is not finite or negative, a unit has zeros only, or an option is unknown.

    Examples
    --------
    The twelve hospitals of Cooper, Seiford & Tone (2007, table 1.5): doctors and nurses, out- and inpatients.

    >>> doctors = [20, 19, 25, 27, 22, 55, 33, 31, 30, 50, 53, 38]
    >>> nurses = [151, 131, 160, 168, 158, 255, 235, 206, 244, 268, 306, 284]
    >>> outpatients = [100, 150, 160, 180, 94, 230, 220, 152, 190, 250, 260, 250]
    >>> inpatients = [90, 50, 55, 72, 66, 90, 88, 80, 100, 100, 147, 120]
    >>> ccr = dea(np.c_[doctors, nurses], np.c_[outpatients, inpatients], returns="crs")
    >>> print(ccr.score.round(3))
    [1.    1.    0.883 1.    0.763 0.835 0.902 0.796 0.96  0.871 0.955 0.958]
    """
    X, Y = _pair(inputs, outputs, allow_negative)
    _choose(returns, "returns", RETURNS)
    _choose(orientation, "orientation", ORIENTATIONS)
    XR, YR = (X, Y) if reference is None else _pair(*reference, allow_negative, "reference ")
    if XR.shape[1] != X.shape[1] or YR.shape[1] != Y.shape[1]:
        raise ValueError("reference: not as many inputs and outputs as the evaluated units have")
    if exclude_self and reference is not None:
        raise ValueError("exclude_self: only without a separate reference set")
    if exclude_self and len(X) < 2:
        raise ValueError("exclude_self: one unit alone has no others to be compared with")
    labels = tuple(str(name) for name in names) if names is not None else tuple(str(k + 1) for k in range(len(X)))
    if len(labels) != len(X):
        raise ValueError(f"names: {len(labels)} names for {len(X)} units")
    scale_x, scale_y = _scale(XR), _scale(YR)
    program = _program(XR / scale_x, YR / scale_y, X / scale_x, Y / scale_y, returns, orientation)
    excluded = np.arange(len(X)) if exclude_self else np.full(len(X), -1)
    start = np.full(program["right"].shape, -1) if allow_negative else _start(program, excluded)
    solution = simplex.solve_batch(
        program["shared"], program["own"], program["right"], 1.0 if orientation == "input" else -1.0, start, excluded
    )
    basis, level = solution.basis, solution.level
    n, m, s = program["sizes"]
    if slacks:
        weights = np.zeros(program["shared"].shape[1])
        weights[n : n + m + s] = np.concatenate([scale_x, scale_y])
        basis, level = _second_stage(program, solution, weights, excluded)
    table = np.zeros((len(X), m + s))
    unit, place = np.nonzero((basis >= n) & (basis < n + m + s) & (level > FACE))
    table[unit, basis[unit, place] - n] = level[unit, place]
    table *= np.concatenate([scale_x, scale_y])
    table[solution.status != "optimal"] = np.nan
    if not slacks:
        table[:] = np.nan
    is_peer = (basis >= 0) & (basis < n) & (level > FACE)
    return Efficiency(
        solution.value, table[:, :m], table[:, m:], np.where(is_peer, basis, -1), np.where(is_peer, level, 0.0),
        solution.status, returns, orientation, labels, X, Y, n, solution.by_highs,
    )


def _scale(values: np.ndarray) -> np.ndarray:
    """Mean absolute value of each column, so that every row of a program has the same order of magnitude."""
    size = np.abs(values).mean(axis=0)
    return np.where(size > 0, size, 1.0)


def _program(XR, YR, X, Y, returns, orientation) -> dict[str, np.ndarray]:
    """Rows: inputs, outputs, sum of the intensities. Shared columns: intensities, slacks, slack of the sum."""
    (n, m), s, K = XR.shape, YR.shape[1], len(X)
    shared = np.zeros((m + s, n + m + s))
    shared[:m, :n], shared[m:, :n] = XR.T, YR.T
    shared[:m, n : n + m], shared[m:, n + m :] = np.eye(m), -np.eye(s)
    own, right = np.zeros((K, m + s)), np.zeros((K, m + s))
    if orientation == "input":
        own[:, :m], right[:, m:] = -X, Y
    else:
        own[:, m:], right[:, :m] = -Y, X
    if returns != "crs":
        row = np.append(np.ones(n), np.zeros(m + s))
        shared, own = np.vstack([shared, row]), np.column_stack([own, np.zeros(K)])
        right = np.column_stack([right, np.ones(K)])
    if returns in ("nirs", "ndrs"):
        shared = np.column_stack([shared, np.append(np.zeros(m + s), 1.0 if returns == "nirs" else -1.0)])
    return {"shared": shared, "own": own, "right": right, "sizes": (n, m, s), "kind": (returns, orientation)}


def _start(program, excluded: np.ndarray) -> np.ndarray:
    """A dual feasible basis for each program: one price on the largest input (output), all slacks basic.

    Under variable returns the cheapest (largest) unit carries the row of the sum. Output oriented with constant or
    non-decreasing returns, the most productive unit carries the row of an input that every producing unit uses.
    """
    (n, m, s), (returns, orientation) = program["sizes"], program["kind"]
    own, shared, K = program["own"], program["shared"], len(program["own"])
    basis = np.tile(n + np.arange(m + s), (K, 1))
    each = np.arange(K)
    side = slice(0, m) if orientation == "input" else slice(m, m + s)
    lead = own[:, side].argmin(axis=1) + side.start
    basis[each, lead] = shared.shape[1]
    values = shared[lead, :n]  # (K, n): the leading input or output of every unit of the reference set
    worst = np.inf if orientation == "input" else -np.inf
    barred = np.flatnonzero(excluded >= 0)
    if returns != "crs":
        extra = np.full(K, n + m + s)
        if returns == "vrs" or (returns == "nirs" and orientation == "output"):
            values[barred, excluded[barred]] = worst
            extra = values.argmin(axis=1) if orientation == "input" else values.argmax(axis=1)
        basis = np.column_stack([basis, extra])
    if orientation == "output" and returns in ("crs", "ndrs"):
        used = [i for i in range(m) if (shared[i, :n] > 0).all()]
        if not used:
            return np.full(basis.shape, -1)
        ratio = values / shared[used[0], :n]
        ratio[barred, excluded[barred]] = worst
        basis[:, used[0]] = ratio.argmax(axis=1)
    return basis


def _second_stage(program, solution, weights, excluded):
    """Largest weighted sum of slacks among the optimal solutions of the first stage.

    Where every column outside the basis has a positive reduced cost the first stage has one solution only, and there
    is nothing left to choose.
    """
    shared = program["shared"]
    basis, level = solution.basis.copy(), solution.level.copy()
    for k in np.flatnonzero(solution.status == "optimal"):
        slope = -(solution.prices[k] @ shared)
        if excluded[k] >= 0:
            slope[excluded[k]] = np.inf
        face = np.flatnonzero(slope <= FACE * max(1.0, np.abs(solution.prices[k]).max()))
        face = np.union1d(face, basis[k][basis[k] >= 0])
        if len(face) <= (basis[k] >= 0).sum():
            continue
        A = np.column_stack([shared[:, face], program["own"][k]])
        gain, bounds = np.append(weights[face], 0.0), [(0, None)] * len(face) + [(None, None)]
        result = linprog(-gain, A_eq=A, b_eq=program["right"][k], bounds=bounds, method="highs-ds")
        if result.status != 0:
            raise RuntimeError(f"second stage of unit {k + 1}: {result.message}")
        used = np.flatnonzero(result.x[:-1] > FACE)
        used = used[np.argsort(-result.x[used], kind="stable")][: basis.shape[1]]
        basis[k], level[k] = -1, 0.0
        basis[k, : used.size], level[k, : used.size] = face[used], result.x[used]
    return basis, level


def scale_efficiency(
    inputs: ArrayLike, outputs: ArrayLike, *, orientation: str = "input", names: Sequence[str] | None = None,
    reference: tuple[ArrayLike, ArrayLike] | None = None,
) -> pd.DataFrame:
    """Technical, pure technical and scale efficiency, and the kind of returns to scale.

    ``TE = PTE * SE`` with TE under constant and PTE under variable returns. Where SE < 1, returns are increasing if
    non-increasing returns give the score of constant returns, and decreasing if they give that of variable returns
    (Fare, Grosskopf & Lovell 1985).

    Parameters
    ----------
    inputs, outputs, orientation, names, reference
        As in :func:`dea`.

    Returns
    -------
    DataFrame
        One row a unit; columns TE, PTE, SE (Farrell scale, 1 is the frontier) and returns ("constant", "increasing",
        "decreasing").

    Examples
    --------
    >>> print(scale_efficiency([2, 3, 6], [1, 3, 4]).round(3))
          TE  PTE     SE     returns
    1  0.500  1.0  0.500  increasing
    2  1.000  1.0  1.000    constant
    3  0.667  1.0  0.667  decreasing
    """
    crs, vrs, nirs = (
        dea(inputs, outputs, returns=kind, orientation=orientation, names=names, reference=reference, slacks=False)
        for kind in ("crs", "vrs", "nirs")
    )
    te, pte = crs.farrell, vrs.farrell
    kind = np.where(np.isclose(nirs.farrell, te, atol=1e-7), "increasing", "decreasing")
    kind = np.where(np.isclose(te, pte, atol=1e-7), "constant", kind)
    return pd.DataFrame({"TE": te, "PTE": pte, "SE": te / pte, "returns": kind}, index=list(crs.names))


def two_units(inputs: ArrayLike, outputs: ArrayLike) -> pd.Series:
    """Input-oriented scores of the first of two units in closed form.

    With one other unit there is nothing to optimise. If the other produces at least as much of everything,

        PTE = min(1, max_i x2_i / x1_i),      TE = min(1, max_i(x2_i / x1_i) * max_r(y1_r / y2_r)),

    and otherwise PTE = 1: a unit that leads in one output can only be compared with itself.

    Parameters
    ----------
    inputs : array_like, shape (2, m)
        Positive.
    outputs : array_like, shape (2, s)
        Positive.

    Returns
    -------
    Series
        TE, PTE, SE.

    Examples
    --------
    >>> two_units([[50, 20], [44, 16]], [[93, 80], [100, 100]]).round(4).to_dict()
    {'TE': 0.8184, 'PTE': 0.88, 'SE': 0.93}
    """
    X, Y = _pair(inputs, outputs, False)
    if len(X) != 2 or (X == 0).any() or (Y == 0).any():
        raise ValueError("inputs, outputs: two units with positive values are needed")
    saving, size = (X[1] / X[0]).max(), (Y[0] / Y[1]).max()
    pte = min(1.0, saving) if size <= 1 else 1.0
    te = min(1.0, saving * size)
    return pd.Series({"TE": te, "PTE": pte, "SE": te / pte})


@dataclass(frozen=True)
class Bootstrap:
    """Scores on the Farrell scale with bias correction and intervals.

    Attributes
    ----------
    score, bias, corrected, low, high : ndarray, shape (n,)
        Estimate, estimated bias, estimate minus bias, and the ends of the interval.
    bandwidth : float
        Of the kernel that smooths the scores.
    replications : int
    level : float
    """

    score: np.ndarray
    bias: np.ndarray
    corrected: np.ndarray
    low: np.ndarray
    high: np.ndarray
    bandwidth: float
    replications: int
    level: float

    def frame(self) -> pd.DataFrame:
        """One row a unit."""
        return pd.DataFrame({name: getattr(self, name) for name in ("score", "bias", "corrected", "low", "high")})

    def __str__(self) -> str:
        return (
            f"bootstrap of {len(self.score)} scores, {self.replications} replications, bandwidth {self.bandwidth:.4f}\n"
            f"mean score {self.score.mean():.3f}, corrected {self.corrected.mean():.3f}, "
            f"mean width of the {100 * self.level:g} % interval {np.mean(self.high - self.low):.3f}"
        )


def bandwidth(score: ArrayLike) -> float:
    """Kernel bandwidth for scores in (0, 1], from the scores reflected at 1 (Simar & Wilson 1998; Silverman 1986).

    Scores of exactly 1 are artefacts of the estimate and are left out. With n scores left,
    ``h = 0.9 min(sd, iqr / 1.34) (2n)^(-1/5)`` for the 2n reflected values, rescaled to all the scores.
    """
    theta = np.asarray(score, dtype=float)
    inner = theta[theta < 1 - 1e-6]
    if inner.size < 3:
        raise ValueError("score: fewer than three units off the frontier, so there is nothing to smooth")
    both = np.concatenate([inner, 2 - inner])
    spread = min(both.std(ddof=1), np.subtract(*np.percentile(both, [75, 25])) / 1.34)
    width = 0.9 * spread * both.size ** (-1 / 5)
    return width * (both.size / theta.size) ** (1 / 5) * theta.std(ddof=1) / both.std(ddof=1)


def bootstrap(
    inputs: ArrayLike,
    outputs: ArrayLike,
    *,
    returns: str = "vrs",
    orientation: str = "input",
    replications: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Bootstrap:
    """Bias correction and confidence intervals by the smooth homogeneous bootstrap (Simar & Wilson 1998, 2000).

    Scores are drawn from a kernel estimate reflected at 1, each unit's inputs (outputs) are moved to the drawn distance
    from the estimated frontier, and the original units are measured against that pseudo-sample. The estimate
    ``theta`` is biased towards 1; ``corrected = theta - bias`` with ``bias = mean(theta*) - theta``; the interval is
    ``theta - quantiles of (theta* - theta)``.

    Parameters
    ----------
    inputs, outputs, returns, orientation
        As in :func:`dea`.
    replications : int
        At least 100.
    level : float
        Of the interval, between 0 and 1.
    seed : int

    Returns
    -------
    Bootstrap

    Raises
    ------
    ValueError
        As in :func:`dea`, or if `replications` or `level` is out of range, or fewer than three units are inefficient.
    """
    if replications < 100:
        raise ValueError(f"replications: at least 100, got {replications}")
    if not 0 < level < 1:
        raise ValueError(f"level: between 0 and 1, got {level}")
    X, Y = _pair(inputs, outputs, False)
    theta = np.minimum(dea(X, Y, returns=returns, orientation=orientation, slacks=False).farrell, 1.0)
    h, generator = bandwidth(theta), np.random.default_rng(seed)
    draws = np.empty((replications, len(X)))
    for b in range(replications):
        factor = (theta / _smooth_draw(theta, h, generator))[:, None]
        pseudo = (X * factor, Y) if orientation == "input" else (X, Y / factor)
        draws[b] = dea(X, Y, returns=returns, orientation=orientation, reference=pseudo, slacks=False).farrell
    bias = draws.mean(axis=0) - theta
    low, high = np.quantile(draws - theta, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return Bootstrap(theta, bias, theta - bias, theta - high, theta - low, h, replications, level)


def _smooth_draw(theta: np.ndarray, h: float, generator: np.random.Generator) -> np.ndarray:
    """One sample of scores from the reflected kernel density, with the variance of the scores."""
    drawn = generator.choice(theta, size=theta.size)
    smooth = drawn + h * generator.standard_normal(theta.size)
    smooth = np.where(smooth <= 1, smooth, 2 - smooth)
    star = drawn.mean() + (smooth - drawn.mean()) / np.sqrt(1 + h * h / theta.var())
    return np.clip(star, 1e-3, 1.0)
