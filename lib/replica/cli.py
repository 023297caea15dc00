"""The command line: ``replica audit``, ``replica new-audit``, ``replica new-chapter``.

Exit codes of ``replica audit``: 0 nothing inconsistent; 1 at least one claim is inconsistent; 2 faulty input (nothing
is written); 3 the ledger could not be written. ``new-audit``: 0 written; 2 the folder exists and is not empty.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

TEMPLATE = Path(__file__).parent / "audit" / "template"
LEDGER = Path("_build") / "ledger.csv"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["new-chapter"]:
        from replica.build.skeleton import main as new_chapter

        return new_chapter(given[1:]) or 0
    options = _parser().parse_args(given)
    try:
        return options.run(options)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="replica", description="Check the printed numbers of an article.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    audit = commands.add_parser(
        "audit",
        help="check every claim in one or more folders and write the ledger",
        epilog="Exit codes: 0 nothing inconsistent, 1 something is, 2 faulty input, 3 the ledger cannot be written.",
    )
    audit.add_argument("folders", nargs="*", metavar="DIR", type=Path, help="a folder with claims.csv and table-K.csv")
    audit.add_argument("--out", metavar="FILE", type=Path, default=LEDGER, help=f"the ledger (default {LEDGER})")
    audit.add_argument("--all", action="store_true", help="list consistent rows and remarks too")
    audit.add_argument("--power", action="store_true", help="also: smallest set of edits, and detection power")
    audit.add_argument("--list-checks", action="store_true", help="print every check with its reference, and stop")
    audit.set_defaults(run=_audit)

    new = commands.add_parser("new-audit", help="write a template folder with a worked example")
    new.add_argument("folder", metavar="DIR", type=Path)
    new.set_defaults(run=_new_audit)

    commands.add_parser("new-chapter", help="write the skeleton of a chapter (NN-slug)")
    return parser


def _audit(options: argparse.Namespace) -> int:
    from replica.audit import FaultyInput, audit, report

    if options.list_checks:
        print(report.checks())
        return 0
    if not options.folders:
        return _refused(["no folder is named; try: replica audit data/*  or  replica new-audit my-table"])
    try:
        result = audit(*options.folders)
    except FaultyInput as error:
        return _refused(error.faults)
    print(report.text(result, colour=_colour(), every=options.all))
    if options.power:
        from replica.audit.edits import smallest_edits
        from replica.audit.power import detection_power

        for chapter in result.chapters:
            print(f"{chapter}\n{smallest_edits(result, chapter)}\n{detection_power(result, chapter)}\n")
    try:
        result.to_csv(options.out)
    except OSError as error:
        print(f"replica: the ledger cannot be written: {error}", file=sys.stderr)
        return 3
    print(f"ledger: {options.out} ({len(result.rows)} rows)")
    return 1 if any(row.verdict == "inconsistent" for row in result.rows) else 0


def _refused(faults: list[str]) -> int:
    for fault in faults:
        print(f"replica: {fault}", file=sys.stderr)
    if len(faults) > 1:
        print(f"replica: {len(faults)} faults; nothing was written", file=sys.stderr)
    return 2


def _colour() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def _new_audit(options: argparse.Namespace) -> int:
    folder: Path = options.folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        return _refused([f"{folder} exists and is not empty; nothing was written"])
    folder.mkdir(parents=True, exist_ok=True)
    for source in sorted(TEMPLATE.iterdir()):
        (folder / source.name).write_bytes(source.read_bytes())
    print(f"{folder}: {', '.join(p.name for p in sorted(folder.iterdir()))}")
    print(f"next: read {folder / 'README.md'}, then run: replica audit {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
