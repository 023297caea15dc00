"""The numbers that executed chapters show in tables, one line a row of a table: `make pin` writes them anew.

A number that changes is then seen, and its change is meant: the new pins are part of the commit that changes it.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from bs4 import BeautifulSoup

from replica.build import compare, keys

ROOT = Path(__file__).resolve().parents[2]


def rows(notebook: Mapping) -> Iterator[list[str]]:
    """Cell, caption and texts of each row of the tables that a run gave; cells that train networks are left out."""
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code" or compare.TAG in cell["metadata"].get("tags", []):
            continue
        for output in cell["outputs"]:
            record = output.get("metadata", {}).get("replica", {})
            if record.get("type") == "conclusions" or (record.get("type") == "table" and record["kind"] != "printed"):
                page = BeautifulSoup("".join(output["data"]["text/html"]), "html.parser")
                caption = " ".join(page.caption.get_text(" ").split()) if page.caption else ""
                for row in page.find_all("tr"):
                    yield [cell["id"], caption, *(" ".join(box.get_text(" ").split()) for box in row(["th", "td"]))]


def text(notebook: Mapping) -> str:
    """The pins of an executed notebook as csv."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows(notebook))
    return file.getvalue()


def executed(chapter: str) -> Path:
    """The executed notebook of the current sources."""
    return ROOT / "_build/executed" / f"{chapter}.{keys.chapter_key(ROOT, chapter, {})}.ipynb"


def pinned(chapter: str) -> Path:
    """Where the pins of a chapter stand."""
    return ROOT / "tests/pins" / f"{chapter[:2]}.csv"


if __name__ == "__main__":
    for name in keys.chapters(ROOT):
        if not executed(name).exists():
            sys.exit(f"{name} has not been executed: run make book first")
        pinned(name).write_text(text(keys.read_notebook(executed(name))), encoding="utf-8")
