"""This book's own printed tables, collected as folders that `replica audit` reads."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from replica.audit.transcription import CLAIM_COLUMNS


def records(notebook: Path, kind: str | None = None) -> Iterator[dict[str, Any]]:
    """What `replica.book` noted in the outputs of an executed notebook, in their order.

    Parameters
    ----------
    notebook : Path
    kind : str, optional
        Only records of this type, such as ``"table"``.
    """
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            record = output.get("metadata", {}).get("replica")
            if record and kind in (None, record["type"]):
                yield record


def folder(name: str, tables: list[dict[str, Any]]) -> dict[str, bytes]:
    """Files of one audit folder, by their path: ``name/table-K.csv`` and ``name/claims.csv``.

    Parameters
    ----------
    name : str
        Chapter or page.
    tables : list of dict
        Records with the keys ``csv``, ``caption`` and ``claims``; table K is the K-th, and ``T`` in the formulas of
        its claims becomes ``TK``. Without a table there is no folder.
    """
    files, claims = {}, []
    for number, record in enumerate(tables, start=1):
        files[f"{name}/table-{number}.csv"] = record["csv"].encode("utf-8")
        claims += list(_claims(number, record))
    if claims:
        text = io.StringIO()
        writer = csv.DictWriter(text, CLAIM_COLUMNS, lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(claims)
        files[f"{name}/claims.csv"] = text.getvalue().encode("utf-8")
    return files


def folders(notebooks: list[Path]) -> dict[str, bytes]:
    """Audit folders of the tables that executed notebooks showed with claims."""
    files: dict[str, bytes] = {}
    for notebook in notebooks:
        files |= folder(notebook.stem, [found for found in records(notebook, "table") if found.get("claims")])
    return files


def _claims(number: int, record: dict[str, Any]) -> Iterator[dict[str, str]]:
    header, *rows = csv.reader(io.StringIO(record["csv"]))
    cells = {(row[0], name): text for row in rows for name, text in zip(header[1:], row[1:], strict=True)}
    for count, (row, column, formula) in enumerate(record["claims"], start=1):
        yield {
            "id": f"t{number}-{count}",
            "where": record["caption"],
            "kind": "number",
            "statement": f"{row}, {column}",
            "printed": cells[row, column],
            "formula": re.sub(r"\bT\[", f"T{number}[", formula),
        }
