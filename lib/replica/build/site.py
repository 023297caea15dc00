"""The last steps of the build: the ledger, the sources of the site, the site, and its publication in one step."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from replica.build import keys, plain

ROOT = Path(__file__).resolve().parents[3]


def write_ledger(output: Path) -> None:
    """Audit every folder of `data/`; the report stands beside the ledger at `output`."""
    folders = sorted(path for path in (ROOT / "data").iterdir() if path.is_dir())
    command = [sys.executable, "-m", "replica.cli", "audit", *map(str, folders), "--out", str(output)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode > 1:
        sys.exit(run.stderr or run.stdout)
    (output.parent / "report.txt").write_text(run.stdout, encoding="utf-8")
    print(f"audited {len(folders)} chapters", flush=True)


def write_if_changed(path: Path, content: bytes) -> None:
    """Write `content` unless `path` holds it already, so that Sphinx reads again only what is new."""
    if not path.is_file() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def stage(source: Path, ledger: Path, executed: list[Path]) -> None:
    """Bring together in `source` what Sphinx reads; remove what is no longer part of the book."""
    from replica.site import generate

    wanted = {}
    for name in ("_config.yml", "_toc.yml", "index.md", "references.bib"):
        wanted[source / name] = (ROOT / name).read_bytes()
    for path in keys.files_below(ROOT / "pages"):
        wanted[source / path.relative_to(ROOT)] = path.read_bytes()
    for path in executed:
        wanted[source / "chapters" / f"{path.name.split('.')[0]}.ipynb"] = path.read_bytes()
    for path, content in wanted.items():
        write_if_changed(path, content)
    generated = {Path(path) for path in generate.write(source, ledger, source / "chapters")}
    for path in keys.files_below(source):
        if path not in wanted and path not in generated:
            path.unlink()


def run_quietly(*command: object) -> None:
    """Run `command`; end this process with its messages if it fails."""
    run = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(f"FAILED site: {' '.join(str(part) for part in command[:3])}\n{run.stderr or run.stdout}")


def build(marker: Path, ledger: Path, executed: list[Path]) -> None:
    """Build the site into the folder of `marker`, beside the one that is published, and write `marker` last."""
    from replica.site.extension import repository

    source, target = ROOT / "_build/source", marker.parent
    print("building the site", flush=True)
    stage(source, ledger, executed)
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    run_quietly(Path(sys.executable).with_name("jupyter-book"), "config", "sphinx", source)
    options = ["-q", "-a", "-W", "--keep-going", "-b", "html", "-d", ROOT / "_build/doctrees"]
    run_quietly(sys.executable, "-m", "sphinx", *options, source, partial)
    for notebook in (partial / "_sources").rglob("*.ipynb"):
        plain.rewrite(notebook, repository()[0])
    shutil.rmtree(target, ignore_errors=True)
    os.replace(partial, target)
    marker.touch()


def publish(root: Path, parameters: list[str]) -> Path:
    """Point `_build/html` at the site of the current sources, in one step, and remove the sites before it.

    Returns
    -------
    Path
        The landing page.

    Raises
    ------
    ValueError
        If there is no whole site of the current sources, because they changed during the build; the old one stays.
    """
    values = dict(parameter.split("=", 1) for parameter in parameters)
    chapter_keys = {chapter: keys.chapter_key(root, chapter, values) for chapter in keys.chapters(root)}
    built = root / "_build"
    current = built / "sites" / keys.site_key(root, chapter_keys)
    if not (current / ".complete").is_file():
        raise ValueError("the sources changed while the book was built; build again")
    link, following = built / "html", built / f"html.{os.getpid()}"
    following.unlink(missing_ok=True)
    following.symlink_to(current.relative_to(built))
    os.replace(following, link)
    ledger = built / "audit" / keys.ledger_key(root) / "ledger.csv"
    write_if_changed(built / "ledger.csv", ledger.read_bytes())
    for site in current.parent.iterdir():
        if site != current:
            shutil.rmtree(site, ignore_errors=True)
    return link / "index.html"


def main(arguments: list[str]) -> int:
    """Command line: `ledger OUTPUT` or `build MARKER LEDGER EXECUTED ...`."""
    paths = [ROOT / argument for argument in arguments[1:]]
    if arguments[0] == "ledger":
        write_ledger(paths[0])
    else:
        build(paths[0], paths[1], paths[2:])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
