"""The report in plain text, and the list of checks."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from .ledger import CHECKED, Report, Row

WIDTH = 100
COLOURS = {"inconsistent": "31", "last digit": "33", "open": "35", "consistent": "32", "bold": "1", "warning": "33"}
_SHOWN = ("inconsistent", "open", "last digit")  # verdicts that are listed row by row


def text(report: Report, colour: bool = False, every: bool = False) -> str:
    """The report for reading in a terminal.

    Parameters
    ----------
    report : Report
    colour : bool
        Whether to use terminal colours.
    every : bool
        Whether consistent rows and remarks are listed too.
    """
    paint = _painter(colour)
    lines: list[str] = []
    for chapter in report.chapters:
        lines += _chapter(report, chapter, paint, every)
    for warning in report.warnings:
        lines += _wrapped(f"{paint('warning', 'to look at')}  {warning}", "            ")
    if len(report.chapters) > 1:
        lines += [paint("bold", f"{len(report.chapters)} folders"), *_wrapped(summary(report), "  ", first="  ")]
    return "\n".join(lines)


def summary(report: Report, chapter: str | None = None) -> str:
    """One sentence of counts with their denominators: claims, each once however many rows check it."""
    n = report.counts(chapter)
    if not n["claims"]:
        return _beside("no claim to check", n)
    parts = [f"{n[v]} {v}" for v in CHECKED if n[v]]
    if n["defects"]:
        at = next(k for k, part in enumerate(parts) if part.endswith("inconsistent"))
        parts[at] += f" ({_plural(n['defects'], 'defect')})"
    checked = f"{n['checked']} of {_plural(n['claims'], 'claim')} checked"
    sentence = f"{checked}: {', '.join(parts)}" if parts else checked
    if n["weak"]:
        sentence += f"; {n['weak']} of the consistent checks are weak (the last digit could differ unseen)"
    return _beside(sentence, n)


def _beside(sentence: str, n: dict[str, int]) -> str:
    """The sentence, and what stands beside the counts."""
    matters = f" ({n['matters']} of them {'matters' if n['matters'] == 1 else 'matter'})" if n["matters"] else ""
    others = [_plural(n["remark"], "remark") + matters] * bool(n["remark"])
    others += [_plural(n["aside"], "row") + " on second readings and counts by hand"] * bool(n["aside"])
    others += [_plural(n["context"], "number") + " for context"] * bool(n["context"])
    return sentence + (f". Beside the counts: {', '.join(others)}." if others else ".")


def _plural(n: int, noun: str) -> str:
    return f"{n} {noun}" + ("" if n == 1 else "s")


def _chapter(report: Report, chapter: str, paint: Callable[[str, str], str], every: bool) -> list[str]:
    rows = [r for r in report.rows if r.chapter == chapter]
    lines = [paint("bold", chapter), *_wrapped(summary(report, chapter), "  ", first="  ")]
    shown = (*_SHOWN, "consistent") if every else _SHOWN
    for verdict in shown:
        for row in rows:
            if row.verdict == verdict:
                lines += _row(row, paint)
    for row in rows:
        if every and row.verdict == "remark":
            note = f" ({row.note})" if row.note else ""
            lines += _wrapped(f"remark, {row.kind}  {row.id}  {row.statement}{note}", "      ", first="  ")
    return [*lines, ""]


def _row(row: Row, paint: Callable[[str, str], str]) -> list[str]:
    weak = (" (weak)" if row.weak else "") + (" (outside the counts)" if row.aside else "")
    where = f"  [{row.where}]" if row.where else ""
    lines = _wrapped(f"{row.verdict}{weak}  {row.id}  {row.statement}{where}", "      ", first="  ")
    lines[0] = lines[0].replace(row.verdict, paint(row.verdict, row.verdict), 1)
    lines += _wrapped(row.arithmetic, "        ", first="      ")
    if len(row.formula.readings) > 1:
        readings = f"{len(row.formula.readings)} readings tried; shown: {row.reading}"
        lines += _wrapped(readings, "        ", first="      ")
    if row.diagnosis:
        lines += _wrapped(f"diagnosis: {row.diagnosis}. {row.explanation}", "        ", first="      ")
    return lines


def _wrapped(line: str, indent: str, first: str = "") -> list[str]:
    return textwrap.wrap(line, WIDTH, initial_indent=first, subsequent_indent=indent, break_long_words=False) or [""]


def _painter(colour: bool) -> Callable[[str, str], str]:
    return lambda name, word: f"\x1b[{COLOURS[name]}m{word}\x1b[0m" if colour else word
