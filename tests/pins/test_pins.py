"""Numbers in the tables of the chapters are those that were meant."""

import pin
import pytest

from replica.build import keys


@pytest.mark.parametrize("chapter", keys.chapters(pin.ROOT))
def test_tables_show_what_is_pinned(chapter):
    if not pin.executed(chapter).exists():
        pytest.skip(f"{chapter} has not been executed: run make book first")
    shown = pin.text(keys.read_notebook(pin.executed(chapter))).splitlines()
    known = pin.pinned(chapter).read_text(encoding="utf-8").splitlines()
    assert shown == known, "if the change is meant: make pin, and commit what it writes"


def test_a_number_that_changes_would_be_seen():
    html = "<table><caption>A <b>b</b></caption><tr><th>x</th><td>{}</td></tr></table>"

    def notebook(number, kind="computed", tags=()):
        output = {"metadata": {"replica": {"type": "table", "kind": kind}}, "data": {"text/html": html.format(number)}}
        return {"cells": [{"cell_type": "code", "id": "a", "metadata": {"tags": list(tags)}, "outputs": [output]}]}

    assert pin.text(notebook("0.80")) == "a,A b,x,0.80\n"
    assert pin.text(notebook("0.81")) != pin.text(notebook("0.80"))
    assert pin.text(notebook("0.80", kind="printed")) == pin.text(notebook("1", tags=["machine-dependent"])) == ""
