"""Text of data can neither break a page nor run in it: payloads in every field, read in a real browser."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import altair as alt
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from built_site import served
from pybtex.database import parse_string

from replica.audit import audit
from replica.book import data, markup, page, references, style
from replica.site import generate

ROOT = Path(__file__).resolve().parents[2]
SLUG = "97-hostile"
RUN = "window.ran = (window.ran || '') + '{}'"
LINE = (
    '{name} <script>{run}</script> "><img src=x onerror="{run}"> [link](javascript:{run}) <javascript:{run}> '
    "{{raw}}`x` $\\href{{javascript:{run}}}{{x}}$ `code` &lt;b&gt; *a* </td></table></div> <!-- end {name}"
)
BLOCK = "\n\n```{{raw}} html\n<script>{run}</script>\n```\n\n:::{{raw}} html\n<script>{run}</script>\n:::\n"
STARTS = (":::{raw} html", "```{raw} html", "(target)=", "% comment", "+++", "- [ ] task", "# head", "1. one", "> said")
MARK = "window.ran"


def line(name: str) -> str:
    """A payload on one line, as a value of article.toml may hold it."""
    return LINE.format(name=name, run=RUN.format(name))


def block(name: str) -> str:
    """A payload that ends a block of HTML with a blank line."""
    return line(name) + BLOCK.format(run=RUN.format(name)) + line(name)


def article() -> str:
    words = ("subject", "hook", "title", "journal", "pages", "licence", "evidence", "rerun", "cannot")
    lines = [f"{name} = {json.dumps(line(name))}" for name in words]
    lines += ["number = 97", 'slug = "hostile"', 'kind = "article"', "minutes = 30", "year = 2025"]
    lines += [f"{name} = {json.dumps([line(name), *STARTS])}" for name in ("authors", "objectives", "prerequisites")]
    table = [f"{name} = {json.dumps(line(name))}" for name in ("caption", "where", "note")]
    return "\n".join([*lines, "[[table]]", "number = 1", *table]) + "\n"


def rows(*lines: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()


def transcription() -> dict[str, str]:
    head = ["id", "where", "kind", "statement", "printed", "formula", "diagnosis", "explanation", "matters", "note"]
    claim = ["sum", block("where"), "number", block("statement"), "181", "120 + 60", "slip", block("explanation"), "no"]
    conclusions = ["id", "where", "conclusion", "basis", "reason", "would_change"]
    return {
        "article.toml": article(),
        "table-1.csv": rows(["group", block("header")], [block("row"), block("cell")], ["men", "60"]),
        "claims.csv": rows(head, [*claim, block("note")]),
        "conclusions.csv": rows(
            conclusions,
            ["c1", block("where"), block("conclusion"), "run", "", block("change")],
            ["c2", "Section 1", block("conclusion"), "untestable", block("reason"), block("change")],
        ),
        "replies.csv": rows(["date", "id", "from", "text"], ["2025-12-01", block("id"), block("from"), block("text")]),
        "history.csv": rows(
            ["date", "id", "before", "after", "reason"],
            ["2025-12-01", block("id"), block("before"), block("after"), block("reason")],
        ),
    }


def chapter(patch: pytest.MonkeyPatch) -> dict:
    """An executed notebook that shows everything of the article."""
    outputs: list[dict] = []

    def display(bundle: dict, *, raw: bool, metadata: dict) -> None:
        outputs.append({"output_type": "display_data", "data": bundle, "metadata": metadata})

    patch.setattr(page, "display", display)
    patch.setattr(style, "display", display)
    page.card(SLUG)
    page.printed_table(SLUG, 1)
    frame = pd.DataFrame({block("column"): [block("value"), "2"]}, index=[block("label"), "b"])
    page.table(frame, block("caption"), "simulated")
    page.finding(SLUG, "sum")
    page.conclusions(SLUG, {"c1": page.Verdict(0.5, block("evidence"))})
    page.ledger(SLUG)
    page.provenance(SLUG)
    figure, axes = plt.subplots()
    axes.plot([1, 2])
    style.show(figure, alt=block("alt"), kind="simulated", thumbnail=True)
    source = pd.DataFrame({"x": [1, 2], "k": [1, 2], "words": [block("data")] * 2})
    slider = alt.param(name="k", value=1, bind=alt.binding_range(min=1, max=2, step=1, name=line("bind")))
    chart = alt.Chart(source).mark_bar().encode(x="x:Q", y="words:N")
    chart = chart.add_params(slider).transform_filter("datum.k <= k")
    page.explorable(chart, alt=block("alt"), title=block("title"), kind="simulated")
    head = {"cell_type": "markdown", "id": "head", "metadata": {}, "source": "# Hostile\n\n$x$"}
    cells = [
        {"cell_type": "code", "id": f"c{k}", "metadata": {}, "source": "1", "execution_count": 1, "outputs": [output]}
        for k, output in enumerate(outputs)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return {"cells": [head, *cells], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Address of a small site of which every text is hostile, and the names of its pages."""
    folder = tmp_path_factory.mktemp("hostile")
    source, site = folder / "build" / "source", folder / "site"
    for path, text in transcription().items():
        (folder / "data" / SLUG).mkdir(parents=True, exist_ok=True)
        (folder / "data" / SLUG / path).write_text(text, encoding="utf-8")
    (source / "chapters").mkdir(parents=True)
    (source / "pages").mkdir()
    toc = f"format: jb-book\nroot: index\nparts:\n- caption: Part I\n  chapters:\n  - file: chapters/{SLUG}\n"
    (source / "_toc.yml").write_text(toc, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "_roots", lambda: iter([folder / "data"]))
        (source / "chapters" / f"{SLUG}.ipynb").write_text(json.dumps(chapter(patch)), encoding="utf-8")
        audit(folder / "data" / SLUG).to_csv(folder / "ledger.csv")
        written = generate.write(source, folder / "ledger.csv", source / "chapters")
    parts = sorted(path.name for path in written if path.suffix == ".md" and path.stem != "gallery")
    for name in parts:
        text = f"# {name}\n\n```{{include}} ../generated/{name}\n```\n"
        (source / "pages" / name).write_text(text, encoding="utf-8")
    (source / "index.md").write_text("# Start\n\n```{include} generated/gallery.md\n```\n", encoding="utf-8")
    (source / "_toc.yml").write_text(
        toc + "".join(f"  - file: pages/{name[:-3]}\n" for name in parts), encoding="utf-8"
    )
    (source / "_config.yml").write_text((ROOT / "_config.yml").read_text(encoding="utf-8"), encoding="utf-8")
    for command in (
        [Path(sys.executable).with_name("jupyter-book"), "config", "sphinx", source],
        [sys.executable, "-m", "sphinx", "-q", "-b", "html", source, site],
    ):
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
    with served(site) as address:
        yield address, ["index.html", f"chapters/{SLUG}.html", *(f"pages/{name[:-3]}.html" for name in parts)]


def test_no_text_of_data_runs_links_or_loads_anything(hostile, visit):
    address, pages = hostile
    shown = ""
    for name in pages:
        with visit(address + name) as seen:
            seen.page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
            assert seen.page.evaluate(MARK) is None, name
            for selector in ("[onerror]", "a[href^='javascript' i]", "img[src='x']", "iframe", "object"):
                assert seen.page.locator(selector).count() == 0, f"{name}: {selector}"
            scripts = seen.page.locator("script:not([src]):not([type='application/json'])").all_inner_texts()
            assert not [text for text in scripts if MARK in text], name
            assert seen.elsewhere == [] and seen.problems == [], name
            shown += seen.page.locator("main").inner_text()
    fields = ("subject", "hook", "caption", "where", "from", "before", "after", "reason", "header", "title", "evidence")
    assert [field for field in fields if f"{field} <script>" not in shown] == [], "shown as it stands"


def test_no_payload_ends_the_block_that_it_stands_in(hostile, visit):
    """What follows a payload in the source still stands in the element that was meant to hold it."""
    address, _ = hostile
    with visit(address + "index.html") as seen:
        assert seen.page.locator("ul.gallery > li").count() == 1
        assert seen.page.locator("ul.gallery > li .text p").count() == 1
    with visit(address + "pages/history.html") as seen:
        cells = seen.page.locator("table.book tbody tr > *").all_inner_texts()
        assert len(cells) == 5
        for name, text in zip(("before", "after", "reason"), cells[2:], strict=True):
            assert text.count(f"end {name}") == 2 and text.endswith(f"<!-- end {name}")
    with visit(address + "pages/printed.html") as seen:
        assert seen.page.locator("table.book tbody tr > *").count() == 5
    with visit(f"{address}chapters/{SLUG}.html") as seen:
        card = seen.page.locator(".book-card")
        assert card.locator("ul > li").count() == 1 + len(STARTS)
        assert [item.inner_text().strip() for item in card.locator("ul > li").all()[1:]] == list(STARTS)
        assert card.locator("a").count() == 0


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a\x0bb", "a\u2028b", " a \n\n b"])
def test_line_breaks_are_folded(text):
    for folded in (markup.escape(text), markup.escape_markdown(text)):
        assert len(folded.splitlines()) == 1 and "b" in folded
    assert markup.escape("a\u00a0b") == "a\u00a0b"


@pytest.mark.parametrize(
    "fault, message",
    [
        ('hook = """a\n\nb"""', "hook: holds a line break"),
        ('authors = ["a", "b\\nc"]', r"authors\[2\]: holds a line break"),
        ('doi = "10.1000/x><script>"', "doi: expected a form such as"),
        ('doi = "https://doi.org/10.1000/x"', "doi: expected a form such as"),
        ("doi = 10.1000", "doi: expected a form such as"),
        ('minutes = "<b>"', "minutes: expected a whole number"),
        ('[[table]]\nnumber = 1\ncaption = "a\\u2028b"', r"table\[1\].caption: holds a line break"),
    ],
)
def test_odd_values_of_an_article_are_refused_with_file_and_key(tmp_path, monkeypatch, fault, message):
    (tmp_path / SLUG).mkdir()
    (tmp_path / SLUG / "article.toml").write_text(f'title = "t"\n{fault}\n', encoding="utf-8")
    monkeypatch.setattr(data, "_roots", lambda: iter([tmp_path]))
    with pytest.raises(ValueError, match=rf"article\.toml, {message}"):
        data.article(SLUG)


def test_links_of_references_are_web_addresses(monkeypatch):
    entry = "@misc{a, author={B, C}, year={2020}, title={T}, url={javascript:alert(1)}}"
    monkeypatch.setattr(references, "database", lambda: parse_string(entry, "bibtex"))
    with pytest.raises(ValueError, match="'a' in references.bib has an odd url"):
        references.entry_markdown("a")
