"""Envelopment scores of 200 hospitals: one simplex for all units, against HiGHS unit by unit and against Pyfrontier.

Run ``python benchmarks/efficiency.py``; it prints the times of one run and the ratios, after checking that the three
agree. Times are the best of five for the first two; Pyfrontier runs once.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from Pyfrontier.frontier_model import EnvelopDEA

from replica.models import efficiency, simplex
from replica.simulate import hospitals

UNITS = 200


def timed(run: Callable[[], np.ndarray], repetitions: int) -> tuple[float, np.ndarray]:
    """Shortest time in seconds, and the result."""
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        result = run()
        times.append(time.perf_counter() - start)
    return min(times), result


def one_by_one(X: np.ndarray, Y: np.ndarray, returns: str) -> np.ndarray:
    """The same programs, each by a call of HiGHS."""
    X, Y = X / X.mean(axis=0), Y / Y.mean(axis=0)
    program = efficiency._program(X, Y, X, Y, returns, "input")
    unknown = np.full(program["right"].shape, -1)
    return simplex.solve_batch(program["shared"], program["own"], program["right"], 1.0, unknown).value


def pyfrontier(X: np.ndarray, Y: np.ndarray, returns: str) -> np.ndarray:
    """Scores of Pyfrontier."""
    model = EnvelopDEA(returns.upper(), "in")
    model.fit(X, Y)
    return np.array([result.score for result in model.result])


def main() -> None:
    """Print one line a model."""
    panel = hospitals.hospitals(UNITS - 1, seed=1)
    X, Y = panel.inputs[0], panel.cases[0]
    print(f"{UNITS} hospitals, 3 inputs, 3 outputs, input oriented, both stages; seconds")
    for returns in ("crs", "vrs"):
        ours, score = timed(lambda r=returns: efficiency.dea(X, Y, returns=r).score, 5)
        highs, other = timed(lambda r=returns: one_by_one(X, Y, r), 5)
        theirs, third = timed(lambda r=returns: pyfrontier(X, Y, r), 1)
        if not (np.allclose(score, other, atol=1e-7) and np.allclose(score, third, atol=1e-5)):
            raise SystemExit(f"{returns}: the scores differ")
        print(
            f"{returns}: replica {ours:.4f}, HiGHS unit by unit {highs:.3f} ({highs / ours:.0f} times), "
            f"Pyfrontier {theirs:.2f} ({theirs / ours:.0f} times)"
        )


if __name__ == "__main__":
    main()
