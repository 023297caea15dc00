"""Regressions on panels: estimators side by side, many effects at once, programmes, dynamics, Granger causality.

A panel for `fit` is a DataFrame whose index has two levels, unit and period; linearmodels estimates. The tools for
bilateral panels take arrays whose last three axes are exporter, importer and year; trade of a country with itself is no
observation, so the diagonal is ignored on the way in and 0 on the way out. They are closed form, so that thousands of
panels can be run; with controls and gaps, use pyfixest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from linearmodels.panel import PanelOLS, PooledOLS, RandomEffects
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from replica import check

Array = NDArray[np.float64]

METHODS = ("pooled", "random", "within", "two-way")
ERRORS = {"classical": "unadjusted", "robust": "robust", "clustered": "clustered"}
GRAVITY_ERRORS = ("robust", "pair", "two-way", "dyadic")
PROGRAMME_METHODS = ("before–after", "difference in differences", "baseline held constant")
REACTION_METHODS = ("pooled", "within", "jackknife", "difference")


# --- estimators side by side -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class PanelFit:
    """One estimated panel regression.

    Attributes
    ----------
    table : DataFrame
        Rows: the constant and the regressors; columns b, se, t.
    covariance : DataFrame
        Covariance of the estimates.
    r2 : float
        R² of the estimator's own (transformed) regression: *within* for fixed effects.
    n : int
    method, errors : str
    """

    table: pd.DataFrame
    covariance: pd.DataFrame
    r2: float
    n: int
    method: str
    errors: str


def _columns(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    if frame.index.nlevels != 2:
        raise ValueError("frame: an index with the two levels unit and period is needed")
    if missing := [c for c in columns if c not in frame.columns]:
        raise ValueError(f"frame: has no column {missing[0]!r}")
    used = frame[list(columns)].astype(float)
    check.matrix("frame", used.to_numpy())
    return used


def fit(
    frame: pd.DataFrame, dependent: str, regressors: Sequence[str], method: str = "pooled", errors: str = "classical"
) -> PanelFit:
    """Estimate one panel regression.

    Parameters
    ----------
    frame : DataFrame
        Index (unit, period).
    dependent : str
    regressors : sequence of str
        A constant is added.
    method : {"pooled", "random", "within", "two-way"}
        Pooled least squares; random effects; fixed effects of units; fixed effects of units and periods.
    errors : {"classical", "robust", "clustered"}
        Clusters are units.

    Returns
    -------
    PanelFit

    Raises
    ------
    ValueError
        If a column is missing or not finite, or `method` or `errors` is unknown.

    References
    ----------
    Cameron & Miller (2015) for clustered errors.
    """
    check.one_of("method", method, METHODS)
    check.one_of("errors", errors, ERRORS)
    used = _columns(frame, [dependent, *regressors])
    x = used[list(regressors)].assign(constant=1.0)[["constant", *regressors]]
    y = used[dependent]
    if method == "pooled":
        model = PooledOLS(y, x)
    elif method == "random":
        model = RandomEffects(y, x)
    else:
        model = PanelOLS(y, x, entity_effects=True, time_effects=method == "two-way")
    options = {"cluster_entity": True} if errors == "clustered" else {}
    result = model.fit(cov_type=ERRORS[errors], **options)
    table = pd.DataFrame({"b": result.params, "se": result.std_errors, "t": result.tstats})
    return PanelFit(table, result.cov, float(result.rsquared), int(result.nobs), method, errors)


def first_t(frame: pd.DataFrame, dependent: str, regressors: Sequence[str], *, within: bool = False) -> float:
    """t statistic of the first regressor, pooled or within units, classical errors: `fit` for thousands of panels.

    Raises
    ------
    ValueError
        As `fit`; or if the regressors are collinear, constant, or too many for the rows.
    """
    used = _columns(frame, [dependent, *regressors])
    units = used.index.get_level_values(0)
    if within:
        used = used - used.groupby(units).transform("mean")
    used = used - used.mean()
    y, x = used[dependent].to_numpy(), used[list(regressors)].to_numpy()
    freedom = len(y) - x.shape[1] - (units.nunique() if within else 1)
    if freedom < 1:
        raise ValueError(f"frame: {len(y)} rows leave no degree of freedom")
    size = np.sqrt((x**2).sum(axis=0))
    raw = np.abs(frame[list(regressors)].to_numpy(float)).max(axis=0)
    if (size <= 1e-10 * raw).any() or np.linalg.cond(x / size) > 1e8:
        raise ValueError("regressors: constant or collinear, so that their slopes are not defined")
    inverse = np.linalg.inv(x.T @ x)
    b = inverse @ x.T @ y
    residual = y - x @ b
    return float(b[0] / np.sqrt(residual @ residual / freedom * inverse[0, 0]))


def hausman(within: PanelFit, random: PanelFit) -> tuple[float, int, float]:
    """Hausman's test of random against fixed effects: ``d' (V_within - V_random)^-1 d`` over the common slopes.

    Parameters
    ----------
    within, random : PanelFit
        The same regression with classical errors.

    Returns
    -------
    (float, int, float)
        Statistic, degrees of freedom, p value. The statistic is NaN where the difference of the covariances is not
        positive definite.

    Raises
    ------
    ValueError
        If the two fits do not share their slopes or their errors are not classical.

    References
    ----------
    Hausman (1978).
    """
    slopes = [name for name in within.table.index if name != "constant"]
    if slopes != [name for name in random.table.index if name != "constant"]:
        raise ValueError("within, random: the same regressors in the same order are needed")
    if within.errors != "classical" or random.errors != "classical":
        raise ValueError("within, random: the test is for classical errors")
    gap = (within.table["b"] - random.table["b"])[slopes].to_numpy()
    difference = (within.covariance - random.covariance).loc[slopes, slopes].to_numpy()
    if np.linalg.eigvalsh(difference)[0] <= 0:
        return float("nan"), len(slopes), float("nan")
    statistic = float(gap @ np.linalg.solve(difference, gap))
    return statistic, len(slopes), float(stats.chi2.sf(statistic, len(slopes)))


def mundlak(frame: pd.DataFrame, dependent: str, regressors: Sequence[str]) -> tuple[float, int, float]:
    """The same question as a Wald test that is always defined, with errors clustered by unit.

    Unit means of the regressors are added to the random-effects regression; under random effects they matter not.

    Parameters
    ----------
    frame, dependent, regressors
        As `fit`.

    Returns
    -------
    (float, int, float)
        Statistic, degrees of freedom, p value.

    References
    ----------
    Mundlak (1978).
    """
    used = _columns(frame, [dependent, *regressors])
    means = used[list(regressors)].groupby(level=0).transform("mean").add_prefix("mean of ")
    wide = fit(used.join(means), dependent, [*regressors, *means], "random", "clustered")
    b = wide.table.loc[list(means), "b"].to_numpy()
    covariance = wide.covariance.loc[list(means), list(means)].to_numpy()
    statistic = float(b @ np.linalg.solve(covariance, b))
    return statistic, len(b), float(stats.chi2.sf(statistic, len(b)))


# --- bilateral panels: three sets of effects at once -----------------------------------------------------------------
def _bilateral(name: str, values: ArrayLike) -> Array:
    """Finite panel with a diagonal of zeros."""
    array = np.array(values, dtype=float)
    if array.ndim < 3 or array.shape[-3] != array.shape[-2] or array.shape[-2] < 4 or array.shape[-1] < 2:
        raise ValueError(f"{name}: expected (..., n, n, T) with n of at least 4 and T of at least 2, got {array.shape}")
    places = np.arange(array.shape[-3])
    array[..., places, places, :] = 0.0
    return check.array(name, array)


def absorb(values: ArrayLike) -> Array:
    """Residuals of a balanced panel after pair, exporter-year and importer-year effects, in one pass.

    Subtracting the mean over years of each pair acts on the years, the regression on exporters and importers acts the
    same way within each year: the two projections commute, so one after the other is the joint one. Without the
    diagonal, the effects of year t are, with row sums R, column sums C, total G and m = n - 1,

        a_i = [m (R_i - h) + (C_i - h)] / [n (n - 2)],   b_j = [(R_j - h) + m (C_j - h)] / [n (n - 2)],   h = G / 2m.

    Parameters
    ----------
    values : array, shape (..., n, n, T)

    Returns
    -------
    array, the same shape

    Raises
    ------
    ValueError
        If the shape is another or a value off the diagonal is not finite.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> effects = rng.normal(size=(6, 6, 1)) + rng.normal(size=(6, 1, 4)) + rng.normal(size=(1, 6, 4))
    >>> bool(np.abs(absorb(effects)).max() < 1e-12)
    True
    """
    v = _bilateral("values", values)
    n = v.shape[-3]
    m = n - 1
    v -= v.mean(axis=-1, keepdims=True)
    rows, columns = v.sum(axis=-2), v.sum(axis=-3)
    half = rows.sum(axis=-2, keepdims=True) / (2 * m)
    rows, columns = rows - half, columns - half
    a = (m * rows + columns) / (n * (n - 2))
    b = (rows + m * columns) / (n * (n - 2))
    v -= a[..., :, None, :]
    v -= b[..., None, :, :]
    places = np.arange(n)
    v[..., places, places, :] = 0.0
    return v


def freedom(n: int, years: int) -> int:
    """Residual degrees of freedom of the balanced panel after all three sets of effects: (T - 1)(n² - 3n + 1).

    Examples
    --------
    >>> freedom(62, 15)
    51226
    """
    return (years - 1) * (n * (n - 1) - (2 * n - 1))


def slope(x: ArrayLike, y: ArrayLike) -> tuple[Array, dict[str, Array]]:
    """Slope of y on x after all three sets of effects, with four standard errors.

    With x and the residual e after absorption and the scores ``s_ij = Σ_t x_ijt e_ijt``, the squared errors times
    ``(Σ x²)²`` are

    - robust: ``Σ (x e)²``, scaled by N over the residual degrees of freedom (White 1980);
    - pair: ``Σ s_ij²`` over ordered pairs;
    - two-way: clusters of exporters plus those of importers less those of pairs (Cameron, Gelbach & Miller 2011);
    - dyadic: all observations that share a country in either role are related (Aronow, Samii & Assenova 2015).

    The last three are scaled by G / (G - 1), G the number of clusters (of countries for the last two).

    Parameters
    ----------
    x : array, shape (n, n, T)
    y : array, shape (..., n, n, T)

    Returns
    -------
    (array, dict of str to array)
        Slopes and errors of shape ``(...)``. A negative sum of the last two kinds gives NaN.

    Raises
    ------
    ValueError
        If shapes do not fit, or the effects absorb all of x.
    """
    raw = _bilateral("x", x)
    if raw.ndim != 3:
        raise ValueError(f"x: expected one panel (n, n, T), got shape {raw.shape}")
    if np.shape(y)[-3:] != raw.shape:
        raise ValueError(f"y: expected (..., {', '.join(map(str, raw.shape))}), got {np.shape(y)}")
    xt, e = absorb(raw), absorb(y)
    square = float((xt * xt).sum())
    if square <= 1e-18 * max(float((raw * raw).sum()), 1e-300):
        raise ValueError("x: the effects absorb all of it")
    b = np.einsum("ijt,...ijt->...", xt, e) / square
    e -= b[..., None, None, None] * xt
    e *= xt
    n, _, years = raw.shape
    s = e.sum(axis=-1)
    out, into = s.sum(axis=-1), s.sum(axis=-2)
    pairs = (s * s).sum(axis=(-1, -2))
    both = s + np.swapaxes(s, -1, -2)
    meat = {
        "robust": np.einsum("...ijt,...ijt->...", e, e) * n * (n - 1) * years / freedom(n, years),
        "pair": pairs * n * (n - 1) / (n * (n - 1) - 1),
        "two-way": ((out**2).sum(axis=-1) + (into**2).sum(axis=-1) - pairs) * n / (n - 1),
        "dyadic": (((out + into) ** 2).sum(axis=-1) - (both**2).sum(axis=(-1, -2)) / 2) * n / (n - 1),
    }
    with np.errstate(invalid="ignore"):
        return b, {kind: np.sqrt(value) / square for kind, value in meat.items()}


def cohort_effects(y: ArrayLike, entry: ArrayLike) -> tuple[pd.DataFrame, tuple[float, float]]:
    """Effect of a binary, staggered treatment by cohort and year: extended fixed effects (Wooldridge 2021).

    One dummy for every cohort and year of treatment is added to the three sets of effects. So treated pairs are
    compared with pairs not yet or never treated, never with pairs treated earlier. Pairs treated from the first year
    on have no year before; they get effects of their own for every later year, which are not reported.

    Parameters
    ----------
    y : array, shape (n, n, T)
    entry : array of int, shape (n, n)
        Index of the first treated year; T for pairs never treated.

    Returns
    -------
    (DataFrame, (float, float))
        Rows cohort and year with the estimate, its error (clusters of pairs) and the number of pairs; then the mean
        over all treated pair-years, and its error.

    Raises
    ------
    ValueError
        If shapes differ, entry is out of range, or no pair enters after the first year, or none is never treated.
    """
    values, first = _bilateral("y", y), np.asarray(entry)
    n, _, years = values.shape
    off = ~np.eye(n, dtype=bool)
    if first.shape != (n, n) or not ((first >= 0) & (first <= years)).all():
        raise ValueError(f"entry: expected ({n}, {n}) with numbers from 0 to {years}")
    cohorts = [c for c in range(1, years) if ((first == c) & off).any()]
    if not cohorts or not ((first == years) & off).any():
        raise ValueError("entry: pairs that enter after the first year, and pairs that never do, are needed")
    cells = [(c, t) for c in cohorts for t in range(c, years)]
    always = [(0, t) for t in range(1, years)] if ((first == 0) & off).any() else []
    dummies = np.zeros((len(cells) + len(always), n, n, years))
    for row, (c, t) in enumerate(cells + always):
        dummies[row, ..., t] = (first == c) & off
    x = absorb(dummies).reshape(len(dummies), -1)
    size = np.array([((first == c) & off).sum() for c, _ in cells])
    inverse = np.linalg.inv(x @ x.T)
    e = absorb(values).ravel()
    b = inverse @ (x @ e)
    e -= b @ x
    weights = np.zeros((len(cells) + 1, len(dummies)))
    weights[: len(cells), : len(cells)] = np.eye(len(cells))
    weights[-1, : len(cells)] = size / size.sum()
    scores = ((weights @ inverse @ x) * e).reshape(len(weights), n * n, years).sum(axis=-1)
    error = np.sqrt((scores**2).sum(axis=-1))
    table = pd.DataFrame(cells, columns=["cohort", "year"]).assign(estimate=b[: len(cells)], se=error[:-1], pairs=size)
    return table, (float(weights[-1] @ b), float(error[-1]))


def rejection_rate(
    b: ArrayLike, se: ArrayLike, effect: ArrayLike, critical: float = 1.959964, true_se: float | None = None
) -> Array:
    """Share of draws whose t test rejects zero when `effect` is added to slopes estimated without an effect.

    Parameters
    ----------
    b, se : array, shape (draws,)
    effect : array, shape (k,)
    critical : float
    true_se : float, optional
        The true standard error of b. If given, each drawn error counts with the probability that a normal slope
        with this error exceeds it, instead of one draw of b: less noise, for slopes that are normal and nearly
        independent of their estimated error.

    Returns
    -------
    array, shape (k,)

    Raises
    ------
    ValueError
        If b and se differ in shape, are empty or not finite, an error is negative, or `true_se` is not positive.
    """
    b, se = check.vector("b", b), check.vector("se", se, 0.0)
    if b.shape != se.shape:
        raise ValueError(f"se: expected one error for each of {b.size} slopes, got {se.size}")
    effects = np.atleast_1d(check.array("effect", effect))
    limit = check.positive("critical", critical) * se[:, None]
    if true_se is None:
        return (np.abs(b[:, None] + effects) > limit).mean(axis=0)
    spread = check.positive("true_se", true_se)
    return (stats.norm.sf((limit - effects) / spread) + stats.norm.cdf((-limit - effects) / spread)).mean(axis=0)


# --- programmes that start for some -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Effect:
    """Effect of a programme: estimate, standard error (HC2) and residual degrees of freedom."""

    estimate: float
    error: float
    df: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        half = stats.t.ppf((1 + level) / 2, self.df) * self.error
        return self.estimate - half, self.estimate + half

    def covers(self, truth: float) -> bool:
        low, high = self.interval()
        return low <= truth <= high


def _programme(y: ArrayLike, treated: ArrayLike, start: int) -> tuple[Array, NDArray[np.bool_]]:
    y, d = check.matrix("y", y), np.asarray(treated)
    if d.shape != (len(y),) or d.dtype != bool or d.sum() < 2 or (~d).sum() < 2:
        raise ValueError("treated: expected one truth value a unit, two units at least on each side")
    check.whole("start", start, 1, y.shape[1] - 1)
    return y, d


def effect(y: ArrayLike, treated: ArrayLike, start: int, method: str, baseline: int = 1) -> Effect:
    """Effect of a programme on the mean score after its start.

    Do units enter because their last score was bad? Part of that badness was luck and goes away by itself; before–after
    and difference in differences then show an effect where there is none. Holding the score that decided constant
    repairs it. That third method is least squares of the score after on the programme, the deciding score and its
    square; the square takes up what counting adds to the noise of low shares. No unit needs a twin on the other side of
    the cut, but the curve is extended across it: the wider the cut from the middle, the more rests on its form.

    Parameters
    ----------
    y : array_like, shape (units, years)
    treated : array_like of bool, shape (units,)
    start : int
        Index of the first year of the programme.
    method : {"before–after", "difference in differences", "baseline held constant"}
        Mean change of the treated; that minus the mean change of the others; difference of the means after, at the same
        score in the year before the start (analysis of covariance).
    baseline : int
        Number of years before the start that "before" is the mean of (not used by the third method).

    Raises
    ------
    ValueError
        If the shapes do not fit, the method is unknown, or there are not as many years before the start.
    """
    y, d = _programme(y, treated, start)
    check.one_of("method", method, PROGRAMME_METHODS)
    check.whole("baseline", baseline, 1, start)
    after, change = y[:, start:].mean(axis=1), y[:, start:].mean(axis=1) - y[:, start - baseline : start].mean(axis=1)
    if method == PROGRAMME_METHODS[0]:
        own = change[d]
        return Effect(float(own.mean()), float(own.std(ddof=1) / own.size**0.5), own.size - 1)
    last = y[:, start - 1] - y[:, start - 1].mean()
    columns = [np.ones(len(y)), d.astype(float)] + ([last, last**2] if method == PROGRAMME_METHODS[2] else [])
    fit = sm.OLS(after if method == PROGRAMME_METHODS[2] else change, np.column_stack(columns)).fit(
        cov_type="HC2", use_t=True
    )
    return Effect(float(fit.params[1]), float(fit.bse[1]), float(fit.df_resid))


def event_study(y: ArrayLike, treated: ArrayLike, start: int) -> Array:
    """Difference treated minus others in every year, less the same difference in the year before the start."""
    y, d = _programme(y, treated, start)
    gap = y[d].mean(axis=0) - y[~d].mean(axis=0)
    return gap - gap[start - 1]


# --- dynamic panels: does the balance answer the debt? ----------------------------------------------------------------
@dataclass(frozen=True)
class Reaction:
    """A fiscal reaction coefficient: points of primary balance for a point of debt.

    Attributes
    ----------
    estimate, error : float
        Coefficient on lagged debt, and its standard error clustered by unit (for "jackknife" that of "within").
    units, years : int
        Size of the panel used.
    method : str
    """

    estimate: float
    error: float
    units: int
    years: int
    method: str

    def rejects(self, value: float = 0.0) -> bool:
        """Whether a two-sided 5 % test by the normal distribution rejects `value`."""
        return abs(self.estimate - value) > 1.959964 * self.error


def _without_means(values: Array, method: str) -> Array:
    """Remove the mean of all (pooled), of units and years (within), or of years alone (difference)."""
    if method == "pooled":
        return values - values.mean()
    if method == "difference":
        return values - values.mean(axis=0)
    return values - values.mean(axis=1, keepdims=True) - values.mean(axis=0, keepdims=True) + values.mean()


def _reaction(debt: Array, balance: Array, method: str) -> tuple[float, float]:
    """Coefficient by least squares, or by the instrument for "difference", and its error clustered by unit."""
    if method == "difference":
        debt, balance, instrument = np.diff(debt, axis=1), np.diff(balance, axis=1), debt[:, :-1]
    else:
        instrument = debt
    x, y, z = (_without_means(values, method) for values in (debt, balance, instrument))
    strength = float((z * x).sum())
    if abs(strength) < 1e-12 * float(np.abs(z * x).sum() or 1):
        raise ValueError("debt: does not vary")
    estimate = float((z * y).sum()) / strength
    scores = (z * (y - estimate * x)).sum(axis=1)
    units = debt.shape[0]
    return estimate, float(np.sqrt((scores**2).sum() * units / (units - 1)) / abs(strength))


def reaction(debt: ArrayLike, balance: ArrayLike, method: str = "within") -> Reaction:
    """Bohn's (1998) test on a panel: does the primary balance rise with the debt at the start of the year?

    .. math:: pb_{it} = \\rho\\, b_{i,t-1} + \\alpha_i + \\tau_t + u_{it}

    Debt sums past balances, so it is predetermined, not strictly exogenous. Four ways with that:

    - "pooled": one constant. A government that always runs deficits has a high debt, so unit effects bias it down.
    - "within": effects of unit and year. Few years bias it up (Nickell 1981).
    - "jackknife": twice the within estimate less the mean of those of the two halves of the years (Dhaene & Jochmans
      2015); removes the bias to first order in the number of years.
    - "difference": first differences less year means, with the level of debt a year before as the instrument
      (Anderson & Hsiao 1982); consistent, and imprecise.

    Parameters
    ----------
    debt : array_like, shape (units, years)
        Debt ratio at the start of each year.
    balance : array_like, shape (units, years)
        Primary balance of the year, over the same income.
    method : {"pooled", "within", "jackknife", "difference"}

    Raises
    ------
    ValueError
        If shapes do not fit, a value is not finite, the method is unknown, debt does not vary, or there are fewer than
        three units or years (six years for "jackknife").
    """
    b, y = check.matrix("debt", debt), check.matrix("balance", balance)
    if b.shape != y.shape:
        raise ValueError("balance: expected the shape (units, years) of debt")
    check.one_of("method", method, REACTION_METHODS)
    units, years = b.shape
    if units < 3 or years < (6 if method == "jackknife" else 3):
        raise ValueError("debt: too few units or years for this method")
    if method != "jackknife":
        return Reaction(*_reaction(b, y, method), units, years, method)
    whole, error = _reaction(b, y, "within")
    half = years // 2
    parts = [_reaction(b[:, part], y[:, part], "within")[0] for part in (slice(None, half), slice(years - half, None))]
    return Reaction(2 * whole - sum(parts) / 2, error, units, years, method)


@dataclass(frozen=True)
class Indirect:
    """Result of :func:`indirect`: estimate, simulated 95 % interval, and the within estimate that each truth gives."""

    estimate: float
    low: float
    high: float
    truths: Array
    means: Array


def indirect(
    estimate: float,
    simulate: Callable[[float, np.random.Generator], tuple[Array, Array]],
    truths: ArrayLike,
    replications: int,
    seed: int,
) -> Indirect:
    """Undo a bias by simulating it: indirect inference for dynamic panels (Gouriéroux, Phillips & Yu 2010).

    For each true coefficient the panel is simulated at the size of the data and the within estimator applied. The
    estimate is the truth whose mean simulated value equals the observed one; the interval holds the truths whose
    central 95 % contain it, by interpolation.

    Parameters
    ----------
    estimate : float
        Within estimate on the data.
    simulate : callable
        ``simulate(coefficient, generator)`` gives debt and balance of one panel.
    truths : array_like, shape (k,)
        Increasing grid of true coefficients.
    replications : int
        Panels simulated for each truth, with the same draws for all of them.
    seed : int

    Raises
    ------
    ValueError
        If `truths` does not increase, `replications` is below 20, or `estimate` lies beyond what the grid can give.
    """
    grid = check.vector("truths", truths, least=2)
    if (np.diff(grid) <= 0).any():
        raise ValueError("truths: expected an increasing grid")
    check.whole("replications", replications, 20)
    values = np.array(
        [
            [
                reaction(*simulate(float(truth), np.random.default_rng([seed, draw]))).estimate
                for draw in range(replications)
            ]
            for truth in grid
        ]
    )
    curves = [values.mean(axis=1), *np.quantile(values, [0.975, 0.025], axis=1)]
    rising = [np.maximum.accumulate(curve) for curve in curves]
    if not rising[0][0] <= estimate <= rising[0][-1]:
        raise ValueError(f"estimate: {estimate:.3g} lies beyond what the truths can give; widen them")
    middle, low, high = (float(np.interp(estimate, curve, grid)) for curve in rising)
    return Indirect(middle, low, high, grid, curves[0])


def reaction_panel(
    units: int,
    years: int,
    coefficient: float,
    generator: np.random.Generator,
    *,
    factor: float = 1.0,
    noise: float = 0.01,
    spread: float = 0.01,
    burn: int = 30,
) -> tuple[Array, Array]:
    """Panel of governments whose balance answers their debt with a known coefficient.

    ``pb = coefficient * debt + alpha + noise``, ``debt next = factor * debt - pb``; the unit effects are normal with
    standard deviation `spread` around zero.

    Parameters
    ----------
    factor : float
        ``(1 + r) / (1 + g)``.
    burn : int
        Years before the first one kept; zero starts all debts at zero.

    Returns
    -------
    debt, balance : array, shape (units, years)
        Debt at the start of each year, and the balance of the year.

    Examples
    --------
    >>> debt, balance = reaction_panel(200, 300, 0.2, np.random.default_rng(1))
    >>> round(reaction(debt, balance).estimate, 2)
    0.21
    """
    for name, value, low in (("units", units, 1), ("years", years, 1), ("burn", burn, 0)):
        check.whole(name, value, low)
    for name, value in (("noise", noise), ("spread", spread)):
        check.number(name, value, 0.0)
    for name, value in (("coefficient", coefficient), ("factor", factor)):
        check.number(name, value)
    effect = generator.normal(0, spread, units)
    shocks = generator.normal(0, noise, (units, burn + years))
    state = np.zeros(units)
    debt, balance = np.empty((units, burn + years)), np.empty((units, burn + years))
    for year in range(burn + years):
        debt[:, year] = state
        balance[:, year] = coefficient * state + effect + shocks[:, year]
        state = factor * state - balance[:, year]
    return debt[:, burn:], balance[:, burn:]


# --- Granger causality in panels --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Causality:
    """Does the past of x help to predict y, beyond the past of y? One value for each panel of a stack.

    Attributes
    ----------
    statistic : array
        Standard normal (`granger_panel`) or chi-square with `lags` degrees of freedom (`granger_jackknife`) where the
        past of x does not help.
    p : array
        p value of the statistic; for a normal one of the upper tail and the lower together.
    detail : array
        `granger_panel`: Wald statistic of each unit. `granger_jackknife`: the corrected coefficients of the lags of x.
    """

    statistic: Array
    p: Array
    detail: Array


def _lagged(y: ArrayLike, x: ArrayLike, lags: int, spare: int) -> tuple[Array, Array, Array]:
    """Outcome (..., N, T - K), own past with a constant, and past of x, (..., N, T - K, K); T is at least `spare`."""
    y, x = check.array("y", y), check.array("x", x)
    if y.ndim < 2 or y.shape != x.shape:
        raise ValueError(f"x: expected the shape (..., units, years) of y, got {x.shape} and {y.shape}")
    check.whole("lags", lags, 1)
    if (years := y.shape[-1]) < spare:
        raise ValueError(f"y: {lags} lags need at least {spare} years, got {years}")
    own, other = (np.stack([v[..., lags - k : years - k] for k in range(1, lags + 1)], axis=-1) for v in (y, x))
    return y[..., lags:], np.concatenate([np.ones((*own.shape[:-1], 1)), own], axis=-1), other


def _partialled(name: str, values: Array, basis: Array, scale: ArrayLike = 0.0) -> Array:
    """Residuals of `values` (..., T, k) on `basis` (..., T, m), unit by unit; the basis must vary on its scale."""
    q, r = np.linalg.qr(basis)
    diagonal = np.abs(np.diagonal(r, axis1=-2, axis2=-1))
    if (diagonal.min(axis=-1) <= 1e-10 * np.maximum(diagonal.max(axis=-1), scale)).any():
        raise ValueError(f"{name}: its past does not vary in a unit, or not beyond what stands beside it")
    return values - q @ (np.swapaxes(q, -1, -2) @ values)


def granger_panel(y: ArrayLike, x: ArrayLike, lags: int = 1, *, small: bool = True) -> Causality:
    """Test of Dumitrescu & Hurlin (2012): Granger's test in each unit, averaged over units.

    In unit i, ``y_t = a + Σ_k c_k y_(t-k) + Σ_k b_k x_(t-k) + e`` with K lags over T years, and W_i is the Wald
    statistic of all b = 0, that is K times F. Under no causality in any unit,

    - ``Z̄ = √(N / 2K) (W̄ - K)`` is standard normal for T, then N to infinity;
    - ``Z̃`` (`small`) takes the mean and the variance of K F(K, T - 3K - 1) instead of those of chi-square, so that few
      years do: ``√(N (d-4) / (2K (d+K-2))) [(d-2)/d W̄ - K]`` with ``d = T - 3K - 1``.

    Units are taken as independent; a shock that they share makes both reject too often.

    Parameters
    ----------
    y, x : array_like, shape (..., N, T)
        A panel, or a stack of panels.
    lags : int
        K; at least 3K + 6 years are needed.

    Returns
    -------
    Causality

    Raises
    ------
    ValueError
        If shapes differ, a value is not finite, years are too few, or y or x does not vary in a unit.

    References
    ----------
    Dumitrescu & Hurlin (2012); Lopez & Weber (2017), equations 4 and 5, whose T counts all periods as here.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x, e = rng.normal(size=(2, 30, 40))
    >>> y = e + 0.5 * np.roll(x, 1, axis=-1)
    >>> [round(float(test.p), 2) for test in (granger_panel(y, x), granger_panel(x, y))]
    [0.0, 0.87]
    """
    outcome, own, past = _lagged(y, x, lags, 3 * lags + 6)
    free = _partialled("y", np.concatenate([outcome[..., None], past], axis=-1), own)
    target, extra = free[..., :1], free[..., 1:]
    rest = _partialled("x", target, extra, np.abs(past).max(axis=(-1, -2)))
    error, restricted = (rest**2).sum(axis=(-1, -2)), (target**2).sum(axis=(-1, -2))
    degrees = np.shape(y)[-1] - 3 * lags - 1
    wald = (restricted - error) / (error / degrees)
    units, mean = wald.shape[-1], wald.mean(axis=-1)
    if small:
        spread = np.sqrt(units * (degrees - 4) / (2 * lags * (degrees + lags - 2)))
        z = spread * ((degrees - 2) / degrees * mean - lags)
    else:
        z = np.sqrt(units / (2 * lags)) * (mean - lags)
    return Causality(z, 2 * stats.norm.sf(np.abs(z)), wald)


def granger_jackknife(y: ArrayLike, x: ArrayLike, lags: int = 1) -> Causality:
    """Test of Juodis, Karavias & Sarafidis (2021): one pooled coefficient, its bias taken out by half-panels.

    Under no causality the coefficients of x are zero in all units, hence equal, and can be estimated from all units
    together while constant and own past differ from unit to unit. Few years bias that estimate (Nickell 1981); with
    b that of all years and b₁, b₂ those of the two halves (the lags of the second reach into the first),
    ``2 b - (b₁ + b₂) / 2`` is free of the first-order bias. Its
    Wald statistic has the variance ``σ² (Σ x' M x)⁻¹`` of b, M the projection off constant and own past, and σ² the
    residual sum of squares over N (T - 2K - 1) - K.

    Parameters
    ----------
    y, x : array_like, shape (..., N, T)
        A panel, or a stack of panels.
    lags : int
        K; at least 5K + 4 years are needed, so that each half has more of them than coefficients.

    Returns
    -------
    Causality

    Raises
    ------
    ValueError
        As `granger_panel`.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x, e = rng.normal(size=(2, 30, 40))
    >>> y = e + 0.5 * np.roll(x, 1, axis=-1)
    >>> [round(abs(float(test.detail[0])), 1) for test in (granger_jackknife(y, x), granger_jackknife(x, y))]
    [0.5, 0.0]
    """
    outcome, own, past = _lagged(y, x, lags, 5 * lags + 4)
    values = np.concatenate([outcome[..., None], past], axis=-1)

    def pooled(part: slice) -> tuple[Array, Array, Array]:
        free = _partialled("y", values[..., part, :], own[..., part, :])
        cross = (np.swapaxes(free, -1, -2) @ free).sum(axis=-3)
        least = np.linalg.eigvalsh(cross[..., 1:, 1:])[..., 0]
        if (least <= 1e-18 * (past**2).sum(axis=(-1, -2, -3))).any():
            raise ValueError("x: its past does not vary beyond that of y")
        return np.linalg.solve(cross[..., 1:, 1:], cross[..., 1:, :1]), cross, free

    units, rows = outcome.shape[-2:]
    b, cross, free = pooled(slice(None))
    b = 2 * b - (pooled(slice(None, rows // 2))[0] + pooled(slice(rows // 2, None))[0]) / 2
    rest = free[..., :1] - free[..., 1:] @ b[..., None, :, :]
    variance = (rest**2).sum(axis=(-1, -2, -3)) / (units * (rows - lags - 1) - lags)
    wald = (np.swapaxes(b, -1, -2) @ cross[..., 1:, 1:] @ b)[..., 0, 0] / variance
    return Causality(wald, stats.chi2.sf(wald, lags), b[..., 0])
