"""Rigorous enclosures of the normal, Student t, chi-square and F distributions.

Every function takes exact numbers or Intervals and returns an Interval that contains the true value: a statement such
as "p is below 0.05" made with it is a proof, in the tails too.

How the error is bounded. Both incomplete functions are summed as series of *positive* terms, so nothing cancels:

    P(a, x)   = x^a e^-x / Γ(a+1) · Σ x^n / ((a+1)…(a+n))                            (DLMF 8.7.1)
    I_x(a, b) = x^a (1-x)^b / (a B(a, b)) · Σ (a+b)…(a+b+n-1) x^n / ((a+1)…(a+n))     (DLMF 8.17.8)

in `decimal` arithmetic, whose operations are correctly rounded: each has a relative error below u = 10^(1-digits)/2.
Term n needs fewer than 8n operations; the exponent of the factor in front has an absolute error below 12u times the sum
of the sizes of its parts; the rest of a series is bounded by a geometric one. A tail that is a complement, 1 - P, is
computed with more digits until its own relative width is below 10^-20 (or its size below 10^-600, where 0 becomes the
lower end). Far gamma tails use the asymptotic series, whose remainder is smaller than the first term left out
(DLMF 8.11.2). Ends are rounded outward to 24 digits. Quantiles are found in floats and then proved: the enclosed
distribution function is evaluated on both sides of the answer.
"""

from __future__ import annotations

import decimal
import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from .interval import INFINITY, Interval, hull, interval, monotone

_RELATIVE_WIDTH = Decimal("1e-20")
_FEWEST_DIGITS, _MOST_DIGITS = 40, 640
_SMALLEST = Decimal("1e-5000")
_KEPT_DIGITS = 24
_SHORT_SERIES = 100  # terms: below it, the series of the tail itself is taken

Bounds = tuple[Decimal, Decimal]


# --- decimal building blocks -----------------------------------------------------------------------------------------
def _context(digits: int, rounding: str = decimal.ROUND_HALF_EVEN) -> decimal.Context:
    return decimal.Context(digits, rounding, decimal.MIN_EMIN, decimal.MAX_EMAX, traps=[decimal.InvalidOperation])


def _decimal(x: Fraction) -> Decimal:
    return Decimal(x.numerator) / Decimal(x.denominator)


@lru_cache(maxsize=8)
def _even_bernoulli(count: int) -> tuple[Fraction, ...]:
    """B_2, B_4, …, B_2count by the tangent numbers (Brent & Harvey 2013, algorithm TangentNumbers)."""
    tangent = [0, 1] + [0] * count
    for k in range(2, count + 1):
        tangent[k] = (k - 1) * tangent[k - 1]
    for k in range(2, count + 1):
        for j in range(k, count + 1):
            tangent[j] = (j - k) * tangent[j - 1] + (j - k + 2) * tangent[j]
    return tuple(
        Fraction((-1) ** (k - 1) * 2 * k * tangent[k], 4**k * (4**k - 1)) for k in range(1, count + 1)
    )


@lru_cache(maxsize=4)
def _half_log_two_pi(digits: int) -> Decimal:
    """ln(2π)/2, π by Machin's formula in integers."""
    unit = 10 ** (digits + 10)

    def arctan_inverse(n: int) -> int:
        power, total, k = unit // n, 0, 1
        while power:
            total += power // k if k % 4 == 1 else -(power // k)
            power //= n * n
            k += 2
        return total

    pi = 4 * (4 * arctan_inverse(5) - arctan_inverse(239))
    return (2 * Decimal(pi) / Decimal(unit)).ln() / 2


@lru_cache(maxsize=4096)
def _log_gamma(z: Fraction, digits: int) -> Bounds:
    """(ln Γ(z), size): the sum of the absolute values of the parts, in units of which the error is counted.

    Stirling's series after a shift of z beyond 0.6·digits; its error is below the first term left out (DLMF 5.11.1),
    here less than 10^-digits, which the size's own "+ 1" covers.
    """
    shift = max(0, math.ceil(0.6 * digits + 5 - z))
    product, size = Decimal(1), Decimal(1)
    for k in range(shift):
        product *= _decimal(z + k)
    x = _decimal(z + shift)
    main, correction = (x - Decimal("0.5")) * x.ln(), Decimal(0)
    power, square, small = x, x * x, Decimal(10) ** (-digits - 3)
    for k, b in enumerate(_even_bernoulli(2 * digits // 3 + 10), start=1):
        term = _decimal(b) / (2 * k * (2 * k - 1) * power)
        if abs(term) < small:
            break
        correction += term
        power *= square
    else:
        raise ArithmeticError(f"Stirling's series did not settle at {z}")
    lost = product.ln() if shift else Decimal(0)
    size += abs(main) + x + abs(lost) + shift + 5
    return main - x + _half_log_two_pi(digits) + correction - lost, size


def _bounds(factor: Decimal, size: Decimal, total: Decimal, rest: Decimal, terms: int, digits: int) -> Bounds:
    """Enclosure of exp(factor) · (total + something between 0 and rest), from the operation counts above."""
    error = Decimal(10) ** (1 - digits) * (12 * size + 8 * terms + 50)
    value = factor.exp()
    return value * total * (1 - error), value * (total + rest) * (1 + error)


def _gamma_series(a: Fraction, x: Fraction, digits: int) -> Bounds:
    """P(a, x), the regularised lower incomplete gamma function."""
    big_a, big_x = _decimal(a), _decimal(x)
    term = total = Decimal(1)
    small, n, ratio = Decimal(10) ** (-digits), 0, Decimal(2)
    while ratio >= 1 or term > small * total * (1 - ratio):
        n += 1
        term *= big_x / (big_a + n)
        total += term
        ratio = big_x / (big_a + n + 1)
    log_gamma, size = _log_gamma(a + 1, digits)
    power = big_a * big_x.ln()
    factor = power - big_x - log_gamma
    return _bounds(factor, size + abs(power) + big_x + big_a, total, term * ratio / (1 - ratio), n, digits)


def _gamma_far_tail(a: Fraction, x: Fraction, digits: int) -> Bounds | None:
    """Q(a, x) for x above a by the asymptotic series, or None where it does not reach the accuracy."""
    big_a, big_x = _decimal(a), _decimal(x)
    term = total = Decimal(1)
    n = 0
    while n < a - 1 or abs(term) > _RELATIVE_WIDTH / 100:
        n += 1
        last, term = term, term * (big_a - n) / big_x
        if n > a and abs(term) >= abs(last):
            return None
        total += term
    log_gamma, size = _log_gamma(a, digits)
    power = (big_a - 1) * big_x.ln()
    factor = power - big_x - log_gamma
    low, high = _bounds(factor, size + abs(power) + big_x + big_a, total - abs(term), 2 * abs(term), n, digits)
    return low, high


def _beta_series(a: Fraction, b: Fraction, x: Fraction, digits: int) -> Bounds:
    """I_x(a, b), the regularised incomplete beta function."""
    big_a, both, big_x, rest = _decimal(a), _decimal(a + b), _decimal(x), _decimal(1 - x)
    term = total = Decimal(1)
    small, n, ratio = Decimal(10) ** (-digits), 0, Decimal(2)
    while ratio >= 1 or term > small * total * (1 - ratio):
        term *= big_x * (both + n) / (big_a + n + 1)
        total += term
        n += 1
        ratio = max(big_x * (both + n) / (big_a + n + 1), big_x)
    (log_a, size_a), (log_b, size_b) = _log_gamma(a + 1, digits), _log_gamma(b, digits)
    log_ab, size_ab = _log_gamma(a + b, digits)
    first, second = big_a * big_x.ln(), _decimal(b) * rest.ln()
    factor = first + second + log_ab - log_a - log_b
    size = size_a + size_b + size_ab + abs(first) + abs(second) + both
    return _bounds(factor, size, total, term * ratio / (1 - ratio), n, digits)


def _enclose(series: Callable[[int], Bounds], complement: bool) -> Interval:
    """The series, or one minus it, with as many digits as its relative accuracy asks for."""
    digits = _FEWEST_DIGITS
    while True:
        with decimal.localcontext(_context(digits)):
            low, high = series(digits)
            if complement:
                ulp = Decimal(10) ** (1 - digits)
                low, high = 1 - high - ulp, 1 - low + ulp
            enough = high - low <= high * _RELATIVE_WIDTH
        if enough or digits >= _MOST_DIGITS:
            return _outward(low, high)
        digits *= 2


def _outward(low: Decimal, high: Decimal) -> Interval:
    low = _context(_KEPT_DIGITS, decimal.ROUND_FLOOR).plus(max(low, Decimal(0)))
    high = _context(_KEPT_DIGITS, decimal.ROUND_CEILING).plus(min(high, Decimal(1)))
    if low < _SMALLEST:  # a fraction with a denominator of 10^(10^12) would never be finished
        low, high = Decimal(0), max(high, _SMALLEST)
    return Interval(Fraction(low), Fraction(high))


@lru_cache(maxsize=65536)
def _gamma_tail(a: Fraction, x: Fraction | float, upper: bool) -> Interval:
    """Q(a, x) if `upper`, else P(a, x)."""
    if x <= 0 or x == INFINITY:
        return interval(int((x <= 0) == upper))
    if upper and x >= 60 and x > a:
        with decimal.localcontext(_context(_FEWEST_DIGITS)):
            far = _gamma_far_tail(a, x, _FEWEST_DIGITS)
        if far:
            return _outward(*far)
    return _enclose(lambda digits: _gamma_series(a, x, digits), complement=upper)


@lru_cache(maxsize=65536)
def _beta(a: Fraction, b: Fraction, x: Fraction) -> Interval:
    """I_x(a, b)."""
    if x in (0, 1):
        return interval(x)
    lower_tail = x * (a + b) <= a
    here, there = _series_length(float(a), float(b), x), _series_length(float(b), float(a), 1 - x)
    natural, other = (here, there) if lower_tail else (there, here)
    if lower_tail == (natural <= max(4 * other, _SHORT_SERIES)):
        return _enclose(lambda digits: _beta_series(a, b, x, digits), complement=False)
    return _enclose(lambda digits: _beta_series(b, a, 1 - x, digits), complement=True)


def _series_length(a: float, b: float, x: Fraction) -> float:
    """About how many terms the series of I_x(a, b) needs (it steers the method, not the error)."""
    rest = float(1 - x)
    peak = max(0.0, (float(x) * (a + b) - a - 1) / rest) if rest > 0 else math.inf
    first = -math.log(x * Fraction(a + b) / Fraction(a + 1)) if peak == 0 and x < 1 else 0.0
    slope = 1 / (a + 1 + peak) - 1 / (a + b + peak) if b > 1 and peak < math.inf else 0.0
    by_rate = 130 / first if first > 0 else math.inf
    by_slope = math.sqrt(260 / slope) if slope > 0 else math.inf
    return 2 * peak + min(by_rate, by_slope)


# --- distribution functions ------------------------------------------------------------------------------------------
def _positive(value, name: str) -> Interval:
    x = interval(value)
    if x.lo <= 0:
        raise ValueError(f"{name}: positive numbers are needed, not {x}")
    return x


def _normal_tail(z: Fraction | float) -> Interval:
    half = Interval(Fraction(1, 2))
    square = INFINITY if z in (INFINITY, -INFINITY) else z * z / 2
    if z >= 0:
        return half * _gamma_tail(Fraction(1, 2), square, True)
    return 1 - half * _gamma_tail(Fraction(1, 2), square, True)


def _t_tail(t: Fraction | float, df: Fraction | float) -> Interval:
    if df == INFINITY:
        return _normal_tail(t)
    if t in (INFINITY, -INFINITY):
        return interval(int(t < 0))
    half = Interval(Fraction(1, 2))
    tail = half * _beta(df / 2, Fraction(1, 2), df / (df + t * t))
    return tail if t >= 0 else 1 - tail


def _f_tail(x: Fraction | float, d1: Fraction, d2: Fraction, upper: bool) -> Interval:
    if x <= 0 or x == INFINITY:
        return interval(int((x <= 0) == upper))
    if upper:
        return _beta(d2 / 2, d1 / 2, d2 / (d2 + d1 * x))
    return _beta(d1 / 2, d2 / 2, d1 * x / (d2 + d1 * x))


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


def normal_cdf(z) -> Interval:
    """P(Z ≤ z) of a standard normal variable.

    >>> print(normal_cdf(0))
    0.5
    """
    return normal_sf(-interval(z))


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
    df = _positive(df, "df")
    # For t > 0 the tail shrinks as df grows; for t < 0 it grows: both ends of df cover the box.
    ends = {df.lo, df.hi}
    return hull(monotone(lambda x, d=d: _t_tail(x, d), t, signs="-") for d in ends)


def t_cdf(t, df) -> Interval:
    """P(T ≤ t) of Student's t with `df` degrees of freedom.

    >>> print(t_cdf(0, 7))
    0.5
    """
    return t_sf(-interval(t), df)


def chi2_sf(x, df) -> Interval:
    """P(X > x) of a chi-square variable with `df` degrees of freedom (it grows with df).

    >>> print(chi2_sf(Fraction("3.841"), 1).text(8))
    [0.050013683, 0.050013684]
    """
    return monotone(lambda a, d: _gamma_tail(d / 2, a / 2, True), x, _positive(df, "df"), signs="-+")


def chi2_cdf(x, df) -> Interval:
    """P(X ≤ x) of a chi-square variable with `df` degrees of freedom.

    >>> print(chi2_cdf(2, 2).text(8))
    [0.63212055, 0.63212056]
    """
    return monotone(lambda a, d: _gamma_tail(d / 2, a / 2, False), x, _positive(df, "df"), signs="+-")


def _exact_df(value, name: str) -> Fraction:
    x = _positive(value, name)
    if not x.is_point:
        raise ValueError(f"{name}: one exact number is needed, not {x}")
    return x.lo


def f_sf(x, d1, d2) -> Interval:
    """P(X > x) of an F variable with d1 and d2 degrees of freedom (exact numbers).

    >>> print(f_sf(4, 1, 10).text(8))
    [0.073388034, 0.073388035]
    """
    d1, d2 = _exact_df(d1, "d1"), _exact_df(d2, "d2")
    return monotone(lambda a: _f_tail(a, d1, d2, True), x, signs="-")


def f_cdf(x, d1, d2) -> Interval:
    """P(X ≤ x) of an F variable with d1 and d2 degrees of freedom (exact numbers).

    >>> print(f_cdf(1, 5, 5).text(3))
    [0.499, 0.501]
    """
    d1, d2 = _exact_df(d1, "d1"), _exact_df(d2, "d2")
    return monotone(lambda a: _f_tail(a, d1, d2, False), x, signs="+")


def beta_cdf(x, a, b) -> Interval:
    """P(X ≤ x) of a beta variable: I_x(a, b), for exact a and b.

    >>> print(beta_cdf(Fraction(1, 4), 1, 1).text(6))
    [0.249999, 0.250001]
    """
    a, b = _exact_df(a, "a"), _exact_df(b, "b")
    return monotone(lambda y: _beta(a, b, min(max(y, Fraction(0)), Fraction(1))), x, signs="+")


# --- quantiles -------------------------------------------------------------------------------------------------------
def _log(p: Interval) -> float:
    middle = p.middle
    return math.log(middle.numerator) - math.log(middle.denominator) if middle > 0 else -math.inf


def _invert(tail: Callable[[Fraction], Interval], target: Fraction, decreasing: bool) -> Interval:
    """The positive x with tail(x) = target, proved to lie inside; `tail` is monotone on the positive numbers."""
    wanted, sign = math.log(target.numerator) - math.log(target.denominator), 1 if decreasing else -1

    def gap(u: float) -> float:
        return sign * (_log(tail(Fraction(math.exp(u)))) - wanted)

    guess = Fraction(math.exp(_root(gap)))
    for bits in range(48, -1, -4):
        low, high = guess * (1 - Fraction(1, 2**bits)), guess * (1 + Fraction(1, 2**bits))
        first, second = (low, high) if decreasing else (high, low)
        if tail(first).lo >= target >= tail(second).hi:
            return Interval(low, high)
    raise ArithmeticError(f"the quantile near {float(guess)} could not be proved")


def _root(gap: Callable[[float], float]) -> float:
    """Zero of a decreasing function: bracketed by doubled steps, then regula falsi (Illinois) with bisections."""
    a, b, step = 0.0, 0.0, 1.0
    at_a = at_b = gap(0.0)
    while at_b > 0:
        a, at_a, b, step = b, at_b, b + step, 2 * step
        at_b = gap(b)
    step = 1.0
    while at_a < 0:
        b, at_b, a, step = a, at_a, a - step, 2 * step
        at_a = gap(a)
    for turn in range(200):
        if at_a == 0 or at_b == 0 or b - a <= 4e-16 * max(1.0, abs(a)):
            break
        secant = turn % 3 and math.isfinite(at_a) and math.isfinite(at_b)
        c = b - at_b * (b - a) / (at_b - at_a) if secant else (a + b) / 2
        c = c if a < c < b else (a + b) / 2
        at_c = gap(c)
        if at_c > 0:
            a, at_a, at_b = c, at_c, at_b / 2
        else:
            b, at_b, at_a = c, at_c, at_a / 2
    return a if abs(at_a) < abs(at_b) else b


def _probability(p) -> Interval:
    p = interval(p)
    if p.lo <= 0 or p.hi >= 1:
        raise ValueError(f"p: probabilities strictly between 0 and 1 are needed, not {p}")
    return p


@lru_cache(maxsize=4096)
def _t_quantile(p: Fraction, df: Fraction | float) -> Interval:
    if p == Fraction(1, 2):
        return interval(0)
    x = _invert(lambda t: _t_tail(t, df), min(p, 1 - p), decreasing=True)
    return x if p > Fraction(1, 2) else -x


def normal_quantile(p) -> Interval:
    """The z with P(Z ≤ z) = p.

    >>> print(normal_quantile(Fraction("0.975")).text(10))
    [1.959963984, 1.959963985]
    """
    return t_quantile(p, INFINITY)


def t_quantile(p, df) -> Interval:
    """The t with P(T ≤ t) = p for Student's t with `df` degrees of freedom (one exact number, or an infinity).

    Raises
    ------
    ValueError
        If p is not strictly between 0 and 1, or df is not positive.

    Examples
    --------
    >>> print(t_quantile(Fraction("0.975"), 10).text(10))
    [2.228138851, 2.228138852]
    """
    df = INFINITY if df == INFINITY else _exact_df(df, "df")
    return monotone(lambda q: _t_quantile(q, df), _probability(p), signs="+")


def chi2_quantile(p, df) -> Interval:
    """The x with P(X ≤ x) = p for a chi-square variable with `df` degrees of freedom (one exact number).

    >>> print(chi2_quantile(Fraction("0.95"), 1).text(8))
    [3.8414588, 3.8414589]
    """
    df = _exact_df(df, "df")
    return monotone(lambda q: _chi2_quantile(q, df), _probability(p), signs="+")


@lru_cache(maxsize=4096)
def _chi2_quantile(p: Fraction, df: Fraction) -> Interval:
    return _quantile(p, lambda x, upper: _gamma_tail(df / 2, x / 2, upper))


def f_quantile(p, d1, d2) -> Interval:
    """The x with P(X ≤ x) = p for an F variable with d1 and d2 degrees of freedom (exact numbers).

    >>> print(f_quantile(Fraction("0.95"), 2, 20).text(8))
    [3.4928284, 3.4928285]
    """
    d1, d2 = _exact_df(d1, "d1"), _exact_df(d2, "d2")
    return monotone(lambda q: _f_quantile(q, d1, d2), _probability(p), signs="+")


@lru_cache(maxsize=4096)
def _f_quantile(p: Fraction, d1: Fraction, d2: Fraction) -> Interval:
    return _quantile(p, lambda x, upper: _f_tail(x, d1, d2, upper))


def _quantile(p: Fraction, tail: Callable[[Fraction, bool], Interval]) -> Interval:
    """Inversion in the smaller of the two tails, which is the accurate one."""
    upper = p > Fraction(1, 2)
    return _invert(lambda x: tail(x, upper), min(p, 1 - p), decreasing=upper)
