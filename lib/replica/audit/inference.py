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
from .interval import log as iv_log
from .registry import check, constant, count, flag
from .special import beta_cdf, chi2_sf, f_sf, normal_quantile, normal_sf, t_quantile, t_sf

STATCHECK = "Nuijten, Hartgerink, van Assen, Epskamp & Wicherts 2016, Behavior Research Methods 48 (statcheck)"
ECONOMICS, PSYCHOLOGY = (10, 5, 1), (5, 1, Fraction(1, 10))  # significance levels in percent of one, two, three stars


def _positive(x, name: str) -> Interval:
    x = interval(x)
    if x.hi <= 0:
        raise DomainError(f"{name}: a positive number is needed, not {x}")
    return x if x.lo > 0 else Interval(0, x.hi, lo_open=True, hi_open=x.hi_open)


def _not_negative(x, name: str) -> Interval:
    """The part of the box from zero on, zero included."""
    inside = interval(x).intersection(Interval(0, INFINITY))
    if inside is None:
        raise DomainError(f"{name}: a number that is not negative is needed, not {interval(x)}")
    return inside


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
@check(
    roles="measure: b se",
    topic="a regression table",
    example="t_ratio(0.496, 0.121)",
    reference="definition",
    assumptions="t tests the hypothesis that the coefficient is zero",
    words="{b} / {se}",
)
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


@check(
    roles="measure: b t",
    topic="a regression table",
    example="implied_se(0.496, 4.10)",
    reference="definition",
    assumptions="t tests the hypothesis that the coefficient is zero",
    words="{b} / {t}",
)
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
    roles="measure: t; count: df; constant: one_sided",
    topic="a test result",
    example="p_from_t(2.20, 28)",
    span=Interval(0, 1),
    reference=STATCHECK,
    assumptions="t has Student's distribution with df degrees of freedom; without df it is standard normal",
    words="p of t = {t}[ with {df} degrees of freedom]",
)
def p_from_t(t, df=None, one_sided=0) -> Interval:
    """p value of a t statistic: ``P(|T| ≥ |t|)``, P(T ≥ t) with ``one_sided=1``, P(T ≤ t) with ``one_sided=-1``.

    A one-sided test has a direction, and with an effect on the other side its p value is above one half. Where the
    direction is not printed, both are readings: ``p_from_t(t, df, one_sided=1) | p_from_t(t, df, one_sided=-1)``.

    Parameters
    ----------
    t : Interval
    df : Interval or int, optional
        Degrees of freedom, fractional after a correction; the normal distribution if omitted.
    one_sided : {0, 1, -1}
        1: the hypothesis of a larger value; -1: of a smaller one.

    Examples
    --------
    >>> print(p_from_t(Interval(Fraction("2.085"), Fraction("2.095")), 20).text(4))
    [0.0491, 0.0501]
    """
    side, t = _side(one_sided), interval(t)
    along = abs(t) if side == 0 else t * side
    tail = normal_sf(along) if df is None else t_sf(along, df)
    return tail if side else 2 * tail


def _side(one_sided) -> int:
    side = constant(one_sided, "one_sided")
    if side not in (-1, 0, 1):
        raise ValueError(f"one_sided: 1 (larger), -1 (smaller) or 0 (two-sided) is needed, not {side}")
    return int(side)


@check(
    roles="measure: r; count: n df",
    topic="correlations",
    example="t_from_r(.31, 180)",
    reference="definition",
    assumptions="Pearson correlation of n pairs; the test of a zero correlation",
    words="{r} × √(df / (1 - {r}²))[, n = {n}][, df = {df}]",
)
def t_from_r(r, n=None, df=None) -> Interval:
    """t statistic of a correlation: t = r √(df / (1 - r²)), with df = n - 2 degrees of freedom.

    >>> print(t_from_r(Fraction(3, 5), 18))
    3
    """
    freedom = _pairs_df(n, df)
    return monotone(lambda x: _signed_root(x, freedom), _within(r, -1, 1, "r"), signs="+")


def _pairs_df(n, df) -> int:
    """Degrees of freedom of a correlation, from the pairs n or as printed."""
    if (n is None) == (df is None):
        raise ValueError("n, df: one of the two is needed, the number of pairs or the degrees of freedom")
    return count(df, "df") if n is None else count(n, "n", 3) - 2


_FAR = Interval(10**12, INFINITY)


def _signed_root(r: Fraction, freedom: int) -> Interval:
    if abs(r) == 1:
        return _FAR if r > 0 else -_FAR
    size = sqrt(r * r * freedom / (1 - r * r))
    return size if r >= 0 else -size


@check(
    roles="measure: r; count: n df; constant: one_sided",
    topic="correlations",
    example="p_from_r(.31, 180)",
    span=Interval(0, 1),
    reference=STATCHECK,
    assumptions="Pearson correlation of n pairs from a normal population",
    words="p of r = {r}[ with n = {n}][ with {df} degrees of freedom]",
)
def p_from_r(r, n=None, one_sided=0, df=None) -> Interval:
    """p value of a correlation, by t = r √(df / (1 - r²)) with df = n - 2 degrees of freedom.

    That is P(X ≤ 1 - r²) of a beta variable with parameters df/2 and 1/2. Papers print r(178) with the degrees of
    freedom or r with n = 180: give ``df=178`` or ``n=180``. `one_sided` as in `p_from_t`.

    >>> print(p_from_r(Fraction("0.496"), 180).text(3))
    [1.44e-12, 1.45e-12]
    """
    side, freedom, inside = _side(one_sided), _pairs_df(n, df), _within(r, -1, 1, "r")
    if not side:
        return beta_cdf(1 - inside**2, Fraction(freedom, 2), Fraction(1, 2))
    return monotone(lambda x: _one_tail(x, freedom), inside * side, signs="-")


def _one_tail(r: Fraction, freedom: int) -> Interval:
    half = beta_cdf(1 - r * r, Fraction(freedom, 2), Fraction(1, 2)) / 2
    return half if r >= 0 else 1 - half


@check(
    roles="measure: f; count: df1 df2",
    topic="a test result",
    example="p_from_f(4.12, 2, 57)",
    span=Interval(0, 1),
    reference=STATCHECK,
    assumptions="F has an F distribution",
    words="p of F({df1}, {df2}) = {f}",
)
def p_from_f(f, df1, df2) -> Interval:
    """p value of an F statistic; the degrees of freedom may be fractional (Greenhouse-Geisser, Welch).

    >>> print(p_from_f(4, 1, 10).text(4))
    [0.07338, 0.07339]
    """
    return f_sf(_not_negative(f, "f"), df1, df2)


@check(
    roles="measure: x; count: df",
    topic="a test result",
    example="p_from_chi2(6.03, 2)",
    span=Interval(0, 1),
    reference=STATCHECK,
    assumptions="the statistic has a chi-square distribution",
    words="p of χ²({df}) = {x}",
)
def p_from_chi2(x, df) -> Interval:
    """p value of a chi-square statistic.

    >>> print(p_from_chi2(6, 2).text(4))
    [0.04978, 0.04979]
    """
    return chi2_sf(_not_negative(x, "x"), df)


# --- stars -----------------------------------------------------------------------------------------------------------
def critical_value(level: Fraction | int, df=None, one_sided=0) -> Interval:
    """The size of t beyond which a coefficient is significant at `level` percent.

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
    roles="measure: t; count: df; constant: one_sided one two three",
    topic="a regression table",
    example="stars(2.45, df=176)",
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
def _confidence(level) -> Fraction:
    level = constant(level, "level")
    if not 50 < level < 100:
        raise ValueError(f"level: a confidence level in percent, between 50 and 100, is needed, not {level}")
    return level


def _half_width(se, level, df) -> Interval:
    return critical_value(100 - _confidence(level), df) * _positive(se, "se")


@check(
    roles="measure: b se; constant: level; count: df",
    topic="a confidence interval",
    example="ci_low(0.598, 0.064)",
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
    roles="measure: b se; constant: level; count: df",
    topic="a confidence interval",
    example="ci_high(0.598, 0.064)",
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
    roles="measure: low high; constant: level; count: df",
    topic="a confidence interval",
    example="se_from_ci(0.472, 0.724)",
    reference="definition",
    assumptions="a symmetric interval: b plus or minus a quantile times se",
    words="({high} - {low}) / (2 z({level} %))",
)
def se_from_ci(low, high, level=95, df=None) -> Interval:
    """Standard error implied by a symmetric confidence interval: (high - low) / 2q.

    >>> print(se_from_ci(-1, 1).text(4))
    [0.5102, 0.5103]
    """
    return (interval(high) - interval(low)) / (2 * critical_value(100 - _confidence(level), df))


@check(
    roles="measure: low high; constant: log",
    topic="a confidence interval",
    example="estimate_from_ci(0.472, 0.724)",
    reference="definition",
    assumptions="a symmetric interval, on the scale of logarithms with log=1 (odds ratios, hazard ratios)",
    words="the middle of [{low}, {high}]",
)
def estimate_from_ci(low, high, log=0) -> Interval:
    """Estimate in the middle of its confidence interval: (low + high)/2, with ``log=1`` √(low · high).

    >>> print(estimate_from_ci(1, 4), estimate_from_ci(1, 4, log=1))
    2.5 2
    """
    if flag(log, "log"):
        return sqrt(_positive(low, "low") * _positive(high, "high"))
    return (interval(low) + interval(high)) / 2


@check(
    roles="measure: b low high; constant: level log; count: df",
    topic="a confidence interval",
    example="p_from_ci(1.84, 1.12, 3.02, log=1)",
    reference="Altman & Bland 2011, How to obtain the P value from a confidence interval, BMJ 343",
    assumptions="a symmetric interval around b (log=1: of logarithms); the test of no effect, or of a ratio of 1",
    words="p of {b} with the {level} % interval from {low} to {high}",
    span=Interval(0, 1),
)
def p_from_ci(b, low, high, level=95, log=0, df=None) -> Interval:
    """Two-sided p value of an estimate from its confidence interval: z = 2 q b / (high - low).

    Parameters
    ----------
    b, low, high : Interval
    level : number
        Confidence level in percent.
    log : {0, 1}
        Whether the interval is symmetric for logarithms (odds, hazard and risk ratios).
    df : int, optional
        Degrees of freedom of q and of the test; the normal distribution if omitted.

    Examples
    --------
    >>> print(p_from_ci(Fraction("0.81"), Fraction("0.70"), Fraction("0.94"), log=1).text(3))
    [0.00507, 0.00508]
    """
    if flag(log, "log"):
        b, low, high = (iv_log(_positive(x, name)) for x, name in ((b, "b"), (low, "low"), (high, "high")))
    width = _positive(interval(high) - interval(low), "high, low")
    q = critical_value(100 - _confidence(level), df)
    return p_from_t(interval(b) * (2 * q) / width, df)


# --- fit -------------------------------------------------------------------------------------------------------------
@check(
    roles="measure: t",
    topic="a regression table",
    example="f_from_t(3.1)",
    reference="definition",
    assumptions="one regressor, classical standard errors",
    words="{t}²",
)
def f_from_t(t) -> Interval:
    """F statistic of a regression with one regressor: F = t².

    >>> print(f_from_t(3))
    9
    """
    return interval(t) ** 2


@check(
    roles="measure: r2; count: n k",
    topic="a regression table",
    example="f_from_r2(.34, 180, 3)",
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
    roles="measure: r2; count: n k",
    topic="a regression table",
    example="adjusted_r2(.34, 180, 3)",
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
    roles="measure: smaller",
    topic="a regression table",
    example="larger_r2(.34)",
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
    roles="measure: smaller larger; count: q n k",
    topic="a regression table",
    example="nested_f(.34, .36, 1, 180, 4)",
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


@check(
    roles="measure: r2 t; count: df",
    topic="a regression table",
    example="r2_without(.34, 2.61, 176)",
    reference="definition: t² = (R² - R²₀) df / (1 - R²) for one regressor (Greene 2018, Econometric Analysis, ch. 5)",
    assumptions="least squares, classical standard errors, t tests that the coefficient is zero, df residual degrees",
    words="{r2} - {t}² × (1 - {r2}) / {df}",
)
def r2_without(r2, t, df) -> Interval:
    """R² that the same regression would have without the regressor whose t statistic is `t`: R² - t²(1 - R²)/df.

    Compare it with what another column without that regressor prints, or with "at least 0".

    >>> print(r2_without(Fraction(1, 2), 2, 40))
    0.45
    """
    share = interval(t) ** 2 / count(df, "df")
    # R² (1 + s) - s rises in R² and falls in s, for R² up to 1.
    return monotone(lambda x, s: interval(x * (1 + s) - s), _within(r2, 0, 1, "r2"), share, signs="+-")


# --- several columns -------------------------------------------------------------------------------------------------
@check(
    kind="printed",
    roles="measure: first second",
    topic="a regression table",
    example='common_factor(T2[:, "se"], T3[:, "se"])',
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


@check(
    kind="printed",
    roles="measure: b1 t1 b2 t2",
    topic="a regression table",
    example='error_factor(T2[:, "b"], T2[:, "t"], T3[:, "b"], T3[:, "t"])',
    reference="definition of t; own use across tables",
    assumptions="the columns are read in the same order; t tests coefficients of zero",
    words="one factor between the standard errors {b1} / {t1} and {b2} / {t2}",
)
def error_factor(b1, t1, b2, t2) -> Interval:
    """All factors by which the standard errors b/t of one regression are those of another, in every row.

    Two regressions on the same regressors with another dependent variable have standard errors in one proportion,
    √(residual variances); with other regressors, or another sample, they have not.

    Raises
    ------
    DomainError
        If no factor fits every row.

    Examples
    --------
    >>> print(error_factor([interval(2), interval(6)], [interval(1), interval(2)], [interval(1)] * 2,
    ...                    [interval(Fraction(1, 4)), interval(Fraction(1, 6))]))
    2
    """
    return common_factor(_errors(b1, t1), _errors(b2, t2))


def _errors(b, t) -> list[Interval]:
    if not isinstance(b, list) or not isinstance(t, list) or len(b) != len(t):
        raise ValueError("b1, t1, b2, t2: columns of the same length are needed")
    return [implied_se(abs(values(x)), abs(values(y))) for x, y in zip(b, t, strict=True)]


# --- mediation -------------------------------------------------------------------------------------------------------
@check(
    roles="measure: direct indirect",
    topic="a regression table",
    example="total_effect(0.481, 0.117)",
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
    roles="measure: a b",
    topic="a regression table",
    example="indirect_effect(0.42, 0.28)",
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
    roles="count: dimensions",
    topic="a regression table",
    example="possible_observations(31, 18)",
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


@check(
    roles="count: n k",
    topic="a regression table",
    example="residual_df(180, 3)",
    reference="definition",
    assumptions="least squares with an intercept and k regressors",
    words="{n} - {k} - 1",
)
def residual_df(n, k) -> Interval:
    """Residual degrees of freedom: n - k - 1.

    >>> print(residual_df(180, 3))
    176
    """
    return interval(_residual(n, k))


@check(
    kind="printed",
    roles="measure: r12 r13",
    topic="correlations",
    example="third_correlation(.81, .77)",
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
    roles="measure: mean1 sd1 mean2 sd2; count: n1 n2",
    topic="a table of means",
    example="welch_t(5.2, 1.1, 40, 4.6, 1.3, 38)",
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
    roles="measure: sd1 sd2; count: n1 n2",
    topic="a table of means",
    example="welch_df(1.1, 40, 1.3, 38)",
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
    roles="measure: mean1 sd1 mean2 sd2; count: n1 n2",
    topic="a table of means",
    example="pooled_t(5.2, 1.1, 40, 4.6, 1.3, 38)",
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
    roles="count: x1 n1 x2 n2",
    topic="a table of counts",
    example="two_proportions_z(20, 40, 10, 40)",
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


# --- tables of counts ------------------------------------------------------------------------------------------------
@check(
    roles="count: counts columns; constant: yates",
    topic="a table of counts",
    example="p_from_chi2(chi2_of_counts([75, 73, 6, 5], 2, yates=1), 1)",
    reference="Pearson 1900; Yates 1934, Supplement to the Journal of the Royal Statistical Society 1",
    assumptions="independent observations, each in one cell; the correction is for tables of two rows and two columns",
    words="χ² of {counts} in {columns} columns",
)
def chi2_of_counts(counts, columns, yates=0) -> Interval:
    """χ² of independence of a printed table of counts, listed row by row: Σ (O - E)² / E.

    Parameters
    ----------
    counts : list of int
    columns : int
        Number of columns of the table.
    yates : {0, 1}
        Continuity correction: each ``|O - E|`` is reduced by one half, at most to zero.

    Raises
    ------
    DomainError
        If a row or a column is empty.

    Examples
    --------
    >>> print(chi2_of_counts([20, 20, 10, 30], 2).text(5), chi2_of_counts([75, 73, 6, 5], 2, yates=1))
    [5.3333, 5.3334] 0
    """
    across, corrected = count(columns, "columns", 2), flag(yates, "yates")
    cells = [count(x, "counts", 0) for x in _listed(counts)]
    if len(cells) % across or len(cells) < 2 * across:
        raise ValueError(f"counts, columns: {len(cells)} counts do not fill two rows or more of {across} columns")
    rows = [cells[i : i + across] for i in range(0, len(cells), across)]
    if corrected and (across != 2 or len(rows) != 2):
        raise ValueError("yates: the correction is for tables of two rows and two columns")
    down, along, total = [sum(c) for c in zip(*rows, strict=True)], [sum(r) for r in rows], sum(cells)
    if 0 in down or 0 in along:
        raise DomainError("counts: a row or a column is empty")
    expected = [[Fraction(a * d, total) for d in down] for a in along]
    pairs = [(o, e) for row, es in zip(rows, expected, strict=True) for o, e in zip(row, es, strict=True)]
    gaps = [max(Fraction(0), abs(o - e) - Fraction(corrected, 2)) for o, e in pairs]
    return interval(sum((g * g / e for g, (_, e) in zip(gaps, pairs, strict=True)), Fraction(0)))


def _listed(value) -> list:
    if not isinstance(value, list):
        raise ValueError("counts: a list of cells is needed, row by row")
    return value
