"""Envelopment scores of 200 hospitals: one warm model for all units, against a model for each and against Pyfrontier.

Run ``python benchmarks/efficiency.py``; it prints the times of one run and the ratios, after checking that the three
agree. Times are the best of five for the first two; Pyfrontier runs once.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from Pyfrontier.frontier_model import EnvelopDEA

from replica.methods import frontier
from replica.worlds import ch17

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
    """The same programs, each with a model and a cold start of its own."""
    return np.array(
        [
            frontier.dea(x, y, returns=returns, reference=(X, Y)).score[0]
            for x, y in zip(X[:, None], Y[:, None], strict=True)
        ]
    )


def pyfrontier(X: np.ndarray, Y: np.ndarray, returns: str) -> np.ndarray:
    """Scores of Pyfrontier."""
    model = EnvelopDEA(returns.upper(), "in")
    model.fit(X, Y)
    return np.array([result.score for result in model.result])


def main() -> None:
    """Print one line a model."""
    panel = ch17.hospitals(UNITS - 1, seed=1)
    X, Y = panel.inputs[0], panel.cases[0]
    print(f"{UNITS} hospitals, 3 inputs, 3 outputs, input oriented, both stages; seconds")
    for returns in ("crs", "vrs"):
        ours, score = timed(lambda r=returns: frontier.dea(X, Y, returns=r).score, 5)
        highs, other = timed(lambda r=returns: one_by_one(X, Y, r), 5)
        theirs, third = timed(lambda r=returns: pyfrontier(X, Y, r), 1)
        if not (np.allclose(score, other, atol=1e-7) and np.allclose(score, third, atol=1e-5)):
            raise SystemExit(f"{returns}: the scores differ")
        print(
            f"{returns}: replica {ours:.4f}, unit by unit {highs:.3f} ({highs / ours:.0f} times), "
            f"Pyfrontier {theirs:.2f} ({theirs / ours:.0f} times)"
        )


if __name__ == "__main__":
    main()
