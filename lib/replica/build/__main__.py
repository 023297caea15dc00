"""`python -m replica.build book|verify [name=value ...]`: what the Makefile calls.

Builds the book, or executes every chapter twice and compares; `name=value` are parameters for every chapter.
Exit code 0, or that of Snakemake.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

from replica.build import keys, lock, site

ROOT = Path(__file__).resolve().parents[3]


def snakemake(target: str, parameters: list[str], descriptor: int) -> int:
    """Run Snakemake for `target` in the checkout and return its exit code."""
    command = [
        sys.executable,
        "-m",
        "snakemake",
        target,
        "--directory",
        str(ROOT),
        "--snakefile",
        str(ROOT / "Snakefile"),
        "--cores",
        os.environ.get("CORES", str(os.cpu_count() or 1)),
        "--nolock",
        "--keep-going",
        "--rerun-incomplete",
        "--rerun-triggers",
        "mtime",
        "--quiet",
        "all",
        *shlex.split(os.environ.get("SNAKEMAKE", "")),
    ]
    if parameters:
        command += ["--config", *parameters]
    return subprocess.run(command, cwd=ROOT, pass_fds=[descriptor], check=False).returncode


def announce(parameters: list[str]) -> None:
    """Say which chapters will be executed; a faulty notebook is reported here, before Snakemake starts."""
    values = dict(parameter.split("=", 1) for parameter in parameters)
    names = keys.chapters(ROOT)
    executed = ROOT / "_build/executed"
    due = [name for name in names if not (executed / f"{name}.{keys.chapter_key(ROOT, name, values)}.ipynb").exists()]
    print(f"{len(names)} chapters, {len(due)} to execute{': ' if due else ''}{', '.join(due)}", flush=True)


def main(arguments: list[str]) -> int:
    """Command line."""
    target, parameters = arguments[0], arguments[1:]
    with lock.held(ROOT / ".book.lock", "another build is running; waiting for it") as descriptor:
        try:
            announce(parameters)
        except (ValueError, OSError, SyntaxError) as error:
            print(f"FAILED {error}", file=sys.stderr)
            return 1
        code = snakemake(target, parameters, descriptor)
        if code == 0 and target == "book":
            try:
                print(f"the book: {site.publish(ROOT, parameters).relative_to(ROOT)}")
            except ValueError as error:
                print(f"FAILED {error}", file=sys.stderr)
                code = 1
        if code:
            print(f"{target} failed; the site of the last good build is unchanged", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
