"""The command line: exit codes, messages, the template."""

import csv
import subprocess
import sys
from pathlib import Path

import mpmath
import pytest

from replica import cli
from replica.audit import CHECKS, audit

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def example(tmp_path, capsys):
    folder = tmp_path / "example"
    assert cli.main(["new-audit", str(folder)]) == 0
    capsys.readouterr()
    return folder


def test_the_template_runs_and_finds_its_one_misprint(example, tmp_path, capsys):
    out = tmp_path / "ledger.csv"
    assert cli.main(["audit", str(example), "--out", str(out)]) == 1
    shown = capsys.readouterr().out
    assert "1 inconsistent" in shown and "t3.distance.t" in shown and "\x1b[" not in shown
    rows = list(csv.DictReader(out.open(encoding="utf-8")))
    assert [r["id"] for r in rows if r["verdict"] == "inconsistent"] == ["t3.distance.t"]
    assert audit(example).warnings == []


def test_exit_code_zero_once_it_is_mended(example, tmp_path, capsys):
    table, claims = example / "table-3.csv", example / "claims.csv"
    table.write_text(table.read_text().replace("-1.13", "-1.31"))
    claims.write_text("\n".join(x for x in claims.read_text().splitlines() if not x.startswith("t3.distance.t")))
    assert cli.main(["audit", str(example), "--out", str(tmp_path / "l.csv"), "--all"]) == 0
    assert "(48 + 51) / 120 × 100" in capsys.readouterr().out


def test_what_cannot_be_read_is_reported_and_the_rest_is_audited(example, tmp_path, capsys):
    with open(example / "claims.csv", "a", encoding="utf-8") as file:
        file.write("new,,figure,x,1,,,,,\nother,,number,x,1,2 +,,,,\n")
    out = tmp_path / "ledger.csv"
    assert cli.main(["audit", str(example), "--out", str(out)]) == 4
    shown = capsys.readouterr()
    assert "row 15 (new), column kind" in shown.err and "row 16 (other), column formula" in shown.err
    assert "t3.distance.t" in out.read_text(encoding="utf-8")


def test_where_nothing_can_be_audited_nothing_is_written(example, tmp_path, capsys):
    (example / "claims.csv").write_text("id,where\nx,y\n")
    out = tmp_path / "ledger.csv"
    assert cli.main(["audit", str(example), "--out", str(out)]) == 2
    assert not capsys.readouterr().out and not out.exists()
    assert cli.main(["audit"]) == 2 and "new-audit" in capsys.readouterr().err
    assert cli.main(["audit", str(tmp_path / "nothing")]) == 2


def test_a_ledger_that_cannot_be_written_is_code_three(example, tmp_path, capsys):
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert cli.main(["audit", str(example), "--out", str(blocked / "ledger.csv")]) == 3
    assert "cannot be written" in capsys.readouterr().err


def test_new_audit_refuses_to_overwrite(example, capsys):
    before = {p.name: p.read_bytes() for p in example.iterdir()}
    assert cli.main(["new-audit", str(example)]) == 2
    assert "nothing was written" in capsys.readouterr().err
    assert {p.name: p.read_bytes() for p in example.iterdir()} == before


def test_the_list_of_checks_names_reference_and_assumptions(capsys):
    assert cli.main(["audit", "--list-checks"]) == 0
    shown = capsys.readouterr().out
    assert all(check.name in shown for check in CHECKS.values())
    assert shown.count("reference: ") == shown.count("assumes: ") == len(CHECKS)
    assert all(check.example in shown for check in CHECKS.values())
    assert cli.main(["audit", "--list-checks", "a test result"]) == 0
    assert "p_from_t(2.20, 28)" in capsys.readouterr().out
    assert cli.main(["audit", "--list-checks", "frogs"]) == 2


def test_power(example, tmp_path, capsys):
    assert cli.main(["audit", str(example), "--power", "--out", str(tmp_path / "l.csv")]) == 1
    assert "one-digit errors" in capsys.readouterr().out


def test_a_table_that_no_claim_calls_is_mended_by_name(example, capsys):
    (example / "table-1.csv").unlink()
    assert cli.main(["audit", str(example), "--out", str(example.parent / "ledger.csv")]) == 4
    assert "T1: no such table (known: T2, T3)" in capsys.readouterr().err


def test_the_audit_needs_python_and_mpmath_alone():
    """Runs in a browser's Python: nothing outside the standard library is imported but mpmath, which is pure Python."""
    code = (
        "import sys; before = set(sys.modules); import replica.cli, replica.audit.report; "
        "import replica.audit.edits, replica.audit.power; "
        "new = {m.partition('.')[0] for m in set(sys.modules) - before}; "
        "print(sorted(new - set(sys.stdlib_module_names) - {'replica', 'mpmath', 'gmpy2'}))"
    )
    places = [str(ROOT / "lib"), str(Path(mpmath.__file__).parents[1])]
    command = [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {places!r}; {code}"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
