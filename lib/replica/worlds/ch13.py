"""The world of article 13: economies in which nothing drives the labour share, and what its printed regressions imply.

Least squares sees nothing of the data but means, standard deviations and correlations; so printed regressions say more
about their sample than they print. Generated regressors, trimmed samples and a mediation chain are the article's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linprog

from replica import check

Array = NDArray[np.float64]


class Printed(Protocol):
    """A printed least-squares regression with a constant."""

    dependent: str
    b: Mapping[str, float]
    t: Mapping[str, float]
    r2: float
    n: int


# --- what printed regressions imply ----------------------------------------------------------------------------------
def variance_inflation(regression: Printed, sd: Mapping[str, float]) -> pd.Series:
    """Variance inflation factor of each regressor that a printed regression implies.

    ``VIF = (b / t)^2 sd_x^2 (n - k - 1) / ((1 - R^2) sd_y^2)``, from the classical standard error of a coefficient. It
    is at least 1 for every data set; below 1, the printed figures do not belong to one sample.

    Parameters
    ----------
    regression : a printed regression
        With `dependent`, `b` and `t` of each regressor (mappings), `r2` and `n`.
    sd : mapping of str to float
        Standard deviation of every variable.

    Returns
    -------
    Series

    Raises
    ------
    ValueError
        If a variable has no positive standard deviation, a t statistic is zero, R² is not inside (0, 1), or no degree
        of freedom is left.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> one = SimpleNamespace(dependent="y", b={"x": 1.0}, t={"x": 10.0}, r2=0.5, n=102)  # t = sqrt(100 R² / (1 - R²))
    >>> variance_inflation(one, {"x": 1.0, "y": 2**0.5}).round(9).to_dict()
    {'x': 1.0}
    """
    for name in (regression.dependent, *regression.b):
        if name not in sd:
            raise ValueError(f"sd: none for {name!r}")
        check.positive("sd", sd[name])
    for name, t in regression.t.items():
        if check.number("t", t) == 0:
            raise ValueError(f"t: zero for {name!r}, so that its standard error is not known")
    check.number("r2", regression.r2, 0.0, 1.0, open_low=True, open_high=True)
    freedom = check.whole("n", regression.n, len(regression.b) + 2) - len(regression.b) - 1
    noise = (1 - regression.r2) * sd[regression.dependent] ** 2
    return pd.Series({x: (b / regression.t[x]) ** 2 * sd[x] ** 2 * freedom / noise for x, b in regression.b.items()})


def moment_bounds(
    target: Callable[[Array], Array],
    known: Mapping[Callable[[Array], Array], float],
    low: float,
    high: float,
    points: int = 901,
) -> tuple[float, float]:
    """Smallest and largest mean of a function of a variable whose range and some other means are known.

    A linear program over all distributions on a grid.

    Parameters
    ----------
    target : callable
        The function whose mean is bounded.
    known : mapping of callable to float
        Functions with known means.
    low, high : float
        Range of the variable.
    points : int
        Points of the grid.

    Returns
    -------
    (float, float)

    Raises
    ------
    ValueError
        If no distribution on the range has the known means.

    Examples
    --------
    >>> moment_bounds(lambda x: x**2, {lambda x: x: 0.0}, -1.0, 2.0)  # Bhatia and Davis: at most (2 - 0)(0 + 1)
    (0.0, 2.0)
    """
    if not check.number("low", low) < check.number("high", high):
        raise ValueError(f"high: above low, {low}, is needed; got {high}")
    grid = np.linspace(low, high, check.whole("points", points, 2))
    equations = np.array([np.ones(points), *(f(grid) for f in known)])
    values = [1.0, *known.values()]
    ends = []
    for sign in (1, -1):
        program = linprog(sign * target(grid), A_eq=equations, b_eq=values, method="highs")
        if not program.success:
            raise ValueError("known: no distribution on the range has these means")
        ends.append(float(sign * program.fun))
    return ends[0] + 0.0, ends[1] + 0.0


# --- economies without a link ----------------------------------------------------------------------------------------
def unlinked_panel(
    rng: np.random.Generator,
    *,
    units: int = 31,
    periods: int = 18,
    between: float = 0.6,
    persistence: float = 0.7,
    convergence: float = 0.02,
    spread: float = 1.0,
) -> pd.DataFrame:
    """Economies in which nothing that is measured drives the labour share.

    The log odds of the labour share are an effect of the unit plus an autoregression, drawn apart from everything
    else. Capital per worker grows, faster where there is less of it. Each unit has its own multiplier
    ``(1 - sigma) / sigma``, log-normal. The labour share, ln(K / L) and the mean bias are, in expectation, near what
    the labour-share article prints (means 0.493, 1.912, 0.121; standard deviations 0.061 and 0.848 of the first two).

    Parameters
    ----------
    rng : numpy.random.Generator
    units, periods : int
        One period more is drawn, so that growth exists from the first.
    between, persistence : float
        Share of the variance of the log odds between units; autocorrelation of the rest.
    convergence : float
        Fall of the growth of capital per worker for one more log unit of it, per period.
    spread : float
        sd of the logarithm of the multiplier between units.

    Returns
    -------
    DataFrame
        Index (unit, period); columns LS, previous (the labour share one period before), lnk, growth (of k) and
        multiplier.

    Raises
    ------
    ValueError
        If `between` or `persistence` is outside its range, or there are fewer than 2 units or periods.
    """
    check.whole("units", units, 2)
    check.whole("periods", periods, 2)
    check.number("between", between, 0.0, 1.0, open_high=True)
    check.number("persistence", persistence, -1.0, 1.0, open_low=True, open_high=True)
    check.number("convergence", convergence)
    check.number("spread", spread, 0.0)
    check.generator("rng", rng)
    odds = np.empty((periods + 1, units))
    odds[0] = rng.standard_normal(units)
    noise = np.sqrt(1 - persistence**2)
    for t in range(1, periods + 1):
        odds[t] = persistence * odds[t - 1] + noise * rng.standard_normal(units)
    odds = np.sqrt(between) * rng.standard_normal(units) + np.sqrt(1 - between) * odds
    share = 1 / (1 + np.exp(-(0.061 / 0.25 * odds + np.log(0.493 / 0.507))))
    lnk = np.empty((periods + 1, units))
    lnk[0] = 1.912 - 0.11 * periods / 2 + 0.65 * rng.standard_normal(units)
    for t in range(1, periods + 1):
        gap = lnk[t - 1] - lnk[t - 1].mean()
        lnk[t] = lnk[t - 1] + 0.11 - convergence * gap + 0.02 * rng.standard_normal(units)
    multiplier = 1.1 * np.exp(spread * rng.standard_normal(units) - spread**2 / 2)
    index = pd.MultiIndex.from_product([range(units), range(1, periods + 1)], names=["unit", "period"])
    columns = {"LS": share[1:], "previous": share[:-1], "lnk": lnk[1:], "growth": np.diff(lnk, axis=0)}
    frame = pd.DataFrame({name: values.T.ravel() for name, values in columns.items()}, index=index)
    return frame.assign(multiplier=np.repeat(multiplier, periods))


# --- the article's own steps -----------------------------------------------------------------------------------------
def murphy_topel(design: Array, covariance: Array, coefficient: float, gradient: Array, first: Array) -> Array:
    """Covariance of second-step least squares when one regressor was computed from first-step estimates.

    ``V + P F V1 F' P'`` with ``P = (X'X)^-1 X'`` and ``F = coefficient * gradient``, for first-step estimates that are
    independent of the second step's errors.

    Parameters
    ----------
    design : ndarray, shape (n, p)
        Second-step regressors, the generated one included.
    covariance : ndarray, shape (p, p)
        V, the covariance that ignores the first step.
    coefficient : float
        Estimated coefficient of the generated regressor.
    gradient : ndarray, shape (n, q)
        Derivative of the generated regressor with respect to the first-step parameters.
    first : ndarray, shape (q, q)
        V1, covariance of the first-step estimates.

    Returns
    -------
    ndarray, shape (p, p)

    Raises
    ------
    ValueError
        If the shapes do not fit.

    References
    ----------
    Murphy & Topel (1985), equation 15, without the cross term; Pagan (1984).

    Examples
    --------
    A regressor 1 + b k with estimated b: the coefficient scales as 1 / b, so its relative error grows by that of b.

    >>> k = np.arange(1.0, 6.0)
    >>> x = np.column_stack([np.ones(5), 1 - 0.1 * k])
    >>> v = murphy_topel(x, np.diag([0.0, 0.04]), 2.0, k[:, None], np.array([[0.02**2]]))
    >>> round(float(v[1, 1]), 6) == round(0.04 + (2.0 * 0.02 / 0.1) ** 2, 6)
    True
    """
    design, gradient = check.matrix("design", design), check.matrix("gradient", gradient)
    first, covariance = check.matrix("first", first), check.matrix("covariance", covariance)
    check.number("coefficient", coefficient)
    n, p = design.shape
    q = gradient.shape[-1]
    if gradient.shape != (n, q) or first.shape != (q, q) or covariance.shape != (p, p):
        raise ValueError("gradient, first, covariance: shapes (n, q), (q, q) and (p, p) are needed")
    effect = coefficient * np.linalg.lstsq(design, gradient, rcond=None)[0]
    return covariance + effect @ first @ effect.T


def _columns(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    if missing := [c for c in columns if c not in frame.columns]:
        raise ValueError(f"frame: has no column {missing[0]!r}")
    used = frame[list(columns)].astype(float)
    check.matrix("frame", used.to_numpy())
    return used


def _paths(products: Array, treatment: int, mediator: int, outcome: int, controls: list[int]) -> Array:
    """a, b, direct, total, indirect from cross products of [1, treatment, mediator, outcome, controls]."""

    def slopes(dependent: int, regressors: list[int]) -> Array:
        return np.linalg.solve(products[np.ix_(regressors, regressors)], products[regressors, dependent])

    a = slopes(mediator, [0, treatment, *controls])[1]
    _, direct, b = slopes(outcome, [0, treatment, mediator, *controls])[:3]
    total = slopes(outcome, [0, treatment, *controls])[1]
    return np.array([a, b, direct, total, a * b])


def mediation(
    frame: pd.DataFrame,
    treatment: str,
    mediator: str,
    outcome: str,
    controls: Sequence[str],
    rng: np.random.Generator,
    draws: int = 1000,
) -> pd.DataFrame:
    """Mediation by least squares, with a bootstrap over units.

    a: treatment on mediator; b: mediator on outcome beside the treatment; direct: treatment on outcome beside the
    mediator; total = direct + a b, exactly, because all equations share sample and controls.

    Parameters
    ----------
    frame : DataFrame
        Index (unit, period).
    treatment, mediator, outcome : str
    controls : sequence of str
        The same in each equation.
    rng : numpy.random.Generator
    draws : int
        Bootstrap samples of whole units.

    Returns
    -------
    DataFrame
        Rows a, b, direct, total, indirect; columns estimate, low, high (95 % percentile interval).

    Raises
    ------
    ValueError
        If a column is missing or `draws` < 100.

    References
    ----------
    Preacher & Hayes (2008) for the percentile bootstrap; Cameron & Miller (2015) for resampling clusters.
    """
    check.whole("draws", draws, 100)
    check.generator("rng", rng)
    used = _columns(frame, [treatment, mediator, outcome, *controls])
    data = np.column_stack([np.ones(len(used)), used.to_numpy()])
    codes = pd.factorize(used.index.get_level_values(0))[0]
    per_unit = np.array([data[codes == u].T @ data[codes == u] for u in range(codes.max() + 1)])
    places = 1, 2, 3, list(range(4, data.shape[1]))
    estimate = _paths(per_unit.sum(axis=0), *places)
    chosen = rng.integers(len(per_unit), size=(draws, len(per_unit)))
    sample = np.array([_paths(per_unit[units].sum(axis=0), *places) for units in chosen])
    low, high = np.quantile(sample, [0.025, 0.975], axis=0)
    rows = ["a", "b", "direct", "total", "indirect"]
    return pd.DataFrame({"estimate": estimate, "low": low, "high": high}, index=rows)


def path_z(t_a: float, t_b: float) -> float:
    """z statistic of an indirect effect a b from the t statistics of its two arms: ``t_a t_b / sqrt(t_a^2 + t_b^2)``.

    The first-order standard error of a product, divided out; a and b come from independent estimates.

    Raises
    ------
    ValueError
        If both t statistics are zero.

    References
    ----------
    Sobel (1982).

    Examples
    --------
    >>> path_z(3.0, 4.0)
    2.4
    """
    if check.number("t_a", t_a) == 0 and check.number("t_b", t_b) == 0:
        raise ValueError("t_a, t_b: at least one of them not zero")
    return float(t_a * t_b / np.hypot(t_a, t_b))


def trimmed(frame: pd.DataFrame, columns: Sequence[str], share: float) -> pd.DataFrame:
    """Rows of `frame` in which every named column lies between its quantiles share / 2 and 1 - share / 2.

    Raises
    ------
    ValueError
        If a column is missing or `share` is not in [0, 1).

    Examples
    --------
    >>> frame = pd.DataFrame({"x": np.arange(101.0)}, index=pd.MultiIndex.from_product([[0], range(101)]))
    >>> len(trimmed(frame, ["x"], 0.1))
    91
    """
    check.number("share", share, 0.0, 1.0, open_high=True)
    used = _columns(frame, columns)
    inside = (used >= used.quantile(share / 2)) & (used <= used.quantile(1 - share / 2))
    return frame[inside.all(axis=1)]
