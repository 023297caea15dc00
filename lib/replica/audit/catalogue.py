"""The list of checks, by what a reader has in hand: one line to copy for each."""

from __future__ import annotations

import inspect
import textwrap

from . import formula
from .registry import CHECKS, TOPICS, Check

WIDTH = 110


def text(topic: str | None = None) -> str:
    """The checks of one topic or of all, and then the formula language.

    Raises
    ------
    ValueError
        If there is no such topic.
    """
    if topic is not None and topic not in TOPICS:
        raise ValueError(f"topic: one of {', '.join(TOPICS)}, not {topic!r}")
    lines = []
    for name in [topic] if topic else TOPICS:
        title = f"You have {name}"
        lines += [title, "=" * len(title), ""]
        for check in sorted((c for c in CHECKS.values() if c.topic == name), key=lambda c: c.name):
            lines += _entry(check)
    if topic is None:
        lines += ["The formula language", "====================", "", inspect.cleandoc(formula.__doc__ or "")]
    return "\n".join(lines)


def _entry(check: Check) -> list[str]:
    how = "   (a claim of its own: it checks the whole table)" if check.kind == "table" else ""
    lines = [f"{check.example}{how}"]
    for label, value in (
        ("", _described(check)),
        ("parameters: ", check.signature),
        ("reference: ", check.reference),
        ("assumes: ", check.assumptions),
    ):
        lines += textwrap.wrap(label + value, WIDTH, initial_indent="    ", subsequent_indent="      ")
    return [*lines, ""]


def _described(check: Check) -> str:
    """The first paragraph of the docstring."""
    return " ".join((inspect.getdoc(check.function) or "").split("\n\n")[0].split())
