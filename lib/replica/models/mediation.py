"""Mediation and moderation by least squares.

Mediation: ``m = a0 + a x + e``, ``y = b0 + c' x + b m + e``. The total effect of x on y is ``c = c' + a b`` exactly.
Moderation: ``y = b0 + b1 x + b2 w + b3 x w + e``. The slope of x at w is ``b1 + b3 w``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student


def _columns(**given: np.ndarray) -> list[np.ndarray]:
    arrays = [np.asarray(value, dtype=float) for value in given.values()]
    for name, value in zip(given, arrays, strict=True):
        if value.ndim != 1 or len(value) != len(arrays[0]) or len(value) < 5:
            raise ValueError(f"{name}: one number for each of at least five respondents, as many as the others")
        if not np.isfinite(value).all():
            raise ValueError(f"{name}: missing or infinite values; drop them first")
        if np.ptp(value) == 0:
            raise ValueError(f"{name}: does not vary")
    return arrays


@dataclass(frozen=True)
class Regression:
    """Least squares with a constant.

    Attributes
    ----------
    b : ndarray, shape (k + 1,)
        Constant first.
    covariance : ndarray, shape (k + 1, k + 1)
        Classical: residual variance times ``(X'X)^-1``.
    beta : ndarray, shape (k,)
        Standardised slopes.
    r2 : float
    df : int
        Residual degrees of freedom, n - k - 1.
    """

    b: np.ndarray
    covariance: np.ndarray
    beta: np.ndarray
    r2: float
    df: int

    @property
    def se(self) -> np.ndarray:
        """Standard errors."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def t(self) -> np.ndarray:
        """t statistics."""
        return self.b / self.se

    @property
    def f(self) -> float:
        """F of all slopes."""
        k = len(self.b) - 1
        return float(self.r2 / k / ((1 - self.r2) / self.df))

    def interval(self, level: float = 0.95) -> np.ndarray:
        """Confidence intervals, shape (k + 1, 2)."""
        reach = student.ppf((1 + level) / 2, self.df) * self.se
        return np.column_stack([self.b - reach, self.b + reach])


def regress(y: np.ndarray, *x: np.ndarray) -> Regression:
    """Regress `y` on a constant and the given columns.

    Parameters
    ----------
    y : array-like, shape (n,)
    *x : array-like, shape (n,) each

    Returns
    -------
    Regression

    Raises
    ------
    ValueError
        If lengths differ, values are missing, a column does not vary, or the columns are collinear.

    Examples
    --------
    >>> fit = regress([1, 2, 2, 4, 5], [0, 1, 2, 3, 4])
    >>> fit.b.round(3).tolist(), round(fit.r2, 3), fit.df
    ([0.8, 1.0], 0.926, 3)
    """
    if not x:
        raise ValueError("x: at least one regressor")
    y, *x = _columns(y=y, **{f"x{number}": column for number, column in enumerate(x, start=1)})
    design = np.column_stack([np.ones(len(y)), *x])
    df = len(y) - design.shape[1]
    if df < 1 or np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError("x: collinear, or as many columns as respondents")
    inverse = np.linalg.inv(design.T @ design)
    b = inverse @ (design.T @ y)
    residual = y - design @ b
    total = ((y - y.mean()) ** 2).sum()
    covariance = inverse * float(residual @ residual) / df
    beta = b[1:] * np.std(x, axis=1) / y.std()
    return Regression(b, covariance, beta, float(1 - residual @ residual / total), df)


# --- mediation -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Mediation:
    """Direct, indirect and total effect.

    Attributes
    ----------
    first, second, alone : Regression
        m on x; y on x and m; y on x.
    draws : ndarray
        Indirect effects in the bootstrap samples; empty where none was drawn.
    """

    first: Regression
    second: Regression
    alone: Regression
    draws: np.ndarray

    @property
    def a(self) -> float:
        """Slope of m on x."""
        return float(self.first.b[1])

    @property
    def b(self) -> float:
        """Slope of y on m beside x."""
        return float(self.second.b[2])

    @property
    def direct(self) -> float:
        """c': slope of y on x beside m."""
        return float(self.second.b[1])

    @property
    def total(self) -> float:
        """c: slope of y on x alone."""
        return float(self.alone.b[1])

    @property
    def indirect(self) -> float:
        """a b, which is c - c'."""
        return self.a * self.b

    @property
    def sobel(self) -> float:
        """First-order standard error of a b (Sobel 1982)."""
        return float(np.hypot(self.a * self.second.se[2], self.b * self.first.se[1]))

    @property
    def se(self) -> float:
        """Standard deviation of the bootstrap draws."""
        return float(self.draws.std(ddof=1))

    def percentile(self, level: float = 0.95) -> tuple[float, float]:
        """Percentile interval of the indirect effect."""
        low, high = np.quantile(self.draws, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)


def mediate(
    x: np.ndarray, m: np.ndarray, y: np.ndarray, draws: int = 0, rng: np.random.Generator | None = None
) -> Mediation:
    """Simple mediation with a percentile bootstrap of the indirect effect.

    A bootstrap sample draws respondents with replacement. Its slopes follow from weighted second moments, so all
    samples are computed at once.

    Parameters
    ----------
    x, m, y : array-like, shape (n,)
    draws : int
        Bootstrap samples.
    rng : numpy.random.Generator, optional
        Needed where `draws` is positive.

    Returns
    -------
    Mediation

    References
    ----------
    Preacher & Hayes (2004), doi:10.3758/BF03206553.
    """
    x, m, y = _columns(x=x, m=m, y=y)
    if draws < 0:
        raise ValueError(f"draws: not negative, got {draws}")
    if draws and rng is None:
        raise ValueError("rng: a generator is needed for the bootstrap")
    products = [x - x.mean(), m - m.mean(), y - y.mean()]
    products += [products[i] * products[j] for i, j in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2))]
    table = np.column_stack(products)
    indirect = []
    for start in range(0, draws, 1000):
        size = min(1000, draws - start)
        weights = rng.multinomial(len(x), np.full(len(x), 1 / len(x)), size=size)
        mx, mm, my, xx, xm, xy, mm2, my2 = (weights @ table / len(x)).T
        xx, xm, xy, mm2, my2 = xx - mx**2, xm - mx * mm, xy - mx * my, mm2 - mm**2, my2 - mm * my
        indirect.append(xm / xx * (my2 * xx - xy * xm) / (mm2 * xx - xm**2))
    return Mediation(
        regress(m, x), regress(y, x, m), regress(y, x), np.concatenate(indirect) if indirect else np.empty(0)
    )


def paths_from_table(
    total: float, total_se: float, direct: float, direct_se: float, beta: float, n: int
) -> dict[str, float]:
    """Standardised paths of a mediation from what its table prints.

    With k the sd of x over that of y (``beta / total``), ``c' = k direct`` and ``i = k (total - direct) = r_xm b``:

        1 - R2 = 1 - c'^2 - 2 c' i - i^2 / r_xm^2,
        (se' / se)^2 = (1 - R2) / (1 - r_xm^2) / (1 - beta^2) (n - 2) / (n - 3).

    The two give a quadratic for ``r_xm^2``, which has one positive root; it is below 1 since beta is.

    Parameters
    ----------
    total, total_se, direct, direct_se : float
        Slopes and classical standard errors.
    beta : float
        Standardised total effect, the correlation of x and y.
    n : int

    Returns
    -------
    dict
        `a` (correlation of x and m), `b` (standardised slope of y on m beside x), `direct`, `r_my`, `r2`.

    Raises
    ------
    ValueError
        If a standard error is not positive, `beta` is no correlation, or nothing is mediated (`direct` is `total`).

    Examples
    --------
    >>> found = paths_from_table(0.5978, 0.0643, 0.4808, 0.0603, 0.468, 310)
    >>> round(found["a"], 2), round(found["b"], 2)
    (0.24, 0.38)
    """
    if min(total_se, direct_se) <= 0 or not 0 < abs(beta) < 1 or n < 5:
        raise ValueError("total_se, direct_se, beta, n: positive errors, a correlation that is neither 0 nor 1, n >= 5")
    if total in (0, direct):
        raise ValueError("total, direct: nothing is mediated, so no path can be recovered")
    k = beta / total
    c, i = k * direct, k * (total - direct)
    scale = (direct_se / total_se) ** 2 * (1 - beta**2) * (n - 3) / (n - 2)
    middle = 1 - c**2 - 2 * c * i - scale
    a = float(np.sqrt((-middle + np.sqrt(middle**2 + 4 * scale * i**2)) / (2 * scale)))
    b = i / a
    return {"a": a, "b": b, "direct": c, "r_my": b + c * a, "r2": c**2 + 2 * c * i + b**2}


# --- moderation ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Moderation:
    """y on x, w and their product; x and w centred, so that b1 and b2 are slopes at the means.

    Attributes
    ----------
    fit : Regression
        Constant, x, w, product.
    centre : float
        Mean of the moderator.
    sd : float
        Standard deviation of the moderator (divisor n - 1).
    r2_change : float
        R² that the product adds.
    """

    fit: Regression
    centre: float
    sd: float
    r2_change: float

    def slope(self, level: float | np.ndarray) -> np.ndarray:
        """Slope of x at levels of the moderator, and its standard error: shape (2, ...).

        Parameters
        ----------
        level : float or ndarray
            In the units of the moderator.
        """
        w = np.asarray(level, dtype=float) - self.centre
        v = self.fit.covariance
        variance = v[1, 1] + 2 * w * v[1, 3] + w**2 * v[3, 3]
        return np.stack([self.fit.b[1] + self.fit.b[3] * w, np.sqrt(variance)])

    def johnson_neyman(self, level: float = 0.95) -> tuple[float, ...]:
        """Levels of the moderator where the slope of x is just significant: none, one or two, in rising order.

        They solve ``(b1 + b3 w)^2 = t^2 var(b1 + b3 w)``, a quadratic in w.

        References
        ----------
        Johnson & Neyman (1936); Bauer & Curran (2005), doi:10.1207/s15327906mbr4003_5.
        """
        b, v = self.fit.b, self.fit.covariance
        t2 = student.ppf((1 + level) / 2, self.fit.df) ** 2
        c2, c1, c0 = b[3] ** 2 - t2 * v[3, 3], 2 * (b[1] * b[3] - t2 * v[1, 3]), b[1] ** 2 - t2 * v[1, 1]
        roots = np.roots([c2, c1, c0])
        real = np.sort(roots[np.isreal(roots)].real)
        return tuple(float(root) + self.centre for root in real)


def moderate(x: np.ndarray, w: np.ndarray, y: np.ndarray) -> Moderation:
    """Moderated regression: `y` on `x`, `w` and the product of both, centred at their means.

    Parameters
    ----------
    x, w, y : array-like, shape (n,)

    Returns
    -------
    Moderation

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x, w = rng.normal(size=(2, 4000))
    >>> model = moderate(x, w, x + 0.5 * x * w + rng.normal(size=4000))
    >>> model.slope(1.0)[0].round(1).item()
    1.5
    """
    x, w, y = _columns(x=x, w=w, y=y)
    u, v = x - x.mean(), w - w.mean()
    full = regress(y, u, v, u * v)
    return Moderation(full, float(w.mean()), float(w.std(ddof=1)), full.r2 - regress(y, u, v).r2)
