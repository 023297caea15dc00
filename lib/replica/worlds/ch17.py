"""The world of article 17: hospitals whose efficiency is known, and the costs of the diseases that one of them treats.

A hospital turns staff, equipment and drugs x into cases of low, middle and high weight q. With weighted cases
``Q = w' q``, their most productive size Q*, relative size ``z = Q / Q*`` and technical level ``A_t``, the technology is

    A_t * f(x) >= Q* * h(z),      f(x) = Q* * prod_i (x_i / x*_i)^a_i,  sum a = 1,      h(z) = c + (1 - 2c) z + c z^2.

It is convex, with increasing returns below z = 1 and decreasing returns above, so that all efficiencies are known::

    PTE = Q* h(z) / (A_t f(x)),      SE = z / h(z) = 1 / (1 + c (1 - z)^2 / z),      TE = PTE * SE = Q / (A_t f(x)).

Weights, elasticities, usual sizes and the curve are assumed; the article prints scores, costs and payments only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import norm, truncnorm

from replica import check

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
    trait : ndarray, shape (n,)
        A standard normal trait of each hospital, which waste may depend on.
    """

    inputs: np.ndarray
    cases: np.ndarray
    level: np.ndarray
    trait: np.ndarray

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
    se = check.number("scale_efficiency", scale_efficiency, 0.0, 1.0, open_low=True)
    b = 1 + (1 / se - 1) / (2 * CURVE)
    return b - np.sqrt(b * b - 1)


def mix_for(cmi: ArrayLike) -> np.ndarray:
    """Shares of low, middle and high cases, shape (..., 3), with the given case-mix index and the usual middle share.

    Raises
    ------
    ValueError
        If no such shares exist.
    """
    low, middle, high = WEIGHTS
    base, top = MIDDLE * middle + (1 - MIDDLE) * low, MIDDLE * middle + (1 - MIDDLE) * high
    part = (check.array("cmi", cmi, base, top) - MIDDLE * middle - (1 - MIDDLE) * low) / (high - low)
    return np.stack([1 - MIDDLE - part, np.full_like(part, MIDDLE), part], axis=-1)


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
    effect: float = 0.0,
    trait_with_size: float = 0.0,
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
        True scale efficiency of hospital 0 (it is below the best size); no `planted_te` exceeds it.
    national_cmi : float
        Mean case-mix index of the others.
    spread : float
        Scale of inefficiency: PTE = exp(-\\|N(0, spread)\\|), the normal with correlation 0.8 between adjacent years.
    mean_log_size : float
        Mean logarithm of relative size z; 0 puts the middle hospital at the most productive size.
    sizes, mixes : float
        Standard deviations of log size and of the log input mix.
    effect : float
        What one unit of the trait adds to the mean of waste before truncation: ``-ln PTE ~ N(effect * trait, spread)``,
        truncated at zero.
    trait_with_size : float
        Correlation of the trait with log size, in (-1, 1).

    Returns
    -------
    Hospitals

    Raises
    ------
    ValueError
        If an argument is out of its range, a planted sequence does not have the length of `level`, or hospital 0 would
        lie beyond its own frontier.
    """
    check.whole("n", n, 1)
    for name, value in (("spread", spread), ("sizes", sizes), ("mixes", mixes)):
        check.number(name, value, 0.0)
    check.number("trait_with_size", trait_with_size, -1.0, 1.0, open_low=True, open_high=True)
    if check.number("effect", effect) and not spread:
        raise ValueError("effect: with a spread of zero there is no waste that a trait could move")
    T = check.vector("level", level, np.finfo(float).tiny).size
    check.number("planted_se", planted_se, 0.0, 1.0, open_low=True)
    for name, given, top in (("planted_te", planted_te, planted_se), ("planted_cmi", planted_cmi, np.inf)):
        if given is not None and check.vector(name, given, np.finfo(float).tiny, top).size != T:
            raise ValueError(f"{name}: {len(given)} values for {T} years")
    generator = np.random.default_rng(seed)
    size = np.exp(generator.normal(mean_log_size, sizes, n + 1)) * np.exp(generator.normal(0.0, 0.02, (T, n + 1)))
    cmi = np.clip(generator.normal(national_cmi, 0.09, n + 1) + generator.normal(0, 0.01, (T, n + 1)), 0.8, 1.6)
    draw, waste = generator.normal(size=(T, n + 1)), np.empty((T, n + 1))
    waste[0] = draw[0]
    for t in range(1, T):
        waste[t] = 0.8 * waste[t - 1] + 0.6 * draw[t]
    own = np.random.default_rng([seed, 1]).standard_normal(n + 1)
    central = size[0] if not sizes else (np.log(size[0]) - mean_log_size) / np.hypot(sizes, 0.02)
    trait = trait_with_size * central + np.sqrt(1 - trait_with_size**2) * own
    pte = np.exp(-_waste(waste, effect * trait, spread) if effect else -spread * np.abs(waste))
    if planted_te is not None:
        size[:, 0] = size_for(planted_se)
        pte[:, 0] = np.asarray(planted_te) / planted_se
    if planted_cmi is not None:
        cmi[:, 0] = planted_cmi
    cases = (size * BEST_SIZE / cmi)[:, :, None] * mix_for(cmi)
    mix = generator.normal(0, mixes, (n + 1, 3))
    mix -= (mix @ SHARES)[:, None]
    means = size / scale(size) / pte / np.asarray(level)[:, None]
    return Hospitals(USUAL * np.exp(mix) * means[:, :, None], cases, np.asarray(level, dtype=float), trait)


def _waste(normals: np.ndarray, mean: np.ndarray, sd: float) -> np.ndarray:
    """Waste with the ranks of \\|normals\\|, normal around the means and truncated at zero."""
    return truncnorm.isf(2 * norm.sf(np.abs(normals)), -mean / sd, np.inf, loc=mean, scale=sd)


# --- costs by disease ------------------------------------------------------------------------------------------------
RATE = 50.0  # assumed: yuan of management and energy for an hour on the pathway
# The article's two groups: weight, drugs, consumables and payment as printed where it prints them; examinations and
# hours are assumed, so that direct costs and RATE times hours add up to the printed 66,300 and 2,000 yuan.
PRINTED_GROUPS = pd.DataFrame(
    {
        "weight": [1.45, 0.92], "cases": [300, 1300], "drugs": [9800.0, 1200.0], "consumables": [52_000.0, 100.0],
        "examinations": [1500.0, 200.0], "hours": [60.0, 10.0], "payment": [65_000.0, 2300.0],
    },
    pd.Index(["infarction", "pneumonia"], name="disease"),
)  # fmt: skip
DIRECT = ("drugs", "consumables", "examinations")


def diseases(groups: int = 20, *, seed: int, intensity: float = 0.5, base_rate: float = 8000.0) -> pd.DataFrame:
    """What a case costs in each disease group of one hospital: direct costs, pathway hours, and true use of overhead.

    Overhead (management and energy) is one sum for the hospital. An hour costs more in some groups than in others
    (monitoring, theatres); the true rates are log-normal, and their mean over all hours is `RATE`. Whoever divides the
    sum by hours finds `RATE` times hours in every group.

    Parameters
    ----------
    groups : int
        Disease groups, the article's two included.
    seed : int
    intensity : float
        Standard deviation of the logarithm of the true cost of an hour; at 0 hours are the right key.
    base_rate : float
        Payment for a case of weight 1 in the other groups, yuan; their direct costs are drawn around three quarters.

    Returns
    -------
    DataFrame
        One row a group: weight; cases a year; drugs, consumables, examinations, payment and (true) overhead, yuan a
        case; hours on the clinical pathway, a case.

    Raises
    ------
    ValueError
        If an argument is out of its range.
    """
    check.whole("groups", groups, 3)
    check.number("intensity", intensity, 0.0)
    check.positive("base_rate", base_rate)
    generator, others = np.random.default_rng(seed), groups - len(PRINTED_GROUPS)
    weight = np.exp(generator.normal(0.0, 0.5, others))
    direct = 0.75 * base_rate * weight * np.exp(generator.normal(0.0, 0.15, others))
    parts = generator.dirichlet([4.0, 4.0, 2.0], others) * direct[:, None]
    rest = pd.DataFrame(
        {"weight": weight, "cases": generator.poisson(600, others), **dict(zip(DIRECT, parts.T, strict=True))},
        pd.Index([f"group {k + 3}" for k in range(others)], name="disease"),
    ).assign(hours=25 * weight * np.exp(generator.normal(0.0, 0.3, others)), payment=base_rate * weight)
    table = pd.concat([PRINTED_GROUPS, rest])
    rate = np.exp(intensity * generator.standard_normal(groups))
    hours = table["cases"] * table["hours"]
    return table.assign(overhead=table["hours"] * RATE * rate * hours.sum() / (hours * rate).sum())
