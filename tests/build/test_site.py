"""Outputs of an executed notebook meet the text that the notebook has now."""

import pytest

from replica.build import site


def code(identity, source, outputs=(), **metadata):
    return {
        "cell_type": "code",
        "id": identity,
        "source": source,
        "outputs": list(outputs),
        "execution_count": len(outputs) or None,
        "metadata": metadata,
    }


def text(source):
    return {"cell_type": "markdown", "id": "m", "source": source, "metadata": {}}


def notebook(*cells, **metadata):
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


EXECUTED = notebook(
    text("old"),
    code("a", "seed = 1", tags=["parameters"]),
    code("injected-parameters", "seed = 2", tags=["injected-parameters"]),
    code("b", "seed", [{"output_type": "execute_result", "data": {"text/plain": "2"}}]),
)


def test_text_and_looks_are_those_of_now_and_outputs_those_of_the_run():
    now = notebook(
        code("a", "seed = 1", tags=["parameters"]),
        text("new"),
        text("newer"),
        code("b", "seed", [{"output_type": "stream", "text": "saved by a reader"}], tags=["hide-input"]),
        kernelspec={"name": "python3"},
    )
    staged = site.with_outputs(now, EXECUTED)
    assert [cell["source"] for cell in staged["cells"]] == ["seed = 1", "seed = 2", "new", "newer", "seed"]
    assert staged["cells"][-1]["outputs"] == EXECUTED["cells"][-1]["outputs"]
    assert staged["cells"][-1]["metadata"] == {"tags": ["hide-input"]}
    assert staged["metadata"] == {"kernelspec": {"name": "python3"}, "language_info": {"name": "python"}}


def test_without_parameters_nothing_is_injected():
    plain = notebook(*(cell for cell in EXECUTED["cells"] if cell["id"] != "injected-parameters"))
    assert site.with_outputs(plain, plain)["cells"] == plain["cells"]


def test_a_cell_that_was_not_executed_is_named():
    with pytest.raises(ValueError, match="cell c is new"):
        site.with_outputs(notebook(code("c", "1")), EXECUTED)
