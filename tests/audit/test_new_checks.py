"""Checks across tables, on whole matrices and of counts: published values, other libraries, planted faults."""

from __future__ import annotations

import random
from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planters import fit, regression
from scipy import stats
from test_every_check import printed

from replica.audit import DomainError, load, read
from replica.audit.decide import judge
from replica.audit.formula import Table, compile_formula, compile_table_call
from replica.audit.granularity import split_size
from replica.audit.inference import third_correlation
from replica.audit.interval import Interval, Undecided, interval
from replica.audit.matrices import feasible_matrix, is_semidefinite, separates
from replica.audit.numbers import read_result

DATA = Path(__file__).resolve().parents[2] / "data"


def verdict(formula: str, result: str, tables=None) -> str:
    return judge(compile_formula(formula, tables or {}, "x", restating=True).readings, read_result(result)).verdict


def table_verdicts(call: str, **tables) -> dict[str, str]:
    found = compile_table_call(call, tables)
    derived = found.check.function(*found.positional, **found.named)
    texts = [d.printed if isinstance(d.printed, str) else tables[d.printed[0]].cells[d.printed[1:]] for d in derived]
    return {d.suffix: verdict(d.formula, text, tables) for d, text in zip(derived, texts, strict=True)}


def table(name: str, text: str) -> Table:
    header, *rows = [line.split() for line in text.strip().splitlines()]
    cells = {(row[0], c): "" if v == "." else v for row in rows for c, v in zip(header, row[1:], strict=True)}
    return Table(name, tuple(row[0] for row in rows), tuple(header), cells)


# --- standard errors across tables -----------------------------------------------------------------------------------
def test_the_robust_columns_of_article_13_repeat_the_pooled_errors():
    """Read off the print by hand: one factor from 1.0421 to 1.0438 for nine rows, and from 1.0318 to 1.0335."""
    tables = load(DATA / "13-labor-income-share").tables

    def factor(first, b1, t1, second, b2, t2):
        columns = ((first, b1), (first, t1), (second, b2), (second, t2))
        both = [r for r in tables[first].rows if r in tables[second].rows]
        shared = [r for r in both if all(tables[n].cells[r, c].strip() for n, c in columns)]
        named = "[" + ", ".join(f'"{r}"' for r in shared) + "]"
        cells = ", ".join(f'{n}[{named}, "{c}"]' for n, c in columns)
        reading = compile_formula(f"error_factor({cells})", tables).readings[0]
        return len(shared), reading.bind()[0].interval

    rows, found = factor("T2", "b1", "t1", "T3", "b3", "t3")
    assert rows >= 8 and F("1.0420") < found.lo < found.hi < F("1.0440")
    rows, found = factor("T2", "b3", "t3", "T5", "b3", "t3")
    assert rows >= 8 and F("1.0317") < found.lo < found.hi < F("1.0336")


def test_errors_of_the_same_regressors_are_found_and_others_are_not():
    *_, x, y = regression(random.Random(3), k=5)
    noise = np.random.default_rng(4).normal(size=len(y))

    def columns(name, x, y):
        b, se, *_ = fit(x, y)
        rows = "\n".join(f"x{i} {v:.4f} {v / s:.3f} {s:.4f}" for i, (v, s) in enumerate(zip(b, se, strict=True)))
        return table(name, f"b t se\n{rows}")

    first, same = columns("T1", x, y), columns("T2", x, 2 * y + noise)
    other = columns("T2", x[: len(y) // 2], y[: len(y) // 2])
    by_t = 'shared_errors(T1, T2, b="b", t="t", other_b="b", other_t="t")'
    by_se = 'shared_errors(T1, T2, se="se", other_se="se")'
    for call in (by_t, by_se):
        assert set(table_verdicts(call, T1=first, T2=same).values()) == {"inconsistent"}
        assert set(table_verdicts(call, T1=first, T2=other).values()) == {"consistent"}


@pytest.mark.parametrize("seed", range(6))
def test_r2_without_a_regressor_against_the_fit_without_it(seed):
    b, se, r2, df, x, y = regression(random.Random(seed), errors=3)
    formula = f"r2_without({r2:.4f}, {b[-1] / se[-1]:.3f}, {df})"
    without = fit(x[:, :-1], y)[2]
    assert verdict(formula, f"{without:.3f}") == "consistent"
    assert verdict(formula, f"{without + 0.01:.3f}") == "inconsistent"


def test_a_t_statistic_that_r2_cannot_carry():
    assert verdict("r2_without(.05, 5.00, 30)", "at least 0") == "inconsistent"
    assert verdict("r2_without(.50, 5.00, 30)", "at least 0") == "consistent"


# --- several claims on one unknown -----------------------------------------------------------------------------------
def test_the_items_of_article_21_fix_the_mean_of_their_block():
    """GRIM and GRIMMER leave one sum to each of three items (548, 304, 426): the block's mean is 2.3667."""
    tables = load(DATA / "21-privacy-tolerance").tables
    parts = ", ".join(f'attained_mean(T4["LP{k}", "mean"], 180, sd=T4["LP{k}", "sd"])' for k in (1, 2, 3))
    assert verdict(f"mean({parts})", "2.37", tables) == "consistent"
    assert verdict(f"mean({parts})", "2.36", tables) == "last digit"  # 2.3667 cut off
    assert verdict(f"mean({parts})", "2.35", tables) == verdict(f"mean({parts})", "2.38", tables) == "inconsistent"
    plain = ", ".join(f'T4["LP{k}", "mean"]' for k in (1, 2, 3))
    assert verdict(f"mean({plain})", "2.36", tables) == "consistent"  # what the means alone allow


def test_an_alpha_from_sds_that_whole_numbers_can_have():
    alone = "cronbach_alpha([1.3, 1.0], [.50, .50])"
    joined = "cronbach_alpha([attained_sd(3.50, 1.3, 10), attained_sd(2.40, 1.0, 10)], [.50, .50])"
    wide, narrow = (judge(compile_formula(f, {}).readings, read("0.65")).decision.reach for f in (alone, joined))
    assert narrow.within(wide) and narrow != wide


def test_splits_of_a_total_by_enumeration():
    first, second = read("4.71"), read("5.3")
    possible = {n for n in range(1, 40) if split_size(n, first, second, 40) == interval(n)}
    brute = {
        n for n in range(1, 40)
        if any(printed(F(s, n), 2, "up") == "4.71" for s in range(7 * n))
        and any(printed(F(s, 40 - n), 1, "up") == "5.3" for s in range(7 * (40 - n)))
    }  # fmt: skip
    assert possible == brute and {17, 21, 24, 14, 28} <= possible and 20 not in possible
    assert verdict("split_size(20, 4.71, 5.3, 40)", "20") == "inconsistent"
    with pytest.raises(DomainError):
        split_size(2, read("4.71"), read("5.33"), 5)


# --- correlation matrices --------------------------------------------------------------------------------------------
def equal(k: int, r: str) -> str:
    return f"feasible_correlations([{', '.join([r] * (k * (k - 1) // 2))}], {k})"


def test_four_correlations_that_every_triple_allows_and_the_whole_does_not():
    """k variables can share a correlation of -1/(k - 1) at the least."""
    assert third_correlation(F("-0.40"), F("-0.40")).lo < F("-0.40")
    assert verdict(equal(3, "-0.40"), "exactly 1") == "consistent"
    assert verdict(equal(4, "-0.40"), "exactly 1") == "inconsistent"
    assert verdict(equal(4, "-0.34"), "exactly 1") == "inconsistent"  # -0.335 is below -1/3
    assert verdict(equal(4, "-0.33"), "exactly 1") == "consistent"
    assert verdict(equal(5, "-0.30"), "exactly 1") == "inconsistent"


def test_the_table_form_reads_either_triangle_and_leaves_gaps_free():
    bad = "a b c d\na 1 . . .\nb -.40 1 . .\nc -.40 -.40 1 .\nd -.40 -.40 -.40 1"
    assert table_verdicts("correlation_matrix(T1)", T1=table("T1", bad)) == {"matrix": "inconsistent"}
    gap = bad.replace("d -.40 -.40 -.40 1", "d . . -.40 1")
    assert table_verdicts("correlation_matrix(T1)", T1=table("T1", gap)) == {"matrix": "consistent"}
    numbered = "1 2 3\n1.Age . . .\n2.Sex .90 . .\n3.Pay .90 .10 ."
    assert table_verdicts('correlation_matrix(T1, columns=["1", "2", "3"])', T1=table("T1", numbered)) == {
        "matrix": "inconsistent"
    }


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(3, 6), st.sampled_from([0.0, 0.005, 0.05]))
def test_the_certificates_against_eigenvalues(seed, k, half):
    """Points: semidefinite or not, by numpy. Boxes: both certificates are checked in exact arithmetic."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(k + 2, k))
    r = np.corrcoef(x.T) + (rng.normal(size=(k, k)) * 0.3 if seed % 2 else 0)
    boxes = {}
    for j in range(k):
        for i in range(j):
            middle = F(round(float(np.clip(r[i, j], -0.99, 0.99)), 3))
            boxes[i, j] = Interval(max(F(-1), middle - F(half)), min(F(1), middle + F(half)))
    point = np.eye(k)
    for (i, j), box in boxes.items():
        point[i, j] = point[j, i] = float(box.middle)
    lowest = np.linalg.eigvalsh(point)[0]
    try:
        found = feasible_matrix(boxes, k)
    except Undecided:
        assert abs(lowest) < 0.1
        return
    if found is None:
        assert lowest < 1e-9
    else:
        assert is_semidefinite(found) and all(found[i][j] in box for (i, j), box in boxes.items())
        assert all(found[i][i] == 1 for i in range(k)) and np.linalg.eigvalsh(np.array(found, dtype=float))[0] > -1e-9
        assert lowest > -2 * half * k - 1e-9


def test_a_vector_proves_nothing_about_boxes_that_hold_a_matrix():
    boxes = {(0, 1): Interval(F(-1, 2), F(1, 2)), (0, 2): Interval(F(-1, 2), F(1, 2)), (1, 2): Interval(-1, 1)}
    for seed in range(50):
        rng = random.Random(seed)
        assert not separates([[F(rng.randint(-9, 9), 7) for _ in range(3)]], boxes)


# --- tables of counts ------------------------------------------------------------------------------------------------
@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 400), min_size=4, max_size=4))
def test_chi_square_of_two_rows_and_columns_against_scipy(counts):
    for yates in (0, 1):
        chi2, p, *_ = stats.chi2_contingency(np.reshape(counts, (2, 2)), correction=bool(yates))
        formula = f"chi2_of_counts({counts}, 2, yates={yates})"
        reach = judge(compile_formula(formula, {}).readings, read("1")).decision.reach
        assert float(reach.lo) == pytest.approx(chi2, abs=1e-9)
        assert verdict(f"p_from_chi2({formula}, 1)", f"{p:.4f}") == "consistent"


def test_counts_of_a_published_table():
    """75 and 73 yes, 6 and 5 no: corrected χ² = 0 with p = 1; without correction .804; three grades .871."""
    corrected = "p_from_chi2(chi2_of_counts([75, 73, 6, 5], 2, yates=1), 1)"
    assert verdict(corrected, "1.000") == "consistent" and verdict(corrected, ".000") == "inconsistent"
    assert verdict("p_from_chi2(chi2_of_counts([75, 73, 6, 5], 2), 1)", ".804") == "consistent"
    grades = table("T1", "a b\nI 35 33\nII 32 36\nIII 31 33")
    call = 'cross_table(T1, columns=["a", "b"], chi2="0.28", p="0.87")'
    assert table_verdicts(call, T1=grades) == {"chi2": "consistent", "p": "consistent"}
    call = 'cross_table(T1, columns=["a", "b"], chi2="0.48", p="0.07")'
    assert table_verdicts(call, T1=grades) == {"chi2": "inconsistent", "p": "inconsistent"}


# --- intervals and decisions -----------------------------------------------------------------------------------------
def test_p_from_an_interval_as_published():
    """Altman & Bland 2011: a risk ratio of 0.81 (0.70 to 0.94) has p = 0.005."""
    assert verdict("p_from_ci(0.81, 0.70, 0.94, log=1)", "0.005") == "consistent"
    assert verdict("p_from_ci(0.81, 0.70, 0.94, log=1)", "0.05") == "inconsistent"
    assert verdict("estimate_from_ci(0.70, 0.94, log=1)", "0.81") == "consistent"
    assert verdict("estimate_from_ci(0.70, 0.94, log=1)", "0.86") == "inconsistent"
    assert verdict("estimate_from_ci(1.2, 3.4)", "2.3") == "consistent"


def test_a_p_value_on_the_other_side_of_the_level():
    rows = "t p\na 1.80 .040\nb 2.50 .017\nc 1.20 .237\nd 2.30 .060"
    found = table_verdicts('decisions(T1, p="p", t="t", df=40)', T1=table("T1", rows))
    assert found == {"a.decision": "inconsistent", "b.decision": "consistent", "c.decision": "consistent",
                     "d.decision": "inconsistent"}  # fmt: skip
    assert (
        table_verdicts('decisions(T1, p="p", t="t", df=40, sided=0)', T1=table("T1", rows))["a.decision"]
        == "consistent"
    )
