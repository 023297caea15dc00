"""Statistical quality control: sampling plans, control charts, and capability.

Each method answers one question of a buyer. Take this lot or send it back (acceptance sampling)? Has the process moved
(control charts)? Can the process keep the tolerance at all (capability)? Constants of the charts are computed from the
distribution of the range, not typed in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import integrate, optimize, stats
from scipy.special import ndtr

from replica import check

Array = NDArray[np.float64]


@dataclass(frozen=True)
class AcceptancePlan:
    """Single sampling by attributes: inspect `n` units of a lot, accept it if at most `c` are defective.

    Attributes
    ----------
    n, c : int
        Sample size and acceptance number.
    lot : int or None
        Size of the lot, which `aoq` and `ati` ask for.

    Examples
    --------
    >>> AcceptancePlan(89, 2).accept([0.01, 0.06]).round(3).tolist()
    [0.94, 0.092]
    """

    n: int
    c: int
    lot: int | None = None

    def __post_init__(self) -> None:
        check.whole("c", self.c, 0, check.whole("n", self.n, 1) - 1)
        if self.lot is not None:
            check.whole("lot", self.lot, self.n)

    def accept(self, p: ArrayLike) -> Array:
        """Probability of acceptance when the process makes a share `p` of defectives: the OC curve (binomial)."""
        return stats.binom.cdf(self.c, self.n, check.array("p", p, 0.0, 1.0))

    def aoq(self, p: ArrayLike) -> Array:
        """Average outgoing quality, rejected lots being sorted and every defective found replaced."""
        lot = check.whole("lot", self.lot, self.n)
        return self.accept(p) * np.asarray(p) * (lot - self.n) / lot

    def ati(self, p: ArrayLike) -> Array:
        """Average total inspection, units a lot: the sample, and the rest of every rejected lot."""
        return self.n + (1 - self.accept(p)) * (check.whole("lot", self.lot, self.n) - self.n)


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
        Largest sample considered; a ValueError says where no plan up to it exists.

    Examples
    --------
    >>> design_plan(0.01, 0.05, 0.06, 0.10)
    AcceptancePlan(n=110, c=3, lot=None)
    """
    for name, value in (("aql", aql), ("alpha", alpha), ("beta", beta)):
        check.number(name, value, 0.0, 1.0, open_low=True, open_high=True)
    check.number("ltpd", ltpd, aql, 1.0, open_low=True, open_high=True)
    n = np.arange(1, check.whole("largest", largest, 1) + 1)
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

    Examples
    --------
    >>> float(lot_cost(AcceptancePlan(100, 0), 0.02, 100, inspect=1.5, failure=60.0))
    150.0
    """
    p, k1, k2 = (
        check.array("p", p, 0.0, 1.0),
        check.number("inspect", inspect, 0.0),
        check.number("failure", failure, 0),
    )
    if plan is None:
        return k2 * p * check.whole("lot", lot, 1)
    own = AcceptancePlan(plan.n, plan.c, lot)
    return k1 * own.ati(p) + k2 * lot * own.aoq(p)


def range_moments(n: int) -> tuple[float, float]:
    """Mean d2 and standard deviation d3 of the range of `n` standard normal values, by integration.

    ``E R = ∫ (1 - Φ(x)^n - (1 - Φ(x))^n) dx`` and ``P(R ≤ r) = n ∫ φ(x) (Φ(x + r) - Φ(x))^(n - 1) dx`` (Tippett 1925).

    Examples
    --------
    >>> [round(v, 3) for v in range_moments(5)]
    [2.326, 0.864]
    """
    check.whole("n", n, 2)
    x, r = np.linspace(-9, 9, 1201), np.linspace(0, 12, 601)
    d2 = integrate.simpson(1 - ndtr(x) ** n - ndtr(-x) ** n, x=x)
    inner = stats.norm.pdf(x)[:, None] * (ndtr(x[:, None] + r) - ndtr(x)[:, None]) ** (n - 1)
    second = 2 * integrate.simpson(r * (1 - n * integrate.simpson(inner, x=x, axis=0)), x=r)
    return float(d2), float(np.sqrt(second - d2**2))


@dataclass(frozen=True)
class XbarR:
    """An X̄–R chart for subgroups of n with ``A2 = 3/(d2 √n)``, ``D3 = max(0, 1 - 3 d3/d2)``, ``D4 = 1 + 3 d3/d2``.

    Attributes
    ----------
    centre, mean_range : float
        Grand mean and mean range.
    n : int

    Examples
    --------
    >>> chart = XbarR(centre=10.0, mean_range=2.326, n=5)
    >>> [round(end, 2) for end in chart.mean_limits], round(chart.sigma, 3)
    ([8.66, 11.34], 1.0)
    """

    centre: float
    mean_range: float
    n: int

    @classmethod
    def fit(cls, groups: ArrayLike) -> XbarR:
        """The chart of subgroups, one a row; at least two of them, of at least two values."""
        x = check.matrix("groups", groups)
        if min(x.shape) < 2:
            raise ValueError(f"groups: expected at least 2 rows and 2 columns, got shape {x.shape}")
        return cls(float(x.mean()), float(np.ptp(x, axis=1).mean()), x.shape[1])

    @property
    def factors(self) -> tuple[float, float, float]:
        """A2, D3 and D4."""
        d2, d3 = range_moments(self.n)
        return 3 / (d2 * self.n**0.5), max(0.0, 1 - 3 * d3 / d2), 1 + 3 * d3 / d2

    @property
    def sigma(self) -> float:
        """Standard deviation within subgroups."""
        return self.mean_range / range_moments(self.n)[0]

    @property
    def mean_limits(self) -> tuple[float, float]:
        """Lower and upper limit of subgroup means."""
        half = self.factors[0] * self.mean_range
        return self.centre - half, self.centre + half

    @property
    def range_limits(self) -> tuple[float, float]:
        """Lower and upper limit of subgroup ranges."""
        return self.factors[1] * self.mean_range, self.factors[2] * self.mean_range

    def signals(self, groups: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Subgroups whose mean, and whose range, lies outside its limits."""
        x = check.array("groups", groups, shape=(None, self.n))
        seen = ((x.mean(axis=1), self.mean_limits), (np.ptp(x, axis=1), self.range_limits))
        means, ranges = ((values < low) | (values > high) for values, (low, high) in seen)
        return means, ranges


def shewhart_arl(shift: ArrayLike, n: int = 1, limit: float = 3.0) -> Array:
    """Average run length of an X̄ chart with known limits; `shift` of the mean in standard deviations of a unit.

    Examples
    --------
    >>> shewhart_arl([0, 1], 5).round(1).tolist()
    [370.4, 4.5]
    """
    drift, width = check.array("shift", shift) * np.sqrt(check.whole("n", n, 1)), check.positive("limit", limit)
    return 1 / (ndtr(-width - drift) + ndtr(-width + drift))


@dataclass(frozen=True)
class PChart:
    """Three-sigma p chart for samples of n at the share p0: signals at counts below or above its limits.

    Examples
    --------
    >>> [round(end, 3) for end in PChart(0.1, 100).limits], round(float(PChart(0.1, 100).arl(0.2)), 2)
    ([0.01, 0.19], 1.85)
    """

    p0: float
    n: int

    def __post_init__(self) -> None:
        check.number("p0", self.p0, 0.0, 1.0, open_low=True, open_high=True)
        check.whole("n", self.n, 1)

    @property
    def limits(self) -> tuple[float, float]:
        """Lowest and highest share that is no signal."""
        half = 3 * (self.p0 * (1 - self.p0) / self.n) ** 0.5
        return max(0.0, self.p0 - half), min(1.0, self.p0 + half)

    def arl(self, p: ArrayLike) -> Array:
        """Average run length at the true share `p`, exact (binomial); infinite where no count is a signal."""
        p = check.array("p", p, 0.0, 1.0)
        low, high = (self.n * limit for limit in self.limits)
        signal = stats.binom.cdf(np.ceil(low - 1e-9) - 1, self.n, p) + stats.binom.sf(np.floor(high + 1e-9), self.n, p)
        return np.divide(1.0, signal, out=np.full(np.shape(signal), np.inf), where=np.asarray(signal) > 0)


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
    lam = check.number("weight", weight, 0.0, 1.0, open_low=True)
    half = check.positive("limit", limit) * np.sqrt(lam / (2 - lam))
    if check.whole("states", states, 3) % 2 == 0:
        raise ValueError(f"states: expected an odd number, got {states}")
    width = 2 * half / states
    centre = -half + width * (np.arange(states) + 0.5)
    low = (centre[None, :] - width / 2 - (1 - lam) * centre[:, None]) / lam
    high, shift, found = low + width / lam, check.array("shift", shift), []
    for d in shift.ravel():
        moves = ndtr(high - d) - ndtr(low - d)
        found.append(np.linalg.solve(np.eye(states) - moves, np.ones(states))[states // 2])
    return np.reshape(found, shift.shape)


def ewma_limit(weight: float, arl: float) -> float:
    """The L, between 0.2 and 6, that gives an EWMA chart the in-control average run length `arl`.

    Examples
    --------
    >>> round(ewma_limit(0.2, 500), 2)
    2.96
    """
    check.number("arl", arl, 2.0)
    ends = [float(ewma_arl(weight, limit, states=101)) for limit in (0.2, 6.0)]
    if not ends[0] <= arl <= ends[1]:
        raise ValueError(f"arl: expected a number from {ends[0]:.3g} to {ends[1]:.3g}, got {arl:g}")
    return float(optimize.brentq(lambda limit: float(ewma_arl(weight, limit, states=101)) - arl, 0.2, 6.0, xtol=1e-6))


def nested_deviations(y: ArrayLike) -> tuple[float, float, float]:
    """Standard deviations between lots, between wafers of a lot, and between sites of a wafer (balanced, nested).

    Analysis of variance: ``E MS_site = σ_s²``, ``E MS_wafer = σ_s² + m σ_w²``, ``E MS_lot = σ_s² + m σ_w² + k m σ_l²``
    for k wafers of m sites. A negative estimate becomes zero.

    Parameters
    ----------
    y : array_like, shape (lots, wafers, sites)
        At least 2 of each.

    Examples
    --------
    >>> nested_deviations([[[0, 0], [0, 0]], [[3, 3], [3, 3]]])[1:]
    (0.0, 0.0)
    """
    x = check.array("y", y, shape=(None, None, None))
    if min(x.shape) < 2:
        raise ValueError(f"y: expected at least 2 lots of 2 wafers of 2 sites, got {x.shape}")
    lots, k, m = x.shape
    wafer, lot = x.mean(axis=2), x.mean(axis=(1, 2))
    ms_site = ((x - wafer[..., None]) ** 2).sum() / (lots * k * (m - 1))
    ms_wafer = m * ((wafer - lot[:, None]) ** 2).sum() / (lots * (k - 1))
    ms_lot = k * m * lot.var(ddof=1)
    parts = [(ms_lot - ms_wafer) / (k * m), (ms_wafer - ms_site) / m, ms_site]
    return tuple(float(np.sqrt(max(v, 0.0))) for v in parts)  # type: ignore[return-value]


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
    approximation of Bissell (1990), ``Cpk ± z sqrt(1/(9 n) + Cpk²/(2 (n - 1)))``. Both assume a process that is stable
    and normal.

    Parameters
    ----------
    x : array_like, shape (n,)
        At least 3 values that are not all the same.
    lower, upper : float

    Examples
    --------
    >>> found = capability([9.0, 10.0, 11.0], 7.0, 13.0)
    >>> found.cp, found.cpk, round(found.nonconforming, 4)
    (1.0, 1.0, 0.0027)
    """
    x = check.vector("x", x, least=3)
    if np.ptp(x) == 0:
        raise ValueError("x: the values are all the same")
    check.number("upper", upper, check.number("lower", lower), open_low=True)
    tails = (1 + check.number("level", level, 0.0, 1.0, open_low=True, open_high=True) * np.array([-1, 1])) / 2
    n, mean, s = x.size, x.mean(), x.std(ddof=1)
    cp, cpk = (upper - lower) / (6 * s), min(upper - mean, mean - lower) / (3 * s)
    cp_ends = cp * np.sqrt(stats.chi2.ppf(tails, n - 1) / (n - 1))
    cpk_ends = cpk + stats.norm.ppf(tails) * np.sqrt(1 / (9 * n) + cpk**2 / (2 * (n - 1)))
    outside = ndtr((lower - mean) / s) + ndtr((mean - upper) / s)
    return Capability(float(cp), tuple(cp_ends.tolist()), float(cpk), tuple(cpk_ends.tolist()), float(outside))
