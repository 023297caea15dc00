"""A chapter's key changes with everything that its outputs depend on, and with nothing else."""

import json
import shutil

import pytest

from replica.build import keys


def notebook(*sources):
    cells = [{"cell_type": "code", "id": str(n), "metadata": {}, "source": text} for n, text in enumerate(sources)]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def book(tmp_path):
    """Two chapters: 01 imports models.a, which imports models.b; 02 imports nothing of the library."""
    files = {
        "chapters/01-one.ipynb": notebook("%matplotlib inline\nfrom replica.models import a", "cite(['smith2000'])"),
        "chapters/02-two.ipynb": notebook("import math"),
        "data/01-one/table-1.csv": "row,x\na,1\n",
        "data/02-two/table-1.csv": "row,x\na,1\n",
        "lib/replica/__init__.py": "",
        "lib/replica/models/__init__.py": "",
        "lib/replica/models/a.py": "from . import b\n",
        "lib/replica/models/b.py": "def late():\n    import replica.models.c\n",
        "lib/replica/models/c.py": "x = 1\n",
        "lib/replica/models/unused.py": "",
        "lib/replica/build/execute.py": "",
        "requirements.txt": "numpy==2\n",
        "references.bib": "@book{smith2000,\n title={A}}\n@book{jones1999,\n title={B}}\n",
        "_config.yml": "title: t\n",
        "_toc.yml": "root: index\n",
        "index.md": "# t\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def both(book):
    return {name: keys.chapter_key(book, name, {}) for name in keys.chapters(book)}


@pytest.mark.parametrize(
    ("changed", "affected"),
    [
        ("chapters/01-one.ipynb", {"01-one"}),
        ("data/01-one/table-1.csv", {"01-one"}),
        ("data/02-two/table-1.csv", {"02-two"}),
        ("lib/replica/models/a.py", {"01-one"}),
        ("lib/replica/models/b.py", {"01-one"}),
        ("lib/replica/models/c.py", {"01-one"}),
        ("lib/replica/models/unused.py", set()),
        ("requirements.txt", {"01-one", "02-two"}),
        ("lib/replica/build/execute.py", {"01-one", "02-two"}),
        ("index.md", set()),
    ],
)
def test_a_change_reaches_the_chapters_that_depend_on_it_and_no_others(book, changed, affected):
    before = both(book)
    path = book / changed
    path.write_text(
        notebook("changed = 1\nfrom replica.models import a", "cite(['smith2000'])")
        if path.suffix == ".ipynb"
        else path.read_text() + "\n# changed\n"
    )
    after = both(book)
    assert {name for name in before if before[name] != after[name]} == affected


def edited(book, change):
    """The keys of chapter 01 and of the site after `change` of the notebook's content, and the reference before it."""
    path = book / "chapters/01-one.ipynb"
    before = both(book)
    pair = before["01-one"], keys.site_key(book, before)
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    after = both(book)
    assert after["02-two"] == before["02-two"]
    return [new != old for new, old in zip((after["01-one"], keys.site_key(book, after)), pair, strict=True)]


def prose(content):
    content["cells"].insert(1, {"cell_type": "markdown", "id": "text", "metadata": {}, "source": "# jones1999"})


def folded(content):
    content["cells"][0]["metadata"] = {"tags": ["hide-input"], "jupyter": {"source_hidden": True}}


def saved_outputs(content):
    content["cells"][0] |= {"outputs": [{"output_type": "stream", "name": "stdout", "text": "x"}], "execution_count": 3}


@pytest.mark.parametrize("change", [prose, folded, saved_outputs])
def test_prose_and_looks_change_the_site_and_execute_nothing(book, change):
    assert edited(book, change) == [False, True]


def swapped(content):
    content["cells"].reverse()


def renamed(content):
    content["cells"][0]["id"] = "another"


def parameter_cell(content):
    content["cells"][0]["metadata"] = {"tags": ["parameters"]}


@pytest.mark.parametrize("change", [swapped, renamed, parameter_cell])
def test_order_identity_and_parameters_of_code_cells_count(book, change):
    assert edited(book, change) == [True, True]


@pytest.mark.parametrize("identity", ["1", None])
def test_a_cell_whose_outputs_could_not_be_matched_is_named(book, identity):
    path = book / "chapters/01-one.ipynb"
    content = json.loads(path.read_text())
    content["cells"][0]["id"] = identity
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="01-one.ipynb: cell [01] has (no id|the id of another cell)"):
        keys.chapter_key(book, "01-one", {})


@pytest.mark.parametrize("argument", ["seed", "=2", "a b=2", "--until=x"])
def test_a_parameter_of_another_form_is_named(argument):
    with pytest.raises(ValueError, match="^parameter '.*': expected name=value"):
        keys.parameters([argument])


def test_a_changed_renderer_reads_every_page_again(book):
    before = keys.renderer_key(book)
    (book / "lib/replica/site").mkdir()
    (book / "lib/replica/site/mime.py").write_text("x = 1\n")
    assert keys.renderer_key(book) != before


def test_only_the_cited_entries_of_the_bibliography_count(book):
    before = both(book)
    bibliography = book / "references.bib"
    bibliography.write_text(bibliography.read_text().replace("title={B}", "title={Another}"))
    assert both(book) == before
    bibliography.write_text(bibliography.read_text().replace("title={A}", "title={Another}"))
    assert both(book)["01-one"] != before["01-one"]
    assert both(book)["02-two"] == before["02-two"]


def test_times_and_places_do_not_count(book, tmp_path):
    before = both(book)
    for path in book.rglob("*"):
        path.touch()
    assert both(book) == before
    moved = shutil.copytree(book, tmp_path / "elsewhere" / "checkout", ignore=shutil.ignore_patterns("elsewhere"))
    assert both(moved) == before


def test_parameters_count(book):
    assert keys.chapter_key(book, "01-one", {"seed": "2"}) != keys.chapter_key(book, "01-one", {})


def test_a_page_changes_the_site_and_no_chapter(book):
    before = both(book)
    site = keys.site_key(book, before)
    (book / "index.md").write_text("# another\n")
    assert both(book) == before
    assert keys.site_key(book, before) != site


def test_faulty_names_and_files_are_named(book):
    (book / "chapters/Three.ipynb").write_text("{}")
    with pytest.raises(ValueError, match="Three.ipynb"):
        keys.chapters(book)
    (book / "chapters/02-two.ipynb").write_text("no json")
    with pytest.raises(ValueError, match="02-two.ipynb: not a notebook"):
        keys.chapter_key(book, "02-two", {})


def test_a_cell_that_is_no_python_is_left_to_fail_when_it_is_executed(book):
    path = book / "chapters/02-two.ipynb"
    path.write_text(notebook("import math", "x = = 1"))
    first = keys.chapter_key(book, "02-two", {})
    path.write_text(notebook("import math", "x = 1"))
    assert keys.chapter_key(book, "02-two", {}) != first


def test_a_faulty_module_is_named(book):
    (book / "lib/replica/models/b.py").write_text("def (:\n")
    with pytest.raises(ValueError, match="b.py"):
        keys.chapter_key(book, "01-one", {})


def test_two_lists_of_parts_never_share_a_digest():
    assert keys.digest([b"ab", b"c"]) != keys.digest([b"a", b"bc"])
