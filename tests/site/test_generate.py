"""Parts of the site drawn from data, ledger and executed notebooks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from replica.audit import audit
from replica.book import data

own = pytest.importorskip("replica.site.own")
generate = pytest.importorskip("replica.site.generate")
audit_pages = pytest.importorskip("replica.site.audit_pages")
assets = pytest.importorskip("replica.site.assets")
extension = pytest.importorskip("replica.site.extension")

SUM = ["all", "n", 'T["women", "n"] + T["men", "n"]']
ARTICLE = """number = {number}
slug = "{slug}"
subject = "Subject of {slug}"
hook = "A hook & more."
kind = "article"
title = "A title"
authors = ["Zebulon Quartermain"]
licence = "not printed"
[[table]]
number = 1
caption = "Counts"
where = "Section 2"
"""
CLAIMS = """id,where,kind,statement,printed,formula,diagnosis,explanation,matters,note
sum,Table 1,number,All,{total},"T1[""women"", ""n""] + T1[""men"", ""n""]",,,,
"""


def notebook(path: Path, *records: dict) -> Path:
    outputs = [{"output_type": "display_data", "data": {}, "metadata": {"replica": record}} for record in records]
    cells = [{"cell_type": "code", "source": [], "outputs": outputs}, {"cell_type": "markdown", "source": []}]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return path


def table_record(total: int = 180) -> dict:
    text = f"group,n\nwomen,120\nmen,60\nall,{total}\n"
    return {"type": "table", "kind": "open", "caption": "A, with comma", "csv": text, "claims": [SUM]}


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source of the site with two transcribed articles, the second executed."""
    for number, slug, total in ((3, "03-late", 180), (1, "01-early", 181)):
        folder = tmp_path / "data" / slug
        folder.mkdir(parents=True)
        (folder / "article.toml").write_text(ARTICLE.format(number=number, slug=slug), encoding="utf-8")
        (folder / "table-1.csv").write_text("group,n\nwomen,120\nmen,60\n", encoding="utf-8")
        (folder / "claims.csv").write_text(CLAIMS.format(total=total), encoding="utf-8")
    monkeypatch.setattr(data, "_roots", lambda: iter([tmp_path / "data"]))
    source = tmp_path / "build" / "source"
    source.mkdir(parents=True)
    entries = "  - file: chapters/01-early\n  - file: chapters/03-late\n"
    toc = f"root: index\nparts:\n- caption: Part I · One\n  chapters:\n{entries}"
    (source / "_toc.yml").write_text(toc, encoding="utf-8")
    power = {"numbers": 3, "checked": 3, "planted": 60, "caught": 45, "sampled": False}
    notebook(
        source / "chapters" / "03-late.ipynb",
        table_record(),
        {"type": "figure", "kind": "open", "thumbnail": "<svg/>"},
        {"type": "ledger", "power": power | {"share_checked": 0.75, "share_printed": 0.75}},
    )
    audit(tmp_path / "data" / "01-early", tmp_path / "data" / "03-late").to_csv(source.parent / "ledger.csv")
    return source


def write(source: Path) -> dict[str, str]:
    paths = generate.write(source, source.parent / "ledger.csv", source / "chapters")
    return {str(path.relative_to(source)): path.read_text(encoding="utf-8") for path in paths}


def test_own_tables_pass_the_engine_and_a_wrong_cell_fails(tmp_path):
    for total, expected in ((180, 0), (181, 1)):
        files = own.folders([notebook(tmp_path / f"21-own-{total}.ipynb", table_record(), table_record(total))])
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(content)
        report = audit(tmp_path / f"21-own-{total}")
        assert report.counts()["inconsistent"] == expected
        assert [row.id for row in report.rows] == ["t1-1", "t2-1"]


def test_gallery_holds_executed_chapters_only(book):
    gallery = write(book)["generated/gallery.md"]
    assert "chapters/03-late.html" in gallery and "01-early" not in gallery
    assert "Part I · One" in gallery and "A hook &amp; more." in gallery
    assert write(book)["generated/thumbnails/03-late.svg"].strip() == "<svg/>"


def test_counts_stand_in_the_order_of_the_journal_with_denominators(book):
    counts = write(book)["generated/counts.md"]
    assert counts.index("Subject of 01-early") < counts.index("Subject of 03-late") < counts.index("All articles")
    assert "1 of 1" in counts and "1 (100 %)" in counts and "1 (50 %)" in counts
    assert "Defects" in counts and "Remarks that matter" in counts
    assert "Quartermain" not in counts


def test_claims_link_only_to_pages_that_exist(book):
    content = write(book)["generated/claims.js"]
    loaded = json.loads(content.removeprefix("window.replicaClaims = ").strip().removesuffix(";"))
    assert loaded["chapters"] == [["", "1 Subject of 01-early"], ["03-late", "3 Subject of 03-late"]]
    assert loaded["rows"][0][5] == "inconsistent"


def test_own_tables_and_power_are_reported(book):
    files = write(book)
    assert "2 tables on 2 pages." in files["generated/own.md"] and ", 0 are inconsistent." in files["generated/own.md"]
    assert "75 %" in files["generated/power.md"] and "45 of 60" in files["generated/power.md"]
    assert (book.parent / "own" / "03-late" / "claims.csv").is_file()


def test_a_wrong_total_on_our_own_page_would_be_found(book, tmp_path):
    verdicts = audit_pages.tally(audit_pages.read_ledger(book.parent / "ledger.csv"))
    for shift, expected in ((0, 0), (1, 2)):  # the sum over verdicts and the sum over articles
        verdicts[audit_pages.ALL]["consistent"] += shift
        folder = tmp_path / f"own-{shift}"
        for name, content in own.folder(folder.name, [audit_pages.counts_record(verdicts)]).items():
            folder.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(content)
        failed = [row.id for row in audit(folder).rows if row.verdict == "inconsistent"]
        assert len(failed) == expected


def test_writing_twice_changes_nothing_and_stale_folders_go(book):
    write(book)
    stale = book.parent / "own" / "09-gone"
    stale.mkdir()
    (stale / "claims.csv").write_text("old", encoding="utf-8")
    before = {path: path.stat().st_mtime_ns for path in (book / "generated").rglob("*") if path.is_file()}
    write(book)
    assert {path: path.stat().st_mtime_ns for path in (book / "generated").rglob("*") if path.is_file()} == before
    assert not (stale / "claims.csv").exists()


def test_replies_and_history_are_shown_when_they_exist(book):
    files = write(book)
    assert "No reply" in files["generated/replies.md"] and "No verdict has changed" in files["generated/history.md"]
    folder = data.folder("03-late")
    (folder / "replies.csv").write_text(
        'date,id,from,text\n2025-12-01,sum,The authors,"One.\nTwo <3."\n', encoding="utf-8"
    )
    (folder / "history.csv").write_text(
        "date,id,before,after,reason\n2025-12-01,sum,inconsistent,consistent,A copying error of ours\n",
        encoding="utf-8",
    )
    files = write(book)
    assert "<p>One.</p><p>Two &lt;3.</p>" in files["generated/replies.md"]
    assert "chapters/03-late.html#claim-sum" in files["generated/replies.md"]
    assert "A copying error of ours" in files["generated/history.md"]


def test_every_check_is_listed(book):
    from replica.audit import CHECKS

    listed = write(book)["generated/checks.md"]
    assert all(f"<code>{name}(" in listed for name in CHECKS)


def test_icons_in_use_are_kept_and_no_others():
    style = (
        '.fa-bars:before,.fa-navicon:before{content:"\\f0c9"}.fa-cat:before{content:"\\f6be"}'
        '.sd-summary:before{content:"\\f107"}:root{--icon:"\uf058"}'
    )
    left, codes = assets.used_icons(style, ['<i class="fa-solid fa-navicon"></i>'])
    assert codes == {0xF0C9, 0xF107, 0xF058}
    assert ".fa-bars" in left and ".fa-cat" not in left


@pytest.mark.parametrize(
    "remote, expected",
    [
        ("git@github.com:someone/replica.git", "https://github.com/someone/replica"),
        ("https://github.com/someone/replica.git", "https://github.com/someone/replica"),
        ("ssh://git@gitlab.com/group/replica", "https://gitlab.com/group/replica"),
        ("https://example.org/replica.git", ""),
        ("/srv/git/replica", ""),
        ("", ""),
    ],
)
def test_addresses_of_repositories(remote, expected):
    assert extension.public_address(remote) == expected


def test_launch_buttons_need_an_address(monkeypatch):
    for name in ("GITHUB_REPOSITORY", "CI_PROJECT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_REPOSITORY", "someone/replica")
    monkeypatch.setenv("GITHUB_REF_NAME", "main")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    assert extension.repository() == ("https://github.com/someone/replica", "main")


def test_every_module_that_notebooks_import_has_a_page():
    found = generate.modules()
    assert {"check", "methods.frontier", "worlds.ch17", "book.page", "audit.formula"} <= set(found)
    for name in found:
        assert f"automodule:: replica.{name}\n" in generate.module_page(name)


def test_the_library_lists_what_a_chapter_imports(book):
    path = notebook(book / "chapters" / "01-early.ipynb")
    content = json.loads(path.read_text(encoding="utf-8"))
    content["cells"][0] |= {"id": "a", "source": ["from replica.methods import frontier\n"]}
    path.write_text(json.dumps(content), encoding="utf-8")
    lines = generate.library([path]).split("\n")
    used = [line for line in lines if "../chapters/01-early.ipynb" in line]
    assert [line.split("]")[0] for line in used] == ["- [frontier"]
