"""Gravity with exporter-year, importer-year and pair effects: absorption, dependent errors, a faulty instrument.

A balanced panel of n countries and T years is an array whose last three axes are exporter, importer and year. Trade of
a country with itself is no observation: the diagonal is ignored on the way in and 0 on the way out. Estimation with
controls and gaps is done by pyfixest; what stands here is closed form, so that thousands of panels can be run.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

Array = NDArray[np.float64]
ERRORS = ("robust", "pair", "two-way", "dyadic")


def _panel(name: str, values: ArrayLike) -> Array:
    """Finite panel with a diagonal of zeros."""
    array = np.array(values, dtype=float)
    if array.ndim < 3 or array.shape[-3] != array.shape[-2] or array.shape[-2] < 4 or array.shape[-1] < 2:
        raise ValueError(f"{name}: expected (..., n, n, T) with n of at least 4 and T of at least 2, got {array.shape}")
    places = np.arange(array.shape[-3])
    array[..., places, places, :] = 0.0
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: missing or infinite values off the diagonal")
    return array


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
    v = _panel("values", values)
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
    raw = _panel("x", x)
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


# --- the instrument ----------------------------------------------------------------------------------------------
def leave_one_out(x: ArrayLike, groups: ArrayLike) -> Array:
    """Mean of x over all *other* members of the same group: ``(S_g - x) / (N_g - 1)``.

    Within a group it is an affine function of x with slope ``-1 / (N_g - 1)``. Beside group effects it is the regressor
    itself, and two-stage least squares is least squares.

    Parameters
    ----------
    x, groups : array, shape (m,)

    Returns
    -------
    array, shape (m,)

    Raises
    ------
    ValueError
        If shapes differ, x is not finite, or a group has one member.

    Examples
    --------
    >>> leave_one_out([1.0, 2.0, 6.0], [0, 0, 0])
    array([4. , 3.5, 1.5])
    """
    x, groups = np.asarray(x, dtype=float), np.asarray(groups)
    if x.ndim != 1 or x.shape != groups.shape or not np.isfinite(x).all():
        raise ValueError("x, groups: two vectors of one length with finite x are needed")
    _, place, size = np.unique(groups, return_inverse=True, return_counts=True)
    if size.min(initial=2) < 2:
        raise ValueError("groups: every group needs two members")
    return (np.bincount(place, x)[place] - x) / (size[place] - 1)


def leave_one_out_estimate(x: ArrayLike, y: ArrayLike, groups: ArrayLike) -> float:
    """What that instrument estimates *without* group effects, groups of one size N.

    With between- and within-group covariances B and W (of means, and of deviations from them),

        β_IV = (B_xy - W_xy / (N - 1)) / (B_xx - W_xx / (N - 1)),

    the slope of group means on group means, up to 1/(N - 1).

    Raises
    ------
    ValueError
        If shapes differ or groups differ in size.

    Examples
    --------
    >>> x, g = np.array([0.0, 1.0, 2.0, 5.0]), np.array([0, 0, 1, 1])
    >>> y = np.array([1.0, 0.0, 7.0, 6.0])
    >>> z = leave_one_out(x, g)
    >>> direct = np.cov(z, y)[0, 1] / np.cov(z, x)[0, 1]
    >>> bool(np.isclose(direct, leave_one_out_estimate(x, y, g)))
    True
    """
    x, y, groups = np.asarray(x, dtype=float), np.asarray(y, dtype=float), np.asarray(groups)
    if not x.shape == y.shape == groups.shape or x.ndim != 1:
        raise ValueError("x, y, groups: three vectors of one length are needed")
    _, place, size = np.unique(groups, return_inverse=True, return_counts=True)
    if len(set(size)) != 1 or size[0] < 2:
        raise ValueError("groups: groups of one size, at least two, are needed")
    mean_x, mean_y = np.bincount(place, x) / size, np.bincount(place, y) / size
    within_x, within_y = x - mean_x[place], y - mean_y[place]
    between_x = mean_x - x.mean()
    few = 1 / (size[0] - 1)
    top = (between_x * mean_y).mean() - few * (within_x * within_y).mean()
    return float(top / ((between_x**2).mean() - few * (within_x**2).mean()))


# --- staggered entry ---------------------------------------------------------------------------------------------
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
    values, first = _panel("y", y), np.asarray(entry)
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


# --- what printed tables say about their samples -----------------------------------------------------------------
def rows_lost(missing: int, n: int) -> int:
    """Ordered pairs lost in a year in which `missing` of n countries have no data: 2(n - 1)k - k(k - 1).

    Examples
    --------
    >>> [rows_lost(k, 62) for k in (1, 2, 3)]
    [122, 242, 360]
    """
    if not 0 <= missing <= n:
        raise ValueError(f"missing: expected 0 to {n}, got {missing}")
    return 2 * (n - 1) * missing - missing * (missing - 1)


def missing_patterns(lost: int, n: int, years: int) -> list[tuple[int, ...]]:
    """All ways, largest first, in which whole missing country-years lose `lost` ordered pairs over some years.

    Returns
    -------
    list of tuple of int
        Numbers of missing countries in the years that miss any; at most `years` entries.

    Raises
    ------
    ValueError
        If an argument is negative or n < 2.

    Examples
    --------
    >>> missing_patterns(724, 62, 8)
    [(3, 2, 1)]
    """
    if lost < 0 or years < 0 or n < 2:
        raise ValueError("lost, n, years: not negative, and n of at least 2")

    def search(left: int, largest: int, places: int) -> list[tuple[int, ...]]:
        if left == 0:
            return [()]
        if places == 0 or places * rows_lost(largest, n) < left:
            return []
        return [
            (k, *rest)
            for k in range(largest, 0, -1)
            if (cost := rows_lost(k, n)) <= left
            for rest in search(left - cost, k, places - 1)
        ]

    return search(lost, n - 1, years)


def mean_behind_constant(constant_se: float, slope_se: float, noise: float, n: int) -> float:
    """Mean of the only regressor, from the standard error of the constant printed beside fixed effects.

    The constant is ``ȳ - b x̄``, so with independent errors of variance σ², ``se² = σ²/n + x̄² se_b²``.

    Parameters
    ----------
    constant_se, slope_se : float
    noise : float
        Residual standard deviation σ.
    n : int

    Raises
    ------
    ValueError
        If a value is not positive or the constant's error is below σ/√n.

    Examples
    --------
    >>> round(mean_behind_constant(0.0040, 0.0280, 0.407, 55278), 3)
    0.129
    """
    if min(constant_se, slope_se, n) <= 0 or noise < 0:
        raise ValueError("constant_se, slope_se, noise, n: positive numbers are needed")
    square = constant_se**2 - noise**2 / n
    if square < 0:
        raise ValueError("constant_se: smaller than the error of the mean of the dependent variable")
    return float(np.sqrt(square) / slope_se)


def similarity_slope(difference: ArrayLike, coefficients: Mapping[str, float]) -> Array:
    """Slope in the absolute difference d of log outputs when similarity, ``sech²(d/2)/4``, moves along.

    Parameters
    ----------
    difference : array
        d, not negative.
    coefficients : mapping
        ``"difference"`` and ``"similarity"``.

    Returns
    -------
    array
        ``β_d - β_s · sech²(d/2) tanh(d/2) / 4``; the second factor is at most 1/(6√3) = 0.096.

    Raises
    ------
    ValueError
        If a difference is negative.

    Examples
    --------
    >>> float(similarity_slope(1.317, {"difference": -0.2602, "similarity": -2.6360}).round(4))
    -0.0066
    """
    d = np.asarray(difference, dtype=float)
    if not (d >= 0).all():
        raise ValueError("difference: not negative")
    return coefficients["difference"] - coefficients["similarity"] * np.tanh(d / 2) / np.cosh(d / 2) ** 2 / 4


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
        If b and se differ in shape or are empty, or `true_se` is not positive.
    """
    b, se = np.asarray(b, dtype=float), np.asarray(se, dtype=float)
    if b.shape != se.shape or b.ndim != 1 or not b.size:
        raise ValueError("b, se: two vectors of one length are needed")
    effects = np.atleast_1d(np.asarray(effect, dtype=float))
    limit = critical * se[:, None]
    if true_se is None:
        return (np.abs(b[:, None] + effects) > limit).mean(axis=0)
    if not true_se > 0:
        raise ValueError(f"true_se: a positive number is needed, got {true_se}")
    return (norm.sf((limit - effects) / true_se) + norm.cdf((-limit - effects) / true_se)).mean(axis=0)
