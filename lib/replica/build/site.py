"""The last steps of the build: the ledger, the sources of the site, the site, and its publication in one step."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from replica.build import keys, lock, plain, products

ROOT = Path(__file__).resolve().parents[3]


def write_ledger(output: Path) -> None:
    """Audit every folder of `data/`; the report stands beside the ledger at `output`.

    Detection power is left out: it takes half a minute, and every chapter computes its own.
    """
    folders = sorted(path for path in (ROOT / "data").iterdir() if path.is_dir())
    partial = output.parent.with_name(f"partial.{os.getpid()}")
    partial.mkdir(parents=True)
    ledger = partial / output.name
    command = [sys.executable, "-m", "replica.cli", "audit", *map(str, folders), "--out", str(ledger)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode > 1:
        shutil.rmtree(partial)
        sys.exit(run.stderr or run.stdout)
    (partial / "report.txt").write_text(run.stdout, encoding="utf-8")
    products.publish(partial, output.parent)
    print(f"audited {len(folders)} chapters", flush=True)


def write_if_changed(path: Path, content: bytes) -> None:
    """Write `content` unless `path` holds it already, so that Sphinx reads again only what is new."""
    if not path.is_file() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def with_outputs(notebook: Mapping, executed: Mapping) -> dict:
    """The `notebook` as it stands now, with the outputs that its code cells had when it was `executed`.

    Raises
    ------
    ValueError
        If a code cell was not there when the notebook was executed.
    """
    ran = {cell["id"]: cell for cell in executed["cells"] if cell["cell_type"] == "code"}
    cells = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            if cell["id"] not in ran:
                raise ValueError(f"cell {cell['id']} is new: the sources changed while the book was built; build again")
            cell = cell | {name: ran[cell["id"]][name] for name in ("execution_count", "outputs")}
        cells.append(cell)
        if "parameters" in cell["metadata"].get("tags", []) and "injected-parameters" in ran:
            cells.append(ran["injected-parameters"])
    return {**notebook, "cells": cells, "metadata": notebook["metadata"] | {"language_info": {"name": "python"}}}


def stage(source: Path, ledger: Path, executed: list[Path]) -> None:
    """Bring together in `source` what Sphinx reads; remove what is no longer part of the book."""
    from replica.site import generate

    wanted = {}
    for name in ("_config.yml", "_toc.yml", "index.md", "references.bib"):
        wanted[source / name] = (ROOT / name).read_bytes()
    for path in keys.files_below(ROOT / "pages"):
        wanted[source / path.relative_to(ROOT)] = path.read_bytes()
    for path in executed:
        name = f"chapters/{path.name.split('.')[0]}.ipynb"
        notebook = with_outputs(keys.read_notebook(ROOT / name), keys.read_notebook(path))
        wanted[source / name] = json.dumps(notebook, ensure_ascii=False, sort_keys=True).encode()
    for path, content in wanted.items():
        write_if_changed(path, content)
    generated = {Path(path) for path in generate.write(source, ledger, source / "chapters")}
    for path in keys.files_below(source):
        if path not in wanted and path not in generated:
            path.unlink()


def ingredients(source: Path) -> dict[str, str]:
    """A digest of everything that the pages of `source` are made of, except the prose of notebooks and of `pages/`."""
    parts = {"library": keys.digest_of_files(ROOT, keys.files_below(ROOT / "lib/replica"))}
    for path in keys.files_below(source):
        name, content = path.relative_to(source).as_posix(), path.read_bytes()
        if path.suffix == ".ipynb":
            cells = [cell for cell in json.loads(content)["cells"] if cell["cell_type"] == "code"]
            content = json.dumps(cells).encode()
        parts[name] = keys.digest([b"" if name.startswith("pages/") else content])
    return parts


def run_sphinx(source: Path, target: Path, doctrees: Path) -> str:
    """Make the pages of `source` in `target`; returns the messages where there is an error or a warning, else nothing.

    What `doctrees` holds of an earlier build is used for the pages whose source is older. Where `target` holds pages,
    those that are up to date stay as they are.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # jsonschema does without; its grammar takes a second to compile
    from jupyter_book.cli.main import main as jupyter_book
    from sphinx.cmd.build import build_main

    jobs = str(min(4, os.cpu_count() or 1))
    options = ["-q", "-W", "--keep-going", "-b", "html", "-j", jobs, "-d", str(doctrees)]
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        jupyter_book(["config", "sphinx", str(source)], standalone_mode=False)
        failed = build_main([*options, *([] if target.exists() else ["-a"]), str(source), str(target)])
    return said.getvalue() or "Sphinx failed" if failed else ""


def wheel(folder: Path) -> Path:
    """Make the library, with the printed data, a wheel in `folder`; the same sources give the same bytes."""
    from hatchling.builders.wheel import WheelBuilder

    shutil.rmtree(folder, ignore_errors=True)
    [made] = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    return Path(made)


def build(site: Path, ledger: Path, executed: list[Path]) -> None:
    """Make `site` from the ledger and the executed notebooks, whole or not at all.

    Sphinx keeps in doctrees what it has read, and says no warning of a page twice. So it works on a copy of what the
    last good build kept, with the images of the notebooks beside it, and what it leaves is kept if it is good itself.
    Where nothing but prose has changed since the published site, its other pages are taken over.
    """
    from replica.site.extension import repository

    print("building the site", flush=True)
    built = ROOT / "_build"
    source, work, good = built / "source", built / "partial", built / "doctrees" / keys.renderer_key(ROOT)
    published = Path(os.path.realpath(built / "html"))
    stage(source, ledger, executed)
    record = json.dumps({"address": repository(), **ingredients(source)}, sort_keys=True)
    shutil.rmtree(work, ignore_errors=True)
    if products.whole(good):
        shutil.copytree(good, work)
        before = work / f"{published.name}.json"
        if before.is_file() and before.read_text(encoding="utf-8") == record and products.whole(published):
            shutil.copytree(published, work / "html", ignore=shutil.ignore_patterns("_static"))
    if messages := run_sphinx(source, work / "html", work / "doctrees"):
        shutil.rmtree(work)
        sys.exit(f"FAILED site:\n{messages}")
    address, library = repository()[0], wheel(work / "html/downloads")
    for notebook in (work / "html/_sources").rglob("*.ipynb"):
        if notebook.read_bytes() == (source / notebook.relative_to(work / "html/_sources")).read_bytes():
            plain.rewrite(notebook, f"replica-apemr @ git+{address}" if address else library.name)
    for older in work.glob("*.json"):
        older.unlink()
    (work / f"{site.name}.json").write_text(record, encoding="utf-8")
    products.publish(work / "html", site)
    products.publish(work, good)


def products_of(root: Path, values: Mapping[str, str]) -> Iterator[Path]:
    """Every product of the build of `root` with the parameters `values`; the site comes last.

    Raises
    ------
    ValueError
        If a notebook or a module is faulty.
    """
    built, chapters = root / "_build", keys.chapters(root)
    chapter_keys = {chapter: keys.chapter_key(root, chapter, values) for chapter in chapters}
    for chapter, key in chapter_keys.items():
        yield built / "executed" / f"{chapter}.{key}.ipynb"
    yield built / "audit" / keys.ledger_key(root)
    yield built / "sites" / keys.site_key(root, chapter_keys)


def publish(root: Path, values: Mapping[str, str]) -> Path:
    """Point `_build/html` at the site of the current sources, in one step, and remove what earlier builds left.

    Returns
    -------
    Path
        The landing page.

    Raises
    ------
    ValueError
        If a product of the current sources is missing, because they changed during the build; the old site stays.
    """
    built = root / "_build"
    *executed, audit, current = products_of(root, values)
    if not all(products.manifest(product).is_file() for product in (*executed, audit, current)):
        raise ValueError("the sources changed while the book was built; build again")
    link, following = built / "html", built / f"html.{os.getpid()}"
    if os.path.realpath(link) != os.path.realpath(current):
        following.unlink(missing_ok=True)
        following.symlink_to(current.relative_to(built))
        if link.is_dir() and not link.is_symlink():
            shutil.rmtree(link)
        os.replace(following, link)
    write_if_changed(built / "ledger.csv", (audit / "ledger.csv").read_bytes())
    for kept in (current, built / "doctrees" / keys.renderer_key(root)):
        for other in kept.parent.iterdir():
            if other not in (kept, products.manifest(kept)):
                products.drop(other)
    return link / "index.html"


def main(arguments: list[str]) -> int:
    """Command line: `ledger OUTPUT` or `site SITE LEDGER EXECUTED ...`."""
    lock.end_together()
    paths = [ROOT / argument for argument in arguments[1:]]
    try:
        if arguments[0] == "ledger":
            write_ledger(paths[0])
        else:
            build(paths[0], paths[1], paths[2:])
    except (ValueError, OSError) as error:
        sys.exit(f"FAILED {arguments[0]}: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
