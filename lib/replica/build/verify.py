"""Execute every chapter again, as other machines and other seeds would: `python -m replica.build.verify`.

Checks, each against a first execution from scratch:

- *twice*: again, in another order, time zone and width of terminal: the same bytes;
- *kernels*: under the numerical kernels of two older processors: the same text (:mod:`replica.build.compare`);
- *seeds*: with seeds 2 to 5: no error, no warning, every assertion holds, and conclusions agree as often as their
  intervals promise (:mod:`replica.build.seeds`);
- *kills*: a small book, killed and built on, ends with the same bytes (:mod:`replica.build.kills`).

An execution is a product, named by the chapter's key, the variant and the kernels of this machine: what has not changed
is not executed again. A table of chapters and checks, with the differences beneath, goes to `_build/verify/report.txt`
and, for machines, `report.json`. Exit code 1 if anything fails.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from replica.build import compare, kernels, keys, kills, seeds

ROOT = Path(__file__).resolve().parents[3]
CHECKS = ("twice", "kernels", "seeds", "kills")
SEEDS = (2, 3, 4, 5)
ELSEWHERE = {"TZ": "Asia/Kathmandu", "COLUMNS": "40"}
FIRST, SECOND, ALL = "first", "second", "all chapters"


@dataclass(frozen=True)
class Variant:
    """One way to execute a chapter: variables of the environment, parameters, and the kernels that are active."""

    name: str
    environment: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    kernels: str = ""


@dataclass
class Result:
    """What one check found in one chapter."""

    faults: list[str]
    remarks: list[str] = field(default_factory=list)

    @property
    def word(self) -> str:
        """For the table."""
        return f"{len(self.faults)} FAILED" if self.faults else "ok"


@dataclass(frozen=True)
class Run:
    """An execution: its notebook, or why there is none."""

    path: Path
    fault: str = ""

    def notebook(self) -> dict:
        """The executed notebook."""
        return keys.read_notebook(self.path)


Runs = Mapping[str, Mapping[str, Run]]  # by chapter and variant
Results = dict[str, dict[str, Result]]  # by chapter and check


def variants(checks: Iterable[str], here: kernels.Report) -> tuple[list[Variant], list[str]]:
    """The executions that `checks` need, and what is wrong with the kernels among them."""
    plain = kernels.words(here)
    found, faults = [Variant(FIRST, kernels=plain)], []
    if "twice" in checks:
        found.append(Variant(SECOND, ELSEWHERE, kernels=plain))
    if "kernels" in checks:
        for name in kernels.OTHERS:
            environment = kernels.environment(name, here)
            active = kernels.probe(environment)
            print(f"kernels {name}: {kernels.words(active)} (here: {plain})", flush=True)
            if fault := kernels.fault(name, active):
                faults.append(fault)
            found.append(Variant(name, environment, kernels=kernels.words(active)))
    if "seeds" in checks:
        found += [Variant(f"seed-{seed}", parameters={"seed": str(seed)}, kernels=plain) for seed in SEEDS]
    return found, faults


def product(root: Path, chapter: str, variant: Variant) -> Path:
    """Where the execution of `chapter` in a `variant` is kept."""
    parts = [
        keys.chapter_key(root, chapter, variant.parameters),
        json.dumps(variant.environment, sort_keys=True),
        variant.kernels,
    ]
    digest = keys.digest(part.encode() for part in parts)
    return root / "_build/verify/runs" / f"{chapter}.{variant.name}.{digest}.ipynb"


def execute(root: Path, chapter: str, variant: Variant) -> Run:
    """Execute `chapter` in a `variant`, unless that has been done."""
    path = product(root, chapter, variant)
    if path.exists():
        return Run(path)
    values = [f"{name}={value}" for name, value in variant.parameters.items()]
    command = [sys.executable, "-m", "replica.build.execute", root / "chapters" / f"{chapter}.ipynb", path, *values]
    start = time.monotonic()
    environment = {**os.environ, **variant.environment}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, errors="replace")
    seconds = time.monotonic() - start
    if run.returncode:
        lines = (run.stderr or run.stdout).strip().splitlines() or [f"exit code {run.returncode}"]
        fault = next((line for line in lines if line.startswith("FAILED")), lines[-1])
        print(f"{chapter}, {variant.name}: {fault}", flush=True)
        return Run(path, fault)
    if product(root, chapter, variant) != path:
        path.unlink()
        return Run(path, "its sources changed while it was executed")
    for older in path.parent.glob(f"{chapter}.{variant.name}.*"):
        if not older.name.startswith(path.name):
            older.unlink()
    if variant.name == FIRST:
        (path.parent / f"{chapter}.seconds").write_text(f"{seconds:.1f}\n")
    print(f"{chapter}, {variant.name}: executed in {seconds:.0f} s", flush=True)
    return Run(path)


def _seconds(root: Path, chapter: str) -> float:
    """How long `chapter` took last; endless where that is not known."""
    path = root / "_build/verify/runs" / f"{chapter}.seconds"
    return float(path.read_text()) if path.exists() else float("inf")


def execute_all(root: Path, chapters: Sequence[str], wanted: Sequence[Variant], workers: int) -> Runs:
    """Execute `chapters` in all variants, the longest first; the second execution is the other way round."""
    longest_first = sorted(chapters, key=lambda chapter: -_seconds(root, chapter))
    order = [
        (chapter, variant)
        for variant in wanted
        for chapter in (reversed(longest_first) if variant.name == SECOND else longest_first)
    ]
    with ThreadPoolExecutor(workers) as pool:
        done = list(pool.map(lambda job: execute(root, *job), order))
    runs: dict[str, dict[str, Run]] = {chapter: {} for chapter in chapters}
    for (chapter, variant), run in zip(order, done, strict=True):
        runs[chapter][variant.name] = run
    return runs


def judge(runs: Runs, root: Path) -> Results:
    """Compare the executions of every chapter of the checkout `root` with its first."""
    results: Results = {chapter: {} for chapter in runs}
    rows: dict[str, dict[int, dict]] = {}
    for chapter, found in runs.items():
        first, row = found[FIRST], results[chapter]
        if SECOND in found:
            row["twice"] = _compared(first, found[SECOND], compare.bytewise)
        for name in kernels.OTHERS:
            if name in found:
                row[name] = _compared(first, found[name], _as_shown(root / "chapters" / f"{chapter}.ipynb"))
        seeded = {1: first} | {int(name[5:]): run for name, run in found.items() if name.startswith("seed-")}
        faults = [f"seed {seed}: {run.fault}" for seed, run in seeded.items() if run.fault]
        if not faults and len(seeded) > 1:
            rows[chapter] = {seed: seeds.rows(run.notebook()) for seed, run in seeded.items()}
            row["seeds"] = Result(*seeds.agreement(rows[chapter]))
        elif len(seeded) > 1:
            row["seeds"] = Result(faults)
    if len(rows) > 1:
        results[ALL] = {"seeds": _whole_book(rows)}
    return results


def _compared(first: Run, other: Run, compared: Callable[[dict, dict], tuple[list[str], list[str]]]) -> Result:
    if first.fault or other.fault:
        return Result([first.fault or other.fault])
    try:
        return Result(*compared(first.notebook(), other.notebook()))
    except ValueError as error:
        return Result([str(error)])


def _as_shown(chapter: Path) -> Callable[[dict, dict], tuple[list[str], list[str]]]:
    """The comparison of what is shown, with what the notebook `chapter` in git allows to move."""
    return lambda one, other: compare.shown(one, other, compare.limits(keys.read_notebook(chapter)))


def _whole_book(rows: Mapping[str, Mapping[int, dict]]) -> Result:
    """Whether too many rows of all chapters together have intervals that exclude each other."""
    counted = [seeds.excluding(found) for found in rows.values()]
    apart, of = sum(len(names) for names, _ in counted), sum(number for _, number in counted)
    sentence = f"intervals of {apart} of {of} rows exclude each other"
    return Result([sentence] if seeds.surplus(apart, of, 1 + len(SEEDS)) else [], [sentence])


def table(results: Results) -> str:
    """Chapters by checks, then faults, then remarks, as plain text."""
    checks = list(dict.fromkeys(check for row in results.values() for check in row))
    lines = [["", *checks]]
    lines += [[name, *(row[check].word if check in row else "-" for check in checks)] for name, row in results.items()]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    for title, part in (("Failed", "faults"), ("Remarks", "remarks")):
        listed = [
            f"{name}, {check}: {line}"
            for name, row in results.items()
            for check, result in row.items()
            for line in getattr(result, part)
        ]
        text += ["", title, *listed] if listed else []
    return "\n".join(text) + "\n"


def write_report(folder: Path, results: Results) -> str:
    """Write `report.txt` and `report.json` in `folder` and return the text."""
    folder.mkdir(parents=True, exist_ok=True)
    text = table(results)
    (folder / "report.txt").write_text(text, encoding="utf-8")
    content = {
        name: {check: {"faults": found.faults, "remarks": found.remarks} for check, found in row.items()}
        for name, row in results.items()
    }
    (folder / "report.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return text


def verify(root: Path, only: Sequence[str] = (), checks: Sequence[str] = CHECKS, workers: int = 0) -> Results:
    """Run `checks` on the chapters of the checkout `root`.

    Parameters
    ----------
    root
        The checkout.
    only
        Beginnings of names of chapters, such as ``15``; all chapters where it is empty.
    checks
        Some of :data:`CHECKS`.
    workers
        Executions at a time; 0 for one on each core.

    Raises
    ------
    ValueError
        If no chapter begins with one of `only`.
    """
    chapters = [name for name in keys.chapters(root) if not only or name.startswith(tuple(only))]
    for beginning in only:
        if not any(name.startswith(beginning) for name in chapters):
            raise ValueError(f"only: no chapter begins with {beginning!r}")
    results: Results = {}
    if set(checks) - {"kills"}:
        wanted, faults = variants(checks, kernels.probe({}))
        results = judge(execute_all(root, chapters, wanted, workers or os.cpu_count() or 1), root)
        if faults:
            results.setdefault(ALL, {})["kernels"] = Result(faults)
    if "kills" in checks:
        results["a small book"] = {"kills": Result(*kills.check(root))}
    return results


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; exit code 1 if anything fails, 2 if a chapter or check is unknown."""
    parser = argparse.ArgumentParser(prog="replica.build.verify", description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="*", default=[], metavar="NN", help="chapters, by the beginning of their names")
    parser.add_argument("--checks", nargs="*", default=CHECKS, choices=CHECKS)
    options = parser.parse_args(arguments)
    try:
        results = verify(ROOT, options.only, options.checks, int(os.environ.get("CORES", "0")))
    except ValueError as error:
        print(f"verify: {error}", file=sys.stderr)
        return 2
    print(write_report(ROOT / "_build/verify", results), end="")
    return 1 if any(found.faults for row in results.values() for found in row.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
