"""Statistical quality control: sampling plans, control charts, capability, loss and the cost of quality.

Each method answers one question of a buyer. Take this lot or send it back (acceptance sampling)? Has the process moved
(control charts)? Can the process keep the tolerance at all (capability)? What does a deviation cost (Taguchi's loss),
and how much prevention is worth its price (prevention, appraisal, failure; Feigenbaum 1956)? Constants of the charts
are computed from the distribution of the range, not typed in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import integrate, optimize, special, stats

Array = NDArray[np.float64]


def _finite(
    name: str, value: ArrayLike, low: float = -np.inf, high: float = np.inf, *, open_low: bool = False
) -> Array:
    array = np.asarray(value, dtype=float)
    if array.size == 0 or not np.isfinite(array).all() or (array < low).any() or (array > high).any():
        raise ValueError(f"{name}: expected finite numbers in [{low:g}, {high:g}]")
    if open_low and (array == low).any():
        raise ValueError(f"{name}: expected numbers above {low:g}")
    return array


def _whole(name: str, value: object, low: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < low:
        raise ValueError(f"{name}: expected a whole number of at least {low}, got {value!r}")
    return int(value)


# Acceptance sampling -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AcceptancePlan:
    """Single sampling by attributes: inspect `n` units of a lot, accept it if at most `c` are defective.

    Attributes
    ----------
    n, c : int
        Sample size and acceptance number.
    lot : int or None
        Size of the lot; None means a lot so large that the binomial law holds (type B OC curve).

    Examples
    --------
    >>> plan = AcceptancePlan(89, 2)
    >>> plan.accept([0.01, 0.06]).round(3).tolist()
    [0.94, 0.092]
    """

    n: int
    c: int
    lot: int | None = None

    def __post_init__(self) -> None:
        _whole("n", self.n, 1)
        if _whole("c", self.c, 0) >= self.n:
            raise ValueError(f"c: expected less than n = {self.n}, got {self.c}")
        if self.lot is not None and _whole("lot", self.lot, 1) < self.n:
            raise ValueError(f"lot: expected at least n = {self.n}, got {self.lot}")

    def accept(self, p: ArrayLike) -> Array:
        """Probability of acceptance when the process makes a share `p` of defectives: the OC curve (binomial)."""
        return stats.binom.cdf(self.c, self.n, _finite("p", p, 0, 1))

    def accept_lot(self, defectives: ArrayLike) -> Array:
        """Probability of acceptance of a lot that holds so many defectives (hypergeometric, type A OC curve).

        Raises
        ------
        ValueError
            If the plan has no lot size or `defectives` is not between 0 and it.
        """
        if self.lot is None:
            raise ValueError("lot: the plan has no lot size")
        return stats.hypergeom.cdf(self.c, self.lot, _finite("defectives", defectives, 0, self.lot), self.n)

    def _size(self) -> int:
        if self.lot is None:
            raise ValueError("lot: the plan has no lot size")
        return self.lot

    def aoq(self, p: ArrayLike) -> Array:
        """Average outgoing quality, rejected lots being sorted and every defective found replaced."""
        lot, p = self._size(), _finite("p", p, 0, 1)
        return self.accept(p) * p * (lot - self.n) / lot

    def ati(self, p: ArrayLike) -> Array:
        """Average total inspection, units a lot: the sample, and the rest of every rejected lot."""
        lot = self._size()
        return self.n + (1 - self.accept(p)) * (lot - self.n)

    def aoql(self) -> float:
        """The largest average outgoing quality over all incoming qualities."""
        high = min(1.0, 20 * (self.c + 1) / self.n)
        grid = np.linspace(0, high, 401)
        best = grid[int(np.argmax(self.aoq(grid)))]
        found = optimize.minimize_scalar(
            lambda p: -float(self.aoq(p)),
            bounds=(max(best - high / 400, 0), min(best + high / 400, 1)),
            method="bounded",
            options={"xatol": 1e-10},
        )
        return float(-found.fun)


def design_plan(aql: float, alpha: float, ltpd: float, beta: float, largest: int = 5000) -> AcceptancePlan:
    """Smallest plan that keeps both risks (binomial): accept at `aql` with 1 - alpha, at `ltpd` with at most beta.

    For each acceptance number the consumer's risk asks for at least some n and the producer's risk for at most some n;
    the first acceptance number for which the two meet has the smallest sample.

    Parameters
    ----------
    aql, ltpd : float
        Share of defectives that is good enough, and that is to be refused; ``0 < aql < ltpd < 1``.
    alpha, beta : float
        Producer's and consumer's risk.
    largest : int
        Largest sample considered.

    Raises
    ------
    ValueError
        If the arguments are out of order, or no plan of at most `largest` units exists.

    Examples
    --------
    >>> design_plan(0.01, 0.05, 0.06, 0.10)
    AcceptancePlan(n=110, c=3, lot=None)
    """
    for name, value in (("aql", aql), ("alpha", alpha), ("ltpd", ltpd), ("beta", beta)):
        _finite(name, value, 0, 1, open_low=True)
    if not aql < ltpd < 1:
        raise ValueError(f"ltpd: expected more than aql = {aql:g} and less than 1, got {ltpd:g}")
    n = np.arange(1, _whole("largest", largest, 1) + 1)
    for c in range(largest):
        allowed = n[(n > c) & (stats.binom.cdf(c, n, ltpd) <= beta)]
        if allowed.size == 0:
            break
        if stats.binom.cdf(c, allowed[0], aql) >= 1 - alpha:
            return AcceptancePlan(int(allowed[0]), c)
    raise ValueError(f"largest: no plan of at most {largest} units keeps both risks")


def lot_cost(plan: AcceptancePlan | None, p: ArrayLike, lot: int, inspect: float, failure: float) -> Array:
    """Expected cost of one lot: inspection, and the failure of every defective that goes through.

    Rejected lots are sorted. ``plan=None`` accepts unseen; a plan with ``n == lot`` inspects all. With known `p` the
    best rule is one of these two, and the break-even is ``p = inspect / failure`` (Deming's kp rule); a sample can pay
    only when lots lie on both sides of it.

    Parameters
    ----------
    inspect, failure : float
        Cost of inspecting a unit, and of a defective that is not found.
    """
    p = _finite("p", p, 0, 1)
    k1, k2 = (float(_finite(name, value, 0)) for name, value in (("inspect", inspect), ("failure", failure)))
    if plan is None:
        return k2 * p * lot
    if plan.n >= lot:
        return np.full_like(p, k1 * lot)
    own = AcceptancePlan(plan.n, plan.c, lot)
    return k1 * own.ati(p) + k2 * lot * own.aoq(p)


# Control charts ------------------------------------------------------------------------------------------------------


def range_moments(n: int) -> tuple[float, float]:
    """Mean d2 and standard deviation d3 of the range of `n` standard normal values, by integration.

    ``E R = ∫ (1 - Φ(x)^n - (1 - Φ(x))^n) dx`` and ``P(R ≤ r) = n ∫ φ(x) (Φ(x + r) - Φ(x))^(n - 1) dx`` (Tippett 1925).

    Examples
    --------
    >>> [round(v, 3) for v in range_moments(5)]
    [2.326, 0.864]
    """
    n = _whole("n", n, 2)
    x = np.linspace(-9, 9, 1201)
    cdf, density = special.ndtr(x), np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    d2 = integrate.simpson(1 - cdf**n - special.ndtr(-x) ** n, x=x)
    r = np.linspace(0, 12, 601)
    inner = density[:, None] * (special.ndtr(x[:, None] + r) - cdf[:, None]) ** (n - 1)
    tail = 1 - n * integrate.simpson(inner, x=x, axis=0)
    second = 2 * integrate.simpson(r * tail, x=r)
    return float(d2), float(np.sqrt(second - d2**2))


@dataclass(frozen=True)
class Constants:
    """Factors of the X̄–R chart for subgroups of n: A2 = 3/(d2 √n), D3 = max(0, 1 - 3 d3/d2), D4 = 1 + 3 d3/d2."""

    n: int
    d2: float
    d3: float
    A2: float
    D3: float
    D4: float


def chart_constants(n: int) -> Constants:
    """Factors of the X̄–R chart, computed from the distribution of the range.

    Examples
    --------
    >>> c = chart_constants(5)
    >>> round(c.A2, 3), c.D3, round(c.D4, 3)
    (0.577, 0.0, 2.114)
    """
    d2, d3 = range_moments(n)
    return Constants(n, d2, d3, 3 / (d2 * n**0.5), max(0.0, 1 - 3 * d3 / d2), 1 + 3 * d3 / d2)


@dataclass(frozen=True)
class XbarR:
    """Limits of an X̄–R chart.

    Attributes
    ----------
    n : int
        Size of a subgroup.
    centre, mean_range, sigma : float
        Grand mean, mean range, and the standard deviation within subgroups that it implies.
    mean_limits, range_limits : tuple of float
        Lower and upper limit of each chart.
    """

    n: int
    centre: float
    mean_range: float
    sigma: float
    mean_limits: tuple[float, float]
    range_limits: tuple[float, float]

    @classmethod
    def fit(cls, groups: ArrayLike) -> XbarR:
        """Limits from subgroups, one a row."""
        x = _finite("groups", groups)
        if x.ndim != 2 or x.shape[0] < 2 or x.shape[1] < 2:
            raise ValueError(f"groups: expected at least 2 rows and 2 columns, got shape {x.shape}")
        k = chart_constants(x.shape[1])
        centre, mean_range = float(x.mean()), float(np.ptp(x, axis=1).mean())
        half = k.A2 * mean_range
        return cls(
            k.n,
            centre,
            mean_range,
            mean_range / k.d2,
            (centre - half, centre + half),
            (k.D3 * mean_range, k.D4 * mean_range),
        )

    def signals(self, groups: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Subgroups whose mean, and whose range, lies outside its limits."""
        x = _finite("groups", groups)
        mean, spread = x.mean(axis=-1), np.ptp(x, axis=-1)
        outside = [(v < lim[0]) | (v > lim[1]) for v, lim in ((mean, self.mean_limits), (spread, self.range_limits))]
        return outside[0], outside[1]


def shewhart_arl(shift: ArrayLike, n: int = 1, limit: float = 3.0) -> Array:
    """Average run length of an X̄ chart with known limits; `shift` of the mean in standard deviations of a unit.

    Examples
    --------
    >>> shewhart_arl([0, 1], 5).round(1).tolist()
    [370.4, 4.5]
    """
    drift = _finite("shift", shift) * np.sqrt(_whole("n", n, 1))
    width = float(_finite("limit", limit, 0, open_low=True))
    return 1 / (special.ndtr(-width - drift) + special.ndtr(-width + drift))


@dataclass(frozen=True)
class PChart:
    """Three-sigma p chart for samples of n at the share p0: signals at counts below `low` or above `high`."""

    p0: float
    n: int

    def __post_init__(self) -> None:
        _finite("p0", self.p0, 0, 1, open_low=True)
        _whole("n", self.n, 1)

    @property
    def limits(self) -> tuple[float, float]:
        half = 3 * np.sqrt(self.p0 * (1 - self.p0) / self.n)
        return max(0.0, self.p0 - half), min(1.0, self.p0 + half)

    def arl(self, p: ArrayLike) -> Array:
        """Average run length at the true share `p`, exact (binomial)."""
        p = _finite("p", p, 0, 1)
        low, high = (self.n * limit for limit in self.limits)
        below = stats.binom.cdf(np.ceil(low - 1e-9) - 1, self.n, p)
        above = stats.binom.sf(np.floor(high + 1e-9), self.n, p)
        with np.errstate(divide="ignore"):
            return 1 / (below + above)


def ewma_arl(weight: float, limit: float, shift: ArrayLike = 0.0, states: int = 201) -> Array:
    """Zero-state average run length of a two-sided EWMA chart with asymptotic limits (Lucas & Saccucci 1990).

    ``z_t = λ x_t + (1 - λ) z_(t-1)``; signal when ``|z_t| > L sqrt(λ / (2 - λ))``. The interval between the limits is
    cut into `states` cells, and the chart becomes a Markov chain (Brook & Evans 1972): ARL = e_0' (I - Q)^(-1) 1.

    Parameters
    ----------
    weight, limit : float
        λ in (0, 1] and L, in standard deviations of z.
    shift : array_like
        Shift of the mean in standard deviations of the plotted statistic.
    states : int
        Odd number of cells.

    Examples
    --------
    >>> ewma_arl(0.2, 2.962, [0.0, 1.0]).round(1).tolist()
    [499.5, 10.5]
    """
    lam = float(_finite("weight", weight, 0, 1, open_low=True))
    half = float(_finite("limit", limit, 0, open_low=True)) * np.sqrt(lam / (2 - lam))
    if _whole("states", states, 3) % 2 == 0:
        raise ValueError(f"states: expected an odd number, got {states}")
    width = 2 * half / states
    centre = -half + width * (np.arange(states) + 0.5)
    low = (centre[None, :] - width / 2 - (1 - lam) * centre[:, None]) / lam
    high = low + width / lam
    found = []
    for d in np.atleast_1d(_finite("shift", shift)):
        moves = special.ndtr(high - d) - special.ndtr(low - d)
        found.append(np.linalg.solve(np.eye(states) - moves, np.ones(states))[states // 2])
    return np.reshape(found, np.shape(shift))


def ewma_limit(weight: float, arl: float) -> float:
    """The L that gives an EWMA chart the in-control average run length `arl`.

    Examples
    --------
    >>> round(ewma_limit(0.2, 500), 2)
    2.96
    """
    _finite("arl", arl, 2)
    return float(optimize.brentq(lambda k: float(ewma_arl(weight, k, states=101)) - arl, 0.2, 6.0, xtol=1e-6))


def nested_deviations(y: ArrayLike) -> tuple[float, float, float]:
    """Standard deviations between lots, between wafers of a lot, and between sites of a wafer (balanced, nested).

    Analysis of variance: ``E MS_site = σ_s²``, ``E MS_wafer = σ_s² + m σ_w²``, ``E MS_lot = σ_s² + m σ_w² + k m σ_l²``
    for k wafers of m sites. A negative estimate becomes zero.

    Parameters
    ----------
    y : array_like, shape (lots, wafers, sites)
    """
    x = _finite("y", y)
    if x.ndim != 3 or min(x.shape) < 2:
        raise ValueError(f"y: expected shape (lots, wafers, sites), each at least 2, got {x.shape}")
    lots, k, m = x.shape
    wafer, lot = x.mean(axis=2), x.mean(axis=(1, 2))
    ms_site = ((x - wafer[..., None]) ** 2).sum() / (lots * k * (m - 1))
    ms_wafer = m * ((wafer - lot[:, None]) ** 2).sum() / (lots * (k - 1))
    ms_lot = k * m * lot.var(ddof=1)
    parts = [(ms_lot - ms_wafer) / (k * m), (ms_wafer - ms_site) / m, ms_site]
    return tuple(float(np.sqrt(max(v, 0.0))) for v in parts)  # type: ignore[return-value]


# Capability, loss, cost ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Capability:
    """Cp and Cpk of a stable, normal process with their confidence intervals, and the share out of tolerance."""

    cp: float
    cp_interval: tuple[float, float]
    cpk: float
    cpk_interval: tuple[float, float]
    nonconforming: float


def capability(x: ArrayLike, lower: float, upper: float, level: float = 0.95) -> Capability:
    """Process capability against two tolerance limits.

    Cp = (U - L)/(6 s), with the exact chi-square interval; Cpk = min(U - x̄, x̄ - L)/(3 s), with the normal
    approximation of Bissell (1990), ``Cpk (1 ± z sqrt(1/(9 n Cpk²) + 1/(2 (n - 1))))``. Both assume a process that is
    stable and normal.

    Raises
    ------
    ValueError
        If `x` has fewer than 3 values or no spread, or ``lower >= upper``.
    """
    x = _finite("x", x)
    if x.ndim != 1 or x.size < 3 or np.ptp(x) == 0:
        raise ValueError("x: expected at least 3 values that are not all the same")
    if not lower < upper:
        raise ValueError(f"upper: expected more than lower = {lower!r}, got {upper!r}")
    level = float(_finite("level", level, 0, 1))
    n, mean, s = x.size, x.mean(), x.std(ddof=1)
    cp, cpk = (upper - lower) / (6 * s), min(upper - mean, mean - lower) / (3 * s)
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    cp_low, cp_high = cp * np.sqrt(stats.chi2.ppf(tails, n - 1) / (n - 1))
    half = stats.norm.ppf(tails[1]) * np.sqrt(1 / (9 * n) + cpk**2 / (2 * (n - 1)))
    outside = special.ndtr((lower - mean) / s) + special.ndtr((mean - upper) / s)
    return Capability(float(cp), (float(cp_low), float(cp_high)), float(cpk), (cpk - half, cpk + half), float(outside))


def taguchi_loss(mean: ArrayLike, sd: ArrayLike, target: float, tolerance: float, cost: float) -> Array:
    """Quadratic loss expected a unit, ``cost / tolerance² · (sd² + (mean - target)²)``; `cost`: loss at the limit.

    Examples
    --------
    >>> taguchi_loss([0, 1], [1, 0], 0, 3, 9).tolist()
    [1.0, 1.0]
    """
    if not tolerance > 0:
        raise ValueError(f"tolerance: expected more than 0, got {tolerance!r}")
    return (
        float(_finite("cost", cost, 0))
        / tolerance**2
        * (_finite("sd", sd, 0) ** 2 + (_finite("mean", mean) - target) ** 2)
    )


def failure_cost(escape: ArrayLike, internal: ArrayLike, external: ArrayLike) -> Array:
    """Cost of one defective: found inside with probability 1 - escape, else found by the customer."""
    share = _finite("escape", escape, 0, 1)
    return (1 - share) * _finite("internal", internal, 0) + share * _finite("external", external, 0)


def defect_share(prevention: ArrayLike, start: ArrayLike, speed: ArrayLike) -> Array:
    """Share of defectives after prevention spending x a unit, with diminishing returns: ``start · exp(-speed x)``."""
    return _finite("start", start, 0, 1) * np.exp(-_finite("speed", speed, 0) * _finite("prevention", prevention, 0))


def quality_cost(prevention: ArrayLike, appraisal: ArrayLike, start: ArrayLike, speed: ArrayLike, failure: ArrayLike):
    """Cost of quality a unit: prevention + appraisal + share of defectives times `failure`, the cost of one."""
    defects = defect_share(prevention, start, speed)
    return np.asarray(prevention, float) + _finite("appraisal", appraisal, 0) + defects * _finite("failure", failure, 0)


def economic_prevention(start: ArrayLike, speed: ArrayLike, failure: ArrayLike) -> Array:
    """Prevention that makes the cost of quality smallest: ``max(0, ln(speed · start · failure) / speed)``.

    The economic level of defectives is then ``1 / (speed · failure)``: it is not zero (Juran's economic quality level),
    and no prevention pays where ``speed · start · failure <= 1``.

    Examples
    --------
    >>> x = economic_prevention(0.05, 2.0, 100.0)
    >>> round(float(x), 3), round(float(defect_share(x, 0.05, 2.0)), 4)
    (1.151, 0.005)
    """
    k = _finite("speed", speed, 0, open_low=True)
    gain = k * _finite("start", start, 0, 1) * _finite("failure", failure, 0)
    return np.log(np.maximum(gain, 1.0)) / k
