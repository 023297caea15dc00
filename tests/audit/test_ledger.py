"""Transcription folders: what is refused, what the ledger says, and that it is written whole or not at all."""

import csv
import io
import os
from pathlib import Path

import pytest

from replica.audit import FaultyInput, audit, load
from replica.audit.ledger import COLUMNS, write_whole
from replica.audit.transcription import CLAIM_COLUMNS

HEADER = ",".join(CLAIM_COLUMNS)
TABLE = "item,mean,n,pct\nA,2.36,92,51.1\nB,1.87,88,48.9\nC,1.41,,\nall,1.88,180,100.0\n"


def claim(**fields):
    """One line of claims.csv."""
    given = dict.fromkeys(CLAIM_COLUMNS, "") | {"kind": "number", "statement": "a claim"} | fields
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(given[c] for c in CLAIM_COLUMNS)
    return buffer.getvalue()


@pytest.fixture
def folder(tmp_path):
    """Writes a folder from lines of claims.csv and other files."""

    def write(*claims, **files):
        place = tmp_path / "99-example"
        place.mkdir(exist_ok=True)
        contents = {"table_1": TABLE, "claims": "\n".join([HEADER, *claims]) + "\n"} | files
        for name, content in contents.items():
            ending = ".toml" if name == "article" else ".csv"
            path = place / (name.replace("_", "-") + ending)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return place

    return write


def faults(place):
    with pytest.raises(FaultyInput) as caught:
        audit(place)
    return caught.value.faults


MEAN = 'mean(T1["A":"C", "mean"])'


# --- the ledger ------------------------------------------------------------------------------------------------------
def test_one_row_of_every_verdict(folder):
    report = audit(
        folder(
            claim(id="ok", printed="1.88", formula=MEAN),
            claim(id="sharp", printed="51.1", formula='share(T1["A", "n"], 180)'),
            claim(id="last", printed="0.20", formula="9700 / 8030 - 1"),
            claim(id="bad", printed="1.98", formula=MEAN, diagnosis="slip", explanation="1.88", matters="no"),
            claim(id="free", printed="7.5", note="no source"),
            claim(id="words", kind="text", printed="above 1", formula='minimum(T1["A":"C", "mean"])'),
            claim(id="cell", kind="text", printed="below 3", formula='T1["A", "mean"]'),
            claim(id="year", kind="context", printed="2025"),
            claim(id="small", kind="design"),
            claim(id="tab", kind="table", formula='frequency(T1, count="n", percent="pct", n=180)'),
        )
    )
    verdict = {row.id: row.verdict for row in report.rows}
    assert verdict["ok"] == verdict["sharp"] == verdict["words"] == verdict["cell"] == "consistent"
    assert (verdict["last"], verdict["bad"], verdict["free"]) == ("last digit", "inconsistent", "not checkable")
    assert (verdict["year"], verdict["small"]) == ("context", "remark")
    assert verdict["tab.T1.total"] == "inconsistent" and verdict["tab.A"] == "consistent"  # the row `all` is in the sum
    n = report.counts()
    assert n["claims"] == len(report.rows) - 2 and n["checked"] == n["claims"] - 1
    assert n["weak"] == 3  # the two bounds lie far away
    assert report["ok"].weak and not report["sharp"].weak
    assert str(report).startswith("99-example") and "1 number for context" in " ".join(str(report).split())


def test_claims_count_once_and_causes_are_defects(folder):
    """Two checks of one cell are one claim, two rows with one explanation one defect; readings aside count nowhere."""
    slip = {"diagnosis": "slip", "explanation": "A digit: 93 for 92."}
    report = audit(
        folder(
            claim(id="a", printed='T1["A", "mean"]', formula='T1["B", "mean"] + 5'),
            claim(id="b", printed='T1["A", "mean"]', formula='T1["A", "n"] / T1["A", "n"] * T1["A", "mean"]'),
            claim(id="c", printed="93", formula='T1["A", "n"] * 1', **slip),
            claim(id="d", printed="95", formula='T1["A", "n"] + 1', **slip),
            claim(id="e", printed="99", formula='T1["A", "n"] + 2'),
            claim(id="again", kind="aside", printed="99", formula='T1["A", "n"] + 2'),
            claim(id="hand", printed="3", formula="1 + 1 + 1"),
            claim(id="remark", kind="design", matters="yes"),
        )
    )
    n = report.counts()
    assert (n["claims"], n["inconsistent"], n["consistent"]) == (4, 4, 0)  # of two verdicts on a cell the worse counts
    assert (n["defects"], n["aside"], n["remark"], n["matters"]) == (3, 2, 1, 1)
    assert [r.claim for r in report.rows] == ["a", "a", "c", "d", "e", "", "", ""]
    assert [r.defect for r in report.rows] == ["a", "", "c", "c", "e", "", "", ""]
    assert "4 of 4 claims checked: 4 inconsistent (3 defects)" in str(report)
    assert report["hand"].aside and report["again"].verdict == "inconsistent"


def test_a_count_is_shown_as_it_is_read(folder):
    (row,) = audit(folder(claim(id="x", printed="310", formula="86.5 * (1 / 0.219 - 1) + 2"))).rows
    assert "read as [309.5, 310.5]" in row.arithmetic


def test_a_formula_that_types_the_printed_number_is_refused(folder):
    (fault,) = faults(folder(claim(id="x", printed="6,280", formula='repeats("6,280")')))
    assert "the printed number itself is typed there" in fault
    assert audit(folder(claim(id="x", printed="0.12", formula="repeats(0.15)")))["x"].verdict == "inconsistent"


def test_ledger_columns_and_outward_rounding(folder):
    report = audit(folder(claim(id="x", where="Table 1", printed="1.88", formula=MEAN, note="a, b")))
    (row,) = csv.DictReader(io.StringIO(report.to_csv()))
    assert tuple(row) == COLUMNS
    assert (row["chapter"], row["verdict"], row["discriminates"]) == ("99-example", "consistent", "no")
    assert row["note"] == "a, b"
    assert (row["recomputed_low"], row["recomputed_high"]) == ("1.875", "1.885")
    thirds = audit(folder(claim(id="x", printed="0.67", formula="2 / 3")))["x"].record()
    assert (thirds["recomputed_low"], thirds["recomputed_high"]) == ("0.666666666666", "0.666666666667")


@pytest.mark.parametrize(
    ("printed", "formula", "sentence"),
    [
        ("1.88", MEAN, "(2.36 + 1.87 + 1.41) / 3 = 1.880, in [1.875, 1.885]; printed 1.88, read as [1.875, 1.885]"),
        ("51.1 %", "share(92, 180)", "92 / 180 × 100 ≈ 51.11; printed 51.1 %, read as [51.05, 51.15]"),
        ("180", "92 + 88", "92 + 88 = 180; printed 180"),
        ("1.9 %", "growth(321557, 31562.8)",
         "(321557 / 31562.8 − 1) × 100 ≈ 918.78, in [918.78, 918.79]; printed 1.9 %, read as [1.85, 1.95]"),
        (
            "500",
            "possible_observations(31, 18)",
            "at most the product of 31, 18 in [1.0, 558.0]; printed 500, read as [499.5, 500.5]",
        ),
        (
            "0.5",
            "sqrt(0.0 - 2)",
            "√(0.0 − 2): impossible, whatever unrounded numbers stand behind the printed ones; printed 0.5",
        ),
        ("-1.0", "-(1.5 - 0.5) * 1 - -2", "−(1.5 − 0.5) × 1 − (−2) = 1.00, in [0.90, 1.10]; printed -1.0, "
         "read as [−1.05, −0.95]"),
    ],
)  # fmt: skip
def test_the_arithmetic_in_words(folder, printed, formula, sentence):
    assert audit(folder(claim(id="x", printed=printed, formula=formula)))["x"].arithmetic == sentence


def test_printed_may_name_the_cell(folder):
    report = audit(
        folder(
            claim(id="named", printed='T1["all", "mean"]', formula=MEAN),
            claim(id="found", where="Table 1", printed="1.88", formula=MEAN),
            claim(id="own", where="Section 2", printed="1.88", formula=MEAN),
        )
    )
    assert report["named"].printed == "1.88"
    assert report["named"].target_key == report["found"].target_key == ("T1", "all", "mean")
    assert report["own"].target_key == ("own", "printed", "")


def test_keys_and_recheck(folder):
    report = audit(folder(claim(id="x", printed="1.88", formula=f"{MEAN} + 0.00"), claim(id="y", kind="design")))
    row = report["x"]
    assert row.inputs == (("T1", "A", "mean"), ("T1", "B", "mean"), ("T1", "C", "mean"), ("x", "constant", "0.00"))
    assert row.keys[-1] == ("x", "printed", "")
    assert row.recheck({("T1", "A", "mean"): "2.56"}) == "inconsistent"
    assert row.recheck({("x", "printed", ""): "1.95"}) == "inconsistent"
    assert row.recheck({("x", "constant", "0.00"): "0.07", ("x", "printed", ""): "1.95"}) == "consistent"
    assert row.recheck({("T1", "A", "mean"): "2.3.6"}) == "inconsistent"
    assert row.recheck({("T1", "A", "n"): "1"}) == "consistent" == row.verdict  # not read by this row
    assert report["y"].recheck({("T1", "A", "n"): "1"}) == "remark" and report["y"].keys == ()
    known = report.printed_numbers()
    assert known["T1", "A", "mean"] == "2.36" and known["x", "constant", "0.00"] == "0.00"


def test_rows_of_a_table_check_can_be_annotated(folder):
    call = claim(id="t", kind="table", formula='frequency(T1, count="n", percent="pct", n=180)')
    note = claim(id="t.T1.total", kind="table", statement="", diagnosis="slip", explanation="the total row")
    report = audit(folder(call, note))
    assert report["t.T1.total"].diagnosis == "slip" and not report["t.A"].diagnosis
    assert any("no row of a table check" in f for f in faults(folder(call, note.replace("T1.total", "nothing"))))


def test_warnings(folder):
    report = audit(
        folder(
            claim(id="fine", printed="1.88", formula=MEAN, diagnosis="slip"),
            claim(id="bad", printed="1.98", formula=MEAN),
            claim(id="free", printed="7.5"),
        )
    )
    text = "\n".join(report.warnings)
    assert "fine: a diagnosis (slip) stands on a row that comes out consistent" in text
    assert "inconsistent without a diagnosis: bad" in text
    assert "not checkable, and the note does not say why: free" in text


def test_several_folders_add_up(folder, tmp_path):
    first = folder(claim(id="x", printed="1.88", formula=MEAN))
    second = tmp_path / "98-other"
    first.rename(second)
    report = audit(second, folder(claim(id="x", printed="1.98", formula=MEAN)))
    assert report.chapters == ["98-other", "99-example"]
    assert report.counts()["checked"] == 2 and report.counts("98-other")["consistent"] == 1
    assert report["99-example/x"].verdict == "inconsistent" and report["x"].chapter == "98-other"
    with pytest.raises(ValueError, match="no row"):
        report["nothing"]


# --- what is refused -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"id": ""}, "row 2, column id"),
        ({"id": "a b"}, "row 2, column id"),
        ({"kind": "figure"}, "row 2 (x), column kind: 'figure' is none of number"),
        ({"printed": ""}, "column printed"),
        ({"printed": "12,34,5"}, "column printed: '12,34,5' cannot be read as a number"),
        ({"printed": 'T1["D", "mean"]'}, "column printed"),
        ({"printed": 'T1["C", "n"]'}, "column printed"),
        ({"formula": "1.88"}, "column formula"),
        ({"formula": 'T1["A", "maen"] + 1'}, "did you mean mean?"),
        ({"formula": "T2['A', 'mean'] + 1"}, "no such table (known: T1)"),
        ({"formula": "import os"}, "column formula"),
        ({"formula": "cagr(2, 1, 0.5)"}, "years"),
        ({"kind": "table", "printed": "", "formula": "1 + 2"}, "one call of a table check"),
        ({"kind": "table", "printed": "", "formula": "frequency(T1)"}, "count, percent"),
        ({"kind": "table", "formula": "frequency(T1)"}, "column printed: stays empty"),
        ({"kind": "context", "formula": "1 + 1"}, "column formula: stays empty"),
        ({"kind": "fact", "formula": ""}, "column note: a remark of kind 'fact' names the reference"),
        ({"diagnosis": "fraud"}, "column diagnosis"),
        ({"matters": "maybe"}, "column matters"),
    ],
)
def test_faulty_claims_are_refused_with_row_and_column(folder, fields, message):
    good = {"id": "x", "printed": "1.88", "formula": MEAN}
    (fault, *_) = faults(folder(claim(**good | fields)))
    assert fault.startswith(str(Path("99-example")) + "/") or "99-example/claims.csv" in fault
    assert message in fault


def test_all_faults_come_at_once(folder):
    found = faults(folder(claim(id="a", kind="x"), claim(id="a", printed="1", matters="x"), claim(id="b", printed="")))
    assert len(found) >= 4 and any("'a' occurs twice" in f for f in found)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"claims": ""}, "claims.csv: it is empty"),
        ({"claims": "id,where\nx,y\n"}, "columns missing: printed, formula"),
        ({"claims": HEADER + ",extra\n"}, "unknown: extra"),
        ({"claims": HEADER + "\nx,y\n"}, "row 2: 2 cells, the header has 10"),
        ({"claims": HEADER + '\nx,"y\n'}, "claims.csv, row"),
        ({"claims": HEADER.encode() + b"\n\xe9,,,,,,,,,\n"}, "row 2: not UTF-8"),
        ({"table_1": "item,a,a\nx,1,2\n"}, "'a' occurs twice"),
        ({"table_1": "item,a\nx,1\nx,2\n"}, "row 3, column item: the row name 'x' occurs twice"),
        ({"table_1": "item,a\n,1\n"}, "a row needs a name"),
        ({"table_1": "item,,b\nx,1,2\n"}, "row 1, column 2: a column needs a name"),
        ({"table_1": "item,a\nx,1,000\n"}, "row 2: 3 cells, the header has 2"),
        ({"table_x": "item,a\n"}, "called table-K.csv"),
        ({"article": "title = "}, "article.toml"),
        ({"conclusions": "id,where\n"}, "conclusions.csv, row 1"),
        ({"conclusions": "id,where,conclusion,basis,reason,would_change\nc,,x,guess,,y\n"}, "column basis: 'guess'"),
        ({"conclusions": "id,where,conclusion,basis,reason,would_change\nc,,x,reason,,y\n"}, "column reason"),
    ],
)
def test_faulty_files_are_refused_with_file_and_row(folder, files, message):
    assert any(message in fault for fault in faults(folder(**files)))


def test_a_missing_folder_or_claims_file(folder, tmp_path):
    assert "no such folder" in faults(tmp_path / "nothing")[0]
    place = folder(claim(id="x", printed="1"))
    (place / "claims.csv").unlink()
    assert "no such file" in faults(place)[0]
    with pytest.raises(ValueError, match="folders"):
        audit()


def test_byte_order_mark_and_windows_line_ends_are_read(folder):
    lines = "\r\n".join([HEADER, claim(id="x", printed="1.88", formula=MEAN)])
    assert audit(folder(claims=b"\xef\xbb\xbf" + lines.encode())).rows[0].verdict == "consistent"


def test_the_transcription_keeps_what_is_printed(folder):
    transcription = load(folder(claim(id="x", printed="1"), article='title = "T"\n'))
    assert transcription.tables["T1"].cells["all", "pct"] == "100.0" and transcription.article == {"title": "T"}


# --- writing ---------------------------------------------------------------------------------------------------------
def test_a_failed_write_leaves_the_old_ledger_and_no_litter(tmp_path, monkeypatch):
    path = tmp_path / "_build" / "ledger.csv"
    write_whole(path, "old")

    def broken(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(OSError, match="disk full"):
        write_whole(path, "new")
    assert path.read_text() == "old" and [p.name for p in path.parent.iterdir()] == ["ledger.csv"]


def test_two_audits_give_the_same_bytes(folder):
    place = folder(*[claim(id=f"c{k}", printed="1.88", formula=f"{MEAN} + {k}") for k in range(20)])
    assert audit(place).to_csv() == audit(place).to_csv()


def test_rows_whose_names_differ_in_punctuation_only_keep_apart(folder):
    table = "item,n,pct\na b,1,25.0\na-b,3,75.0\n"
    call = claim(id="t", kind="table", formula='frequency(T1, count="n", percent="pct")')
    report = audit(folder(call, table_1=table))
    assert [row.id for row in report.rows] == ["t.a-b", "t.a-b-2"]
