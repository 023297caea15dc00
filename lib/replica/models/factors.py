"""Exploratory factor analysis as statistical packages print it, and the reliability and validity of its scales.

Components are those of the correlation matrix ``R = V diag(w) V'``: loadings ``A = V sqrt(w)`` of the m largest
eigenvalues, then an orthogonal rotation. Communalities are row sums of squared loadings, the variance of a component is
a column sum; both add up to the same total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.stats import chi2


def correlation_matrix(r: np.ndarray, name: str = "r") -> np.ndarray:
    """`r` as an array, checked: square, symmetric, ones on the diagonal, positive definite.

    Raises
    ------
    ValueError
        If it is no such matrix.
    """
    r = np.asarray(r, dtype=float)
    if r.ndim != 2 or r.shape[0] != r.shape[1] or len(r) < 2 or not np.isfinite(r).all():
        raise ValueError(f"{name}: a square matrix of finite correlations is needed")
    if not np.allclose(r, r.T) or not np.allclose(np.diag(r), 1):
        raise ValueError(f"{name}: symmetric, with ones on the diagonal")
    if np.linalg.eigvalsh(r)[0] <= 0:
        raise ValueError(f"{name}: not positive definite")
    return r


def kmo(r: np.ndarray) -> float:
    """Kaiser-Meyer-Olkin measure: squared correlations against squared correlations plus squared partial ones.

    Parameters
    ----------
    r : ndarray, shape (p, p)
        Correlation matrix.

    References
    ----------
    Kaiser (1974), doi:10.1007/BF02291575.

    Examples
    --------
    >>> round(kmo([[1, 0.5, 0.5], [0.5, 1, 0.5], [0.5, 0.5, 1]]), 4)  # partial correlations are 1/3
    0.6923
    """
    r = correlation_matrix(r)
    inverse = np.linalg.inv(r)
    scale = np.sqrt(np.diag(inverse))
    partial = inverse / np.outer(scale, scale)
    off = ~np.eye(len(r), dtype=bool)
    squares = (r[off] ** 2).sum()
    return float(squares / (squares + (partial[off] ** 2).sum()))


def bartlett(r: np.ndarray, n: int) -> tuple[float, int, float]:
    """Bartlett's test that all correlations are zero: ``-(n - 1 - (2p + 5)/6) log |R|``.

    Parameters
    ----------
    r : ndarray, shape (p, p)
    n : int
        Respondents.

    Returns
    -------
    (float, int, float)
        Statistic, degrees of freedom ``p(p - 1)/2`` and p value.
    """
    r = correlation_matrix(r)
    p = len(r)
    if n <= p + 1:
        raise ValueError(f"n: more respondents than items are needed, got {n}")
    statistic = -(n - 1 - (2 * p + 5) / 6) * np.linalg.slogdet(r)[1]
    df = p * (p - 1) // 2
    return float(statistic), df, float(chi2.sf(statistic, df))


def varimax(
    loadings: np.ndarray, rotation: np.ndarray | None = None, steps: int = 100
) -> tuple[np.ndarray, np.ndarray]:
    """Varimax rotation with Kaiser's normalisation.

    Rows are scaled to length one, rotated until the variance of the squared loadings in each column is largest, and
    scaled back. Each step replaces the rotation by the orthogonal part of ``A' (B^3 - B diag(mean B^2))``, B = A T.

    Parameters
    ----------
    loadings : ndarray, shape (..., p, m)
        One matrix, or a stack of them.
    rotation : ndarray, shape (m, m), optional
        Where to start; the identity by default.
    steps : int

    Returns
    -------
    (ndarray, ndarray)
        Rotated loadings, shape (..., p, m), and rotations, shape (..., m, m).

    References
    ----------
    Kaiser (1958), doi:10.1007/BF02289233.
    """
    a = np.asarray(loadings, dtype=float)
    if a.ndim < 2 or a.shape[-1] > a.shape[-2] or not np.isfinite(a).all():
        raise ValueError("loadings: finite, with at least as many rows as columns")
    size = np.sqrt((a**2).sum(axis=-1, keepdims=True))
    if (size == 0).any():
        raise ValueError("loadings: a row holds only zeros")
    unit, m = a / size, a.shape[-1]
    t = np.broadcast_to(np.eye(m) if rotation is None else rotation, a.shape[:-2] + (m, m))
    for _ in range(steps):
        b = unit @ t
        u, _, v = np.linalg.svd(np.swapaxes(unit, -1, -2) @ (b**3 - b * (b**2).mean(axis=-2, keepdims=True)))
        t = u @ v
    return a @ t, t


@dataclass(frozen=True)
class Extraction:
    """Rotated loadings, strongest column first, each with a positive sum.

    Attributes
    ----------
    loadings : ndarray, shape (p, m)
    eigenvalues : ndarray, shape (p,)
        Of the correlation matrix, largest first.
    """

    loadings: np.ndarray
    eigenvalues: np.ndarray

    @property
    def communalities(self) -> np.ndarray:
        """Row sums of squared loadings, shape (p,)."""
        return (self.loadings**2).sum(axis=1)

    @property
    def percent(self) -> np.ndarray:
        """Variance of each rotated factor in percent of all items, shape (m,)."""
        return 100 * (self.loadings**2).sum(axis=0) / len(self.loadings)


def _sorted(loadings: np.ndarray, r: np.ndarray) -> Extraction:
    order = np.argsort(-(loadings**2).sum(axis=0), kind="stable")
    loadings = loadings[:, order] * np.where(loadings[:, order].sum(axis=0) < 0, -1, 1)
    return Extraction(loadings, np.linalg.eigvalsh(r)[::-1])


def principal_components(r: np.ndarray, m: int, rotate: bool = True) -> Extraction:
    """The m largest principal components of a correlation matrix, rotated by varimax: the default of SPSS.

    Parameters
    ----------
    r : ndarray, shape (p, p)
    m : int
        Components to keep.
    rotate : bool

    Returns
    -------
    Extraction

    Raises
    ------
    ValueError
        If `r` is no correlation matrix or `m` is not between 1 and p.
    """
    r = correlation_matrix(r)
    if not 1 <= m <= len(r):
        raise ValueError(f"m: between 1 and {len(r)}, got {m}")
    w, v = np.linalg.eigh(r)
    loadings = v[:, -m:] * np.sqrt(w[-m:])
    return _sorted(varimax(loadings)[0] if rotate and m > 1 else loadings, r)


def common_factors(r: np.ndarray, m: int, rotate: bool = True) -> Extraction:
    """Common factors by least squares on the residual correlations (minres), rotated by varimax.

    For uniquenesses psi the loadings are ``V sqrt(w)`` of ``R - diag(psi)``; psi is chosen so that the squares of the
    remaining eigenvalues are least.

    Parameters
    ----------
    r : ndarray, shape (p, p)
    m : int
        Factors, few enough to be identified: ``(p - m)^2 >= p + m``.
    rotate : bool

    Returns
    -------
    Extraction

    References
    ----------
    Harman & Jones (1966), doi:10.1007/BF02289468.
    """
    r = correlation_matrix(r)
    p = len(r)
    if m < 1 or (p - m) ** 2 < p + m:
        raise ValueError(f"m: between 1 and as many as {p} items identify, got {m}")

    def discrepancy(psi: np.ndarray) -> tuple[float, np.ndarray]:
        w, v = np.linalg.eigh(r - np.diag(psi))
        return 0.5 * float((w[:-m] ** 2).sum()), -(v[:, :-m] ** 2) @ w[:-m]

    start = np.clip(1 / np.diag(np.linalg.inv(r)), 0.05, 0.95)
    fit = minimize(
        discrepancy, start, jac=True, bounds=[(0.005, 1)] * p, method="L-BFGS-B",
        options={"ftol": 1e-13, "gtol": 1e-8, "maxiter": 5000},
    )  # fmt: skip
    w, v = np.linalg.eigh(r - np.diag(fit.x))
    loadings = v[:, -m:] * np.sqrt(np.maximum(w[-m:], 0))
    return _sorted(varimax(loadings)[0] if rotate and m > 1 else loadings, r)


def parallel_analysis(n: int, p: int, repeats: int, rng: np.random.Generator, level: float = 0.95) -> np.ndarray:
    """Eigenvalues that uncorrelated items have by chance, largest first: keep components above them (Horn 1965).

    Parameters
    ----------
    n, p : int
        Respondents and items.
    repeats : int
    rng : numpy.random.Generator
    level : float
        Quantile over the repeats.

    Returns
    -------
    ndarray, shape (p,)
    """
    if n <= p or p < 2 or repeats < 1:
        raise ValueError(f"n: more respondents than items, and at least one repeat; got n = {n}, p = {p}")
    draws = rng.standard_normal((repeats, n, p))
    draws -= draws.mean(axis=1, keepdims=True)
    draws /= draws.std(axis=1, keepdims=True)
    values = np.linalg.eigvalsh(np.swapaxes(draws, 1, 2) @ draws / n)[:, ::-1]
    return np.quantile(values, level, axis=0)


def average_variance_extracted(loadings: np.ndarray) -> float:
    """AVE: the mean squared standardised loading of one factor (Fornell & Larcker 1981)."""
    return float((_one_factor(loadings) ** 2).mean())


def composite_reliability(loadings: np.ndarray) -> float:
    """CR: ``(sum l)^2 / ((sum l)^2 + sum (1 - l^2))`` for the standardised loadings of one factor.

    Examples
    --------
    >>> round(composite_reliability([0.7, 0.7, 0.7]), 4)
    0.7424
    """
    loadings = _one_factor(loadings)
    common = loadings.sum() ** 2
    return float(common / (common + (1 - loadings**2).sum()))


def _one_factor(loadings: np.ndarray) -> np.ndarray:
    loadings = np.asarray(loadings, dtype=float)
    if loadings.ndim != 1 or len(loadings) < 2 or not (np.abs(loadings) <= 1).all():
        raise ValueError("loadings: at least two, none above 1 in size")
    return loadings


def htmt(r: np.ndarray, owner: Sequence) -> tuple[list, np.ndarray]:
    """Heterotrait-monotrait ratios: mean correlation between two scales over the geometric mean within them.

    Parameters
    ----------
    r : ndarray, shape (p, p)
    owner : sequence, length p
        The scale of each item.

    Returns
    -------
    (list, ndarray)
        Names of the scales in order of appearance, and the ratios, shape (scales, scales), with ones on the diagonal.

    References
    ----------
    Henseler, Ringle & Sarstedt (2015), doi:10.1007/s11747-014-0403-8.
    """
    r, owner = correlation_matrix(r), np.asarray(owner)
    if owner.shape != (len(r),):
        raise ValueError(f"owner: one scale for each of {len(r)} items")
    names = list(dict.fromkeys(owner.tolist()))
    blocks = [np.flatnonzero(owner == name) for name in names]
    if min(map(len, blocks)) < 2:
        raise ValueError("owner: a scale with one item has no correlation within it")
    within = [np.abs(r[np.ix_(b, b)][np.triu_indices(len(b), 1)]).mean() for b in blocks]
    ratio = np.eye(len(names))
    for i, a in enumerate(blocks):
        for j, b in enumerate(blocks):
            if i != j:
                ratio[i, j] = np.abs(r[np.ix_(a, b)]).mean() / np.sqrt(within[i] * within[j])
    return names, ratio


def without_marker(r: float | np.ndarray, marker: float) -> float | np.ndarray:
    """Correlation net of a method that raises all correlations alike: ``(r - m) / (1 - m)``.

    Parameters
    ----------
    r : float or ndarray
    marker : float
        Correlation of a marker, a variable without substance in common, with the others; below 1.

    References
    ----------
    Lindell & Whitney (2001), doi:10.1037/0021-9010.86.1.114.

    Examples
    --------
    >>> round(without_marker(0.468, 0.2), 3)
    0.335
    """
    if not 0 <= marker < 1:
        raise ValueError(f"marker: at least 0 and below 1, got {marker}")
    return (r - marker) / (1 - marker)
