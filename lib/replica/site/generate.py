"""Parts of the site that are drawn from the data, the ledger and the executed notebooks."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from replica.book import data, references
from replica.book.markup import Html, badge, escape, table
from replica.build import keys
from replica.site import audit_pages, own


def write(source: Path, ledger_csv: Path, notebooks: Path) -> list[Path]:
    """Write every generated part of the site.

    Parameters
    ----------
    source : Path
        What Sphinx reads; holds ``_toc.yml`` already. All parts go to ``generated/``; the book's own tables go to
        ``own/`` beside `source`.
    ledger_csv : Path
        The ledger that ``replica audit`` wrote.
    notebooks : Path
        Folder of the executed notebooks, ``NN-slug.ipynb``.

    Returns
    -------
    list of Path
        All files written or found up to date below `source`.
    """
    executed = sorted(notebooks.glob("*.ipynb"))
    rows = audit_pages.read_ledger(ledger_csv)
    own_files = own.folders(executed)
    if verdicts := audit_pages.tally(rows):
        own_files |= own.folder("audit-of-the-issue", [audit_pages.counts_record(verdicts)])
    figures = {path.stem: record["power"] for path in executed for record in own.records(path, "ledger")}
    contents = {
        "generated/gallery.md": gallery(source, executed),
        "generated/bibliography.md": references.markdown(sorted(references.database().entries)),
        "generated/open-data.md": open_data(executed),
        "generated/printed.md": printed(),
        "generated/library.md": library(executed),
        **{f"library/{name}.md": module_page(name) for name in modules()},
        **audit_pages.fragments(rows, [path.stem for path in executed], figures),
        "generated/own.md": audit_pages.own(_write_own(source.parent / "own", own_files)),
    }
    for path in executed:
        if thumbnail := _thumbnail(path):
            contents[f"generated/thumbnails/{path.stem}.svg"] = thumbnail["thumbnail"]
    for name, content in contents.items():
        _write_if_changed(source / name, content.rstrip("\n").encode("utf-8") + b"\n")
    return [source / name for name in contents]


def _write_if_changed(path: Path, content: bytes) -> None:
    if not path.is_file() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _write_own(folder: Path, files: dict[str, bytes]) -> list[Path]:
    """Bring the audit folders of the book's own tables up to date and return them."""
    for name, content in files.items():
        _write_if_changed(folder / name, content)
    for path in folder.rglob("*"):
        if path.is_file() and str(path.relative_to(folder)) not in files:
            path.unlink()
    return sorted({folder / name.split("/")[0] for name in files})


def _thumbnail(notebook: Path) -> dict[str, Any] | None:
    return next((record for record in own.records(notebook, "figure") if record.get("thumbnail")), None)


def _card(notebook: Path) -> str:
    slug, article, picture = notebook.stem, data.article(notebook.stem), _thumbnail(notebook)
    kind = badge(picture["kind"]) if picture else ""
    if picture:
        image = f'<img src="_static/thumbnails/{slug}.svg" alt="" loading="lazy">'
    else:
        image = f'<span class="number" aria-hidden="true">{escape(article["number"])}</span>'
    return (
        f'<li><div class="text"><h4><a href="chapters/{slug}.html">{escape(article["subject"])}</a></h4>'
        f'<p>{escape(article["hook"])}</p></div><div class="thumb">{image}</div>{kind}</li>'
    )


def gallery(source: Path, executed: list[Path]) -> str:
    """Cards of the chapters by part, in the order of ``_toc.yml``; a chapter that was not executed is left out."""
    contents = yaml.safe_load((source / "_toc.yml").read_text(encoding="utf-8"))
    by_name = {f"chapters/{path.stem}": path for path in executed}
    parts = []
    for part in contents.get("parts", []):
        cards = [_card(by_name[entry["file"]]) for entry in part["chapters"] if entry.get("file") in by_name]
        if cards:
            parts.append(f"### {part['caption']}\n\n" + '<ul class="gallery">\n' + "\n".join(cards) + "\n</ul>")
    return "\n\n".join(parts) or "No chapter has been executed yet."


def open_data(executed: list[Path]) -> str:
    """Table of the open sets that the executed notebooks loaded."""
    sets: dict[tuple[str, str], dict[str, Any]] = {}
    users: dict[tuple[str, str], list[str]] = {}
    for notebook in executed:
        for record in own.records(notebook, "provenance"):
            for entry in record["open"]:
                key = (entry["package"], entry["item"])
                sets[key] = entry
                users.setdefault(key, []).append(notebook.stem)
    rows = [
        (
            f"{entry['item']} ({entry['rows']:,} × {entry['columns']})",
            f"{entry['citation']}. {entry['note']}",
            f"{entry['package']} {entry['version']}",
            entry["licence"],
            _links(users[key]),
            entry["sha256"],
        )
        for key, entry in sorted(sets.items())
    ]
    if not rows:
        return "No chapter loads an open set yet."
    frame = pd.DataFrame(rows, columns=["Set", "What it is", "Package", "Licence", "Chapters", "SHA-256"])
    return table(frame.set_index("Set"), "Open data in this book", None)


def _links(chapters: list[str]) -> Html:
    return Html(", ".join(f'<a href="../chapters/{slug}.html">{int(slug[:2])}</a>' for slug in chapters))


def printed() -> str:
    """Table of all transcribed tables, with their size and where the article prints them."""
    rows = []
    for slug in data.slugs():
        article = data.article(slug)
        for entry in article.get("table", []):
            frame = data.printed(slug, entry["number"])
            filled = int((frame != "").to_numpy().sum())
            rows.append((article["number"], f"Table {entry['number']}", entry["where"], entry["caption"], str(filled)))
    if not rows:
        return "No table has been transcribed yet."
    frame = pd.DataFrame(rows, columns=["Article", "Table", "Where", "What it shows", "Printed cells"])
    return table(frame.set_index("Article"), "Transcribed tables", None)


LIBRARY = Path(__file__).resolve().parents[2]
GROUPS = {"methods": "Methods", "worlds": "Worlds", "book": "What notebooks show things with", "audit": "The audit"}


def modules() -> list[str]:
    """Dotted names, without `replica.`, of the modules that have a page: what notebooks import, and the audit."""
    package = LIBRARY / "replica"
    files = [*package.glob("check.py"), *(path for group in GROUPS for path in sorted((package / group).glob("*.py")))]
    return [
        ".".join(path.relative_to(package).with_suffix("").parts) for path in files if not path.stem.startswith("_")
    ]


def module_page(name: str) -> str:
    """The page of one module: docstrings of all that is public, in the order of the source."""
    return f"""---
orphan: true
---

# {name.replace(".", " · ")}

A module of [the library](../pages/library.md).

```{{eval-rst}}
.. highlight:: none

.. automodule:: replica.{name}
   :members:
   :ignore-module-all:
   :member-order: bysource
```
"""


def library(executed: list[Path]) -> str:
    """Lists of the modules: what each answers, and which chapters import it, directly or through another."""
    imported = {path.stem: keys.imported_modules(keys.code_of(keys.read_notebook(path)), LIBRARY) for path in executed}
    lines = []
    for name in modules():
        group, _, module = name.partition(".")
        if module and f"## {GROUPS[group]}" not in lines:
            lines += ["", f"## {GROUPS[group]}", ""]
        file = LIBRARY.joinpath("replica", *name.split(".")).with_suffix(".py")
        answer = (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").split("\n\n")[0]
        line = f"- [{module or name}](../library/{name}.md): {' '.join(answer.split())}"
        users = [slug for slug, files in imported.items() if file in files]
        if group == "methods" and users:
            line += " Chapters " + ", ".join(f"[{int(slug[:2])}](../chapters/{slug}.ipynb)" for slug in users) + "."
        lines.append(line)
    return "\n".join(lines)
