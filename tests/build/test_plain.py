"""Downloaded notebooks read well where MyST is unknown."""

import json

from hypothesis import given
from hypothesis import strategies as st

from replica.build.plain import plain_markdown, rewrite


def test_an_exercise_becomes_a_quotation_with_its_title():
    text = "## Exercises\n\n```{exercise} Audit\n:label: exercise-21-1\nAdd the **parts**.\n\nThen stop.\n```\nAfter."
    assert (
        plain_markdown(text)
        == "## Exercises\n\n> **Exercise. Audit**\n>\n> Add the **parts**.\n>\n> Then stop.\nAfter."
    )


def test_an_admonition_keeps_its_own_title_and_nested_content():
    text = "::::{admonition} Guess first\n:class: tip\nWhich?\n:::{note}\nMind.\n:::\n::::"
    assert plain_markdown(text) == "> **Guess first**\n>\n> Which?\n> > **Note**\n> >\n> > Mind."


def test_labels_go_and_roles_keep_their_words():
    assert plain_markdown(
        "(finding-21-1)=\n### A finding\nSee {doc}`the data <../pages/data>` and {term}`interval`."
    ) == ("### A finding\nSee the data and interval.")


def test_ordinary_code_and_mathematics_stay():
    text = "```python\nx = {'a': 1}\n```\n\n$$\nx_i = (1)\n$$\n| a | b |"
    assert plain_markdown(text) == text


@given(st.text(alphabet="ab :`{}()=\n$|", max_size=60))
def test_it_never_fails_and_is_stable(text):
    once = plain_markdown(text)
    assert isinstance(once, str)
    assert "{exercise}" not in once


def test_a_downloaded_notebook_installs_the_book_first(tmp_path):
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps({"cells": [{"cell_type": "markdown", "source": ["(a)=\n", "# A"]}]}))
    rewrite(path, "replica-apemr @ git+https://example.org/book")
    first, second = json.loads(path.read_text())["cells"]
    assert '%pip install --quiet "replica-apemr @ git+https://example.org/book"' in "".join(first["source"])
    assert "".join(second["source"]) == "# A"
