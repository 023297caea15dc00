"""Hospitals whose efficiency is known: a technology in closed form, and a panel drawn from it.

A hospital turns staff, equipment and drugs x into cases of low, middle and high weight q. With weighted cases
``Q = w' q``, their most productive size Q*, relative size ``z = Q / Q*`` and technical level ``A_t``, the technology is

    A_t * f(x) >= Q* * h(z),      f(x) = Q* * prod_i (x_i / x*_i)^a_i,  sum a = 1,      h(z) = c + (1 - 2c) z + c z^2.

It is convex, with increasing returns below z = 1 and decreasing returns above, so that all efficiencies are known:

    PTE = Q* h(z) / (A_t f(x)),      SE = z / h(z) = 1 / (1 + c (1 - z)^2 / z),      TE = PTE * SE = Q / (A_t f(x)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

WEIGHTS = np.array([0.6, 1.0, 2.2])  # DRG weight of a case of low, middle, high severity
MIDDLE = 0.3  # mean share of cases of middle weight
SHARES = np.array([0.45, 0.20, 0.35])  # a: elasticities of staff, equipment, drugs
USUAL = np.array([2000.0, 800.0, 500.0])  # x*: persons, million yuan, million yuan, at the most productive size
BEST_SIZE = 100_000.0  # Q*, weighted cases a year
CURVE = 0.15  # c: how fast average cost rises away from Q*
INPUTS = ("staff", "equipment", "drugs")
OUTPUTS = ("low", "middle", "high")


@dataclass(frozen=True)
class Hospitals:
    """A balanced panel of T years and n hospitals; hospital 0 is the planted one.

    Attributes
    ----------
    inputs : ndarray, shape (T, n, 3)
        Staff (persons), equipment and drugs (million yuan).
    cases : ndarray, shape (T, n, 3)
        Cases of low, middle and high weight.
    level : ndarray, shape (T,)
        Technical level A_t.
    """

    inputs: np.ndarray
    cases: np.ndarray
    level: np.ndarray

    @property
    def cmi(self) -> np.ndarray:
        """Case-mix index, shape (T, n): mean weight of a case."""
        return self.cases @ WEIGHTS / self.cases.sum(axis=2)

    @property
    def groups(self) -> np.ndarray:
        """Number of DRG groups in use, shape (T, n): rises with the number of cases and levels off at 600."""
        return np.round(600 * (1 - np.exp(-self.cases.sum(axis=2) / 40_000)))

    @property
    def indicators(self) -> np.ndarray:
        """The outputs that the article lists, shape (T, n, 3): groups, cases, case-mix index."""
        return np.stack([self.groups, self.cases.sum(axis=2), self.cmi], axis=2)

    def truth(self, year: int) -> pd.DataFrame:
        """True TE, PTE, SE and kind of returns of every hospital in one year."""
        size = self.cases[year] @ WEIGHTS / BEST_SIZE
        means = np.prod((self.inputs[year] / USUAL) ** SHARES, axis=1) * self.level[year]
        te, se = size / means, scale(size)
        kind = np.where(size < 1, "increasing", "decreasing")
        return pd.DataFrame({"TE": te, "PTE": te / se, "SE": se, "returns": kind})


def scale(size: np.ndarray) -> np.ndarray:
    """True scale efficiency at relative size z."""
    return 1 / (1 + CURVE * (1 - size) ** 2 / size)


def size_for(scale_efficiency: float) -> float:
    """The size z below 1 at which scale efficiency has the given value.

    >>> round(float(scale(size_for(0.93))), 6)
    0.93
    """
    if not 0 < scale_efficiency <= 1:
        raise ValueError(f"scale_efficiency: between 0 and 1, got {scale_efficiency}")
    b = 1 + (1 / scale_efficiency - 1) / (2 * CURVE)
    return b - np.sqrt(b * b - 1)


def mix_for(cmi: np.ndarray) -> np.ndarray:
    """Shares of low, middle and high cases, shape (..., 3), with the given case-mix index and the usual middle share.

    Raises
    ------
    ValueError
        If no such shares exist.
    """
    high = (np.asarray(cmi, dtype=float) - MIDDLE * WEIGHTS[1] - (1 - MIDDLE) * WEIGHTS[0]) / (WEIGHTS[2] - WEIGHTS[0])
    if np.any(high < 0) or np.any(high > 1 - MIDDLE):
        raise ValueError("cmi: out of the range that the three weights allow")
    return np.stack([1 - MIDDLE - high, np.full_like(high, MIDDLE), high], axis=-1)


def hospitals(
    n: int = 200,
    *,
    seed: int,
    level: tuple[float, ...] = (1.0,),
    planted_te: tuple[float, ...] | None = None,
    planted_se: float = 0.93,
    planted_cmi: tuple[float, ...] | None = None,
    national_cmi: float = 1.144,
    spread: float = 0.2,
    mean_log_size: float = -0.15,
    sizes: float = 0.45,
    mixes: float = 0.15,
) -> Hospitals:
    """Draw a panel of `n` hospitals, with one more in front whose efficiencies are planted.

    Parameters
    ----------
    n : int
        Hospitals beside the planted one.
    seed : int
    level : tuple of float, length T
        Technical level A_t of each year.
    planted_te, planted_cmi : tuple of float, length T, optional
        True technical efficiency and case-mix index of hospital 0; if omitted it is drawn like the others.
    planted_se : float
        True scale efficiency of hospital 0 (it is below the best size).
    national_cmi : float
        Mean case-mix index of the others.
    spread : float
        Scale of inefficiency: PTE = exp(-\\|N(0, spread)\\|), with correlation 0.8 between adjacent years.
    mean_log_size : float
        Mean logarithm of relative size z; 0 puts the middle hospital at the most productive size.
    sizes, mixes : float
        Standard deviations of log size and of the log input mix.

    Returns
    -------
    Hospitals

    Raises
    ------
    ValueError
        If `n` < 1, a scale is negative, or the planted sequences do not have the length of `level`.
    """
    if n < 1 or min(spread, sizes, mixes) < 0:
        raise ValueError("n, spread, sizes, mixes: n must be at least 1 and scales not negative")
    T = len(level)
    for name, given in (("planted_te", planted_te), ("planted_cmi", planted_cmi)):
        if given is not None and len(given) != T:
            raise ValueError(f"{name}: {len(given)} values for {T} years")
    generator = np.random.default_rng(seed)
    size = np.exp(generator.normal(mean_log_size, sizes, n + 1)) * np.exp(generator.normal(0.0, 0.02, (T, n + 1)))
    cmi = np.clip(generator.normal(national_cmi, 0.09, n + 1) + generator.normal(0, 0.01, (T, n + 1)), 0.8, 1.6)
    draw, waste = generator.normal(size=(T, n + 1)), np.empty((T, n + 1))
    waste[0] = draw[0]
    for t in range(1, T):
        waste[t] = 0.8 * waste[t - 1] + 0.6 * draw[t]
    pte = np.exp(-spread * np.abs(waste))
    if planted_te is not None:
        size[:, 0] = size_for(planted_se)
        pte[:, 0] = np.asarray(planted_te) / planted_se
    if planted_cmi is not None:
        cmi[:, 0] = planted_cmi
    cases = (size * BEST_SIZE / cmi)[:, :, None] * mix_for(cmi)
    mix = generator.normal(0, mixes, (n + 1, 3))
    mix -= (mix @ SHARES)[:, None]
    means = size / scale(size) / pte / np.asarray(level)[:, None]
    return Hospitals(USUAL * np.exp(mix) * means[:, :, None], cases, np.asarray(level, dtype=float))
