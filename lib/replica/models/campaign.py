"""A campaign as a set of actions in the cells of a cube, and the cells that stay empty.

The axes are named and have named levels; an action has one level on each axis and so one cell. Two readings of an axis
give two cells for the same action, and `moved` says how often they differ. How surprising an empty cell is, and how
far a finding of one can be trusted when actions are classified with error, are questions of occupancy:

    E[empty] = sum_c (1 - p_c)^n,      P(a true gap is seen) = prod_a (1 - error_a into c).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Cube:
    """Named axes with named levels.

    Parameters
    ----------
    axes : mapping of str to sequence of str
        Each axis with its levels, in order.

    Raises
    ------
    ValueError
        If there is no axis, an axis has fewer than two levels, or a level repeats.

    Examples
    --------
    >>> cube = Cube({"space": ["individual", "collective"], "time": ["instant", "synchronic"]})
    >>> cube.empty(pd.DataFrame({"space": ["individual"], "time": ["instant"]}))
    [('individual', 'synchronic'), ('collective', 'instant'), ('collective', 'synchronic')]
    """

    axes: Mapping[str, Sequence[str]]

    def __post_init__(self) -> None:
        if not self.axes:
            raise ValueError("axes: expected at least one axis")
        for name, levels in self.axes.items():
            if len(levels) < 2 or len(set(levels)) != len(levels):
                raise ValueError(f"axes: {name!r} needs two levels or more, none twice")

    @property
    def cells(self) -> list[tuple[str, ...]]:
        """All cells, the last axis moving fastest."""
        return list(product(*self.axes.values()))

    def place(self, actions: pd.DataFrame) -> list[tuple[str, ...]]:
        """Cell of each action.

        Parameters
        ----------
        actions : DataFrame
            A column for each axis.

        Raises
        ------
        ValueError
            If a column is missing or an action has an unknown level.
        """
        missing = [name for name in self.axes if name not in actions]
        if missing:
            raise ValueError(f"actions: no column {missing[0]!r}")
        for name, levels in self.axes.items():
            unknown = sorted(set(actions[name]) - set(levels))
            if unknown:
                raise ValueError(f"actions: {name} {unknown[0]!r} is none of {', '.join(levels)}")
        return list(actions[list(self.axes)].itertuples(index=False, name=None))

    def counts(self, actions: pd.DataFrame) -> pd.Series:
        """Number of actions in every cell, zeros included."""
        cells = self.cells
        tally = dict.fromkeys(cells, 0)
        for cell in self.place(actions):
            tally[cell] += 1
        index = pd.MultiIndex.from_tuples(cells, names=list(self.axes))
        return pd.Series([tally[cell] for cell in cells], index=index, name="actions")

    def empty(self, actions: pd.DataFrame) -> list[tuple[str, ...]]:
        """Cells without an action."""
        filled = set(self.place(actions))
        return [cell for cell in self.cells if cell not in filled]

    def merge(self, actions: pd.DataFrame, axis: str, into: Mapping[str, str]) -> tuple[Cube, pd.DataFrame]:
        """The cube and its actions with some levels of one axis merged.

        Examples
        --------
        >>> cube = Cube({"z": ["technology", "value", "needs"]})
        >>> merged, _ = cube.merge(pd.DataFrame({"z": ["value"]}), "z", {"value": "rest", "needs": "rest"})
        >>> merged.axes["z"]
        ('technology', 'rest')
        """
        if axis not in self.axes:
            raise ValueError(f"axis: no axis {axis!r}")
        levels = tuple(dict.fromkeys(into.get(level, level) for level in self.axes[axis]))
        return Cube({**self.axes, axis: levels}), actions.assign(**{axis: actions[axis].map(lambda x: into.get(x, x))})


def moved(first: Sequence[tuple], second: Sequence[tuple]) -> np.ndarray:
    """Whether each action lies in different cells under two readings.

    Raises
    ------
    ValueError
        If the readings classify different numbers of actions.
    """
    if len(first) != len(second) or not len(first):
        raise ValueError(f"second: {len(second)} actions, but {len(first)} in the first reading")
    return np.array([a != b for a, b in zip(first, second, strict=True)])


def expected_empty(cells: int, actions: int) -> float:
    """Expected number of empty cells when actions fall anywhere with equal chance.

    Examples
    --------
    >>> round(expected_empty(12, 30), 2)
    0.88
    """
    if cells < 1 or actions < 0:
        raise ValueError("cells: expected at least one cell and no negative number of actions")
    return cells * (1 - 1 / cells) ** actions


def miscode(cube: Cube, actions: pd.DataFrame, error: float, rng: np.random.Generator) -> pd.DataFrame:
    """The actions as a coder with errors would place them: each level is replaced by another with probability `error`.

    Raises
    ------
    ValueError
        If `error` is no probability.
    """
    if not 0 <= error <= 1:
        raise ValueError(f"error: expected a probability, got {error!r}")
    coded = actions.copy()
    for name, levels in cube.axes.items():
        wrong = rng.random(len(actions)) < error
        place = np.array([levels.index(level) for level in actions[name]])
        shift = rng.integers(1, len(levels), len(actions))
        coded[name] = np.array(levels, dtype=object)[np.where(wrong, (place + shift) % len(levels), place)]
    return coded
