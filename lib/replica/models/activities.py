"""A process as a network of activities: when it ends, which activities decide that, and what it costs.

Critical path method (Kelley & Walker 1959): an activity starts when all that it waits for have ended. Durations may be
random (Malcolm, Roseboom, Clark & Fazar 1959, PERT); the share of draws in which an activity is critical is its
criticality index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Activity:
    """One step of a process.

    Attributes
    ----------
    name : str
    after : tuple of str
        Activities that must have ended before this one starts.
    days : (low, most likely, high)
        Triangular distribution of its duration.
    cost : (low, most likely, high)
        Triangular distribution of its cost, yuan an order.
    """

    name: str
    after: tuple[str, ...]
    days: tuple[float, float, float]
    cost: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        for field in ("days", "cost"):
            low, likely, high = getattr(self, field)
            if not 0 <= low <= likely <= high < np.inf:
                raise ValueError(
                    f"{field}: {self.name!r} needs 0 <= low <= most likely <= high, got {(low, likely, high)}"
                )


def ordered(activities: Sequence[Activity]) -> list[Activity]:
    """The activities so that each stands behind all it waits for.

    Raises
    ------
    ValueError
        If a name repeats, an activity waits for an unknown one, or they wait for each other in a circle.
    """
    names = [a.name for a in activities]
    if len(set(names)) < len(names):
        raise ValueError("activities: a name occurs twice")
    for activity in activities:
        if unknown := [name for name in activity.after if name not in names]:
            raise ValueError(f"activities: {activity.name!r} waits for {unknown[0]!r}, which is no activity")
    done: list[Activity] = []
    waiting = list(activities)
    while waiting:
        ended = {a.name for a in done}
        ready = [a for a in waiting if set(a.after) <= ended]
        if not ready:
            raise ValueError(f"activities: {', '.join(a.name for a in waiting)} wait for each other in a circle")
        done += ready
        waiting = [a for a in waiting if a not in ready]
    return done


def sample(activities: Sequence[Activity], n: int, rng: np.random.Generator, of: str = "days") -> dict[str, np.ndarray]:
    """Draws of the duration (`of` = "days") or cost ("cost") of every activity, n each."""
    drawn = {}
    for activity in activities:
        low, likely, high = getattr(activity, of)
        drawn[activity.name] = rng.triangular(low, likely, high, n) if high > low else np.full(n, float(low))
    return drawn


def run(activities: Sequence[Activity], days: Mapping[str, np.ndarray]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Time at which the whole process ends, and which activities were critical.

    Parameters
    ----------
    activities : sequence of Activity
    days : mapping of str to (n,) array
        Duration of each activity in each draw.

    Returns
    -------
    end : (n,) array
    critical : dict of str to (n,) boolean array
        True where a longer duration would have ended the process later.

    Raises
    ------
    ValueError
        If a duration is missing or negative, or the network is no network (see `ordered`).

    Examples
    --------
    >>> steps = [Activity("a", (), (1, 1, 1)), Activity("b", (), (3, 3, 3)), Activity("c", ("a", "b"), (2, 2, 2))]
    >>> end, critical = run(steps, {"a": np.array([1.0]), "b": np.array([3.0]), "c": np.array([2.0])})
    >>> float(end[0]), [name for name, hit in critical.items() if hit[0]]
    (5.0, ['b', 'c'])
    """
    steps = ordered(activities)
    time = {}
    for step in steps:
        time[step.name] = np.asarray(days.get(step.name, np.nan), dtype=float)
        if not np.all(time[step.name] >= 0):
            raise ValueError(f"days: {step.name!r} needs durations of at least 0")
    start, end = {}, {}
    for step in steps:
        start[step.name] = np.maximum.reduce([end[name] for name in step.after]) if step.after else 0 * time[step.name]
        end[step.name] = start[step.name] + time[step.name]
    finish = np.maximum.reduce(list(end.values()))
    latest = {step.name: finish for step in steps}
    for step in reversed(steps):
        for name in step.after:
            latest[name] = np.minimum(latest[name], latest[step.name] - time[step.name])
    return finish, {step.name: latest[step.name] - end[step.name] <= 1e-9 for step in steps}
