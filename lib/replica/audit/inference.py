"""Statistics that follow from other printed statistics: t, p, stars, confidence intervals, F, R², mediation.

Every function returns the Interval of all values that the derived quantity can take, given intervals for what is
printed. Where several conventions are in use (one- or two-sided, normal or t, three scales of stars), each is a reading
of its own: a claim is refuted only if it fails under all that the author lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .granularity import values
from .interval import INFINITY, DomainError, Interval, hull, interval, monotone, sqrt
from .registry import check, constant, count, flag
from .special import beta_cdf, chi2_sf, f_sf, normal_quantile, normal_sf, t_quantile, t_sf

STATCHECK = "Nuijten, Hartgerink, van Assen, Epskamp & Wicherts 2016, Behavior Research Methods 48 (statcheck)"
ECONOMICS, PSYCHOLOGY = (10, 5, 1), (5, 1, Fraction(1, 10))  # significance levels in percent of one, two, three stars


def _positive(x, name: str) -> Interval:
    x = interval(x)
    if x.hi <= 0:
        raise DomainError(f"{name}: a positive number is needed, not {x}")
    return x if x.lo > 0 else Interval(0, x.hi, lo_open=True, hi_open=x.hi_open)


def _within(x, low: int, high: int, name: str) -> Interval:
    """The part of the box in [low, high]."""
    x = interval(x)
    inside = x.intersection(Interval(low, high))
    if inside is None:
        raise DomainError(f"{name}: a value in [{low}, {high}] is needed, not {x}")
    return inside


def _residual(n, k) -> int:
    n, k = count(n, "n", 2), count(k, "k", 0)
    if n - k - 1 <= 0:
        raise ValueError(f"n, k: {n} observations leave no degrees of freedom for {k} regressors")
    return n - k - 1


# --- one coefficient -------------------------------------------------------------------------------------------------
@check(reference="definition", assumptions="t tests the hypothesis that the coefficient is zero", words="{b} / {se}")
def t_ratio(b, se) -> Interval:
    """t statistic of a coefficient: t = b / se.

    Raises
    ------
    DomainError
        If the standard error is not positive.

    Examples
    --------
    >>> print(t_ratio(3, Interval(1, 2)))
    [1.5, 3]
    """
    return interval(b) / _positive(se, "se")


@check(reference="definition", assumptions="t tests the hypothesis that the coefficient is zero", words="{b} / {t}")
def implied_se(b, t) -> Interval:
    """Standard error implied by a coefficient and its t statistic: se = b / t.

    Two columns that print different coefficients with one t statistic each, and imply the same standard error, or t
    statistics that agree while coefficients are rescaled, point to a repeated column (`common_factor`).

    Raises
    ------
    DomainError
        If b and t certainly differ in sign: a standard error is positive.

    Examples
    --------
    >>> print(implied_se(6, 2))
    3
    """
    ratio = interval(b) / interval(t)
    if ratio.hi < 0:
        raise DomainError(f"a coefficient of {interval(b)} and a t statistic of {interval(t)} differ in sign")
    return ratio if ratio.lo >= 0 else Interval(0, ratio.hi, hi_open=ratio.hi_open)


@check(
    reference=STATCHECK,
    assumptions="t has Student's distribution with df degrees of freedom; without df it is standard normal",
    words="p of t = {t} with {df} degrees of freedom",
)
def p_from_t(t, df=None, one_sided=0) -> Interval:
    """p value of a t statistic: P(|T| ≥ |t|), or P(T ≥ |t|) with ``one_sided=1``.

    Parameters
    ----------
    t : Interval
    df : Interval or int, optional
        Degrees of freedom; the normal distribution if omitted.
    one_sided : {0, 1}

    Examples
    --------
    >>> print(p_from_t(Interval(Fraction("2.085"), Fraction("2.095")), 20).text(4))
    [0.0491, 0.0501]
    """
    size = abs(interval(t))
    tail = normal_sf(size) if df is None else t_sf(size, df)
    return tail if flag(one_sided, "one_sided") else 2 * tail


@check(
    reference="definition",
    assumptions="Pearson correlation of n pairs; the test of a zero correlation",
    words="{r} × √(({n} - 2) / (1 - {r}²))",
)
def t_from_r(r, n) -> Interval:
    """t statistic of a correlation: t = r √((n - 2) / (1 - r²)), with n - 2 degrees of freedom.

    >>> print(t_from_r(Fraction(3, 5), 18))
    3
    """
    freedom = count(n, "n", 3) - 2
    return monotone(lambda x: _signed_root(x, freedom), _within(r, -1, 1, "r"), signs="+")


_FAR = Interval(10**12, INFINITY)


def _signed_root(r: Fraction, freedom: int) -> Interval:
    if abs(r) == 1:
        return _FAR if r > 0 else -_FAR
    size = sqrt(r * r * freedom / (1 - r * r))
    return size if r >= 0 else -size


@check(
    reference=STATCHECK,
    assumptions="Pearson correlation of n pairs from a normal population",
    words="p of r = {r} with n = {n}",
)
def p_from_r(r, n, one_sided=0) -> Interval:
    """p value of a correlation, by t = r √((n - 2) / (1 - r²)) with n - 2 degrees of freedom.

    That is P(X ≤ 1 - r²) of a beta variable with parameters (n - 2)/2 and 1/2.

    >>> print(p_from_r(Fraction("0.496"), 180).text(3))
    [1.44e-12, 1.45e-12]
    """
    p = beta_cdf(1 - _within(r, -1, 1, "r") ** 2, Fraction(count(n, "n", 3) - 2, 2), Fraction(1, 2))
    return p / 2 if flag(one_sided, "one_sided") else p


@check(reference=STATCHECK, assumptions="F has an F distribution", words="p of F({df1}, {df2}) = {f}")
def p_from_f(f, df1, df2) -> Interval:
    """p value of an F statistic.

    >>> print(p_from_f(4, 1, 10).text(4))
    [0.07338, 0.07339]
    """
    return f_sf(_positive(f, "f"), df1, df2)


@check(reference=STATCHECK, assumptions="the statistic has a chi-square distribution", words="p of χ²({df}) = {x}")
def p_from_chi2(x, df) -> Interval:
    """p value of a chi-square statistic.

    >>> print(p_from_chi2(6, 2).text(4))
    [0.04978, 0.04979]
    """
    return chi2_sf(_positive(x, "x"), df)


# --- stars -----------------------------------------------------------------------------------------------------------
def critical_value(level: Fraction | int, df=None, one_sided=0) -> Interval:
    """|t| beyond which a coefficient is significant at `level` percent.

    >>> print(critical_value(5).text(8), critical_value(5, 10).text(8))
    [1.9599639, 1.959964] [2.2281388, 2.2281389]
    """
    level = constant(level, "level")
    if not 0 < level < 50:
        raise ValueError(f"level: a percentage between 0 and 50 is needed, not {level}")
    p = 1 - level / (100 if flag(one_sided, "one_sided") else 200)
    return normal_quantile(p) if df is None else t_quantile(p, df)


def star_count(t, df=None, one_sided=0, levels: Sequence = ECONOMICS) -> Interval:
    """Fewest and most stars that a t statistic in the box earns.

    Parameters
    ----------
    t : Interval
    df : int, optional
        Degrees of freedom; the normal distribution if omitted.
    one_sided : {0, 1}
    levels : sequence of numbers
        Significance levels in percent of one, two, three stars, falling.

    Examples
    --------
    >>> print(star_count(Interval(Fraction("1.955"), Fraction("1.965"))))
    [1, 2]
    """
    size = abs(interval(t))
    limits = [critical_value(level, df, one_sided) for level in levels]
    if any(a.lo >= b.lo for a, b in zip(limits, limits[1:], strict=False)):
        raise ValueError("levels: they must fall from one star to the next")
    surely = sum(size.lo > limit.hi or (size.lo >= limit.hi and size.lo_open) for limit in limits)
    return Interval(surely, sum(size.hi > limit.lo for limit in limits))


@check(
    kind="printed",
    reference=STATCHECK,
    assumptions="stars mark p below the levels; two-sided test (one_sided=1: one-sided); without df the normal law",
    words="stars of t = {t} at {one}, {two} and {three} %",
)
def stars(t, df=None, one_sided=0, one=10, two=5, three=1) -> Interval:
    """Numbers of significance stars that a t statistic earns: one where p < `one` percent, and so on.

    Articles with other scales say ``one=5, two=1, three=exact(0.1)``.

    Examples
    --------
    >>> print(stars(Interval(Fraction("2.445"), Fraction("2.455"))))
    2
    """
    df = None if df is None else values(df)
    return star_count(values(t), df, values(one_sided), [values(x) for x in (one, two, three)])


# --- confidence intervals --------------------------------------------------------------------------------------------
def _half_width(se, level, df) -> Interval:
    level = constant(level, "level")
    if not 50 <= level < 100:
        raise ValueError(f"level: a confidence level in percent, from 50 to below 100, is needed, not {level}")
    return critical_value(100 - level, df) * _positive(se, "se")


@check(
    reference="definition",
    assumptions="a symmetric interval: b plus or minus a quantile times se (not a percentile bootstrap)",
    words="{b} - z({level} %) × {se}",
)
def ci_low(b, se, level=95, df=None) -> Interval:
    """Lower end of a confidence interval: b - q · se, with q of the normal distribution, or of t with `df`.

    >>> print(ci_low(Fraction("0.5978"), Fraction("0.0643")).text(4))
    [0.4717, 0.4718]
    """
    return interval(b) - _half_width(se, level, df)


@check(
    reference="definition",
    assumptions="a symmetric interval: b plus or minus a quantile times se (not a percentile bootstrap)",
    words="{b} + z({level} %) × {se}",
)
def ci_high(b, se, level=95, df=None) -> Interval:
    """Upper end of a confidence interval: b + q · se.

    >>> print(ci_high(Fraction("0.5978"), Fraction("0.0643")).text(4))
    [0.7238, 0.7239]
    """
    return interval(b) + _half_width(se, level, df)


@check(
    reference="definition",
    assumptions="a symmetric interval: b plus or minus a quantile times se",
    words="({high} - {low}) / (2 z({level} %))",
)
def se_from_ci(low, high, level=95, df=None) -> Interval:
    """Standard error implied by a symmetric confidence interval: (high - low) / 2q.

    >>> print(se_from_ci(-1, 1).text(4))
    [0.5102, 0.5103]
    """
    return (interval(high) - interval(low)) / (2 * critical_value(100 - constant(level, "level"), df))


# --- fit -------------------------------------------------------------------------------------------------------------
@check(reference="definition", assumptions="one regressor, classical standard errors", words="{t}²")
def f_from_t(t) -> Interval:
    """F statistic of a regression with one regressor: F = t².

    >>> print(f_from_t(3))
    9
    """
    return interval(t) ** 2


@check(
    reference="definition",
    assumptions="least squares with an intercept, k regressors, classical standard errors, F of all slopes",
    words="({r2} / {k}) / ((1 - {r2}) / ({n} - {k} - 1))",
)
def f_from_r2(r2, n, k) -> Interval:
    """Overall F statistic from R²: F = (R²/k) / ((1 - R²) / (n - k - 1)).

    >>> print(f_from_r2(Fraction(1, 2), 22, 1))
    20
    """
    freedom = _residual(n, k)
    regressors = count(k, "k")
    inside = _within(r2, 0, 1, "r2")
    return (1 / (1 - inside) - 1) * Fraction(freedom, regressors)


@check(
    reference="definition",
    assumptions="least squares with an intercept and k regressors",
    words="1 - (1 - {r2}) × ({n} - 1) / ({n} - {k} - 1)",
)
def adjusted_r2(r2, n, k) -> Interval:
    """Adjusted R²: 1 - (1 - R²)(n - 1) / (n - k - 1).

    >>> print(adjusted_r2(Fraction(1, 2), 22, 1))
    0.475
    """
    return 1 - (1 - interval(r2)) * Fraction(count(n, "n", 2) - 1, _residual(n, k))


@check(
    kind="printed",
    reference="definition",
    assumptions="least squares with an intercept on the same observations; the larger model holds all of the smaller",
    words="between {smaller} and 1",
)
def larger_r2(smaller) -> Interval:
    """R² that a model can have that adds regressors to one with R² = `smaller`: not less.

    >>> print(larger_r2(Interval(Fraction("0.2185"), Fraction("0.2195"))))
    [0.2185, 1]
    """
    return Interval(_within(values(smaller), 0, 1, "smaller").lo, 1)


@check(
    reference="definition",
    assumptions="least squares on the same observations, classical standard errors; q regressors are added",
    words="(({larger} - {smaller}) / {q}) / ((1 - {larger}) / ({n} - {k} - 1))",
)
def nested_f(smaller, larger, q, n, k) -> Interval:
    """F statistic of q added regressors: F = ((R²₁ - R²₀)/q) / ((1 - R²₁)/(n - k - 1)), k those of the larger model.

    >>> print(nested_f(Fraction(1, 5), Fraction(2, 5), 1, 33, 2))
    10
    """
    small, large, q = _within(smaller, 0, 1, "smaller"), _within(larger, 0, 1, "larger"), count(q, "q")
    # (R1 - R0) / (1 - R1) = (1 - R0) / (1 - R1) - 1: each occurs once.
    return ((1 - small) / (1 - large) - 1) * Fraction(_residual(n, k), q)


# --- several columns -------------------------------------------------------------------------------------------------
@check(
    kind="printed",
    reference="definition",
    assumptions="the columns are read in the same order; a common factor shows that one can be a multiple of the other",
    words="one factor between {first} and {second}",
)
def common_factor(first, second) -> Interval:
    """All factors f with second = f × first in every row: a column repeated (f = 1) or rescaled.

    Parameters
    ----------
    first, second : list of Printed or Interval
        Of the same length.

    Raises
    ------
    DomainError
        If no factor fits every row: the columns are not multiples of one another.

    Examples
    --------
    >>> print(common_factor([interval(2), interval(3)], [interval(4), interval(6)]))
    2
    """
    if not isinstance(first, list) or not isinstance(second, list) or len(first) != len(second) or not first:
        raise ValueError("first, second: two columns of the same length are needed")
    factor = None
    for a, b in zip(map(values, first), map(values, second), strict=True):
        if 0 in a and 0 in b:
            continue
        if a.lo == a.hi == 0:
            raise DomainError("zero stands against a number that is not zero")
        here = b / a
        factor = here if factor is None else factor.intersection(here)
        if factor is None:
            raise DomainError("no factor fits every row")
    if factor is None:
        raise DomainError("every row holds zero on both sides: any factor fits")
    return factor


# --- mediation -------------------------------------------------------------------------------------------------------
@check(
    reference="MacKinnon, Warsi & Dwyer 1995, Multivariate Behavioral Research 30",
    assumptions="least squares, one sample, the same covariates in every equation",
    words="{direct} + {indirect}",
)
def total_effect(direct, indirect) -> Interval:
    """Total effect: c = c' + ab, exact in least squares on one sample.

    >>> print(total_effect(Fraction("0.4808"), Fraction("0.1170")))
    0.5978
    """
    return interval(direct) + interval(indirect)


@check(
    reference="MacKinnon, Warsi & Dwyer 1995, Multivariate Behavioral Research 30",
    assumptions="least squares; a: regressor on mediator, b: mediator on outcome beside the regressor",
    words="{a} × {b}",
)
def indirect_effect(a, b) -> Interval:
    """Indirect effect: the product of the two paths, ab = c - c'.

    >>> print(indirect_effect(Fraction(1, 2), Fraction(1, 5)))
    0.1
    """
    return interval(a) * interval(b)


# --- samples ---------------------------------------------------------------------------------------------------------
@check(
    kind="printed",
    reference="definition",
    assumptions="one observation for each combination of the units of the design",
    words="at most the product of {dimensions}",
)
def possible_observations(*dimensions) -> Interval:
    """Numbers of observations that a design can have: from 1 to the product of its dimensions (units × periods …).

    >>> print(possible_observations(31, 18))
    [1, 558]
    """
    product = 1
    for size in dimensions:
        product *= count(values(size), "dimensions")
    return Interval(1, product)


@check(reference="definition", assumptions="least squares with an intercept and k regressors", words="{n} - {k} - 1")
def residual_df(n, k) -> Interval:
    """Residual degrees of freedom: n - k - 1.

    >>> print(residual_df(180, 3))
    176
    """
    return interval(_residual(n, k))


@check(
    kind="printed",
    reference="definition: a correlation matrix is positive semidefinite",
    assumptions="three Pearson correlations on the same observations (not pairwise deletion)",
    words="between {r12} × {r13} ± √((1 - {r12}²)(1 - {r13}²))",
)
def third_correlation(r12, r13) -> Interval:
    """Correlations r23 that can stand beside r12 and r13: cos(α + β) ≤ r23 ≤ cos(α - β), with cos α = r12, cos β = r13.

    Raises
    ------
    DomainError
        If a correlation exceeds 1 in size.

    Examples
    --------
    >>> print(third_correlation(Fraction(4, 5), Fraction(4, 5)))
    [0.28, 1]
    """
    a, b = _within(values(r12), -1, 1, "r12"), _within(values(r13), -1, 1, "r13")
    return Interval(-_highest_third(a, -b), _highest_third(a, b))


def _highest_third(a: Interval, b: Interval) -> Fraction:
    """Largest cos(α - β): 1 where the angles can agree, else at the closest ends."""
    if a.lo <= b.hi and b.lo <= a.hi:
        return Fraction(1)
    x, y = (a.lo, b.hi) if a.lo > b.hi else (a.hi, b.lo)
    return min(Fraction(1), (x * y + sqrt((1 - x * x) * (1 - y * y))).hi)


# --- two groups ------------------------------------------------------------------------------------------------------
@check(
    reference="Welch 1947, Biometrika 34",
    assumptions="two independent samples; sds divide by n - 1",
    words="({mean1} - {mean2}) / √({sd1}²/{n1} + {sd2}²/{n2})",
)
def welch_t(mean1, sd1, n1, mean2, sd2, n2) -> Interval:
    """t statistic of a difference of means with unequal variances.

    >>> print(welch_t(5, 3, 9, 1, 4, 16).text(4))
    [2.828, 2.829]
    """
    error = interval(sd1) ** 2 / count(n1, "n1", 2) + interval(sd2) ** 2 / count(n2, "n2", 2)
    return (interval(mean1) - interval(mean2)) / _positive(sqrt(error), "sd1, sd2")


@check(
    reference="Welch 1947, Biometrika 34",
    assumptions="two independent samples; sds divide by n - 1",
    words="Welch's degrees of freedom of sds {sd1}, {sd2} with n = {n1}, {n2}",
)
def welch_df(sd1, n1, sd2, n2) -> Interval:
    """Welch's degrees of freedom: 1 / (u²/(n1 - 1) + (1 - u)²/(n2 - 1)), u the share of the first squared error.

    >>> print(welch_df(2, 8, 2, 8))
    14
    """
    n1, n2 = count(n1, "n1", 2), count(n2, "n2", 2)
    ratio = (_positive(sd2, "sd2") / _positive(sd1, "sd1")) ** 2 * Fraction(n1, n2)
    share = 1 / (1 + ratio)
    least = Fraction(n1 - 1, n1 + n2 - 2)  # the share that gives the most degrees of freedom
    parts = [share.lo, share.hi] + ([least] if least in share else [])
    return hull(interval(1 / (u * u / (n1 - 1) + (1 - u) ** 2 / (n2 - 1))) for u in parts)


@check(
    reference="definition",
    assumptions="two independent samples with one variance; sds divide by n - 1",
    words="t of {mean1} and {mean2} with pooled sd of {sd1}, {sd2}",
)
def pooled_t(mean1, sd1, n1, mean2, sd2, n2) -> Interval:
    """Student's t statistic of a difference of means, n1 + n2 - 2 degrees of freedom.

    >>> print(pooled_t(5, 2, 8, 3, 2, 8))
    2
    """
    n1, n2 = count(n1, "n1", 2), count(n2, "n2", 2)
    pooled = (interval(sd1) ** 2 * (n1 - 1) + interval(sd2) ** 2 * (n2 - 1)) / (n1 + n2 - 2)
    error = sqrt(pooled * (Fraction(1, n1) + Fraction(1, n2)))
    return (interval(mean1) - interval(mean2)) / _positive(error, "sd1, sd2")


@check(
    reference="definition",
    assumptions="counts of successes in two independent samples; the pooled share under the hypothesis of equality",
    words="z of {x1} of {n1} against {x2} of {n2}",
)
def two_proportions_z(x1, n1, x2, n2) -> Interval:
    """z statistic of a difference of two proportions with the pooled standard error.

    >>> print(two_proportions_z(20, 40, 10, 40).text(4))
    [2.309, 2.31]
    """
    n1, n2 = count(n1, "n1"), count(n2, "n2")
    x1, x2 = count(x1, "x1", 0), count(x2, "x2", 0)
    if x1 > n1 or x2 > n2 or x1 + x2 in (0, n1 + n2):
        raise DomainError("no spread: the pooled share is 0 or 1, or a count exceeds its sample")
    pooled = Fraction(x1 + x2, n1 + n2)
    error = sqrt(pooled * (1 - pooled) * (Fraction(1, n1) + Fraction(1, n2)))
    return (Fraction(x1, n1) - Fraction(x2, n2)) / error
