"""Rational inattention, 1,000 states and 200 goods: our solver against Clarabel (cvxpy) and the classical iteration.

Run ``OMP_NUM_THREADS=1 python benchmarks/attention.py``; it prints the times of one run on one core and their ratios,
after checking that the values agree within the gaps. Ours: best of five. The classical Blahut-Arimoto iteration stops
at the same gap or after 20,000 steps.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import time

import cvxpy as cp
import numpy as np

from replica.methods import attention

STATES, GOODS, TOLERANCE = 1000, 200, 1e-8


def clarabel(payoff: np.ndarray, cost: float) -> float:
    """Net utility of the best choice by a generic solver for exponential cones."""
    p = cp.Variable(GOODS, nonneg=True)
    top = payoff.max(axis=1)
    weights = np.exp((payoff - top[:, None]) / cost)
    program = cp.Problem(cp.Maximize(cp.sum(cp.log(weights @ p)) / STATES), [cp.sum(p) == 1])
    program.solve(solver=cp.CLARABEL)
    return float(cost * program.value + top.mean())


def main() -> None:
    """Print one line for each price of information."""
    rng = np.random.default_rng(1)
    payoff = rng.normal(size=(STATES, GOODS)) + 0.5 * rng.normal(size=GOODS)
    print(f"{STATES} states, {GOODS} goods, gap of {TOLERANCE:g} nats; seconds on one core")
    for cost in (0.05, 0.2, 0.5, 1.0):
        times = []
        for _ in range(5):
            start = time.perf_counter()
            ours = attention.solve(payoff, cost, tol=TOLERANCE)
            times.append(time.perf_counter() - start)
        start = time.perf_counter()
        theirs = clarabel(payoff, cost)
        generic = time.perf_counter() - start
        start = time.perf_counter()
        slow = attention.solve(payoff, cost, tol=TOLERANCE, method="blahut-arimoto", most=20_000)
        classical = time.perf_counter() - start
        if not (ours.converged and abs(ours.net - theirs) < 1e-5 and ours.net - slow.net <= slow.gap + 1e-9):
            raise SystemExit(f"cost {cost}: the values differ")
        print(
            f"cost {cost:4.2f}: replica {min(times):.3f} ({ours.iterations} steps, {ours.considered.sum()} goods "
            f"considered, {ours.dropped.sum()} proved out), Clarabel {generic:.2f} ({generic / min(times):.0f} times), "
            f"Blahut-Arimoto {classical:.2f} ({classical / min(times):.0f} times; {slow.iterations:,} steps, gap "
            f"{slow.gap / cost:.0e} nats)"
        )


if __name__ == "__main__":
    main()
