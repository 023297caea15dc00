"""Reliability of a scale from printed item statistics, and identities of a factor analysis.

Cronbach's α from the sds s_i and the corrected item-total correlations r_i (each item with the sum of the others). Let
V be the variance of the total, V_i that of the total without item i, and w_i = √V_i. Then

    V = s_i² + V_i + 2 r_i s_i w_i,  so  w_i = -r_i s_i + √(V - s_i²(1 - r_i²)),              (1)
    Σ r_i s_i w_i = V - Σ s_i²,                                                               (2)

since r_i s_i w_i is the covariance of item i with the others. (1) in (2) is one equation for V, for any number of
items.

For r_i ≥ 0 it has exactly one root above max s_i²: its left minus right side is concave in V, positive at max s_i² and
falls to -∞. Its parts g_i(V) = s_i² + r_i s_i w_i rise in s_i and in r_i at fixed V, so V rises in every argument; and
α = k/(k - 1) · (1 - Σ s_i²/V) rises in every r_i. In the sds α need not be monotone: the sign of each derivative is
enclosed over the box, and where it is not settled the mean-value form bounds the change.

A covariance matrix with these s_i and r_i exists if and only if, besides, no q_i = s_i w_i √(1 - r_i²) exceeds the sum
of the others: q_i/√V is the length of the part of item i that is not along the total, and these parts add up to zero.
Otherwise the set of printed statistics is impossible.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from .granularity import values
from .interval import DomainError, Interval, hull, interval, monotone, sqrt
from .registry import check, column, count

CRONBACH = "Cronbach 1951, Coefficient alpha and the internal structure of tests, Psychometrika 16"


def _items(sds, correlations) -> tuple[list[Interval], list[Interval]]:
    s, r = column(sds, "sds", 2), column(correlations, "item_rest_correlations", 2)
    if len(s) != len(r):
        raise ValueError(f"sds, item_rest_correlations: {len(s)} and {len(r)} values; one of each is needed per item")
    boxes = []
    for x in s:
        if x.hi <= 0 or not x.is_finite:
            raise DomainError(f"sds: positive numbers are needed, not {x}")
        boxes.append(Interval(max(x.lo, Fraction(0)), x.hi))
    inside = [x.intersection(Interval(-1, 1)) for x in r]
    if None in inside:
        raise DomainError("item_rest_correlations: a correlation exceeds 1 in size")
    return boxes, inside


# --- the variance of the total ---------------------------------------------------------------------------------------
@lru_cache(maxsize=8192)
def _total_variance(s: tuple[Fraction, ...], r: tuple[Fraction, ...]) -> Interval:
    """Enclosure of the root V of equation (2) for exact s_i ≥ 0 and r_i ≥ 0: a float guess, then proved by signs.

    With c_i = r_i s_i equation (2) reads Σ s_i² - Σ c_i² + Σ c_i √(V - s_i² + c_i²) - V = 0. Its left side is bounded
    in whole multiples of 10^-24.
    """
    squares = [x * x for x in s]
    products = [a * b for a, b in zip(s, r, strict=True)]
    below = [q - c * c for q, c in zip(squares, products, strict=True)]
    rest = sum(below)
    guess = Fraction(_float_root([float(c) for c in products], [float(m) for m in below], float(sum(s)) ** 2))
    for bits in range(44, -1, -4):
        low, high = max(*squares, guess * (1 - Fraction(1, 2**bits))), guess * (1 + Fraction(1, 2**bits))
        at_low = _surplus_bound(low, rest, products, below, up=False)
        if at_low >= 0 >= _surplus_bound(high, rest, products, below, up=True):
            return Interval(low, high)
    raise ArithmeticError("the variance of the total could not be enclosed")


def _surplus_bound(v: Fraction, rest: Fraction, products: list[Fraction], below: list[Fraction], up: bool) -> int:
    """Lower (or upper) bound of Σ c_i √(V - m_i) + rest - V in units of 10^-24."""
    unit = 10**24
    total = math.floor((rest - v) * unit) + up
    for c, m in zip(products, below, strict=True):
        root = math.isqrt(max(0, math.floor((v - m) * unit * unit))) + up
        total += math.floor(c * root) + up
    return total


def _float_root(products: list[float], below: list[float], start: float) -> float:
    """Newton's iteration from above on the concave left side of equation (2)."""
    v, rest = start * (1 + 1e-12), sum(below)
    for _ in range(100):
        roots = [math.sqrt(max(v - m, 0.0)) for m in below]
        value = rest - v + sum(c * d for c, d in zip(products, roots, strict=True))
        slope = sum(c / (2 * d) for c, d in zip(products, roots, strict=True) if d > 0) - 1
        step = value / slope if slope < 0 else 0.0
        v -= step
        if abs(step) <= 1e-15 * v:
            break
    return v


def _certain_total(s: Sequence[Interval], r: Sequence[Interval]) -> Interval:
    """V over a box with r_i ≥ 0: it rises in every argument."""
    low = _total_variance(tuple(x.lo for x in s), tuple(x.lo for x in r))
    high = _total_variance(tuple(x.hi for x in s), tuple(x.hi for x in r))
    return Interval(low.lo, high.hi)


def _rest_sd(s: Interval, r: Interval, total: Interval) -> Interval:
    """w_i of equation (1) for r_i ≥ 0, over a box."""
    found = sqrt(total - s * s * (1 - r * r)) - r * s
    return Interval(max(found.lo, Fraction(0)), max(found.hi, Fraction(0)))


def _any_total(s: Sequence[Interval], r: Sequence[Interval]) -> Interval:
    """V over a box with correlations of either sign, where equation (1) can have two roots: branch and prune.

    In floats, with margins of 10^-9 that exceed the rounding errors many times.

    Raises
    ------
    DomainError
        If no V solves the equations.
    """
    items = [(float(a.lo), float(a.hi), float(b.lo), float(b.hi)) for a, b in zip(s, r, strict=True)]
    largest = sum(a_hi for _, a_hi, _, _ in items) ** 2 * (1 + 1e-9)
    kept = [(0.0, largest)]
    for _ in range(40):
        halves = [part for low, high in kept for part in ((low, (low + high) / 2), ((low + high) / 2, high))]
        kept = [part for part in halves if _may_solve(items, *part, margin=1e-9 * largest)]
        if not kept:
            raise DomainError("no set of items has these sds and corrected item-total correlations")
        if len(kept) > 64:
            break
    return Interval(Fraction(kept[0][0]), Fraction(kept[-1][1]))


def _may_solve(items: list[tuple], v_lo: float, v_hi: float, margin: float) -> bool:
    """Whether equation (2), with both roots of (1), is not ruled out for any V between the two."""
    low = sum(a_lo * a_lo for a_lo, _, _, _ in items) - v_hi
    high = sum(a_hi * a_hi for _, a_hi, _, _ in items) - v_lo
    widest = sum(a_hi for _, a_hi, _, _ in items)
    for a_lo, a_hi, b_lo, b_hi in items:
        least = 0.0 if b_lo <= 0 <= b_hi else min(b_lo * b_lo, b_hi * b_hi)
        most = max(b_lo * b_lo, b_hi * b_hi)
        below_lo, below_hi = v_lo - a_hi * a_hi * (1 - least), v_hi - a_lo * a_lo * (1 - most)
        if below_hi < -margin:
            return False
        root_lo, root_hi = math.sqrt(max(0.0, below_lo)), math.sqrt(max(0.0, below_hi))
        along_lo, along_hi = min(b_lo * a_lo, b_lo * a_hi), max(b_hi * a_lo, b_hi * a_hi)
        slack = math.sqrt(margin)
        second_root = b_lo < 0 and root_lo <= -along_lo + slack
        rest_lo = max(0.0, -along_hi - root_hi if second_root else root_lo - along_hi - slack)
        rest_hi = min(widest, root_hi - along_lo + slack)
        if rest_hi < 0:
            return False
        low += min(along_lo * rest_lo, along_lo * rest_hi)
        high += max(along_hi * rest_lo, along_hi * rest_hi)
    return low <= margin and high >= -margin


def _check_possible(s: Sequence[Interval], r: Sequence[Interval], total: Interval) -> None:
    """Raise DomainError where the polygon condition on q_i certainly fails (r_i ≥ 0).

    In floats; the margin of 10^-9 relative to the parts exceeds their rounding errors many times.
    """
    low, high = [], []
    for a, b in zip(s, r, strict=True):
        a_lo, a_hi, b_lo, b_hi = float(a.lo), float(a.hi), float(b.lo), float(b.hi)
        rest_lo, rest_hi = _float_rest(a, b, total)
        low.append(a_lo * rest_lo * math.sqrt(max(0.0, 1 - b_hi * b_hi)))
        high.append(a_hi * rest_hi * math.sqrt(max(0.0, 1 - b_lo * b_lo)))
    for i, q in enumerate(low):
        if q > (sum(high) - high[i]) * (1 + 1e-9) + 1e-9 * q:
            raise DomainError(f"no covariance matrix has these sds and correlations: item {i + 1} stands out too far")


def _float_rest(s: Interval, r: Interval, total: Interval) -> tuple[float, float]:
    """Bounds of w_i in floats, widened by more than their rounding errors."""
    a_lo, a_hi, b_lo, b_hi = float(s.lo), float(s.hi), float(r.lo), float(r.hi)
    v_lo, v_hi = float(total.lo), float(total.hi)
    low = math.sqrt(max(0.0, v_lo - a_hi * a_hi * (1 - b_lo * b_lo))) - a_hi * b_hi
    high = math.sqrt(max(0.0, v_hi - a_lo * a_lo * (1 - b_hi * b_hi))) - a_lo * b_lo
    margin = 1e-9 * math.sqrt(v_hi)
    return max(0.0, low - margin), max(0.0, high + margin)


# --- alpha -----------------------------------------------------------------------------------------------------------
@check(
    roles="measure: sds item_rest_correlations",
    topic="a scale",
    example='cronbach_alpha(T2[:, "sd"], T2[:, "r"])',
    reference=CRONBACH + "; V by equations (1) and (2) of replica.audit.reliability",
    assumptions="sds and corrected item-total correlations of the same respondents; the total sums these items",
    words="α of {sds} and {item_rest_correlations}",
)
def cronbach_alpha(sds, item_rest_correlations) -> Interval:
    """Cronbach's α = k/(k - 1) · (1 - Σ s_i² / V), V from the sds and the corrected item-total correlations.

    Parameters
    ----------
    sds : list of Interval
        Standard deviations of the k ≥ 2 items.
    item_rest_correlations : list of Interval
        Correlation of each item with the sum of the others.

    Raises
    ------
    DomainError
        If no set of items can have these statistics.

    Examples
    --------
    Three items with unit variance and correlations of one half: α = 0.75.

    >>> r = sqrt(Fraction(1, 3))
    >>> print(cronbach_alpha([1, 1, 1], [r, r, r]).text(8))
    [0.74999999, 0.75000001]
    """
    s, r = _items(sds, item_rest_correlations)
    if len(s) == 2:
        both = r[0].intersection(r[1])
        if both is None:
            raise DomainError("two items have one corrected item-total correlation, their correlation")
        return alpha_from_two_items(both, *s)
    k = len(s)
    if any(x.lo < 0 for x in r):
        share = sum((x * x for x in s), interval(0)) / _any_total(s, r)
    else:
        _check_possible(s, r, _certain_total(s, r))
        low = _share_of_items(s, [x.hi for x in r], lower=True)
        share = Interval(low, max(low, _share_of_items(s, [x.lo for x in r], lower=False)))
    return (1 - share) * Fraction(k, k - 1)


def _share_of_items(s: list[Interval], r: list[Fraction], lower: bool) -> Fraction:
    """Bound of Σ s_i²/V over the box of sds at exact correlations, by the signs of the derivatives."""
    total = _certain_total(s, [interval(x) for x in r])
    slopes = _slopes(s, [float(x) for x in r], total)
    if slopes is None:
        return sum(x.lo**2 for x in s) / total.hi if lower else sum(x.hi**2 for x in s) / total.lo
    corner, slack = [], Fraction(0)
    for x, (low, high) in zip(s, slopes, strict=True):
        if low >= 0 or high <= 0:
            corner.append(x.lo if (low >= 0) == lower else x.hi)
        else:
            corner.append(x.middle)
            slack += x.width / 2 * Fraction(max(-low, high))
    share = sum(x * x for x in corner) / _total_variance(tuple(corner), tuple(r))
    return share.lo - slack if lower else share.hi + slack


def _slopes(s: list[Interval], r: list[float], total: Interval) -> list[tuple[float, float]] | None:
    """Bounds over the box of d(Σ s²/V)/ds_j, by implicit differentiation of V = Σ g_i(s_i, V); None if too wide.

    With D_i = √(V - s_i²(1 - r_i²)):  ∂g_i/∂s_i = 2 s_i + r_i w_i - r_i s_i (r_i + s_i (1 - r_i²)/D_i) and
    ∂g_i/∂V = r_i s_i / (2 D_i). In floats; the margins of 10^-9 exceed the rounding errors many times.
    """
    v_lo, v_hi = float(total.lo) * (1 - 1e-12), float(total.hi) * (1 + 1e-12)
    squares_lo, squares_hi = (sum(float(end) ** 2 for end in ends) for ends in ([x.lo for x in s], [x.hi for x in s]))
    own, through_lo, through_hi = [], 0.0, 0.0
    for x, b in zip(s, r, strict=True):
        a_lo, a_hi = float(x.lo), float(x.hi)
        root_lo = math.sqrt(max(0.0, v_lo - a_hi * a_hi * (1 - b * b)))
        root_hi = math.sqrt(v_hi - a_lo * a_lo * (1 - b * b))
        if root_lo <= 1e-6 * math.sqrt(v_hi):
            return None
        rest_lo, rest_hi = root_lo - b * a_hi, root_hi - b * a_lo
        low = 2 * a_lo + b * rest_lo - b * a_hi * (b + a_hi * (1 - b * b) / root_lo)
        high = 2 * a_hi + b * rest_hi - b * a_lo * (b + a_lo * (1 - b * b) / root_hi)
        margin = 1e-9 * math.sqrt(v_hi)
        own.append((a_lo, a_hi, max(0.0, low - margin), high + margin))
        through_lo += b * a_lo / (2 * root_hi)
        through_hi += b * a_hi / (2 * root_lo)
    if through_hi >= 1 - 1e-6:
        return None
    result = []
    for a_lo, a_hi, low, high in own:
        low_part, high_part = 2 * a_lo / v_hi, 2 * a_hi / v_lo
        least = squares_lo / v_hi**2 * low / (1 - through_lo)
        most = squares_hi / v_lo**2 * high / (1 - through_hi)
        margin = 1e-9 * (high_part + most)
        result.append((low_part - most - margin, high_part - least + margin))
    return result


@check(
    roles="measure: r s1 s2",
    topic="a scale",
    example="alpha_from_two_items(.52)",
    reference=CRONBACH,
    assumptions="two items; r is their correlation, which is also each one's corrected item-total correlation",
    words="4 × {r} × {s1} × {s2} / ({s1}² + {s2}² + 2 × {r} × {s1} × {s2})",
)
def alpha_from_two_items(r, s1=1, s2=1) -> Interval:
    """α of two items: 4 r s₁ s₂ / (s₁² + s₂² + 2 r s₁ s₂).

    With c = (s₁/s₂ + s₂/s₁)/2 ≥ 1 it is 2 r / (c + r), which rises in r and moves with c.

    Examples
    --------
    >>> print(alpha_from_two_items(Fraction(1, 2)).text(6))
    [0.666666, 0.666667]
    """
    r = interval(r).intersection(Interval(-1, 1))
    if r is None:
        raise DomainError("r: a correlation exceeds 1 in size")
    first, second = interval(s1), interval(s2)
    if first.hi <= 0 or second.hi <= 0:
        raise DomainError("s1, s2: positive standard deviations are needed")
    if first.lo <= 0 or second.lo <= 0:
        return hull([_two_items(r, Fraction(1)), interval(0)])
    ratio = first / second
    turns = [ratio.lo, ratio.hi] + ([Fraction(1)] if 1 in ratio else [])
    spread = hull(interval((x + 1 / x) / 2) for x in turns)
    return hull(_two_items(r, c) for c in (spread.lo, spread.hi))


def _two_items(r: Interval, c: Fraction) -> Interval:
    """2 r / (c + r) over the box of r, c exact; unbounded below where r = -1 meets c = 1."""
    if c + r.hi == 0:
        raise DomainError("r: two items with one sd and a correlation of -1 have a total without variance")
    low = 2 * r.lo / (c + r.lo) if c + r.lo else -math.inf
    return Interval(low, 2 * r.hi / (c + r.hi))


@check(
    roles="measure: mean_correlation; count: k",
    topic="a scale",
    example="standardized_alpha(.41, 6)",
    reference=CRONBACH,
    assumptions="the mean is over the k(k - 1)/2 correlations between the items",
    words="{k} × {mean_correlation} / (1 + ({k} - 1) × {mean_correlation})",
)
def standardized_alpha(mean_correlation, k) -> Interval:
    """Standardised α from the mean correlation between k items: k r / (1 + (k - 1) r).

    >>> print(standardized_alpha(Fraction(1, 2), 3))
    0.75
    """
    k, r = count(k, "k", 2), interval(mean_correlation)
    inside = r.intersection(Interval(Fraction(-1, k - 1), 1, lo_open=True))
    if inside is None:
        raise DomainError(f"mean_correlation: between -1/{k - 1} and 1, not {r}")
    if inside.lo_open:
        return Interval(-math.inf, (k * inside.hi) / (1 + (k - 1) * inside.hi))
    return monotone(lambda x: interval(k * x / (1 + (k - 1) * x)), inside, signs="+")


# --- factors ---------------------------------------------------------------------------------------------------------
def _loadings(loadings) -> list[Interval]:
    found = [x.intersection(Interval(-1, 1)) for x in column(loadings, "loadings")]
    if None in found:
        raise DomainError("loadings: a standardised loading exceeds 1 in size")
    return found


@check(
    roles="measure: loadings",
    topic="a scale",
    example="communality([.62, .31])",
    reference="definition",
    assumptions="orthogonal factors, standardised loadings on all factors",
    words="sum of squares of {loadings}",
)
def communality(loadings) -> Interval:
    """Communality of an item: the sum of its squared loadings on all factors.

    >>> print(communality([Fraction(3, 5), Fraction(1, 2)]))
    0.61
    """
    return sum((x**2 for x in _loadings(loadings)), interval(0))


@check(
    kind="printed",
    roles="measure: loading",
    topic="a scale",
    example="communality_above(.81)",
    reference="definition",
    assumptions="orthogonal factors; loadings on the other factors are not printed",
    words="between {loading}² and 1",
)
def communality_above(loading) -> Interval:
    """Communalities that can stand beside one printed loading: at least its square, at most 1.

    >>> print(communality_above(Fraction(4, 5)))
    [0.64, 1]
    """
    return Interval((_loadings([values(loading)])[0] ** 2).lo, 1)


@check(
    kind="printed",
    roles="measure: loadings; count: items",
    topic="a scale",
    example="explained_above([.81, .77, .64], 12)",
    reference="definition",
    assumptions="standardised items; loadings of the other items on this factor are not printed",
    words="between the sum of squares of {loadings} / {items} × 100 and 100",
)
def explained_above(loadings, items) -> Interval:
    """Percentages of variance that a factor can explain: at least Σλ² / items · 100 over the printed loadings.

    >>> print(explained_above([Fraction(4, 5), Fraction(3, 5)], 5))
    [20, 100]
    """
    if not isinstance(loadings, list):
        raise ValueError("loadings: a list of cells is needed")
    squares = communality([values(x) for x in loadings])
    return Interval(min(Fraction(100), squares.lo * 100 / count(values(items), "items")), 100)


@check(
    roles="measure: loadings",
    topic="a scale",
    example="average_variance_extracted([.81, .77, .64])",
    reference="Fornell & Larcker 1981, Journal of Marketing Research 18",
    assumptions="standardised loadings of one factor, uncorrelated errors",
    words="mean of squares of {loadings}",
)
def average_variance_extracted(loadings) -> Interval:
    """Average variance extracted: AVE = Σλ² / k.

    >>> print(average_variance_extracted([Fraction(4, 5), Fraction(3, 5)]))
    0.5
    """
    return communality(loadings) / len(loadings)


@check(
    roles="measure: loadings",
    topic="a scale",
    example="composite_reliability([.81, .77, .64])",
    reference="Fornell & Larcker 1981, Journal of Marketing Research 18",
    assumptions="standardised loadings of one factor, uncorrelated errors",
    words="(Σ {loadings})² / ((Σ {loadings})² + Σ(1 - λ²))",
)
def composite_reliability(loadings) -> Interval:
    """Composite reliability: CR = (Σλ)² / ((Σλ)² + Σ(1 - λ²)), which rises in every loading where none is negative.

    >>> print(composite_reliability([Fraction(4, 5), Fraction(4, 5)]).text(6))
    [0.780487, 0.780488]
    """
    found = _loadings(loadings)
    if all(x.lo >= 0 for x in found):
        return Interval(*(_composite([getattr(x, end) for x in found]) for end in ("lo", "hi")))
    total = sum(found, interval(0)) ** 2
    errors = sum((1 - x**2 for x in found), interval(0))
    share = total / (total + errors)
    return share.intersection(Interval(0, 1)) or share


def _composite(loadings: list[Fraction]) -> Fraction:
    total, errors = sum(loadings) ** 2, sum(1 - x * x for x in loadings)
    if total + errors == 0:
        raise DomainError("loadings: no variance")
    return total / (total + errors)


@check(
    roles="count: p",
    topic="a scale",
    example="bartlett_df(31)",
    reference="Bartlett 1950, British Journal of Psychology, Statistical Section 3",
    assumptions="test of sphericity of p items",
    words="{p} × ({p} - 1) / 2",
)
def bartlett_df(p) -> Interval:
    """Degrees of freedom of Bartlett's test of sphericity: p(p - 1)/2.

    >>> print(bartlett_df(31))
    465
    """
    p = count(p, "p", 2)
    return interval(Fraction(p * (p - 1), 2))


@check(
    kind="printed",
    roles="",
    topic="a scale",
    example="kmo_range()",
    reference="Kaiser 1974, An index of factorial simplicity, Psychometrika 39",
    assumptions="none",
    words="between 0 and 1",
)
def kmo_range() -> Interval:
    """Values of the Kaiser-Meyer-Olkin measure: r² sums over r² plus partial r² sums, so from 0 to 1.

    >>> print(kmo_range())
    [0, 1]
    """
    return Interval(0, 1)


# --- weights and efficiency ------------------------------------------------------------------------------------------
@check(
    roles="measure: weights",
    topic="efficiency and weights",
    example="weights_sum([.31, .27, .42])",
    reference="definition",
    assumptions="the weights of one level of a hierarchy",
    words="sum of {weights}",
)
def weights_sum(weights) -> Interval:
    """Sum of weights, to be compared with exactly 1 (or 100 %).

    >>> print(weights_sum([Interval(Fraction("0.25"), Fraction("0.35")), Interval(Fraction("0.65"), Fraction("0.75"))]))
    [0.9, 1.1]
    """
    return sum(column(weights, "weights"), interval(0))


@check(
    roles="measure: technical scale",
    topic="efficiency and weights",
    example="overall_efficiency(.91, .88)",
    reference="Banker, Charnes & Cooper 1984, Management Science 30",
    assumptions="the same units, inputs and outputs under constant (overall) and variable (technical) returns",
    words="{technical} × {scale}",
)
def overall_efficiency(technical, scale) -> Interval:
    """Overall (CCR) efficiency: pure technical (BCC) efficiency times scale efficiency.

    >>> print(overall_efficiency(Fraction(4, 5), Fraction(1, 2)))
    0.4
    """
    return interval(technical) * interval(scale)


@check(
    kind="printed",
    roles="",
    topic="efficiency and weights",
    example="efficiency_range()",
    reference="Charnes, Cooper & Rhodes 1978, European Journal of Operational Research 2",
    assumptions="radial scores of an envelopment program without super-efficiency (output scores as reciprocals)",
    words="above 0, at most 1",
)
def efficiency_range() -> Interval:
    """Efficiency scores: above 0, at most 1.

    >>> print(efficiency_range())
    (0, 1]
    """
    return Interval(0, 1, lo_open=True)
