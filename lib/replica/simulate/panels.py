"""Panels that carry printed moments.

Least squares sees nothing of the data but means, standard deviations and correlations. So printed regressions can be
run backwards: coefficients, t statistics and R² of a few regressions on the same observations restrict the correlation
matrix of all variables, and a simulated panel with such a matrix repeats the printed pooled regressions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import least_squares


@dataclass(frozen=True)
class Regression:
    """A printed least-squares regression with a constant.

    Attributes
    ----------
    dependent : str
    b, t : dict of str to float
        Coefficient and t statistic of each regressor (not of the constant).
    r2 : float
    n : int
        Observations.
    """

    dependent: str
    b: Mapping[str, float]
    t: Mapping[str, float]
    r2: float
    n: int

    def __post_init__(self) -> None:
        if list(self.b) != list(self.t) or not self.b:
            raise ValueError("b, t: the same regressors in the same order are needed")
        if not 0 < self.r2 < 1 or self.n <= len(self.b) + 1:
            raise ValueError("r2, n: an R² inside (0, 1) and more observations than coefficients are needed")


@dataclass(frozen=True)
class Moments:
    """Standard deviations and correlations, and how far the printed regressions are from what they give.

    Attributes
    ----------
    sd : Series
    correlation : DataFrame
    gap : float
        Largest difference between a printed and a recovered t statistic.
    """

    sd: pd.Series
    correlation: pd.DataFrame
    gap: float


def _least_squares(matrix: np.ndarray, sd: np.ndarray, n: int, y: int, x: list[int]) -> tuple[np.ndarray, ...]:
    """Coefficients, classical standard errors and R² from correlations and standard deviations."""
    inverse = np.linalg.inv(matrix[np.ix_(x, x)])
    beta = inverse @ matrix[x, y]
    r2 = beta @ matrix[x, y]
    scale = sd[y] / sd[x]
    return beta * scale, np.sqrt(np.maximum(1 - r2, 1e-12) * np.diag(inverse) / (n - len(x) - 1)) * scale, r2


def recover_moments(
    regressions: Sequence[Regression],
    sd: Mapping[str, float],
    *,
    free_sd: Sequence[str] = (),
    anchors: Mapping[tuple[str, str], float] | None = None,
    rng: np.random.Generator,
    starts: int = 2,
) -> Moments:
    """A correlation matrix under which least squares gives the printed regressions.

    The matrix is written as ``L L'`` with rows of L of length one, and fitted to all b, standard errors and R² at
    once, with a small preference for small correlations. It need not be the only one; `gap` says how well it fits.

    Parameters
    ----------
    regressions : sequence of Regression
        On the same observations.
    sd : mapping of str to float
        Printed standard deviations of all variables.
    free_sd : sequence of str
        Variables whose standard deviation is estimated as well, starting from the printed one.
    anchors : mapping of (str, str) to float, optional
        Correlations that are known otherwise.
    rng : numpy.random.Generator
        Starting points.
    starts : int
        Number of starting points; the best fit counts.

    Returns
    -------
    Moments

    Raises
    ------
    ValueError
        If a variable has no standard deviation.
    """
    names = list(dict.fromkeys([v for r in regressions for v in (r.dependent, *r.b)]))
    if missing := [v for v in names if v not in sd]:
        raise ValueError(f"sd: none for {missing[0]!r}")
    place = {v: i for i, v in enumerate(names)}
    base = np.array([sd[v] for v in names], dtype=float)
    freed = [place[v] for v in free_sd]
    lower = np.tril_indices(len(names), -1)
    sizes = len(lower[0])
    printed = [
        (r, place[r.dependent], [place[x] for x in r.b], np.array([*r.b.values()]), np.array([*r.t.values()]))
        for r in regressions
    ]
    known = [(place[a], place[b], value) for (a, b), value in (anchors or {}).items()]

    def unpack(p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        root = np.eye(len(names))
        root[lower] = p[:sizes]
        root /= np.sqrt((root**2).sum(axis=1))[:, None]
        scale = base.copy()
        scale[freed] = np.exp(p[sizes:])
        return root @ root.T, scale

    def gap(p: np.ndarray) -> np.ndarray:
        matrix, scale = unpack(p)
        parts = [0.02 * p[:sizes]]
        for r, y, x, b, t in printed:
            found, error, r2 = _least_squares(matrix, scale, r.n, y, x)
            parts += [10 * (found - b) * t / b, 50 * np.log(error * np.abs(t / b)), [1000 * (r2 - r.r2)]]
        return np.concatenate([*parts, [100 * (matrix[i, j] - value) for i, j, value in known]])

    fits = []
    for _ in range(starts):
        start = np.concatenate([rng.normal(0, 0.3, sizes), np.log(2 * base[freed])])
        fits.append(least_squares(gap, start, max_nfev=120, xtol=1e-7, ftol=1e-7))
    matrix, scale = unpack(min(fits, key=lambda f: f.cost).x)
    worst = 0.0
    for r, y, x, _, t in printed:
        found, error, _ = _least_squares(matrix, scale, r.n, y, x)
        worst = max(worst, float(np.abs(found / error - t).max()))
    return Moments(pd.Series(scale, names), pd.DataFrame(matrix, names, names), worst)


def correlated_panel(
    rng: np.random.Generator,
    mean: Mapping[str, float],
    moments: Moments,
    *,
    units: int,
    periods: int,
    keep: int | None = None,
    between: float = 0.6,
    persistence: float = 0.7,
    skew: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """A panel whose pooled means, standard deviations and correlations are exactly the given ones.

    Each variable is ``sqrt(between) u_i + sqrt(1 - between) v_it`` with u a normal effect of the unit and v an
    autoregression of order one; then the pooled sample is turned and stretched linearly until its moments are exact.

    Parameters
    ----------
    rng : numpy.random.Generator
    mean : mapping of str to float
    moments : Moments
    units, periods : int
    keep : int, optional
        Observations that stay, drawn at random; all by default.
    between : float
        Share of the variance that lies between units, in [0, 1).
    persistence : float
        Autocorrelation of v, in (-1, 1).
    skew : mapping of str to float, optional
        Variables that are made log-normal, with the sd of their logarithm: a long right tail.

    Returns
    -------
    DataFrame
        Index (unit, period).

    Raises
    ------
    ValueError
        If `between` or `persistence` is outside its range, or `keep` does not leave enough observations.
    """
    if not 0 <= between < 1 or not -1 < persistence < 1:
        raise ValueError("between, persistence: in [0, 1) and (-1, 1)")
    names = list(moments.correlation)
    keep = units * periods if keep is None else keep
    if not 2 * len(names) < keep <= units * periods:
        raise ValueError(f"keep: more than {2 * len(names)} and at most {units * periods}, got {keep}")
    root = np.linalg.cholesky(moments.correlation.to_numpy() + 1e-12 * np.eye(len(names)))
    v = np.empty((periods, units, len(names)))
    v[0] = rng.standard_normal((units, len(names)))
    for t in range(1, periods):
        v[t] = persistence * v[t - 1] + np.sqrt(1 - persistence**2) * rng.standard_normal((units, len(names)))
    u = rng.standard_normal((units, len(names)))
    scores = (np.sqrt(between) * u + np.sqrt(1 - between) * v).transpose(1, 0, 2).reshape(-1, len(names)) @ root.T
    for name, sd_log in (skew or {}).items():
        column = names.index(name)
        scores[:, column] = np.exp(sd_log * scores[:, column])
    index = pd.MultiIndex.from_product([range(units), range(periods)], names=["unit", "period"])
    chosen = np.sort(rng.permutation(len(scores))[:keep])
    scores = scores[chosen] - scores[chosen].mean(axis=0)
    white = np.linalg.solve(np.linalg.cholesky(np.cov(scores.T)), scores.T).T
    exact = white @ root.T * moments.sd[names].to_numpy() + np.array([mean[v] for v in names])
    return pd.DataFrame(exact, index=index[chosen], columns=names)
