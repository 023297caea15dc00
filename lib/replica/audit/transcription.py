"""Reading a transcription folder: what one article prints, as strings.

``article.toml`` (optional here), ``table-K.csv``, ``claims.csv`` and ``conclusions.csv`` (optional). ``id``,
``printed`` and ``formula`` suffice in claims.csv. A faulty file is refused with file, row, column and what is wrong;
all faults are reported at once, and with ``strict=False`` what can be read is kept.

A row of a table without a name belongs to the row above and is called after it: "age (2)" holds what stands below the
numbers of "age", such as standard errors in brackets. A row that begins with a star is the table's note.
"""

from __future__ import annotations

import csv
import io
import re
import stat
import tomllib
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from .formula import Key, Table
from .numbers import decimal_comma
from .registry import CHECKS

CLAIM_COLUMNS = (
    "id", "where", "kind", "statement", "printed", "formula", "diagnosis", "explanation", "matters", "note",
)  # fmt: skip
CONCLUSION_COLUMNS = ("id", "where", "conclusion", "basis", "reason", "would_change")
NEEDED = ("id", "printed", "formula")
LARGEST = 50_000_000  # bytes of a file
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
    faults : list of str
        What could not be read and was left out (``strict=False``).
    doubts : list of str
        What a person should look at.
    files : dict of str to str
        Name of each table to its file.
    """

    folder: Path
    name: str
    article: dict
    tables: dict[str, Table]
    claims: list[Claim]
    conclusions: list[dict[str, str]]
    faults: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)


def load(folder: str | Path, strict: bool = True) -> Transcription:
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
    tables, files, doubts = {}, {}, []
    for path in sorted(folder.glob("table-*.csv"), key=lambda p: (len(p.name), p.name)):
        table = _table(path, faults)
        if table and table.name in tables:
            faults.append(f"{path}: {folder / files[table.name]} is {table.name} already; one file for each table")
        elif table:
            tables[table.name], files[table.name] = table, path.name
            doubts += _commas(table, path, faults)
    claims = _claims(folder / "claims.csv", faults)
    conclusions = _conclusions(folder / "conclusions.csv", faults)
    if faults and (strict or not claims):
        raise FaultyInput(faults)
    return Transcription(folder, folder.resolve().name, article, tables, claims, conclusions, faults, doubts, files)


def _commas(table: Table, path: Path, faults: list[str]) -> list[str]:
    """Doubts about commas; a fault for a number that could be either where the table has decimal commas."""
    printed = {place: text for place, text in table.cells.items() if "," in text}
    kinds = {place: decimal_comma(text) for place, text in printed.items()}
    either = [
        place for place, kind in kinds.items() if kind is None and re.fullmatch(r"\D*\d{1,3},\d{3}\D*", printed[place])
    ]
    if any(kinds.values()):
        for row, column in either:
            what = f"{printed[row, column]!r} stands beside decimal commas; write a point, or the number without comma"
            faults.append(f"{path}, row {row!r}, column {column!r}: {what}")
        return []
    return [
        f"{path}, column {column!r}: commas without a point are read as thousands; if they are decimal, write points"
        for column in table.columns
        if sum(place[1] == column and not printed[place].endswith("00") for place in either) > 1
        and not any("." in text for place, text in table.cells.items() if place[1] == column)
        and all(place in either for place in printed if place[1] == column)
    ]


def cell_reference(text: str) -> Key | None:
    """The cell that a printed value names, such as ``T4["FP", "mean"]``; None for any other text."""
    match = _CELL.fullmatch(text.strip()) if text.startswith("T") and len(text) <= 500 else None
    return (match[1], match[3], match[5]) if match else None


def _toml(path: Path, faults: list[str]) -> dict:
    content = _content(path, faults)
    try:
        return tomllib.loads(content.decode("utf-8")) if content else {}
    except (ValueError, RecursionError) as error:
        faults.append(f"{path}: {' '.join(str(error).split())[:200]}")
        return {}


def _content(path: Path, faults: list[str], needed: bool = False) -> bytes | None:
    """The bytes of a regular file of a sensible size; None, with a fault, for anything else."""
    try:
        found = path.stat()
    except OSError as error:
        if needed or path.is_symlink():
            faults.append(f"{path}: {error.strerror or error}")
        return None
    if not stat.S_ISREG(found.st_mode):
        faults.append(f"{path}: not a regular file")
        return None
    if found.st_size > LARGEST:
        faults.append(f"{path}: {found.st_size:,} bytes, at most {LARGEST:,} are read")
        return None
    try:
        return path.read_bytes()
    except OSError as error:
        faults.append(f"{path}: {error.strerror or error}")
        return None


def _visible(text: str) -> str:
    """Control characters and changes of direction as escapes, so that a text cannot repaint a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c in "\n\r\t" or unicodedata.category(c)[0] not in "C" else f"\\u{ord(c):04x}" for c in text)


def _rows(path: Path, faults: list[str]) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """(header, rows with their line numbers) of a csv file; rows of the wrong length are faults."""
    content = _content(path, faults, needed=True)
    if content is None:
        return [], []
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        faults.append(f"{path}, row {line}: not UTF-8 (byte {error.start}: 0x{content[error.start]:02x})")
        return [], []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            if row:
                rows.append((reader.line_num, [_visible(cell.strip()) for cell in row]))
    except csv.Error as error:
        faults.append(f"{path}, row {reader.line_num}: {error}")
        return [], []
    if not rows:
        faults.append(f"{path}: it is empty")
        return [], []
    header, body = rows[0][1], rows[1:]
    if len(header) == 1 and ";" in header[0]:
        faults.append(f"{path}: the columns are separated by semicolons; save the file with commas")
        return [], []
    for name in {n for n in header if header.count(n) > 1}:
        faults.append(f"{path}, row 1: the column {name!r} occurs twice")
    for line, row in body:
        if len(row) != len(header) and not _is_note(row):
            what = f"{len(row)} cells, the header has {len(header)}"
            faults.append(f"{path}, row {line}: {what} (starts {row[0]!r}; a text with a comma is put in quotes)")
    return header, [(line, row) for line, row in body if len(row) == len(header) or _is_note(row)]


def _is_note(row: list[str]) -> bool:
    """Whether a row of a table is the note below it, which says what the stars mean."""
    return (
        bool(re.match(r"(?:notes?\W+)?[*∗⁎＊]+\s*\S", row[0], re.IGNORECASE))
        and re.search(r"\d", "".join(row)) is not None
    )


def _table(path: Path, faults: list[str]) -> Table | None:
    match = re.fullmatch(r"table-([0-9]{1,9})\.csv", path.name)
    if not match:
        faults.append(f"{path}: a table's file is called table-K.csv with a number K")
        return None
    header, rows = _rows(path, faults)
    if not header:
        return None
    for k, name in enumerate(header[1:], 2):
        if not name:
            faults.append(f"{path}, row 1, column {k}: a column needs a name")
    note = " ".join(", ".join(filter(None, row)) for _, row in rows if _is_note(row))
    named: dict[str, list[str]] = {}
    below: dict[str, str] = {}
    last = ""
    for line, row in rows:
        if _is_note(row):
            continue
        name = row[0]
        if not name and last and last not in below:
            name = below[last] = f"{last} (2)"
        elif name:
            last = name
        if not name or name in named:
            what = f"the row name {name!r} occurs twice" if name else "a row needs a name"
            faults.append(f"{path}, row {line}, column {header[0] or 1}: {what}")
            continue
        named[name] = row
    cells = {
        (name, column): cell for name, row in named.items() for column, cell in zip(header[1:], row[1:], strict=True)
    }
    return Table(f"T{int(match[1])}", tuple(named), tuple(header[1:]), cells, note, below)


def _records(path: Path, columns: tuple[str, ...], faults, needed=None) -> list[tuple[int, dict[str, str]]]:
    header, rows = _rows(path, faults)
    if not header:
        return []
    missing, unknown = [c for c in needed or columns if c not in header], [c for c in header if c not in columns]
    if missing or unknown:
        parts = [f"missing: {', '.join(missing)}"] * bool(missing) + [f"unknown: {', '.join(unknown)}"] * bool(unknown)
        faults.append(f"{path}, row 1: columns {'; '.join(parts)} (expected: {','.join(columns)})")
        return []
    blank = dict.fromkeys(columns, "")
    records = [(line, blank | dict(zip(header, row, strict=False))) for line, row in rows]
    seen: set[str] = set()
    for line, record in records:
        if not _ID.fullmatch(record["id"]):
            faults.append(f"{path}, row {line}, column id: {record['id']!r} (letters, digits and . : + - _ only)")
        elif record["id"] in seen:
            faults.append(f"{path}, row {line}, column id: {record['id']!r} occurs twice")
        seen.add(record["id"])
    return records


def _claims(path: Path, faults: list[str]) -> list[Claim]:
    if not path.exists() and not path.is_symlink():
        faults.append(f"{path}: no such file; `replica new-audit DIR` writes a template")
        return []
    claims, known = [], set()
    for line, record in _records(path, CLAIM_COLUMNS, faults, NEEDED):
        record["kind"] = record["kind"] or _kind(record)
        claim = Claim(line=line, **record)
        wrong = [f"{path}, row {line} ({claim.id}), column {column}: {what}" for column, what in _wrong(claim)]
        if not wrong and _ID.fullmatch(claim.id) and claim.id not in known:
            claims.append(claim)
        known.add(claim.id)
        faults += wrong
    return claims


def _kind(record: dict[str, str]) -> str:
    """The kind of a claim that names none: a call of a table check, or a printed number."""
    called = re.match(r"\s*(\w+)\s*\(", record["formula"])
    found = CHECKS.get(called[1]) if called else None
    return "table" if found and found.kind == "table" else "number"


def _wrong(claim: Claim):
    """(column, what is wrong) of one claim."""
    if claim.kind not in KINDS:
        yield "kind", f"{claim.kind!r} is none of {', '.join(KINDS)}"
        return
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
    if not path.exists() and not path.is_symlink():
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
