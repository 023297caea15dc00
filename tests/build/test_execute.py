"""The executor: same bytes twice, typed parameters, one clear line for what must not be published."""

import base64
import hashlib
import json
import os
import re
import tempfile

import pytest

from replica.build import execute, products


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
    "import sys\nprint({'b', 'a', 'c'})\nsys.stdout.flush()\nprint('y')",
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
    assert capsys.readouterr().err == "FAILED 07-logistics: cell 1 (c1): KeyError: 'no such row'\n"
    assert [path.name for path in tmp_path.iterdir()] == ["07-logistics.ipynb"]


PIXEL = base64.b64encode(b"\x89PNG").decode()
REFUSED = {
    "a warning": ("import warnings\nwarnings.warn('mind the gap')", "written to stderr: .*UserWarning: mind the gap"),
    "stderr": ("import os\nos.write(2, b'\\n  low\\nlower\\n')", "written to stderr: low"),
    "an error that its tag allows": ("1 / 0", "ZeroDivisionError: division by zero"),
    "a silent exit": ("raise SystemExit(0)", "SystemExit: 0"),
    "a bare figure": (
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nlines = plt.plot([1, 2])",
        r"a figure \(image/png\) has no alt text",
    ),
    "a blank alt text": (
        f"display({{'image/png': {PIXEL!r}}}, raw=True, metadata={{'image/png': {{'alt': ' '}}}})",
        r"a figure \(image/png\) has no alt text",
    ),
    "a chart": ("display({'application/vnd.vegalite.v5+json': {'mark': 'bar'}}, raw=True)", "has no alt text"),
    "an endless loop": ("while True: pass", "still running after 3 s, the limit for a cell"),
    "a dead kernel": ("import os\nos._exit(1)", "the kernel died"),
}


@pytest.mark.parametrize("code, reason", REFUSED.values(), ids=REFUSED)
def test_what_must_not_be_published_is_refused_where_it_is_executed_and_again(
    tmp_path, capfd, monkeypatch, code, reason
):
    monkeypatch.setenv("REPLICA_CELL_SECONDS", "3" if code.startswith("while") else "300")
    notebook = write(tmp_path / "07-logistics.ipynb", "1 + 1", code, "print('later')")
    content = json.loads(notebook.read_text())
    content["cells"].insert(0, {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# Title"})
    if code == "1 / 0":
        content["cells"][2]["metadata"]["tags"] = ["raises-exception"]
    notebook.write_text(json.dumps(content))
    for _ in range(2):
        assert execute.main([str(notebook), str(tmp_path / "out.ipynb")]) == 1
        lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith("FAILED")]
        assert len(lines) == 1
        assert re.match(rf"FAILED 07-logistics: cell 2 \(c1\): .*{reason}", lines[0])
        assert [path.name for path in tmp_path.iterdir()] == ["07-logistics.ipynb"]


def test_a_figure_with_alt_text_passes(tmp_path):
    alt = f"display({{'image/png': {PIXEL!r}}}, raw=True, metadata={{'image/png': {{'alt': 'a dot'}}}})"
    execute.execute(write(tmp_path / "01-x.ipynb", alt), tmp_path / "out.ipynb", {})
    assert products.whole(tmp_path / "out.ipynb")


def test_settings_of_the_user_do_not_reach_the_kernel(tmp_path, monkeypatch):
    startup = tmp_path / "ipython/profile_default/startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("import builtins\nbuiltins.round = lambda *a: 42\n")
    (tmp_path / "startup.py").write_text("import builtins\nbuiltins.abs = lambda *a: 42\n")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "startup.py"))
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")
    before = dict(os.environ)
    code = "try:\n    assert False\nexcept AssertionError:\n    checked = True\n[round(1.2), abs(-3), checked]"
    execute.execute(write(tmp_path / "01-x.ipynb", code), tmp_path / "out.ipynb", {})
    [cell] = json.loads((tmp_path / "out.ipynb").read_text())["cells"]
    assert "".join(cell["outputs"][0]["data"]["text/plain"]) == "[1, 3, True]"
    assert dict(os.environ) == before


def test_a_long_temporary_folder_and_a_path_with_blanks_do_no_harm(tmp_path, monkeypatch):
    temporary = tmp_path / ("a" * 100)
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    folder = tmp_path / "Bücher mit Leerzeichen 空"
    folder.mkdir()
    execute.execute(write(folder / "01-x.ipynb", "1 + 1"), folder / "out.ipynb", {})
    assert products.whole(folder / "out.ipynb")
    assert not list(temporary.iterdir())


def test_a_full_disk_is_one_line(tmp_path, capsys, monkeypatch):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device", "/tmp/replica-1")

    monkeypatch.setattr(tempfile, "TemporaryDirectory", full)
    notebook = write(tmp_path / "07-logistics.ipynb", "1 + 1")
    assert execute.main([str(notebook), str(tmp_path / "out.ipynb")]) == 1
    said = capsys.readouterr().err
    assert said == "FAILED 07-logistics: [Errno 28] No space left on device: '/tmp/replica-1'\n"


@pytest.mark.parametrize("text", ["0", "-1", "soon"])
def test_a_faulty_time_limit_is_named(monkeypatch, text):
    monkeypatch.setenv("REPLICA_CELL_SECONDS", text)
    with pytest.raises(ValueError, match="^REPLICA_CELL_SECONDS: "):
        execute.seconds_for_a_cell({})


def test_the_full_profile_has_more_time():
    assert execute.seconds_for_a_cell({"profile": "full"}) > execute.seconds_for_a_cell({"profile": "quick"}) == 600


def test_a_parameter_without_a_value_is_named(tmp_path, capsys):
    notebook = write(tmp_path / "01-x.ipynb", "seed = 1", tags=["parameters"])
    assert execute.main([str(notebook), str(tmp_path / "out.ipynb"), "seed"]) == 1
    assert capsys.readouterr().err == "FAILED 01-x: parameter 'seed': expected name=value\n"


def test_the_digest_of_the_product_stands_beside_it(tmp_path):
    execute.execute(write(tmp_path / "01-x.ipynb", "1 + 1"), tmp_path / "out.ipynb", {})
    digest = hashlib.sha256((tmp_path / "out.ipynb").read_bytes()).hexdigest()
    assert (tmp_path / "out.ipynb.sha256").read_text() == f"{digest}  out.ipynb\n"


def test_cells_without_ids_are_named(tmp_path, capsys):
    notebook = write(tmp_path / "01-x.ipynb", "1 + 1")
    notebook.write_text(
        notebook.read_text().replace('"id": "c0", ', "").replace('"nbformat_minor": 5', '"nbformat_minor": 4')
    )
    assert execute.main([str(notebook), str(tmp_path / "out.ipynb")]) == 1
    assert "01-x.ipynb: cell 0 has no id" in capsys.readouterr().err


def test_a_float_default_takes_an_integer():
    assert execute.typed({"rate": 0.5}, {"rate": "2"}) == {"rate": 2.0}
