"""The audit of a transcription folder, and its ledger: one row for every printed number that claims something."""

from __future__ import annotations

import ast
import csv
import gc
import io
import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from . import words as prose
from .decide import Outcome, judge
from .formula import Formula, FormulaError, Key, Reading, Table, compile_formula, compile_table_call
from .interval import Interval, decimal_text
from .limit import SECONDS, TimeUp, alarm
from .numbers import Printed, read, read_result
from .registry import Derived
from .transcription import REMARKS, Claim, FaultyInput, Transcription, cell_reference, load

COLUMNS = (
    "chapter", "id", "where", "kind", "statement", "printed", "recomputed_low", "recomputed_high", "verdict",
    "discriminates", "diagnosis", "explanation", "matters", "note", "claim", "defect",
)  # fmt: skip
CHECKED = ("consistent", "last digit", "inconsistent", "open")
VERDICTS = (*CHECKED, "not checkable", "context", "remark")
_WORST = ("inconsistent", "open", "last digit", "consistent", "not checkable")  # of several checks of one claim
DIGITS = 12  # significant digits of the recomputed ends in the ledger


@dataclass
class Row:
    """One row of the ledger.

    Attributes
    ----------
    chapter, id, where, kind, statement, printed : str
        `printed` is the text as printed, also where the claim names a cell.
    verdict : str
        One of `VERDICTS`.
    diagnosis, explanation, matters, note : str
        What people added.
    formula : Formula or None
    target : Printed or None
        The printed result, read.
    target_key : tuple of str
        Key of the printed result: the cell that prints it, or (id, "printed", "").
    outcome : Outcome or None
    claim : str
        Id of the first row that checks the same printed result: rows with one claim count once. "" where the row stands
        outside the counts: a second reading, a repaired table, a hand count, a remark, a number for context.
    defect : str
        Id of the first inconsistent row of the chapter with the same explanation: one explanation is one defect.
    """

    chapter: str
    id: str
    where: str
    kind: str
    statement: str
    printed: str
    verdict: str
    diagnosis: str = ""
    explanation: str = ""
    matters: str = ""
    note: str = ""
    formula: Formula | None = None
    target: Printed | None = None
    target_key: Key = ("", "", "")
    outcome: Outcome | None = None
    reader: object = None
    tables: dict[str, Table] = field(default_factory=dict, repr=False)
    claim: str = ""
    defect: str = ""

    @property
    def aside(self) -> bool:
        """Whether the row is checked and stands outside the counts: named so, or a count by hand such as 1 + 1 + 1."""
        return self.kind == "aside" or (self.formula is not None and _counts_by_hand(self.formula))

    @property
    def recomputed(self) -> Interval | None:
        """Encloses every value that the printed inputs allow; None where nothing was computed or no value exists."""
        return self.outcome.decision.reach if self.outcome else None

    @property
    def discriminates(self) -> str:
        """Whether a changed last digit would fail: "yes", "no" (weak), or "" where nothing was checked."""
        return ("yes" if self.outcome.discriminates else "no") if self.outcome else ""

    @property
    def weak(self) -> bool:
        """Whether the row passes, but would pass with its last digit changed as well."""
        return self.verdict == "consistent" and self.discriminates == "no"

    @property
    def reading(self) -> str:
        """The reading of the formula that the verdict is shown with."""
        return self.formula.readings[self.outcome.reading].text if self.outcome else ""

    @cached_property
    def arithmetic(self) -> str:
        """The computation in words, with the printed numbers in place of the cells."""
        if not self.outcome:
            return ""
        words = self.kind == "text" or (self.kind == "aside" and self.target.kind in ("bound", "range"))
        claim = "must be" if not self.target_key[0] else "claimed" if words else "printed"
        reading = self.formula.readings[self.outcome.reading]
        return prose.sentence(self.outcome, reading, self.tables, self.target, claim)

    @cached_property
    def inputs(self) -> tuple[Key, ...]:
        """Keys of the printed numbers that the formula reads, under any reading."""
        return self.formula.keys if self.formula else ()

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """Keys of all printed numbers that take part: the inputs and the result."""
        own = (self.target_key,) if self.formula and self.target_key[0] else ()
        return tuple(dict.fromkeys((*self.inputs, *own)))

    def recheck(self, replaced: dict[Key, str]) -> str:
        """The verdict if some printed numbers read otherwise.

        Parameters
        ----------
        replaced : dict
            Key to the text that stands there instead. Keys that the row does not read are ignored.

        Returns
        -------
        str
            A verdict; "inconsistent" also where the new text cannot be read or used.
        """
        if self.formula is None or not any(k in replaced for k in self.keys):
            return self.verdict
        try:
            target = self.target
            if self.target_key in replaced:
                target = self.reader(replaced[self.target_key])
            return judge(self.formula.readings, target, replaced).verdict
        except ValueError:
            return "inconsistent"

    def record(self) -> dict[str, str]:
        """The row as text, by column."""
        low = high = ""
        if self.recomputed is not None:
            low = decimal_text(self.recomputed.lo, DIGITS, down=True)
            high = decimal_text(self.recomputed.hi, DIGITS, down=False)
        ends = {"recomputed_low": low, "recomputed_high": high}
        return {name: ends[name] if name in ends else getattr(self, name) for name in COLUMNS}


@dataclass
class Report:
    """The audit of one or more folders.

    Attributes
    ----------
    rows : list of Row
        In the order of the claims.
    warnings : list of str
        What a person should look at; nothing that stops the audit.
    transcriptions : list of Transcription
    faults : list of str
        Lines and cells that could not be read while the rest was audited (`audit` with ``strict=False``).
    """

    rows: list[Row]
    warnings: list[str]
    transcriptions: list[Transcription]
    faults: list[str] = field(default_factory=list)

    def __add__(self, other: Report) -> Report:
        return Report(
            self.rows + other.rows, self.warnings + other.warnings, self.transcriptions + other.transcriptions,
            self.faults + other.faults,
        )  # fmt: skip

    def __getitem__(self, identity: str) -> Row:
        """The row with this id (in a report on several folders, "chapter/id")."""
        for row in self.rows:
            if identity in (row.id, f"{row.chapter}/{row.id}"):
                return row
        raise ValueError(f"identity: no row called {identity!r}")

    def counts(self, chapter: str | None = None) -> dict[str, int]:
        """Claims by verdict, each once however many rows check it, with the denominators.

        Returns
        -------
        dict
            "claims" (all but context and remarks), "checked", then each verdict, "weak" (a part of the consistent),
            "defects" (causes of the inconsistent), "aside" (checked rows outside the counts), "matters" (remarks that
            matter for a conclusion).
        """
        rows = [r.record() for r in self.rows if chapter in (None, r.chapter)]
        return tally(rows)

    @property
    def chapters(self) -> list[str]:
        """Names of the folders, in order."""
        return [t.name for t in self.transcriptions]

    def printed_numbers(self, chapter: str | None = None) -> dict[Key, str]:
        """Every printed number that claims something: cells of the tables, claims, and constants of the formulas.

        Keys of several chapters may coincide: ask for one chapter at a time.
        """
        found: dict[Key, str] = {}
        for t in self.transcriptions:
            if chapter in (None, t.name):
                for table in t.tables.values():
                    found |= {(table.name, *place): text for place, text in table.cells.items() if _readable(text)}
        for row in self.rows:
            if chapter in (None, row.chapter) and row.kind in ("number", "text", "table") and not row.aside:
                found |= {k: k[2] for k in row.inputs if k[1] == "constant"}
                if row.kind == "number" and _readable(row.printed):
                    found.setdefault(row.target_key, row.printed)
        return found

    def numbers(self, chapter: str | None = None) -> Numbers:
        """The printed numbers of one chapter and the counted rows that read each.

        Raises
        ------
        ValueError
            If the chapter is not in the report, or none is named where the report holds several.
        """
        if chapter is not None and chapter not in self.chapters:
            raise ValueError(f"chapter: {chapter!r} is not in the report (known: {', '.join(self.chapters)})")
        if chapter is None and len(self.chapters) != 1:
            raise ValueError("chapter: the report holds several, name one")
        name = chapter or self.chapters[0]
        rows = [r for r in self.rows if r.chapter == name and r.formula is not None and not r.aside]
        arguments = {k for r in rows if r.kind == "table" for k in r.keys if k[1] == "constant"}
        texts = {k: text for k, text in self.printed_numbers(name).items() if k not in arguments}
        readers: dict[Key, list[Row]] = {}
        for row in rows:
            for key in row.keys:
                if key not in arguments:
                    readers.setdefault(key, []).append(row)
        return Numbers(name, rows, texts, readers)

    def to_csv(self, path: str | Path | None = None) -> str:
        """The ledger as csv; written to `path`, whole or not at all, if one is given."""
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(COLUMNS)
        with _collector_resting():
            writer.writerows(row.record().values() for row in self.rows)
        if path is not None:
            write_whole(Path(path), buffer.getvalue())
        return buffer.getvalue()

    def __str__(self) -> str:
        from .report import text

        return text(self)


@dataclass
class Numbers:
    """The printed numbers of one chapter, and the rows that read each.

    Attributes
    ----------
    chapter : str
    rows : list of Row
        Checked rows inside the counts.
    texts : dict
        Every printed number that claims something, by key; arguments of table checks are none.
    readers : dict
        The rows that read a number, or are compared with it, by its key.
    """

    chapter: str
    rows: list[Row]
    texts: dict[Key, str]
    readers: dict[Key, list[Row]]


def tally(records: Iterable[dict[str, str]]) -> dict[str, int]:
    """Counts of rows of a ledger as its csv holds them; see `Report.counts`."""
    claims: dict[tuple[str, str], list[dict[str, str]]] = {}
    defects, beside = set(), Counter()
    for record in records:
        own = (record["chapter"], record["claim"])
        if record["claim"]:
            claims.setdefault(own, []).append(record)
        elif record["verdict"] in ("context", "remark"):
            beside[record["verdict"]] += 1
            beside["matters"] += record["verdict"] == "remark" and record["matters"] == "yes"
        else:
            beside["aside"] += 1
        if record["defect"]:
            defects.add((record["chapter"], record["defect"]))
    by = dict.fromkeys(VERDICTS, 0)
    weak = 0
    for rows in claims.values():
        verdict = min((r["verdict"] for r in rows), key=_WORST.index)
        by[verdict] += 1
        weak += verdict == "consistent" and all(r["discriminates"] == "no" for r in rows if r["verdict"] == verdict)
    by |= {"context": beside["context"], "remark": beside["remark"]}
    checked = sum(by[v] for v in CHECKED)
    counts = {"claims": checked + by["not checkable"], "checked": checked, **by, "weak": weak}
    return counts | {"defects": len(defects), "aside": beside["aside"], "matters": beside["matters"]}


def write_whole(path: Path, content: str) -> None:
    """Write a file under a temporary name and move it into place, so that no reader ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextmanager
def _collector_resting() -> Iterator[None]:
    """Without the cyclic garbage collector: rows hold no cycles, and it would walk all of them again and again."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def audit(*folders: str | Path, strict: bool = True, seconds: float = SECONDS) -> Report:
    """Audit one or more transcription folders.

    Parameters
    ----------
    *folders : path
        Each with claims.csv and table-K.csv; see `replica.audit.transcription`.
    strict : bool
        Whether any fault refuses everything; if not, what can be read is audited, and `Report.faults` says what cannot.
    seconds : float
        Time limit of one claim.

    Returns
    -------
    Report

    Raises
    ------
    FaultyInput
        With every fault of every folder, one line each: file, row, column, what is wrong.
    """
    if not folders:
        raise ValueError("folders: at least one is needed")
    report, faults = Report([], [], []), []
    with _collector_resting():
        for folder in folders:
            try:
                report += audit_transcription(load(folder, strict), strict, seconds)
            except FaultyInput as error:
                faults += error.faults
    if faults and (strict or not report.rows):
        raise FaultyInput(faults + report.faults)
    report.faults[:0] = faults
    return report


def audit_transcription(transcription: Transcription, strict: bool = True, seconds: float = SECONDS) -> Report:
    """Audit what was loaded from one folder."""
    rows, faults, warnings = [], list(transcription.faults), list(transcription.doubts)
    path = transcription.folder / "claims.csv"
    notes = {c.id: c for c in transcription.claims if c.kind == "table" and not c.formula}
    with alarm() as after:
        for claim in transcription.claims:
            if claim.id in notes:
                continue
            wrong: list[_Fault] = []
            try:
                after(seconds)
                rows += _rows(transcription, claim, wrong)
                after(0)
            except TimeUp:
                wrong.append(_Fault("formula", f"took longer than {seconds:g} seconds; simplify it, or --seconds"))
            except (OverflowError, RecursionError, MemoryError):
                wrong.append(_Fault("formula", "a number or the formula is out of range"))
            except _Fault as fault:
                wrong.append(fault)
            faults += [_located(transcription, claim, fault) for fault in wrong]
    known = {}
    for row in rows:
        if known.setdefault(row.id, row) is not row:
            faults.append(f"{path}: two rows of the ledger are called {row.id!r}")
    for claim in notes.values():
        if claim.id in known:
            _annotate(known[claim.id], claim)
        elif not faults or not strict:
            faults.append(f"{path}, row {claim.line} ({claim.id}), column id: no row of a table check has this name")
    if faults and (strict or not rows):
        raise FaultyInput(faults)
    _name_claims(rows)
    for row in rows:
        warnings += [f"{transcription.name}/{row.id}: {text}" for text in _doubts(row)]
    failed = [row for row in rows if row.verdict == "inconsistent" and not row.aside]
    silent = [row for row in rows if row.verdict == "not checkable" and not row.note]
    for found, what in (
        ([r for r in failed if not r.diagnosis], "inconsistent without a diagnosis"),
        ([r for r in failed if r.diagnosis and not r.explanation], "diagnosed without an explanation"),
        (silent, "not checkable, and the note does not say why"),
    ):
        if found:
            warnings.append(f"{transcription.name}: {what}: {', '.join(row.id for row in found)}")
    return Report(rows, warnings, [transcription], faults)


def _name_claims(rows: list[Row]) -> None:
    """Say which rows check one claim, and which inconsistent rows have one cause."""
    claims: dict[tuple, str] = {}
    defects: dict[str, str] = {}
    for row in rows:
        if row.aside or row.verdict in ("context", "remark"):
            continue
        starred = row.target is not None and row.target.kind == "stars"
        row.claim = claims.setdefault((row.target_key, starred), row.id) if row.target_key[0] else row.id
        if row.verdict == "inconsistent":
            row.defect = defects.setdefault(row.explanation, row.id) if row.explanation else row.id


def _counts_by_hand(formula: Formula) -> bool:
    """Whether a formula reads nothing that is printed: whole numbers of one digit, added up."""
    return not any(r.variables for r in formula.readings) and not any(
        isinstance(node, ast.Call | ast.Subscript) for r in formula.readings for node in ast.walk(r.node)
    )


class _Fault(ValueError):
    def __init__(self, column: str, what: str, cell: Key | None = None):
        self.column, self.cell = column, cell
        super().__init__(what)


def _located(t: Transcription, claim: Claim, fault: _Fault) -> str:
    """File, row, column and text of a fault, in one line."""
    if fault.cell:
        name, row, column = fault.cell
        what = str(fault).partition("]: ")[2]
        return f"{t.folder / t.files.get(name, name)}, row {row!r}, column {column!r}: {what}; {claim.id} needs it"
    return f"{t.folder / 'claims.csv'}, row {claim.line} ({claim.id}), column {fault.column}: {fault}"


def _rows(t: Transcription, claim: Claim, wrong: list[_Fault]) -> list[Row]:
    """The ledger's rows of one claim; what is wrong with some rows of a table check is added to `wrong`."""
    if claim.kind == "table":
        return _table_rows(t, claim, wrong)
    row = _blank(t, claim, claim.kind)
    if claim.kind == "context" or claim.kind in REMARKS:
        row.verdict = "context" if claim.kind == "context" else "remark"
        return [row]
    if not claim.formula:
        row.target_key = _own_key(t, claim, None)
        row.printed = _resolved(t, claim)
        return [row]
    row.printed = _resolved(t, claim)
    target = _target(row.printed, _read_target)
    words = target.kind in ("bound", "range", "about")  # a sentence compared with one cell does not restate it
    row.formula = _compiled(claim.formula, t, claim.id, restating=words)
    if any(_repeats_itself(reading, target) for reading in row.formula.readings):
        raise _Fault("formula", f"{claim.formula!r}: the printed number itself is typed there; derive it from others")
    row.target_key = _own_key(t, claim, row.formula)
    return [_judged(row, target, _read_target)]


def _repeats_itself(reading: Reading, target: Printed) -> bool:
    """Whether a reading does nothing but repeat, as typed in the formula, the number that it is to derive."""
    node = reading.node
    return (
        isinstance(node, ast.Call)
        and node.func.id == "repeats"
        and isinstance(node.args[0], ast.Constant)
        and all(number.interval == target.interval for number in reading.bind())
    )


def _blank(t: Transcription, claim: Claim, kind: str) -> Row:
    return Row(
        t.name, claim.id, claim.where, kind, claim.statement, claim.printed, "not checkable", claim.diagnosis,
        claim.explanation, claim.matters, claim.note, tables=t.tables,
    )  # fmt: skip


def _table_rows(t: Transcription, claim: Claim, wrong: list[_Fault]) -> list[Row]:
    try:
        call = compile_table_call(claim.formula, t.tables)
        derived = call.check.function(*call.positional, **call.named)
    except FormulaError as error:
        raise _Fault("formula", str(error), getattr(error, "key", None)) from None
    except ValueError as error:
        raise _Fault("formula", f"{claim.formula!r}: {error}") from None
    seen: Counter[str] = Counter()
    rows = []
    for d in derived:
        seen[d.suffix] += 1  # names that differ in punctuation only
        suffix = d.suffix if seen[d.suffix] == 1 else f"{d.suffix}-{seen[d.suffix]}"
        try:
            rows.append(_derived_row(t, claim, d, f"{claim.id}.{suffix}"))
        except _Fault as fault:
            if (str(fault), fault.cell) not in [(str(f), f.cell) for f in wrong]:
                wrong.append(fault)
    return rows


def _derived_row(t: Transcription, claim: Claim, d: Derived, identity: str) -> Row:
    row = _blank(t, claim, "table")
    row.id, row.statement = identity, d.statement
    cell = not isinstance(d.printed, str)
    row.printed = t.tables[d.printed[0]].cells[d.printed[1:]] if cell else d.printed
    row.target_key = d.printed if cell else ("", "", "")
    reader = d.reader or _read_target
    target = _target(row.printed, reader)
    row.formula = _compiled(d.formula, t, identity, restating=True)
    row = _judged(row, target, reader)
    if row.verdict != "inconsistent":
        row.diagnosis = row.explanation = row.matters = ""
    return row


_read_target = read_result


def _target(text: str, reader) -> Printed:
    try:
        return reader(text)
    except ValueError as error:
        raise _Fault("printed", str(error).removeprefix("text: ")) from None


def _compiled(text: str, t: Transcription, owner: str, restating: bool) -> Formula:
    try:
        return compile_formula(text, t.tables, owner, restating)
    except FormulaError as error:
        raise _Fault("formula", str(error), getattr(error, "key", None)) from None


def _judged(row: Row, target: Printed, reader) -> Row:
    try:
        row.outcome = judge(row.formula.readings, target)
    except ValueError as error:
        raise _Fault("formula", str(error)) from None
    row.target, row.reader, row.verdict = target, reader, row.outcome.verdict
    if row.verdict == "not checkable":
        row.note = row.note or "the printed digits allow every value"
    return row


def _resolved(t: Transcription, claim: Claim) -> str:
    """The printed text, also where the claim names a cell instead of quoting it."""
    key = cell_reference(claim.printed)
    if key is None:
        return claim.printed
    table = t.tables.get(key[0])
    if table is None or key[1:] not in table.cells or not table.cells[key[1:]]:
        raise _Fault("printed", f"{claim.printed}: no such cell, or nothing printed there")
    return table.cells[key[1:]]


def _own_key(t: Transcription, claim: Claim, formula: Formula | None) -> Key:
    """Key of the printed result: the named cell; else the only cell of the table that `where` names which prints it."""
    key = cell_reference(claim.printed)
    if key is not None:
        return key
    tables = {f"T{k}" for k in re.findall(r"\bTable\s+(\d+)", claim.where)} & t.tables.keys()
    if len(tables) == 1 and claim.kind == "number":
        table = t.tables[tables.pop()]
        places = [(table.name, *place) for place, text in table.cells.items() if text == claim.printed]
        if len(places) == 1 and not (formula and places[0] in formula.keys):
            return places[0]
    return (claim.id, "printed", "")


def _annotate(row: Row, claim: Claim) -> None:
    """What people say about one row of a table check."""
    for name in ("diagnosis", "explanation", "matters", "note", "statement", "where"):
        if getattr(claim, name):
            setattr(row, name, getattr(claim, name))


def _doubts(row: Row) -> Iterable[str]:
    if row.diagnosis and row.verdict != "inconsistent":
        yield f"a diagnosis ({row.diagnosis}) stands on a row that comes out {row.verdict}"
    if row.verdict == "open":
        yield "open: neither refuted nor witnessed within the limit of boxes"


def _readable(text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return bool(re.search(r"\d", text))
