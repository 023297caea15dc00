"""The smallest set of misprints and the detection power, against planted errors and whole audits."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from replica.audit.diagnosis import detection_power, hitting_sets, misprints, one_digit_errors, slips
from replica.audit.ledger import Report, audit

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


def edited(solution) -> dict:
    return {edit.key: {edit.proposed, *edit.alternatives} for edit in solution}


# --- edits -----------------------------------------------------------------------------------------------------------
def test_every_digit_becomes_every_other_digit():
    assert len(one_digit_errors("24.19")) == 4 * 9 - 1  # but no leading zero
    assert len(one_digit_errors("0.496**")) == 4 * 9 and "0.486**" in one_digit_errors("0.496**")
    assert one_digit_errors("7") == list("012345689")
    assert one_digit_errors("none") == []


def test_slips_of_a_hand_or_a_typesetter():
    kinds = {new: kind for kind, new in slips("-0.867**")}
    assert kinds["0.867**"] == "sign" and kinds["-867**"] == "decimal point" and kinds["-0.876**"] == "transposition"
    assert kinds["-0.967**"] == "digit" and "-0.867**" not in kinds
    assert ("decimal point", "18.0") in slips("180") and ("decimal point", "1800") in slips("180")
    assert ("transposition", "018") not in slips("108")


def test_hitting_sets_are_minimal_and_complete():
    sets = [("a", "b"), ("b", "c"), ("c", "d")]
    assert list(hitting_sets(sets, 1)) == []
    assert {frozenset(h) for h in hitting_sets(sets, 2)} == {frozenset(p) for p in ("ac", "bc", "bd")}
    assert list(hitting_sets(sets, 3)) == []  # every larger hitting set holds a smaller one


# --- the smallest set of misprints -----------------------------------------------------------------------------------
def test_nothing_to_explain(tmp_path):
    found = misprints(survey(tmp_path))
    assert (found.failed, found.size, found.groups) == (0, 0, ()) and str(found) == "No check failed."


def test_one_misprint_explains_two_failed_checks(tmp_path):
    """82 for 92 men breaks a share and a sum: only the count itself explains both, and its true value is proposed."""
    found = misprints(survey(tmp_path, men=("82", "51.1")))
    assert (found.failed, found.least, found.size) == (2, 1, 1)
    assert edited(found.groups[0].solutions[0]) == {("T1", "men", "n"): {"92"}}
    assert len(found.groups[0].solutions) == 1 and found.groups[0].complete


def test_passing_checks_pin_numbers_down(tmp_path):
    """A wrong printed share could be the share or the count; the sum that passes clears the count."""
    claims = [c if c[0] != "men" else ("men", "51.9", c[2]) for c in CLAIMS]
    found = misprints(audit(folder(tmp_path / "a", SURVEY, claims)))
    assert found.size == 1 and [edited(s) for s in found.groups[0].solutions] == [{("men", "printed", ""): {"51.1"}}]


def test_two_independent_misprints(tmp_path):
    found = misprints(survey(tmp_path, men=("82", "51.1"), old=("36", "35.0")))
    assert (len(found.groups), found.least, found.size) == (2, 2, 2)
    solution = edited(found.groups[1].solutions[0])
    assert solution == {("T1", "old", "n"): {"63"}}
    assert found.groups[1].solutions[0][0].kind == "transposition"


def test_two_misprints_in_one_group(tmp_path):
    """Both counts of one sum are wrong: three failed checks share numbers, and no single one explains them."""
    found = misprints(survey(tmp_path, men=("82", "51.1"), women=("89", "48.9")))
    (group,) = found.groups
    assert (len(group.rows), group.least, group.size) == (3, 2, 2)
    assert edited(group.solutions[0]) == {("T1", "men", "n"): {"92"}, ("T1", "women", "n"): {"88"}}


def test_numbers_that_only_act_together(tmp_path):
    """Each factor repairs a sum of its own, and only both together the product: 5 × 10 = 50, within the rounding."""
    table = {"a": ("3.0", ""), "b": ("8.0", ""), "c": ("2.0", ""), "d": ("1.0", "")}
    cell = '(T1["{}", "n"])'.format
    claims = [
        ("product", "50.0", f"{cell('a')} * {cell('b')}"),
        ("first", "7.0", f"{cell('a')} + {cell('c')}"),
        ("second", "11.0", f"{cell('b')} + {cell('d')}"),
    ]
    found = misprints(audit(folder(tmp_path / "joint", table, claims)))
    solution = edited(found.groups[0].solutions[0])
    assert found.size == 2 and solution["T1", "a", "n"] == {"5.0"} and solution["T1", "b", "n"] <= {"9.9", "10.0"}


def test_a_value_beyond_simple_slips_is_found(tmp_path):
    claims = [("total", "180", 'sum(T1["men":"women", "n"])'), ("men", "51.1", 'share(T1["men", "n"], 180)')]
    table = SURVEY | {"women": ("35", "48.9")}
    found = misprints(audit(folder(tmp_path / "far", table, claims)))
    proposals = {k: v for s in found.groups[0].solutions for k, v in edited(s).items()}
    assert "88" in proposals["T1", "women", "n"]


def test_exchanged_rows_are_one_slip(tmp_path):
    claims = CLAIMS[:2] + [("more", "4", 'T1["men", "n"] - T1["women", "n"]')]
    found = misprints(audit(folder(tmp_path / "x", SURVEY | {"men": ("88", ""), "women": ("92", "")}, claims)))
    assert found.failed == 3 and found.size == 1
    assert {e.kind for e in found.groups[0].solutions[0]} == {"exchange"}


def test_a_statement_in_words_can_be_withdrawn(tmp_path):
    claims = [*CLAIMS, ("most", "text", "above 95", 'T1["men", "n"]')]
    found = misprints(audit(folder(tmp_path / "text", SURVEY, claims)))
    assert found.size == 1 and found.groups[0].solutions[-1][0].kind == "statement"


def test_each_planted_error_is_explained_by_its_own_number(tmp_path):
    """Whatever digit of a table's count is changed: where a check fails, that number alone explains it."""
    for row, (text, percent) in SURVEY.items():
        for wrong in one_digit_errors(text)[::4]:
            report = survey(tmp_path, **{row: (wrong, percent)})
            found = misprints(report)
            if found.failed:
                keys = [set(edited(s)) for g in found.groups for s in g.solutions]
                assert found.size == 1 and {("T1", row, "n")} in keys, (row, wrong)


def test_no_explanation(tmp_path):
    """A formula without any printed number but the claim's: two claims about it that contradict each other stay."""
    claims = [("a", "5", 'T1["men", "n"] * 1'), ("b", "6", 'T1["men", "n"] * 1')]
    found = misprints(audit(folder(tmp_path / "no", {"men": ("7", "")}, claims)))
    assert found.failed == 2 and found.least == 1 and found.size == 2


# --- detection power -------------------------------------------------------------------------------------------------
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


@pytest.mark.parametrize("call, name", [
    (lambda r: misprints(r, most=0), "most"), (lambda r: detection_power(r, most=0), "most"),
    (lambda r: misprints(r, "99-nothing"), "chapter"), (lambda r: detection_power(r + r), "chapter"),
])  # fmt: skip
def test_bad_arguments_are_named(tmp_path, call, name):
    with pytest.raises(ValueError, match=name):
        call(survey(tmp_path))
