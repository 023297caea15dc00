r"""Growth of a count: towards a ceiling or without one, and how little a few points determine either.

With ceiling K (units of the count), level y0 at the first date s, and time t in years, the curves are

    logistic   f(t) = K / (1 + (K / y0 - 1) exp(-r (t - s)))                                (Verhulst 1838)
    gompertz   f(t) = K exp(-ln(K / y0) exp(-b (t - s)))                                    (Gompertz 1825)
    bass       f(t) = m (1 - exp(-(p + q) t)) / (1 + (q / p) exp(-(p + q) t))               (Bass 1969; t from launch)

and, where the ceiling goes to infinity, the first two become ``y0 exp(g (t - s))`` and the third the solution of
``f' = p m + q f``. So data that look exponential leave the ceiling open. Curves are fitted by least squares to the
logarithms of the counts: errors are proportional and independent. Intervals are profiles of the sum of squares,

    S(psi) <= S_min (1 + F(level; 1, n - k) / (n - k)),                                      (Bates & Watts 1988, ch. 6)

which may be open at the top; a symmetric interval, estimate plus or minus two standard errors, cannot say that.
For growth without an end, :func:`line` and :func:`walk` are two readings of "it grows by g a year".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import statsmodels.api as sm
from numpy.typing import ArrayLike
from scipy import stats
from scipy.optimize import least_squares

from replica import check

NAMES = {
    "logistic": ("ceiling", "speed", "start"),
    "gompertz": ("ceiling", "speed", "start"),
    "bass": ("ceiling", "opening", "imitation"),
    "exponential": ("rate", "start"),
}
LARGEST = 1e9  # a ceiling here is no ceiling


def _series(t: ArrayLike, y: ArrayLike, least: int) -> tuple[np.ndarray, np.ndarray]:
    times = check.vector("t", t, least=least)
    counts = check.array("y", y, 0.0, open_low=True, shape=times.shape)
    if (np.diff(times) <= 0).any():
        raise ValueError("t: times must rise")
    return times, counts


def curve(model: str, theta: ArrayLike, t: ArrayLike, start: float) -> np.ndarray:
    """Logarithm of a growth curve.

    Parameters
    ----------
    model : {"logistic", "gompertz", "bass", "exponential"}
    theta : array, shape (..., k)
        Natural logarithms of (K, r, y0), (K, b, y0), (m, p m, q); for the exponential (g, ln y0).
    t : array, shape (n,)
        Years. The Bass curve begins at zero at t = 0, so it asks for positive ones.
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
    check.one_of("model", model, NAMES)
    theta = check.array("theta", theta)
    if theta.shape[-1:] != (len(NAMES[model]),):
        raise ValueError(f"theta: expected {len(NAMES[model])} numbers for the {model} curve, got shape {theta.shape}")
    times = check.array("t", t, 0.0 if model == "bass" else -np.inf, open_low=model == "bass", shape=(None,))
    return _curve(model, theta, times, check.number("start", start))


def _curve(model: str, theta: np.ndarray, t: np.ndarray, start: float) -> np.ndarray:
    theta = theta[..., None]
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
    boundary : tuple of str
        Parameters that ended at a bound of the search; "ceiling" where the fit wants none.
    converged : bool
    t, y : ndarray
        What was fitted.
    """

    model: str
    theta: np.ndarray
    rss: float
    boundary: tuple[str, ...]
    converged: bool
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
        endless = self.model == "exponential" or self.theta[0] > np.log(LARGEST) - 1e-3
        return np.inf if endless else float(np.exp(self.theta[0]))

    def predict(self, t: ArrayLike) -> np.ndarray:
        """Fitted count at times `t`."""
        return np.exp(curve(self.model, self.theta, t, self.t[0]))

    def cutoff(self, level: float = 0.95) -> float:
        """Largest sum of squares inside the profile interval of one quantity."""
        check.number("level", level, 0.0, 1.0, open_low=True, open_high=True)
        if self.degrees < 1:
            raise ValueError("t: fewer counts than parameters and one more leave no measure of error")
        return self.rss * (1 + stats.f.ppf(level, 1, self.degrees) / self.degrees)


def _bounds(model: str, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    top, low, high = np.log(y.max()), np.log(1e-4), np.log(20)
    if model == "exponential":
        return np.array([-20.0, -20.0]), np.array([20.0, top + 5])
    if model == "bass":
        return np.array([top - 1.0, np.log(y.min()) - 12, low]), np.array([np.log(LARGEST), top + 3, high])
    return np.array([top - 1.0, low, np.log(y.min()) - 6]), np.array([np.log(LARGEST), high, top + 1.0])


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

    No further start is tried once the sum of squares is `enough`. Returns parameters, sum of squares, and success.
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
        return np.clip(np.nan_to_num(_curve(model, full(part), t, t[0]) - np.log(y), nan=50.0), -50, 50)

    best = None
    for start in starts:
        inside = np.clip(start[free], lower[free] + 1e-6, upper[free] - 1e-6)
        result = least_squares(residuals, inside, bounds=(lower[free], upper[free]), max_nfev=80)
        if best is None or result.cost < best[1]:
            best = full(result.x), result.cost, result.success
        if 2 * best[1] <= enough:
            break
    theta, rss = best[0], 2 * float(best[1])
    kept = at is None or abs(float(_curve(model, theta, np.array([at]), t[0])[0]) - value) < 1e-4
    return theta, rss if kept else np.inf, bool(best[2])


def _grown(model, t, y, minimum) -> Growth:
    theta, rss, converged = minimum
    near = np.min(np.abs(theta - np.array(_bounds(model, y))), axis=0) < 1e-3
    boundary = tuple(name for name, close in zip(NAMES[model], near, strict=True) if close)
    return Growth(model, theta, rss, boundary, converged, t, y)


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
    times, counts = _series(t, y, len(NAMES[check.one_of("model", model, NAMES)]))
    if model == "bass" and times[0] <= 0:
        raise ValueError("t: the Bass curve is zero at its launch, so its times must be positive")
    return _grown(model, times, counts, _minimise(model, times, counts, _starts(model, times, counts)))


def with_ceiling(fitted: Growth, ceiling: float, enough: float = 0.0) -> Growth:
    """The best curve of the same model whose ceiling is held at `ceiling`.

    Parameters
    ----------
    fitted : Growth
        A curve with a ceiling.
    ceiling : float
        In units of the count, positive; ``inf`` for the curve without a ceiling.
    enough : float
        Sum of squares at which the search stops; 0 for the best.

    Examples
    --------
    >>> t = np.arange(8.0)
    >>> free = fit(t, 1000 / (1 + 50 * np.exp(-t)))
    >>> bool(with_ceiling(free, 2000).rss > 100 * free.rss)
    True
    """
    if fitted.model == "exponential":
        raise ValueError("fitted: the exponential has no ceiling")
    place = np.log(check.positive("ceiling", LARGEST if ceiling == np.inf else ceiling))
    starts = [fitted.theta, *_starts(fitted.model, fitted.t, fitted.y)]
    minimum = _minimise(fitted.model, fitted.t, fitted.y, starts, ceiling=min(place, np.log(LARGEST)), enough=enough)
    return _grown(fitted.model, fitted.t, fitted.y, minimum)


def allows(fitted: Growth, ceiling: float, level: float = 0.95) -> bool:
    """Whether a ceiling lies inside its profile interval; infinity asks whether the interval is open at the top."""
    cutoff = fitted.cutoff(level)
    return bool(with_ceiling(fitted, ceiling, enough=cutoff).rss <= cutoff)


def profile_end(
    inside: Callable[[float, np.ndarray], tuple[bool, np.ndarray]],
    centre: float,
    limit: float,
    warm: np.ndarray,
    step: float = 0.02,
) -> float:
    """End of a profile interval between `centre` and `limit`, infinite where the interval reaches `limit`.

    The quantity is moved away from the estimate in growing steps until the fit is worse than the cutoff allows; the
    end between the last two steps is found by bisection.

    Parameters
    ----------
    inside : callable
        From a value of the quantity and parameters to start from, to whether the value is inside, and the parameters
        found there.
    warm : array
        Parameters at the estimate.
    step : float
        The first step.
    """
    sign = 1 if limit > centre else -1
    last = centre
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


@dataclass(frozen=True)
class Interval:
    """Profile interval in units of the count; `high` is infinite without an upper end, `low` 0 without a lower."""

    low: float
    high: float


def profile(fitted: Growth, at: float | None = None, level: float = 0.95) -> Interval:
    """Profile interval of the ceiling, or of the count at one date.

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
    if at is not None:
        check.number("at", at)
    cutoff, top = fitted.cutoff(level), np.log(LARGEST)
    centre = min(float(fitted.theta[0] if at is None else np.log(fitted.predict([at])[0])), top)

    def inside(place: float, warm: np.ndarray) -> tuple[bool, np.ndarray]:
        held = {"ceiling": place} if at is None else {"at": at, "value": place}
        theta, rss, _ = _minimise(fitted.model, fitted.t, fitted.y, [warm, fitted.theta], enough=cutoff, **held)
        return rss <= cutoff, theta if np.isfinite(rss) else warm

    bottom = float(np.log(fitted.y.max())) - 3.0
    low, high = (profile_end(inside, centre, limit, fitted.theta) for limit in (bottom, top))
    return Interval(float(np.exp(low)), float(np.exp(high)))


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
    check.whole("n", n, 1)
    check.generator("rng", rng)
    fitted.cutoff()  # refuses a fit without a measure of error
    logs = _curve(fitted.model, fitted.theta, fitted.t, fitted.t[0]) + rng.normal(0, fitted.sigma, (n, fitted.t.size))
    return np.array([_minimise(fitted.model, fitted.t, np.exp(row), [fitted.theta])[0] for row in logs])


@dataclass(frozen=True)
class Forecast:
    """A forecast of growth without an end.

    Attributes
    ----------
    growth : (low, middle, high)
        Growth rate a year, percent, with its confidence interval.
    value : (low, middle, high)
        Prediction interval for one new observation, in the unit of the series; the middle is the median.
    """

    growth: tuple[float, float, float]
    value: tuple[float, float, float]


def line(t: ArrayLike, y: ArrayLike, at: float, level: float = 0.95) -> Forecast:
    r"""Log-linear trend by least squares: :math:`\log y_i = a + g t_i + e_i`, errors independent and normal.

    Examples
    --------
    >>> found = line([0, 1, 2, 4], [1.0, 2.0, 4.0, 16.0], at=5)
    >>> round(found.growth[1], 6), round(found.value[1], 6)
    (100.0, 32.0)
    """
    times, counts = _series(t, y, 3)
    middle = times.mean()
    found = sm.OLS(np.log(counts), sm.add_constant(times - middle)).fit()
    ahead = found.get_prediction([[1.0, check.number("at", at) - middle]])
    alpha = 1 - check.number("level", level, 0.0, 1.0, open_low=True, open_high=True)
    ends, rates = ahead.conf_int(obs=True, alpha=alpha)[0], found.conf_int(alpha)[1]
    return _forecast((rates[0], found.params[1], rates[1]), (ends[0], ahead.predicted_mean[0], ends[1]))


def walk(t: ArrayLike, y: ArrayLike, at: float, level: float = 0.95) -> Forecast:
    r"""Random walk with drift: :math:`\log y_{i+1} - \log y_i \sim N(g \Delta_i, s^2 \Delta_i)`, so errors stay.

    Drift (last - first) / T with variance s²/T; prediction variance :math:`s^2 h (1 + h/T)` at horizon h; Student t
    with m - 1 degrees for m steps.

    Examples
    --------
    >>> found = walk([0, 1, 2, 4], [1.0, 2.0, 4.0, 16.0], at=5)
    >>> round(found.growth[1], 6), round(found.value[1], 6)
    (100.0, 32.0)
    """
    times, counts = _series(t, y, 3)
    ahead = check.number("at", at, float(times[-1]), open_low=True) - times[-1]
    q = stats.t.ppf((1 + check.number("level", level, 0.0, 1.0, open_low=True, open_high=True)) / 2, len(times) - 2)
    gaps, steps = np.diff(times), np.diff(np.log(counts))
    span, drift = gaps.sum(), steps.sum() / gaps.sum()
    s = np.sqrt(np.sum((steps - drift * gaps) ** 2 / gaps) / (gaps.size - 1))
    rate, sides = q * s / np.sqrt(span), np.array([-1, 0, 1])
    middle, width = np.log(counts[-1]) + drift * ahead, q * s * np.sqrt(ahead * (1 + ahead / span))
    return _forecast(drift + sides * rate, middle + sides * width)


def _forecast(rate, logs) -> Forecast:
    """Percent a year and counts from logarithms, kept finite."""
    growth, value = 100 * np.expm1(np.clip(rate, -50, 50)), np.exp(np.clip(logs, -300, 300))
    return Forecast(tuple(growth.tolist()), tuple(value.tolist()))
