"""Regressions on panels: estimators side by side, Hausman's test, generated regressors, mediation with clusters.

A panel is a DataFrame whose index has two levels, unit and period. Estimation is done by linearmodels; what it does
not have stands here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from linearmodels.panel import PanelOLS, PooledOLS, RandomEffects
from scipy.stats import chi2

METHODS = ("pooled", "random", "within", "two-way")
ERRORS = {"classical": "unadjusted", "robust": "robust", "clustered": "clustered"}


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


def _check(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    if frame.index.nlevels != 2:
        raise ValueError("frame: an index with the two levels unit and period is needed")
    if missing := [c for c in columns if c not in frame.columns]:
        raise ValueError(f"frame: has no column {missing[0]!r}")
    used = frame[list(columns)].astype(float)
    if not np.isfinite(used.to_numpy()).all():
        raise ValueError("frame: missing or infinite values; drop them first")
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
    if method not in METHODS or errors not in ERRORS:
        raise ValueError(f"method, errors: expected {', '.join(METHODS)} and {', '.join(ERRORS)}")
    used = _check(frame, [dependent, *regressors])
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
        As `fit`.
    """
    used = _check(frame, [dependent, *regressors])
    units = used.index.get_level_values(0)
    if within:
        used = used - used.groupby(units).transform("mean")
    absorbed = units.nunique() if within else 1
    y, x = used[dependent].to_numpy(), used[list(regressors)].to_numpy()
    y, x = y - y.mean(), x - x.mean(axis=0)
    inverse = np.linalg.inv(x.T @ x)
    b = inverse @ x.T @ y
    residual = y - x @ b
    return float(b[0] / np.sqrt(residual @ residual / (len(y) - x.shape[1] - absorbed) * inverse[0, 0]))


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
    return statistic, len(slopes), float(chi2.sf(statistic, len(slopes)))


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
    used = _check(frame, [dependent, *regressors])
    means = used[list(regressors)].groupby(level=0).transform("mean").add_prefix("mean of ")
    wide = fit(used.join(means), dependent, [*regressors, *means], "random", "clustered")
    b = wide.table.loc[list(means), "b"].to_numpy()
    covariance = wide.covariance.loc[list(means), list(means)].to_numpy()
    statistic = float(b @ np.linalg.solve(covariance, b))
    return statistic, len(b), float(chi2.sf(statistic, len(b)))


def murphy_topel(
    design: np.ndarray, covariance: np.ndarray, coefficient: float, gradient: np.ndarray, first: np.ndarray
) -> np.ndarray:
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
    design, gradient = np.asarray(design, float), np.asarray(gradient, float)
    first, covariance = np.asarray(first, float), np.asarray(covariance, float)
    n, p = design.shape
    q = gradient.shape[-1]
    if gradient.shape != (n, q) or first.shape != (q, q) or covariance.shape != (p, p):
        raise ValueError("gradient, first, covariance: shapes (n, q), (q, q) and (p, p) are needed")
    effect = coefficient * np.linalg.lstsq(design, gradient, rcond=None)[0]
    return covariance + effect @ first @ effect.T


# --- mediation -------------------------------------------------------------------------------------------------------
def _paths(products: np.ndarray, treatment: int, mediator: int, outcome: int, controls: list[int]) -> np.ndarray:
    """a, b, direct, total, indirect from cross products of [1, treatment, mediator, outcome, controls]."""

    def slopes(dependent: int, regressors: list[int]) -> np.ndarray:
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
    if draws < 100:
        raise ValueError(f"draws: at least 100, got {draws}")
    used = _check(frame, [treatment, mediator, outcome, *controls])
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
    if t_a == 0 and t_b == 0:
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
    if not 0 <= share < 1:
        raise ValueError(f"share: in [0, 1), got {share}")
    used = _check(frame, columns)
    inside = (used >= used.quantile(share / 2)) & (used <= used.quantile(1 - share / 2))
    return frame[inside.all(axis=1)]
