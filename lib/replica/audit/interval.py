"""Closed, open and infinite intervals with exact rational ends.

An interval is the set of values that may stand behind a printed number. Ends are `fractions.Fraction` (or an infinity),
so sums, products and quotients carry no rounding error; square roots, logarithms and exponentials are rounded outward.
Every operation is *inclusion isotonic*: it returns a set that contains every value the operation can take
(Moore, Kearfott & Cloud 2009, Introduction to Interval Analysis, chapters 2 and 5).
"""

from __future__ import annotations

import decimal
import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import lru_cache

INFINITY = math.inf
DIGITS = 40  # significant digits kept by sqrt, log, exp and root
Number = int | Fraction | float  # a float only when it is an infinity


class DomainError(ValueError):
    """No value of the arguments has a result: root of negative numbers, division by zero, correlation over one."""


class Undecided(ValueError):
    """A check on printed texts could neither find values behind them nor prove that there are none."""


class Interval:
    """All values between two ends.

    Parameters
    ----------
    lo, hi : int, Fraction, or an infinite float
        The ends; `hi` omitted means the single value `lo`.
    lo_open, hi_open : bool
        True where the end itself does not belong to the set. An infinite end is always open.

    Raises
    ------
    ValueError
        If an end is a finite float (binary floats are not what was printed), or if the set would be empty.

    Examples
    --------
    >>> x = Interval(Fraction("24.185"), Fraction("24.195"))
    >>> print(x + 1)
    [25.185, 25.195]
    >>> print(1 / Interval(2, 4))
    [0.25, 0.5]
    >>> print(Interval(60, 100, lo_open=True))
    (60, 100]
    """

    __slots__ = ("lo", "hi", "lo_open", "hi_open")

    def __init__(self, lo: Number, hi: Number | None = None, lo_open: bool = False, hi_open: bool = False):
        self.lo = _end(lo, "lo")
        self.hi = self.lo if hi is None else _end(hi, "hi")
        self.lo_open = lo_open or self.lo == -INFINITY
        self.hi_open = hi_open or self.hi == INFINITY
        if self.lo > self.hi or ((self.lo_open or self.hi_open) and self.lo == self.hi):
            raise ValueError(f"lo: the interval from {lo} to {hi} is empty")

    # --- the set ---------------------------------------------------------------------------------------------------
    @property
    def is_point(self) -> bool:
        """Whether the set holds one value only."""
        lo, hi = self.lo, self.hi
        if lo is hi:
            return True
        return self.is_finite and lo.numerator == hi.numerator and lo.denominator == hi.denominator

    @property
    def is_finite(self) -> bool:
        """Whether both ends are finite."""
        return type(self.lo) is Fraction and type(self.hi) is Fraction

    @property
    def width(self) -> Fraction | float:
        """Distance between the ends."""
        return self.hi - self.lo

    @property
    def middle(self) -> Fraction:
        """A value inside: the midpoint, or a point at distance one (or one half) from the only finite end."""
        if self.is_finite:
            return (self.lo + self.hi) / 2
        if self.lo != -INFINITY:
            return self.lo + max(1, abs(self.lo))
        return self.hi - max(1, abs(self.hi)) if self.hi != INFINITY else Fraction(0)

    def __contains__(self, value: Number) -> bool:
        above = value > self.lo or (value == self.lo and not self.lo_open)
        return above and (value < self.hi or (value == self.hi and not self.hi_open))

    def within(self, other: Interval) -> bool:
        """Whether every value of this set belongs to `other`."""
        lo_fits = self.lo > other.lo or (self.lo == other.lo and (self.lo_open or not other.lo_open))
        return lo_fits and (self.hi < other.hi or (self.hi == other.hi and (self.hi_open or not other.hi_open)))

    def meets(self, other: Interval) -> bool:
        """Whether the two sets have a value in common."""
        if self.lo > other.hi or other.lo > self.hi:
            return False
        if not (self.lo_open or self.hi_open or other.lo_open or other.hi_open):
            return True
        a, b = (self, other) if self.lo <= other.lo else (other, self)
        if a.hi > b.lo:
            return a.lo != b.lo or a.meets_at_start(b)
        return a.hi == b.lo and not a.hi_open and not b.lo_open

    def meets_at_start(self, other: Interval) -> bool:
        """`meets` for two sets with the same lower end (a point must belong to the other set)."""
        if self.is_point or other.is_point:
            return self.lo in other and other.lo in self
        return True

    def intersection(self, other: Interval) -> Interval | None:
        """The common values, or None."""
        if not self.meets(other):
            return None
        lo, lo_open = max((self.lo, self.lo_open), (other.lo, other.lo_open))
        hi, closed = min((self.hi, not self.hi_open), (other.hi, not other.hi_open))
        return _make(lo, hi, lo_open, not closed)

    def halves(self) -> tuple[Interval, Interval]:
        """The set cut at its middle, which belongs to both parts."""
        m = self.middle
        return _make(self.lo, m, self.lo_open, False), _make(m, self.hi, False, self.hi_open)

    # --- arithmetic ------------------------------------------------------------------------------------------------
    def __add__(self, other) -> Interval:
        if type(other) is Fraction:
            return _make(self.lo + other, self.hi + other, self.lo_open, self.hi_open)
        o = interval(other)
        return _make(self.lo + o.lo, self.hi + o.hi, self.lo_open or o.lo_open, self.hi_open or o.hi_open)

    def __neg__(self) -> Interval:
        return _make(-self.hi, -self.lo, self.hi_open, self.lo_open)

    def __sub__(self, other) -> Interval:
        o = interval(other)
        return _make(self.lo - o.hi, self.hi - o.lo, self.lo_open or o.hi_open, self.hi_open or o.lo_open)

    def __mul__(self, other) -> Interval:
        if type(other) is Fraction and self.is_finite and other:
            if other > 0:
                return _make(self.lo * other, self.hi * other, self.lo_open, self.hi_open)
            return _make(self.hi * other, self.lo * other, self.hi_open, self.lo_open)
        o = interval(other)
        closed = not (self.lo_open or self.hi_open or o.lo_open or o.hi_open)
        if closed and self.lo >= 0 and o.lo >= 0:
            return _make(self.lo * o.lo, self.hi * o.hi, False, False)
        ends = [
            _product(x, y)
            for x in ((self.lo, self.lo_open), (self.hi, self.hi_open))
            for y in ((o.lo, o.lo_open), (o.hi, o.hi_open))
        ]
        lo, lo_open = min(ends)
        hi, closed = max((value, not is_open) for value, is_open in ends)
        if lo == 0 and (self._holds_zero() or o._holds_zero()):
            lo_open = False
        if hi == 0 and (self._holds_zero() or o._holds_zero()):
            closed = True
        return _make(lo, hi, lo_open, not closed)

    def _holds_zero(self) -> bool:
        return 0 in self

    def reciprocal(self) -> Interval:
        """1 / x. Where zero lies inside, the whole line; zero itself is left out.

        Raises
        ------
        DomainError
            If zero is the only value.
        """
        if self.lo == 0 == self.hi:
            raise DomainError("division by zero")
        if self.lo < 0 < self.hi:
            return REALS
        if self.lo >= 0:
            hi, hi_open = (INFINITY, True) if self.lo == 0 else (1 / self.lo, self.lo_open)
            lo, lo_open = (Fraction(0), True) if self.hi == INFINITY else (1 / self.hi, self.hi_open)
            return _make(lo, hi, lo_open, hi_open)
        return -((-self).reciprocal())

    def __truediv__(self, other) -> Interval:
        if isinstance(other, int | Fraction) and other:
            return self * Fraction(1, other)
        return self * interval(other).reciprocal()

    def __pow__(self, exponent: int) -> Interval:
        """x ** n for an integer n: x occurs once, so an even power of a set around zero starts at zero."""
        if not isinstance(exponent, int):
            raise ValueError(f"exponent: an integer is needed, not {exponent!r}")
        if exponent < 0:
            return (self**-exponent).reciprocal()
        if exponent == 0:
            return ONE
        if exponent % 2 or self.lo >= 0:
            lo, hi = (_power(end, exponent) for end in (self.lo, self.hi))
            return _make(lo, hi, self.lo_open, self.hi_open)
        return abs(self) ** exponent

    def __abs__(self) -> Interval:
        if self.lo >= 0:
            return self
        if self.hi <= 0:
            return -self
        hi, closed = max((-self.lo, not self.lo_open), (self.hi, not self.hi_open))
        return _make(Fraction(0), hi, False, not closed)

    def __radd__(self, other) -> Interval:
        return self + other

    def __rsub__(self, other) -> Interval:
        return interval(other) - self

    def __rmul__(self, other) -> Interval:
        return self * other

    def __rtruediv__(self, other) -> Interval:
        return interval(other) / self

    # --- text ------------------------------------------------------------------------------------------------------
    def __eq__(self, other) -> bool:
        return isinstance(other, Interval) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self):
        return self.lo, self.hi, self.lo_open, self.hi_open

    def text(self, digits: int = 12) -> str:
        """The interval in decimals, its ends rounded outward to `digits` significant digits."""
        lo, hi = decimal_text(self.lo, digits, down=True), decimal_text(self.hi, digits, down=False)
        if self.is_point and lo == hi:
            return lo
        return f"{'(' if self.lo_open else '['}{lo}, {hi}{')' if self.hi_open else ']'}"

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"Interval<{self.text()}>"


def _make(lo, hi, lo_open: bool, hi_open: bool) -> Interval:
    """An interval from ends already known to be in order."""
    new = object.__new__(Interval)
    new.lo, new.hi, new.lo_open, new.hi_open = lo, hi, lo_open, hi_open
    return new


def _end(value: Number, name: str):
    if isinstance(value, (int, Fraction)):
        return Fraction(value)
    if isinstance(value, float) and math.isinf(value):
        return value
    raise ValueError(f"{name}: an end is an int, a Fraction or an infinity, not {value!r}")


def _product(x, y):
    """Product of two ends (value, open), with 0 times infinity = 0: the end of a limit of finite products."""
    (a, a_open), (b, b_open) = x, y
    if a == 0 or b == 0:
        return Fraction(0), not ((a == 0 and not a_open) or (b == 0 and not b_open))
    return a * b, a_open or b_open


def _power(end, exponent: int):
    return end**exponent if isinstance(end, Fraction) else (INFINITY if end > 0 or exponent % 2 == 0 else -INFINITY)


REALS = _make(-INFINITY, INFINITY, True, True)
ONE = _make(Fraction(1), Fraction(1), False, False)


def interval(value) -> Interval:
    """`value` as an interval: an Interval stays, an int or Fraction becomes a point.

    >>> print(interval(3))
    3
    """
    if type(value) is Interval:
        return value
    return _make(value, value, False, False) if type(value) is Fraction else Interval(value)


def hull(parts: Iterable[Interval]) -> Interval:
    """The smallest interval that contains every part.

    >>> print(hull([Interval(1, 2), Interval(4, 5, hi_open=True)]))
    [1, 5)
    """
    parts = list(parts)
    if not parts:
        raise ValueError("parts: at least one interval is needed")
    lo, lo_open = min((p.lo, p.lo_open) for p in parts)
    hi, closed = max((p.hi, not p.hi_open) for p in parts)
    return _make(lo, hi, lo_open, not closed)


def minimum(parts: Iterable[Interval]) -> Interval:
    """The smallest of one value from each part (mpmath.iv's `min` compares whole intervals instead)."""
    parts = list(parts)
    lo, lo_open = min((p.lo, p.lo_open) for p in parts)
    hi, closed = min((p.hi, not p.hi_open) for p in parts)
    return _make(lo, hi, lo_open, not closed)


def maximum(parts: Iterable[Interval]) -> Interval:
    """The largest of one value from each part."""
    return -minimum([-p for p in parts])


def monotone(function: Callable[..., Interval], *arguments, signs: str) -> Interval:
    """Enclosure of a function that is monotone in every argument over the whole box.

    Parameters
    ----------
    function : callable
        Takes one exact value (Fraction, or an infinite float) an argument and returns an Interval known to contain
        the true value: a point where it is exact, a narrow interval where it had to be rounded outward. Finite ends of
        the result count as attained, which is on the safe side where an argument's end is open.
    *arguments : Interval, int or Fraction
    signs : str
        One character an argument: "+" increasing, "-" decreasing.

    Examples
    --------
    >>> print(monotone(lambda a, b: interval(a - b), Interval(3, 4), Interval(1, 2), signs="+-"))
    [1, 3]
    """
    box = [interval(a) for a in arguments]
    if len(signs) != len(box) or set(signs) - {"+", "-"}:
        raise ValueError(f"signs: one of '+', '-' for each of {len(box)} arguments, not {signs!r}")
    low = function(*(a.lo if s == "+" else a.hi for a, s in zip(box, signs, strict=True)))
    high = function(*(a.hi if s == "+" else a.lo for a, s in zip(box, signs, strict=True)))
    return Interval(low.lo, high.hi)


# --- outward rounded functions ---------------------------------------------------------------------------------------
def root(x, n: int) -> Interval:
    """The real n-th root of the non-negative values of `x`, rounded outward; exact where the root is rational.

    Raises
    ------
    DomainError
        If every value of `x` is negative.

    Examples
    --------
    >>> print(root(Interval(4, 27), 2).text(6))
    [2, 5.19616]
    """
    if not isinstance(n, int) or n < 1:
        raise ValueError(f"n: a positive integer is needed, not {n!r}")
    x = _clip(interval(x), "root")
    (lo, lo_exact), (hi, hi_exact) = _root_end(x.lo, n, False), _root_end(x.hi, n, True)
    return _make(lo, hi, x.lo_open and lo_exact, x.hi_open and hi_exact)


def sqrt(x) -> Interval:
    """Square root, rounded outward.

    >>> print(sqrt(2).text(6))
    [1.41421, 1.41422]
    """
    return root(x, 2)


def _clip(x: Interval, name: str) -> Interval:
    if x.hi < 0 or (x.hi == 0 and x.hi_open):
        raise DomainError(f"{name} of negative numbers only: {x}")
    return x if x.lo >= 0 else _make(Fraction(0), x.hi, False, x.hi_open)


def _root_end(value, n: int, up: bool):
    """(n-th root of a non-negative end rounded down or up, whether it is exact)."""
    if value == INFINITY:
        return INFINITY, True
    top, bottom = _integer_root(value.numerator, n), _integer_root(value.denominator, n)
    if top**n == value.numerator and bottom**n == value.denominator:
        return Fraction(top, bottom), True
    size = (value.denominator.bit_length() - value.numerator.bit_length()) // n
    scale = 1 << max(0, size + int(DIGITS * 3.33))
    floor = _integer_root(value.numerator * scale**n // value.denominator, n)
    return Fraction(floor + up, scale), False


def _integer_root(value: int, n: int) -> int:
    """Largest integer whose n-th power does not exceed `value` (Newton's iteration from above)."""
    if n == 1 or value < 2:
        return value
    if n == 2:
        return math.isqrt(value)
    guess = 1 << -(-value.bit_length() // n)
    while True:
        better = ((n - 1) * guess + value // guess ** (n - 1)) // n
        if better >= guess:
            return guess
        guess = better


def log(x) -> Interval:
    """Natural logarithm of the positive values of `x`, rounded outward.

    >>> print(log(Interval(1, 10)).text(6))
    [0, 2.30259]
    """
    x = interval(x)
    if x.hi <= 0:
        raise DomainError(f"logarithm of numbers that are not positive: {x}")
    lo = -INFINITY if x.lo <= 0 else _transcendental(x.lo, "ln", up=False)
    hi = INFINITY if x.hi == INFINITY else _transcendental(x.hi, "ln", up=True)
    return Interval(lo, hi)


def exp(x) -> Interval:
    """Exponential, rounded outward.

    Raises
    ------
    ValueError
        If an end is finite but beyond 1,000 in size.

    Examples
    --------
    >>> print(exp(Interval(0, 1)).text(6))
    [1, 2.71829]
    """
    x = interval(x)
    for end in (x.lo, x.hi):
        if not math.isinf(end) and abs(end) > 1_000:
            raise ValueError(f"x: the exponential of {x} is out of range")
    lo = Fraction(0) if x.lo == -INFINITY else _transcendental(x.lo, "exp", up=False)
    hi = INFINITY if x.hi == INFINITY else _transcendental(x.hi, "exp", up=True)
    return Interval(lo, hi, lo_open=x.lo == -INFINITY)


@lru_cache
def _context(digits: int, rounding: str) -> decimal.Context:
    return decimal.Context(prec=digits, rounding=rounding)


def _transcendental(value: Fraction, name: str, up: bool) -> Fraction:
    """ln or exp of an exact value, rounded down or up: `decimal` rounds both correctly at its working precision."""
    if value == (1 if name == "ln" else 0):
        return Fraction(0 if name == "ln" else 1)
    context = _context(DIGITS, decimal.ROUND_CEILING if up else decimal.ROUND_FLOOR)
    argument = context.divide(decimal.Decimal(value.numerator), decimal.Decimal(value.denominator))
    result = getattr(argument, name)(context)
    return Fraction(result.next_plus(context) if up else result.next_minus(context))


def decimal_text(value: Number, digits: int = 12, down: bool = True) -> str:
    """A rational number in decimals with at most `digits` significant digits, rounded down or up, never to nearest.

    >>> decimal_text(Fraction(2, 3), 4, down=True), decimal_text(Fraction(2, 3), 4, down=False)
    ('0.6666', '0.6667')
    """
    if isinstance(value, float):
        return "∞" if value > 0 else "-∞"
    value = Fraction(value)
    context = _context(digits, decimal.ROUND_FLOOR if down else decimal.ROUND_CEILING)
    quotient = context.divide(decimal.Decimal(value.numerator), decimal.Decimal(value.denominator))
    if quotient and not -9 <= quotient.adjusted() < 21:
        return str(quotient.normalize(context)).replace("E", "e")
    text = format(quotient, "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text
