"""Growth of a count towards a ceiling: logistic, Gompertz and Bass curves, and how little a few points determine them.

With ceiling K (units of the count), level y0 at the first date s, and time t in years, the curves are

    logistic   f(t) = K / (1 + (K / y0 - 1) exp(-r (t - s)))                                (Verhulst 1838)
    gompertz   f(t) = K exp(-ln(K / y0) exp(-b (t - s)))                                    (Gompertz 1825)
    bass       f(t) = m (1 - exp(-(p + q) t)) / (1 + (q / p) exp(-(p + q) t))               (Bass 1969; t from launch)

and, where the ceiling goes to infinity, the first two become ``y0 exp(g (t - s))`` and the third the solution of
``f' = p m + q f``. So data that look exponential leave the ceiling open. Curves are fitted by least squares to the
logarithms of the counts: errors are proportional and independent. Intervals are profiles of the sum of squares,

    S(psi) <= S_min (1 + F(level; 1, n - k) / (n - k)),                                      (Bates & Watts 1988, ch. 6)

which may be open at the top; a symmetric interval, estimate plus or minus two standard errors, cannot say that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from scipy.optimize import least_squares

MODELS = ("logistic", "gompertz", "bass", "exponential")
LARGEST = 1e9  # a ceiling here is no ceiling


def _series(t: ArrayLike, y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    times, counts = np.asarray(t, dtype=float), np.asarray(y, dtype=float)
    if times.ndim != 1 or counts.shape != times.shape:
        raise ValueError(f"y: expected as many counts as times, got shapes {counts.shape} and {times.shape}")
    if not np.isfinite(times).all() or (np.diff(times) <= 0).any() or times.size == 0:
        raise ValueError("t: times must be finite and rise")
    if not np.isfinite(counts).all() or (counts <= 0).any():
        raise ValueError("y: counts must be finite and positive")
    return times, counts


def _check_model(model: str) -> str:
    if model not in MODELS:
        raise ValueError(f"model: expected one of {', '.join(MODELS)}, got {model!r}")
    return model


def curve(model: str, theta: ArrayLike, t: ArrayLike, start: float) -> np.ndarray:
    """Logarithm of a growth curve.

    Parameters
    ----------
    model : {"logistic", "gompertz", "bass", "exponential"}
    theta : array, shape (..., k)
        Natural logarithms of (K, r, y0), (K, b, y0), (m, p m, q); for the exponential (g, ln y0).
    t : array, shape (n,)
        Years. The Bass curve begins at zero at t = 0.
    start : float
        The date s of y0; not used by the Bass curve.

    Returns
    -------
    ndarray, shape (..., n)

    Examples
    --------
    >>> theta = np.log([100.0, 1.0, 50.0])
    >>> np.exp(curve("logistic", theta, [0.0, 50.0], start=0.0)).round(6)
    array([ 50., 100.])
    """
    _check_model(model)
    theta = np.asarray(theta, dtype=float)[..., None]
    t = np.asarray(t, dtype=float)
    if model == "exponential":
        return theta[..., 1, :] + theta[..., 0, :] * (t - start)
    ceiling, second, third = theta[..., 0, :], np.exp(theta[..., 1, :]), theta[..., 2, :]
    if model == "logistic":
        return ceiling - np.log1p(np.expm1(ceiling - third) * np.exp(-second * (t - start)))
    if model == "gompertz":
        return ceiling - (ceiling - third) * np.exp(-second * (t - start))
    q, p = np.exp(third), second / np.exp(ceiling)
    decay = np.exp(-(p + q) * t)
    return ceiling + np.log(-np.expm1(-(p + q) * t)) - np.log1p(q / p * decay)


@dataclass(frozen=True)
class Growth:
    """A fitted growth curve.

    Attributes
    ----------
    model : str
    theta : ndarray
        As in `curve`.
    rss : float
        Sum of squared residuals of the logarithms.
    t, y : ndarray
        What was fitted.
    """

    model: str
    theta: np.ndarray
    rss: float
    t: np.ndarray
    y: np.ndarray

    @property
    def degrees(self) -> int:
        """Counts less parameters."""
        return self.t.size - self.theta.size

    @property
    def sigma(self) -> float:
        """Standard error of a count, in units of its logarithm (0.1 is about 10 %)."""
        return float(np.sqrt(self.rss / self.degrees)) if self.degrees > 0 else np.nan

    @property
    def ceiling(self) -> float:
        """K or m, in units of the count; infinite where the fit wants none."""
        if self.model == "exponential" or self.theta[0] > np.log(LARGEST) - 1e-3:
            return np.inf
        return float(np.exp(self.theta[0]))

    def predict(self, t: ArrayLike) -> np.ndarray:
        """Fitted count at times `t`."""
        return np.exp(curve(self.model, self.theta, t, self.t[0]))

    def cutoff(self, level: float = 0.95) -> float:
        """Largest sum of squares inside the profile interval of one quantity."""
        if not 0 < level < 1:
            raise ValueError(f"level: expected a number between 0 and 1, got {level!r}")
        if self.degrees < 1:
            raise ValueError("t: fewer counts than parameters and one more leave no measure of error")
        return self.rss * (1 + stats.f.ppf(level, 1, self.degrees) / self.degrees)


def _bounds(model: str, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    top, low, high = np.log(y.max()), np.log(1e-4), np.log(20)
    if model == "exponential":
        return np.array([-20.0, -20.0]), np.array([20.0, top + 5])
    if model == "bass":
        return np.array([top - 1.0, np.log(y.min()) - 12, low]), np.array([np.log(LARGEST), top + 3, high])
    return np.array([top - 1.0, low, np.log(y.min()) - 6]), np.array([np.log(LARGEST), high, top - 1.05])


def _starts(model: str, t: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    rate, level = np.polyfit(t - t[0], np.log(y), 1)
    rate = max(rate, 0.02)
    if model == "exponential":
        return [np.array([rate, level])]
    found = []
    for multiple in (1.1, 2.0, 10.0, 1e3):
        ceiling = np.log(y.max() * multiple)
        if model == "bass":
            found.append(np.array([ceiling, np.log(y[0] / max(t[0], 0.5)), np.log(rate)]))
        else:
            speed = rate if model == "logistic" else rate / np.log(2 * multiple + 4)
            found.append(np.array([ceiling, np.log(speed), np.log(y[0])]))
    return found


def _through(model: str, part: np.ndarray, at: float, value: float, start: float) -> np.ndarray:
    """Parameters of the curve with ceiling and speed `part` that passes through the logarithm `value` at time `at`."""
    if model == "exponential":
        return np.array([part[0], value - part[0] * (at - start)])
    ceiling, speed = part[0], np.exp(part[1])
    if model == "gompertz":
        return np.array([ceiling, part[1], ceiling - (ceiling - value) * np.exp(speed * (at - start))])
    if model == "logistic":
        odds = np.expm1(max(ceiling - value, 1e-12)) * np.exp(speed * (at - start))
        return np.array([ceiling, part[1], ceiling - np.log1p(odds)])
    left = np.exp(-speed * at)  # speed is p + q, ratio is q / p
    ratio = max(((1 - left) * np.exp(ceiling - value) - 1) / left, 1e-9)
    return np.array([ceiling, np.log(speed / (1 + ratio)) + ceiling, np.log(speed * ratio / (1 + ratio))])


def _minimise(model, t, y, starts, ceiling=None, at=None, value=0.0, enough=0.0):
    """Least squares from several starts, with the logarithm of the ceiling, or of the count at one date, held fixed.

    No further start is tried once the sum of squares is `enough`.
    """
    lower, upper = _bounds(model, y)
    if at is not None:
        lower, upper = lower[:-1].copy(), upper[:-1].copy()
        if model != "exponential":
            lower[0] = max(lower[0], value + 1e-9)
            pairs = [(s[0], np.logaddexp(s[1] - s[0], s[2]) if model == "bass" else s[1]) for s in starts]
            above = [(value + gap, pairs[0][1]) for gap in (0.3, 2.0)]
            starts = [np.array(pair) for pair in pairs + above]
        else:
            starts = [s[:1] for s in starts]
    free = slice(1, None) if ceiling is not None else slice(0, None)

    def full(part):
        if at is not None:
            return _through(model, part, at, value, t[0])
        return part if ceiling is None else np.concatenate([[ceiling], part])

    def residuals(part):
        return np.clip(np.nan_to_num(curve(model, full(part), t, t[0]) - np.log(y), nan=50.0), -50, 50)

    best = None
    for start in starts:
        inside = np.clip(start[free], lower[free] + 1e-6, upper[free] - 1e-6)
        result = least_squares(residuals, inside, bounds=(lower[free], upper[free]), max_nfev=80)
        if best is None or result.cost < best[1]:
            best = (full(result.x), result.cost)
        if 2 * best[1] <= enough:
            break
    theta, rss = best[0], 2 * float(best[1])
    kept = at is None or abs(float(curve(model, theta, np.array([at]), t[0])[0]) - value) < 1e-4
    return theta, rss if kept else np.inf


def fit(t: ArrayLike, y: ArrayLike, model: str = "logistic") -> Growth:
    """Fit a growth curve to the logarithms of counts by least squares from several starts.

    Parameters
    ----------
    t : array, shape (n,)
        Times in years, rising; for the Bass curve counted from the launch, so positive.
    y : array, shape (n,)
        Counts, positive.
    model : {"logistic", "gompertz", "bass", "exponential"}

    Raises
    ------
    ValueError
        If times do not rise, a count is not positive, the model is unknown or there are fewer counts than parameters.

    Examples
    --------
    >>> t = np.arange(8.0)
    >>> round(fit(t, 1000 / (1 + 50 * np.exp(-t))).ceiling)
    1000
    """
    _check_model(model)
    times, counts = _series(t, y)
    if times.size < (2 if model == "exponential" else 3):
        raise ValueError(f"t: {times.size} counts for the parameters of the {model} curve")
    if model == "bass" and times[0] <= 0:
        raise ValueError("t: the Bass curve is zero at its launch, so its times must be positive")
    theta, rss = _minimise(model, times, counts, _starts(model, times, counts))
    return Growth(model, theta, rss, times, counts)


@dataclass(frozen=True)
class Profile:
    """Profile of the sum of squares over one quantity.

    Attributes
    ----------
    low, high : float
        Ends of the interval, in units of the count; ``inf`` where there is no upper end below `LARGEST`, 0 where there
        is no lower one.
    values, rss : ndarray
        Where the profile was evaluated, rising, and the smallest sum of squares with the quantity held there.
    """

    low: float
    high: float
    values: np.ndarray
    rss: np.ndarray


def profile(fitted: Growth, at: float | None = None, level: float = 0.95) -> Profile:
    """Profile interval of the ceiling, or of the count at one date.

    From the estimate the quantity is moved away in growing steps until the fit is worse than the cutoff allows; the
    end between the last two steps is found by bisection.

    Parameters
    ----------
    fitted : Growth
        A curve with a ceiling; for the count at one date also the exponential.
    at : float, optional
        Date of the count; without it the ceiling is profiled.
    level : float, optional

    Raises
    ------
    ValueError
        If the exponential is asked for its ceiling, the date is not finite or there are too few counts.
    """
    if at is None and fitted.model == "exponential":
        raise ValueError("fitted: the exponential has no ceiling")
    if at is not None and not np.isfinite(at):
        raise ValueError(f"at: expected a finite date, got {at!r}")
    cutoff, seen = fitted.cutoff(level), {}
    top = np.log(LARGEST)
    centre = min(float(np.log(fitted.predict(np.array([at]))[0]) if at is not None else fitted.theta[0]), top)

    def inside(place: float, warm: np.ndarray) -> tuple[bool, np.ndarray]:
        held = {"ceiling": place} if at is None else {"at": at, "value": place}
        theta, rss = _minimise(fitted.model, fitted.t, fitted.y, [warm, fitted.theta], enough=cutoff, **held)
        seen[place] = rss
        return rss <= cutoff, theta if np.isfinite(rss) else warm

    def end(sign: int, limit: float) -> float:
        last, step, warm = centre, 0.02, fitted.theta
        while sign * (limit - last) > 0:
            trial = last + sign * min(step, abs(limit - last))
            ok, warm = inside(trial, warm)
            if not ok:
                break
            last, step = trial, step * 1.6
        else:
            return sign * np.inf
        for _ in range(10):
            middle = (last + trial) / 2
            ok, warm = inside(middle, warm)
            last, trial = (middle, trial) if ok else (last, middle)
        return (last + trial) / 2

    low, high = end(-1, float(np.log(fitted.y.max())) - 3.0), end(1, top)
    places = np.array(sorted(seen))
    return Profile(float(np.exp(low)), float(np.exp(high)), np.exp(places), np.array([seen[p] for p in places]))


def allows(fitted: Growth, ceiling: float, level: float = 0.95) -> bool:
    """Whether a ceiling lies inside its profile interval; infinity asks whether the interval is open at the top.

    Parameters
    ----------
    fitted : Growth
        A curve with a ceiling.
    ceiling : float
        In units of the count, positive; ``inf`` for the curve without a ceiling.
    level : float, optional
    """
    if fitted.model == "exponential":
        raise ValueError("fitted: the exponential has no ceiling")
    if not ceiling > 0:
        raise ValueError(f"ceiling: expected a positive number, got {ceiling!r}")
    place, cutoff = np.log(min(ceiling, LARGEST)), fitted.cutoff(level)
    _, rss = _minimise(fitted.model, fitted.t, fitted.y, [fitted.theta], ceiling=place, enough=cutoff)
    return bool(rss <= cutoff)


def bootstrap(fitted: Growth, n: int, rng: np.random.Generator) -> np.ndarray:
    """Parameters of `n` parametric resamples: the fitted curve with new proportional errors, fitted again.

    Parameters
    ----------
    fitted : Growth
    n : int
        Resamples, at least one.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (n, k)
        As `Growth.theta`; evaluate them with `curve`.
    """
    if n < 1:
        raise ValueError(f"n: expected at least one resample, got {n}")
    fitted.cutoff()  # refuses a fit without a measure of error
    logs = curve(fitted.model, fitted.theta, fitted.t, fitted.t[0]) + rng.normal(0, fitted.sigma, (n, fitted.t.size))
    return np.array([_minimise(fitted.model, fitted.t, np.exp(row), [fitted.theta])[0] for row in logs])
