"""Statistics that follow from others: against scipy and statsmodels, published tables, and random samples."""

from __future__ import annotations

from fractions import Fraction as F

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from replica.audit.inference import (
    PSYCHOLOGY,
    adjusted_r2,
    ci_high,
    ci_low,
    common_factor,
    critical_value,
    f_from_r2,
    f_from_t,
    implied_se,
    indirect_effect,
    larger_r2,
    nested_f,
    p_from_chi2,
    p_from_f,
    p_from_r,
    p_from_t,
    pooled_t,
    possible_observations,
    residual_df,
    se_from_ci,
    star_count,
    stars,
    t_from_r,
    t_ratio,
    third_correlation,
    total_effect,
    two_proportions_z,
    welch_df,
    welch_t,
)
from replica.audit.interval import DomainError, Interval, interval
from replica.audit.numbers import read

MARGIN = 1e-9


def box(text: str) -> Interval:
    return read(text).interval


def printed(value: float, decimals: int = 3) -> Interval:
    """The box of a value printed by Python, with a hair for ties of binary numbers."""
    slack = F(1, 2 * 10**decimals) + F(1, 10**12)
    return interval(F(f"{value:.{decimals}f}")) + Interval(-slack, slack)


def holds(found: Interval, value: float) -> bool:
    slack = MARGIN * (1 + abs(value))
    return float(found.lo) - slack <= value <= float(found.hi) + slack


# --- passing, failing, at the rounding edge --------------------------------------------------------------------------
CASES = [  # (derived interval, printed result that passes, at the edge of the derived interval, that fails)
    (t_ratio(box(".598"), box(".064")), "9.300", "9.425", "9.426"),  # Table 4 of the article on co-creation
    (f_from_t(box("9.300")), "86.489", "86.499", "86.500"),  # the same table: F = t²
    (adjusted_r2(box(".219"), 310, 1), ".217", ".216", ".215"),  # the same table
    (total_effect(box(".4808"), box(".1170")), ".5978", ".5979", ".5980"),  # its mediation table
    (ci_low(box(".4808"), box(".0603")), ".3625", ".3628", ".3629"),
    (ci_high(box(".4808"), box(".0603")), ".5991", ".5991", ".5992"),
    (p_from_t(box("2.09"), 20), "0.050", "0.049", "0.048"),
    (p_from_f(box("4.35"), 1, 20), "0.050", "0.050", "0.051"),
    (p_from_chi2(box("3.84"), 1), "0.050", "0.050", "0.051"),
    (f_from_r2(box(".219"), 310, 1), "86.4", "86.6", "87.0"),
    (se_from_ci(box("0.3622"), box("0.5994")), "0.0605", "0.0605", "0.0607"),
]


@pytest.mark.parametrize("found, passes, edge, fails", CASES)
def test_each_derivation_passes_and_fails(found, passes, edge, fails):
    assert found.meets(box(passes)) and found.meets(box(edge)) and not found.meets(box(fails))


def test_signs_of_coefficient_and_t():
    assert implied_se(box("-0.050"), box("-2.00")).meets(box("0.025"))
    with pytest.raises(DomainError, match="differ in sign"):
        implied_se(box("-0.050"), box("2.00"))
    assert implied_se(box("0.00"), box("-0.10")).lo == 0


def test_stars_against_their_critical_values():
    """Published two-sided normal values 1.645, 1.960, 2.576; 1.96 itself is within the rounding edge."""
    for t, count in (("1.63", 0), ("1.66", 1), ("1.95", 1), ("1.97", 2), ("2.57", 2), ("2.59", 3), ("-3.1", 3)):
        assert stars(read(t)) == interval(count)
    assert stars(read("1.96")) == Interval(1, 2)


def test_stars_under_other_conventions():
    assert star_count(box("2.10"), df=10) == interval(1)  # 1.812, 2.228
    assert star_count(box("1.70"), one_sided=1) == interval(2)  # 1.645
    assert star_count(box("2.60"), levels=PSYCHOLOGY) == interval(2)
    assert stars(read("2.60"), one=5, two=1, three=F(1, 10)) == interval(2)
    with pytest.raises(ValueError, match="levels"):
        star_count(box("2.60"), levels=(1, 5, 10))


def test_published_critical_values():
    """Tables of Student's t (two-sided 5 %): 12.706, 4.303, 2.228, 1.980; and of the normal distribution."""
    for df, value in ((1, "12.706"), (2, "4.303"), (10, "2.228"), (120, "1.980"), (None, "1.960")):
        assert critical_value(5, df).within(box(value))


def test_columns_that_repeat_or_rescale():
    first = [read(x) for x in ("1.044", "-31.195", "12.888", "-9.047")]
    assert 1 in common_factor(first, first)
    doubled = [read(x) for x in ("2.088", "-62.390", "25.776", "-18.094")]
    assert 2 in common_factor(first, doubled) and 1 not in common_factor(first, doubled)
    with pytest.raises(DomainError, match="no factor"):
        common_factor(first, [read(x) for x in ("0.706", "-20.719", "-3.674", "-2.186")])
    with pytest.raises(DomainError, match="any factor"):
        common_factor([read("0.00")], [read("0.00")])


def test_samples_and_nested_models():
    assert 536 in possible_observations(31, 18) and 559 not in possible_observations(31, 18)
    assert residual_df(180, 3) == interval(176)
    assert box(".451").meets(larger_r2(read(".430"))) and not box(".428").meets(larger_r2(read(".430")))
    assert indirect_effect(box("0.50"), box("0.20")).meets(box("0.100"))
    assert two_proportions_z(20, 40, 10, 40).meets(box("2.309"))
    with pytest.raises(DomainError, match="no spread"):
        two_proportions_z(0, 40, 0, 40)


# --- other implementations -------------------------------------------------------------------------------------------
def test_three_correlations_are_semidefinite():
    rng = np.random.default_rng(5)
    for a, b in rng.uniform(-1, 1, (60, 2)):
        found = third_correlation(F(a), F(b))
        for r, inside in ((float(found.lo), True), (float(found.hi), True), (float(found.hi) + 0.01, False)):
            matrix = np.array([[1, a, b], [a, 1, r], [b, r, 1]])
            assert (np.linalg.eigvalsh(matrix)[0] > -1e-7) == inside or r > 1
    wide = third_correlation(box("0.9"), box("-0.9"))
    assert not box("0.0").meets(wide) and box("-0.5").meets(wide)
    assert third_correlation(box("0.8"), box("0.8")).hi == 1
    with pytest.raises(DomainError, match="r12"):
        third_correlation(box("1.20"), box("0.50"))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(8, 400), st.integers(1, 5), st.integers(2, 4))
def test_a_regression_is_never_called_inconsistent(seed, n, k, decimals):
    """Everything that follows from the rounded output of a least-squares fit holds the fit's own numbers."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, k))
    y = x @ rng.normal(size=k) * rng.uniform(0, 1) + rng.normal(size=n)
    fit = sm.OLS(y, sm.add_constant(x)).fit()
    b, se, t = (printed(v[1], decimals) for v in (fit.params, fit.bse, fit.tvalues))
    df = n - k - 1
    assert residual_df(n, k) == interval(df)
    assert holds(t_ratio(b, se), fit.tvalues[1]) and holds(p_from_t(t, df), fit.pvalues[1])
    assert holds(p_from_t(t, df, one_sided=1 if fit.tvalues[1] > 0 else -1), fit.pvalues[1] / 2)
    low, high = fit.conf_int()[1]
    assert holds(ci_low(b, se, 95, df), low) and holds(ci_high(b, se, 95, df), high)
    assert holds(se_from_ci(printed(low, decimals), printed(high, decimals), 95, df), fit.bse[1])
    r2 = printed(fit.rsquared, decimals)
    assert holds(adjusted_r2(r2, n, k), fit.rsquared_adj) and holds(f_from_r2(r2, n, k), fit.fvalue)
    assert holds(p_from_f(printed(fit.fvalue, decimals), k, df), fit.f_pvalue)
    earned = [fit.pvalues[1] < level for level in (0.1, 0.05, 0.01)]
    assert sum(earned) in star_count(t, df)
    if round(fit.tvalues[1], decimals):
        assert holds(implied_se(b, t), fit.bse[1])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(12, 300), st.integers(2, 4))
def test_nested_fits_and_mediation_are_never_called_inconsistent(seed, n, decimals):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    m = 0.5 * x + rng.normal(size=n)
    y = 0.3 * x + 0.4 * m + rng.normal(size=n)
    total, first = sm.OLS(y, sm.add_constant(x)).fit(), sm.OLS(m, sm.add_constant(x)).fit()
    both = sm.OLS(y, sm.add_constant(np.column_stack([x, m]))).fit()
    small, large = printed(total.rsquared, decimals), printed(both.rsquared, decimals)
    assert larger_r2(small).meets(large)
    assert holds(nested_f(small, large, 1, n, 2), both.compare_f_test(total)[0])
    a, b, direct = (printed(v, decimals) for v in (first.params[1], both.params[2], both.params[1]))
    assert holds(indirect_effect(a, b), first.params[1] * both.params[2])
    assert holds(total_effect(direct, indirect_effect(a, b)), total.params[1])
    assert holds(f_from_t(printed(total.tvalues[1], decimals)), total.fvalue)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(3, 300), st.integers(2, 4))
def test_correlations_of_a_sample_are_never_called_inconsistent(seed, n, decimals):
    rng = np.random.default_rng(seed)
    sample = rng.normal(size=(n, 3)) + rng.normal(size=(n, 1)) * rng.uniform(0, 2)
    r, p = stats.pearsonr(sample[:, 0], sample[:, 1])
    box_r = printed(r, decimals)
    assert holds(p_from_r(box_r, n), p)
    assert holds(t_from_r(box_r, n), r * np.sqrt((n - 2) / (1 - r * r)))
    c = np.corrcoef(sample.T)
    assert third_correlation(printed(c[0, 1], decimals), printed(c[0, 2], decimals)).meets(printed(c[1, 2], decimals))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(3, 80), st.integers(3, 80))
def test_two_groups_are_never_called_inconsistent(seed, n1, n2):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(1, 2, n1), rng.normal(0, 1, n2)
    means, sds = (printed(a.mean()), printed(b.mean())), (printed(a.std(ddof=1)), printed(b.std(ddof=1)))
    welch = stats.ttest_ind(a, b, equal_var=False)
    assert holds(welch_t(means[0], sds[0], n1, means[1], sds[1], n2), welch.statistic)
    assert holds(welch_df(sds[0], n1, sds[1], n2), welch.df)
    assert holds(pooled_t(means[0], sds[0], n1, means[1], sds[1], n2), stats.ttest_ind(a, b).statistic)


def test_two_proportions_against_statsmodels():
    from statsmodels.stats.proportion import proportions_ztest

    for x1, n1, x2, n2 in ((92, 180, 88, 180), (3, 50, 11, 70)):
        assert holds(two_proportions_z(x1, n1, x2, n2), proportions_ztest([x1, x2], [n1, n2])[0])


@settings(max_examples=60, deadline=None)
@given(
    st.fractions(-5, 5, max_denominator=200), st.fractions(F(1, 10), 3, max_denominator=200), st.fractions(0, 1),
    st.fractions(0, 1), st.integers(3, 60),
)  # fmt: skip
def test_smaller_boxes_give_smaller_results(b, se, u, v, df):
    wide = Interval(b, b + 1), Interval(se, se + 1)
    narrow = Interval(b + u / 2, b + u / 2 + F(1, 4)), Interval(se + v / 2, se + v / 2 + F(1, 4))
    for function in (t_ratio, ci_low, ci_high, lambda x, s: p_from_t(t_ratio(x, s), df)):
        assert function(*narrow).within(function(*wide))


@pytest.mark.parametrize("call, name", [
    (lambda: p_from_t(1, 0), "df"), (lambda: p_from_r(F(1, 2), 2), "n"), (lambda: adjusted_r2(F(1, 2), 3, 2), "n"),
    (lambda: ci_low(1, 1, 101), "level"), (lambda: p_from_t(1, 5, one_sided=2), "one_sided"),
    (lambda: common_factor([1], [1, 2]), "first"), (lambda: critical_value(60), "level"),
    (lambda: possible_observations(0), "dimensions"), (lambda: welch_t(1, 1, 1, 1, 1, 5), "n1"),
    (lambda: f_from_r2(F(1, 2), 10, 0), "k"),
])  # fmt: skip
def test_bad_arguments_are_named(call, name):
    with pytest.raises(ValueError, match=name):
        call()


@pytest.mark.parametrize("call", [
    lambda: t_ratio(1, box("-0.5")), lambda: p_from_r(box("1.20"), 30), lambda: f_from_r2(box("1.5"), 30, 1),
])  # fmt: skip
def test_impossible_inputs_have_no_result(call):
    with pytest.raises(DomainError):
        call()
