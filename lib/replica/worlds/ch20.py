"""World of chapter 20: questionnaires that print given tables: loadings, alphas, regressions, a mediation.

An article prints figures of a sample, not the sample. This module looks for samples of whole-number answers whose
figures come near the printed ones, and then for the smallest change of the answers that gives the printed figures to
the last digit. Both steps need the slopes of all figures in every answer.

1. `swap`: two respondents exchange their answers to one item. Means and standard deviations of items stay; correlations
   move. Of all exchanges within an item the one that lowers the squared error most is taken.
2. `nudge`: Newton steps of least size, ``d = J' (J J')^+ e`` with e the errors of the figures and J their slopes, with
   answers kept on the scale. The answers are no longer whole numbers; how far they moved is the result.

Figures of items are functions of the correlation matrix; figures of scales are functions of the scale means of the
respondents. Slopes are taken by differences in those, not in thousands of answers.

The samples are the same on every machine. Where the last bit of a number could decide, it does not: correlated normals
come from the symmetric root of their matrix, since the eigenvectors of equal eigenvalues are any basis; slopes are
taken over steps so wide that rounding leaves nine digits of them; and of two exchanges that are equally good to seven
digits the first is made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from replica import check
from replica.methods import samples

Slopes = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]  # x -> figures (q,), slopes (q, n, k)


# --- figures of a factor analysis ------------------------------------------------------------------------------------
def varimax(
    loadings: np.ndarray, rotation: np.ndarray | None = None, steps: int = 100
) -> tuple[np.ndarray, np.ndarray]:
    """Varimax rotation with Kaiser's normalisation, of one matrix of loadings or of a stack of them at once.

    Rows are scaled to length one, rotated until the variance of the squared loadings in each column is largest, and
    scaled back. Each step replaces the rotation by the orthogonal part of ``A' (B^3 - B diag(mean B^2))``, B = A T.

    Parameters
    ----------
    loadings : ndarray, shape (..., p, m)
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
    a = check.array("loadings", loadings)
    if a.ndim < 2 or a.shape[-1] > a.shape[-2]:
        raise ValueError(f"loadings: expected at least as many rows as columns, got shape {a.shape}")
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
class FactorFigures:
    """What the table of a principal-component analysis prints, as a function of the correlation matrix.

    In this order: the loading of each item on the component of its scale, communalities, percentages of variance of the
    components in the order of `components`, KMO, Bartlett's statistic.

    Attributes
    ----------
    owner : ndarray of int, shape (p,)
        Scale of each item, 0, 1, ...
    n : int
        Respondents.
    components : tuple of int
        The scale that each printed column belongs to.
    """

    owner: np.ndarray
    n: int
    components: tuple[int, ...]

    def _solve(self, r: np.ndarray, near: tuple | None = None, steps: int = 60) -> tuple:
        """Unrotated and rotated loadings, rotation, KMO and Bartlett of one matrix or a stack."""
        p, m = len(self.owner), len(self.components)
        w, v = np.linalg.eigh(r)
        a = v[..., -m:] * np.sqrt(w[..., None, -m:])
        if near is not None:
            a = a * np.sign((a * near[0]).sum(axis=-2, keepdims=True))
        loadings, rotation = varimax(a, None if near is None else near[1], steps)
        inverse = (v / w[..., None, :]) @ np.swapaxes(v, -1, -2)
        scale = np.sqrt(np.einsum("...ii->...i", inverse))
        off = ~np.eye(p, dtype=bool)
        r2 = (r[..., off] ** 2).sum(axis=-1)
        partial2 = ((inverse / (scale[..., :, None] * scale[..., None, :]))[..., off] ** 2).sum(axis=-1)
        statistic = -(self.n - 1 - (2 * p + 5) / 6) * np.log(w).sum(axis=-1)
        return a, loadings, rotation, r2 / (r2 + partial2), statistic

    def _pack(self, loadings: np.ndarray, kmo: np.ndarray, statistic: np.ndarray) -> np.ndarray:
        column = np.argsort(self.components)[self.owner]
        place = np.broadcast_to(column[:, None], (*loadings.shape[:-1], 1))
        own = np.take_along_axis(loadings, place, axis=-1)[..., 0]
        percent = 100 * (loadings**2).mean(axis=-2)
        rest = (kmo[..., None], statistic[..., None])
        return np.concatenate([own, (loadings**2).sum(axis=-1), percent, *rest], axis=-1)

    def _aligned(self, r: np.ndarray) -> tuple:
        """A solution whose columns follow `components`, with positive loadings."""
        a, loadings, rotation, kmo, statistic = self._solve(r)
        sums = np.array([(loadings[self.owner == scale] ** 2).sum(axis=0) for scale in self.components])
        column = sums.argmax(axis=1)
        if len(set(column)) < len(column):
            raise ValueError("x: two scales share a component; the printed structure is too far away")
        sign = [np.sign(loadings[self.owner == s, c].sum()) for s, c in zip(self.components, column, strict=True)]
        rotation = rotation[:, column] * np.array(sign)
        return a, a @ rotation, rotation, kmo, statistic

    def values(self, r: np.ndarray) -> np.ndarray:
        """The figures of one correlation matrix."""
        _, loadings, _, kmo, statistic = self._aligned(r)
        return self._pack(loadings, kmo, statistic)

    def slopes(self, r: np.ndarray, step: float = 1e-4) -> tuple[np.ndarray, np.ndarray]:
        """Figures, and their slopes in each correlation: shapes (q,) and (q, p, p), by differences."""
        a, loadings, rotation, kmo, statistic = self._aligned(r)
        here = self._pack(loadings, kmo, statistic)
        i, j = np.triu_indices(len(r), 1)
        moved = np.broadcast_to(r, (len(i), *r.shape)).copy()
        pair = np.arange(len(i))
        moved[pair, i, j] += step
        moved[pair, j, i] += step
        _, loadings, _, kmo, statistic = self._solve(moved, (a, rotation), 25)
        change = (self._pack(loadings, kmo, statistic) - here) / step
        slopes = np.zeros((len(here), *r.shape))
        slopes[:, i, j] = slopes[:, j, i] = change.T
        p = len(r)
        slopes[-1] = -2 * (self.n - 1 - (2 * p + 5) / 6) * np.linalg.inv(r) * ~np.eye(p, dtype=bool)  # d log|R|
        return here, slopes


# --- figures of the scales -------------------------------------------------------------------------------------------
def _ols(y: np.ndarray, *x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and standard errors of stacked regressions, constant first: shapes (..., k + 1)."""
    design = np.stack([np.ones_like(y), *x], axis=-1)
    turned = np.swapaxes(design, -1, -2)
    inverse = np.linalg.inv(turned @ design)
    b = (inverse @ (turned @ y[..., None]))[..., 0]
    residual = y - (design @ b[..., None])[..., 0]
    variance = (residual**2).sum(axis=-1) / (y.shape[-1] - design.shape[-1])
    return b, np.sqrt(variance[..., None] * np.einsum("...ii->...i", inverse))


SCALE_FIGURES = ("b", "F", "constant", "t of constant", "b of moderator", "t of moderator", "b of product",
                 "t of product", "direct", "se of direct", "indirect", "t of interaction")  # fmt: skip


def scale_figures(scores: np.ndarray) -> np.ndarray:
    """Regressions of z on x, on a moderator w and on the raw product x w; the mediation by m; the interaction.

    Parameters
    ----------
    scores : ndarray, shape (..., n, 4)
        Columns x, w, m, z.

    Returns
    -------
    ndarray, shape (..., 12)
        In the order of `SCALE_FIGURES`. The first eight are of three regressions with one regressor; the last is t of
        the product beside x and w, all centred.
    """
    x, w, m, z = (scores[..., column] for column in range(4))
    b, se = _ols(z, x)
    b_w, se_w = _ols(z, w)
    b_p, se_p = _ols(z, x * w)
    b_m, se_m = _ols(z, x, m)
    a, _ = _ols(m, x)
    u, v = x - x.mean(axis=-1, keepdims=True), w - w.mean(axis=-1, keepdims=True)
    b_i, se_i = _ols(z, u, v, u * v)
    figures = [
        b[..., 1], (b[..., 1] / se[..., 1]) ** 2, b[..., 0], b[..., 0] / se[..., 0],
        b_w[..., 1], b_w[..., 1] / se_w[..., 1], b_p[..., 1], b_p[..., 1] / se_p[..., 1],
        b_m[..., 1], se_m[..., 1], a[..., 1] * b_m[..., 2], b_i[..., 3] / se_i[..., 3],
    ]  # fmt: skip
    return np.stack(figures, axis=-1)


def score_slopes(scores: np.ndarray, step: float = 1e-4) -> tuple[np.ndarray, np.ndarray]:
    """`scale_figures` and their slopes in every score: shapes (12,) and (12, n, 4), by differences."""
    here = scale_figures(scores)
    n, k = scores.shape
    moved = np.broadcast_to(scores, (n, k, n, k)).copy()
    person = np.arange(n)
    for column in range(k):
        moved[person, column, person, column] += step
    return here, np.moveaxis((scale_figures(moved) - here) / step, -1, 0)


@dataclass(frozen=True)
class Questionnaire:
    """All figures of a questionnaire: factor analysis, alphas, regressions.

    Attributes
    ----------
    sizes : tuple of int
        Items of the four scales x, w, m, z.
    n : int
    components : tuple of int
        As in `FactorFigures`.
    """

    sizes: tuple[int, int, int, int]
    n: int
    components: tuple[int, ...]
    factor: FactorFigures = field(init=False)

    def __post_init__(self) -> None:
        owner = np.repeat(np.arange(4), self.sizes)
        object.__setattr__(self, "factor", FactorFigures(owner, self.n, self.components))

    def scores(self, x: np.ndarray) -> np.ndarray:
        """Scale means, shape (n, 4)."""
        return np.stack([x[:, self.factor.owner == scale].mean(axis=1) for scale in range(4)], axis=1)

    def _alphas(self, x: np.ndarray, scores: np.ndarray, exchange: bool = False) -> tuple[np.ndarray, np.ndarray]:
        k = np.array(self.sizes)
        spread = np.array([x[:, self.factor.owner == s].var(axis=0, ddof=1).sum() for s in range(4)])
        whole = k**2 * scores.var(axis=0, ddof=1)
        alpha = k / (k - 1) * (1 - spread / whole)
        own, n = self.factor.owner, len(x)
        # d alpha = k/(k-1) (spread/whole^2 d whole - d spread/whole); whole is the variance of the sum of the items
        d_whole = 2 * k[own] * (scores - scores.mean(axis=0))[:, own] / (n - 1)
        d_spread = 2 * (x - x.mean(axis=0)) / (n - 1) * (not exchange)
        slope = (k / (k - 1))[own] * (spread[own] / whole[own] ** 2 * d_whole - d_spread / whole[own])
        return alpha, np.stack([np.where(own == s, slope, 0.0) for s in range(4)])

    def values(self, x: np.ndarray) -> np.ndarray:
        """Figures of the items, four alphas, `scale_figures`."""
        scores = self.scores(x)
        r = np.corrcoef(x, rowvar=False)
        return np.concatenate([self.factor.values(r), self._alphas(x, scores)[0], scale_figures(scores)])

    def slopes(self, x: np.ndarray, exchange: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Figures and their slopes in every answer, shapes (q,) and (q, n, p).

        With `exchange` mean and sd of every item are held fixed, as where two respondents exchange their answers.
        """
        x = np.asarray(x, dtype=float)
        r, sd = np.corrcoef(x, rowvar=False), x.std(axis=0, ddof=1)
        z = (x - x.mean(axis=0)) / sd
        items, d = self.factor.slopes(r)
        # d r_jk / d x_ij = (z_ik - r_jk z_ij) / ((n - 1) s_j); the slopes of the diagonal are zero
        pull = np.einsum("qjk,jk->qj", d, r) * (not exchange)
        by_item = (np.einsum("qjk,ik->qij", d, z, optimize=True) - pull[:, None, :] * z) / (sd * (self.n - 1))
        scores = self.scores(x)
        alpha, by_alpha = self._alphas(x, scores, exchange)
        scales, by_score = score_slopes(scores)
        own = self.factor.owner
        by_scale = by_score[:, :, own] / np.array(self.sizes)[own]
        return np.concatenate([items, alpha, scales]), np.concatenate([by_item, by_alpha, by_scale])


# --- the two steps ---------------------------------------------------------------------------------------------------
def _checked(target: np.ndarray, tolerance: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    target = np.asarray(target, dtype=float)
    used = np.isfinite(target)
    if target.ndim != 1 or not used.any():
        raise ValueError("target: expected a vector of numbers, not all missing")
    tolerance = check.array("tolerance", tolerance, 0, shape=target.shape)
    if (tolerance[used] == 0).any():
        raise ValueError("tolerance: expected a positive number for each target")
    return target, tolerance, np.flatnonzero(used)


def swap(
    x: np.ndarray, slopes: Slopes, target: np.ndarray, tolerance: np.ndarray, sweeps: int, rng: np.random.Generator
) -> np.ndarray:
    """Exchange answers between respondents so that the figures come near their targets.

    In each sweep every item, in random order, makes the one exchange that lowers the squared error most. An error
    counts as far as it exceeds half its tolerance, in units of the effect of a typical change of one answer. Of
    exchanges that are alike to seven digits of the largest change the first counts, on every machine.

    Parameters
    ----------
    x : ndarray of int, shape (n, p)
    slopes : callable
        Figures, shape (q,), and their slopes, shape (q, n, p), of a sample; in `swap`, slopes for exchanged answers.
    target, tolerance : ndarray, shape (q,)
        A target that is NaN is left alone.
    sweeps : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int, shape (n, p)
        Every column holds the answers that it held before.
    """
    target, tolerance, used = _checked(target, tolerance)
    x, rng = np.array(x), check.generator("rng", rng)
    check.matrix("x", x)
    for _ in range(check.whole("sweeps", sweeps)):
        here, slope = slopes(x)
        slope = slope[used]
        unit = np.sqrt((slope**2).mean(axis=(1, 2)))
        error = (target - here)[used]
        error = np.sign(error) * np.maximum(np.abs(error) - tolerance[used] / 2, 0) / unit
        for item in rng.permutation(x.shape[1]):
            y = (slope[:, :, item] / unit[:, None]).T
            along, size = y @ error, (y**2).sum(axis=1)
            rise = x[None, :, item] - x[:, None, item]  # the first of a pair gains this, the second loses it
            change = -2 * rise * (along[:, None] - along) + rise**2 * (size[:, None] + size - 2 * y @ y.T)
            scale = np.abs(change).max()
            gain = np.round(change / scale, 7) if scale else change
            one, other = np.unravel_index(gain.argmin(), gain.shape)
            if gain[one, other] < 0:
                error = error - rise[one, other] * (y[one] - y[other])
                x[[one, other], item] = x[[other, one], item]
    return x


def nudge(
    x: np.ndarray,
    slopes: Slopes,
    target: np.ndarray,
    tolerance: np.ndarray,
    *,
    low: float = -np.inf,
    high: float = np.inf,
    steps: int = 25,
) -> np.ndarray:
    """The nearest sample, by Newton steps of least size, whose figures meet their targets within tolerance.

    Parameters
    ----------
    x : ndarray, shape (n, k)
    slopes, target, tolerance
        As in `swap`.
    low, high : float
        Ends of the scale; an answer that a step would carry beyond an end stops there.
    steps : int

    Returns
    -------
    ndarray of float, shape (n, k)

    Raises
    ------
    ValueError
        If the targets are not met after `steps` steps: they may contradict each other.
    """
    target, tolerance, used = _checked(target, tolerance)
    x = check.matrix("x", x, low, high).copy()
    for _ in range(check.whole("steps", steps, 1)):
        here, slope = slopes(x)
        error = ((target - here) / tolerance)[used]
        if (np.abs(error) < 0.9).all():
            return x
        j = (slope[used] / tolerance[used, None, None]).reshape(len(used), -1)
        free, move = np.ones(x.size, dtype=bool), np.zeros(x.size)
        for _ in range(8):  # answers at an end drop out of the step
            rest = error - j[:, ~free] @ move[~free]
            inside = j[:, free]
            move[free] = np.linalg.lstsq(inside, rest, rcond=3e-7)[0]
            wanted = x.ravel() + move
            out = free & ((wanted < low - 1e-12) | (wanted > high + 1e-12))
            if not out.any():
                break
            move[out] = np.clip(wanted[out], low, high) - x.ravel()[out]
            free &= ~out
        x = np.clip(x + move.reshape(x.shape), low, high)
    raise ValueError(f"target: not met in {steps} steps; the figures may contradict each other")


# --- where to start --------------------------------------------------------------------------------------------------
def start(
    sizes: tuple[int, ...],
    n: int,
    alphas: np.ndarray,
    correlations: np.ndarray,
    means: np.ndarray,
    sds: np.ndarray,
    rng: np.random.Generator,
    high: int = 5,
) -> np.ndarray:
    """Whole-number answers whose scales have about the given alphas, means, sds and correlations.

    Items of one scale have equal sds and correlations. Margins are maximum-entropy distributions whose counts add up
    over the items of a scale; latent normal scores are made to have their correlations exactly.

    Parameters
    ----------
    sizes : tuple of int
        Items of each scale.
    n : int
        More respondents than items.
    alphas, means, sds : array-like, shape (scales,)
        Of the scale means.
    correlations : array-like, shape (scales, scales)
        Of the scale means.
    rng : numpy.random.Generator
    high : int
        Answers run from 1 to this.

    Returns
    -------
    ndarray of int, shape (n, items)
    """
    k = np.array([check.whole("sizes", size, 2) for size in sizes])
    n, high = check.whole("n", n, int(k.sum()) + 1), check.whole("high", high, 2)
    alphas = check.array("alphas", alphas, 0, 1, open_low=True, open_high=True, shape=k.shape)
    means = check.array("means", means, 1, high, open_low=True, open_high=True, shape=k.shape)
    sds = check.array("sds", sds, 0, open_low=True, shape=k.shape)
    correlations = check.correlation("correlations", correlations)
    within = alphas / (k - alphas * (k - 1))
    share = (1 + (k - 1) * within) / k  # variance of the mean of the items over the variance of an item
    owner = np.repeat(np.arange(len(k)), k)
    wanted = correlations * np.sqrt(np.outer(share, share))
    np.fill_diagonal(wanted, within)
    item_sds = sds / np.sqrt(share) * np.sqrt((n - 1) / n)
    margins = [samples.maximum_entropy(m, s, 1, high) for m, s in zip(means, item_sds, strict=True)]
    latent = np.zeros_like(wanted)  # of an item of one scale with an item of another, or of the same
    for i, j in zip(*np.tril_indices(len(k)), strict=True):
        latent[i, j] = latent[j, i] = samples.latent_correlation(margins[i], margins[j], wanted[i, j])
    latent = latent[np.ix_(owner, owner)]
    np.fill_diagonal(latent, 1.0)
    normal = check.generator("rng", rng).standard_normal((n, len(owner)))
    u, _, vt = np.linalg.svd(normal - normal.mean(axis=0), full_matrices=False)
    rank = (u @ vt @ samples.symmetric_root(latent)).argsort(axis=0).argsort(axis=0)
    x = np.empty((n, len(owner)), dtype=int)
    for scale, p in enumerate(margins):
        items = np.flatnonzero(owner == scale)
        so_far = np.round(n * np.arange(len(items) + 1)[:, None] * np.cumsum(p)).astype(int)
        for item, below in zip(items, np.diff(so_far, axis=0), strict=True):
            x[:, item] = 1 + np.searchsorted(below[:-1], rank[:, item], side="right")
    return x
