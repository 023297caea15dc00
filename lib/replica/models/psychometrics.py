"""Classical test theory for questionnaires: item analysis, reliability, screening, and correlation tests.

An item is answered by a whole number; a block is a set of items that should measure one thing; a respondent's score on
a block is the sum (or the mean) of the answers. Covariances are sample covariances with divisor n - 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq, minimize
from scipy.stats import false_discovery_control, norm, rankdata, t
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.stats.multitest import multipletests


# --- reliability -----------------------------------------------------------------------------------------------------
def _covariance(matrix: np.ndarray) -> np.ndarray:
    c = np.asarray(matrix, dtype=float)
    if c.ndim != 2 or c.shape[0] != c.shape[1] or len(c) < 2:
        raise ValueError("covariance: a square matrix of at least two items is needed")
    if not np.isfinite(c).all() or not np.allclose(c, c.T) or (np.diag(c) <= 0).any():
        raise ValueError("covariance: finite, symmetric, with positive variances")
    return c


def cronbach_alpha(covariance: np.ndarray) -> float:
    """Cronbach's alpha of the sum of the items.

    ``alpha = k / (k - 1) * (1 - sum of item variances / variance of the sum)``.

    Parameters
    ----------
    covariance : ndarray, shape (k, k)
        Covariances of the items; a correlation matrix gives the standardised alpha.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the matrix is not square and symmetric with positive variances.

    References
    ----------
    Cronbach (1951), doi:10.1007/BF02310555.

    Examples
    --------
    >>> round(cronbach_alpha([[1, 0.5], [0.5, 1]]), 4)  # Spearman-Brown: 2 r / (1 + r)
    0.6667
    """
    c = _covariance(covariance)
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
        If values are missing, or there are fewer than two items or three respondents.
    """
    x = answers.to_numpy(dtype=float)
    if np.isnan(x).any():
        raise ValueError("answers: missing values; impute or drop them first")
    if x.shape[0] < 3 or x.shape[1] < 2:
        raise ValueError("answers: at least three respondents and two items are needed")
    rest = x.sum(axis=1, keepdims=True) - x
    lowest = x.min() if floor is None else floor
    c = np.cov(x, rowvar=False)
    k = x.shape[1]
    without = [cronbach_alpha(np.delete(np.delete(c, j, 0), j, 1)) if k > 2 else np.nan for j in range(k)]
    return pd.DataFrame(
        {
            "mean": x.mean(axis=0),
            "sd": x.std(axis=0, ddof=1),
            "floor": (x == lowest).mean(axis=0),
            "item_rest": [np.corrcoef(x[:, j], rest[:, j])[0, 1] for j in range(k)],
            "alpha_without": without,
        },
        index=answers.columns,
    )


def total_variance(sds: np.ndarray, item_rest: np.ndarray) -> float:
    """Variance of a block's sum from item sds and item-rest correlations.

    With V the variance of the sum and W_i the variance of the sum without item i,
    ``V = s_i^2 + W_i + 2 r_i s_i sqrt(W_i)``, so ``sqrt(W_i) = -r_i s_i + sqrt(V - s_i^2 (1 - r_i^2))``.
    The covariances of the items with their rests add up to ``V - sum s_i^2``. Hence V is the root of

        sum_i r_i s_i sqrt(W_i(V)) = V - sum_i s_i^2,

    whose left side is concave in V when all r_i are positive: there is one root.

    Parameters
    ----------
    sds, item_rest : array-like, shape (k,)
        Standard deviations and corrected item-total correlations; correlations strictly between 0 and 1.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If lengths differ, an sd is not positive, or a correlation is not between 0 and 1.

    Examples
    --------
    >>> round(total_variance([1, 1], [0.5, 0.5]), 10)
    3.0
    """
    s, r = np.asarray(sds, dtype=float), np.asarray(item_rest, dtype=float)
    if s.ndim != 1 or s.shape != r.shape or len(s) < 2:
        raise ValueError("item_rest: one correlation for each of at least two sds is needed")
    if not (s > 0).all():
        raise ValueError("sds: all must be positive")
    if not ((r > 0) & (r < 1)).all():
        raise ValueError("item_rest: all must lie strictly between 0 and 1")

    def gap(v: float) -> float:
        rest_sd = -r * s + np.sqrt(v - s**2 * (1 - r**2))
        return float(r * s @ rest_sd - v + s @ s)

    return float(brentq(gap, float(s @ s), float(s.sum()) ** 2, xtol=1e-13))


def alpha_from_item_rest(sds: np.ndarray, item_rest: np.ndarray) -> float:
    """Cronbach's alpha from what an article prints: item sds and corrected item-total correlations.

    Parameters and errors as in `total_variance`.

    Examples
    --------
    >>> round(alpha_from_item_rest([1.844, 1.735, 1.228], [0.745, 0.788, 0.526]), 4)
    0.8134
    """
    s = np.asarray(sds, dtype=float)
    k = len(s)
    return float(k / (k - 1) * (1 - s @ s / total_variance(s, item_rest)))


def alpha_range(sds: np.ndarray, item_rest: np.ndarray, half_unit: float = 0.0005) -> tuple[float, float]:
    """Smallest and largest alpha at the corners of the rounding box of printed sds and item-rest correlations.

    Alpha rises with every correlation and is monotone in each sd over so small a box, so the corners give its range.

    Parameters
    ----------
    sds, item_rest : array-like, shape (k,)
    half_unit : float
        Half of the last printed digit.
    """
    centre = np.concatenate([np.asarray(sds, dtype=float), np.asarray(item_rest, dtype=float)])
    k = len(centre) // 2
    corners = half_unit * (2 * np.indices((2,) * len(centre)).reshape(len(centre), -1).T - 1)
    values = [alpha_from_item_rest(point[:k], point[k:]) for point in centre + corners]
    return min(values), max(values)


def rebuild_covariance(sds: np.ndarray, item_rest: np.ndarray) -> np.ndarray:
    """The covariance matrix of two or three items from their sds and item-rest correlations.

    With three items the rests are pairs, so ``c_jk = (W_i - s_j^2 - s_k^2) / 2``: three equations for three unknown
    covariances. With two items both item-rest correlations are the one correlation.

    Parameters
    ----------
    sds, item_rest : array-like, shape (2,) or (3,)

    Returns
    -------
    ndarray, shape (k, k)

    Raises
    ------
    ValueError
        As in `total_variance`; also with more than three items (not determined) or two unequal correlations of a pair.

    Examples
    --------
    >>> c = rebuild_covariance([1.0, 2.0], [0.5, 0.5])
    >>> c.tolist()
    [[1.0, 1.0], [1.0, 4.0]]
    """
    s, r = np.asarray(sds, dtype=float), np.asarray(item_rest, dtype=float)
    if len(s) not in (2, 3):
        raise ValueError("sds: the covariances of more than three items do not follow from these figures")
    v = total_variance(s, r)
    c = np.diag(s**2)
    if len(s) == 2:
        if r[0] != r[1]:
            raise ValueError("item_rest: two items share one correlation")
        c[0, 1] = c[1, 0] = r[0] * s[0] * s[1]
        return c
    rest = (-r * s + np.sqrt(v - s**2 * (1 - r**2))) ** 2
    for i, (j, k) in enumerate([(1, 2), (0, 2), (0, 1)]):
        c[j, k] = c[k, j] = (rest[i] - s[j] ** 2 - s[k] ** 2) / 2
    return c


@dataclass(frozen=True)
class OneFactor:
    """A fitted one-factor model ``covariance = loadings loadings' + diag(uniquenesses)``, in the items' own units."""

    loadings: np.ndarray
    uniquenesses: np.ndarray

    @property
    def omega(self) -> float:
        """McDonald's omega: the share of the variance of the sum that the factor carries."""
        common = self.loadings.sum() ** 2
        return float(common / (common + self.uniquenesses.sum()))


def one_factor(covariance: np.ndarray) -> OneFactor:
    """Maximum-likelihood fit of one common factor.

    The likelihood is concentrated on the uniquenesses psi of the correlation matrix R: for given psi the loadings come
    from the largest eigenvalue of ``psi^-1/2 R psi^-1/2`` (Joreskog 1967). Uniquenesses are kept above 0.005.

    Parameters
    ----------
    covariance : ndarray, shape (k, k)
        At least three items.

    Returns
    -------
    OneFactor

    Raises
    ------
    ValueError
        If fewer than three items are given (one factor is not identified then), or the matrix is not positive definite.
    """
    c = _covariance(covariance)
    if len(c) < 3:
        raise ValueError("covariance: one factor needs three items; with two, alpha is all there is")
    sd = np.sqrt(np.diag(c))
    correlation = c / np.outer(sd, sd)
    if np.linalg.eigvalsh(correlation)[0] <= 0:
        raise ValueError("covariance: not positive definite")

    def eigen(psi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values, vectors = np.linalg.eigh(correlation / np.sqrt(np.outer(psi, psi)))
        return values, np.sqrt(psi) * vectors[:, -1] * np.sqrt(max(values[-1] - 1, 0))

    def discrepancy(psi: np.ndarray) -> tuple[float, np.ndarray]:
        values, loading = eigen(psi)
        small = values[:-1]
        return float((small - np.log(small) - 1).sum()), (loading**2 + psi - 1) / psi**2

    start = np.clip(1 / np.diag(np.linalg.inv(correlation)), 0.05, 0.95)
    fit = minimize(
        discrepancy, start, jac=True, bounds=[(0.005, 1.0)] * len(c), method="L-BFGS-B",
        options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 5000},
    )  # fmt: skip
    loading = eigen(fit.x)[1]
    return OneFactor(loading * np.sign(loading.sum() or 1.0) * sd, fit.x * sd**2)


def reliability(covariance: pd.DataFrame) -> pd.Series:
    """Alpha, omega, and the item whose removal leaves the largest alpha.

    Parameters
    ----------
    covariance : DataFrame, shape (k, k)
        Covariances of the items, named.

    Returns
    -------
    Series
        `alpha`, `omega`, `dropped` (name of the item), `alpha_without`; the last three are missing for two items.
    """
    c = covariance.to_numpy(dtype=float)
    if len(c) == 2:
        omega, dropped, alpha_without = np.nan, "", np.nan
    else:
        without = [cronbach_alpha(np.delete(np.delete(c, i, 0), i, 1)) for i in range(len(c))]
        best = int(np.argmax(without))
        omega, dropped, alpha_without = one_factor(c).omega, covariance.index[best], without[best]
    values = {"alpha": cronbach_alpha(c), "omega": omega, "dropped": dropped, "alpha_without": alpha_without}
    return pd.Series(values, dtype=object)


def item_correlations(blocks: list[np.ndarray], between: np.ndarray) -> np.ndarray:
    """Correlations of all items when blocks touch each other only through their sums.

    Within a block they are those of its covariance matrix; between item i of block a and item j of block b they are
    ``corr(i, sum_a) corr(sum_a, sum_b) corr(sum_b, j)``. A block may be a single variable.

    Parameters
    ----------
    blocks : list of ndarray
        Covariance matrices.
    between : ndarray, shape (blocks, blocks)
        Correlations of the block sums.

    Returns
    -------
    ndarray, shape (items, items)
    """
    between = np.asarray(between, dtype=float)
    if between.shape != (len(blocks), len(blocks)):
        raise ValueError(f"between: shape ({len(blocks)}, {len(blocks)}) is needed, got {between.shape}")
    matrices = [np.atleast_2d(np.asarray(b, dtype=float)) for b in blocks]
    to_sum = np.concatenate([c.sum(axis=1) / np.sqrt(np.diag(c) * c.sum()) for c in matrices])
    owner = np.repeat(np.arange(len(matrices)), [len(c) for c in matrices])
    result = np.outer(to_sum, to_sum) * between[np.ix_(owner, owner)]
    for a, c in enumerate(matrices):
        sd = np.sqrt(np.diag(c))
        result[np.ix_(owner == a, owner == a)] = c / np.outer(sd, sd)
    return result


def correlation_ratio_test(
    values: np.ndarray, groups: np.ndarray, repeats: int, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Share of a variation that lies between groups, and what random groups of the same sizes give.

    ``eta^2 = sum over groups of n_g (mean_g - mean)^2 / sum of (x - mean)^2``.

    Parameters
    ----------
    values : array-like, shape (n,)
    groups : array-like, shape (n,)
        Labels.
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
    x = np.asarray(values, dtype=float)
    label = np.unique(np.asarray(groups, dtype=str), return_inverse=True)[1]
    if x.ndim != 1 or len(label) != len(x) or label.max() == 0 or x.std() == 0:
        raise ValueError("groups: one label for each value, at least two groups, and values that vary")
    centred = (x - x.mean()) / np.sqrt(((x - x.mean()) ** 2).sum())
    orders = np.vstack([centred, rng.permuted(np.tile(centred, (repeats, 1)), axis=1)])
    member = label[:, None] == np.arange(label.max() + 1)
    shares = ((orders @ member) ** 2 / member.sum(axis=0)).sum(axis=1)
    return float(shares[0]), float(shares[1:].mean()), float((shares >= shares[0] - 1e-12).mean())


# --- correlations ----------------------------------------------------------------------------------------------------
def correlation_tests(r: pd.Series, n: int, level: float = 0.95) -> pd.DataFrame:
    """Test that each of several correlations is zero, with corrections for their number.

    Parameters
    ----------
    r : Series
        Pearson correlations, each from the same `n` respondents.
    n : int
        Respondents, at least 4.
    level : float
        Of the Fisher-z confidence intervals.

    Returns
    -------
    DataFrame
        `r`, `low`, `high`, `t`, `p` (two-sided), `holm` (Holm 1979) and `bh` (Benjamini and Hochberg 1995) adjusted p.

    Raises
    ------
    ValueError
        If a correlation is not strictly between -1 and 1, or `n` < 4.
    """
    if n < 4:
        raise ValueError(f"n: at least 4, got {n}")
    values = r.to_numpy(dtype=float)
    if not (np.abs(values) < 1).all():
        raise ValueError("r: correlations strictly between -1 and 1 are needed")
    statistic = values * np.sqrt((n - 2) / (1 - values**2))
    p = 2 * t.sf(np.abs(statistic), n - 2)
    reach = norm.ppf((1 + level) / 2) / np.sqrt(n - 3)
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


def disattenuate(r: np.ndarray, reliability: np.ndarray, other: float = 1.0) -> np.ndarray:
    """Correlation of true scores, ``r / sqrt(reliability * other)`` (Spearman 1904).

    Parameters
    ----------
    r, reliability : array-like
        Observed correlations and the reliabilities of the one score.
    other : float
        Reliability of the other variable; 1 corrects for the one score alone.
    """
    reliability = np.asarray(reliability, dtype=float)
    if not ((reliability > 0) & (reliability <= 1)).all() or not 0 < other <= 1:
        raise ValueError("reliability, other: between 0 and 1")
    return np.asarray(r, dtype=float) / np.sqrt(reliability * other)


def ordered_logit(answers: pd.Series, predictors: pd.DataFrame) -> pd.DataFrame:
    """Proportional-odds regression of an ordinal answer (McCullagh 1980), fitted by statsmodels.

    ``logit P(answer > k) = x'b - cut_k``: `b` shifts the whole answer up, whatever the distances between answers.

    Parameters
    ----------
    answers : Series of int
        Ordered categories.
    predictors : DataFrame
        Without a constant (the cut points take its place).

    Returns
    -------
    DataFrame
        One row a predictor: `b`, `se`, `z`, `p`, `odds_ratio`.

    Raises
    ------
    ValueError
        If values are missing, fewer than three categories occur, or the fit does not converge.
    """
    if answers.isna().any() or predictors.isna().to_numpy().any():
        raise ValueError("answers, predictors: missing values; drop them first")
    if answers.nunique() < 3:
        raise ValueError("answers: at least three categories must occur")
    ordered = answers.astype(pd.CategoricalDtype(sorted(answers.unique()), ordered=True))
    fit = OrderedModel(ordered, predictors.astype(float), distr="logit").fit(method="bfgs", disp=False, maxiter=500)
    if not fit.mle_retvals["converged"]:
        raise ValueError("answers: the likelihood did not converge")
    names = list(predictors.columns)
    b, se = fit.params[names], fit.bse[names]
    return pd.DataFrame({"b": b, "se": se, "z": b / se, "p": 2 * norm.sf(np.abs(b / se)), "odds_ratio": np.exp(b)})


# --- careless respondents --------------------------------------------------------------------------------------------
CARELESS = ("uniform", "margin", "straight", "middle", "cycle")


def careless_answers(kind: str, n: int, margins: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Answers of people who do not read the questions.

    Parameters
    ----------
    kind : {"uniform", "margin", "straight", "middle", "cycle"}
        Every answer at random; at random, but as often as attentive people give it; one answer throughout; at random
        among the middle answers (3 to 5 of seven); counting up and starting again at the top.
    n : int
        Respondents.
    margins : list of ndarray
        Attentive people's probabilities of the answers, one array an item, all of one length.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int, shape (n, items)
        Answers from 1.

    Raises
    ------
    ValueError
        If the kind is unknown or the margins differ in length.
    """
    _careless_kind(kind)
    options, items = len(margins[0]), len(margins)
    if any(len(p) != options for p in margins):
        raise ValueError("margins: all items need the same answers")
    if kind == "uniform":
        return rng.integers(1, options + 1, size=(n, items))
    if kind == "margin":
        return np.column_stack([rng.choice(options, size=n, p=p) + 1 for p in margins])
    start = rng.integers(1, options + 1, size=(n, 1))
    if kind == "straight":
        return np.repeat(start, items, axis=1)
    if kind == "middle":
        return rng.integers(*_middle(options), size=(n, items))
    return (start - 1 + np.arange(items)) % options + 1


def _careless_kind(kind: str) -> None:
    if kind not in CARELESS:
        raise ValueError(f"kind: one of {', '.join(CARELESS)}; got {kind!r}")


def _middle(options: int) -> tuple[int, int]:
    return (options + 1) // 2 - 1, options // 2 + 3


def careless_joint(kind: str, p: np.ndarray, distance: int) -> np.ndarray:
    """Joint distribution of two answers, `distance` questions apart, of a careless respondent.

    Parameters
    ----------
    kind : str
        As in `careless_answers`.
    p : ndarray, shape (options,)
        Attentive people's probabilities of the answers to both questions.
    distance : int
        Questions between the two, counted from one to the other.

    Returns
    -------
    ndarray, shape (options, options)
    """
    _careless_kind(kind)
    options = len(p)
    if kind == "uniform":
        return np.full((options, options), options**-2.0)
    if kind == "margin":
        return np.outer(p, p)
    if kind == "straight":
        return np.eye(options) / options
    if kind == "middle":
        inside = np.zeros(options)
        low, high = _middle(options)
        inside[low - 1 : high - 1] = 1 / (high - low)
        return np.outer(inside, inside)
    return np.roll(np.eye(options), distance % options, axis=1) / options


def gap_rates(joint: np.ndarray) -> np.ndarray:
    """Share of respondents whose two answers differ by more than t points, for t = 0, 1, ..., options - 1.

    Parameters
    ----------
    joint : ndarray, shape (options, options)
        Joint distribution of the two answers.

    Returns
    -------
    ndarray, shape (options,)

    Examples
    --------
    >>> round(float(gap_rates(np.full((7, 7), 1 / 49))[2]), 3)  # two random answers: 20 of 49 pairs
    0.408
    """
    joint = np.asarray(joint, dtype=float)
    if joint.ndim != 2 or joint.shape[0] != joint.shape[1]:
        raise ValueError("joint: a square matrix is needed")
    answer = np.arange(len(joint))
    gap = np.abs(answer[:, None] - answer[None, :])
    return np.array([joint[gap > threshold].sum() for threshold in answer])


def screening_indices(answers: np.ndarray) -> pd.DataFrame:
    """Four indices of careless responding for each respondent, each rising with suspicion.

    Parameters
    ----------
    answers : ndarray, shape (n, items)

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
    >>> screening_indices(np.array([[1, 1, 1], [1, 2, 3], [2, 2, 4], [5, 1, 2]]))["longstring"].tolist()
    [3, 1, 2, 1]
    """
    x = np.asarray(answers)
    if x.ndim != 2 or min(x.shape) < 2:
        raise ValueError("answers: at least two respondents and two items are needed")
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
    return pd.DataFrame(
        {
            "longstring": longest,
            "sameness": -x.std(axis=1, ddof=1),
            "misfit": -fit,
            "distance": np.einsum("ij,jk,ik->i", deviation, inverse, deviation),
        }
    )


def area_under_roc(score: np.ndarray, positive: np.ndarray) -> float:
    """Chance that a randomly chosen positive case scores higher than a negative one (ties count half).

    Parameters
    ----------
    score : array-like, shape (n,)
    positive : array-like of bool, shape (n,)

    Examples
    --------
    >>> area_under_roc([1, 2, 3, 4], [False, False, True, True])
    1.0
    """
    positive = np.asarray(positive, dtype=bool)
    hits, misses = int(positive.sum()), int((~positive).sum())
    if not hits or not misses:
        raise ValueError("positive: both kinds of case are needed")
    ranks = rankdata(score)
    return float((ranks[positive].sum() - hits * (hits + 1) / 2) / (hits * misses))
