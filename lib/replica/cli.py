"""The command line: ``replica check``, ``replica audit``, ``replica new-audit``, ``replica new-chapter``.

Exit codes of ``replica audit``: 0 nothing inconsistent; 1 at least one claim is inconsistent; 2 nothing could be
audited (nothing is written); 3 the ledger could not be written, or would replace something that is no ledger; 4 some
lines or cells could not be read, the rest was audited and written. ``check``: 0 every result agrees; 1 one is
inconsistent; 2 no result could be read. ``new-audit``: 0 written; 2 the folder exists and is not empty.
"""

from __future__ import annotations

import argparse
import os
import re
import stat
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
        epilog="Exit codes: 0 nothing inconsistent, 1 something is, 2 nothing could be audited, 3 the ledger cannot be "
        "written, 4 some lines or cells cannot be read (the rest is audited).",
    )
    audit.add_argument("folders", nargs="*", metavar="DIR", type=Path, help="a folder with claims.csv and table-K.csv")
    audit.add_argument("--out", metavar="FILE", type=Path, default=LEDGER, help=f"the ledger (default {LEDGER})")
    audit.add_argument("--all", action="store_true", help="list consistent rows and remarks too")
    audit.add_argument("--power", action="store_true", help="also: smallest set of edits, and detection power")
    audit.add_argument("--seconds", type=float, default=10.0, help="time limit of one claim (default 10)")
    audit.add_argument(
        "--list-checks",
        nargs="?",
        const="",
        metavar="TOPIC",
        help="print the checks by what you have in hand, and stop",
    )
    audit.set_defaults(run=_audit)

    one = commands.add_parser(
        "check",
        help="check the test results of one sentence",
        epilog="Exit codes: 0 every result agrees, 1 one is inconsistent, 2 no result could be read.",
    )
    one.add_argument("sentence", metavar="TEXT", help='such as "t(28) = 2.20, p = .036"')
    one.set_defaults(run=_check)

    new = commands.add_parser("new-audit", help="write a template folder with a worked example")
    new.add_argument("folder", metavar="DIR", type=Path)
    new.set_defaults(run=_new_audit)

    commands.add_parser("new-chapter", help="write the skeleton of a chapter (NN-slug)")
    return parser


def _audit(options: argparse.Namespace) -> int:
    from replica.audit import FaultyInput, audit, catalogue, report

    if options.list_checks is not None:
        try:
            print(catalogue.text(options.list_checks or None))
        except ValueError as error:
            return _refused([str(error)])
        return 0
    if not options.folders:
        return _refused(["no folder is named; try: replica audit data/*  or  replica new-audit my-table"])
    reason = _not_a_ledger(options.out, options.folders)
    if reason:
        print(f"replica: the ledger cannot be written to {options.out}: {reason}; nothing was written", file=sys.stderr)
        return 3
    try:
        result = audit(*options.folders, strict=False, seconds=options.seconds)
    except FaultyInput as error:
        return _refused(error.faults)
    print(report.text(result, colour=_colour(), every=options.all))
    if options.power:
        from replica.audit.edits import smallest_edits
        from replica.audit.power import detection_power

        for chapter in result.chapters:
            print(f"{chapter}\n{smallest_edits(result, chapter)}\n{detection_power(result, chapter)}\n")
    try:
        result.to_csv(options.out.resolve())
    except OSError as error:
        print(f"replica: the ledger cannot be written: {error}", file=sys.stderr)
        return 3
    print(f"ledger: {options.out} ({len(result.rows)} rows)")
    for fault in result.faults:
        print(f"replica: {fault}", file=sys.stderr)
    if result.faults:
        print(f"replica: {len(result.faults)} could not be read; the rest was audited", file=sys.stderr)
        return 4
    return 1 if any(row.verdict == "inconsistent" for row in result.rows) else 0


def _not_a_ledger(path: Path, folders: Sequence[Path]) -> str:
    """Why the ledger must not be written there; empty where it may be."""
    from replica.audit.ledger import COLUMNS

    target = path.resolve()
    inside = any(target.parent == folder.resolve() for folder in folders)
    if inside and re.fullmatch(r"(?:claims|conclusions|table-.*)\.csv", target.name):
        return "that is an input of the audit"
    try:
        found = target.stat()
        if not stat.S_ISREG(found.st_mode):
            return "that is not a regular file"
        with open(target, "rb") as file:
            begins = file.read(200)
    except FileNotFoundError:
        return ""
    except (OSError, RuntimeError) as error:
        return getattr(error, "strerror", None) or str(error)
    if begins and not begins.startswith(",".join(COLUMNS[:3]).encode()):
        return "a file that is no ledger stands there"
    return ""


def _check(options: argparse.Namespace) -> int:
    from replica.audit import sentence

    try:
        found = sentence.results(options.sentence)
        judged = [(result, *result.judged()) for result in found]
    except ValueError as error:
        return _refused([str(error).removeprefix("text: ")])
    if not found:
        return _refused([f"no test result was found; forms that are read: {sentence.FORMS}"])
    for result, outcome, _, arithmetic in judged:
        weak = ", but another last digit would agree as well" if outcome.verdict == "consistent" else ""
        weak = "" if outcome.discriminates else weak
        print("; ".join([f"{outcome.verdict}{weak}: {arithmetic}", *result.remarks()]))
    return 1 if any(outcome.verdict == "inconsistent" for _, outcome, *_ in judged) else 0


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
