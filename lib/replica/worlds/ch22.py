"""Chapter 22's world: an illustrative economy in which a few industries are digital, and others like it.

Industry j buys :math:`Z_{ij}` from industry i; what is left of output :math:`x_i` is final demand :math:`f_i`. With
:math:`A = Z\\hat x^{-1}` (Leontief 1936),

.. math:: x = Ax + f, \\qquad x = Lf, \\qquad L = (I - A)^{-1} = I + A + A^2 + \\dots,

which has a non-negative solution for every final demand exactly if the spectral radius of A is below one (Hawkins &
Simon 1949). Value added for a unit of output is :math:`v' = 1' - 1'A`, so :math:`v'L = 1'`: each yuan of final demand
is somebody's value added. Of it, :math:`\\sum_{i \\in D} v_i L_{ij}` is earned in the industries D: the *content* of j.

Four sizes of D, and the order that holds in every economy (shown in the chapter):

* what D earns in the final products of others, :math:`\\sum_{i \\in D} v_i (L \\tilde f)_i`, f without that of D;
* its value added, which is also its content in all final products;
* the value added lost with it, D being extracted with its own final demand (Dietzenbacher & Lahr 2013);
* its output, net of what D sells to itself.

All coefficients are assumed. Money is in per cent of GDP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replica import check

Array = NDArray[np.float64]
CORE = ("electronics", "telecom", "software")

# Inputs for 100 of output, one column an industry in the order of the rows; then the final demand of each, of which
# that of the core is scaled until the core has the value added that is asked for.
_RECIPES = """
farming      12 38  3   0    0    0    0   1    0   0   0    2   1   1    4
food          8 12  1   0    0    0    0   1    0   0   0    5   0   1   10
materials    10  5 42  25   22    6    3   2   14  16   1    5  38   7    2
machinery     2  1  5  28    5    4    2   1   10   6   0    2   6   4   14
electronics 0.3 .5  1   5   38   10    6  .5    1  .7  .5   .8   1   2    3
telecom     0.2 .3 .3  .4   .5   12    5 1.5    6  .8   3  1.5  .4   1  1.5
software    0.1 .2 .3  .8  1.5    4   10   1    9  .5   4    1  .3   1    2
trade         4  6  4   5    5    2    2   3    3   3   1    3   5   3    7
ride-hailing  0  0  0   0    0   .1   .2  .1    0   0  .1   .2   0  .1   .6
transport     2  4  4   3    2    2    2   6    2   8   1    3   3   2    3
finance       2  2  4   3    3    4    3   6    4   5   8    6   3   2    3
services      2  4  4   5    4    9   12  12    6   5  14   10   6   6   18
construction  0  0  0   0    0    1    0   0    0   1   1    1   2   1   26
public       .5 .5 .5  .5   .5   .5   .5  .5   .5  .5  .5   .5  .5   1   16
"""


def productive(coefficients: ArrayLike) -> bool:
    """Whether every final demand can be met: the spectral radius of the input coefficients is below one.

    Examples
    --------
    >>> productive([[0.15, 0.25], [0.20, 0.05]]), productive([[0.5, 0.9], [0.9, 0.5]])
    (True, False)
    """
    a = check.matrix("coefficients", coefficients, 0.0)
    if a.shape[0] != a.shape[1]:
        raise ValueError(f"coefficients: expected a square matrix, got shape {a.shape}")
    return bool(np.abs(np.linalg.eigvals(a)).max() < 1)


@dataclass(frozen=True)
class Economy:
    """A closed economy of n industries in one year.

    Parameters
    ----------
    names : sequence of str, length n
    coefficients : array_like, shape (n, n)
        Inputs from the row's industry for a unit of output of the column's industry.
    final : array_like, shape (n,)
        Final demand for the product of each industry, in per cent of GDP.
    core : sequence of str
        Industries that are digital.

    Raises
    ------
    ValueError
        If shapes differ, a number is negative or not finite, names repeat, `core` names no industry or all of them, an
        industry adds no value, or the economy is not productive.

    Examples
    --------
    >>> two = Economy(["farms", "factories"], [[0.15, 0.25], [0.20, 0.05]], [350, 1700], core=["factories"])
    >>> two.output.round(6).tolist(), float(two.gdp.round(6))
    ([1000.0, 2000.0], 2050.0)
    """

    names: Sequence[str]
    coefficients: Array
    final: Array
    core: Sequence[str] = CORE

    def __post_init__(self) -> None:
        n = len(self.names)
        a = check.array("coefficients", self.coefficients, 0.0, shape=(n, n))
        object.__setattr__(self, "final", check.array("final", self.final, 0.0, shape=(n,)))
        object.__setattr__(self, "coefficients", a)
        if len(set(self.names)) < n:
            raise ValueError("names: expected each industry once")
        if not self.core or not set(self.core) < set(self.names):
            raise ValueError(f"core: expected some of the industries, not all, got {self.core!r}")
        if not productive(a):
            raise ValueError("coefficients: the economy is not productive (spectral radius of 1 or more)")
        if (a.sum(axis=0) >= 1).any():
            raise ValueError("coefficients: an industry adds no value (inputs of 1 or more for a unit of output)")

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which industries are core."""
        return np.isin(self.names, self.core)

    @property
    def added(self) -> Array:
        """Value added for a unit of output, shape (n,)."""
        return 1 - self.coefficients.sum(axis=0)

    @property
    def inverse(self) -> Array:
        """Leontief's inverse, shape (n, n)."""
        return np.linalg.inv(np.eye(len(self.names)) - self.coefficients)

    @property
    def output(self) -> Array:
        """Output of every industry, shape (n,)."""
        return np.linalg.solve(np.eye(len(self.names)) - self.coefficients, self.final)

    @property
    def gdp(self) -> float:
        """Total value added, which is total final demand."""
        return self.final.sum()

    def content(self) -> Array:
        """Share of a unit of final demand for each product that is earned in the core, shape (n,)."""
        return (self.added * self.inside) @ self.inverse

    def sizes(self) -> pd.Series:
        """The four sizes of the core, in per cent of GDP, in their order.

        Examples
        --------
        >>> [str(size) for size in illustrative().sizes().round(1)]
        ['2.9', '7.4', '14.8', '15.3']
        """
        inside, v, x = self.inside, self.added, self.output
        rest = np.ix_(~inside, ~inside)
        alone = np.linalg.solve(np.eye((~inside).sum()) - self.coefficients[rest], self.final[~inside])
        own = (self.coefficients[np.ix_(inside, inside)] @ x[inside]).sum()
        found = {
            "in others' final products": (self.content() * ~inside) @ self.final,
            "value added": v[inside] @ x[inside],
            "lost without it": self.gdp - v[~inside] @ alone,
            "net output": x[inside].sum() - own,
        }
        return 100 * pd.Series(found) / self.gdp

    def frame(self) -> pd.DataFrame:
        """One row an industry: value added (per cent of GDP), content, core or not; highest content first."""
        found = {"value added": 100 * self.added * self.output / self.gdp, "content": self.content()}
        table = pd.DataFrame({**found, "core": self.inside}, index=pd.Index(self.names, name="industry"))
        return table.sort_values("content", ascending=False)

    def size(self, line: float, part: float = 1.0) -> float:
        """Measured size: the core, and `part` of every other industry whose content is at least `line`; % of GDP."""
        table = self.frame()
        users = ~table["core"] & (table["content"] >= check.share("line", line))
        counted = table["core"] + check.share("part", part) * users
        return float(counted @ table["value added"])

    def merged(self, groups: Mapping[str, Sequence[str]], core: Sequence[str]) -> Economy:
        """The same economy on a coarser table: each group's flows are added.

        Parameters
        ----------
        groups : mapping of new name to industries
            Industries that are not named stay as they are.
        core : sequence of str
            New names that count as core.

        Raises
        ------
        ValueError
            If an industry is unknown or named twice.
        """
        named = [name for members in groups.values() for name in members]
        if len(set(named)) < len(named) or not set(named) <= set(self.names):
            raise ValueError("groups: expected industries of this economy, each once")
        where = {old: new for new, members in groups.items() for old in members}
        labels = [where.get(name, name) for name in self.names]
        names = list(dict.fromkeys(labels))
        add = np.array([[label == name for label in labels] for name in names], dtype=float)
        x, flows = add @ self.output, add @ (self.coefficients * self.output) @ add.T
        return Economy(names, flows / x, add @ self.final, core)


def scaled(economy: Economy, core_share: float) -> Economy:
    """The economy with the core's final demand scaled until the core earns `core_share` per cent of GDP; GDP is 100.

    Raises
    ------
    ValueError
        If no final demand of zero or more gives that share.
    """
    target = check.number("core_share", core_share, 0, 100, open_low=True, open_high=True) / 100
    inside, content = economy.inside, economy.content()
    others, own = economy.final * ~inside, economy.final * inside
    gap, gain = target * others.sum() - content @ others, content @ own - target * own.sum()
    if gain <= 0 or gap < 0:
        raise ValueError(f"core_share: no final demand for the core gives it {core_share:g} % of GDP")
    final = others + own * gap / gain
    return Economy(economy.names, economy.coefficients, 100 * final / final.sum(), economy.core)


def illustrative(core_share: float = 7.37) -> Economy:
    """The table of the chapter: fourteen industries, three of them digital, all coefficients assumed."""
    rows = [line.split() for line in _RECIPES.strip().splitlines()]
    numbers = np.array([[float(cell) for cell in row[1:]] for row in rows])
    return scaled(Economy([row[0] for row in rows], numbers[:, :-1] / 100, numbers[:, -1]), core_share)


def coarser(economy: Economy) -> dict[int, Economy]:
    """The table of the chapter with 14, 10 and 6 industries; with 6, electronics is part of manufacturing.

    Examples
    --------
    >>> [len(table.names) for table in coarser(illustrative()).values()]
    [14, 10, 6]
    """
    ten = economy.merged(
        {
            "food chain": ["farming", "food"],
            "bank and services": ["finance", "services"],
            "transport": ["ride-hailing", "transport"],
            "information": ["telecom", "software"],
        },
        core=["electronics", "information"],
    )
    six = ten.merged(
        {
            "manufacturing": ["materials", "machinery", "electronics"],
            "services": ["trade", "transport", "bank and services"],
        },
        core=["information"],
    )
    return {14: economy, 10: ten, 6: six}


def shaken(economy: Economy, spread: float, rng: np.random.Generator, core_share: float = 7.37) -> Economy:
    """Another economy of the same kind: every coefficient and final demand times a lognormal number.

    Parameters
    ----------
    economy : Economy
    spread : float
        Standard deviation of the logarithm; the factor's mean is one.
    rng : numpy.random.Generator
    core_share : float
        Per cent of GDP that the core earns, as in `scaled`. Inputs that reach 95 % of output are cut to that, and an
        economy in which no final demand gives the core that share is drawn again.

    Raises
    ------
    ValueError
        If 100 draws in a row fail.
    """
    spread = check.number("spread", spread, 0, 2)
    check.generator("rng", rng)

    def factor(*shape: int) -> Array:
        return rng.lognormal(-(spread**2) / 2, spread, shape)

    n = len(economy.names)
    for _ in range(100):
        a = economy.coefficients * factor(n, n)
        a = a * np.minimum(1, 0.95 / a.sum(axis=0))
        try:
            return scaled(Economy(economy.names, a, economy.final * factor(n), economy.core), core_share)
        except ValueError:
            continue
    raise ValueError(f"core_share: no economy of 100 draws has a core of {core_share:g} % of GDP")
