"""The executor: same bytes twice, typed parameters, one clear line for a failing cell."""

import json

import pytest

from replica.build import execute


def write(path, *sources, tags=()):
    cells = [
        {
            "cell_type": "code",
            "id": f"c{n}",
            "metadata": {"tags": list(tags) if n == 0 else []},
            "source": text,
            "outputs": [],
            "execution_count": None,
        }
        for n, text in enumerate(sources)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path.write_text(json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}))
    return path


EVERY_KIND_OF_OUTPUT = (
    "seed = 1\nprofile = 'quick'",
    "import sys, warnings\nwarnings.warn('mind')\nprint({'b', 'a', 'c'})\nprint('x', file=sys.stderr)\nprint('y')",
    "import matplotlib.pyplot as plt\nfrom replica.book import style\nstyle.use()\nfigure, axes = plt.subplots()\n"
    "axes.plot([1, seed])\nstyle.show(figure, alt='a line', kind='simulated')",
    "import pandas as pd\nfrom replica.book import page\n"
    "page.table(pd.DataFrame({'x': [seed]}), caption='x', kind='simulated')",
    "len(profile)",
)


def test_two_executions_give_the_same_bytes(tmp_path):
    notebook = write(tmp_path / "01-x.ipynb", *EVERY_KIND_OF_OUTPUT, tags=["parameters"])
    for name in ("first", "second"):
        execute.execute(notebook, tmp_path / name / "01-x.ipynb", {})
    first, second = ((tmp_path / name / "01-x.ipynb") for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()


def test_parameters_are_injected_with_the_types_of_the_defaults(tmp_path):
    notebook = write(tmp_path / "01-x.ipynb", "seed = 1\nprofile = 'quick'", "[seed + 1, profile]", tags=["parameters"])
    execute.execute(notebook, tmp_path / "out.ipynb", {"seed": "41", "profile": "full"})
    cells = json.loads((tmp_path / "out.ipynb").read_text())["cells"]
    assert [cell["id"] for cell in cells] == ["c0", "injected-parameters", "c1"]
    assert "".join(cells[-1]["outputs"][0]["data"]["text/plain"]) == "[42, 'full']"


def test_defaults_given_explicitly_leave_no_trace(tmp_path):
    notebook = write(tmp_path / "01-x.ipynb", "seed = 1", "seed", tags=["parameters"])
    execute.execute(notebook, tmp_path / "a.ipynb", {})
    execute.execute(notebook, tmp_path / "b.ipynb", {"seed": "1"})
    assert (tmp_path / "a.ipynb").read_bytes() == (tmp_path / "b.ipynb").read_bytes()


@pytest.mark.parametrize(
    ("given", "complaint"),
    [({"sed": "1"}, "'sed'"), ({"seed": "1.5"}, "not of type int"), ({"seed": "x"}, "not of type int")],
)
def test_unknown_or_mistyped_parameters_are_refused_before_anything_runs(tmp_path, capsys, given, complaint):
    notebook = write(tmp_path / "01-x.ipynb", "seed = 1", tags=["parameters"])
    [argument] = [f"{name}={value}" for name, value in given.items()]
    assert execute.main([str(notebook), str(tmp_path / "out.ipynb"), argument]) == 1
    assert complaint in capsys.readouterr().err
    assert not (tmp_path / "out.ipynb").exists()


def test_a_failing_cell_is_one_line_with_chapter_cell_and_error(tmp_path, capsys):
    notebook = write(tmp_path / "07-logistics.ipynb", "x = 1", "raise KeyError('no such row')")
    assert execute.main([str(notebook), str(tmp_path / "out.ipynb")]) == 1
    assert capsys.readouterr().err == "FAILED 07-logistics: cell 1: KeyError: 'no such row'\n"
    assert [path.name for path in tmp_path.iterdir()] == ["07-logistics.ipynb"]


def test_a_float_default_takes_an_integer():
    assert execute.typed({"rate": 0.5}, {"rate": "2"}) == {"rate": 2.0}
