"""Every chapter keeps to the anatomy of a chapter, in git and as executed."""

from __future__ import annotations

import ast
import csv
import json
import re
import tomllib
from collections import Counter
from pathlib import Path

import nbformat
import pytest

from replica.build import execute, keys

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = keys.chapters(ROOT)
PARTS = [
    "In one minute",
    "What was printed",
    "The argument as a model",
    "The method, run",
    "What if",
    "What holds",
    "Exercises",
    "The whole ledger",
]
ONCE_IN_THIS_ORDER = ["card", "explorable", "conclusions", "ledger", "provenance", "references"]
LONGEST_CELL, MOST_CODE_CELLS, MOST_FIGURES, MOST_WORDS = 40, 25, 6, 4000


@pytest.fixture(params=CHAPTERS)
def chapter(request):
    """Name of a chapter."""
    return request.param


@pytest.fixture
def notebook(chapter):
    """The notebook as it stands in git."""
    return keys.read_notebook(ROOT / "chapters" / f"{chapter}.ipynb")


@pytest.fixture
def executed(chapter):
    """The notebook as the last build executed it."""
    path = ROOT / "_build/executed" / f"{chapter}.{keys.chapter_key(ROOT, chapter, {})}.ipynb"
    if not path.exists():
        pytest.skip(f"{chapter} has not been executed: run make book first")
    return keys.read_notebook(path)


def source(cell):
    return "".join(cell["source"])


def tags(cell):
    return set(cell["metadata"].get("tags", []))


def code_cells(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def prose(notebook):
    return "\n\n".join(source(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown")


def calls(notebook, module):
    """Calls `module.name(...)` in the order of the cells."""
    found = []
    for cell in code_cells(notebook):
        for node in ast.walk(ast.parse(source(cell))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == module
            ):
                found.append(node)
    return found


def test_it_is_a_valid_notebook_without_outputs_and_with_names_for_its_cells(notebook):
    nbformat.validate(nbformat.from_dict(notebook))
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code_cells(notebook))
    repeated = [name for name, count in Counter(cell["id"] for cell in notebook["cells"]).items() if count > 1]
    assert not repeated
    assert not [cell["id"] for cell in notebook["cells"] if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f-]+)?", cell["id"])]


def test_its_parts_stand_in_order(notebook):
    text = re.sub(r"```.*?```", "", prose(notebook), flags=re.S)
    assert len(re.findall(r"(?m)^# ", text)) == 1
    assert re.findall(r"(?m)^## (.+?)\s*$", text) == PARTS


def test_the_reader_is_asked_to_guess_before_anything_is_revealed(notebook):
    opening = prose(notebook).split("## What was printed")[0]
    assert "{admonition} Guess first" in opening.split("## In one minute")[1]


def test_it_keeps_within_the_length_of_a_lecture(notebook):
    words = len(prose(notebook).split())
    assert words <= MOST_WORDS
    assert len(code_cells(notebook)) - len(solutions(notebook)) <= MOST_CODE_CELLS
    long = {
        cell["id"]: lines for cell in code_cells(notebook) if (lines := len(source(cell).splitlines())) > LONGEST_CELL
    }
    assert not long, f"cells that belong in lib/replica: {long}"


def test_parameters_stand_before_the_first_run(notebook):
    marked = [number for number, cell in enumerate(notebook["cells"]) if "parameters" in tags(cell)]
    assert len(marked) == 1
    values = execute.default_parameters(notebook)
    assert values["profile"] == "quick" and isinstance(values["seed"], int)
    after = notebook["cells"][marked[0] + 1 :]
    assert any("seed" in source(cell) for cell in after), "seed is never used"
    assert any("profile" in source(cell) for cell in after), "profile is never used"


def test_the_furniture_stands_once_and_in_order(notebook):
    names = [call.func.attr for call in calls(notebook, "page")]
    assert [name for name in names if name in ONCE_IN_THIS_ORDER] == ONCE_IN_THIS_ORDER


def test_every_figure_is_described_and_says_what_kind_of_data_it_shows(notebook):
    figures = [call for call in calls(notebook, "style") if call.func.attr == "show"]
    figures += [call for call in calls(notebook, "page") if call.func.attr == "explorable"]
    for call in figures:
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        assert {"alt", "kind"} <= given.keys(), f"line {call.lineno}: {ast.unparse(call)[:80]}"
        if isinstance(given["alt"], ast.Constant):
            assert len(given["alt"].value.split()) >= 6, given["alt"].value
    assert 1 <= len(figures) <= MOST_FIGURES + 1
    thumbnails = [call for call in figures if any(keyword.arg == "thumbnail" for keyword in call.keywords)]
    assert len(thumbnails) == 1, "one figure is the thumbnail of the gallery"


def solutions(notebook):
    return [cell for cell in code_cells(notebook) if cell["id"].startswith("solution-")]


def test_each_exercise_is_followed_by_its_folded_solution(notebook, chapter):
    cells = notebook["cells"]
    exercises = [
        number
        for number, cell in enumerate(cells)
        if cell["cell_type"] == "markdown" and "```{exercise}" in source(cell)
    ]
    assert len(exercises) >= 3
    labels = re.findall(r":label: (\S+)", "\n".join(source(cells[number]) for number in exercises))
    assert labels == [f"exercise-{chapter[:2]}-{count}" for count in range(1, len(exercises) + 1)]
    for number in exercises:
        assert source(cells[number]).count("```{exercise}") == 1
        solution = cells[number + 1]
        assert solution["id"].startswith("solution-") and "hide-cell" in tags(solution), cells[number]["id"]
        assert solution["metadata"]["jupyter"] == {"source_hidden": True, "outputs_hidden": True}


def test_findings_have_anchors_of_this_chapter(notebook, chapter):
    anchors = re.findall(r"(?m)^\(finding-(\d\d)-(\d+)\)=$", prose(notebook))
    assert anchors == [(chapter[:2], str(count)) for count in range(1, len(anchors) + 1)]
    assert 1 <= len(anchors) <= 5


def test_it_is_in_the_table_of_contents_and_has_its_data(chapter):
    assert f"file: chapters/{chapter}" in (ROOT / "_toc.yml").read_text(encoding="utf-8")
    folder = ROOT / "data" / chapter
    article = tomllib.loads((folder / "article.toml").read_text(encoding="utf-8"))
    assert (f"{article['number']:02d}", article["slug"]) == (chapter[:2], chapter[3:])
    for table in article.get("table", []):
        assert (folder / f"table-{table['number']}.csv").is_file()
    for path in folder.glob("table-*.csv"):
        assert int(path.stem.split("-")[1]) in {table["number"] for table in article["table"]}, path.name


def test_every_conclusion_has_a_basis_and_says_what_would_change_it(chapter):
    with open(ROOT / "data" / chapter / "conclusions.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        assert row["basis"] in {"run", "printed", "reason", "untestable"}, row["id"]
        assert row["conclusion"] and row["would_change"], row["id"]
        assert row["reason"] or row["basis"] in {"run", "printed"}, row["id"]


def test_executed_it_has_no_error_no_warning_and_every_solution_shows_something(executed):
    for cell in code_cells(executed):
        for output in cell["outputs"]:
            assert output["output_type"] != "error", cell["id"]
            assert output.get("name") != "stderr", f"{cell['id']}: {output['text']}"
    assert all(cell["outputs"] for cell in solutions(executed))


def test_executed_its_images_carry_alt_text(executed):
    for cell in code_cells(executed):
        for output in cell["outputs"]:
            if "image/png" in output.get("data", {}):
                assert "alt" in json.dumps(output["metadata"]), cell["id"]


def test_executed_it_holds_no_address_of_memory_and_no_folder_of_the_machine(executed):
    text = json.dumps([cell.get("outputs", []) for cell in executed["cells"]])
    assert not re.findall(r"0x[0-9a-f]{8,}", text)
    assert str(Path.home()) + "/" not in text and str(ROOT) not in text and "/tmp/" not in text
