"""A build that is killed and taken up again ends with the same bytes: shown on a book of two small chapters."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import yaml

from replica.build import skeleton

MOMENTS = (0.15, 0.4, 0.6, 0.8)  # of the time that an undisturbed build takes
CHAPTERS = ("01-one", "21-two")
FILES = ("Snakefile", "_config.yml", "_toc.yml", "index.md", "references.bib", "requirements.txt")


def small_book(root: Path, folder: Path) -> None:
    """Lay out in `folder` the book of the checkout `root` with two skeleton chapters instead of its own."""
    for name in ("lib", "pages"):
        shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(root / name, folder / name)
    contents = yaml.safe_load((folder / "_toc.yml").read_text(encoding="utf-8"))
    for part in contents["parts"]:
        part["chapters"] = [entry for entry in part["chapters"] if not entry["file"].startswith("chapters/")]
    contents["parts"] = [part for part in contents["parts"] if part["chapters"]]
    text = yaml.safe_dump(contents, allow_unicode=True, sort_keys=False)
    (folder / "_toc.yml").write_text(text, encoding="utf-8")
    for name in ("chapters", "data"):
        (folder / name).mkdir()
    for name in CHAPTERS:
        skeleton.new_chapter(folder, name, "I")


def products(folder: Path) -> dict[str, str]:
    """Digests of the published site, the ledger and the executed notebooks, by their names."""
    site = (folder / "_build/html").resolve()
    paths = [*site.rglob("*"), folder / "_build/ledger.csv", *(folder / "_build/executed").glob("*.ipynb")]
    return {
        str(path.relative_to(site) if site in path.parents else path.name): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in paths
        if path.is_file()
    }


def resumed(folder: Path, command: Sequence[str], moments: Sequence[float] = MOMENTS) -> tuple[list[str], list[str]]:
    """Build once undisturbed and once with kills, and compare.

    Parameters
    ----------
    folder
        A book that has not been built; its ``_build`` is removed in between.
    command
        Builds it.
    moments
        When to kill each attempt, as parts of the time of the undisturbed build.

    Returns
    -------
    tuple of list of str
        Faults, and remarks.
    """
    start = time.monotonic()
    first = _run(folder, command)
    if first:
        return [f"the undisturbed build fails: {first}"], []
    seconds, undisturbed = time.monotonic() - start, products(folder)
    shutil.rmtree(folder / "_build")
    hit = sum(_killed(folder, command, seconds * moment) for moment in moments)
    last = _run(folder, command)
    if last:
        return [f"the build fails after {hit} kills: {last}"], []
    ended = products(folder)
    names = sorted(undisturbed.keys() | ended.keys())
    faults = [f"{name} differs after {hit} kills" for name in names if undisturbed.get(name) != ended.get(name)]
    if not hit:
        faults.append("no build was killed before its end")
    return faults, [f"a build of {seconds:.0f} s, killed {hit} times and taken up again; {len(names)} files compared"]


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(folder / "lib")}


def _run(folder: Path, command: Sequence[str]) -> str:
    """Run `command`; its last lines where it fails."""
    run = subprocess.run(
        command, cwd=folder, env=_environment(folder), capture_output=True, text=True, check=False, errors="replace"
    )
    return " ".join((run.stderr or run.stdout).splitlines()[-3:]) if run.returncode else ""


def _killed(folder: Path, command: Sequence[str], seconds: float) -> bool:
    """Start `command`, kill its process group after `seconds`; whether it was still running."""
    build = subprocess.Popen(
        command,
        cwd=folder,
        env=_environment(folder),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        build.wait(timeout=seconds)
        return False
    except subprocess.TimeoutExpired:
        os.killpg(build.pid, signal.SIGKILL)
        build.wait()
        return True


def check(root: Path) -> tuple[list[str], list[str]]:
    """Faults and remarks on the small book of the checkout `root`."""
    with tempfile.TemporaryDirectory(prefix="replica-") as folder:
        book = Path(folder) / "small book"  # a path with a blank
        book.mkdir()
        small_book(root, book)
        return resumed(book, [sys.executable, "-m", "replica.build", "book"])
