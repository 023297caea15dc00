"""A notebook runs as a reader runs it, and gives what the book shows: a short chapter and one that trains networks.

The others run in a plain kernel in no other way; `make verify` executes all of them again.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import nbclient
import nbformat
import pytest

from replica.build import execute, keys

ROOT = Path(__file__).resolve().parents[2]
OPENED = ("08-supplier-quality", "03-hvac-load-prediction")


@pytest.mark.parametrize("chapter", OPENED)
def test_opened_from_chapters_all_cells_run_and_give_the_outputs_of_the_book(chapter):
    built = ROOT / "_build/executed" / f"{chapter}.{keys.chapter_key(ROOT, chapter, {})}.ipynb"
    if not built.exists():
        pytest.skip(f"{chapter} has not been executed: run make book first")
    notebook = nbformat.read(ROOT / "chapters" / f"{chapter}.ipynb", as_version=4)
    environment = {**os.environ, **execute.ENVIRONMENT}
    client = nbclient.NotebookClient(
        notebook, timeout=600, coalesce_streams=True, resources={"metadata": {"path": ROOT / "chapters"}}
    )
    client.execute(env=environment)
    ours = {cell["id"]: cell["outputs"] for cell in json.loads(nbformat.writes(notebook))["cells"] if "outputs" in cell}
    theirs = {cell["id"]: cell["outputs"] for cell in keys.read_notebook(built)["cells"] if "outputs" in cell}
    assert [name for name in ours if ours[name] != theirs[name]] == []
