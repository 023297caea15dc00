"""Whole tables by one call: what each call derives, and what it catches."""

import random
import statistics
from fractions import Fraction

import pytest

from replica.audit.decide import judge
from replica.audit.formula import Table, compile_formula, compile_table_call
from replica.audit.interval import interval
from replica.audit.numbers import read
from replica.audit.tables import common_factor_share, star_reader

F = Fraction


def table(columns, name="T1", **rows):
    """A table from `a="1.0 2.0"`-like rows; a dot alone stands for an empty cell."""
    names = columns.split()
    cells = {}
    for row, text in rows.items():
        for column, cell in zip(names, text.split(), strict=True):
            cells[row, column] = "" if cell == "." else cell
    return {name: Table(name, tuple(rows), tuple(names), cells)}


def verdicts(call, tables):
    """Suffix to verdict of every derived claim."""
    found = compile_table_call(call, tables)
    result = {}
    for d in found.check.function(*found.positional, **found.named):
        text = d.printed if isinstance(d.printed, str) else tables[d.printed[0]].cells[d.printed[1:]]
        target = (d.reader or (lambda t: read(t, share=False)))(text)
        formula = compile_formula(d.formula, tables, restating=target.kind in ("bound", "range"))
        assert d.suffix not in result
        result[d.suffix] = judge(formula.readings, target).verdict
    return result


def failing(call, tables):
    return {suffix for suffix, verdict in verdicts(call, tables).items() if verdict == "inconsistent"}


# --- regression ------------------------------------------------------------------------------------------------------
REGRESSION = dict(age="0.118** 0.052 2.27 0.025", income="0.305*** 0.071 4.30 0.000", far="-0.064 0.049 -1.31 0.193")
CALL = 'regression(T1, coefficient="b", se="se", t="t", p="p", df=116)'


def test_a_sound_regression_table_passes():
    found = verdicts(CALL, table("b se t p", **REGRESSION))
    assert set(found.values()) == {"consistent"} and len(found) == 9
    assert {"age.t", "age.p", "age.b.stars"} <= found.keys()


@pytest.mark.parametrize(
    ("row", "text", "caught"),
    [
        ("far", "-0.064 0.049 -1.13 0.193", {"far.t", "far.p"}),
        ("far", "0.064 0.049 -1.31 0.193", {"far.t"}),  # the sign
        ("age", "0.118*** 0.052 2.27 0.025", {"age.b.stars"}),
        ("age", "0.118 0.052 2.27 0.025", {"age.b.stars"}),
        ("age", "0.118** 0.052 2.27 0.035", {"age.p"}),
        ("income", "0.305*** 0.171 4.30 0.000", {"income.t"}),
    ],
)
def test_a_misprint_is_caught_in_its_own_row(row, text, caught):
    assert failing(CALL, table("b se t p", **REGRESSION | {row: text})) == caught


def test_t_without_standard_errors_still_has_a_sign_and_stars():
    """Article 13, table 2, column (1), and a coefficient whose t statistic lost its sign."""
    tables = table("b1 t1", labor="-0.978*** -3.160", edu="1.241*** 11.439", Fdi="-0.019 -0.180", R2="0.451 .")
    found = verdicts('regression(T1, coefficient="b1", t="t1")', tables)
    assert len(found) == 6 and set(found.values()) == {"consistent"}
    tables = table("b1 t1", labor="-0.978*** 3.160", edu="1.241* 11.439", Fdi="-0.019** -0.180")
    caught = failing('regression(T1, coefficient="b1", t="t1")', tables)
    assert caught == {"labor.b1.sign", "edu.b1.stars", "Fdi.b1.stars"}


def test_stars_at_the_edge_of_a_level_are_given_the_benefit():
    tables = table("b t", x="0.5** 1.96", y="0.5* 1.96", z="0.5*** 1.96")
    found = verdicts('regression(T1, coefficient="b", t="t")', tables)  # t in [1.955, 1.965]: p around 0.05
    assert [found[f"{row}.b.stars"] for row in "xyz"] == ["consistent", "consistent", "inconsistent"]


def test_one_sided_tests_are_a_second_reading():
    tables = table("b t", x="0.5** 1.80")
    assert failing('regression(T1, coefficient="b", t="t")', tables) == {"x.b.stars"}
    assert failing('regression(T1, coefficient="b", t="t", sided=0)', tables) == set()


def test_other_levels():
    tables = table("b t", x="0.5* 2.10")
    assert failing('regression(T1, coefficient="b", t="t")', tables) == set()  # right under one of the usual scales
    assert failing('regression(T1, coefficient="b", t="t", levels=[0.10, 0.05, 0.01])', tables) == {"x.b.stars"}
    assert failing('regression(T1, coefficient="b", t="t", levels=[0.05, 0.01, 0.001])', tables) == set()


def test_several_regressions_in_one_call():
    tables = table("b1 t1 b2 t2", x="0.5** 2.10 0.3 1.10", y=". . 0.2*** 3.00")
    found = verdicts('regression(T1, coefficient=["b1", "b2"], t=["t1", "t2"], df=[50, 60])', tables)
    assert len(found) == 6 and set(found.values()) == {"consistent"}


@pytest.mark.parametrize(
    "call",
    [
        'regression(T1, coefficient="nothing", t="t")', 'regression(T1, coefficient="b")', "regression(T1)",
        'regression(T1, coefficient=["b", "t"], t="t")', 'regression(T1, coefficient="b", t="t", df=[1, 2])',
        'regression(T1, coefficient="b", t="t", sided=3)',
        'regression(T1, coefficient="b", t="t", levels=[0.01, 0.05])',
        'regression("T1", coefficient="b", t="t")', 'frequency(T1)', 'frequency(T1, count=["b", "t"])',
        'nested_r2(T1, "x", ["b"])', 'nested_r2(T1, "no row", ["b", "t"])', 'parts_sum(T1, column="b")',
        'item_statistics(T1, mean="b")', 'different_columns(T1, columns=["b", "t"])',
    ],
)  # fmt: skip
def test_wrong_calls_are_refused(call):
    with pytest.raises(ValueError):
        verdicts(call, table("b t", x="0.5** 1.80"))


def test_star_reader():
    reader = star_reader([F(1, 10), F(1, 20), F(1, 100)])
    assert (reader("0.1*").interval.lo, reader("0.1***").interval.hi) == (F(1, 20), F(1, 100))
    with pytest.raises(ValueError, match="4 stars"):
        reader("0.1****")


# --- correlations, R², repeated columns ------------------------------------------------------------------------------
def test_correlations_of_article_21():
    tables = table("r", FP="0.496**", LP="0.600**", SP="0.371**")
    call = 'correlations(T1, r="r", n=180, levels=[0.05, 0.01])'
    assert failing(call, tables) == set()
    caught = failing(call, table("r", FP="0.496*", LP="1.600**", SP="0.071**"))
    assert caught >= {"FP.r.stars", "LP.r.size", "SP.r.stars"}
    caught = failing('correlations(T1, r="r", n=5, levels=[0.05, 0.01])', tables)
    assert caught == {"FP.r.stars", "LP.r.stars", "SP.r.stars"}


def test_nested_r2():
    tables = table("m1 m2 m3", R2="0.451 0.455 0.430")
    assert verdicts('nested_r2(T1, "R2", ["m1", "m2", "m3"])', tables) == {
        "R2.m1.m2": "consistent",
        "R2.m2.m3": "inconsistent",
    }
    assert failing('nested_r2(T1, "R2", ["m1", "m2"])', table("m1 m2", R2="0.45 0.45")) == set()  # edge


def test_columns_of_article_13_table_4():
    """Columns (1) and (3) print the same controls; column (2) does not."""
    tables = table(
        "b1 b2 b3",
        s="1.044** 0.706*** 1.062**", labor="-31.195*** -20.719*** -31.195***", edu="12.888** -3.674* 12.888**",
        gov="-9.047*** -2.186 -9.047***", open="-0.525* 0.048 -0.525*", Fdi="-0.400 -1.470 -0.400",
    )  # fmt: skip
    assert failing('different_columns(T1, columns=["b1", "b2", "b3"])', tables) == {"b1.b3"}


def test_a_rescaled_column_is_found_and_independent_ones_are_not():
    random.seed(2)
    first = [f"{random.uniform(0.1, 5):.3f}" for _ in range(10)]
    scaled = [f"{float(x) * 1.7:.3f}" for x in first]
    other = [f"{random.uniform(0.1, 5):.3f}" for _ in range(10)]
    assert common_factor_share([read(x) for x in first], [read(x) for x in scaled]) == interval(100)
    assert common_factor_share([read(x) for x in first], [read(x) for x in other]).hi <= 30
    with pytest.raises(ValueError, match="at least three"):
        common_factor_share([read("1")] * 5, [read("1")] * 5)
    with pytest.raises(ValueError, match="first, second"):
        common_factor_share([read("1.0")], read("1.0"))


# --- frequencies -----------------------------------------------------------------------------------------------------
AGES = dict(young="7 3.9 age", adult="117 65.0 age", older="56 31.1 age", man="92 51.1 sex", woman="88 48.9 sex")


def test_frequency_table_of_article_21():
    call = 'frequency(T1, count="n", percent="pct", n=180, group="kind")'
    found = verdicts(call, table("n pct kind", **AGES))
    assert len(found) == 7 and set(found.values()) == {"consistent"}
    assert failing(call, table("n pct kind", **AGES | {"man": "82 51.1 sex"})) == {"sex.total", "man"}
    assert failing(call, table("n pct kind", **AGES | {"man": "92 52.1 sex"})) == {"man"}


def test_frequencies_without_n_use_the_sum_of_counts():
    call = 'frequency(T1, count="n", percent="pct")'
    tables = table("n pct", a="1 12.5", b="7 87.5")
    assert set(verdicts(call, tables).values()) == {"consistent"}
    assert failing(call, table("n pct", a="1 15.5", b="7 87.5")) == {"a"}
    assert failing('frequency(T1, percent="pct")', table("pct", a="12.5", b="87.4")) == set()  # 99.9 within rounding
    assert failing('frequency(T1, percent="pct")', table("pct", a="12.5", b="86.4")) == {"T1.total"}


def test_weights_sum_to_one():
    call = 'parts_sum(T1, column="w")'
    assert failing(call, table("w", a="0.33", b="0.33", c="0.33")) == set()  # 0.99 ± 0.015
    assert verdicts(call, table("w", a="0.32", b="0.33", c="0.33")) == {"w.T1": "last digit"}  # 1.00 if cut off
    assert failing(call, table("w", a="0.30", b="0.33", c="0.33")) == {"w.T1"}
    tables = table("w", a="0.2", b="0.3", total="0.5")
    assert failing('parts_sum(T1, column="w", total="total")', tables) == set()
    assert failing('parts_sum(T1, column="w", total=100)', table("w", a="40.0", b="60.0")) == set()


# --- items and descriptives ------------------------------------------------------------------------------------------
def items(n, seed):
    """Three integer items and their scale, printed as an article would."""
    rng = random.Random(seed)
    data = [[rng.randint(1, 5) for _ in range(n)] for _ in range(3)]
    means = [statistics.mean(x) for x in data]
    rows = {f"q{k}": f"{m:.2f} {statistics.stdev(x):.3f} S" for k, (m, x) in enumerate(zip(means, data, strict=True))}
    return rows | {"S": f"{statistics.mean(means):.2f} . ."}


@pytest.mark.parametrize("n", [20, 47, 180])
@pytest.mark.parametrize("seed", range(6))
def test_real_item_statistics_always_pass(n, seed):
    call = f'item_statistics(T1, mean="m", sd="sd", low=1, high=5, n={n}, group="scale")'
    found = verdicts(call, table("m sd scale", **items(n, seed)))
    assert set(found.values()) <= {"consistent", "open"} and "S.mean" in found
    assert ("q0.grim" in found) == (n < 100)


def test_impossible_item_statistics():
    call = 'item_statistics(T1, mean="m", sd="sd", low=1, high=5, n=20, group="scale")'
    rows = items(20, 1)
    assert "q0.range" in failing(call, table("m sd scale", **rows | {"q0": "5.35 1.000 S"}))
    assert "q0.sd" in failing(call, table("m sd scale", **rows | {"q0": "1.10 1.900 S"}))
    assert "q0.grim" in failing(call, table("m sd scale", **rows | {"q0": "3.48 1.000 S"}))  # no k / 20 rounds to it
    assert "q0.grimmer" in failing(call, table("m sd scale", **rows | {"q0": "3.50 1.001 S"}))
    assert "S.mean" in failing(call, table("m sd scale", **rows | {"S": "4.99 . ."}))


def test_scale_means_at_two_levels():
    tables = table(
        "m block dim",
        a1="2.0 a D", a2="3.0 a D", b1="4.0 b D", b2="5.0 b D", b3="6.0 b D", a="2.5 . D", b="5.0 . D", D="3.75 . .",
    )  # fmt: skip
    call = 'item_statistics(T1, mean="m", low=1, high=7, group=["block", "dim"])'
    assert set(verdicts(call, tables).values()) == {"consistent"}  # 3.75 is the mean of the blocks, 4 of the items
    tables["T1"].cells["D", "m"] = "4.00"
    assert verdicts(call, tables)["D.mean"] == "consistent"  # the other reading
    tables["T1"].cells["D", "m"] = "4.40"
    assert failing(call, tables) == {"D.mean"}


def test_descriptives_of_article_13():
    """Table 1 prints maxima of tax, gov and open that lie below their means."""
    tables = table(
        "mean sd min max n",
        LS="0.493 0.061 0.333 0.647 536", tax="0.075 0.026 0.034 0.026 536", gov="0.09 0.045 0.041 0.0308 536",
        wide="0.5 0.9 0.0 1.0 536", edge="0.5 0.501 0.0 1.0 536",
    )  # fmt: skip
    call = 'descriptives(T1, mean="mean", sd="sd", low="min", high="max", n="n")'
    caught = failing(call, tables)
    assert {"tax.order", "tax.below", "gov.order", "gov.below", "wide.sd"} <= caught
    assert not any(suffix.startswith(("LS", "edge")) for suffix in caught)
