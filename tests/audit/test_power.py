"""Detection power, against planted errors and whole audits."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from replica.audit.ledger import Report, audit
from replica.audit.power import detection_power
from replica.audit.slips import one_digit_errors

HEADER = ["id", "where", "kind", "statement", "printed", "formula", "diagnosis", "explanation", "matters", "note"]
SURVEY = {"men": ("92", "51.1"), "women": ("88", "48.9"), "young": ("117", "65.0"), "old": ("63", "35.0")}
CLAIMS = [
    ("men", "51.1", 'share(T1["men", "n"], 180)'),
    ("women", "48.9", 'share(T1["women", "n"], 180)'),
    ("sexes", "180", 'sum(T1["men":"women", "n"])'),
    ("ages", "180", 'sum(T1["young":"old", "n"])'),
    ("young", "65.0 %", 'share(T1["young", "n"], 180)'),
    ("old", "35.0 %", 'share(T1["old", "n"], 180)'),
    ("spare", "7", ""),
]


def folder(path: Path, table: dict[str, tuple], claims: list[tuple]) -> Path:
    """A transcription folder; a claim is (id, printed, formula) or (id, kind, printed, formula)."""
    path.mkdir(parents=True, exist_ok=True)
    with (path / "table-1.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["row", "n", "percent"], *([row, *cells] for row, cells in table.items())])
    with (path / "claims.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for claim in claims:
            name, kind, printed, formula = claim if len(claim) == 4 else (claim[0], "number", *claim[1:])
            writer.writerow([name, "Section 1", kind, f"claim {name}", printed, formula, "", "", "", ""])
    return path


def survey(tmp_path: Path, **changes: tuple) -> Report:
    return audit(folder(tmp_path / "survey", SURVEY | changes, CLAIMS))


def by_hand(tmp_path: Path) -> tuple[int, int]:
    """(caught, planted): every one-digit error written into the files and audited whole."""
    before = {r.id for r in survey(tmp_path).rows if r.verdict == "inconsistent"}
    caught = planted = 0
    for row, (text, percent) in SURVEY.items():
        for wrong in one_digit_errors(text):
            planted += 1
            report = survey(tmp_path, **{row: (wrong, percent)})
            caught += bool({r.id for r in report.rows if r.verdict == "inconsistent"} - before)
    for i, (name, printed, formula) in enumerate(CLAIMS[:-1]):
        for wrong in one_digit_errors(printed):
            planted += 1
            claims = [*CLAIMS[:i], (name, wrong, formula), *CLAIMS[i + 1 :]]
            report = audit(folder(tmp_path / "survey", SURVEY, claims))
            caught += bool({r.id for r in report.rows if r.verdict == "inconsistent"} - before)
    return caught, planted


def test_the_stated_rate_is_the_rate_of_whole_audits(tmp_path):
    caught, planted = by_hand(tmp_path)
    found = detection_power(survey(tmp_path))
    constants = sum(len(one_digit_errors("180")) for _ in range(4))  # 180 stands in four formulas
    assert found.planted - constants == planted
    assert found.caught - _caught_constants(tmp_path) == caught
    assert not found.sampled and 0.8 < found.share_checked <= 1


def _caught_constants(tmp_path: Path) -> int:
    caught = 0
    for i, (name, printed, formula) in enumerate(CLAIMS):
        for wrong in one_digit_errors("180") if "180)" in formula else ():
            claims = [*CLAIMS[:i], (name, printed, formula.replace("180", wrong)), *CLAIMS[i + 1 :]]
            report = audit(folder(tmp_path / "survey", SURVEY, claims))
            caught += any(r.verdict == "inconsistent" for r in report.rows)
    return caught


def test_numbers_under_no_check_lower_the_rate_of_all_numbers(tmp_path):
    """The column of percentages is read by no formula, nor is the claim "spare"."""
    found = detection_power(survey(tmp_path))
    table = found.parts["T1"]
    assert (table.numbers, table.checked) == (8, 4)
    unchecked = [*(p for _, p in SURVEY.values()), "7"]
    assert found.errors - found.checked_errors == sum(len(one_digit_errors(p)) for p in unchecked)
    assert found.share_printed == pytest.approx(found.caught / found.errors)
    assert sum(p.planted for p in found.parts.values()) == found.planted


def test_a_check_that_cannot_fail_catches_nothing(tmp_path):
    claims = [("wide", "text", "at least 0", 'T1["men", "n"] + T1["women", "n"]')]
    found = detection_power(audit(folder(tmp_path / "wide", SURVEY, claims)))
    assert found.planted and not found.caught and found.share_printed == 0
    nothing = detection_power(audit(folder(tmp_path / "none", SURVEY, [("a", "7", "")])))
    assert (nothing.planted, nothing.share_checked) == (0, 0)


def test_a_sample_is_deterministic_and_close(tmp_path):
    report = survey(tmp_path)
    whole, first, second = detection_power(report), detection_power(report, most=150), detection_power(report, most=150)
    assert first == second and first.sampled and first.planted == 150
    assert abs(first.share_checked - whole.share_checked) < 0.1
    assert "a sample of 150" in str(first) and "sample" not in str(whole)


def test_errors_in_an_inconsistent_row_are_not_counted_as_caught(tmp_path):
    claims = [("wrong", "99", 'T1["men", "n"] + 0')]
    found = detection_power(audit(folder(tmp_path / "bad", SURVEY, claims)))
    assert found.planted and not found.caught


def test_what_stands_outside_the_counts_has_no_part_in_the_power(tmp_path):
    """A repaired table read a second time, and a count by hand, catch nothing and hold no number."""
    claims = [("men", "51.1", 'share(T1["men", "n"], 180)')]
    aside = [*claims, ("again", "aside", "48.9", 'share(T1["women", "n"], 180)'), ("hand", "3", "1 + 1 + 1")]
    alone = detection_power(audit(folder(tmp_path / "alone", SURVEY, claims)))
    with_aside = detection_power(audit(folder(tmp_path / "aside", SURVEY, aside)))
    assert (alone.planted, alone.caught, alone.checked) == (with_aside.planted, with_aside.caught, with_aside.checked)


@pytest.mark.parametrize("call, name", [
    (lambda r: detection_power(r, most=0), "most"), (lambda r: detection_power(r, "99-nothing"), "chapter"),
    (lambda r: detection_power(r + r), "chapter"),
])  # fmt: skip
def test_bad_arguments_are_named(tmp_path, call, name):
    with pytest.raises(ValueError, match=name):
        call(survey(tmp_path))
