"""Whether the conclusions of a chapter agree over seeds as often as their intervals promise.

An interval of 95 % is meant for the true share, not for the estimate of another run: of two runs, the estimate of one
lies in the interval of the other 83 % of the time (a normal difference has twice the variance). So coverage between
runs is reported, and what is judged is whether intervals of one row exclude each other. Let all intervals of a row be
right and of about equal width: two of them are apart where the estimates differ by more than the width, and some two of
k runs are with the probability that the studentized range of k normal numbers exceeds 2 × 1.96, 4.5 % for five runs. So
a few rows of a book are apart by chance. A chapter fails where at least as many rows of it are apart would be expected
of right intervals in less than one book of a hundred.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, permutations
from typing import Any

from scipy.stats import binom, studentized_range

NORMAL, RARE = 1.96, 0.01
Runs = Mapping[int, Mapping[str, Mapping[str, Any]]]


def rows(notebook: Mapping) -> dict[str, dict[str, Any]]:
    """Conclusions of an executed notebook by id: ``estimate`` and, where the chapter states one, ``low`` and ``high``.

    Parameters
    ----------
    notebook
        Its output of type ``conclusions`` notes ``rows``, or the ``shares`` of chapters without intervals.
    """
    found: dict[str, dict[str, Any]] = {}
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            note = output.get("metadata", {}).get("replica", {})
            if note.get("type") == "conclusions":
                found |= {row["id"]: row for row in note.get("rows", []) if row.get("estimate") is not None}
                found |= {name: {"estimate": share} for name, share in note.get("shares", {}).items()}
    return found


def apart_by_chance(runs: int) -> float:
    """Probability that some two of the 95 % intervals of `runs` independent runs exclude each other.

    Examples
    --------
    >>> round(apart_by_chance(2), 4), round(apart_by_chance(5), 3)
    (0.0056, 0.044)
    """
    return float(studentized_range.sf(2 * NORMAL, runs, float("inf")))


def surplus(apart: int, of: int, runs: int) -> bool:
    """Whether `apart` of `of` rows are too many for right intervals.

    Examples
    --------
    >>> surplus(1, 6, 5), surplus(3, 6, 5)
    (False, True)
    """
    return bool(apart and binom.sf(apart - 1, of, apart_by_chance(runs)) < RARE)


def excluding(by_seed: Runs) -> tuple[list[str], int]:
    """Rows of which some two intervals exclude each other, and the number of rows with intervals in every run."""
    runs = list(by_seed.values())
    names = [name for name in runs[0] if all(_has_interval(run.get(name, {})) for run in runs)]
    apart = [
        name for name in names if any(one[name]["high"] < other[name]["low"] for one, other in permutations(runs, 2))
    ]
    return apart, len(names)


def agreement(by_seed: Runs) -> tuple[list[str], list[str]]:
    """Faults and remarks on the conclusions of one chapter over seeds.

    Parameters
    ----------
    by_seed
        :func:`rows` of the run with each seed.
    """
    names = {seed: sorted(found) for seed, found in by_seed.items()}
    for one, other in combinations(names, 2):
        if names[one] != names[other]:
            return [f"other conclusions with seed {other} than with seed {one}"], []
    apart, of = excluding(by_seed)
    remarks = [_range(name, by_seed) for name in next(iter(by_seed.values()))]
    if of:
        remarks.insert(0, f"{_coverage(by_seed)}; intervals of {len(apart)} of {of} rows exclude each other")
    if surplus(len(apart), of, len(by_seed)):
        return [f"intervals of {len(apart)} of {of} rows exclude each other: {', '.join(apart)}"], remarks
    return [], [remark for remark in remarks if remark]


def _has_interval(row: Mapping[str, Any]) -> bool:
    return row.get("low") is not None and row.get("high") is not None


def _range(name: str, by_seed: Runs) -> str:
    """Range of an estimate over seeds; empty where it does not move."""
    estimates = [found[name]["estimate"] for found in by_seed.values()]
    if max(estimates) == min(estimates):
        return ""
    interval = next(iter(by_seed.values()))[name]
    stated = f"; seed 1 states {interval['low']:.3g} to {interval['high']:.3g}" if _has_interval(interval) else ""
    return f"{name}: {min(estimates):.3g} to {max(estimates):.3g} over seeds{stated}"


def _coverage(by_seed: Runs) -> str:
    pairs = [
        one[name]["low"] <= other[name]["estimate"] <= one[name]["high"]
        for one, other in permutations(by_seed.values(), 2)
        for name in one
        if _has_interval(one[name])
    ]
    return f"an interval holds the estimate of another seed in {sum(pairs)} of {len(pairs)} pairs (83 % expected)"
