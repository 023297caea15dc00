"""Every chapter keeps to the anatomy of a chapter: a lesson in sight, a record behind it, outputs that can be shown."""

from __future__ import annotations

import ast
import csv
import json
import re
import tomllib
from collections import Counter, defaultdict
from pathlib import Path

import nbformat
import pytest
from anatomy import (
    CHAPTERS,
    NEW_FORM,
    OLD_FORM,
    ROOT,
    calls,
    code_cells,
    folded,
    lesson,
    prose,
    read,
    solutions,
    source,
    tags,
    words,
)

from replica.book.conclusion import KINDS
from replica.build import execute, keys

LESSON = ["What was printed", "The method", "What if", "What holds", "Exercises"]
RECORD = ["More findings", "More directions", "Every conclusion", "The whole ledger", "Data", "References"]
ONCE_IN_THIS_ORDER = ["card", "explorable", "every_conclusion", "ledger", "provenance", "references"]
WIDEST_LINE, LONGEST_CELL, LONGEST_DRAWING = 79, 20, 36
MOST_WORDS, MOST_TERMS = 3000, 12
DRAWS = re.compile(r"\bplt\.|\bstyle\.show|\balt\.|\bpage\.explorable")
REUSED = {"figure", "axes", "chart", "answer", "rows", "table", "_"}
new_form = pytest.mark.parametrize("chapter", NEW_FORM)
every = pytest.mark.parametrize("chapter", CHAPTERS)


def executed(chapter):
    """The notebook as the last build executed it."""
    path = ROOT / "_build/executed" / f"{chapter}.{keys.chapter_key(ROOT, chapter, {})}.ipynb"
    if not path.exists():
        pytest.skip(f"{chapter} has not been executed: run make book first")
    return keys.read_notebook(path)


def test_the_list_of_chapters_in_the_old_form_only_shrinks():
    for chapter in set(OLD_FORM) & set(CHAPTERS):
        assert "## The record" not in prose(read(chapter)["cells"]), f"{chapter} has the new form: take it off the list"


# The notebook in git


@every
def test_it_is_a_valid_notebook_without_outputs_and_with_names_for_its_cells(chapter):
    notebook = read(chapter)
    nbformat.validate(nbformat.from_dict(notebook))
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code_cells(notebook))
    repeated = [name for name, count in Counter(cell["id"] for cell in notebook["cells"]).items() if count > 1]
    assert not repeated
    assert not [cell["id"] for cell in notebook["cells"] if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f-]+)?", cell["id"])]


@every
def test_it_is_in_the_table_of_contents_and_has_its_data(chapter):
    assert f"file: chapters/{chapter}" in (ROOT / "_toc.yml").read_text(encoding="utf-8")
    folder = ROOT / "data" / chapter
    article = tomllib.loads((folder / "article.toml").read_text(encoding="utf-8"))
    assert (f"{article['number']:02d}", article["slug"]) == (chapter[:2], chapter[3:])
    for table in article.get("table", []):
        assert (folder / f"table-{table['number']}.csv").is_file()
    for path in folder.glob("table-*.csv"):
        assert int(path.stem.split("-")[1]) in {table["number"] for table in article["table"]}, path.name


@every
def test_findings_have_anchors_of_this_chapter(chapter):
    anchors = re.findall(r"(?m)^\(finding-(\d\d)-(\d+)\)=$", prose(read(chapter)["cells"]))
    assert anchors == [(chapter[:2], str(count)) for count in range(1, len(anchors) + 1)]
    assert 1 <= len(anchors) <= 8


@every
def test_every_figure_is_described_and_says_what_kind_of_data_it_shows(chapter):
    cells = code_cells(read(chapter))
    figures = [call for cell in cells for call in calls(cell, "style") if call.func.attr == "show"]
    figures += [call for cell in cells for call in calls(cell, "page") if call.func.attr == "explorable"]
    for call in figures:
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        assert {"alt", "kind"} <= given.keys(), f"line {call.lineno}: {ast.unparse(call)[:80]}"
        if isinstance(given["alt"], ast.Constant):
            assert len(given["alt"].value.split()) >= 6, given["alt"].value
    thumbnails = [call for call in figures if any(keyword.arg == "thumbnail" for keyword in call.keywords)]
    assert len(thumbnails) == 1, "one figure is the thumbnail of the gallery"


@new_form
def test_lesson_and_record_have_their_parts_in_order(chapter):
    text = re.sub(r"```.*?```", "", prose(read(chapter)["cells"]), flags=re.S)
    assert len(re.findall(r"(?m)^# ", text)) == 1
    assert re.findall(r"(?m)^## (.+?)\s*$", text) == [*LESSON, "The record"]
    behind = text.split("## The record")[1]
    assert re.findall(r"(?m)^### (.+?)\s*$", behind) == RECORD


@new_form
def test_the_reader_is_asked_to_guess_and_answered(chapter):
    opening, rest = prose(read(chapter)["cells"]).split("## What was printed")
    assert "{admonition} Guess first" in opening
    assert re.search(r"(?i)\b(your|the|that) guess\b|\bguess(ed)? first\b", rest), "the guess is never answered"


@new_form
def test_the_lesson_is_one_lecture(chapter):
    cells = lesson(read(chapter))
    assert words(cells) <= MOST_WORDS
    terms = set(re.findall(r"\{term\}`(?:[^`<]*<)?([^`>]+)>?`", prose(cells)))
    assert 1 <= len(terms) <= MOST_TERMS, sorted(terms)
    figures = [
        call for cell in code_cells({"cells": cells}) for call in calls(cell, "style") if call.func.attr == "show"
    ]
    assert 2 <= len(figures) <= 4


@new_form
def test_the_method_is_in_sight(chapter):
    """Computing cells are visible, drawing cells folded, and a function of the method is written in the page."""
    cells = code_cells({"cells": lesson(read(chapter))})
    assert sum(not folded(cell) for cell in cells) >= 8
    imports = [cell for cell in cells if re.search(r"(?m)^from replica\.(methods|worlds) import", source(cell))]
    assert not any(folded(cell) for cell in imports), "the import of the library is hidden"
    for cell in code_cells(read(chapter)):
        if cell in solutions(read(chapter)):
            continue
        if DRAWS.search(source(cell)) and cell not in imports:
            assert folded(cell), f"{cell['id']} draws: fold it"
    functions = [
        node.end_lineno - node.lineno + 1
        for cell in cells
        if not folded(cell)
        for node in ast.parse(source(cell)).body
        if isinstance(node, ast.FunctionDef)
    ]
    assert any(5 <= lines <= LONGEST_CELL for lines in functions), "no function of the method is written in the page"


@new_form
def test_code_fits_the_page(chapter):
    for cell in code_cells(read(chapter)):
        lines = source(cell).splitlines()
        wide = [line for line in lines if len(line) > WIDEST_LINE]
        assert not wide, f"{cell['id']}: {wide[0]}"
        most = LONGEST_DRAWING if folded(cell) else LONGEST_CELL
        assert len(lines) <= most, f"{cell['id']}: {len(lines)} lines"


@new_form
def test_one_name_has_one_meaning(chapter):
    places = defaultdict(set)
    for cell in code_cells(read(chapter)):
        if cell["id"].startswith(("starter-", "solution-")):
            continue
        for node in ast.parse(source(cell)).body:
            names = [node.name] if isinstance(node, ast.FunctionDef) else []
            if isinstance(node, ast.Assign):
                names = [n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)
                         and isinstance(n.ctx, ast.Store)]  # fmt: skip
            for name in names:
                places[name].add(cell["id"])
    twice = {name: sorted(cells) for name, cells in places.items() if len(cells) > 1 and name not in REUSED}
    assert not twice


@new_form
def test_sentences_about_runs_are_guarded(chapter):
    guards = [call for cell in code_cells(read(chapter)) for call in calls(cell, "page") if call.func.attr == "says"]
    assert len(guards) >= 5
    for call in guards:
        assert not isinstance(call.args[1], ast.Constant), f"{ast.unparse(call)}: it cannot fail"


@new_form
def test_parameters_stand_on_top(chapter):
    cells = read(chapter)["cells"]
    marked = [number for number, cell in enumerate(cells) if "parameters" in tags(cell)]
    assert len(marked) == 1 and cells[marked[0]] in lesson(read(chapter))
    printed = next(number for number, cell in enumerate(cells) if "## What was printed" in source(cell))
    assert marked[0] < printed
    values = execute.default_parameters(read(chapter))
    assert values["profile"] == "quick" and isinstance(values["seed"], int)
    assert 3 <= len(values) <= 6, "seed, profile, and what a reader would want to turn"
    after = "\n".join(source(cell) for cell in cells[marked[0] + 1 :] if cell["cell_type"] == "code")
    assert not [name for name in values if not re.search(rf"\b{name}\b", after)], "a parameter is never used"


@new_form
def test_the_furniture_stands_once_and_in_order(chapter):
    names = [call.func.attr for cell in code_cells(read(chapter)) for call in calls(cell, "page")]
    assert [name for name in names if name in ONCE_IN_THIS_ORDER] == ONCE_IN_THIS_ORDER


@new_form
def test_each_exercise_has_a_starter_a_check_and_a_folded_solution(chapter):
    cells = read(chapter)["cells"]
    places = [number for number, cell in enumerate(cells) if "```{exercise}" in source(cell)]
    assert len(places) >= 3
    labels = re.findall(r":label: (\S+)", "\n".join(source(cells[number]) for number in places))
    assert labels == [f"exercise-{chapter[:2]}-{count}" for count in range(1, len(places) + 1)]
    for number in places:
        assert source(cells[number]).count("```{exercise}") == 1
        starter, check, solution = cells[number + 1 : number + 4]
        assert [cell["id"].split("-")[0] for cell in (starter, check, solution)] == ["starter", "check", "solution"]
        assert not folded(starter) and "page.check(" in source(check)
        assert source(solution).startswith("# Solution\n") and "page.check(" in source(solution)
        assert "hide-cell" in tags(solution)
        assert solution["metadata"]["jupyter"] == {"source_hidden": True, "outputs_hidden": True}


@new_form
def test_every_conclusion_has_a_kind_and_says_what_would_change_it(chapter):
    with open(ROOT / "data" / chapter / "conclusions.csv", newline="", encoding="utf-8") as file:
        entries = list(csv.DictReader(file))
    assert entries
    for entry in entries:
        assert entry["basis"] in KINDS, entry["id"]
        assert entry["conclusion"] and entry["would_change"], entry["id"]
        assert entry["reason"] or entry["basis"] not in {"follows", "untested"}, entry["id"]


# The notebook as executed


@every
def test_executed_every_solution_shows_something(chapter):
    assert all(cell["outputs"] for cell in solutions(executed(chapter)))


@every
def test_executed_it_holds_no_address_of_memory_and_no_folder_of_the_machine(chapter):
    text = json.dumps([cell.get("outputs", []) for cell in executed(chapter)["cells"]])
    assert not re.findall(r"0x[0-9a-f]{8,}", text)
    assert str(Path.home()) + "/" not in text and str(ROOT) not in text and "/tmp/" not in text


@new_form
def test_executed_its_conclusions_carry_rows(chapter):
    records = [
        record
        for cell in code_cells(executed(chapter))
        for output in cell["outputs"]
        if (record := output.get("metadata", {}).get("replica", {})).get("type") == "conclusions"
    ]
    (found,) = records
    for row in found["rows"]:
        assert {"id", "kind", "estimate", "low", "high", "n"} <= row.keys()
        if row["kind"] in ("region", "test", "data"):
            assert row["low"] <= row["estimate"] <= row["high"] and row["n"] >= 1, row["id"]
