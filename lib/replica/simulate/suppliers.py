"""A panel of suppliers over years: how good each one is, what is seen of it, and what a programme changes.

The log of the share of defectives of supplier i in year t is

    log p_it = level + a_i + trend t + u_it + effect_(t - start) d_i,      u_it = ρ u_(i,t-1) + noise,

and what the buyer sees is a count of defectives among the parts inspected in that year. Two panels with the same seed
share all luck, so that the panel without a programme is the true counterfactual of the one with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import poisson

Array = NDArray[np.float64]
CHOICES = ("random", "worst", "best", "lottery")


@dataclass(frozen=True)
class SupplierPanel:
    """Simulated suppliers.

    Attributes
    ----------
    share : array, shape (suppliers, years)
        True share of defectives.
    without : array, shape (suppliers, years)
        The same, had nobody been developed.
    counts : array of int, shape (suppliers, years)
        Defectives found among `inspected` parts.
    inspected : int
    developed, eligible : array of bool, shape (suppliers,)
        In the programme, and considered for it (all, but for the lottery).
    start : int
        Index of the first year of the programme.
    effect : array, shape (years,)
        Planted effect on log p of a developed supplier.
    """

    share: Array
    without: Array
    counts: NDArray[np.int64]
    inspected: int
    developed: NDArray[np.bool_]
    eligible: NDArray[np.bool_]
    start: int
    effect: Array

    @property
    def score(self) -> Array:
        """What the buyer sees: ``log((count + 1/2) / (inspected + 1))``, higher is worse."""
        return np.log((self.counts + 0.5) / (self.inspected + 1))

    @property
    def planted(self) -> float:
        """Mean planted effect over the years from the start on."""
        return float(self.effect[self.start :].mean())


def supplier_panel(
    suppliers: int = 200,
    years: int = 10,
    *,
    start: int = 4,
    effect: float = -0.4,
    ramp: int = 3,
    developed: int = 40,
    choice: str = "random",
    level: float = np.log(0.02),
    spread: float = 0.5,
    trend: float = -0.02,
    luck: float = 0.4,
    persistence: float = 0.3,
    inspected: int = 1000,
    seed: int = 1,
) -> SupplierPanel:
    """Draw a panel.

    Parameters
    ----------
    suppliers, years : int
    start : int
        Index of the first year of the programme.
    effect, ramp : float, int
        Final effect on log p, reached in equal steps over `ramp` years.
    developed : int
        Number of suppliers in the programme.
    choice : {"random", "worst", "best", "lottery"}
        Drawn at random; the highest or lowest score in the year before the start; or drawn by lot among twice as many
        of the worst.
    level, spread : float
        Mean of log p, and standard deviation of the lasting differences a_i.
    trend : float
        Change of log p a year that everybody shares.
    luck, persistence : float
        Standard deviation of u, and its correlation from year to year.
    inspected : int
        Parts inspected a supplier and year.
    seed : int

    Raises
    ------
    ValueError
        If a count is out of order, `choice` is unknown or a standard deviation is negative.
    """
    for name, value, low in (
        ("suppliers", suppliers, 4),
        ("years", years, 2),
        ("ramp", ramp, 1),
        ("inspected", inspected, 1),
    ):
        if isinstance(value, bool) or int(value) != value or value < low:
            raise ValueError(f"{name}: expected a whole number of at least {low}, got {value!r}")
    if not 1 <= start < years:
        raise ValueError(f"start: expected 1 to {years - 1}, got {start!r}")
    if choice not in CHOICES:
        raise ValueError(f"choice: expected one of {', '.join(CHOICES)}, got {choice!r}")
    most = suppliers // 2 if choice == "lottery" else suppliers - 2
    if not 2 <= developed <= most:
        raise ValueError(f"developed: expected 2 to {most}, got {developed!r}")
    if spread < 0 or luck < 0:
        raise ValueError(f"{'spread' if spread < 0 else 'luck'}: expected at least 0")
    if not -1 < persistence < 1:
        raise ValueError(f"persistence: expected a number in (-1, 1), got {persistence!r}")
    rng = np.random.default_rng(seed)
    lasting, noise = spread * rng.standard_normal(suppliers), rng.standard_normal((suppliers, years))
    uniform, order = rng.random((suppliers, years)), rng.random(suppliers)
    u = noise.copy()
    for t in range(1, years):
        u[:, t] = persistence * u[:, t - 1] + np.sqrt(1 - persistence**2) * noise[:, t]
    base = level + lasting[:, None] + trend * np.arange(years) + luck * u
    without = np.minimum(np.exp(base), 0.95)
    path = np.where(np.arange(years) < start, 0.0, effect * np.clip((np.arange(years) - start + 1) / ramp, 0, 1))
    last = slice(start - 1, start)
    seen = _count(without[:, last], inspected, uniform[:, last])[:, 0] + 1e-6 * order
    key = {"random": order, "worst": -seen, "best": seen, "lottery": -seen}[choice]
    first = np.argsort(key, kind="stable")[: 2 * developed if choice == "lottery" else developed]
    chosen, eligible = np.zeros(suppliers, dtype=bool), np.full(suppliers, choice != "lottery")
    eligible[first] = True
    chosen[first[np.argsort(order[first], kind="stable")[:developed]]] = True
    share = np.minimum(np.exp(base + chosen[:, None] * path), 0.95)
    return SupplierPanel(share, without, _count(share, inspected, uniform), inspected, chosen, eligible, start, path)


def _count(share: Array, inspected: int, uniform: Array) -> NDArray[np.int64]:
    """Poisson counts from fixed uniforms, so that the same luck meets another share."""
    return np.minimum(poisson.ppf(uniform, share * inspected), inspected).astype(np.int64)


def tender(
    suppliers: int,
    weights: Array,
    draws: int,
    rng: np.random.Generator,
    *,
    common: float = 0.2,
    noise: float | Array = 0.5,
) -> tuple[Array, Array]:
    """What is seen of suppliers that answer a call, and what they are worth, many times over.

    Parameters
    ----------
    suppliers, draws : int
    weights : array, shape (criteria,)
        True weights, summing to one.
    common : float
        Correlation between the criteria of one supplier, from 0 up to below 1.
    noise : float or array, shape (criteria,)
        Standard deviation of the error of observation; criteria themselves have standard deviation 1.

    Returns
    -------
    seen : array, shape (draws, suppliers, criteria)
    value : array, shape (draws, suppliers)
        True criteria times true weights.
    """
    w = np.asarray(weights, dtype=float)
    if w.ndim != 1 or (w < 0).any() or not np.isclose(w.sum(), 1):
        raise ValueError("weights: expected a vector of numbers of zero or more that sum to one")
    if suppliers < 2 or draws < 1:
        raise ValueError("suppliers: expected at least 2, and one draw")
    error = np.broadcast_to(np.asarray(noise, dtype=float), w.shape)
    if not 0 <= common < 1 or not np.isfinite(error).all() or (error < 0).any():
        raise ValueError("noise: expected errors of zero or more, and a correlation in [0, 1)")
    shared = rng.standard_normal((draws, suppliers, 1))
    true = np.sqrt(common) * shared + np.sqrt(1 - common) * rng.standard_normal((draws, suppliers, w.size))
    return true + error * rng.standard_normal(true.shape), true @ w


def choice_quality(value: Array, score: Array) -> tuple[float, float]:
    """Share of draws in which the highest score is the highest value, and the mean value lost.

    Parameters
    ----------
    value, score : array, shape (draws, suppliers)
    """
    v, s = np.asarray(value, dtype=float), np.asarray(score, dtype=float)
    if v.ndim != 2 or v.shape != s.shape:
        raise ValueError(f"score: expected the shape of value, {v.shape}, got {s.shape}")
    got = np.take_along_axis(v, s.argmax(axis=1)[:, None], axis=1)[:, 0]
    lost = v.max(axis=1) - got
    return float((lost == 0).mean()), float(lost.mean())
