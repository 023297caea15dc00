"""The smallest set of edits, against errors planted in a clean article."""

from __future__ import annotations

import csv
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest

from replica.audit.edits import KINDS, hitting_sets, smallest_edits
from replica.audit.ledger import Report, audit
from replica.audit.slips import one_digit_errors, slips, star_errors

ROOT = Path(__file__).parents[2]
SLUGS = sorted(path.parent.name for path in (ROOT / "data").glob("*/claims.csv"))
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


def written(
    path: Path, tables: list[list[list[str]]], claims: list[tuple], people: dict[str, tuple] | None = None
) -> Path:
    """A transcription folder; a claim is (id, kind, printed, formula), `people` adds (diagnosis, explanation)."""
    path.mkdir(parents=True, exist_ok=True)
    for k, table in enumerate(tables, 1):
        with (path / f"table-{k}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(table)
    with (path / "claims.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for name, kind, printed, formula in claims:
            said = (people or {}).get(name, ("", ""))
            writer.writerow([name, "", kind, f"claim {name}", printed, formula, *said, "", ""])
    return path


def folder(path: Path, table: dict[str, tuple], claims: list[tuple], people: dict[str, tuple] | None = None) -> Path:
    """One table of counts and percentages; a claim is (id, printed, formula) or (id, kind, printed, formula)."""
    rows = [["row", "n", "percent"], *([row, *cells] for row, cells in table.items())]
    return written(path, [rows], [c if len(c) == 4 else (c[0], "number", *c[1:]) for c in claims], people)


def survey(tmp_path: Path, **changes: tuple) -> Report:
    return audit(folder(tmp_path / "survey", SURVEY | changes, CLAIMS))


def cells(solution) -> dict:
    return {key: text for edit in solution for key, text in edit.cells}


# --- slips of one number ---------------------------------------------------------------------------------------------
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
    assert star_errors("0.05**") == ["0.05*", "0.05***", "0.05"]


def test_hitting_sets_are_minimal_and_complete():
    sets = [("a", "b"), ("b", "c"), ("c", "d")]
    assert list(hitting_sets(sets, 1)) == []
    assert {frozenset(h) for h in hitting_sets(sets, 2)} == {frozenset(p) for p in ("ac", "bc", "bd")}
    assert list(hitting_sets(sets, 3)) == []  # every larger hitting set holds a smaller one


# --- a clean article, and one error of each kind ---------------------------------------------------------------------
REGIONS = ["north", "east", "south", "west", "centre", "coast"]
SHOPS = [412, 187, 265, 318, 149, 233]
STAFF = [2890, 1496, 1855, 2862, 894, 1631]
SALES = ["7.31", "-2.46", "5.92", "9.84", "-3.17", "4.58"]  # growth in percent, both years the same in the text


def article() -> tuple[list[list[str]], list[tuple]]:
    """Six regions with shops, staff, staff a shop, growth; every number is checked at least twice."""
    ratio = [f"{b / a:.3f}" for a, b in zip(SHOPS, STAFF, strict=True)]
    table = [["region", "shops", "staff", "ratio", "growth"]]
    table += [[r, str(a), str(b), c, g] for r, a, b, c, g in zip(REGIONS, SHOPS, STAFF, ratio, SALES, strict=True)]
    claims = []
    for r, a, b, g in zip(REGIONS, SHOPS, STAFF, SALES, strict=True):
        claims += [
            (f"ratio-{r}", "number", f'T1["{r}", "ratio"]', f'T1["{r}", "staff"] / T1["{r}", "shops"]'),
            (f"share-{r}", "number", f"{100 * a / sum(SHOPS):.2f} %", f'share(T1["{r}", "shops"], {sum(SHOPS)})'),
            (f"staff-{r}", "number", f"{100 * b / sum(STAFF):.2f} %", f'share(T1["{r}", "staff"], {sum(STAFF)})'),
            (f"level-{r}", "number", f"{500 * (1 + float(g) / 100):.2f}",
             f'500 * (100 + T1["{r}", "growth"]) / 100'),
        ]  # fmt: skip
    claims.append(("shops", "number", f"{sum(SHOPS):,}", 'sum(T1[:, "shops"])'))
    claims.append(("staff", "number", f"{sum(STAFF):,}", 'sum(T1[:, "staff"])'))
    return table, claims


def planted(tmp_path: Path, change) -> tuple[Report, list[list[str]]]:
    """The audit of the article after `change` has altered its table, and the table as it was."""
    clean, claims = article()
    table = [list(row) for row in clean]
    change(table)
    return audit(written(tmp_path / "planted", [table], claims)), clean


def column(table: list[list[str]], name: str) -> int:
    return table[0].index(name)


def _digit(table):
    table[2][column(table, "staff")] = "1406"


def _sign(table):
    table[2][column(table, "growth")] = "2.46"


def _point(table):
    table[4][column(table, "ratio")] = "90.00"


def _moved_down(table):
    k = column(table, "staff")
    texts = [row[k] for row in table[1:]]
    for row, text in zip(table[1:], [texts[-1], *texts[:-1]], strict=True):
        row[k] = text


def _block_moved(table):
    k = column(table, "growth")
    texts = [row[k] for row in table[2:6]]
    for row, text in zip(table[2:6], [*texts[1:], texts[0]], strict=True):
        row[k] = text


def _columns(table):
    a, b = column(table, "shops"), column(table, "staff")
    for row in table[1:]:
        row[a], row[b] = row[b], row[a]


def _labels(table):
    table[2][1:], table[5][1:] = table[5][1:], table[2][1:]


def _unit(table):
    k = column(table, "staff")
    for row in table[1:]:
        row[k] = f"{int(row[k]) / 1000:.3f}"


def _pasted(table):
    a, b = column(table, "shops"), column(table, "staff")
    for row in table[1:]:
        row[b] = row[a]


PLANTED = {
    "digit": _digit, "sign": _sign, "decimal point": _point, "column moved": _moved_down,
    "columns exchanged": _columns, "labels exchanged": _labels, "unit": _unit, "column pasted": _pasted,
}  # fmt: skip


def test_the_clean_article_has_nothing_to_explain(tmp_path):
    report, _ = planted(tmp_path, lambda table: None)
    assert not any(row.verdict != "consistent" for row in report.rows)
    found = smallest_edits(report)
    assert (found.failed, found.size, found.groups) == (0, 0, ()) and str(found) == "No check failed."


@pytest.mark.parametrize("kind", PLANTED)
def test_each_planted_error_is_found_as_one_edit(tmp_path, kind):
    """The one edit is of the planted kind and, but for a pasted column, puts the true numbers back."""
    report, clean = planted(tmp_path, PLANTED[kind])
    found = smallest_edits(report)
    assert found.failed and found.size == 1 and len(found.groups) == 1
    (edit,) = found.groups[0].solutions[0]
    assert edit.kind == kind
    assert {e.kind for (e,) in found.groups[0].solutions} == {kind}
    for (_, row, name), text in edit.cells:
        true = next(line for line in clean if line[0] == row)[column(clean, name)]
        assert text is None if kind == "column pasted" else float(text) == float(true)


@pytest.mark.parametrize("name", ["shops", "staff", "ratio", "growth"])
def test_any_block_of_any_column_moved_by_a_row_is_at_most_one_edit(tmp_path, name):
    """Whatever block is turned: where checks fail, one edit explains them, and it may put the true column back."""
    clean, _ = article()
    k = column(clean, name)
    for first, last in combinations(range(1, len(clean)), 2):
        for step in (1, -1):

            def change(table, first=first, last=last, step=step):
                texts = [row[k] for row in table[first : last + 1]]
                for row, text in zip(table[first : last + 1], texts[-step:] + texts[:-step], strict=True):
                    row[k] = text

            report, _ = planted(tmp_path, change)
            found = smallest_edits(report)
            assert found.failed and found.size == 1, (name, first, last, step, str(found))
            true = {("T1", row[0], name): row[k] for row in clean[first : last + 1]}
            assert any(cells(s).items() >= true.items() for g in found.groups for s in g.solutions), (first, last, step)


def test_a_pasted_table_is_one_edit(tmp_path):
    """Two years of the same regions: the second table repeats the first, and the text has the true second year."""
    first, claims = article()
    second = [list(row) for row in first]
    staff = [b + 31 * k + 7 for k, b in enumerate(STAFF)]
    for row, b in zip(second[1:], staff, strict=True):
        row[2], row[3] = str(b), f"{b / int(row[1]):.3f}"
        claims.append((f"share-2-{row[0]}", "number", f"{100 * b / sum(staff):.2f} %",
                       f'share(T2["{row[0]}", "staff"], {sum(staff)})'))  # fmt: skip
        claims.append((f"ratio-2-{row[0]}", "number", f"{100 * b / int(row[1]):.1f}",
                       f'100 * T2["{row[0]}", "ratio"]'))  # fmt: skip
    clean = audit(written(tmp_path / "clean", [first, second], claims))
    assert not any(row.verdict != "consistent" for row in clean.rows)
    found = smallest_edits(audit(written(tmp_path / "pasted", [first, first], claims)))
    assert found.failed > 6 and found.size == 1
    assert {(e.kind, e.where) for (e,) in found.groups[0].solutions} == {("table pasted", "Table 2")}


def test_any_two_labels_and_any_two_columns_exchanged_are_one_edit(tmp_path):
    clean, _ = article()
    pairs = [("row", a, b) for a, b in combinations(range(1, len(clean)), 2)]
    pairs += [("column", a, b) for a, b in combinations(range(1, 5), 2)]
    for what, a, b in pairs:

        def change(table, what=what, a=a, b=b):
            if what == "row":
                table[a][1:], table[b][1:] = table[b][1:], table[a][1:]
            else:
                for row in table[1:]:
                    row[a], row[b] = row[b], row[a]

        report, _ = planted(tmp_path, change)
        found = smallest_edits(report)
        kind = "labels exchanged" if what == "row" else "columns exchanged"
        assert found.size == 1 and found.groups[0].solutions[0][0].kind == kind, (what, a, b, str(found))


def test_a_block_of_a_column_moved_by_a_row_is_one_edit(tmp_path):
    report, clean = planted(tmp_path, _block_moved)
    found = smallest_edits(report)
    assert found.failed == 4 and found.size == 1
    (edit,) = found.groups[0].solutions[0]
    assert edit.kind == "column moved" and edit.what == "east to centre moved down by one row"
    assert {row: text for (_, row, _), text in edit.cells} == dict(zip(REGIONS[1:5], SALES[1:5], strict=True))


def test_a_column_that_starts_in_the_row_of_headings_is_one_edit(tmp_path):
    """The first number stands in a row above the labels, the last place holds another: the true last one is open."""
    clean, claims = article()
    k = column(clean, "ratio")
    texts = [row[k] for row in clean[1:]]
    table = [clean[0], ["header", "", "", texts[0], ""], *([*row] for row in clean[1:])]
    for row, text in zip(table[2:], [*texts[1:], "7.777"], strict=True):
        row[k] = text
    found = smallest_edits(audit(written(tmp_path / "high", [table], claims)))
    assert found.failed == 6 and found.size == 1
    (edit,) = found.groups[0].solutions[0]
    assert edit.kind == "column moved" and edit.what == "header to coast moved down by one row"


def test_two_errors_of_different_kinds_are_two_edits(tmp_path):
    def both(table):
        _digit(table)
        _labels_of_growth(table)

    report, _ = planted(tmp_path, both)
    found = smallest_edits(report)
    assert found.size == 2
    assert {edit.kind for group in found.groups for edit in group.solutions[0]} == {"digit", "labels exchanged"}


def _labels_of_growth(table):
    k = column(table, "growth")
    table[1][k], table[4][k] = table[4][k], table[1][k]


# --- what is never edited, and what is not explained -----------------------------------------------------------------
def test_one_misprint_explains_two_failed_checks(tmp_path):
    """82 for 92 men breaks a share and a sum: only the count itself explains both, and its true value is proposed."""
    found = smallest_edits(survey(tmp_path, men=("82", "51.1")))
    assert (found.failed, found.size) == (2, 1) and found.groups[0].unique
    assert cells(found.groups[0].solutions[0]) == {("T1", "men", "n"): "92"}


def test_passing_checks_pin_numbers_down(tmp_path):
    """A wrong printed share could be the share or the count; the sum that passes clears the count."""
    claims = [c if c[0] != "men" else ("men", "51.9", c[2]) for c in CLAIMS]
    found = smallest_edits(audit(folder(tmp_path / "a", SURVEY, claims)))
    assert [cells(s) for s in found.groups[0].solutions] == [{("men", "printed", ""): "51.1"}]


def test_two_misprints_in_one_group(tmp_path):
    """Both counts of one sum are wrong: three failed checks share numbers, and no single one explains them."""
    found = smallest_edits(survey(tmp_path, men=("82", "51.1"), women=("89", "48.9")))
    (group,) = found.groups
    assert (len(group.rows), group.size) == (3, 2)
    assert {("T1", "men", "n"): "92", ("T1", "women", "n"): "88"} in [cells(s) for s in group.solutions]


def test_numbers_that_only_act_together(tmp_path):
    """Each factor repairs a sum of its own, and only both together the product: 5 × 9 = 45."""
    table = {"a": ("3.0", ""), "b": ("8.0", ""), "c": ("2.0", ""), "d": ("1.0", "")}
    cell = '(T1["{}", "n"])'.format
    claims = [
        ("product", "44.9", f"{cell('a')} * {cell('b')}"),
        ("first", "7.0", f"{cell('a')} + {cell('c')}"),
        ("second", "10.0", f"{cell('b')} + {cell('d')}"),
    ]
    found = smallest_edits(audit(folder(tmp_path / "joint", table, claims)))
    assert found.size == 2 and len(found.groups) == 1
    assert {("T1", "a", "n"): "5.0", ("T1", "b", "n"): "9.0"} in [cells(s) for s in found.groups[0].solutions]


def test_numbers_typed_in_a_formula_are_never_edited(tmp_path):
    """190 for 180 respondents, typed by the audit, fails; changing it is no explanation."""
    claims = [("men", "51.1", 'share(T1["men", "n"], 190)'), ("sexes", "180", 'sum(T1["men":"women", "n"])')]
    found = smallest_edits(audit(folder(tmp_path / "typed", SURVEY, claims)))
    assert found.failed == 1
    assert all(key[1] != "constant" for g in found.groups for s in g.solutions for key in cells(s))
    claims = [("typed", "93", "45 + 46")]
    found = smallest_edits(audit(folder(tmp_path / "only", SURVEY, claims)))
    assert {key for s in found.groups[0].solutions for key in cells(s)} == {("typed", "printed", "")}


def test_a_claim_in_words_is_not_its_own_explanation(tmp_path):
    claims = [*CLAIMS, ("most", "text", "above 95", 'T1["men", "n"]')]
    found = smallest_edits(audit(folder(tmp_path / "text", SURVEY, claims)))
    (group,) = found.groups
    assert (group.rows, group.solutions, group.size) == (("most",), (), None) and found.size is None
    assert str(found) == "1 failed check: no edit of these kinds explains 1."
    claims = [*CLAIMS, ("whole", "exactly 200", 'sum(T1["men":"women", "n"])')]
    found = smallest_edits(audit(folder(tmp_path / "own", SURVEY, claims)))
    assert all(key[0] == "T1" for g in found.groups for s in g.solutions for key in cells(s))


def test_no_explanation(tmp_path):
    """150 is two digits away from every number that could be meant."""
    found = smallest_edits(audit(folder(tmp_path / "no", SURVEY, [("sum", "549", 'sum(T1["men":"women", "n"])')])))
    assert found.size is None and "no edit of these kinds explains 1" in str(found)


def test_a_repaired_value_passes_every_copy_of_the_number(tmp_path):
    """9.34 would pass the second reading; the number stands elsewhere as 9.300, so only 9.30 may be proposed."""
    table = {"b": (".598", ""), "se": (".064", ""), "t": ("9.300", "")}
    formula = 'repeats(T1["t", "n"]) | t_ratio(T1["b", "n"], T1["se", "n"])'
    claims = [("t", "4.300", formula), ("other", "9.300", 'repeats(T1["t", "n"])')]
    found = smallest_edits(audit(folder(tmp_path / "copies", table, claims)))
    assert [cells(s) for s in found.groups[0].solutions] == [{("t", "printed", ""): "9.300"}]
    claims[0] = ("t", "4.925", formula)  # 9.425 passes the ratio, not the copy
    found = smallest_edits(audit(folder(tmp_path / "ratio", table, claims)))
    assert found.size is None


# --- a person's diagnosis ---------------------------------------------------------------------------------------------
def test_a_named_slip_is_shown_and_groups_its_rows(tmp_path):
    words = "A digit of the count of men: 92."
    people = {"men": ("slip", words), "sexes": ("slip", words)}
    found = smallest_edits(audit(folder(tmp_path / "named", SURVEY | {"men": ("82", "51.1")}, CLAIMS, people)))
    (group,) = found.groups
    assert (group.rows, group.named, group.size, group.solutions) == (("men", "sexes"), words, 1, ())
    assert str(found) == "2 failed checks: 1 edit named in a diagnosis would explain 2."


def test_an_unresolved_diagnosis_names_nothing(tmp_path):
    people = {"men": ("unresolved", "One of two."), "sexes": ("unresolved", "One of two.")}
    found = smallest_edits(audit(folder(tmp_path / "open", SURVEY | {"men": ("82", "51.1")}, CLAIMS, people)))
    assert not found.groups[0].named and found.size == 1
    assert str(found) == "2 failed checks: 1 edit found by the search would explain 2."


def test_each_planted_digit_is_explained_by_its_own_number(tmp_path):
    """Whatever digit of a table's count is changed: where a check fails, that number alone explains it."""
    for row, (text, percent) in SURVEY.items():
        for wrong in one_digit_errors(text)[::4]:
            found = smallest_edits(survey(tmp_path, **{row: (wrong, percent)}))
            if found.failed:
                keys = [set(cells(s)) for g in found.groups for s in g.solutions]
                assert found.size == 1 and {("T1", row, "n")} in keys, (row, wrong)


def test_every_kind_is_planted_somewhere():
    assert set(KINDS) - set(PLANTED) == {"stars", "transposition", "table pasted"}


def test_stars_and_transposed_digits(tmp_path):
    table = {"b": ("0.300***", "2.0"), "c": ("0.50", "")}
    claims = [("t", "table", "", 'regression(T1, coefficient="n", t="percent", df=500)')]
    found = smallest_edits(audit(folder(tmp_path / "stars", table, claims)))
    assert ("stars", "0.300**") in {(e.kind, text) for (e,) in found.groups[0].solutions for _, text in e.cells}
    found = smallest_edits(survey(tmp_path, old=("36", "35.0")))
    (edit,) = found.groups[0].solutions[0]
    assert (edit.kind, edit.what) == ("transposition", "36 read as 63")


def test_the_shifted_column_of_article_20_is_found_without_its_diagnosis():
    """Two communalities fail; loadings up by a row, or communalities down, are the only single edits for both."""
    report = audit(ROOT / "data" / "20-lego-co-creation")
    for row in report.rows:
        row.diagnosis = ""
    (group,) = [g for g in smallest_edits(report).groups if "h2-X1" in g.rows]
    assert group.rows == ("h2-X1", "h2-X8") and group.size == 1
    assert {(e.kind, e.where, e.what) for (e,) in group.solutions} == {
        ("column moved", "Table 3, communality", "header to Z7 moved down by one row"),
        ("column moved", "Table 3, loading", "G1 to Z7 moved up by one row"),
    }


@pytest.mark.parametrize("slug", SLUGS)
def test_the_block_does_not_contradict_a_diagnosis(slug):
    """A named slip is shown as a person names it, and no edit is proposed beside it or for half of a defect."""
    report = audit(ROOT / "data" / slug)
    for group in smallest_edits(report).groups:
        rows = [report[identity] for identity in group.rows]
        assert {bool(r.diagnosis in ("slip", "extraction")) for r in rows} == {bool(group.named)}
        assert all(group.named == r.explanation for r in rows if group.named) and not (group.named and group.solutions)
        defects = {r.defect for r in rows}
        assert {r.id for r in report.rows if r.defect in defects} <= set(group.rows) or not group.solutions
        assert all(key[1] != "constant" for s in group.solutions for key in cells(s))


def test_bad_arguments_are_named(tmp_path):
    report = survey(tmp_path)
    for call in (lambda: smallest_edits(report, "99-nothing"), lambda: smallest_edits(report + report)):
        with pytest.raises(ValueError, match="^chapter"):
            call()


def test_the_search_needs_no_numpy():
    code = "import replica.audit.edits, replica.audit.power, sys; print({'numpy', 'scipy'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
