"""What the tests of chapters share: notebooks as they stand in git and as the build executed them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from replica.build import keys

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = keys.chapters(ROOT)
# Chapters in the form before lesson and record were divided. The list only shrinks.
OLD_FORM = (
    "01-consumption-costs",
    "03-hvac-load-prediction",
    "07-cross-border-logistics",
    "08-supplier-quality",
    "13-labor-income-share",
    "14-government-debt",
    "16-green-supply-chain",
    "19-marketing-3d-idpt",
    "20-lego-co-creation",
    "23-consumer-assets",
)
NEW_FORM = [name for name in CHAPTERS if name not in OLD_FORM]
FOLDED = {"hide-input", "hide-cell", "remove-input", "remove-cell"}
DIVIDE = "The record"


def read(chapter):
    """The notebook of `chapter` as it stands in git."""
    return keys.read_notebook(ROOT / "chapters" / f"{chapter}.ipynb")


def source(cell):
    return "".join(cell["source"])


def tags(cell):
    return set(cell["metadata"].get("tags", []))


def folded(cell):
    return bool(tags(cell) & FOLDED)


def code_cells(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def solutions(notebook):
    return [cell for cell in code_cells(notebook) if cell["id"].startswith("solution-")]


def prose(cells):
    return "\n\n".join(source(cell) for cell in cells if cell["cell_type"] == "markdown")


def calls(cell, module):
    """Names of the functions of `module` that a cell calls as `module.name(...)`, in order of their lines."""
    found = [node for node in ast.walk(ast.parse(source(cell))) if isinstance(node, ast.Call)]
    found = [
        node
        for node in found
        if isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == module
    ]
    return sorted(found, key=lambda node: (node.lineno, node.col_offset))


def lesson(notebook):
    """The cells before the divide between lesson and record."""
    cells = notebook["cells"]
    divide = next((number for number, cell in enumerate(cells) if re.search(rf"(?m)^## {DIVIDE}$", source(cell))), None)
    assert divide is not None, f"no cell has the heading '## {DIVIDE}'"
    return cells[:divide]


def words(cells):
    """Words of the prose: directives, labels and the code of links are not read."""
    text = re.sub(r"(?m)^(:::.*|```.*|:\w+:.*|\([\w-]+\)=)$", "", prose(cells))
    return len(re.sub(r"\]\([^)]*\)|\{\w+\}", " ", text).split())
