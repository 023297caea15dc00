"""Hostile folders and arguments: each ends in one line and an exit code, in good time, and nothing is overwritten."""

from __future__ import annotations

import os
import time

import mutations
import pytest

from replica import cli

TABLE = "item,a,b\nx,1.5,2\ny,2.5,3\n"


@pytest.fixture
def paper(tmp_path, capsys):
    """Runs the command on a folder; returns (exit code, standard error, seconds)."""
    folder = tmp_path / "paper"
    folder.mkdir()
    (folder / "table-1.csv").write_text(TABLE)

    def run(formula='T1["x", "a"] + T1["y", "a"]', printed="4.0", *options):
        quoted = [f'"{text.replace(chr(34), chr(34) * 2)}"' for text in (printed, formula)]
        if not (folder / "claims.csv").exists() and not (folder / "claims.csv").is_symlink():
            (folder / "claims.csv").write_text(f"id,printed,formula\nfirst,{','.join(quoted)}\nsecond,3,1 + 2\n")
        start = time.monotonic()
        code = cli.main(["audit", str(folder), "--out", str(tmp_path / "out.csv"), "--seconds", "2", *options])
        return code, capsys.readouterr().err, time.monotonic() - start

    run.folder, run.out = folder, tmp_path / "out.csv"
    return run


@pytest.mark.parametrize("name", ["table-2.csv", "article.toml", "conclusions.csv"])
@pytest.mark.parametrize("what", ["folder", "broken link", "loop", "fifo", "zero"])
def test_what_is_no_regular_file_is_one_fault(paper, name, what):
    place = paper.folder / name
    {
        "folder": place.mkdir,
        "broken link": lambda: place.symlink_to("nowhere"),
        "loop": lambda: place.symlink_to(name),
        "fifo": lambda: os.mkfifo(place),
        "zero": lambda: place.symlink_to("/dev/zero"),
    }[what]()
    code, err, _ = paper()
    assert code == 4 and name in err and "Traceback" not in err


@pytest.mark.parametrize("what", ["folder", "broken link", "fifo"])
def test_claims_that_are_no_file(paper, what):
    place = paper.folder / "claims.csv"
    {"folder": place.mkdir, "broken link": lambda: place.symlink_to("nowhere"), "fifo": lambda: os.mkfifo(place)}[
        what
    ]()
    assert paper()[0] == 2


@pytest.mark.parametrize(
    "content", ["[" * 5000 + "]" * 5000, "x = " + "9" * 10_000, "x = " + "[" * 5000], ids=str.__len__
)
def test_an_article_that_cannot_be_parsed(paper, content):
    (paper.folder / "article.toml").write_text(content)
    assert paper()[0] == 4


@pytest.mark.parametrize("name", ["table-01.csv", "table-１.csv"])
def test_two_files_for_one_table(paper, name):
    (paper.folder / name).write_text(TABLE.replace("1.5", "9.5"))
    code, err, _ = paper()
    assert code == 4 and name in err


@pytest.mark.parametrize(
    ("formula", "word"),
    [
        ("cagr(2.5, 1.5, 2019)", "number of years"),
        ("cagr(2.5, 1.5, 1000000000)", "at most 200"),
        ('T1["x", "a"] ** 200 ** 2', "exponent"),
        ('frequency(T1, count="b", **T1)', "* and **"),
        ('parts_sum(T1, column="a", total="Totl")', "no row of T1"),
        ("exact()", "takes one number"),
        ("rounded()", "rounded"),
        ("grim(1e60, 20)", ""),
        ("grim(1.5, 20, n=20)", "multiple values"),
        ("0x105 + 1", "not part"),
        ("1_0.5 + 1", "not part"),
        ("__import__('os') + 1", "no function or check"),
        ("(1).real + 1", "not part"),
        ('item_statistics(T1, mean="a", n="nn")', "no column of T1"),
        ('item_statistics(T1, mean="a", n=500)', "too few decimals"),
        ('p_from_t(2.1, "about 20", 5)', ""),
    ],
)
def test_a_faulty_formula_is_one_line_and_the_rest_is_audited(paper, formula, word):
    whole_table = formula.startswith(("frequency", "parts_sum", "item_statistics"))
    code, err, seconds = paper(formula, "" if whole_table else "4.0")
    assert code in (0, 1, 4) and "Traceback" not in err and seconds < 30
    assert word in err and (not word or (code == 4 and "(first)" in err))


def test_five_thousand_cells_end_in_time(paper):
    rows = "\n".join(f"r{i},{i}.37,{i}.41" for i in range(2500))
    (paper.folder / "table-1.csv").write_text(f"item,a,b\n{rows}\n")
    for formula in ("product(T1[:, :]) / 2.5", 'weighted_mean(T1[:, "a"], T1[:, "b"])'):
        (paper.folder / "claims.csv").unlink(missing_ok=True)
        code, err, seconds = paper(formula)
        assert code in (1, 4) and "Traceback" not in err and seconds < 60


def test_a_long_printed_text_is_no_riddle(paper):
    code, err, seconds = paper(printed='T1["' + '","a' * 20_000)
    assert code == 4 and seconds < 20


def test_control_characters_are_shown_not_obeyed(paper, capsys):
    (paper.folder / "claims.csv").write_text(
        "id,statement,printed,formula\nx,\x1b[2Jgone \u202e,9,1 + 2\n", encoding="utf-8"
    )
    assert cli.main(["audit", str(paper.folder), "--all", "--out", str(paper.out)]) == 1
    shown = capsys.readouterr().out + paper.out.read_text(encoding="utf-8")
    assert "\x1b" not in shown and "\u202e" not in shown and "\\u001b[2Jgone" in shown


def test_semicolons_are_named(paper):
    (paper.folder / "claims.csv").write_text("id;printed;formula\nx;9;1 + 2\n")
    code, err, _ = paper()
    assert code == 2 and "separated by semicolons" in err


# --- the ledger's place ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["claims.csv", "table-1.csv", "table-7.csv"])
def test_out_never_replaces_an_input(paper, name):
    paper()
    before = {p.name: p.read_bytes() for p in paper.folder.iterdir()}
    code, err, _ = paper("", "", "--out", str(paper.folder / name))
    assert code == 3 and "nothing was written" in err
    assert {p.name: p.read_bytes() for p in paper.folder.iterdir()} == before


def test_out_replaces_ledgers_only(paper, tmp_path):
    assert paper()[0] == 0 and paper()[0] == 0  # its own ledger, twice
    other, link, fifo = tmp_path / "notes.txt", tmp_path / "link.csv", tmp_path / "pipe"
    other.write_text("my notes")
    link.symlink_to(paper.folder / "claims.csv")
    os.mkfifo(fifo)
    for place in (other, link, fifo, tmp_path, "/dev/full", "/dev/null"):
        assert paper("", "", "--out", str(place))[0] == 3
    assert other.read_text() == "my notes" and link.is_symlink() and fifo.exists()


def test_random_mutations_end_without_a_traceback():
    ends, broken = mutations.run(60, 5)
    assert not broken and set(ends) <= {0, 1, 2, 4}
