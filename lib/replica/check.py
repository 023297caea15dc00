"""Guards of arguments: each returns the value in the form that models use, or names the argument that is wrong.

Every public function of the library passes its arguments through these, so that NaN, infinity, a wrong shape, a wrong
type or a value outside its range ends in one ValueError that begins with the argument's name.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Collection

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def _bounds(low: float, high: float, open_low: bool, open_high: bool) -> str:
    if low == -math.inf and high == math.inf:
        return ""
    if high == math.inf:
        return f" above {low:g}" if open_low else f" of at least {low:g}"
    if low == -math.inf:
        return f" below {high:g}" if open_high else f" of at most {high:g}"
    return f" in {'(' if open_low else '['}{low:g}, {high:g}{')' if open_high else ']'}"


def number(
    name: str,
    value: object,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    open_low: bool = False,
    open_high: bool = False,
) -> float:
    """A finite number between `low` and `high`, ends included unless they are said to be open.

    Examples
    --------
    >>> number("rate", 2, low=0)
    2.0
    >>> number("rate", float("nan"))
    Traceback (most recent call last):
    ...
    ValueError: rate: expected a finite number, got nan
    """
    bad = isinstance(value, (bool, np.bool_, str, bytes)) or not isinstance(value, numbers.Real | np.ndarray)
    if isinstance(value, np.ndarray) and (value.ndim or value.dtype.kind not in "iuf"):
        bad = True
    found = math.nan if bad else float(value)  # type: ignore[arg-type]
    if not math.isfinite(found) or not _within(np.float64(found), low, high, open_low, open_high):
        raise ValueError(f"{name}: expected a finite number{_bounds(low, high, open_low, open_high)}, got {value!r}")
    return found


def positive(name: str, value: object) -> float:
    """A finite number above 0.

    Examples
    --------
    >>> positive("scale", 0)
    Traceback (most recent call last):
    ...
    ValueError: scale: expected a finite number above 0, got 0
    """
    return number(name, value, 0.0, open_low=True)


def share(name: str, value: object) -> float:
    """A number in [0, 1].

    Examples
    --------
    >>> share("rho", 0.25)
    0.25
    """
    return number(name, value, 0.0, 1.0)


def whole(name: str, value: object, low: int = 0, high: int | None = None) -> int:
    """A whole number of at least `low` and, where given, at most `high`; 3.0 is not one, so that slips are seen.

    Examples
    --------
    >>> whole("n", 2.5, 1)
    Traceback (most recent call last):
    ...
    ValueError: n: expected a whole number of at least 1, got 2.5
    """
    good = isinstance(value, numbers.Integral) and not isinstance(value, (bool, np.bool_))
    if not good or value < low or (high is not None and value > high):  # type: ignore[operator]
        limits = f" of at least {low}" if high is None else f" from {low} to {high}"
        raise ValueError(f"{name}: expected a whole number{limits}, got {value!r}")
    return int(value)  # type: ignore[call-overload]


def _within(values: Array, low: float, high: float, open_low: bool, open_high: bool) -> bool:
    above = values > low if open_low else values >= low
    below = values < high if open_high else values <= high
    return bool(np.all(above & below))


def array(
    name: str,
    value: ArrayLike,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    open_low: bool = False,
    open_high: bool = False,
    shape: tuple[int | None, ...] | None = None,
) -> Array:
    """Finite numbers between `low` and `high` as a float array; `shape` is met where given, None being any length.

    Examples
    --------
    >>> array("weights", [1, 2], low=0, shape=(None,))
    array([1., 2.])
    >>> array("weights", [[1, 2]], shape=(None,))
    Traceback (most recent call last):
    ...
    ValueError: weights: expected a vector, got shape (1, 2)
    """
    try:
        found = np.asarray(value)
        if found.dtype.kind not in "iuf" and not (found.dtype.kind == "O" and found.size):
            raise TypeError
        found = found.astype(float)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: expected numbers, got {_short(value)}") from None
    if shape is not None and (
        found.ndim != len(shape) or any(n is not None and n != m for n, m in zip(shape, found.shape, strict=True))
    ):
        raise ValueError(f"{name}: expected {_form(shape)}, got shape {found.shape}")
    if not np.isfinite(found).all():
        raise ValueError(f"{name}: expected finite numbers, got {_short(value)}")
    if not _within(found, low, high, open_low, open_high):
        raise ValueError(
            f"{name}: expected numbers{_bounds(low, high, open_low, open_high)}, got {found.min():g} to {found.max():g}"
        )
    return found


def vector(name: str, value: ArrayLike, low: float = -math.inf, high: float = math.inf, *, least: int = 1) -> Array:
    """A vector of at least `least` finite numbers in [low, high].

    Examples
    --------
    >>> vector("y", [1.0], least=2)
    Traceback (most recent call last):
    ...
    ValueError: y: expected at least 2 numbers, got 1
    """
    found = array(name, value, low, high, shape=(None,))
    if found.size < least:
        raise ValueError(f"{name}: expected at least {least} numbers, got {found.size}")
    return found


def matrix(name: str, value: ArrayLike, low: float = -math.inf, high: float = math.inf) -> Array:
    """A matrix of finite numbers in [low, high] with at least one row and one column."""
    found = array(name, value, low, high, shape=(None, None))
    if not found.size:
        raise ValueError(f"{name}: expected at least one row and one column, got shape {found.shape}")
    return found


def correlation(name: str, value: ArrayLike) -> Array:
    """A correlation matrix: symmetric, ones on its diagonal, no negative eigenvalue beyond rounding.

    Examples
    --------
    >>> correlation("r", [[1, 2], [2, 1]])
    Traceback (most recent call last):
    ...
    ValueError: r: expected numbers in [-1, 1], got 1 to 2
    """
    found = matrix(name, value)
    inside = np.clip(found, -1.0, 1.0)
    found = inside if np.allclose(found, inside, rtol=0, atol=1e-10) else matrix(name, value, -1.0, 1.0)
    if found.shape[0] != found.shape[1] or not np.allclose(found, found.T, atol=1e-10):
        raise ValueError(f"{name}: expected a symmetric matrix")
    if not np.allclose(np.diag(found), 1.0, atol=1e-10):
        raise ValueError(f"{name}: expected ones on the diagonal")
    if np.linalg.eigvalsh(found)[0] < -1e-8:
        raise ValueError(f"{name}: no variables have these correlations (a negative eigenvalue)")
    return found


def probabilities(name: str, value: ArrayLike) -> Array:
    """A vector of probabilities that sum to 1 within 1e-9.

    Examples
    --------
    >>> probabilities("prior", [0.5, 0.6])
    Traceback (most recent call last):
    ...
    ValueError: prior: probabilities sum to 1.1, not to 1
    """
    found = vector(name, value, 0.0, 1.0)
    if abs(found.sum() - 1.0) > 1e-9:
        raise ValueError(f"{name}: probabilities sum to {found.sum():g}, not to 1")
    return found


def one_of(name: str, value: object, allowed: Collection[str]) -> str:
    """One of the words in `allowed`.

    Examples
    --------
    >>> one_of("method", "best", ["pooled", "within"])
    Traceback (most recent call last):
    ...
    ValueError: method: expected one of pooled, within; got 'best'
    """
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name}: expected one of {', '.join(allowed)}; got {value!r}")
    return value


def generator(name: str, value: object) -> np.random.Generator:
    """A numpy random generator, which the caller has seeded."""
    if not isinstance(value, np.random.Generator):
        raise ValueError(f"{name}: expected a numpy random Generator, got {_short(value)}")
    return value


def _form(shape: tuple[int | None, ...]) -> str:
    if all(n is None for n in shape):
        return {1: "a vector", 2: "a matrix"}.get(len(shape), f"{len(shape)} dimensions")
    return "shape (" + ", ".join("any" if n is None else str(n) for n in shape) + ")"


def _short(value: object) -> str:
    text = repr(value).replace("\n", " ")
    return text if len(text) <= 60 else text[:57] + "..."
