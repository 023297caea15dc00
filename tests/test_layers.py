"""Imports point one way: notebooks, then worlds, then methods; nothing that computes knows how it is shown."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from replica.build import keys

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = ROOT / "lib"
# What a module of each folder may import from the package, besides its own folder where that is listed.
ALLOWED = {
    "check": set(),
    "audit": {"audit"},
    "methods": {"methods", "check", "audit"},
    "worlds": {"methods", "check"},
    "book": {"book", "audit", "check"},
}


def imported(path):
    """Modules of the package that a file names, as tuples of parts after `replica`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").split(".")[0] == "replica":
            parts = tuple(node.module.split(".")[1:])
            found |= {(*parts, alias.name) for alias in node.names} if len(parts) < 2 else {parts}
        elif isinstance(node, ast.Import):
            found |= {tuple(a.name.split(".")[1:]) for a in node.names if a.name.split(".")[0] == "replica"}
    return found


def modules(folder):
    base = LIBRARY / "replica" / folder
    return sorted(base.rglob("*.py")) if base.is_dir() else [base.with_suffix(".py")]


@pytest.mark.parametrize("folder", ALLOWED)
def test_a_module_imports_only_what_stands_below_it(folder):
    for path in modules(folder):
        for target in imported(path):
            assert target[0] in ALLOWED[folder], f"{path.relative_to(LIBRARY)} imports replica.{'.'.join(target)}"


def test_worlds_do_not_know_each_other():
    assert not [path.name for path in modules("worlds") if any(t[0] == "worlds" for t in imported(path))]


def test_a_world_is_imported_by_its_chapter_alone():
    for chapter in keys.chapters(ROOT):
        code = keys.code_of(keys.read_notebook(ROOT / "chapters" / f"{chapter}.ipynb"))
        files = keys.imported_modules(code, LIBRARY)
        worlds = {path.stem for path in files if path.parent.name == "worlds"} - {"__init__"}
        assert worlds <= {f"ch{chapter[:2]}"}, chapter


def test_every_method_serves_a_chapter():
    used = set()
    for chapter in keys.chapters(ROOT):
        code = keys.code_of(keys.read_notebook(ROOT / "chapters" / f"{chapter}.ipynb"))
        used |= {path.stem for path in keys.imported_modules(code, LIBRARY) if path.parent.name == "methods"}
    assert {path.stem for path in modules("methods")} <= used
