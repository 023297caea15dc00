"""Panels that carry printed moments.

Least squares sees nothing of the data but means, standard deviations and correlations. So printed regressions can be
run backwards: coefficients, t statistics and R² of a few regressions on the same observations restrict the correlation
matrix of all variables, and a simulated panel with such a matrix repeats the printed pooled regressions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from replica.methods.samples import PrintedRegression


def variance_inflation(regression: PrintedRegression, sd: Mapping[str, float]) -> pd.Series:
    """Variance inflation factor of each regressor that a printed regression implies.

    ``VIF = (b / t)^2 sd_x^2 (n - k - 1) / ((1 - R^2) sd_y^2)``, from the classical standard error of a coefficient. It
    is at least 1 for every data set; below 1, the printed figures do not belong to one sample.

    Parameters
    ----------
    regression : PrintedRegression
    sd : mapping of str to float
        Standard deviation of every variable.

    Returns
    -------
    Series

    Examples
    --------
    >>> one = PrintedRegression("y", {"x": 1.0}, {"x": 10.0}, 0.5, 102)  # t = sqrt(100 R² / (1 - R²))
    >>> variance_inflation(one, {"x": 1.0, "y": 2**0.5}).round(9).to_dict()
    {'x': 1.0}
    """
    freedom = regression.n - len(regression.b) - 1
    noise = (1 - regression.r2) * sd[regression.dependent] ** 2
    return pd.Series({x: (b / regression.t[x]) ** 2 * sd[x] ** 2 * freedom / noise for x, b in regression.b.items()})


def moment_bounds(
    target: Callable[[np.ndarray], np.ndarray],
    known: Mapping[Callable[[np.ndarray], np.ndarray], float],
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
    grid = np.linspace(low, high, points)
    equations = np.array([np.ones(points), *(f(grid) for f in known)])
    values = [1.0, *known.values()]
    ends = []
    for sign in (1, -1):
        program = linprog(sign * target(grid), A_eq=equations, b_eq=values, method="highs")
        if not program.success:
            raise ValueError("known: no distribution on the range has these means")
        ends.append(float(sign * program.fun))
    return ends[0] + 0.0, ends[1] + 0.0


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
    if not 0 <= between < 1 or not -1 < persistence < 1 or min(units, periods) < 2:
        raise ValueError("between, persistence, units, periods: in [0, 1), (-1, 1), and at least 2")
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
