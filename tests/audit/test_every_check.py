"""Every check of the register: true values, printed by any convention, are never called inconsistent.

A check without a planter fails here. Conventions: half up, half to even, cut off. Rounded numbers must find a witness;
numbers that were cut off may come out as *last digit*.
"""

from __future__ import annotations

import inspect
import random
import zlib
from fractions import Fraction as F

import planters
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replica.audit import CHECKS
from replica.audit.decide import judge
from replica.audit.formula import Table, compile_formula, compile_table_call
from replica.audit.interval import interval
from replica.audit.numbers import read_result
from replica.audit.registry import ROLES, TOPICS

SOUND = {"up": ("consistent", "not checkable"), "even": ("consistent", "not checkable"),
         "cut": ("consistent", "last digit", "not checkable")}  # fmt: skip
DRAWS = 12  # for each check and convention


def printed(value, decimals: int | None, how: str) -> str:
    """A true number as a paper prints it."""
    value = F(float(value)) if not isinstance(value, F) else value
    if decimals is None:
        assert value.denominator == 1
        return str(value)
    size = abs(value) * 10**decimals
    whole, rest = divmod(size, 1)
    up = how != "cut" and (rest > F(1, 2) or (rest == F(1, 2) and (how == "up" or whole % 2)))
    digits = str(int(whole) + up).rjust(decimals + 1, "0")
    text = f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
    return f"-{text}" if value < 0 and int(digits) else text


def verdict(plant: planters.Plant, how: str, wrap=lambda text, i: text) -> tuple[str, str, str]:
    """(verdict, formula, printed result)."""
    texts = [printed(value, decimals, how) for value, decimals in plant.numbers]
    formula = plant.formula.format(*(wrap(text, i) for i, text in enumerate(texts)))
    given = plant.decimals if isinstance(plant.decimals, str) else printed(plant.result, plant.decimals, how)
    readings = compile_formula(formula, {}, "x", restating=True).readings
    return judge(readings, read_result(given)).verdict, formula, given


def table_of(rows: dict, how: str, name: str) -> Table:
    def cell(entry) -> str:
        return entry if isinstance(entry, str) else printed(entry[0], entry[1], how) + "".join(entry[2:])

    columns = tuple(next(iter(rows.values())))
    cells = {(row, column): cell(entry) for row, entries in rows.items() for column, entry in entries.items()}
    return Table(name, tuple(rows), columns, cells)


def table_verdicts(plant: planters.PlantedTable, how: str):
    tables = {"T1": table_of(plant.rows, how, "T1")}
    if plant.other:
        tables["T2"] = table_of(plant.other, how, "T2")
    call = compile_table_call(plant.call, tables)
    for derived in call.check.function(*call.positional, **call.named):
        place = derived.printed
        text = place if isinstance(place, str) else tables[place[0]].cells[place[1:]]
        readings = compile_formula(derived.formula, tables, "x", restating=True).readings
        yield judge(readings, (derived.reader or read_result)(text)).verdict, derived, text


def test_every_check_has_a_planter_and_every_parameter_a_role():
    assert CHECKS.keys() == planters.PLANTERS.keys()
    for check in CHECKS.values():
        assert check.roles.keys() == inspect.signature(check.function).parameters.keys()
        assert set(check.roles.values()) <= set(ROLES) and check.topic in TOPICS and check.example


@pytest.mark.parametrize("how", SOUND)
@pytest.mark.parametrize("name", sorted(planters.PLANTERS))
def test_true_values_are_never_inconsistent(name, how):
    for draw in range(DRAWS):
        plant = planters.PLANTERS[name](random.Random(zlib.crc32(f"{name} {draw}".encode())))
        if isinstance(plant, planters.PlantedTable):
            if name == "cross_table" and how == "cut":
                continue  # its results are arguments of the call, rounded by the planter
            for found, derived, text in table_verdicts(plant, how):
                assert found in SOUND[how], (derived, text, plant.rows)
        else:
            found, *shown = verdict(plant, how)
            assert found in SOUND[how], (found, *shown)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(planters.PLANTERS)), st.integers(0, 2**32), st.sampled_from(sorted(SOUND)))
def test_fuzz_over_the_register(name, seed, how):
    allowed = (*SOUND[how], "open") if how == "cut" else SOUND[how]  # three boxes of an F statistic may stay undecided
    plant = planters.PLANTERS[name](random.Random(seed))
    if isinstance(plant, planters.PlantedTable):
        if name != "cross_table" or how != "cut":
            assert all(found in allowed for found, *_ in table_verdicts(plant, how))
    else:
        assert verdict(plant, how)[0] in allowed


FORMULAS = sorted(name for name, check in CHECKS.items() if check.kind != "table")


def measures(name: str, plant: planters.Plant) -> list[int]:
    return [i for i, (_, decimals) in enumerate(plant.numbers) if decimals is not None]


AMOUNTS = {name for name in FORMULAS if "number" in CHECKS[name].roles.values()}  # a bare whole number counts there
TWO_DIGITS = {"common_factor_share", "error_factor_share"}  # leave out numbers of one digit
BINARY = {"debit"}  # a mean of zeros and ones needs decimals


@pytest.mark.parametrize("name", [name for name in FORMULAS if name not in AMOUNTS | TWO_DIGITS | BINARY])
def test_whole_and_rounded_measures_find_a_witness(name):
    """A measure printed without decimals, bare or as rounded(…), is any number that rounds to it."""
    for draw in range(4):
        for wrapped in (False, True):
            plant = planters.PLANTERS[name](random.Random(draw))
            whole = [i for i in measures(name, plant) if "df" not in CHECKS[name].roles or i == 0]
            plant.numbers = [(v, 0 if i in whole else d) for i, (v, d) in enumerate(plant.numbers)]

            def wrap(text, i, whole=whole, wrapped=wrapped):
                return f"rounded({text})" if wrapped and i in whole else text

            found, *shown = verdict(plant, "up", wrap)
            assert found in ("consistent", "not checkable"), (found, *shown)


@pytest.mark.parametrize("name", sorted(AMOUNTS))
def test_rounded_amounts_find_a_witness(name):
    for draw in range(4):
        plant = planters.PLANTERS[name](random.Random(draw))
        whole = measures(name, plant)
        plant.numbers = [(v, 0 if i in whole else d) for i, (v, d) in enumerate(plant.numbers)]
        found, *shown = verdict(plant, "up", lambda text, i, w=whole: f"rounded({text})" if i in w else text)
        assert found in ("consistent", "not checkable"), (found, *shown)


@pytest.mark.parametrize("value", ["0", "1", "-1"])
@pytest.mark.parametrize("name", FORMULAS)
def test_ends_of_the_domain(name, value):
    """Where the exact arguments 0, 1, −1 have a result, the printed ones with that result are not inconsistent."""
    plant = planters.PLANTERS[name](random.Random(7))
    for i in measures(name, plant):
        texts = [printed(v, d, "up") for v, d in plant.numbers]
        exact = [f"exact({t})" if d is not None else t for t, (_, d) in zip(texts, plant.numbers, strict=True)]
        exact[i] = f"exact({value})"
        readings = compile_formula(plant.formula.format(*exact), {}, "x", restating=True).readings
        try:
            numbers = readings[0].bind()
            result = interval(readings[0].function([p.interval for p in numbers]))
        except ValueError:
            continue
        if not result.is_finite or result.width > F(1, 10**9):
            continue
        texts[i] = value
        printed_result = printed(result.middle, 6, "up")
        readings = compile_formula(plant.formula.format(*texts), {}, "x", restating=True).readings
        found = judge(readings, read_result(printed_result)).verdict
        assert found != "inconsistent", (plant.formula.format(*texts), printed_result)


@pytest.mark.parametrize("name", FORMULAS)
def test_equal_and_empty_arguments_end_in_a_result_or_a_value_error(name):
    check = CHECKS[name]
    required = [p for p in inspect.signature(check.function).parameters.values() if p.default is p.empty]
    for value in (interval(0), interval(1), interval(-1), [], [interval(1)] * 3, [interval(0)] * 3):
        arguments = [value for p in required if p.kind is not p.VAR_POSITIONAL] or [value]
        try:
            found = check.function(*arguments[: len(inspect.signature(check.function).parameters)])
        except ValueError:
            continue
        assert interval(found) is not None
