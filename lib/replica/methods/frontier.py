"""Efficiency against a frontier: envelopment (DEA), Malmquist index, bootstrap, second stage, stochastic frontier.

The envelopment program of unit o, for n units with inputs X and outputs Y (rows are units), input oriented::

    minimise theta   subject to   X' lambda <= theta x_o,   Y' lambda >= y_o,   lambda >= 0,

with nothing more under constant returns to scale (CCR: Charnes, Cooper & Rhodes 1978), ``sum(lambda) = 1`` under
variable returns (BCC: Banker, Charnes & Cooper 1984), ``<= 1`` under non-increasing and ``>= 1`` under non-decreasing
returns. Output oriented, phi >= 1 multiplies y_o instead and is maximised. Slacks come from a second stage that keeps
theta and maximises their sum (Cooper, Seiford & Tone 2007, chapter 3). HiGHS solves the programs: one model serves all
units, and each solution is the start of the next.

The stochastic frontier with half-normal inefficiency (Aigner, Lovell & Schmidt 1977; with one inefficiency for all
years of a unit, Pitt & Lee 1981) is::

    ln y_it = x_it' beta + v_it - u_i,   v ~ N(0, sigma_v^2),   u ~ |N(0, sigma_u^2)|, independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import highspy
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog, minimize
from scipy.sparse import csc_matrix
from scipy.special import log_ndtr, ndtri_exp
from scipy.stats import norm

from replica import check

Array = NDArray[np.float64]

RETURNS = ("crs", "vrs", "nirs", "ndrs")
ORIENTATIONS = ("input", "output")
FACE = 1e-9  # intensities, slacks and reduced costs below this count as zero
_STATUS = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnbounded: "unbounded",
}


# --- envelopment -----------------------------------------------------------------------------------------------------
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
    lambdas : ndarray, shape (K, n)
        Intensities of the reference units; NaN where slacks were not asked for. Where several are optimal, a unit
        without slack on the frontier is its own peer, and others take the reference units that come first.
    status : ndarray of str, shape (K,)
        "optimal", "infeasible" or "unbounded".
    returns, orientation : str
    names : tuple of str
    """

    score: Array
    input_slack: Array
    output_slack: Array
    lambdas: Array
    status: NDArray[np.str_]
    returns: str
    orientation: str
    names: tuple[str, ...]
    inputs: Array = field(repr=False)
    outputs: Array = field(repr=False)

    @property
    def farrell(self) -> Array:
        """Efficiency on the scale where 1 is the frontier and less is worse: theta, or 1 / phi."""
        return self.score if self.orientation == "input" else 1.0 / self.score

    def peers(self, unit: int) -> dict[int, float]:
        """Rows of the reference set that span the target of a unit, with their intensities, the largest first."""
        row = np.nan_to_num(self.lambdas[unit])
        used = np.flatnonzero(row > FACE)
        return {int(j): float(row[j]) for j in used[np.lexsort([used, -row[used].round(9)])]}

    def targets(self) -> tuple[Array, Array]:
        """Inputs and outputs of the points of the frontier that the units are compared with."""
        factor = self.score[:, None]
        if self.orientation == "input":
            return factor * self.inputs - self.input_slack, self.outputs + self.output_slack
        return self.inputs - self.input_slack, factor * self.outputs + self.output_slack

    def frame(self) -> pd.DataFrame:
        """One row a unit: score, slacks, peers with their intensities, status."""
        table: dict[str, object] = {"score": self.score}
        table |= {f"input slack {i + 1}": column for i, column in enumerate(self.input_slack.T)}
        table |= {f"output slack {r + 1}": column for r, column in enumerate(self.output_slack.T)}
        label = self.names if len(self.names) == self.lambdas.shape[1] else range(self.lambdas.shape[1])
        units = range(len(self.score))
        table["peers"] = [", ".join(f"{label[j]} {w:.3f}" for j, w in self.peers(k).items()) for k in units]
        table["status"] = self.status
        return pd.DataFrame(table, index=list(self.names))

    def __str__(self) -> str:
        solved = self.farrell[self.status == "optimal"]
        head = f"DEA, {self.orientation} oriented, {self.returns.upper()}: {len(self.score)} units, "
        head += f"{self.inputs.shape[1]} inputs, {self.outputs.shape[1]} outputs, {self.lambdas.shape[1]} for reference"
        if not solved.size:
            return f"{head}\nno program has an optimum"
        share = np.mean(solved > 1 - 1e-6)
        line = f"efficiency: mean {solved.mean():.3f}, lowest {solved.min():.3f}, on the frontier {100 * share:.0f} %"
        failed = len(self.score) - solved.size
        return f"{head}\n{line}" + (f"\nwithout an optimum: {failed}" if failed else "")


def _units(name: str, values: ArrayLike, allow_negative: bool) -> Array:
    values = np.asarray(values)
    found = check.matrix(name, values[:, None] if values.ndim == 1 else values, -np.inf if allow_negative else 0.0)
    if not allow_negative and (found.max(axis=1) == 0).any():
        raise ValueError(f"{name}: a unit with zeros only")
    return found


def _pair(inputs: ArrayLike, outputs: ArrayLike, allow_negative: bool = False, of: str = "") -> tuple[Array, Array]:
    X, Y = _units(f"{of}inputs", inputs, allow_negative), _units(f"{of}outputs", outputs, allow_negative)
    if len(X) != len(Y):
        raise ValueError(f"{of}outputs: {len(Y)} units, but {len(X)} units have inputs")
    return X, Y


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
        Run the second stage, which finds slacks and peers.
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
    check.one_of("returns", returns, RETURNS)
    check.one_of("orientation", orientation, ORIENTATIONS)
    XR, YR = (X, Y) if reference is None else _pair(*reference, allow_negative, "reference ")
    if XR.shape[1] != X.shape[1] or YR.shape[1] != Y.shape[1]:
        raise ValueError("reference: not as many inputs and outputs as the evaluated units have")
    if exclude_self and (reference is not None or len(X) < 2):
        raise ValueError("exclude_self: two units or more and no separate reference set are needed")
    labels = tuple(map(str, names if names is not None else range(1, len(X) + 1)))
    if len(labels) != len(X):
        raise ValueError(f"names: {len(labels)} names for {len(X)} units")
    size = np.abs(np.hstack([XR, YR])).mean(axis=0)  # every row of a program is brought to the same order of magnitude
    scale_x, scale_y = np.split(np.where(size > 0, size, 1.0), [X.shape[1]])
    programs = _Programs(XR / scale_x, YR / scale_y, returns, orientation)
    score, status = programs.scores(X / scale_x, Y / scale_y, exclude_self)
    excess, weights = np.full((len(X), size.size), np.nan), np.full((len(X), len(XR)), np.nan)
    if slacks:
        own = reference is None and not exclude_self
        for k in np.flatnonzero(status == "optimal"):
            excess[k], weights[k] = programs.second_stage(
                X[k] / scale_x, Y[k] / scale_y, score[k], np.r_[scale_x, scale_y], k if exclude_self else -1
            )
            if own and abs(score[k] - 1) < FACE and excess[k].max() < FACE:
                weights[k] = np.arange(len(XR)) == k
    excess *= np.r_[scale_x, scale_y]
    input_slack, output_slack = np.split(excess, [X.shape[1]], axis=1)
    return Efficiency(score, input_slack, output_slack, weights, status, returns, orientation, labels, X, Y)


class _Solver(highspy.Highs):
    """HiGHS without callbacks: enabling them prints a banner before any option could forbid it."""

    def enableCallbacks(self) -> None:
        """Nothing."""


def _model(matrix: Array, cost: Array, column_low: Array, row_low: Array, row_high: Array) -> highspy.Highs:
    solver = _Solver()
    for option, value in {
        "output_flag": False, "presolve": "off", "solver": "simplex", "threads": 1, "simplex_scale_strategy": 0,
        "primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9,
    }.items():  # fmt: skip
        solver.setOptionValue(option, value)
    sparse, lp = csc_matrix(matrix), highspy.HighsLp()
    lp.num_row_, lp.num_col_ = matrix.shape
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, column_low, np.full(cost.size, np.inf)
    lp.row_lower_, lp.row_upper_ = row_low, row_high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = sparse.indptr, sparse.indices, sparse.data
    solver.passModel(lp)
    return solver


def _run(model: highspy.Highs, what: str) -> str:
    """Solve from the last basis, and from none if that leads nowhere."""
    model.run()
    if (status := model.getModelStatus()) not in _STATUS:
        model.clearSolver()
        model.run()
        status = model.getModelStatus()
    if status not in _STATUS:
        raise RuntimeError(f"{what}: the solver stopped with {model.modelStatusToString(status)}")
    return _STATUS[status]


class _Programs:
    """The programs of one reference set: rows for inputs, for outputs, and for the sum of lambda where it is bound."""

    def __init__(self, XR: Array, YR: Array, returns: str, orientation: str) -> None:
        self.n, self.m, self.s = len(XR), XR.shape[1], YR.shape[1]
        self.inward = orientation == "input"
        low, high = {"crs": (0, 0), "vrs": (1, 1), "nirs": (-np.inf, 1), "ndrs": (1, np.inf)}[returns]
        bound = returns != "crs"
        self.matrix = np.vstack([XR.T, YR.T, np.ones((int(bound), self.n))])
        self.low = np.r_[np.full(self.m, -np.inf), np.zeros(self.s), [low] * bound]
        self.high = np.r_[np.zeros(self.m), np.full(self.s, np.inf), [high] * bound]
        self.slack_model: highspy.Highs | None = None

    def scores(self, X: Array, Y: Array, exclude_self: bool) -> tuple[Array, NDArray[np.str_]]:
        """Score and status of every unit; the column of the score is the only one that changes."""
        rows = range(self.m) if self.inward else range(self.m, self.m + self.s)
        own = np.where(np.isin(np.arange(len(self.low)), rows), -1.0, 0.0)
        cost = np.r_[np.zeros(self.n), 1.0 if self.inward else -1.0]
        column_low = np.r_[np.zeros(self.n), -np.inf]
        model = _model(np.column_stack([self.matrix, own]), cost, column_low, self.low, self.high)
        score, status = np.full(len(X), np.nan), np.empty(len(X), dtype="<U10")
        for k, values in enumerate(np.hstack([X, Y]).tolist()):
            for row in range(self.m + self.s):
                if row in rows:
                    model.changeCoeff(row, self.n, -values[row])
                elif row < self.m:
                    model.changeRowBounds(row, -np.inf, values[row])
                else:
                    model.changeRowBounds(row, values[row], np.inf)
            if exclude_self:
                model.changeColBounds(k, 0.0, 0.0)
            status[k] = _run(model, f"unit {k + 1}")
            if status[k] == "optimal":
                score[k] = cost[-1] * model.getInfo().objective_function_value
            if exclude_self:
                model.changeColBounds(k, 0.0, np.inf)
        return score, status

    def second_stage(self, x: Array, y: Array, score: float, weights: Array, excluded: int) -> tuple[Array, Array]:
        """Slacks of the largest weighted sum, and intensities.

        The sum of the slacks is a constant plus ``lambda'(w_y Y - w_x X)``, and only right-hand sides change.
        """
        worth = np.concatenate([weights[: self.m], -weights[self.m :]]) @ self.matrix[: self.m + self.s]
        cost = worth / (np.abs(worth).max() or 1.0)
        if self.slack_model is None:
            self.slack_model = _model(self.matrix, cost, np.zeros(self.n), self.low, self.high)
        model, m, s = self.slack_model, self.m, self.s
        target = np.r_[score * x, y] if self.inward else np.r_[x, score * y]
        for row, value in enumerate(target.tolist()):
            model.changeRowBounds(row, *((-np.inf, value) if row < m else (value, np.inf)))
        if excluded >= 0:
            model.changeColBounds(excluded, 0.0, 0.0)
        if _run(model, "second stage") != "optimal":
            raise RuntimeError("second stage: no largest sum of slacks")
        solution = model.getSolution()
        level, reduced, prices = map(np.array, (solution.col_value, solution.col_dual, solution.row_dual))
        if excluded >= 0:
            model.changeColBounds(excluded, 0.0, np.inf)
            reduced[excluded] = 1.0
        free = (level > FACE) | (np.abs(reduced) <= FACE)
        if free.sum() > (level > FACE).sum():
            level = self._first_of_ties(level, free, np.abs(prices) > FACE, target)
        reached = self.matrix[: m + s] @ level
        slack = np.r_[target[:m] - reached[:m], reached[m:] - target[m:]]
        return np.where(slack > FACE, slack, 0.0), np.where(level > FACE, level, 0.0)

    def _first_of_ties(self, level: Array, free: Array, tight: Array, target: Array) -> Array:
        """Of all optimal intensities, those on the rows of the reference set that come first."""
        columns, reached = np.flatnonzero(free), self.matrix @ level
        low, high = self.low.copy(), self.high.copy()
        high[: self.m], low[self.m : self.m + self.s] = target[: self.m], target[self.m :]
        low, high = np.where(tight, reached, low), np.where(tight, reached, high)
        part = self.matrix[:, columns]
        above, below = np.isfinite(high), np.isfinite(low)
        bounds = np.r_[high[above], -low[below]]
        found = linprog(1.0 + columns, A_ub=np.vstack([part[above], -part[below]]), b_ub=bounds)
        if found.status == 0:
            level = np.zeros(self.n)
            level[columns] = found.x
        return level


def scale_efficiency(
    inputs: ArrayLike,
    outputs: ArrayLike,
    *,
    orientation: str = "input",
    names: Sequence[str] | None = None,
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
    X, Y = _pair(inputs, outputs)
    if len(X) != 2 or (X == 0).any() or (Y == 0).any():
        raise ValueError("inputs, outputs: two units with positive values are needed")
    saving, size = (X[1] / X[0]).max(), (Y[0] / Y[1]).max()
    pte = min(1.0, saving) if size <= 1 else 1.0
    te = min(1.0, saving * size)
    return pd.Series({"TE": te, "PTE": pte, "SE": te / pte})


# --- change over time ------------------------------------------------------------------------------------------------
def malmquist(inputs: ArrayLike, outputs: ArrayLike, *, orientation: str = "output") -> pd.DataFrame:
    """Malmquist index and both decompositions for every unit and every pair of adjacent periods.

    With e(s, t) the Farrell efficiency of a unit's data of period t against the frontier of period s under constant
    returns, the index from t to t + 1 is

        M = sqrt( e(t, t+1) / e(t, t)  *  e(t+1, t+1) / e(t+1, t) ),

    above 1 for progress (Caves, Christensen & Diewert 1982). It splits into efficiency change, ``EFFCH = e(t+1, t+1) /
    e(t, t)`` (the unit against its frontier), and technical change, ``TECHCH = M / EFFCH`` (the frontier at the unit's
    mix); EFFCH into a pure part under variable returns and scale efficiency (Fare et al. 1994). Ray & Desli (1997) take
    technical change from the variable-returns frontiers as well; their mixed-period programs may have no solution, and
    the parts are then NaN.

    Parameters
    ----------
    inputs, outputs : array_like, shapes (T, n, m) and (T, n, s)
        A balanced panel, non-negative; two dimensions where there is one input or output.
    orientation : {"output", "input"}
        Under constant returns the index is the same in both.

    Returns
    -------
    DataFrame
        Index (period, unit), counted from 0; columns M, EFFCH, TECHCH, PECH, SECH (Fare et al. 1994) and TECHCH_VRS,
        SCH (Ray & Desli 1997). ``M = EFFCH * TECHCH = PECH * SECH * TECHCH = PECH * TECHCH_VRS * SCH``.

    Raises
    ------
    ValueError
        If the panel is not balanced, has one period only, or its values are refused by :func:`dea`.

    Examples
    --------
    >>> inputs = [[2, 3, 5, 4, 4], [1, 2, 4, 3, 4]]
    >>> outputs = [[1, 4, 6, 3, 5], [1, 4, 6, 3, 3]]
    >>> print(malmquist(inputs, outputs).loc[0, ["M", "EFFCH", "TECHCH"]].round(4).to_string(index_names=False))
            M   EFFCH  TECHCH
    0  2.0000  1.3333     1.5
    1  1.5000  1.0000     1.5
    2  1.2500  0.8333     1.5
    3  1.3333  0.8889     1.5
    4  0.6000  0.4000     1.5
    """
    X, Y = _periods("inputs", inputs), _periods("outputs", outputs)
    if X.shape[:2] != Y.shape[:2]:
        raise ValueError(f"outputs: periods and units {Y.shape[:2]} do not match those of the inputs {X.shape[:2]}")
    check.one_of("orientation", orientation, ORIENTATIONS)

    def measured(frontier: int, data: int, returns: str) -> Array:
        options = {"returns": returns, "orientation": orientation, "slacks": False}
        return dea(X[data], Y[data], reference=(X[frontier], Y[frontier]), **options).farrell

    parts = []
    for t in range(len(X) - 1):
        change, shift = {}, {}
        for kind in ("crs", "vrs"):
            first, last = measured(t, t, kind), measured(t + 1, t + 1, kind)
            change[kind] = last / first
            shift[kind] = np.sqrt(measured(t, t + 1, kind) / last * first / measured(t + 1, t, kind))
        index = change["crs"] * shift["crs"]
        columns = {"M": index, "EFFCH": change["crs"], "TECHCH": shift["crs"], "PECH": change["vrs"]}
        columns |= {"SECH": change["crs"] / change["vrs"], "TECHCH_VRS": shift["vrs"]}
        parts.append(pd.DataFrame(columns | {"SCH": index / (change["vrs"] * shift["vrs"])}))
    return pd.concat(parts, keys=range(len(parts)), names=["period", "unit"])


def _periods(name: str, values: ArrayLike) -> Array:
    found = check.array(name, values, 0.0)
    found = found[:, :, None] if found.ndim == 2 else found
    if found.ndim != 3 or found.shape[0] < 2:
        raise ValueError(f"{name}: expected shape (periods, units, columns), two periods or more, got {found.shape}")
    return found


# --- sampling error --------------------------------------------------------------------------------------------------
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

    score: Array
    bias: Array
    corrected: Array
    low: Array
    high: Array
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
    theta = check.vector("score", score, 0.0, 1.0)
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
        If an argument is outside its range or fewer than three units are inefficient.
    """
    check.whole("replications", replications, 100)
    check.number("level", level, 0.0, 1.0, open_low=True, open_high=True)
    X, Y = _pair(inputs, outputs)
    theta = np.minimum(dea(X, Y, returns=returns, orientation=orientation, slacks=False).farrell, 1.0)
    h, generator = bandwidth(theta), np.random.default_rng(seed)
    draws = np.empty((replications, len(X)))
    for b in range(replications):
        draws[b] = _against_moved(X, Y, theta / _smooth_draw(theta, h, generator), returns, orientation)
    bias = draws.mean(axis=0) - theta
    low, high = np.quantile(draws - theta, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return Bootstrap(theta, bias, theta - bias, theta - high, theta - low, h, replications, level)


def _against_moved(X: Array, Y: Array, factor: Array, returns: str, orientation: str) -> Array:
    """Scores of the units against copies of themselves whose inputs (outputs) are multiplied (divided) by a factor."""
    pseudo = (X * factor[:, None], Y) if orientation == "input" else (X, Y / factor[:, None])
    return dea(X, Y, returns=returns, orientation=orientation, reference=pseudo, slacks=False).farrell


def _smooth_draw(theta: Array, h: float, generator: np.random.Generator) -> Array:
    """One sample of scores from the reflected kernel density, with the variance of the scores."""
    drawn = generator.choice(theta, size=theta.size)
    smooth = drawn + h * generator.standard_normal(theta.size)
    smooth = np.where(smooth <= 1, smooth, 2 - smooth)
    star = drawn.mean() + (smooth - drawn.mean()) / np.sqrt(1 + h * h / theta.var())
    return np.clip(star, 1e-3, 1.0)


# --- what goes with efficiency ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class SecondStage:
    """Truncated regression of waste on traits, with bootstrap intervals.

    Attributes
    ----------
    names : tuple of str
        "constant" and the traits.
    estimate, low, high : ndarray, shape (p,)
        Coefficients and the ends of their intervals; NaN ends where the fit or more than 5 % of the replications had no
        inner maximum.
    sigma : float
    waste : ndarray, shape (n,)
        What was explained: ``-ln`` of the score, corrected for bias by algorithm 2.
    replications, failed : int
        Bootstrap samples, and those without an inner maximum.
    level : float
    """

    names: tuple[str, ...]
    estimate: Array
    low: Array
    high: Array
    sigma: float
    waste: Array = field(repr=False)
    replications: int
    failed: int
    level: float

    def frame(self) -> pd.DataFrame:
        """One row a coefficient."""
        return pd.DataFrame({"estimate": self.estimate, "low": self.low, "high": self.high}, list(self.names))

    def rejects(self, name: str) -> bool:
        """Whether the interval of a coefficient leaves zero out."""
        place = self.names.index(check.one_of("name", name, self.names))
        return bool(self.low[place] > 0 or self.high[place] < 0)


def second_stage(
    inputs: ArrayLike,
    outputs: ArrayLike,
    traits: ArrayLike,
    *,
    returns: str = "vrs",
    orientation: str = "input",
    algorithm: int = 2,
    replications: int = 1000,
    corrections: int = 100,
    level: float = 0.95,
    seed: int = 0,
    names: Sequence[str] | None = None,
) -> SecondStage:
    """What goes with inefficiency: the two algorithms of Simar & Wilson (2007).

    Waste ``d = -ln(score)``, zero on the frontier, follows ``d_i = z_i' beta + e_i`` with e normal, truncated so that
    ``d_i >= 0``. Estimated scores depend on each other and are biased towards 1, more so where there are few units; so
    a t test of the score on z is wrong. Algorithm 1 fits the truncated regression to the estimated waste above zero and
    takes intervals from a parametric bootstrap. Algorithm 2 corrects the waste first: `corrections` times, waste is
    drawn from the fit, the units are moved to it and measured again (``2 d - mean of d*``).

    Simar and Wilson write the distance ``1 / score`` where this has its logarithm: efficiency ``exp(-d)`` with
    half-normal d, as in the stochastic frontier, then fulfils the model exactly.

    Parameters
    ----------
    inputs, outputs, returns, orientation
        As in :func:`dea`.
    traits : array_like, shape (n,) or (n, k)
        z; a constant is added.
    algorithm : {1, 2}
    replications, corrections : int
        At least 100, and at least 20.
    level : float
        Of the intervals ``beta - quantiles of (beta* - beta)``.
    seed : int
    names : sequence of str, optional
        Of the traits.

    Returns
    -------
    SecondStage

    Raises
    ------
    ValueError
        If shapes do not match, an argument is outside its range, traits are collinear, or too few units are
        inefficient.

    Examples
    --------
    >>> generator = np.random.default_rng(1)
    >>> x, z = generator.uniform(1, 9, 150), generator.uniform(-1, 1, 150)
    >>> waste = np.abs(0.3 * generator.normal(size=150) + 0.3 * (1 + z))
    >>> found = second_stage(x, np.exp(-waste) * x**0.6, z, replications=200, corrections=30, names=["z"])
    >>> found.rejects("z"), bool(0.2 < found.estimate[1] < 0.5)
    (True, True)
    """
    X, Y = _pair(inputs, outputs)
    z = np.asarray(traits)
    z = check.matrix("traits", z[:, None] if z.ndim == 1 else z)
    if len(z) != len(X):
        raise ValueError(f"traits: {len(z)} rows for {len(X)} units")
    labels = ("constant", *(names if names is not None else (f"z{i + 1}" for i in range(z.shape[1]))))
    if len(labels) != z.shape[1] + 1:
        raise ValueError(f"names: {len(labels) - 1} names for {z.shape[1]} traits")
    if algorithm not in (1, 2):
        raise ValueError(f"algorithm: expected 1 or 2, got {algorithm!r}")
    check.whole("replications", replications, 100)
    check.whole("corrections", corrections, 20)
    check.number("level", level, 0.0, 1.0, open_low=True, open_high=True)
    design, generator = np.column_stack([np.ones(len(z)), z]), np.random.default_rng(seed)
    theta = np.minimum(dea(X, Y, returns=returns, orientation=orientation, slacks=False).farrell, 1.0)
    waste = -np.log(theta)
    used = waste > 1e-6
    if used.sum() < design.shape[1] + 3:
        raise ValueError(f"inputs: only {used.sum()} inefficient units, too few for a second stage")
    if np.linalg.matrix_rank(design[used]) < design.shape[1]:
        raise ValueError("traits: collinear, or constant among the inefficient units")
    b, sigma, inner = (part[0] for part in truncated_regression(waste[used][None], design[used]))
    if algorithm == 2 and inner:
        drawn = _truncated_draws(design @ b, sigma, corrections, generator)
        moved = [_against_moved(X, Y, theta * np.exp(d), returns, orientation) for d in drawn]
        waste, used = 2 * waste + np.mean(np.log(moved), axis=0), np.full(len(X), True)
        b, sigma, inner = (part[0] for part in truncated_regression(waste[None], design))
    low = high = np.full(b.size, np.nan)
    failed = replications
    if inner:
        repeated, _, good = truncated_regression(
            _truncated_draws(design[used] @ b, sigma, replications, generator), design[used]
        )
        failed = int(replications - good.sum())
        if failed <= 0.05 * replications:
            above, below = np.quantile(repeated[good] - b, [(1 - level) / 2, (1 + level) / 2], axis=0)
            low, high = b - below, b - above
    return SecondStage(labels, b, low, high, float(sigma), waste, replications, failed, level)


def _truncated_draws(mean: Array, sigma: float, draws: int, generator: np.random.Generator) -> Array:
    """Normal draws around the means, truncated to be positive, shape (draws, n), by the inverse distribution."""
    uniform = generator.uniform(size=(draws, mean.size))
    return np.maximum(mean - sigma * ndtri_exp(np.log(uniform) + log_ndtr(mean / sigma)), 0.0)


def truncated_regression(y: ArrayLike, design: ArrayLike) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Maximum likelihood of ``y = x' beta + e`` with normal e, truncated so that y >= 0, for many samples at once.

    In ``gamma = beta / sigma`` and ``h = 1 / sigma`` (Olsen 1978; Orme & Ruud 2002 for the one maximum) the log
    likelihood of a row is ``ln h - (h y - x' gamma)^2 / 2 - ln Phi(x' gamma)``. Newton's method, with the absolute
    values of the eigenvalues where the surface is not concave. Where y looks exponential or more skewed, the likelihood
    rises for ever as sigma grows: no inner maximum.

    Parameters
    ----------
    y : array_like, shape (samples, n)
        Non-negative.
    design : array_like, shape (n, p)
        Full column rank.

    Returns
    -------
    beta : ndarray, shape (samples, p)
    sigma : ndarray, shape (samples,)
    inner : ndarray of bool, shape (samples,)
        Whether an inner maximum was reached; the other rows are NaN.
    """
    d, X = check.matrix("y", y, 0.0), check.matrix("design", design)
    if len(X) != d.shape[1] or np.linalg.matrix_rank(X) < X.shape[1]:
        raise ValueError("design: a row for every column of y, and full column rank, are needed")
    n, p = X.shape
    basis, root = np.linalg.qr(X)
    basis, root = basis * np.sqrt(n), root / np.sqrt(n)
    unit = np.sqrt((d**2).mean(axis=1, keepdims=True))
    d = d / unit

    def likelihood(at: Array) -> Array:
        a = at[:, :p] @ basis.T
        return n * np.log(at[:, p]) - (0.5 * (at[:, p:] * d - a) ** 2 + log_ndtr(a)).sum(axis=1)

    at = np.tile(np.r_[np.zeros(p), 1.0], (len(d), 1))
    value, inner = likelihood(at), np.zeros(len(d), dtype=bool)
    for _ in range(100):
        a, h = at[:, :p] @ basis.T, at[:, p:]
        mills = _mills(a)
        slope = np.concatenate([(h * d - a - mills) @ basis, n / h - ((h * d - a) * d).sum(axis=1, keepdims=True)], 1)
        inner = np.abs(slope).max(axis=1) < 1e-8 * n
        if (done := inner | (np.abs(a).max(axis=1) > 200)).all():
            break
        bend = np.empty((len(d), p + 1, p + 1))
        bend[:, :p, :p] = np.einsum("ki,kj,rk->rij", basis, basis, mills * (mills + a) - 1)
        bend[:, :p, p] = bend[:, p, :p] = d @ basis
        bend[:, p, p] = -n / h[:, 0] ** 2 - (d**2).sum(axis=1)
        sizes, axes = np.linalg.eigh(bend)
        along = np.einsum("rij,ri->rj", axes, slope) / np.maximum(np.abs(sizes), 1e-8 * n)
        step = np.where(done[:, None], 0.0, np.einsum("rij,rj->ri", axes, along))
        length = np.ones((len(d), 1))
        for _ in range(40):
            trial = at + length * step
            better = trial[:, p] > 0
            gain = likelihood(np.where(better[:, None], trial, at)) - value
            better &= gain >= -1e-12 * np.abs(value)
            if better.all():
                break
            length = np.where(better[:, None], length, length / 2)
        at = np.where(better[:, None], trial, at)
        value = likelihood(at)
    beta = np.linalg.solve(root, (at[:, :p] / at[:, p:] * unit).T).T
    return np.where(inner[:, None], beta, np.nan), np.where(inner, unit[:, 0] / at[:, p], np.nan), inner


# --- stochastic frontier ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Frontier:
    """Maximum-likelihood estimates of a half-normal production frontier.

    Attributes
    ----------
    beta, se : ndarray, shape (k,)
        Coefficients and standard errors (observed information); NaN standard errors at a bound, or where the
        likelihood is flat.
    sigma_v, sigma_u : float
        Standard deviation of the noise, and scale of the inefficiency before truncation.
    loglik, loglik_ols : float
    names : tuple of str
    residual : ndarray, shape (n,)
        ln y - x' beta.
    unit : ndarray of int, shape (n,)
        Which inefficiency a row shares; each its own if the data are no panel.
    bound : {"", "no inefficiency", "no noise"}
        Where the likelihood is highest at an end: without inefficiency, in a cross-section if least-squares residuals
        are skewed to the right (Waldman 1982), or without noise.
    """

    beta: Array
    se: Array
    sigma_v: float
    sigma_u: float
    loglik: float
    loglik_ols: float
    names: tuple[str, ...]
    residual: Array = field(repr=False)
    unit: NDArray[np.int64] = field(repr=False)
    bound: str

    @property
    def gamma(self) -> float:
        """Share of sigma_u^2 in sigma_u^2 + sigma_v^2."""
        return self.sigma_u**2 / (self.sigma_u**2 + self.sigma_v**2)

    @property
    def lr(self) -> float:
        """Likelihood-ratio statistic of no inefficiency."""
        return max(0.0, 2 * (self.loglik - self.loglik_ols))

    @property
    def p_value(self) -> float:
        """P value of `lr` under an equal mixture of a point mass at zero and chi-square(1) (Coelli 1995)."""
        return 1.0 if self.lr == 0 else float(norm.sf(np.sqrt(self.lr)))

    def efficiency(self) -> Array:
        """``E[exp(-u) | residuals]`` of every unit (Battese & Coelli 1988), in (0, 1], in the order of their labels."""
        count = np.bincount(self.unit)
        if self.sigma_u == 0:
            return np.ones(count.size)
        total = self.sigma_v**2 + count * self.sigma_u**2
        mean = -np.bincount(self.unit, self.residual) * self.sigma_u**2 / total
        sd = self.sigma_u * self.sigma_v / np.sqrt(total)
        return np.exp(-mean + sd**2 / 2 + log_ndtr(mean / sd - sd) - log_ndtr(mean / sd))

    def frame(self) -> pd.DataFrame:
        """Coefficients with standard errors, then the two scales."""
        estimate = [*self.beta, self.sigma_v, self.sigma_u]
        error = [*self.se, np.nan, np.nan]
        return pd.DataFrame({"estimate": estimate, "standard error": error}, [*self.names, "sigma_v", "sigma_u"])

    def __str__(self) -> str:
        units = self.unit.max() + 1
        panel = f" of {units} units" if units < self.unit.size else ""
        return (
            f"half-normal frontier, {self.residual.size} observations{panel}, log likelihood {self.loglik:.4f}\n"
            f"sigma_v {self.sigma_v:.4f}, sigma_u {self.sigma_u:.4f}, LR of no inefficiency {self.lr:.2f} "
            f"(p {self.p_value:.3g}), mean efficiency {self.efficiency().mean():.3f}"
        ) + (f"\nat a bound: {self.bound}" if self.bound else "")


def _mills(z: Array) -> Array:
    """phi(z) / Phi(z); far to the left by its expansion ``-z - 1 / z``, where both are too small to divide."""
    near = np.maximum(z, -30.0)
    ratio = np.exp(-0.5 * near * near - 0.5 * np.log(2 * np.pi) - log_ndtr(near))
    return np.where(z < -30.0, -z - 1 / np.minimum(z, -30.0), ratio)


def _negative(parameters: Array, y: Array, X: Array, unit: NDArray[np.int64]) -> tuple[float, Array]:
    """Minus the log likelihood and its gradient, in beta, ln sigma_v and ln sigma_u.

    With S and W the sum and the squared deviations of a unit's T residuals, ``D = sigma_v^2 + T sigma_u^2`` and
    ``z = -S sigma_u / (sigma_v sqrt(D))``, a unit adds
    ``ln 2 - T/2 ln(2 pi) - (T - 1) ln sigma_v - ln(D)/2 + ln Phi(z) - S^2 / (2 T D) - W / (2 sigma_v^2)``.
    """
    k = X.shape[1]
    sv, su = np.exp(parameters[k:])
    eps, T = y - X @ parameters[:k], np.bincount(unit)
    S = np.bincount(unit, eps)
    inside = eps - (S / T)[unit]
    W = np.bincount(unit, inside**2)
    D = sv**2 + T * su**2
    z = -S * su / (sv * np.sqrt(D))
    value = np.log(2) - T / 2 * np.log(2 * np.pi) - (T - 1) * np.log(sv) - np.log(D) / 2 + log_ndtr(z)
    value -= S**2 / (2 * T * D) + W / (2 * sv**2)
    mills, share = _mills(z), sv**2 / D
    on_S = -mills * su / (sv * np.sqrt(D)) - S / (T * D)
    d_beta = X.T @ (inside / sv**2 - on_S[unit])
    d_v = -(T - 1) - share - mills * z * (1 + share) + S**2 * share / (T * D) + W / sv**2
    d_u = -(1 - share) + mills * z * share + S**2 * (1 - share) / (T * D)
    return -value.sum(), -np.concatenate([d_beta, [d_v.sum(), d_u.sum()]])


def production_frontier(
    log_output: ArrayLike, log_inputs: ArrayLike, names: Sequence[str] | None = None, units: ArrayLike | None = None
) -> Frontier:
    """Fit the frontier by maximum likelihood.

    Parameters
    ----------
    log_output : array_like, shape (n,)
        Logarithm of the output.
    log_inputs : array_like, shape (n, k)
        Logarithms of the inputs and any other regressors; a constant is added.
    names : sequence of str, optional
        Of the k regressors.
    units : array_like, shape (n,), optional
        Labels of the units of a panel, whose inefficiency stays the same; without it each row has its own.

    Returns
    -------
    Frontier

    Raises
    ------
    ValueError
        If shapes do not match, values are not finite, regressors are collinear, or n <= k + 3.
    RuntimeError
        If the likelihood could not be maximised.

    Examples
    --------
    >>> generator = np.random.default_rng(1)
    >>> x = generator.normal(size=2000)
    >>> noise, waste = 0.2 * generator.normal(size=2000), np.abs(0.4 * generator.normal(size=2000))
    >>> fit = production_frontier(1 + 0.5 * x + noise - waste, x)
    >>> print(fit.beta.round(2), round(fit.sigma_v, 2), round(fit.sigma_u, 2))
    [1.02 0.49] 0.19 0.43
    """
    y, Z = check.vector("log_output", log_output), np.asarray(log_inputs)
    Z = check.matrix("log_inputs", Z[:, None] if Z.ndim == 1 else Z)
    if len(y) != len(Z):
        raise ValueError(f"log_inputs: {len(Z)} rows, but log_output has {len(y)}")
    X = np.column_stack([np.ones(len(y)), Z])
    n, k = X.shape
    if n <= k + 2:
        raise ValueError(f"log_output: {n} observations are too few for {k + 2} parameters")
    if np.linalg.matrix_rank(X) < k:
        raise ValueError("log_inputs: collinear columns")
    labels = ("constant", *(names if names is not None else (f"x{i + 1}" for i in range(k - 1))))
    if len(labels) != k:
        raise ValueError(f"names: {len(labels) - 1} names for {k - 1} regressors")
    unit = np.arange(n) if units is None else np.unique(np.asarray(units), return_inverse=True)[1]
    if unit.shape != (n,):
        raise ValueError(f"units: expected one label a row, {n} in all")
    ols = np.linalg.lstsq(X, y, rcond=None)[0]
    e = y - X @ ols
    variance = e @ e / n
    if variance <= 1e-24 * max(y @ y / n, 1e-300):
        raise ValueError("log_output: the regressors explain all of it, so there is no residual to split")
    loglik_ols = -n / 2 * (np.log(2 * np.pi * variance) + 1)
    without = Frontier(
        ols, np.full(k, np.nan), np.sqrt(variance), 0.0, loglik_ols, loglik_ols, labels, e, unit, "no inefficiency"
    )
    if unit.max() + 1 == n and (e**3).mean() >= 0:
        return without
    climbs = [_climb(ols, variance, y, X, unit, share) for share in (0.2, 0.5, 0.8)]
    best = min(climbs, key=lambda found: found.fun)
    sv, su = np.exp(best.x[k:])
    if -best.fun < loglik_ols + 1e-7 or su < 1e-3 * sv:
        return without
    bound = "no noise" if sv < 1e-2 * su else ""
    if not bound and np.abs(best.jac).max() > 1e-4 * n:
        raise RuntimeError(f"production_frontier: the likelihood was not maximised ({best.message})")
    se = np.full(k, np.nan) if bound else _standard_errors(best.x, y, X, unit)
    return Frontier(best.x[:k], se, sv, su, -best.fun, loglik_ols, labels, y - X @ best.x[:k], unit, bound)


def _climb(ols, variance, y, X, unit, share):
    """Maximise from least squares, with a share of the residual variance given to inefficiency."""
    su, sv = np.sqrt(share * variance / (1 - 2 / np.pi)), np.sqrt((1 - share) * variance)
    start = np.concatenate([ols, np.log([sv, su])])
    start[0] += su * np.sqrt(2 / np.pi)
    options = {"gtol": 1e-7, "maxiter": 1000}
    return minimize(_negative, start, args=(y, X, unit), jac=True, method="BFGS", options=options)


def _standard_errors(parameters: Array, y: Array, X: Array, unit: NDArray[np.int64], step: float = 1e-5) -> Array:
    """Of beta, from second derivatives by central differences of the gradient; NaN where they do not bend down."""
    steps = step * np.eye(parameters.size)
    columns = [
        (_negative(parameters + d, y, X, unit)[1] - _negative(parameters - d, y, X, unit)[1]) / (2 * step)
        for d in steps
    ]
    matrix = np.column_stack(columns)
    matrix = (matrix + matrix.T) / 2
    size = np.sqrt(np.abs(np.diag(matrix)))
    if (size == 0).any() or np.linalg.eigvalsh(matrix / np.outer(size, size))[0] < 1e-10:
        return np.full(X.shape[1], np.nan)
    return np.sqrt(np.diag(np.linalg.inv(matrix)))[: X.shape[1]]
