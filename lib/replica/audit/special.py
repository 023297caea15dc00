"""Distribution functions of the normal, Student t, chi-square and F distributions, as intervals.

Every function takes exact numbers or Intervals and returns an Interval. At a point the incomplete gamma and beta
functions of mpmath are evaluated twice, with 30 and with 50 digits; the interval reaches from the second value as far
as the two disagree, and 25 digits beyond the point at least. Over a box the ends follow from monotonicity::

    Q(a, x) = Γ(a, x) / Γ(a)  falls in x and rises in a                                   (DLMF 8.2.4)
    I_x(a, b)                 rises in x and in b and falls in a                          (DLMF 8.17.2)
    P(T > t) = I_{ν/(ν+t²)}(ν/2, 1/2) / 2 for t ≥ 0;   P(F > f) = I_{d₂/(d₂+d₁f)}(d₂/2, d₁/2)

Quantiles are found by bisection on the enclosed tails, so that both ends are proved.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache

import mpmath

from .interval import INFINITY, Interval, hull, interval, monotone

_DIGITS = (30, 50)
_LEAST = Fraction(1, 10**25)  # relative half width, however well the two evaluations agree
_SMALLEST = Fraction(1, 10**600)  # below it zero becomes the lower end
_CONTEXT = mpmath.MPContext()  # of this module alone: nobody else's precision is touched


def _mpf(x: Fraction):
    return _CONTEXT.mpf(x.numerator) / x.denominator


def _rational(x) -> Fraction:
    sign, mantissa, exponent, _ = x._mpf_
    size = Fraction(mantissa) * Fraction(2) ** exponent if exponent > -20_000 else Fraction(0)
    return -size if sign else size


def _agreed(function: Callable, *arguments: Fraction) -> Interval:
    """A probability evaluated with 30 and with 50 digits, widened by the disagreement."""
    found = []
    try:
        for digits in _DIGITS:
            with _CONTEXT.workdps(digits):
                found.append(_rational(_CONTEXT.re(function(*map(_mpf, arguments)))))
    except (_CONTEXT.NoConvergence, ArithmeticError, ValueError):
        return Interval(0, 1)  # nothing is known, which is true of every probability
    rough, fine = found
    slack = 2 * abs(fine - rough) + abs(fine) * _LEAST
    low, high = max(Fraction(0), fine - slack), min(Fraction(1), fine + slack)
    if low < _SMALLEST:
        return Interval(0, max(high, _SMALLEST))
    return Interval(_outward(low, down=True), _outward(high, down=False))


def _outward(x: Fraction, down: bool) -> Fraction:
    """The number with 90 bits, rounded down or up: short fractions keep the exact arithmetic quick."""
    shift = 90 + x.denominator.bit_length() - x.numerator.bit_length()
    scaled = x.numerator << shift if shift >= 0 else x.numerator >> -shift
    return Fraction(scaled // x.denominator if down else -(-scaled // x.denominator), 1 << max(shift, 0))


@lru_cache(maxsize=65536)
def _gamma_tail(a: Fraction, x: Fraction | float, upper: bool) -> Interval:
    """Q(a, x) if `upper`, else P(a, x)."""
    if x <= 0 or x == INFINITY:
        return interval(int((x <= 0) == upper))
    if upper:
        return _agreed(lambda p, q: _CONTEXT.gammainc(p, q, regularized=True), a, x)
    return _agreed(lambda p, q: _CONTEXT.gammainc(p, 0, q, regularized=True), a, x)


@lru_cache(maxsize=65536)
def _beta(a: Fraction, b: Fraction, x: Fraction) -> Interval:
    """I_x(a, b)."""
    if x in (0, 1):
        return interval(x)
    if x * (a + b) <= a:
        return _agreed(lambda p, q, y: _CONTEXT.betainc(p, q, 0, y, regularized=True), a, b, x)
    return 1 - _agreed(lambda p, q, y: _CONTEXT.betainc(p, q, 0, y, regularized=True), b, a, 1 - x)


# --- distribution functions ------------------------------------------------------------------------------------------
def _degrees(value, name: str) -> Interval:
    """Degrees of freedom: whole or, after a correction, fractional; positive."""
    x = interval(value)
    if x.hi <= 0:
        raise ValueError(f"{name}: degrees of freedom are positive, not {x}")
    return x if x.lo > 0 else Interval(min(x.hi, Fraction(1, 10**6)), x.hi)


def _normal_tail(z: Fraction | float) -> Interval:
    square = INFINITY if z in (INFINITY, -INFINITY) else z * z / 2
    half = _gamma_tail(Fraction(1, 2), square, True) / 2
    return half if z >= 0 else 1 - half


def _t_tail(t: Fraction | float, df: Fraction | float) -> Interval:
    if df == INFINITY:
        return _normal_tail(t)
    if t in (INFINITY, -INFINITY):
        return interval(int(t < 0))
    half = _beta(df / 2, Fraction(1, 2), df / (df + t * t)) / 2
    return half if t >= 0 else 1 - half


def normal_sf(z) -> Interval:
    """P(Z > z) of a standard normal variable.

    Parameters
    ----------
    z : Interval, int or Fraction

    Examples
    --------
    >>> print(normal_sf(Fraction("1.96")).text(10))
    [0.02499789514, 0.02499789515]
    """
    return monotone(_normal_tail, z, signs="-")


def t_sf(t, df) -> Interval:
    """P(T > t) of Student's t with `df` degrees of freedom.

    Parameters
    ----------
    t : Interval, int or Fraction
    df : Interval, int or Fraction
        Positive; `INFINITY` stands for the normal distribution.

    Raises
    ------
    ValueError
        If `df` is not positive.

    Examples
    --------
    >>> print(t_sf(2, 10).text(8))
    [0.036694017, 0.036694018]
    """
    if df == INFINITY:
        return normal_sf(t)
    df = _degrees(df, "df")
    # For t > 0 the tail shrinks as df grows; for t < 0 it grows: both ends of df cover the box.
    ends = {df.lo, df.hi}
    return hull(monotone(lambda x, d=d: _t_tail(x, d), t, signs="-") for d in ends)


def chi2_sf(x, df) -> Interval:
    """P(X > x) of a chi-square variable with `df` degrees of freedom (it grows with df).

    >>> print(chi2_sf(Fraction("3.841"), 1).text(8))
    [0.050013683, 0.050013684]
    """
    return monotone(lambda a, d: _gamma_tail(d / 2, a / 2, True), x, _degrees(df, "df"), signs="-+")


def f_sf(x, df1, df2) -> Interval:
    """P(X > x) of an F variable with df1 and df2 degrees of freedom, which may be boxes.

    >>> print(f_sf(4, 1, 10).text(8))
    [0.073388034, 0.073388035]
    """
    d1, d2 = _degrees(df1, "df1"), _degrees(df2, "df2")
    low = _f_tail(interval(x).hi, (d1.hi, d2.lo), d2.hi / 2, d1.lo / 2)
    high = _f_tail(interval(x).lo, (d1.lo, d2.hi), d2.lo / 2, d1.hi / 2)
    return Interval(low.lo, high.hi)


def _f_tail(x: Fraction | float, df: tuple[Fraction, Fraction], a: Fraction, b: Fraction) -> Interval:
    if x <= 0 or x == INFINITY:
        return interval(int(x <= 0))
    return _beta(a, b, df[1] / (df[1] + df[0] * x))


def beta_cdf(x, a, b) -> Interval:
    """P(X ≤ x) of a beta variable: I_x(a, b).

    >>> print(beta_cdf(Fraction(1, 4), 1, 1).text(6))
    [0.249999, 0.250001]
    """
    clip = lambda y: min(max(y, Fraction(0)), Fraction(1))  # noqa: E731
    return monotone(lambda y, p, q: _beta(p, q, clip(y)), x, _degrees(a, "a"), _degrees(b, "b"), signs="+-+")


# --- quantiles -------------------------------------------------------------------------------------------------------
@lru_cache(maxsize=4096)
def _t_quantile(p: Fraction, df: Fraction | float) -> Interval:
    """The t with P(T > t) = 1 - p for p > 1/2, by bisection; the enclosed tail proves both ends."""
    target, high = 1 - p, Fraction(1)
    while _t_tail(high, df).lo > target:
        high *= 2
    low = Fraction(0)
    for _ in range(60):
        middle = (low + high) / 2
        tail = _t_tail(middle, df)
        if tail.lo >= target:
            low = middle
        elif tail.hi <= target:
            high = middle
        else:
            break
    return Interval(low, high)


def normal_quantile(p) -> Interval:
    """The z with P(Z ≤ z) = p.

    >>> print(normal_quantile(Fraction("0.975")).text(10))
    [1.959963984, 1.959963985]
    """
    return t_quantile(p, INFINITY)


def t_quantile(p, df) -> Interval:
    """The t with P(T ≤ t) = p for Student's t with `df` degrees of freedom (a box of them, or an infinity).

    Raises
    ------
    ValueError
        If p is not strictly between 0 and 1, or df is not positive.

    Examples
    --------
    >>> print(t_quantile(Fraction("0.975"), 10).text(10))
    [2.228138851, 2.228138852]
    """
    p = interval(p)
    if p.lo <= 0 or p.hi >= 1:
        raise ValueError(f"p: probabilities strictly between 0 and 1 are needed, not {p}")
    ends = {INFINITY} if df == INFINITY else {_degrees(df, "df").lo, _degrees(df, "df").hi}
    return hull(monotone(lambda q, d=d: _signed_quantile(q, d), p, signs="+") for d in ends)


def _signed_quantile(p: Fraction, df: Fraction | float) -> Interval:
    half = Fraction(1, 2)
    if p == half:
        return interval(0)
    return _t_quantile(p, df) if p > half else -_t_quantile(1 - p, df)
