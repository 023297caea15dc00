"""Chapters that wait for their second edition keep to the form in which they were written."""

from __future__ import annotations

import csv
import re

import pytest
from anatomy import OLD_FORM, ROOT, calls, code_cells, prose, read, solutions, source, tags

from replica.build import execute

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
MOST_CODE_CELLS, MOST_WORDS = 25, 4000


@pytest.fixture(params=OLD_FORM)
def chapter(request):
    """Name of a chapter."""
    return request.param


@pytest.fixture
def notebook(chapter):
    """The notebook as it stands in git."""
    return read(chapter)


def test_its_parts_stand_in_order(notebook):
    text = re.sub(r"```.*?```", "", prose(notebook["cells"]), flags=re.S)
    assert len(re.findall(r"(?m)^# ", text)) == 1
    assert re.findall(r"(?m)^## (.+?)\s*$", text) == PARTS


def test_the_reader_is_asked_to_guess_before_anything_is_revealed(notebook):
    opening = prose(notebook["cells"]).split("## What was printed")[0]
    assert "{admonition} Guess first" in opening.split("## In one minute")[1]


def test_it_keeps_within_the_length_of_a_lecture(notebook):
    words = len(prose(notebook["cells"]).split())
    assert words <= MOST_WORDS
    assert len(code_cells(notebook)) - len(solutions(notebook)) <= MOST_CODE_CELLS


def test_parameters_stand_before_the_first_run(notebook):
    marked = [number for number, cell in enumerate(notebook["cells"]) if "parameters" in tags(cell)]
    assert len(marked) == 1
    values = execute.default_parameters(notebook)
    assert values["profile"] == "quick" and isinstance(values["seed"], int)
    after = notebook["cells"][marked[0] + 1 :]
    assert any("seed" in source(cell) for cell in after), "seed is never used"
    assert any("profile" in source(cell) for cell in after), "profile is never used"


def test_the_furniture_stands_once_and_in_order(notebook):
    names = [call.func.attr for cell in code_cells(notebook) for call in calls(cell, "page")]
    assert [name for name in names if name in ONCE_IN_THIS_ORDER] == ONCE_IN_THIS_ORDER


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


def test_every_conclusion_has_a_basis_and_says_what_would_change_it(chapter):
    with open(ROOT / "data" / chapter / "conclusions.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        assert row["basis"] in {"run", "printed", "reason", "untestable"}, row["id"]
        assert row["conclusion"] and row["would_change"], row["id"]
        assert row["reason"] or row["basis"] in {"run", "printed"}, row["id"]
