"""Reading a transcription folder: what one article prints, as strings.

``article.toml`` (optional here), ``table-K.csv``, ``claims.csv`` and ``conclusions.csv`` (optional). A faulty file is
refused with file, row, column and what is wrong; all faults are reported at once.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from .formula import Key, Table

CLAIM_COLUMNS = (
    "id", "where", "kind", "statement", "printed", "formula", "diagnosis", "explanation", "matters", "note",
)  # fmt: skip
CONCLUSION_COLUMNS = ("id", "where", "conclusion", "basis", "reason", "would_change")
KINDS = ("number", "text", "table", "aside", "context", "design", "label", "fact")
REMARKS = ("design", "label", "fact")
DIAGNOSES = ("", "slip", "extraction", "unresolved")
MATTERS = ("", "yes", "no")
BASES = ("run", "printed", "reason", "untestable", "region", "test", "follows", "print", "data", "untested")
_ID = re.compile(r"[\w.:+-]{1,200}")
_CELL = re.compile(r"""(T\d+)\[\s*(["'])(.+?)\2\s*,\s*(["'])(.+?)\4\s*\]""")


class FaultyInput(ValueError):
    """A transcription that cannot be audited.

    Attributes
    ----------
    faults : list of str
        One line each: file, row, column, what is wrong.
    """

    def __init__(self, faults: list[str]):
        self.faults = faults
        super().__init__("\n".join(faults))


@dataclass(frozen=True)
class Claim:
    """One row of claims.csv; `line` is its line in the file."""

    line: int
    id: str
    where: str
    kind: str
    statement: str
    printed: str
    formula: str
    diagnosis: str
    explanation: str
    matters: str
    note: str


@dataclass(frozen=True)
class Transcription:
    """What one article prints.

    Attributes
    ----------
    folder : Path
    name : str
        Name of the folder, such as "21-privacy-tolerance".
    article : dict
        article.toml; empty where there is none.
    tables : dict of str to Table
    claims : list of Claim
    conclusions : list of dict
    """

    folder: Path
    name: str
    article: dict
    tables: dict[str, Table]
    claims: list[Claim]
    conclusions: list[dict[str, str]]


def load(folder: str | Path) -> Transcription:
    """Read a transcription folder.

    Raises
    ------
    FaultyInput
        With every fault found: file, row, column, and what is wrong.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FaultyInput([f"{folder}: no such folder"])
    faults: list[str] = []
    article = _toml(folder / "article.toml", faults)
    tables = {}
    for path in sorted(folder.glob("table-*.csv"), key=lambda p: (len(p.name), p.name)):
        table = _table(path, faults)
        if table:
            tables[table.name] = table
    claims = _claims(folder / "claims.csv", faults)
    conclusions = _conclusions(folder / "conclusions.csv", faults)
    if faults:
        raise FaultyInput(faults)
    return Transcription(folder, folder.resolve().name, article, tables, claims, conclusions)


def cell_reference(text: str) -> Key | None:
    """The cell that a printed value names, such as ``T4["FP", "mean"]``; None for any other text."""
    match = _CELL.fullmatch(text.strip()) if text.startswith("T") else None
    return (match[1], match[3], match[5]) if match else None


def _toml(path: Path, faults: list[str]) -> dict:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(f"{path}: {error}")
        return {}


def _rows(path: Path, faults: list[str]) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """(header, rows with their line numbers) of a csv file; rows of the wrong length are faults."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        faults.append(f"{path}, row {line}: not UTF-8 (byte {error.start}: 0x{path.read_bytes()[error.start]:02x})")
        return [], []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            if row:
                rows.append((reader.line_num, [cell.strip() for cell in row]))
    except csv.Error as error:
        faults.append(f"{path}, row {reader.line_num}: {error}")
        return [], []
    if not rows:
        faults.append(f"{path}: it is empty")
        return [], []
    header, body = rows[0][1], rows[1:]
    for name in {n for n in header if header.count(n) > 1}:
        faults.append(f"{path}, row 1: the column {name!r} occurs twice")
    for line, row in body:
        if len(row) != len(header):
            what = f"{len(row)} cells, the header has {len(header)}"
            faults.append(f"{path}, row {line}: {what} (starts {row[0]!r}; a text with a comma is put in quotes)")
    return header, [(line, row) for line, row in body if len(row) == len(header)]


def _table(path: Path, faults: list[str]) -> Table | None:
    match = re.fullmatch(r"table-(\d+)\.csv", path.name)
    if not match:
        faults.append(f"{path}: a table's file is called table-K.csv with a number K")
        return None
    header, rows = _rows(path, faults)
    if not header:
        return None
    for k, name in enumerate(header[1:], 2):
        if not name:
            faults.append(f"{path}, row 1, column {k}: a column needs a name")
    seen: set[str] = set()
    for line, row in rows:
        if not row[0] or row[0] in seen:
            what = f"the row name {row[0]!r} occurs twice" if row[0] else "a row needs a name"
            faults.append(f"{path}, row {line}, column {header[0] or 1}: {what}")
        seen.add(row[0])
    cells = {(row[0], column): cell for _, row in rows for column, cell in zip(header[1:], row[1:], strict=True)}
    return Table(f"T{int(match[1])}", tuple(row[0] for _, row in rows), tuple(header[1:]), cells)


def _records(path: Path, columns: tuple[str, ...], faults: list[str]) -> list[tuple[int, dict[str, str]]]:
    header, rows = _rows(path, faults)
    if not header:
        return []
    missing, unknown = [c for c in columns if c not in header], [c for c in header if c not in columns]
    if missing or unknown:
        parts = [f"missing: {', '.join(missing)}"] * bool(missing) + [f"unknown: {', '.join(unknown)}"] * bool(unknown)
        faults.append(f"{path}, row 1: columns {'; '.join(parts)} (expected: {','.join(columns)})")
        return []
    records = [(line, dict(zip(header, row, strict=True))) for line, row in rows]
    seen: set[str] = set()
    for line, record in records:
        if not _ID.fullmatch(record["id"]):
            faults.append(f"{path}, row {line}, column id: {record['id']!r} (letters, digits and . : + - _ only)")
        elif record["id"] in seen:
            faults.append(f"{path}, row {line}, column id: {record['id']!r} occurs twice")
        seen.add(record["id"])
    return records


def _claims(path: Path, faults: list[str]) -> list[Claim]:
    if not path.exists():
        faults.append(f"{path}: no such file; `replica new-audit DIR` writes a template")
        return []
    claims = []
    for line, record in _records(path, CLAIM_COLUMNS, faults):
        claim = Claim(line=line, **record)
        faults += [f"{path}, row {line} ({claim.id}), column {column}: {what}" for column, what in _wrong(claim)]
        claims.append(claim)
    return claims


def _wrong(claim: Claim):
    """(column, what is wrong) of one claim."""
    if claim.kind not in KINDS:
        yield "kind", f"{claim.kind!r} is none of {', '.join(KINDS)}"
        return
    if not claim.statement and not (claim.kind == "table" and not claim.formula):
        yield "statement", "a claim needs a statement"
    if claim.kind in ("number", "text", "aside", "context") and not claim.printed:
        yield "printed", f"a claim of kind {claim.kind!r} quotes what is printed"
    if claim.kind == "table" and claim.printed:
        yield "printed", "stays empty for a claim of kind 'table': the table prints the numbers"
    if claim.kind in ("context", *REMARKS) and claim.formula:
        yield "formula", f"stays empty for kind {claim.kind!r}"
    if claim.diagnosis not in DIAGNOSES:
        yield "diagnosis", f"{claim.diagnosis!r} is none of slip, extraction, unresolved"
    if claim.matters not in MATTERS:
        yield "matters", f"{claim.matters!r} is neither yes nor no"
    if claim.kind == "fact" and not claim.note:
        yield "note", "a remark of kind 'fact' names the reference that says so"


def _conclusions(path: Path, faults: list[str]) -> list[dict[str, str]]:
    if not path.exists():
        return []
    records = _records(path, CONCLUSION_COLUMNS, faults)
    for line, record in records:
        if record["basis"] not in BASES:
            known = ", ".join(BASES)
            faults.append(f"{path}, row {line} ({record['id']}), column basis: {record['basis']!r} is none of {known}")
        for column in ("conclusion", "would_change"):
            if not record[column]:
                faults.append(f"{path}, row {line} ({record['id']}), column {column}: it is empty")
        if record["basis"] in ("reason", "untestable", "follows", "untested") and not record["reason"]:
            faults.append(f"{path}, row {line} ({record['id']}), column reason: it is empty")
    return [record for _, record in records]
