"""Ordinal answers with given means, standard deviations and correlations.

The margins are maximum-entropy distributions; the dependence is a Gaussian copula: every respondent has a latent normal
variable for each item, cut at thresholds. The correlation of two cut normals is a power series in the latent
correlation (Pearson 1900, the tetrachoric series), so a wanted correlation of answers is turned into a latent one by
finding one root.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq, root
from scipy.stats import norm

TERMS = 400
LARGEST = 0.98  # the series has converged to 1e-4 of its value up to here


def maximum_entropy(mean: float, sd: float, low: int, high: int) -> np.ndarray:
    """The distribution of largest entropy on ``low ... high`` with a given mean and sd.

    It has the form ``p_k proportional to exp(a k + b k**2)``; `a` and `b` solve the two moment equations.

    Parameters
    ----------
    mean, sd : float
        Population moments, in points of the scale.
    low, high : int
        Ends of the scale.

    Returns
    -------
    ndarray, shape (high - low + 1,)
        Probabilities.

    Raises
    ------
    ValueError
        If no distribution on the scale has these moments.

    References
    ----------
    Jaynes (1957).

    Examples
    --------
    >>> maximum_entropy(4.0, 2.0, 1, 7).round(4).tolist()
    [0.1429, 0.1429, 0.1429, 0.1429, 0.1429, 0.1429, 0.1429]
    """
    if not low < mean < high:
        raise ValueError(f"mean: strictly between {low} and {high}, got {mean}")
    k = np.linspace(-1, 1, high - low + 1)
    unit = (high - low) / 2
    target = np.array([(mean - low) / unit - 1, 0.0])
    target[1] = (sd / unit) ** 2 + target[0] ** 2
    features = np.vstack([k, k**2])

    def probabilities(parameters: np.ndarray) -> np.ndarray:
        weight = parameters @ features
        weight = np.exp(weight - weight.max())
        return weight / weight.sum()

    def gap(parameters: np.ndarray) -> np.ndarray:
        return features @ probabilities(parameters) - target

    def slope(parameters: np.ndarray) -> np.ndarray:
        p = probabilities(parameters)
        centred = features - (features @ p)[:, None]
        return (centred * p) @ centred.T

    solved = root(gap, np.zeros(2), jac=slope, method="lm", options={"xtol": 1e-13, "ftol": 1e-13, "maxiter": 5000})
    if not np.abs(gap(solved.x)).max() < 1e-8:
        raise ValueError(f"sd: no distribution on {low} to {high} with mean {mean} has sd {sd}")
    return probabilities(solved.x)


def thresholds(probabilities: np.ndarray) -> np.ndarray:
    """Cut points of a standard normal that give the stated category probabilities, shape (categories - 1,)."""
    p = _distribution(probabilities, "probabilities")
    return norm.ppf(np.clip(np.cumsum(p)[:-1], 1e-12, 1 - 1e-12))


def _distribution(values: np.ndarray, name: str) -> np.ndarray:
    p = np.asarray(values, dtype=float)
    if p.ndim != 1 or len(p) < 2 or not np.isfinite(p).all() or p.min() < 0 or abs(p.sum() - 1) > 1e-8:
        raise ValueError(f"{name}: at least two probabilities, none negative, with sum 1")
    return p


def _hermite(cuts: np.ndarray) -> np.ndarray:
    """Normalised Hermite coefficients of 1{Z > cut}, shape (TERMS, cuts): the loadings of the tetrachoric series."""
    polynomial = np.zeros((TERMS + 1, len(cuts)))
    polynomial[0], polynomial[1] = 1.0, cuts
    for k in range(2, TERMS + 1):
        polynomial[k] = (cuts * polynomial[k - 1] - np.sqrt(k - 1) * polynomial[k - 2]) / np.sqrt(k)
    order = np.arange(1, TERMS + 1)
    return norm.pdf(cuts) * polynomial[:-1] / np.sqrt(order)[:, None]


def joint_probabilities(p: np.ndarray, q: np.ndarray, rho: float) -> np.ndarray:
    """Joint distribution of two cut normals with latent correlation `rho`.

    Parameters
    ----------
    p, q : ndarray, shapes (a,) and (b,)
        Marginal probabilities.
    rho : float
        Latent correlation, at most 0.98 in size.

    Returns
    -------
    ndarray, shape (a, b)

    Raises
    ------
    ValueError
        If `rho` is larger than 0.98 in size, or `p` or `q` is no distribution.
    """
    if not abs(rho) <= LARGEST:
        raise ValueError(f"rho: at most {LARGEST} in size, got {rho}")
    cut_p, cut_q = thresholds(p), thresholds(q)
    powers = rho ** np.arange(1, TERMS + 1)
    above = np.ones((len(cut_p) + 2, len(cut_q) + 2))
    above[1:-1, 1:-1] = np.outer(norm.sf(cut_p), norm.sf(cut_q)) + (_hermite(cut_p).T * powers) @ _hermite(cut_q)
    above[0, 1:-1], above[1:-1, 0] = norm.sf(cut_q), norm.sf(cut_p)
    above[-1, :] = above[:, -1] = 0.0
    return np.clip(above[:-1, :-1] - above[1:, :-1] - above[:-1, 1:] + above[1:, 1:], 0.0, None)


def _moments(p: np.ndarray) -> tuple[float, float]:
    k = np.arange(len(p))
    mean = float(k @ p)
    return mean, float(np.sqrt(k**2 @ p - mean**2))


def _score_series(p: np.ndarray) -> np.ndarray:
    """Coefficients of the standardised answer in normalised Hermite polynomials of its latent normal variable."""
    return _hermite(thresholds(p)).sum(axis=1) / _moments(p)[1]


def _latent(series_p: np.ndarray, series_q: np.ndarray, correlation: float) -> float:
    series, order = series_p * series_q, np.arange(1, TERMS + 1)

    def gap(rho: float) -> float:
        return float(series @ rho**order) - correlation

    if gap(-LARGEST) > 0 or gap(LARGEST) < 0:
        ends = gap(-LARGEST) + correlation, gap(LARGEST) + correlation
        raise ValueError(f"correlation: these margins allow {ends[0]:.3f} to {ends[1]:.3f}, got {correlation:.3f}")
    return float(brentq(gap, -LARGEST, LARGEST, xtol=1e-12))


def latent_correlation(p: np.ndarray, q: np.ndarray, correlation: float) -> float:
    """The latent normal correlation that gives two ordinal answers a wanted Pearson correlation.

    Parameters
    ----------
    p, q : ndarray
        Marginal probabilities.
    correlation : float
        Pearson correlation of the two answers, scored 1, 2, 3, ...

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the margins do not allow the correlation (with a latent correlation of at most 0.98 in size).

    Examples
    --------
    >>> half = np.array([0.5, 0.5])
    >>> round(latent_correlation(half, half, 1 / 3), 6)  # arcsine law: 2 / pi * asin(1 / 2)
    0.5
    """
    return _latent(_score_series(_distribution(p, "p")), _score_series(_distribution(q, "q")), correlation)


def latent_matrix(margins: list[np.ndarray], correlations: np.ndarray) -> np.ndarray:
    """Latent correlation matrix for wanted correlations of ordinal answers, made positive semi-definite if need be.

    Negative eigenvalues (the pairwise solutions need not fit together) are set to 1e-6 and the diagonal is scaled back
    to one; compare targets with what a sample achieves.

    Parameters
    ----------
    margins : list of ndarray
        Marginal probabilities of each item.
    correlations : ndarray, shape (items, items)
        Wanted Pearson correlations of the answers.

    Returns
    -------
    ndarray, shape (items, items)
    """
    correlations = np.asarray(correlations, dtype=float)
    items = len(margins)
    if correlations.shape != (items, items) or not np.allclose(correlations, correlations.T):
        raise ValueError(f"correlations: a symmetric matrix of shape ({items}, {items}) is needed")
    series = [_score_series(_distribution(p, "margins")) for p in margins]
    latent = np.eye(items)
    for i in range(items):
        for j in range(i):
            latent[i, j] = latent[j, i] = _latent(series[i], series[j], correlations[i, j])
    values, vectors = np.linalg.eigh(latent)
    if values[0] < 1e-6:
        latent = (vectors * np.maximum(values, 1e-6)) @ vectors.T
        scale = np.sqrt(np.diag(latent))
        latent = latent / np.outer(scale, scale)
    return latent


def join_on_hub(parts: list[np.ndarray], share: float = 1.0) -> np.ndarray:
    """One latent matrix from several that have a variable in common, the hub.

    Variables of different parts correlate through the hub: ``share * corr(i, hub) * corr(hub, j)``. With ``share = 1``
    they are independent given the hub; with more, the parts have something else in common as well.

    Parameters
    ----------
    parts : list of ndarray, shapes (k + 1, k + 1)
        Latent correlation matrices, each with the hub as its last variable.
    share : float
        At least 0; the largest possible value depends on the parts.

    Returns
    -------
    ndarray, shape (sum of k + 1,) twice
        The hub is last.

    Raises
    ------
    ValueError
        If the joined matrix is not positive semi-definite, which means that `share` is too large.
    """
    to_hub = np.concatenate([np.asarray(part, dtype=float)[:-1, -1] for part in parts])
    joined = np.eye(len(to_hub) + 1)
    joined[:-1, :-1] = share * np.outer(to_hub, to_hub)
    joined[-1, :-1] = joined[:-1, -1] = to_hub
    start = 0
    for part in parts:
        stop = start + len(part) - 1
        joined[start:stop, start:stop] = np.asarray(part, dtype=float)[:-1, :-1]
        start = stop
    if np.linalg.eigvalsh(joined)[0] < -1e-8:
        raise ValueError(f"share: {share} is more than these parts can have in common")
    return joined


def ordinal_sample(
    margins: list[np.ndarray], latent: np.ndarray, n: int, rng: np.random.Generator, low: int = 1
) -> np.ndarray:
    """Draw respondents whose answers have the given margins and a Gaussian copula.

    Parameters
    ----------
    margins : list of ndarray
        Marginal probabilities of each item.
    latent : ndarray, shape (items, items)
        Latent correlation matrix.
    n : int
        Respondents.
    rng : numpy.random.Generator
    low : int
        The lowest answer.

    Returns
    -------
    ndarray of int, shape (n, items)
    """
    if n < 1:
        raise ValueError(f"n: at least one respondent, got {n}")
    values, vectors = np.linalg.eigh(np.asarray(latent, dtype=float))
    if values[0] < -1e-8 or len(values) != len(margins):
        raise ValueError("latent: a positive semi-definite matrix with one row for each margin is needed")
    normal = rng.standard_normal((n, len(values))) @ (vectors * np.sqrt(np.maximum(values, 0))).T
    columns = [np.searchsorted(thresholds(p), normal[:, j], side="left") for j, p in enumerate(margins)]
    return np.column_stack(columns) + low
