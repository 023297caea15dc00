"""This book's own printed tables, collected as folders that `replica audit` reads."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

COLUMNS = (
    "id", "where", "kind", "statement", "printed", "formula", "diagnosis", "explanation", "matters", "note",
)  # fmt: skip


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


def folders(notebooks: list[Path]) -> dict[str, bytes]:
    """Files of the audit folders, by their path: ``NN-slug/table-K.csv`` and ``NN-slug/claims.csv``.

    Each table that was shown with claims is one table K, counted in the order of the notebook. ``T`` in the formulas
    of its claims becomes ``TK``.
    """
    files: dict[str, bytes] = {}
    for notebook in notebooks:
        tables = [record for record in records(notebook, "table") if record.get("claims")]
        claims = []
        for number, record in enumerate(tables, start=1):
            files[f"{notebook.stem}/table-{number}.csv"] = record["csv"].encode("utf-8")
            claims += list(_claims(number, record))
        if claims:
            text = io.StringIO()
            writer = csv.DictWriter(text, COLUMNS, lineterminator="\n", restval="")
            writer.writeheader()
            writer.writerows(claims)
            files[f"{notebook.stem}/claims.csv"] = text.getvalue().encode("utf-8")
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
