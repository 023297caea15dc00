"""Printed numbers read as intervals, in every form that the articles use."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replica.audit.interval import INFINITY, Interval, interval
from replica.audit.numbers import read, stars

F = Fraction


def closed(lo, hi):
    return Interval(F(lo), F(hi))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("24.19", closed("24.185", "24.195")),
        ("0.80", closed("0.795", "0.805")),
        (".728", closed("0.7275", "0.7285")),
        ("180", interval(180)),
        ("1,234", interval(1234)),
        ("321,557.5", closed("321557.45", "321557.55")),
        ("-0.5", closed("-0.55", "-0.45")),
        ("−0.5", closed("-0.55", "-0.45")),
        ("–0.5", closed("-0.55", "-0.45")),
        ("12 %", closed("11.5", "12.5")),
        ("51.1％", closed("51.05", "51.15")),
        ("8 percent", closed("7.5", "8.5")),
        ("3.2 million", closed(3_150_000, 3_250_000)),
        ("3 million", closed(2_500_000, 3_500_000)),
        ("321,557 billion yuan", closed(321_556_500_000_000, 321_557_500_000_000)),
        ("20万", closed(195_000, 205_000)),
        ("1.5 亿", closed(145_000_000, 155_000_000)),
        ("2.5万亩", closed(24_500, 25_500)),
        ("30 mu", interval(30)),
        ("4.9 times", closed("4.85", "4.95")),
        ("12-15", closed(12, 15)),
        ("12–15 %", closed("11.5", "15.5")),
        ("20 % to 30 %", closed("19.5", "30.5")),
        ("between 0.5 and 0.8", closed("0.45", "0.85")),
        ("[0, 14.9]", closed(0, "14.95")),
        ("-5--3", closed(-5, -3)),
        ("3–4 million", closed(2_500_000, 4_500_000)),
        ("more than 60 %", Interval(60, 100, lo_open=True)),
        ("growth of more than 60 %", Interval(60, INFINITY, lo_open=True)),
        ("more than 3 million", Interval(3_000_000, INFINITY, lo_open=True)),
        ("above 0.5", Interval(F("0.5"), INFINITY, lo_open=True)),
        ("over 3", Interval(3, INFINITY, lo_open=True)),
        ("below 3", Interval(-INFINITY, 3, hi_open=True)),
        ("less than 5 %", Interval(0, 5, hi_open=True)),
        ("at least 0", Interval(0, INFINITY)),
        ("at most 1", Interval(-INFINITY, 1)),
        ("10 days or more", Interval(10, INFINITY)),
        ("p < 0.001".removeprefix("p "), Interval(-INFINITY, F("0.001"), hi_open=True)),
        ("≥ 5", Interval(5, INFINITY)),
        ("about 30 %", closed(27, 33)),
        ("about 1", closed("0.5", "1.5")),
        ("nearly 2,300", closed(2070, 2300)),
        ("half", closed("0.45", "0.55")),
        ("three", interval(3)),
        ("twenty-one", interval(21)),
        ("one hundred and five", interval(105)),
        ("two thousand three hundred", interval(2300)),
        ("0.496**", closed("0.4955", "0.4965")),
        ("0.496 ***", closed("0.4955", "0.4965")),
        ("(2.31)", closed("2.305", "2.315")),
        ("(-5.627)", closed("-5.6275", "-5.6265")),
        ("1e-3", closed("0.0005", "0.0015")),
        ("3.2 × 10^4", closed(31_500, 32_500)),
        ("exactly 1", interval(1)),
        ("0,452", closed("0.4515", "0.4525")),
        ("12,34", closed("12.335", "12.345")),
        ("1.234,5", closed("1234.45", "1234.55")),
        ("4 157", interval(4157)),
        ("18'850", interval(18850)),
        ("19’627", interval(19627)),
        ("1\u202f394", interval(1394)),
    ],
)
def test_forms(text, expected):
    assert read(text).interval == expected


@pytest.mark.parametrize(
    "text",
    ["", " ", "-", "—", "***", "n.s.", "abc", "1.2.3", "5 5", "0.3 ± 0.1", "107 frogs", "3 billon",
     "1e400", "15-12", "about 2-3", "9" * 100, "0.5 (0.2)", "over", "<", "10²", "١٢", "1,23,456", "1_000"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(text):
    with pytest.raises(ValueError, match="text"):
        read(text)


def test_a_float_is_no_printed_number():
    with pytest.raises(ValueError, match="string"):
        read(0.8)


def test_details():
    assert read("0.496**").stars == 2 and stars("(0.12*)") == 1 and stars("0.12") == 0
    assert read("24.190").unit == F(1, 1000) and read("24.19").unit == F(1, 100)
    assert read("12 %").percent and not read("12").percent
    assert read("180").kind == "count" and read("180").as_rounded().interval == closed("179.5", "180.5")
    assert read("1.88").moved(1) == closed("1.885", "1.895")
    assert read("more than 60 %", share=False).interval == Interval(60, INFINITY, lo_open=True)


@given(st.decimals(min_value=-(10**6), max_value=10**6, places=3), st.integers(min_value=0, max_value=3))
def test_a_rounded_number_contains_the_true_one(value, places):
    printed = f"{round(value, places):.{places}f}"
    found = read(printed if places else printed + ".")
    assert F(value) in found.interval
    assert found.interval.width == F(1, 10**places)


@given(st.integers(min_value=-(10**9), max_value=10**9))
def test_counts_are_exact_with_and_without_commas(n):
    assert read(str(n)).interval == read(f"{n:,}").interval == interval(n)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_never_a_crash(text):
    try:
        found = read(text)
    except ValueError:
        return
    assert found.interval.lo <= found.interval.hi
