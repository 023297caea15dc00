"""Which powers of ten make statements agree: planted wrong units, coherent groups, groups with too few relations."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replica.audit import units
from replica.audit.decide import judge
from replica.audit.formula import compile_formula
from replica.audit.numbers import read

TRADE = {"2020": "321,557 billion", "2019": "31,562.8 billion", "2016": "2,433.86 billion"}
GROWTH = [("growth({2020}, {2019})", "1.9 %"), ("growth({2020}, {2016})", "32.1 %")]


def test_article_07_total_trade_is_unique_only_up_to_a_common_power():
    found = units.solve(TRADE, GROWTH)
    assert found.verdict == "unique up to a common power" and not found.unique and found.corrections == 2
    assert found.fewest == [{"2020": -1, "2016": 1}, {"2019": 1, "2016": 2}, {"2020": -2, "2019": -1}]
    assert str(found) == "unique up to a common power; fewest corrections: 2 (3 ways)"


def test_an_anchor_makes_it_unique():
    found = units.solve(TRADE, GROWTH, {"2019": (0,)})
    assert found.unique and list(found.assignments()) == [{"2020": -1, "2019": 0, "2016": 1}]
    same = ("multiple({2020}, {official})", "1.000")
    official = units.solve(TRADE | {"official": "32,155.7 billion"}, [*GROWTH, same], {"official": (0,)})
    assert official.unique and official.fewest == [{"2020": -1, "2016": 1}]


def test_a_coherent_group_needs_no_correction():
    shares = {"part": "3,127.9", "other": "2,708.4", "whole": "17,932.66"}
    found = units.solve(shares, [("share({part}, {whole})", "17.4 %"), ("share({other}, {whole})", "15.1 %")])
    assert found.corrections == 0 and found.fewest == [{}]
    assert found.verdict == "unique up to a common power"


def test_a_sum_and_a_planted_wrong_unit():
    parts = {"a": "12.5", "b": "7.25", "total": "19.75", "a in percent": "63.3"}
    relations = [("{a} + {b} - {total}", "exactly 0"), ("share({a}, {total}) - {a in percent}", "exactly 0")]
    assert units.solve(parts, relations).fewest == [{}]
    assert units.solve(parts | {"b": "7,250"}, relations).fewest == [{"b": -3}]
    assert units.solve(parts | {"a in percent": "6.33"}, relations).fewest == [{"a in percent": 1}]


def test_too_few_relations_are_not_unique():
    lone = units.solve({"level": "23,821", "other": "5"}, [])
    assert lone.verdict == "several" and not lone.unique and lone.corrections == 0
    pair = units.solve({"a": "3.0", "b": "0.2"}, [("growth({a}, {b})", "50 %")])
    assert pair.verdict == "unique up to a common power" and pair.fewest == [{"a": -1}, {"b": 1}]
    bound = units.solve({"part": "9.0", "whole": "3.0"}, [("share({part}, {whole})", "at most 100 %")])
    assert bound.verdict == "several" and bound.fewest[:2] == [{"part": -1}, {"whole": 1}]


def test_a_digit_that_is_wrong_is_no_unit():
    quantities = {"2020": "179,326.6", "2019": "172,374.4", "base": "1,384.9"}
    relations = [("growth({2020}, {2019})", "4.0 %"), ("growth({2020}, {base})", "29.6 %")]
    found = units.solve(quantities, relations)
    assert found.verdict == "none" and found.corrections is None and found.fewest == [] and str(found) == "none"
    [(gone, rest)] = units.set_aside(quantities, relations)
    assert gone == (1,) and rest.corrections == 0
    assert units.solve(quantities | {"base": "1,384.19"}, relations).fewest[0] == {"base": 2}
    assert units.set_aside(quantities, relations, most=0) == []


def test_the_power_of_a_rate_stays_where_levels_move_together():
    found = units.solve({"b": "5,500", "a": "4,500", "rate": "2.22 %"}, [("growth({b}, {a}) - {rate}", "exactly 0")])
    assert found.verdict == "unique up to a common power" and found.fewest == [{"rate": 1}]


def test_numbers_printed_alike_are_two_unknowns():
    """One unknown over itself is 1 exactly; two that round alike may differ."""
    found = units.solve({"a": "2.0", "b": "2.0"}, [("multiple({a}, {b})", "1.04")], [0])
    assert found.corrections == 0


def test_independent_groups_are_components():
    found = units.solve({"a": "3.0", "b": "2.0", "c": "8.0", "d": "4.0"},
                        [("growth({a}, {b})", "50 %"), ("multiple({c}, {d})", "20")])  # fmt: skip
    assert [c.names for c in found.components] == [("a", "b"), ("c", "d")]
    assert [len(c.fewest) for c in found.components] == [1, 2]
    assert found.fewest == [{"c": 1}, {"d": -1}]


def test_readings_are_alternatives():
    either = units.solve({"a": "6.0", "b": "1.0"}, [("times_more({a}, {b}) | multiple({a}, {b})", "5.0")], [0])
    assert either.corrections == 0


@pytest.mark.parametrize(
    ("quantities", "relations", "powers", "word"),
    [
        ({}, [], units.POWERS, "quantities"),
        ({"a": "many"}, [], units.POWERS, "printed"),
        ({"a": "1 of 2"}, [], units.POWERS, "printed"),
        ({"a": "1.5 furlongs"}, [], units.POWERS, "furlongs"),
        ({"a": "1"}, [("growth({b}, {a})", "5 %")], units.POWERS, "'b'"),
        ({"a": "1"}, [("growth(2, 1)", "5 %")], units.POWERS, "names no quantity"),
        ({"a": "1", "b": "2"}, [("growth({b})", "5 %")], units.POWERS, "growth"),
        ({"a": "1"}, [], [], "powers"),
        ({"a": "1"}, [], [0.5], "powers"),
        ({"a": "1"}, [], {"z": [0]}, "powers"),
    ],
)
def test_bad_input_is_named(quantities, relations, powers, word):
    with pytest.raises(ValueError, match=word):
        units.solve(quantities, relations, powers)


def test_too_many_solutions_are_refused(monkeypatch):
    monkeypatch.setattr(units, "LIMIT", 10)
    with pytest.raises(ValueError, match="more than 10 solutions"):
        units.solve({"a": "1.0", "b": "1.0"}, [("share({a}, {b})", "above 0 %")])


LEVELS = st.lists(st.integers(1001, 9999), min_size=3, max_size=3, unique=True)


@settings(max_examples=15, deadline=None)
@given(LEVELS, st.lists(st.integers(-1, 1), min_size=3, max_size=3))
def test_it_lists_what_brute_force_lists(levels, shifts):
    names = ["a", "b", "c"]
    quantities = {n: f"{v * 10.0**s:.1f}" for n, v, s in zip(names, levels, shifts, strict=True)}
    a, b, c = levels
    relations = [("growth({a}, {b})", f"{100 * (a / b - 1):.1f}"), ("share({c}, {a})", f"{100 * c / a:.1f}")]
    powers = (-2, -1, 0, 1, 2)
    found = units.solve(quantities, relations, powers)
    brute = []
    for shift in product(powers, repeat=3):
        text = {n: f'"{units.moved(quantities[n], p)}"' for n, p in zip(names, shift, strict=True)}
        verdicts = [
            judge(compile_formula(f.format_map(text), {}).readings, read(printed, share=False)).verdict
            for f, printed in relations
        ]
        if all(v in ("consistent", "open") for v in verdicts):
            brute.append(dict(zip(names, shift, strict=True)))
    assert sorted(map(str, found.assignments())) == sorted(map(str, brute))


@settings(max_examples=25, deadline=None)
@given(LEVELS, st.sampled_from([-2, -1, 1, 2]), st.sampled_from("abc"))
def test_a_planted_unit_is_found_and_nothing_is_found_without_it(levels, power, where):
    truth = dict(zip("abc", levels, strict=True))
    a, b, c = levels
    relations = [("growth({a}, {b})", f"{100 * (a / b - 1):.2f}"), ("share({c}, {a})", f"{100 * c / a:.2f}"),
                 ("multiple({c}, {b})", f"{c / b:.4f}")]  # fmt: skip
    printed = {name: f"{value} billion" for name, value in truth.items()}
    assert units.solve(printed, relations).fewest == [{}]
    wrong = printed | {where: f"{float(Fraction(truth[where]) / Fraction(10) ** power):.2f} billion"}
    assert units.solve(wrong, relations).fewest == [{where: power}]
