"""Many small linear programs that share most of their columns, solved together by one dual simplex.

An envelopment study solves one program for every unit, and the programs differ in two vectors only. `solve_batch`
keeps the inverse of one small basis for each program and prices all shared columns for all programs in one matrix
product. Every answer is checked afterwards: a basis counts as optimal only with primal feasibility, dual feasibility
and, through complementary slackness, equal objectives. What fails the check is solved again by HiGHS
(`scipy.optimize.linprog`), which also solves programs without an obvious dual feasible start.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

TOLERANCE = 1e-9
MAX_PIVOTS = 500
REFRESH = 30  # pivots after which the inverses are computed afresh
STATUS = {0: "optimal", 2: "infeasible", 3: "unbounded"}


@dataclass(frozen=True)
class Solution:
    """Answers to K programs with r rows.

    Attributes
    ----------
    value : ndarray, shape (K,)
        The free variable of each program; NaN where there is no optimum.
    basis : ndarray of int, shape (K, r)
        Shared columns in the optimal basis; -1 marks the free variable, or a place that is not used.
    level : ndarray, shape (K, r)
        Values of the basic variables, zero where `basis` is -1.
    prices : ndarray, shape (K, r)
        Dual prices of the rows.
    status : ndarray of str, shape (K,)
        "optimal", "infeasible" or "unbounded".
    by_highs : int
        Number of programs that HiGHS had to solve.
    """

    value: np.ndarray
    basis: np.ndarray
    level: np.ndarray
    prices: np.ndarray
    status: np.ndarray
    by_highs: int


def solve_batch(
    shared: np.ndarray, own: np.ndarray, right: np.ndarray, cost: float, start: np.ndarray,
    excluded: np.ndarray | None = None,
) -> Solution:
    """Minimise ``cost * w`` subject to ``own[k] * w + shared @ z = right[k]``, ``z >= 0``, ``w`` free, for every k.

    Parameters
    ----------
    shared : ndarray, shape (r, N)
        Columns that all programs have in common.
    own, right : ndarray, shape (K, r)
        The column of the free variable w, and the right-hand side, of each program.
    cost : {1.0, -1.0}
        Minimise w or maximise it.
    start : ndarray of int, shape (K, r)
        A dual feasible basis for each program: column numbers of `shared`, with N for the free variable. A row of -1
        says that none is known; that program goes to HiGHS.
    excluded : ndarray of int, shape (K,), optional
        One shared column that a program must not use; -1 for none.

    Returns
    -------
    Solution

    Notes
    -----
    Dual simplex in revised form with steepest-edge choice of the leaving row (Forrest & Goldfarb 1992; the weights are
    computed afresh, since the basis is small). Among tied ratios the largest pivot enters.
    """
    K, r = right.shape
    columns = shared.shape[1]
    excluded = np.full(K, -1) if excluded is None else excluded
    basis = start.copy()
    state = np.where((start >= 0).all(axis=1), "running", "highs").astype("<U10")
    chunk = max(1, (1 << 22) // max(columns, 1))
    for first in range(0, K, chunk):
        rows = first + np.flatnonzero(state[first : first + chunk] == "running")
        if rows.size:
            basis[rows], state[rows] = _pivot(shared, own[rows], right[rows], cost, basis[rows], excluded[rows])
    value, prices = np.full(K, np.nan), np.full((K, r), np.nan)
    level = np.zeros((K, r))
    done = np.flatnonzero(state == "optimal")
    if done.size:
        x, y, good = _certificate(shared, own[done], right[done], cost, basis[done], excluded[done])
        free = basis[done] == columns
        value[done], prices[done] = x[free], y
        level[done] = np.where(free, 0.0, np.maximum(x, 0.0))
        basis[done] = np.where(free, -1, basis[done])
        state[done[~good]] = "highs"
    basis[state != "optimal"] = -1
    again = np.flatnonzero(state == "highs")
    for k in again:
        state[k], value[k], prices[k], found, amount = _highs(shared, own[k], right[k], cost, excluded[k])
        basis[k, : found.size], level[k, : found.size] = found, amount
    return Solution(value, basis, level, prices, state, again.size)


def _pivot(shared, own, right, cost, basis, excluded) -> tuple[np.ndarray, np.ndarray]:
    """Pivot every program until it is primal feasible; return the last bases and what became of each program."""
    columns = shared.shape[1]
    state = np.full(len(right), "running", dtype="<U10")
    matrix = _columns(shared, own, basis)
    state[np.abs(np.linalg.det(matrix)) < 1e-14] = "highs"
    matrix[state == "highs"] = np.eye(matrix.shape[1])
    inverse = np.linalg.inv(matrix)
    for count in range(MAX_PIVOTS):
        live = np.flatnonzero(state == "running")
        if not live.size:
            break
        if count and count % REFRESH == 0:
            inverse[live] = np.linalg.inv(_columns(shared, own[live], basis[live]))
        leave = _leaving_row(inverse[live], right[live], basis[live] == columns)
        state[live[leave < 0]] = "optimal"
        live, leave = live[leave >= 0], leave[leave >= 0]
        if not live.size:
            continue
        inv, each = inverse[live], np.arange(live.size)
        prices = cost * inv[basis[live] == columns]
        enter = _entering_column(shared, inv[each, leave], prices, excluded[live])
        state[live[enter < 0]] = "infeasible"
        keep = enter >= 0
        live, leave, enter, inv, each = live[keep], leave[keep], enter[keep], inv[keep], each[: keep.sum()]
        direction = np.einsum("kij,kj->ki", inv, shared[:, enter].T)
        pivot_row = inv[each, leave] / direction[each, leave][:, None]
        direction[each, leave] -= 1.0
        inverse[live] = inv - direction[:, :, None] * pivot_row[:, None, :]
        basis[live, leave] = enter
    state[state == "running"] = "highs"
    return basis, state


def _leaving_row(inverse: np.ndarray, right: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Row of the basic variable that is most negative for the length of its edge; -1 where none is negative."""
    x = np.where(free, 0.0, np.einsum("kij,kj->ki", inverse, right))
    steepness = np.where(x < -TOLERANCE, x * x / np.einsum("kij,kij->ki", inverse, inverse), 0.0)
    return np.where(steepness.max(axis=1) > 0, steepness.argmax(axis=1), -1)


def _entering_column(shared: np.ndarray, row: np.ndarray, prices: np.ndarray, excluded: np.ndarray) -> np.ndarray:
    """Column that keeps all reduced costs non-negative; -1 where no column can, which proves infeasibility."""
    alpha = row @ shared
    slope = np.maximum(-(prices @ shared), 0.0)
    barred = np.flatnonzero(excluded >= 0)
    alpha[barred, excluded[barred]] = 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(alpha < -TOLERANCE, slope / -alpha, np.inf)
    best = ratio.min(axis=1)
    enter = np.where(ratio <= best[:, None] + 1e-12, -alpha, 0.0).argmax(axis=1)
    return np.where(np.isinf(best), -1, enter)


def _columns(shared: np.ndarray, own: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """Basis matrices, shape (K, r, r); the number N stands for a program's own column."""
    columns = shared.shape[1]
    matrix = shared.T[np.minimum(basis, columns - 1)].transpose(0, 2, 1)
    return np.where((basis == columns)[:, None, :], own[:, :, None], matrix)


def _certificate(shared, own, right, cost, basis, excluded):
    """Levels and prices solved afresh from the basis, and whether they prove the optimum."""
    columns = shared.shape[1]
    matrix = _columns(shared, own, basis)
    free = basis == columns
    x = np.linalg.solve(matrix, right[:, :, None])[:, :, 0]
    y = np.linalg.solve(matrix.transpose(0, 2, 1), np.where(free, cost, 0.0)[:, :, None])[:, :, 0]
    worth = y @ shared
    barred = np.flatnonzero(excluded >= 0)
    worth[barred, excluded[barred]] = -np.inf
    primal = np.where(free, 0.0, x).min(axis=1) >= -1e-8
    dual = worth.max(axis=1) <= 1e-8 * np.maximum(1.0, np.abs(y).max(axis=1))
    return x, y, primal & dual


def _highs(shared, own, right, cost, excluded):
    """One program by HiGHS: status, value, prices, columns in use and their levels."""
    r, columns = shared.shape
    upper = np.full(columns + 1, np.inf)
    if excluded >= 0:
        upper[excluded] = 0.0
    bounds = np.column_stack([np.append(np.zeros(columns), -np.inf), upper])
    result = linprog(
        np.append(np.zeros(columns), cost), A_eq=np.column_stack([shared, own]), b_eq=right, bounds=bounds,
        method="highs-ds", options={"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9},
    )
    status = STATUS.get(result.status)
    if result.status == 4:  # HiGHS could not tell infeasible from unbounded: ask without the objective
        feasible = linprog(np.zeros(columns + 1), A_eq=np.column_stack([shared, own]), b_eq=right, bounds=bounds)
        status = "unbounded" if feasible.status == 0 else "infeasible"
    if status is None:
        raise RuntimeError(f"HiGHS stopped: {result.message}")
    if status != "optimal":
        return status, np.nan, np.full(r, np.nan), np.array([], int), np.array([])
    used = np.flatnonzero(result.x[:-1] > 1e-11)
    used = used[np.argsort(-result.x[used], kind="stable")][:r]
    return status, result.x[-1], result.eqlin.marginals, used, result.x[used]
