"""What a chapter's outputs depend on, as one digest.

Times of files say nothing after a clone or a checkout, so the build names every product by its contents: a chapter
is executed again when, and only when, its code cells, its parameters, the pinned requirements, the executor, the
printed data or the bibliography entries that its code names, or a library module that it imports (followed through
imports) have changed. Its prose belongs to the site.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

CHAPTER_NAME = re.compile(r"\d\d-[a-z0-9]+(?:-[a-z0-9]+)*")
EXECUTION_TAGS = {"parameters", "raises-exception", "skip-execution"}


def parameters(arguments: Iterable[str]) -> dict[str, str]:
    """Names and texts of the `arguments`, each `name=value`.

    Raises
    ------
    ValueError
        If one has another form.

    Examples
    --------
    >>> parameters(["seed=2", "profile=full"])
    {'seed': '2', 'profile': 'full'}
    """
    values = {}
    for argument in arguments:
        name, sign, value = argument.partition("=")
        if not sign or not name.isidentifier():
            raise ValueError(f"parameter {argument!r}: expected name=value")
        values[name] = value
    return values


def chapters(root: Path) -> list[str]:
    """Names (`NN-slug`) of the notebooks in `root/chapters`, in order.

    Raises
    ------
    ValueError
        If a notebook there is not named `NN-slug.ipynb`.
    """
    names = sorted(path.stem for path in (root / "chapters").glob("*.ipynb"))
    for name in names:
        if not CHAPTER_NAME.fullmatch(name):
            raise ValueError(f"chapters/{name}.ipynb: a chapter is named NN-slug.ipynb, in lower case")
    return names


def read_notebook(path: Path) -> dict:
    """The notebook at `path` as a dictionary; ValueError names the file when it is not one."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        notebook["cells"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: not a notebook ({error})") from error
    return notebook


def code_of(notebook: Mapping) -> str:
    """The code cells of `notebook` as one Python text.

    Lines that only IPython reads are left out, and so are cells that are no Python: these fail when they are executed.
    """
    cells = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            lines = "".join(cell["source"]).splitlines()
            code = "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!")))
            with contextlib.suppress(SyntaxError):
                ast.parse(code)
                cells.append(code)
    return "\n".join(cells)


def executed_cells(path: Path, notebook: Mapping) -> list[tuple[str, str, list[str]]]:
    """Identity, source and tags of each code cell, as far as they matter when the notebook at `path` is executed.

    Raises
    ------
    ValueError
        If a code cell has no identity, or that of another: outputs are matched by it.
    """
    cells = []
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code":
            identity = cell.get("id")
            if not identity or any(identity == other for other, _, _ in cells):
                raise ValueError(f"{path}: cell {number} has {'the id of another cell' if identity else 'no id'}")
            tags = sorted(EXECUTION_TAGS & set(cell["metadata"].get("tags", [])))
            cells.append((identity, "".join(cell["source"]), tags))
    return cells


def imported_modules(code: str, library: Path) -> list[Path]:
    """Files of the package `replica` that `code` imports, directly or through other modules of the package.

    Parameters
    ----------
    code
        Python source.
    library
        The source root, which holds the folder `replica`.

    Examples
    --------
    >>> library = Path(__file__).parents[2]
    >>> [path.name for path in imported_modules("from replica.build import lock", library)]
    ['__init__.py', '__init__.py', 'lock.py']
    """
    found: set[Path] = set()
    waiting = set(_named_in(code, "", library))
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            package = ".".join(path.relative_to(library).parent.parts)
            try:
                waiting |= _named_in(path.read_text(encoding="utf-8"), package, library)
            except SyntaxError as error:
                raise ValueError(f"{path}: {error}") from error
    return sorted(found)


@functools.cache
def _named_in(code: str, package: str, library: Path) -> frozenset[Path]:
    """Files that `code`, a module of `package`, imports directly; chapters share most modules, so they are kept."""
    names: set[str] = set()
    for node in _statements(ast.parse(code)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            names.add(base)
            names.update(f"{base}.{alias.name}" for alias in node.names)
    files: set[Path] = set()
    for name in names:
        parts = name.split(".")
        if parts[0] == "replica":
            for depth in range(1, len(parts) + 1):
                stem = library.joinpath(*parts[:depth])
                files.update(path for path in (stem / "__init__.py", stem.with_suffix(".py")) if path.is_file())
    return frozenset(files)


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Every statement of `tree`, nested ones included; expressions, which import nothing, are not entered."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting.extend(getattr(node, part, ()))


def bibliography_entries(text: str) -> dict[str, str]:
    """Raw entries of a BibTeX text by key.

    Examples
    --------
    >>> sorted(bibliography_entries("@book{a, title={A}}\\n@misc{b,\\n title={B}}\\n"))
    ['a', 'b']
    """
    chunks = re.split(r"(?m)^(?=@)", text)
    return {match[1]: chunk.strip() for chunk in chunks if (match := re.match(r"@\w+\s*\{\s*([^,\s]+)", chunk))}


def digest(parts: Iterable[bytes]) -> str:
    """SHA-256 of `parts`, each preceded by its length so that no two lists collide; 16 hexadecimal digits."""
    state = hashlib.sha256()
    for part in parts:
        state.update(len(part).to_bytes(8, "big"))
        state.update(part)
    return state.hexdigest()[:16]


def digest_of_files(root: Path, paths: Iterable[Path]) -> str:
    """Digest of names (relative to `root`) and contents of `paths`."""
    return digest(
        part for path in sorted(set(paths)) for part in (path.relative_to(root).as_posix().encode(), path.read_bytes())
    )


def files_below(folder: Path) -> list[Path]:
    """Every file below `folder`, without caches; an absent folder is empty."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    )


def chapter_key(root: Path, chapter: str, parameters: Mapping[str, object]) -> str:
    """The digest of all that the outputs of `chapter` depend on.

    Parameters
    ----------
    root
        The checkout.
    chapter
        `NN-slug`.
    parameters
        Values that papermill injects.
    """
    notebook = root / "chapters" / f"{chapter}.ipynb"
    content = read_notebook(notebook)
    code = code_of(content)
    mentioned = {chapter, *CHAPTER_NAME.findall(code)}
    data = [path for name in mentioned for path in files_below(root / "data" / name)]
    modules = imported_modules(code, root / "lib")
    entries = bibliography_entries((root / "references.bib").read_text(encoding="utf-8"))
    words = {word for pattern in (r"\w+", r"[\w:-]+") for word in re.findall(pattern, code)}  # keys may hold : and -
    executor = [Path(root / "lib/replica/build/execute.py"), root / "requirements.txt"]
    return digest(
        [
            json.dumps([chapter, executed_cells(notebook, content)]).encode(),
            digest_of_files(root, [*data, *modules, *executor]).encode(),
            json.dumps(parameters, sort_keys=True).encode(),
            *(entries[key].encode() for key in sorted(entries.keys() & words)),
        ]
    )


def ledger_key(root: Path) -> str:
    """The digest of all that the ledger depends on: the data and the audit."""
    return digest_of_files(root, [*files_below(root / "data"), *files_below(root / "lib/replica/audit")])


def site_key(root: Path, chapter_keys: Mapping[str, str]) -> str:
    """The digest of all that the site depends on: the chapters' keys and texts, the ledger, the pages, the library."""
    files = [root / name for name in ("_config.yml", "_toc.yml", "index.md", "references.bib", "pyproject.toml")]
    files += [root / "chapters" / f"{chapter}.ipynb" for chapter in chapter_keys] + files_below(root / "pages")
    files += files_below(root / "lib/replica")  # its modules have pages
    return digest(
        [
            json.dumps(chapter_keys, sort_keys=True).encode(),
            ledger_key(root).encode(),
            renderer_key(root).encode(),
            digest_of_files(root, [path for path in files if path.is_file()]).encode(),
        ]
    )


def renderer_key(root: Path) -> str:
    """The digest of all that turns a source of the site into a page."""
    files = [path for name in ("site", "book", "build") for path in files_below(root / "lib/replica" / name)]
    return digest_of_files(root, [*files, root / "requirements.txt", root / "_config.yml"])
