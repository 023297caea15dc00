"""True values for every check of the register: what a sound paper could print, before it is rounded.

A planter takes a `random.Random` and returns a formula with one place for each number, the true numbers with the
decimals that are printed (None: a count), and the true result with its decimals; or, for a check of a whole table, the
table's rows of true numbers and the call. `test_every_check` fails for a check without a planter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction as F

import numpy as np
from scipy import stats

PLANTERS = {}


@dataclass
class Plant:
    """A formula, its true numbers, and the true result."""

    formula: str
    numbers: list
    result: object = None
    decimals: int | None = 3


@dataclass
class PlantedTable:
    """A call of a table check, and the true numbers of its table; texts stand as they are."""

    call: str
    rows: dict
    other: dict = field(default_factory=dict)


def plants(function):
    PLANTERS[function.__name__.removeprefix("plant_")] = function
    return function


def m(value, decimals=2):
    """A number that measures."""
    return F(float(value)), decimals


def n(value):
    """A count."""
    return F(int(value)), None


def answers(r, size, low=1, high=7):
    return [r.randint(low, high) for _ in range(size)]


def sd(x):
    return float(np.std(x, ddof=1))


# --- everyday arithmetic ---------------------------------------------------------------------------------------------
@plants
def plant_share(r):
    whole = r.randint(1, 400)
    part = r.randint(0, whole)
    return Plant("share({}, {})", [n(part), n(whole)], F(100 * part, whole), 1)


@plants
def plant_share_of_sum(r):
    parts = [r.randint(0, 90) for _ in range(3)]
    parts[0] += not any(parts)
    return Plant("share_of_sum({}, [{}, {}])", [n(p) for p in parts], F(100 * parts[0], sum(parts)), 1)


@plants
def plant_growth(r):
    new, old = r.uniform(1, 90), r.uniform(1, 90)
    return Plant("growth({}, {})", [m(new, 1), m(old, 1)], F(100 * (F(new) / F(old) - 1)), 1)


@plants
def plant_cagr(r):
    new, old, years = r.uniform(5, 90), r.uniform(5, 90), r.randint(1, 9)
    return Plant("cagr({}, {}, {})", [m(new), m(old), n(years)], 100 * ((new / old) ** (1 / years) - 1), 1)


@plants
def plant_before_growth(r):
    new, rate, years = r.uniform(5, 90), r.uniform(-40, 60), r.randint(1, 4)
    return Plant("before_growth({}, {}, {})", [m(new), m(rate, 1), n(years)], new / (1 + rate / 100) ** years, 1)


@plants
def plant_multiple(r):
    a, b = r.uniform(1, 90), r.uniform(1, 90)
    return Plant("multiple({}, {})", [m(a), m(b)], a / b, 2)


@plants
def plant_times_more(r):
    a, b = r.uniform(1, 90), r.uniform(1, 90)
    return Plant("times_more({}, {})", [m(a), m(b)], a / b - 1, 2)


@plants
def plant_stock_flow(r):
    a, b, c = (r.uniform(0, 90) for _ in range(3))
    return Plant("stock_flow({}, {}, {})", [m(a, 1), m(b, 1), m(c, 1)], a + b - c, 1)


@plants
def plant_turnover_rate(r):
    a, b, c = r.randint(0, 30), r.randint(1, 300), r.randint(1, 300)
    return Plant("turnover_rate({}, {}, {})", [n(a), n(b), n(c)], F(200 * a, b + c), 1)


@plants
def plant_repeats(r):
    x = r.uniform(-9, 9)
    return Plant("repeats({})", [m(x, 3)], x, 1)


# --- means and deviations --------------------------------------------------------------------------------------------
@plants
def plant_possible_mean(r):
    x = sorted(r.uniform(-5, 9) for _ in range(r.randint(1, 6)))
    return Plant("possible_mean({}, {})", [m(x[0], 1), m(x[-1], 1)], np.mean(x), 2)


@plants
def plant_grim(r):
    if r.random() < 0.4:
        size = r.randint(1, 300)
        part = r.randint(0, size)
        return Plant("grim({}, {}, percent=1)", [(F(100 * part, size), 1), n(size)], F(100 * part, size), 1)
    size, items = r.randint(1, 60), r.randint(1, 3)
    mean = F(sum(answers(r, size * items)), size * items)
    return Plant("grim({}, {}, items={})", [(mean, 2), n(size), n(items)], mean, 2)


@plants
def plant_attained_mean(r):
    size = r.randint(2, 60)
    x = answers(r, size)
    mean = F(sum(x), size)
    return Plant("attained_mean({}, {}, sd={})", [(mean, 2), n(size), m(sd(x))], mean, 2)


@plants
def plant_attained_sd(r):
    size = r.randint(2, 60)
    x = answers(r, size)
    return Plant("attained_sd({}, {}, {})", [(F(sum(x), size), 2), m(sd(x)), n(size)], sd(x), 2)


@plants
def plant_split_size(r):
    a, b = r.randint(1, 40), r.randint(1, 40)
    x, y = F(sum(answers(r, a)), a), F(sum(answers(r, b)), b)
    return Plant("split_size({}, {}, {}, {})", [n(a), (x, 2), (y, 2), n(a + b)], F(a), None)


@plants
def plant_sd_bound(r):
    mean, size = r.uniform(1, 7), r.randint(2, 90)
    most = math.sqrt((mean - 1) * (7 - mean) * size / (size - 1))
    return Plant("sd_bound({}, 1, 7, {})", [m(mean), n(size)], most, 2)


@plants
def plant_possible_sd(r):
    size = r.randint(2, 60)
    x = answers(r, size)
    return Plant("possible_sd({}, 1, 7, {}, integers=1)", [(F(sum(x), size), 2), n(size)], sd(x), 2)


@plants
def plant_grimmer(r):
    size = r.randint(2, 60)
    x = answers(r, size)
    return Plant("grimmer({}, {}, {})", [(F(sum(x), size), 2), m(sd(x)), n(size)], sd(x), 2)


@plants
def plant_debit(r):
    size = r.randint(2, 300)
    ones = r.randint(0, size)
    x = [1] * ones + [0] * (size - ones)
    return Plant("debit({}, {}, {})", [(F(ones, size), 2), m(sd(x)), n(size)], sd(x), 2)


# --- tests -----------------------------------------------------------------------------------------------------------
@plants
def plant_t_ratio(r):
    b, se = r.uniform(-3, 3), r.uniform(0.05, 2)
    return Plant("t_ratio({}, {})", [m(b, 3), m(se, 3)], b / se, 2)


@plants
def plant_implied_se(r):
    b, se = r.uniform(-3, 3), r.uniform(0.05, 2)
    return Plant("implied_se({}, {})", [m(b, 3), m(b / se, 2)], se, 3)


@plants
def plant_p_from_t(r):
    t, df, side = r.uniform(-5, 5), r.choice([r.randint(1, 200), r.uniform(1, 90)]), r.choice([0, 1, -1])
    p = 2 * stats.t.sf(abs(t), df) if not side else stats.t.sf(t * side, df)
    freedom = n(df) if isinstance(df, int) else m(df, 1)
    return Plant(f"p_from_t({{}}, {{}}, one_sided={side})", [m(t), freedom], p, 3)


@plants
def plant_t_from_r(r):
    x, size = r.uniform(-1, 1), r.randint(3, 200)
    return Plant("t_from_r({}, {})", [m(x), n(size)], x * math.sqrt((size - 2) / (1 - x * x)), 2)


@plants
def plant_p_from_r(r):
    x, df, side = r.uniform(-1, 1), r.randint(1, 200), r.choice([0, 1, -1])
    t = x * math.sqrt(df / (1 - x * x))
    p = 2 * stats.t.sf(abs(t), df) if not side else stats.t.sf(t * side, df)
    return Plant(f"p_from_r({{}}, df={{}}, one_sided={side})", [m(x), n(df)], p, 3)


@plants
def plant_p_from_f(r):
    f, d1, d2 = r.choice([0, r.uniform(0, 9)]), r.randint(1, 9), r.randint(1, 200)
    if r.random() < 0.3:
        share = r.uniform(0.5, 1)
        d1, d2 = d1 * share, d2 * share
        return Plant("p_from_f({}, {}, {})", [m(f), m(d1), m(d2)], stats.f.sf(f, d1, d2), 3)
    return Plant("p_from_f({}, {}, {})", [m(f), n(d1), n(d2)], stats.f.sf(f, d1, d2), 3)


@plants
def plant_p_from_chi2(r):
    x, df = r.choice([0, r.uniform(0, 30)]), r.randint(1, 30)
    return Plant("p_from_chi2({}, {})", [m(x), n(df)], stats.chi2.sf(x, df), 3)


@plants
def plant_stars(r):
    t, df = r.uniform(-4, 4), r.randint(1, 300)
    p = 2 * stats.t.sf(abs(t), df)
    return Plant("stars({}, df={})", [m(t, 3), n(df)], F(sum(p < x for x in (0.1, 0.05, 0.01))), None)


@plants
def plant_ci_low(r):
    b, se, df = r.uniform(-3, 3), r.uniform(0, 2), r.randint(1, 99)
    return Plant("ci_low({}, {}, df={})", [m(b, 3), m(se, 3), n(df)], b - stats.t.ppf(0.975, df) * se, 2)


@plants
def plant_ci_high(r):
    b, se = r.uniform(-3, 3), r.uniform(0, 2)
    return Plant("ci_high({}, {}, 90)", [m(b, 3), m(se, 3)], b + stats.norm.ppf(0.95) * se, 2)


@plants
def plant_se_from_ci(r):
    b, se = r.uniform(-3, 3), r.uniform(0, 2)
    ends = [m(b - stats.norm.ppf(0.975) * se), m(b + stats.norm.ppf(0.975) * se)]
    return Plant("se_from_ci({}, {})", ends, se, 2)


@plants
def plant_estimate_from_ci(r):
    low, width, log = r.uniform(0.1, 3), r.uniform(0, 3), r.choice([0, 1])
    middle = math.sqrt(low * (low + width)) if log else low + width / 2
    return Plant(f"estimate_from_ci({{}}, {{}}, log={log})", [m(low), m(low + width)], middle, 2)


@plants
def plant_p_from_ci(r):
    b, se, log = r.uniform(-2, 2), r.uniform(0.1, 1), r.choice([0, 1])
    three = [b, b - stats.norm.ppf(0.975) * se, b + stats.norm.ppf(0.975) * se]
    three = [m(math.exp(x) if log else x) for x in three]
    return Plant(f"p_from_ci({{}}, {{}}, {{}}, log={log})", three, 2 * stats.norm.sf(abs(b) / se), 3)


# --- regressions -----------------------------------------------------------------------------------------------------
@plants
def plant_f_from_t(r):
    t = r.uniform(-9, 9)
    return Plant("f_from_t({})", [m(t)], t * t, 2)


@plants
def plant_f_from_r2(r):
    r2, size, k = r.uniform(0, 0.97), r.randint(9, 300), r.randint(1, 6)
    return Plant("f_from_r2({}, {}, {})", [m(r2, 3), n(size), n(k)], r2 / k / ((1 - r2) / (size - k - 1)), 2)


@plants
def plant_adjusted_r2(r):
    r2, size, k = r.uniform(0, 1), r.randint(9, 300), r.randint(1, 6)
    return Plant("adjusted_r2({}, {}, {})", [m(r2), n(size), n(k)], 1 - (1 - r2) * (size - 1) / (size - k - 1), 2)


@plants
def plant_larger_r2(r):
    small = r.uniform(0, 1)
    return Plant("larger_r2({})", [m(small, 3)], r.uniform(small, 1), 3)


@plants
def plant_nested_f(r):
    a, b = sorted((r.uniform(0, 0.9), r.uniform(0, 0.9)))
    q, k, size = r.randint(1, 3), r.randint(4, 6), r.randint(20, 300)
    f = (b - a) / q / ((1 - b) / (size - k - 1))
    return Plant("nested_f({}, {}, {}, {}, {})", [m(a, 3), m(b, 3), n(q), n(size), n(k)], f, 2)


def regression(r, size=40, k=3, errors=1.0):
    """Coefficients, standard errors, R², residual degrees of a least-squares fit with an intercept; and the data."""
    rng = np.random.default_rng(r.randrange(2**32))
    x = np.column_stack([np.ones(size), rng.normal(size=(size, k))])
    y = x @ rng.normal(size=k + 1) + errors * rng.normal(size=size)
    return (*fit(x, y), x, y)


def fit(x, y):
    b, *_ = np.linalg.lstsq(x, y, rcond=None)
    e, df = y - x @ b, len(y) - x.shape[1]
    se = np.sqrt(np.diag(np.linalg.inv(x.T @ x)) * (e @ e) / df)
    return b, se, 1 - e @ e / np.sum((y - y.mean()) ** 2), df


@plants
def plant_r2_without(r):
    b, se, r2, df, x, y = regression(r, errors=r.uniform(0.5, 6))
    return Plant("r2_without({}, {}, {})", [m(r2, 3), m(b[-1] / se[-1]), n(df)], fit(x[:, :-1], y)[2], 3)


@plants
def plant_common_factor(r):
    factor, a = r.uniform(0.2, 4), [r.uniform(-9, 9) for _ in range(4)]
    numbers = [m(x) for x in a] + [m(x * factor) for x in a]
    return Plant("common_factor([{}, {}, {}, {}], [{}, {}, {}, {}])", numbers, factor, 2)


@plants
def plant_error_factor(r):
    *_, x, y = regression(r)
    first, second = fit(x, y), fit(x, 3 * y + x[:, 1] + np.random.default_rng(1).normal(size=len(y)))
    numbers = [m(v, 3) for b, se, _, _ in (first, second) for v in (*b, *(b / se))]
    lists = ", ".join(["[{}, {}, {}, {}]"] * 4)
    return Plant(f"error_factor({lists})", numbers, second[1][0] / first[1][0], 2)


@plants
def plant_total_effect(r):
    a, b = r.uniform(-1, 1), r.uniform(-1, 1)
    return Plant("total_effect({}, {})", [m(a, 3), m(b, 3)], a + b, 3)


@plants
def plant_indirect_effect(r):
    a, b = r.uniform(-1, 1), r.uniform(-1, 1)
    return Plant("indirect_effect({}, {})", [m(a, 3), m(b, 3)], a * b, 3)


@plants
def plant_possible_observations(r):
    a, b = r.randint(1, 40), r.randint(1, 40)
    return Plant("possible_observations({}, {})", [n(a), n(b)], F(r.randint(1, a * b)), None)


@plants
def plant_residual_df(r):
    size, k = r.randint(9, 300), r.randint(0, 6)
    return Plant("residual_df({}, {})", [n(size), n(k)], F(size - k - 1), None)


@plants
def plant_common_factor_share(r):
    a, b = ([r.uniform(1, 9) for _ in range(4)] for _ in range(2))
    factor, places = r.uniform(0.5, 2), "common_factor_share([{}, {}, {}, {}], [{}, {}, {}, {}])"
    if r.random() < 0.5:
        return Plant(places, [m(x, 3) for x in a + [x * factor for x in a]], F(100), None)
    return Plant(places, [m(x, 9) for x in a + b], F(25), None)  # the factor of one row fits that row alone


@plants
def plant_error_factor_share(r):
    plant = plant_error_factor(r)
    numbers = [(value, 6) for value, _ in plant.numbers]
    return Plant(plant.formula.replace("error_factor", "error_factor_share"), numbers, F(100), None)


# --- correlations ----------------------------------------------------------------------------------------------------
def scores(r, size, k):
    rng = np.random.default_rng(r.randrange(2**32))
    return rng.normal(size=(size, k)) + r.uniform(0, 2) * rng.normal(size=(size, 1))


@plants
def plant_third_correlation(r):
    c = np.corrcoef(scores(r, r.randint(4, 60), 3).T)
    return Plant("third_correlation({}, {})", [m(c[0, 1]), m(c[0, 2])], c[1, 2], 2)


@plants
def plant_feasible_correlations(r):
    k = r.randint(2, 5)
    c = np.corrcoef(scores(r, r.randint(k + 3, 60), k).T)
    lower = [m(c[j, i]) for j in range(k) for i in range(j)]
    places = ", ".join(["{}"] * len(lower))
    return Plant(f"feasible_correlations([{places}], {k})", lower, F(1), None)


# --- two groups, counts ----------------------------------------------------------------------------------------------
def groups(r):
    a, b = ([r.gauss(3, 1.5) for _ in range(r.randint(3, 30))] for _ in range(2))
    return a, b, [m(np.mean(a)), m(sd(a)), n(len(a)), m(np.mean(b)), m(sd(b)), n(len(b))]


@plants
def plant_welch_t(r):
    a, b, numbers = groups(r)
    return Plant(f"welch_t({', '.join(['{}'] * 6)})", numbers, stats.ttest_ind(a, b, equal_var=False).statistic, 2)


@plants
def plant_pooled_t(r):
    a, b, numbers = groups(r)
    return Plant(f"pooled_t({', '.join(['{}'] * 6)})", numbers, stats.ttest_ind(a, b).statistic, 2)


@plants
def plant_welch_df(r):
    a, b, (_, s1, n1, _, s2, n2) = groups(r)
    return Plant("welch_df({}, {}, {}, {})", [s1, n1, s2, n2], stats.ttest_ind(a, b, equal_var=False).df, 1)


@plants
def plant_two_proportions_z(r):
    a, b = r.randint(2, 90), r.randint(2, 90)
    x, y = r.randint(1, a - 1), r.randint(1, b - 1)
    p = (x + y) / (a + b)
    z = (x / a - y / b) / math.sqrt(p * (1 - p) * (1 / a + 1 / b))
    return Plant("two_proportions_z({}, {}, {}, {})", [n(x), n(a), n(y), n(b)], z, 2)


@plants
def plant_chi2_of_counts(r):
    rows, columns = r.choice([(2, 2), (2, 3), (3, 2), (4, 3)])
    table = np.array([[r.randint(1, 60) for _ in range(columns)] for _ in range(rows)])
    yates = int(r.random() < 0.5 and rows == columns == 2)
    chi2 = stats.chi2_contingency(table, correction=bool(yates)).statistic
    places = ", ".join(["{}"] * table.size)
    return Plant(f"chi2_of_counts([{places}], {columns}, yates={yates})", [n(x) for x in table.ravel()], chi2, 2)


# --- scales ----------------------------------------------------------------------------------------------------------
def items(r, size, k):
    x = scores(r, size, k)
    total = x.sum(axis=1)
    rest = [np.corrcoef(x[:, i], total - x[:, i])[0, 1] for i in range(k)]
    alpha = k / (k - 1) * (1 - x.var(axis=0, ddof=1).sum() / total.var(ddof=1))
    return x, rest, alpha


@plants
def plant_cronbach_alpha(r):
    k = r.randint(2, 5)
    x, rest, alpha = items(r, r.randint(20, 90), k)
    if k == 2 or min(rest) < 0.02:
        x, rest, alpha = items(r, 200, 3)
    numbers = [m(s, 3) for s in x.std(axis=0, ddof=1)] + [m(c, 3) for c in rest]
    half = ", ".join(["{}"] * (len(numbers) // 2))
    return Plant(f"cronbach_alpha([{half}], [{half}])", numbers, alpha, 3)


@plants
def plant_alpha_from_two_items(r):
    x, rest, alpha = items(r, r.randint(5, 90), 2)
    numbers = [m(rest[0], 3), *(m(s, 3) for s in x.std(axis=0, ddof=1))]
    return Plant("alpha_from_two_items({}, {}, {})", numbers, alpha, 2)


@plants
def plant_standardized_alpha(r):
    x, k = r.uniform(0, 1), r.randint(2, 9)
    return Plant("standardized_alpha({}, {})", [m(x), n(k)], k * x / (1 + (k - 1) * x), 2)


def loadings(r, k=3):
    return [r.uniform(0.1, 1) for _ in range(k)]


@plants
def plant_communality(r):
    a = r.uniform(-1, 1)
    b = r.uniform(-1, 1) * math.sqrt(1 - a * a)
    return Plant("communality([{}, {}])", [m(a, 3), m(b, 3)], a * a + b * b, 2)


@plants
def plant_communality_above(r):
    a = r.uniform(-1, 1)
    return Plant("communality_above({})", [m(a, 3)], r.uniform(a * a, 1), 3)


@plants
def plant_explained_above(r):
    x = loadings(r)
    least = 100 * sum(v * v for v in x) / 6
    return Plant("explained_above([{}, {}, {}], 6)", [m(v, 3) for v in x], r.uniform(least, 100), 2)


@plants
def plant_average_variance_extracted(r):
    x = loadings(r)
    return Plant("average_variance_extracted([{}, {}, {}])", [m(v, 3) for v in x], np.mean(np.square(x)), 2)


@plants
def plant_composite_reliability(r):
    x = loadings(r)
    total = sum(x) ** 2
    result = total / (total + sum(1 - v * v for v in x))
    return Plant("composite_reliability([{}, {}, {}])", [m(v, 3) for v in x], result, 3)


@plants
def plant_bartlett_df(r):
    p = r.randint(2, 40)
    return Plant("bartlett_df({})", [n(p)], F(p * (p - 1), 2), None)


@plants
def plant_kmo_range(r):
    return Plant("kmo_range()", [], r.uniform(0, 1), 3)


@plants
def plant_efficiency_range(r):
    return Plant("efficiency_range()", [], 1 - r.uniform(0, 0.999), 3)


@plants
def plant_overall_efficiency(r):
    a, b = r.uniform(0.1, 1), r.uniform(0.1, 1)
    return Plant("overall_efficiency({}, {})", [m(a, 3), m(b, 3)], a * b, 3)


@plants
def plant_weights_sum(r):
    x = np.random.default_rng(r.randrange(2**32)).dirichlet([2] * 4)
    return Plant("weights_sum([{}, {}, {}, {}])", [m(v, 3) for v in x], F(1), "exactly 1")


# --- whole tables ----------------------------------------------------------------------------------------------------
def starred(value, decimals, p, levels=(0.05, 0.01, 0.001)):
    return F(float(value)), decimals, "*" * sum(p < x for x in levels)


@plants
def plant_regression(r):
    b, se, _, df, *_ = regression(r, errors=r.uniform(1, 20))
    t = b / se
    p = 2 * stats.t.sf(abs(t), df)
    rows = {f"x{i}": {"b": starred(b[i], 3, p[i]), "se": m(se[i], 3), "t": m(t[i]), "p": m(p[i], 3)} for i in range(4)}
    call = f'regression(T1, coefficient="b", se="se", t="t", p="p", df={df}, levels=["0.05", "0.01", "0.001"])'
    return PlantedTable(call, rows)


@plants
def plant_correlations(r):
    size = r.randint(5, 200)
    c = np.corrcoef(scores(r, size, 4).T)[0, 1:]
    p = [2 * stats.t.sf(abs(x) * math.sqrt((size - 2) / (1 - x * x)), size - 2) for x in c]
    rows = {f"x{i}": {"r": starred(x, 2, q)} for i, (x, q) in enumerate(zip(c, p, strict=True))}
    return PlantedTable(f'correlations(T1, r="r", n={size}, levels=["0.05", "0.01", "0.001"])', rows)


@plants
def plant_nested_r2(r):
    *_, x, y = regression(r)
    return PlantedTable('nested_r2(T1, row="R2", columns=["1", "2"])',
                        {"R2": {"1": m(fit(x[:, :2], y)[2], 3), "2": m(fit(x, y)[2], 3)}})  # fmt: skip


@plants
def plant_different_columns(r):
    rows = {f"x{i}": {"1": m(r.uniform(1, 9), 4), "2": m(r.uniform(1, 9), 4)} for i in range(7)}
    return PlantedTable('different_columns(T1, columns=["1", "2"])', rows)


@plants
def plant_shared_errors(r):
    one, two = regression(r, k=6), regression(r, k=6)
    rows, other = ({f"x{i}": {"b": m(b[i], 4), "t": m(b[i] / se[i], 4)} for i in range(7)} for b, se, *_ in (one, two))
    return PlantedTable('shared_errors(T1, T2, b="b", t="t", other_b="b", other_t="t")', rows, other)


@plants
def plant_decisions(r):
    rows = {}
    for i in range(4):
        t = r.uniform(-4, 4)
        rows[f"x{i}"] = {"t": m(t), "p": m(2 * stats.t.sf(abs(t), 30), 4)}
    rows["sure"] = {"t": m(9.1), "p": m(0, 3)}
    return PlantedTable('decisions(T1, p="p", t="t", df=30)', rows)


@plants
def plant_correlation_matrix(r):
    k = r.randint(3, 6)
    c = np.corrcoef(scores(r, r.randint(k + 3, 60), k).T)
    rows = {f"v{j}": {f"v{i}": m(c[j, i]) if i < j else "" for i in range(k)} for j in range(k)}
    return PlantedTable("correlation_matrix(T1)", rows)


@plants
def plant_cross_table(r):
    table = np.array([[r.randint(1, 60) for _ in range(2)] for _ in range(r.choice([2, 3]))])
    found = stats.chi2_contingency(table, correction=r.random() < 0.5)
    rows = {f"r{i}": {"a": n(a), "b": n(b)} for i, (a, b) in enumerate(table)}
    call = f'cross_table(T1, columns=["a", "b"], chi2="{found.statistic:.2f}", p="{found.pvalue:.3f}")'
    return PlantedTable(call, rows)


@plants
def plant_frequency(r):
    counts = [r.randint(0, 60) for _ in range(4)]
    counts[0] += not sum(counts)
    rows = {f"r{i}": {"n": n(c), "%": (F(100 * c, sum(counts)), r.choice([0, 1]))} for i, c in enumerate(counts)}
    if r.random() < 0.5:
        return PlantedTable('frequency(T1, percent="%")', rows)
    return PlantedTable(f'frequency(T1, count="n", percent="%", n={sum(counts)})', rows)


@plants
def plant_parts_sum(r):
    x = np.random.default_rng(r.randrange(2**32)).dirichlet([2] * 4)
    return PlantedTable('parts_sum(T1, column="w")', {f"r{i}": {"w": m(v, 3)} for i, v in enumerate(x)})


@plants
def plant_item_statistics(r):
    size = r.randint(3, 40)
    data = [answers(r, size, 1, 5) for _ in range(3)]
    rows = {f"i{k}": {"mean": (F(sum(x), size), 2), "sd": m(sd(x)), "scale": "S"} for k, x in enumerate(data)}
    rows["S"] = {"mean": (F(sum(map(sum, data)), 3 * size), 2), "sd": "", "scale": "S"}
    call = f'item_statistics(T1, mean="mean", sd="sd", low=1, high=5, n={size}, group="scale")'
    return PlantedTable(call, rows)


@plants
def plant_descriptives(r):
    rows = {}
    for i in range(3):
        x = [r.gauss(0, 3) for _ in range(r.randint(2, 30))]
        rows[f"v{i}"] = {"mean": m(np.mean(x)), "sd": m(sd(x)), "min": m(min(x)), "max": m(max(x)), "n": n(len(x))}
    return PlantedTable('descriptives(T1, mean="mean", low="min", high="max", sd="sd", n="n")', rows)
