"""Scales: reliability, factor analysis, screening, mediation and moderation, structural equations.

An item is answered by a number; a block is a set of items that should measure one thing; a respondent's score on a
block is the sum or the mean of the answers. Covariances are sample covariances with divisor n - 1.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import semopy
import statsmodels.api as sm
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.stats import chi2, false_discovery_control, norm, t
from statsmodels.multivariate.factor import Factor
from statsmodels.multivariate.factor_rotation import rotate_factors
from statsmodels.stats.multitest import multipletests

from replica import check

Array = NDArray[np.float64]
BOUND = 0.005  # a smaller unique variance, as a share of its item's variance, is a Heywood case


def _correlations(name: str, value: ArrayLike) -> Array:
    """A correlation matrix of at least two variables that can be inverted."""
    r = check.correlation(name, value)
    if len(r) < 2 or np.linalg.eigvalsh(r)[0] <= 1e-12:
        raise ValueError(f"{name}: expected two or more variables, none of them a sum of others")
    return r


def _covariance(name: str, value: ArrayLike) -> Array:
    """A covariance matrix of at least two items."""
    c = check.matrix(name, value)
    if len(c) < 2 or (np.diag(c) <= 0).any():
        raise ValueError(f"{name}: expected two or more items with positive variances")
    sd = np.sqrt(np.diag(c))
    if c.shape[0] != c.shape[1] or (np.abs(c) > np.outer(sd, sd) * (1 + 1e-9)).any():
        raise ValueError(f"{name}: no items have these covariances (a correlation above 1)")
    check.correlation(name, _standardised(c))
    return c


def _standardised(c: Array) -> Array:
    """The correlations of a covariance matrix, none above 1 by rounding."""
    sd = np.sqrt(np.diag(c))
    return np.clip(c / np.outer(sd, sd), -1, 1)


# --- reliability -----------------------------------------------------------------------------------------------------
def cronbach_alpha(covariance: ArrayLike) -> float:
    """Cronbach's alpha of the sum of the items.

    ``alpha = k / (k - 1) * (1 - sum of item variances / variance of the sum)``.

    Parameters
    ----------
    covariance : array_like, shape (k, k)
        Covariances of the items; a correlation matrix gives the standardised alpha.

    Raises
    ------
    ValueError
        If no items have these covariances, or their sum does not vary.

    References
    ----------
    Cronbach (1951), doi:10.1007/BF02310555.

    Examples
    --------
    >>> round(cronbach_alpha([[1, 0.5], [0.5, 1]]), 4)  # Spearman-Brown: 2 r / (1 + r)
    0.6667
    """
    c = _covariance("covariance", covariance)
    if c.sum() <= 1e-12 * np.trace(c):
        raise ValueError("covariance: the sum of the items does not vary")
    k = len(c)
    return float(k / (k - 1) * (1 - np.trace(c) / c.sum()))


def keyed(frame: pd.DataFrame, key: str, low: int, high: int) -> pd.DataFrame:
    """The items of a scale, reversed where their name has a minus sign.

    Parameters
    ----------
    frame : DataFrame
        Answers from `low` to `high`.
    key : str
        Item names with blanks between, such as ``"-A1 A2 A3"``.
    low, high : int
        Ends of the answer scale; a reversed answer is ``low + high - answer``.

    Examples
    --------
    >>> keyed(pd.DataFrame({"a": [1, 6], "b": [2, 5]}), "-a b", 1, 6).to_numpy().tolist()
    [[6, 2], [1, 5]]
    """
    names = key.split()
    missing = [n for n in names if n.lstrip("-") not in frame.columns]
    if not names or missing:
        raise ValueError(f"key: names of items are needed; unknown: {', '.join(missing) or 'all'}")
    return pd.DataFrame({n.lstrip("-"): low + high - frame[n[1:]] if n[0] == "-" else frame[n] for n in names})


def item_analysis(answers: pd.DataFrame, floor: int | None = None) -> pd.DataFrame:
    """Mean, sd, share at the lowest answer, item-rest correlation and alpha without the item.

    Parameters
    ----------
    answers : DataFrame, shape (n, k)
        One block, all items keyed in one direction; no missing values.
    floor : int, optional
        The lowest answer that the scale offers; the smallest one given, if omitted.

    Returns
    -------
    DataFrame
        One row an item: `mean`, `sd`, `floor` (share), `item_rest` (the "corrected item-total correlation"),
        `alpha_without` (NaN where fewer than two items would remain).

    Raises
    ------
    ValueError
        If values are missing, an item does not vary, or there are fewer than two items or three respondents.
    """
    x = check.matrix("answers", answers.to_numpy())
    if x.shape[0] < 3 or x.shape[1] < 2:
        raise ValueError(f"answers: expected at least three respondents and two items, got shape {x.shape}")
    if (np.ptp(x, axis=0) == 0).any():
        raise ValueError("answers: an item does not vary")
    rest = x.sum(axis=1, keepdims=True) - x
    return pd.DataFrame(
        {
            "mean": x.mean(axis=0),
            "sd": x.std(axis=0, ddof=1),
            "floor": (x == (x.min() if floor is None else floor)).mean(axis=0),
            "item_rest": [np.corrcoef(x[:, j], rest[:, j])[0, 1] for j in range(x.shape[1])],
            "alpha_without": _alphas_without(np.cov(x, rowvar=False)),
        },
        index=answers.columns,
    )


def _alphas_without(c: Array) -> list[float]:
    if len(c) < 3:
        return [np.nan] * len(c)
    return [cronbach_alpha(np.delete(np.delete(c, j, 0), j, 1)) for j in range(len(c))]


def _printed_items(sds: ArrayLike, item_rest: ArrayLike) -> tuple[Array, Array]:
    s, r = check.vector("sds", sds, least=2), check.vector("item_rest", item_rest)
    if s.shape != r.shape:
        raise ValueError(f"item_rest: expected one correlation for each of {len(s)} sds, got {len(r)}")
    if (s <= 0).any():
        raise ValueError("sds: expected positive numbers")
    if not ((r > 0) & (r < 1)).all():
        raise ValueError("item_rest: expected correlations strictly between 0 and 1")
    return s, r


def total_variance(sds: ArrayLike, item_rest: ArrayLike) -> float:
    """Variance of a block's sum from item sds and item-rest correlations.

    With V the variance of the sum and W_i the variance of the sum without item i,
    ``V = s_i^2 + W_i + 2 r_i s_i sqrt(W_i)``, so ``sqrt(W_i) = -r_i s_i + sqrt(V - s_i^2 (1 - r_i^2))``.
    The covariances of the items with their rests add up to ``V - sum s_i^2``. Hence V is the root of

        sum_i r_i s_i sqrt(W_i(V)) = V - sum_i s_i^2,

    whose left side is concave in V when all r_i are positive: there is one root.

    Parameters
    ----------
    sds, item_rest : array_like, shape (k,)
        Standard deviations and corrected item-total correlations; correlations strictly between 0 and 1.

    Raises
    ------
    ValueError
        If lengths differ, an sd is not positive, or a correlation is not between 0 and 1.

    Examples
    --------
    >>> round(total_variance([1, 1], [0.5, 0.5]), 10)
    3.0
    """
    s, r = _printed_items(sds, item_rest)

    def gap(v: float) -> float:
        rest_sd = -r * s + np.sqrt(v - s**2 * (1 - r**2))
        return float(r * s @ rest_sd - v + s @ s)

    return float(brentq(gap, float(s @ s), float(s.sum()) ** 2, xtol=1e-13))


def alpha_from_item_rest(sds: ArrayLike, item_rest: ArrayLike) -> float:
    """Cronbach's alpha from what an article prints: item sds and corrected item-total correlations.

    Parameters and errors as in `total_variance`.

    Examples
    --------
    >>> round(alpha_from_item_rest([1.844, 1.735, 1.228], [0.745, 0.788, 0.526]), 4)
    0.8134
    """
    s = check.vector("sds", sds, least=2)
    return float(len(s) / (len(s) - 1) * (1 - s @ s / total_variance(s, item_rest)))


def alpha_range(sds: ArrayLike, item_rest: ArrayLike, half_unit: float = 0.0005) -> tuple[float, float]:
    """Smallest and largest alpha at the corners of the rounding box of printed sds and item-rest correlations.

    Alpha rises with every correlation and is monotone in each sd over so small a box, so the corners give its range.

    Parameters
    ----------
    sds, item_rest : array_like, shape (k,)
    half_unit : float
        Half of the last printed digit.
    """
    s, r = _printed_items(sds, item_rest)
    centre = np.concatenate([s, r])
    corners = check.positive("half_unit", half_unit) * (
        2 * np.indices((2,) * len(centre)).reshape(len(centre), -1).T - 1
    )
    values = [alpha_from_item_rest(point[: len(s)], point[len(s) :]) for point in centre + corners]
    return min(values), max(values)


def rebuild_covariance(sds: ArrayLike, item_rest: ArrayLike) -> Array:
    """The covariance matrix of two or three items from their sds and item-rest correlations.

    With three items the rests are pairs, so ``c_jk = (W_i - s_j^2 - s_k^2) / 2``: three equations for three unknown
    covariances. With two items both item-rest correlations are the one correlation.

    Parameters
    ----------
    sds, item_rest : array_like, shape (2,) or (3,)

    Returns
    -------
    ndarray, shape (k, k)

    Raises
    ------
    ValueError
        As in `total_variance`; also with more than three items (not determined), two unequal correlations of a pair, or
        figures that no three items have.

    Examples
    --------
    >>> rebuild_covariance([1.0, 2.0], [0.5, 0.5]).tolist()
    [[1.0, 1.0], [1.0, 4.0]]
    """
    s, r = _printed_items(sds, item_rest)
    if len(s) > 3:
        raise ValueError("sds: the covariances of more than three items do not follow from these figures")
    c = np.diag(s**2)
    if len(s) == 2:
        if r[0] != r[1]:
            raise ValueError("item_rest: two items share one correlation")
        c[0, 1] = c[1, 0] = r[0] * s[0] * s[1]
        return c
    rest = (-r * s + np.sqrt(total_variance(s, r) - s**2 * (1 - r**2))) ** 2
    for i, (j, k) in enumerate([(1, 2), (0, 2), (0, 1)]):
        c[j, k] = c[k, j] = (rest[i] - s[j] ** 2 - s[k] ** 2) / 2
    return _covariance("item_rest", c)


@dataclass(frozen=True)
class OneFactor:
    """A fitted one-factor model ``covariance = loadings loadings' + diag(uniquenesses)``, in the items' own units.

    `heywood` is true where a unique variance has gone to zero: the fit lies at its bound, and omega is no estimate.
    """

    loadings: Array
    uniquenesses: Array
    heywood: bool

    @property
    def omega(self) -> float:
        """McDonald's omega: the share of the variance of the sum that the factor carries."""
        common = self.loadings.sum() ** 2
        return float(common / (common + self.uniquenesses.sum()))


def one_factor(covariance: ArrayLike) -> OneFactor:
    """Maximum-likelihood fit of one common factor, by statsmodels.

    Parameters
    ----------
    covariance : array_like, shape (k, k)

    Raises
    ------
    ValueError
        If fewer than three items are given (one factor is not identified then), the matrix is not positive definite, or
        the likelihood does not converge.

    Examples
    --------
    >>> fit = one_factor([[1, 0.56, 0.48], [0.56, 1, 0.42], [0.48, 0.42, 1]])  # 0.8 x 0.7, 0.8 x 0.6, 0.7 x 0.6
    >>> fit.loadings.round(3).tolist(), fit.heywood
    ([0.8, 0.7, 0.6], False)
    """
    c = _covariance("covariance", covariance)
    if len(c) < 3:
        raise ValueError("covariance: one factor needs three items; with two, alpha is all there is")
    sd = np.sqrt(np.diag(c))
    model = Factor(corr=_correlations("covariance", _standardised(c)), n_factor=1, method="ml")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # both its warnings are read below
        fit = model.fit(rng=0)
    heywood = bool(fit.uniqueness.min() < BOUND)
    if not heywood and np.abs(model.mle_retvals.jac).max() > 1e-4:
        raise ValueError("covariance: the likelihood of one factor did not converge")
    loading = fit.loadings[:, 0]
    return OneFactor(loading * np.sign(loading.sum() or 1.0) * sd, fit.uniqueness * sd**2, heywood)


def reliability(covariance: pd.DataFrame) -> pd.Series:
    """Alpha, omega, and the item whose removal leaves the largest alpha.

    Parameters
    ----------
    covariance : DataFrame, shape (k, k)
        Covariances of the items, named.

    Returns
    -------
    Series
        `alpha`, `omega` (missing in a Heywood case), `dropped` (name of the item), `alpha_without`; the last three are
        missing for two items.
    """
    c = _covariance("covariance", covariance.to_numpy())
    values = {"alpha": cronbach_alpha(c), "omega": np.nan, "dropped": "", "alpha_without": np.nan}
    if len(c) > 2:
        factor, without = one_factor(c), _alphas_without(c)
        best = int(np.argmax(without))
        values |= {"dropped": covariance.index[best], "alpha_without": without[best]}
        values["omega"] = np.nan if factor.heywood else factor.omega
    return pd.Series(values, dtype=object)


def item_correlations(blocks: Sequence[ArrayLike], between: ArrayLike) -> Array:
    """Correlations of all items when blocks touch each other only through their sums.

    Within a block they are those of its covariance matrix; between item i of block a and item j of block b they are
    ``corr(i, sum_a) corr(sum_a, sum_b) corr(sum_b, j)``. A block may be a single variable.

    Parameters
    ----------
    blocks : sequence of array_like
        Covariance matrices.
    between : array_like, shape (blocks, blocks)
        Correlations of the block sums.

    Returns
    -------
    ndarray, shape (items, items)
    """
    between = check.correlation("between", between)
    if len(between) != len(blocks):
        raise ValueError(f"between: expected one row for each of {len(blocks)} blocks, got {len(between)}")
    matrices = [check.matrix("blocks", b) for b in blocks]
    to_sum = np.concatenate([c.sum(axis=1) / np.sqrt(np.diag(c) * c.sum()) for c in matrices])
    owner = np.repeat(np.arange(len(matrices)), [len(c) for c in matrices])
    result = np.outer(to_sum, to_sum) * between[np.ix_(owner, owner)]
    for a, c in enumerate(matrices):
        result[np.ix_(owner == a, owner == a)] = _standardised(c)
    return result


def average_variance_extracted(loadings: ArrayLike) -> float:
    """AVE: the mean squared standardised loading of one factor (Fornell & Larcker 1981).

    Examples
    --------
    >>> round(average_variance_extracted([0.6, 0.8]), 4)
    0.5
    """
    return float((check.vector("loadings", loadings, -1, 1, least=2) ** 2).mean())


def composite_reliability(loadings: ArrayLike) -> float:
    """CR: ``(sum l)^2 / ((sum l)^2 + sum (1 - l^2))`` for the standardised loadings of one factor.

    Examples
    --------
    >>> round(composite_reliability([0.7, 0.7, 0.7]), 4)
    0.7424
    """
    found = check.vector("loadings", loadings, -1, 1, least=2)
    return OneFactor(found, 1 - found**2, False).omega


# --- differences and correlations ------------------------------------------------------------------------------------
def correlation_ratio_test(
    values: ArrayLike, groups: Sequence, repeats: int, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Share of a variation that lies between groups, and what random groups of the same sizes give.

    ``eta^2 = sum over groups of n_g (mean_g - mean)^2 / sum of (x - mean)^2``.

    Parameters
    ----------
    values : array_like, shape (n,)
    groups : sequence of labels, length n
    repeats : int
        Random regroupings.
    rng : numpy.random.Generator

    Returns
    -------
    (float, float, float)
        eta squared; its mean over the regroupings; and the share of them that reach it (counting the observed one).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> round(correlation_ratio_test([1, 2, 5, 6], ["a", "a", "b", "b"], 10, rng)[0], 4)
    0.9412
    """
    x, repeats = check.vector("values", values, least=3), check.whole("repeats", repeats, 1)
    label = np.unique(np.asarray(groups, dtype=str), return_inverse=True)[1]
    if len(label) != len(x) or label.max() == 0 or np.ptp(x) == 0:
        raise ValueError("groups: one label for each value, at least two groups, and values that vary")
    centred = (x - x.mean()) / np.sqrt(((x - x.mean()) ** 2).sum())
    regrouped = check.generator("rng", rng).permuted(np.tile(centred, (repeats, 1)), axis=1)
    member = label[:, None] == np.arange(label.max() + 1)
    shares = ((np.vstack([centred, regrouped]) @ member) ** 2 / member.sum(axis=0)).sum(axis=1)
    return float(shares[0]), float(shares[1:].mean()), float((shares >= shares[0] - 1e-12).mean())


def correlation_tests(r: pd.Series, n: int, level: float = 0.95) -> pd.DataFrame:
    """Test that each of several correlations is zero, with corrections for their number.

    ``t = r sqrt((n - 2) / (1 - r^2))``; intervals by Fisher's z.

    Parameters
    ----------
    r : Series
        Pearson correlations, each from the same `n` respondents, at least 4.
    n : int
    level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        `r`, `low`, `high`, `t`, `p` (two-sided), `holm` (Holm 1979) and `bh` (Benjamini and Hochberg 1995) adjusted p.

    Examples
    --------
    >>> correlation_tests(pd.Series({"a": 0.6}), 18)[["low", "high", "t"]].round(3).to_numpy().tolist()
    [[0.185, 0.833, 3.0]]
    """
    n, values = check.whole("n", n, 4), check.array("r", r, -1, 1, open_low=True, open_high=True, shape=(None,))
    statistic = values * np.sqrt((n - 2) / (1 - values**2))
    p = 2 * t.sf(np.abs(statistic), n - 2)
    reach = norm.ppf((1 + check.share("level", level)) / 2) / np.sqrt(n - 3)
    return pd.DataFrame(
        {
            "r": values,
            "low": np.tanh(np.arctanh(values) - reach),
            "high": np.tanh(np.arctanh(values) + reach),
            "t": statistic,
            "p": p,
            "holm": multipletests(p, method="holm")[1],
            "bh": false_discovery_control(p),
        },
        index=r.index,
    )


def screening_indices(answers: ArrayLike) -> pd.DataFrame:
    """Four indices of careless responding for each respondent, each rising with suspicion.

    Parameters
    ----------
    answers : array_like, shape (n, items)

    Returns
    -------
    DataFrame
        `longstring` (longest run of one answer), `sameness` (minus the respondent's own sd), `misfit` (minus the
        correlation of the answers with the item means; 0 for a respondent without variance) and `distance`
        (squared Mahalanobis distance from the mean respondent).

    References
    ----------
    Meade and Craig (2012), doi:10.1037/a0028085.

    Examples
    --------
    >>> screening_indices([[1, 1, 1], [1, 2, 3], [2, 2, 4], [5, 1, 2]])["longstring"].tolist()
    [3, 1, 2, 1]
    """
    x = check.matrix("answers", answers)
    if min(x.shape) < 2:
        raise ValueError(f"answers: expected at least two respondents and two items, got shape {x.shape}")
    run = longest = np.ones(len(x), dtype=int)
    for j in range(1, x.shape[1]):
        run = np.where(x[:, j] == x[:, j - 1], run + 1, 1)
        longest = np.maximum(longest, run)
    centred = x - x.mean(axis=1, keepdims=True)
    item = x.mean(axis=0) - x.mean()
    size = np.sqrt((centred**2).sum(axis=1) * (item**2).sum())
    fit = np.divide(centred @ item, size, out=np.zeros(len(x)), where=size > 0)
    deviation = x - x.mean(axis=0)
    inverse = np.linalg.pinv(np.cov(x, rowvar=False))
    distance = np.einsum("ij,jk,ik->i", deviation, inverse, deviation)
    return pd.DataFrame(
        {"longstring": longest, "sameness": -x.std(axis=1, ddof=1), "misfit": -fit, "distance": distance}
    )


# --- factor analysis -------------------------------------------------------------------------------------------------
def kmo(r: ArrayLike) -> float:
    """Kaiser-Meyer-Olkin measure: squared correlations against squared correlations plus squared partial ones.

    Parameters
    ----------
    r : array_like, shape (p, p)
        Correlation matrix.

    References
    ----------
    Kaiser (1974), doi:10.1007/BF02291575.

    Examples
    --------
    >>> round(kmo([[1, 0.5, 0.5], [0.5, 1, 0.5], [0.5, 0.5, 1]]), 4)  # partial correlations are 1/3
    0.6923
    """
    r = _correlations("r", r)
    inverse = np.linalg.inv(r)
    scale = np.sqrt(np.diag(inverse))
    off = ~np.eye(len(r), dtype=bool)
    squares, partial = (r[off] ** 2).sum(), ((inverse / np.outer(scale, scale))[off] ** 2).sum()
    return float(squares / (squares + partial))


def bartlett(r: ArrayLike, n: int) -> tuple[float, int, float]:
    """Bartlett's test that all correlations are zero: ``-(n - 1 - (2p + 5)/6) log |R|``.

    Parameters
    ----------
    r : array_like, shape (p, p)
    n : int
        Respondents, more than p + 1.

    Returns
    -------
    (float, int, float)
        Statistic, degrees of freedom ``p(p - 1)/2`` and p value.

    Examples
    --------
    >>> statistic, df, p = bartlett([[1, 0.5], [0.5, 1]], 31)  # -(30 - 1.5) log(1 - 0.25)
    >>> round(statistic, 3), df, round(p, 4)
    (8.199, 1, 0.0042)
    """
    r = _correlations("r", r)
    p = len(r)
    n = check.whole("n", n, p + 2)
    statistic = -(n - 1 - (2 * p + 5) / 6) * np.linalg.slogdet(r)[1]
    df = p * (p - 1) // 2
    return float(statistic), df, float(chi2.sf(statistic, df))


@dataclass(frozen=True)
class Extraction:
    """Rotated loadings, strongest column first, each with a positive sum.

    Attributes
    ----------
    loadings : ndarray, shape (p, m)
    eigenvalues : ndarray, shape (p,)
        Of the correlation matrix, largest first.
    """

    loadings: Array
    eigenvalues: Array

    @property
    def communalities(self) -> Array:
        """Row sums of squared loadings, shape (p,)."""
        return (self.loadings**2).sum(axis=1)

    @property
    def percent(self) -> Array:
        """Variance of each rotated factor in percent of all items, shape (m,)."""
        return 100 * (self.loadings**2).sum(axis=0) / len(self.loadings)

    @property
    def heywood(self) -> bool:
        """Whether an item has no unique variance left: common factors that say so are no estimate."""
        return bool((self.communalities > 1 - BOUND).any())


def _extraction(loadings: Array, r: Array, rotate: bool) -> Extraction:
    """Varimax with Kaiser's normalisation (rows scaled to length one, rotated, scaled back), then order and signs."""
    if rotate and loadings.shape[1] > 1:
        size = np.sqrt((loadings**2).sum(axis=1, keepdims=True))
        with np.errstate(divide="ignore"):  # it logs the size of a last step of 0
            loadings = rotate_factors(loadings / size, "varimax")[0] * size
    loadings = loadings[:, np.argsort(-(loadings**2).sum(axis=0), kind="stable")]
    return Extraction(loadings * np.where(loadings.sum(axis=0) < 0, -1, 1), np.linalg.eigvalsh(r)[::-1])


def principal_components(r: ArrayLike, m: int, rotate: bool = True) -> Extraction:
    """The m largest principal components of a correlation matrix, rotated by varimax: the default of SPSS.

    With ``R = V diag(w) V'`` the loadings are ``V sqrt(w)`` of the m largest eigenvalues.

    Parameters
    ----------
    r : array_like, shape (p, p)
    m : int
        Components to keep.
    rotate : bool

    Raises
    ------
    ValueError
        If `r` is no correlation matrix or `m` is not between 1 and p.

    Examples
    --------
    >>> principal_components([[1, 0.28], [0.28, 1]], 1).loadings.round(3).tolist()  # sqrt((1 + r) / 2)
    [[0.8], [0.8]]
    """
    r = _correlations("r", r)
    m = check.whole("m", m, 1, len(r))
    w, v = np.linalg.eigh(r)
    return _extraction(v[:, -m:] * np.sqrt(w[-m:]), r, rotate)


def common_factors(r: ArrayLike, m: int, rotate: bool = True) -> Extraction:
    """Common factors by iterated principal axes (statsmodels), rotated by varimax.

    Communalities take the place of the ones on the diagonal, loadings are components of that matrix, their row sums of
    squares the next communalities, until nothing changes: least squares on the residual correlations (minres).

    Parameters
    ----------
    r : array_like, shape (p, p)
    m : int
        Factors, few enough to be identified: ``(p - m)^2 >= p + m``.
    rotate : bool

    Raises
    ------
    ValueError
        If `r` is no correlation matrix, `m` is too large, or the communalities do not settle.

    References
    ----------
    Harman & Jones (1966), doi:10.1007/BF02289468.
    """
    r = _correlations("r", r)
    p, m = len(r), check.whole("m", m, 1)
    if (p - m) ** 2 < p + m:
        raise ValueError(f"m: {p} items do not identify {m} factors")
    fit = Factor(corr=r, n_factor=m, method="pa").fit(maxiter=20_000, tol=1e-9)
    w, v = np.linalg.eigh(r + np.diag(fit.communality - 1))
    if np.abs((v[:, -m:] ** 2) @ np.maximum(w[-m:], 0) - fit.communality).max() > 1e-6:
        raise ValueError(f"m: the communalities of {m} factors do not settle")
    return _extraction(fit.loadings, r, rotate)


def parallel_analysis(n: int, p: int, repeats: int, rng: np.random.Generator, level: float = 0.95) -> Array:
    """Eigenvalues that uncorrelated items have by chance, largest first: keep components above them (Horn 1965).

    Parameters
    ----------
    n, p : int
        Respondents and items, fewer than respondents.
    repeats : int
    rng : numpy.random.Generator
    level : float
        Quantile over the repeats.

    Returns
    -------
    ndarray, shape (p,)
    """
    p = check.whole("p", p, 2)
    n, repeats = check.whole("n", n, p + 1), check.whole("repeats", repeats, 1)
    draws = check.generator("rng", rng).standard_normal((repeats, n, p))
    draws -= draws.mean(axis=1, keepdims=True)
    draws /= draws.std(axis=1, keepdims=True)
    values = np.linalg.eigvalsh(np.swapaxes(draws, 1, 2) @ draws / n)[:, ::-1]
    return np.quantile(values, check.share("level", level), axis=0)


def htmt(r: ArrayLike, owner: Sequence) -> tuple[list, Array]:
    """Heterotrait-monotrait ratios: mean correlation between two scales over the geometric mean within them.

    Parameters
    ----------
    r : array_like, shape (p, p)
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
    r, owner = np.abs(_correlations("r", r)), np.asarray(owner)
    if owner.shape != (len(r),):
        raise ValueError(f"owner: expected one scale for each of {len(r)} items")
    names = list(dict.fromkeys(owner.tolist()))
    member = (owner == np.array(names)[:, None]).astype(float)
    sizes = member.sum(axis=1)
    if sizes.min() < 2:
        raise ValueError("owner: a scale with one item has no correlation within it")
    sums = member @ (r - np.eye(len(r))) @ member.T
    within = np.sqrt(np.diag(sums) / (sizes * (sizes - 1)))
    ratio = sums / np.outer(sizes * within, sizes * within)
    np.fill_diagonal(ratio, 1.0)
    return names, ratio


# --- mediation and moderation ----------------------------------------------------------------------------------------
def _columns(**given: ArrayLike) -> list[Array]:
    arrays = [check.vector(name, value, least=5) for name, value in given.items()]
    for name, value in zip(given, arrays, strict=True):
        if len(value) != len(arrays[0]):
            raise ValueError(f"{name}: expected {len(arrays[0])} numbers as elsewhere, got {len(value)}")
        if np.ptp(value) == 0:
            raise ValueError(f"{name}: does not vary")
    return arrays


def regress(y: ArrayLike, *x: ArrayLike) -> Any:
    """Least squares of `y` on a constant and the given columns, by statsmodels.

    Parameters
    ----------
    y : array_like, shape (n,)
    *x : array_like, shape (n,) each

    Returns
    -------
    statsmodels RegressionResults
        `params`, `bse`, `tvalues` with the constant first, `rsquared`, `fvalue`, `df_resid`, `conf_int()` and so on.

    Raises
    ------
    ValueError
        If lengths differ, values are missing, a column does not vary, or the columns are collinear.

    Examples
    --------
    >>> fit = regress([1, 2, 2, 4, 5], [0, 1, 2, 3, 4])
    >>> fit.params.round(3).tolist(), fit.rsquared.round(3).item(), int(fit.df_resid)
    ([0.8, 1.0], 0.926, 3)
    """
    if not x:
        raise ValueError("x: expected at least one regressor")
    y, *x = _columns(y=y, **{f"x{number}": column for number, column in enumerate(x, start=1)})
    design = np.column_stack([np.ones(len(y)), *x])
    if len(y) <= design.shape[1] or np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError("x: collinear, or as many columns as respondents")
    return sm.OLS(y, design).fit()


@dataclass(frozen=True)
class Mediation:
    """Direct, indirect and total effect: ``m = a0 + a x + e``, ``y = b0 + c' x + b m + e``, ``c = c' + a b``.

    Attributes
    ----------
    first, second, alone : statsmodels RegressionResults
        m on x; y on x and m; y on x.
    draws : ndarray
        Indirect effects in the bootstrap samples; empty where none was drawn.
    """

    first: Any
    second: Any
    alone: Any
    draws: Array

    @property
    def a(self) -> float:
        """Slope of m on x."""
        return float(self.first.params[1])

    @property
    def b(self) -> float:
        """Slope of y on m beside x."""
        return float(self.second.params[2])

    @property
    def direct(self) -> float:
        """c': slope of y on x beside m."""
        return float(self.second.params[1])

    @property
    def total(self) -> float:
        """c: slope of y on x alone."""
        return float(self.alone.params[1])

    @property
    def indirect(self) -> float:
        """a b, which is c - c'."""
        return self.a * self.b

    @property
    def sobel(self) -> float:
        """First-order standard error of a b (Sobel 1982)."""
        return float(np.hypot(self.a * self.second.bse[2], self.b * self.first.bse[1]))

    def _drawn(self) -> Array:
        if len(self.draws) < 2:
            raise ValueError("draws: no bootstrap samples were drawn; ask `mediate` for some")
        return self.draws

    @property
    def se(self) -> float:
        """Standard deviation of the bootstrap draws."""
        return float(self._drawn().std(ddof=1))

    def percentile(self, level: float = 0.95) -> tuple[float, float]:
        """Percentile interval of the indirect effect."""
        level = check.share("level", level)
        low, high = np.quantile(self._drawn(), [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)


def mediate(
    x: ArrayLike, m: ArrayLike, y: ArrayLike, draws: int = 0, rng: np.random.Generator | None = None
) -> Mediation:
    """Simple mediation with a percentile bootstrap of the indirect effect.

    A bootstrap sample draws respondents with replacement. Its slopes follow from weighted second moments, so all
    samples are computed at once.

    Parameters
    ----------
    x, m, y : array_like, shape (n,)
    draws : int
        Bootstrap samples.
    rng : numpy.random.Generator, optional
        Needed where `draws` is positive.

    References
    ----------
    Preacher & Hayes (2004), doi:10.3758/BF03206553.

    Examples
    --------
    >>> x, e, u = np.random.default_rng(0).normal(size=(3, 1000))
    >>> fit = mediate(x, 0.5 * x + e, 0.2 * x + 0.4 * (0.5 * x + e) + u)
    >>> round(fit.direct, 1), round(fit.indirect, 1)
    (0.1, 0.2)
    """
    x, m, y = _columns(x=x, m=m, y=y)
    n, draws = len(x), check.whole("draws", draws)
    if draws:
        check.generator("rng", rng)
    products = [x - x.mean(), m - m.mean(), y - y.mean()]
    products += [products[i] * products[j] for i, j in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2))]
    table = np.column_stack(products) / n
    indirect = [np.empty(0)]
    for start in range(0, draws, 1000):
        weights = rng.multinomial(n, np.full(n, 1 / n), size=min(1000, draws - start))
        mx, mm, my, xx, xm, xy, mm2, my2 = (weights @ table).T
        xx, xm, xy, mm2, my2 = xx - mx**2, xm - mx * mm, xy - mx * my, mm2 - mm**2, my2 - mm * my
        indirect.append(xm / xx * (my2 * xx - xy * xm) / (mm2 * xx - xm**2))
    return Mediation(regress(m, x), regress(y, x, m), regress(y, x), np.concatenate(indirect))


def paths_from_table(
    total: float, total_se: float, direct: float, direct_se: float, beta: float, n: int
) -> dict[str, float]:
    """Standardised paths of a mediation from what its table prints.

    With k the sd of x over that of y (``beta / total``), ``c' = k direct`` and ``i = k (total - direct) = r_xm b``::

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
    ratio = check.positive("direct_se", direct_se) / check.positive("total_se", total_se)
    beta, n = check.number("beta", beta, -1, 1, open_low=True, open_high=True), check.whole("n", n, 5)
    total, direct = check.number("total", total), check.number("direct", direct)
    if beta == 0 or total in (0, direct):
        raise ValueError("total, direct, beta: nothing is mediated, so no path can be recovered")
    k = beta / total
    c, i = k * direct, k * (total - direct)
    scale = ratio**2 * (1 - beta**2) * (n - 3) / (n - 2)
    middle = 1 - c**2 - 2 * c * i - scale
    a = float(np.sqrt((-middle + np.sqrt(middle**2 + 4 * scale * i**2)) / (2 * scale)))
    b = i / a
    return {"a": a, "b": b, "direct": c, "r_my": b + c * a, "r2": c**2 + 2 * c * i + b**2}


@dataclass(frozen=True)
class Moderation:
    """``y = b0 + b1 x + b2 w + b3 x w + e``; x and w centred, so that b1 and b2 are slopes at the means.

    Attributes
    ----------
    fit : statsmodels RegressionResults
        Constant, x, w, product.
    centre, sd : float
        Mean and standard deviation (divisor n - 1) of the moderator.
    r2_change : float
        R² that the product adds.
    """

    fit: Any
    centre: float
    sd: float
    r2_change: float

    def slope(self, level: ArrayLike) -> Array:
        """Slope of x, ``b1 + b3 w``, at levels of the moderator, and its standard error: shape (2, ...)."""
        w = check.array("level", level) - self.centre
        b, v = self.fit.params, self.fit.cov_params()
        return np.stack([b[1] + b[3] * w, np.sqrt(v[1, 1] + 2 * w * v[1, 3] + w**2 * v[3, 3])])

    def johnson_neyman(self, level: float = 0.95) -> tuple[float, ...]:
        """Levels of the moderator where the slope of x is just significant: none, one or two, in rising order.

        They solve ``(b1 + b3 w)^2 = t^2 var(b1 + b3 w)``, a quadratic in w.

        References
        ----------
        Johnson & Neyman (1936); Bauer & Curran (2005), doi:10.1207/s15327906mbr4003_5.
        """
        b, v = self.fit.params, self.fit.cov_params()
        t2 = t.ppf((1 + check.share("level", level)) / 2, self.fit.df_resid) ** 2
        c2, c1, c0 = b[3] ** 2 - t2 * v[3, 3], 2 * (b[1] * b[3] - t2 * v[1, 3]), b[1] ** 2 - t2 * v[1, 1]
        roots = np.roots([c2, c1, c0])
        return tuple(float(root) + self.centre for root in np.sort(roots[np.isreal(roots)].real))


def moderate(x: ArrayLike, w: ArrayLike, y: ArrayLike) -> Moderation:
    """Moderated regression: `y` on `x`, `w` and the product of both, centred at their means.

    Parameters
    ----------
    x, w, y : array_like, shape (n,)

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
    return Moderation(full, float(w.mean()), float(w.std(ddof=1)), float(full.rsquared - regress(y, u, v).rsquared))


# --- structural equations --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Structural:
    """A fitted structural equation model.

    Attributes
    ----------
    estimates : DataFrame
        `left`, `op`, `right`, `b`, `std` (standardised), `se`, `z`, `p`; one row a parameter, sorted.
    fit : Series
        `chi2`, `df`, `p`, `cfi`, `tli`, `rmsea`, `srmr`.
    """

    estimates: pd.DataFrame
    fit: pd.Series

    def path(self, left: str, right: str) -> pd.Series:
        """The regression of `left` on `right`."""
        rows = self.estimates.query("op == '~' and left == @left and right == @right")
        if len(rows) != 1:
            raise ValueError(f"left, right: the model has no path from {right!r} to {left!r}")
        return rows.iloc[0]

    def loadings(self, factor: str) -> pd.Series:
        """Standardised loadings of the items of a factor."""
        rows = self.estimates.query("op == '=~' and right == @factor")
        if rows.empty:
            raise ValueError(f"factor: no items load on {factor!r}")
        return rows.set_index("left")["std"]

    @property
    def heywood(self) -> bool:
        """Whether an error variance has gone to zero: the fit lies at its bound, where its errors mean nothing."""
        variances = self.estimates.query("op == '~~' and left == right")
        return bool((variances["std"] < BOUND).any())


def structural(description: str, data: pd.DataFrame) -> Structural:
    """Fit a structural equation model by maximum likelihood (Wishart) on covariances, by semopy.

    Parameters
    ----------
    description : str
        In the syntax of lavaan and semopy: ``=~`` measures, ``~`` regresses, ``~~`` covaries.
    data : DataFrame
        One column an item, no missing values.

    Raises
    ------
    ValueError
        If values are missing or the optimiser does not converge.
    """
    check.matrix("data", data.to_numpy())
    model = semopy.Model(description)
    if not model.fit(data, options={"ftol": 1e-13}).success:  # the default stops where the third digit still moves
        raise ValueError("description: the optimiser did not converge")
    numbers = {"Estimate": "b", "Est. Std": "std", "Std. Err": "se", "z-value": "z", "p-value": "p"}
    table = model.inspect(std_est=True).rename(columns={"lval": "left", "rval": "right"} | numbers)
    table[[*numbers.values()]] = table[[*numbers.values()]].apply(pd.to_numeric, errors="coerce")
    factors = model.vars["latent"]
    measured = (table["op"] == "~") & table["right"].isin(factors) & ~table["left"].isin(factors)
    table.loc[measured, "op"] = "=~"
    table = table.sort_values(["op", "left", "right"], kind="stable").reset_index(drop=True)
    indices = {"chi2": "chi2", "df": "DoF", "p": "chi2 p-value", "cfi": "CFI", "tli": "TLI", "rmsea": "RMSEA"}
    with np.errstate(divide="ignore", invalid="ignore"):  # without degrees of freedom there is no RMSEA
        stats = semopy.calc_stats(model).T["Value"]
    fit = pd.Series({name: float(stats[theirs]) for name, theirs in indices.items()}, dtype=object)
    fit["df"] = int(fit["df"])
    fit["srmr"] = srmr(data[model.vars["observed"]].cov(ddof=0), model.calc_sigma()[0])
    return Structural(table, fit)


def srmr(sample: ArrayLike, implied: ArrayLike) -> float:
    """Standardised root mean square residual of a covariance matrix, the diagonal included.

    Residuals are ``s_ij / sqrt(s_ii s_jj) - sigma_ij / sqrt(s_ii s_jj)``, over the ``p (p + 1) / 2`` entries.

    Parameters
    ----------
    sample, implied : array_like, shape (p, p)

    Examples
    --------
    >>> round(srmr([[1, 0.5], [0.5, 1]], [[1, 0.2], [0.2, 1]]), 4)
    0.1732
    """
    s, sigma = _covariance("sample", sample), check.matrix("implied", implied)
    if s.shape != sigma.shape:
        raise ValueError(f"implied: expected the shape of the sample's matrix, {s.shape}, got {sigma.shape}")
    scale = np.sqrt(np.outer(np.diag(s), np.diag(s)))
    return float(np.sqrt(((((s - sigma) / scale)[np.tril_indices(len(s))]) ** 2).mean()))
