"""The whole build, on a small book of its own: cache, failure, damage, interruption, two at once.

The book stands in a folder with blanks and other letters in its name, on a machine without git.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from replica.build import keys, lock, products, skeleton

ROOT = Path(__file__).resolve().parents[2]
NAMES = ["01-one", "21-two"]


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A copy of the book with two skeleton chapters instead of its own, built once."""
    folder = tmp_path_factory.mktemp("Bücher mit 空 ")
    fewer = shutil.ignore_patterns("__pycache__", "ch*.py", "[a-q]*.py")  # each module has a page, which takes its time
    for name in ("lib", "pages"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "worlds", "methods"))
    for name in ("worlds", "methods"):
        shutil.copytree(ROOT / "lib/replica" / name, folder / "lib/replica" / name, ignore=fewer)
    names = "Snakefile _config.yml _toc.yml index.md references.bib requirements.txt pyproject.toml README.md LICENSE"
    for name in names.split():
        shutil.copy(ROOT / name, folder / name)
    toc = [line for line in (folder / "_toc.yml").read_text().splitlines() if "file: chapters/" not in line]
    (folder / "_toc.yml").write_text(without_empty_parts(toc))
    for name in ("chapters", "data"):
        (folder / name).mkdir()
    for name in NAMES:
        skeleton.new_chapter(folder, name, "I")
    shutil.copytree(ROOT / "tests/chapters", folder / "tests/chapters")
    run = make(folder)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


def without_empty_parts(lines):
    kept = []
    for number, line in enumerate(lines):
        following = lines[number + 1].strip() if number + 1 < len(lines) else ""
        after = lines[number + 2].strip() if number + 2 < len(lines) else ""
        part = re.search(r'caption: "?Part', line)
        empty_caption = part and following == "chapters:" and not after.startswith("- file")
        empty_list = line.strip() == "chapters:" and not following.startswith("- file")
        if not empty_caption and not empty_list:
            kept.append(line)
    return "\n".join(kept) + "\n"


def environment(folder):
    tools = folder / "tools"
    if not tools.exists():
        tools.mkdir()
        for name in ("bash", "sh"):
            (tools / name).symlink_to(shutil.which(name))
    return {**os.environ, "PYTHONPATH": str(folder / "lib"), "PATH": str(tools)}


def command(folder, *parameters):
    return [sys.executable, "-m", "replica.build", "book", *parameters]


def make(folder, *parameters):
    return subprocess.run(
        command(folder, *parameters), cwd=folder, env=environment(folder), capture_output=True, text=True, check=False
    )


def executions(folder):
    return {path.name: path.stat().st_mtime_ns for path in (folder / "_build/executed").glob("*.ipynb")}


def site(folder):
    base = (folder / "_build/html").resolve()
    return {str(path.relative_to(base)): path.read_bytes() for path in base.rglob("*") if path.is_file()}


def touch_chapter(folder, name, text):
    path = folder / "chapters" / f"{name}.ipynb"
    notebook = json.loads(path.read_text())
    notebook["cells"][-1]["source"] = [text]
    path.write_text(json.dumps(notebook))


def product(folder, name):
    return folder / f"_build/executed/{name}.{keys.chapter_key(folder, name, {})}.ipynb"


def fails_twice_and_leaves_the_site(folder, message):
    pages = site(folder)
    for _ in range(2):
        run = make(folder)
        assert run.returncode != 0
        assert message in run.stdout + run.stderr
        assert "Traceback" not in run.stdout + run.stderr
        assert site(folder) == pages


def test_a_skeleton_passes_the_structural_tests(book):
    structure = [sys.executable, "-m", "pytest", "-q", "-rs", "tests/chapters/test_structure.py"]
    run = subprocess.run(structure, cwd=book, env=environment(book), capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    assert "SKIPPED" not in run.stdout


def test_a_second_build_does_nothing_and_takes_seconds(book):
    before, pages = executions(book), site(book)
    start = time.monotonic()
    assert make(book).returncode == 0
    assert time.monotonic() - start < 15
    assert (executions(book), site(book)) == (before, pages)


def test_new_times_of_files_execute_nothing(book):
    before = executions(book)
    for path in [*book.glob("chapters/*"), *book.glob("data/*/*"), *book.glob("lib/replica/*/*.py")]:
        path.touch()
    assert make(book).returncode == 0
    assert executions(book) == before


def test_a_changed_chapter_executes_alone_and_its_page_changes(book):
    before = executions(book)
    touch_chapter(book, NAMES[0], "page.references(['brown2017'])\nprint('a changed chapter')")
    assert make(book).returncode == 0
    new = executions(book).keys() - before.keys()
    assert [name.split(".")[0] for name in new] == [NAMES[0]]
    assert "a changed chapter" in (book / f"_build/html/chapters/{NAMES[0]}.html").read_text()


def test_a_failing_cell_is_named_the_rest_executes_and_the_old_site_stays(book):
    pages = site(book)
    healthy = {name: (book / f"chapters/{name}.ipynb").read_text() for name in NAMES}
    touch_chapter(book, NAMES[0], "raise RuntimeError('on purpose')")
    touch_chapter(book, NAMES[1], "page.references(['brown2017'])\nprint('the other one')")
    run = make(book)
    assert run.returncode != 0
    assert "FAILED 01-one: cell " in run.stderr + run.stdout
    assert "RuntimeError: on purpose" in run.stderr + run.stdout
    assert (book / f"_build/executed/{NAMES[1]}.{keys.chapter_key(book, NAMES[1], {})}.ipynb").exists()
    assert site(book) == pages
    for name, text in healthy.items():
        (book / f"chapters/{name}.ipynb").write_text(text)
    assert make(book).returncode == 0


def test_a_cell_that_warns_fails_once_and_twice_and_leaves_no_product(book):
    path = book / f"chapters/{NAMES[0]}.ipynb"
    text = path.read_text()
    touch_chapter(book, NAMES[0], "import warnings\nwarnings.warn('mind the gap')")
    last = json.loads(text)["cells"]
    place = f"cell {len(last) - 1} ({last[-1]['id']})"
    fails_twice_and_leaves_the_site(book, f"FAILED 01-one: {place}: written to stderr: ")
    assert not product(book, NAMES[0]).exists()
    path.write_text(text)
    assert make(book).returncode == 0


def test_a_page_that_sphinx_warns_of_fails_once_and_twice(book):
    path = book / "pages/how-to-read.md"
    text = path.read_text()
    path.write_text(text + "\n:::{nonsense}\n:::\n")
    fails_twice_and_leaves_the_site(book, "Unknown directive type: 'nonsense'")
    path.write_text(text)
    assert make(book).returncode == 0


def test_a_word_of_prose_executes_nothing_and_stands_beside_the_outputs(book):
    before = executions(book)
    path = book / f"chapters/{NAMES[1]}.ipynb"
    notebook = json.loads(path.read_text())
    text = next(cell for cell in notebook["cells"][1:] if cell["cell_type"] == "markdown")
    text["source"] = ["".join(text["source"]) + "\n\nAn afterthought.\n"]
    path.write_text(json.dumps(notebook))
    run = make(book)
    assert run.returncode == 0 and "2 chapters, 0 to execute" in run.stdout
    assert executions(book) == before
    page = (book / f"_build/html/chapters/{NAMES[1]}.html").read_text()
    assert "An afterthought." in page and "book-card" in page


@pytest.mark.parametrize("cell", ["a sentence, afterwards", "# A title that other pages show"])
def test_after_a_change_of_prose_the_site_is_that_of_a_build_from_nothing(book, cell):
    path = book / "chapters" / f"{NAMES[0]}.ipynb"
    before = path.read_text()
    notebook = json.loads(before)
    first = next(cell for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    first["source"] = [cell] if cell.startswith("#") else [*first["source"], "\n\n", cell]
    path.write_text(json.dumps(notebook))
    assert make(book).returncode == 0
    pages = site(book)
    assert cell.removeprefix("# ") in (book / f"_build/html/chapters/{NAMES[0]}.html").read_text()
    shutil.rmtree(book / "_build/sites")
    shutil.rmtree(book / "_build/doctrees")
    assert make(book).returncode == 0
    assert site(book) == pages
    path.write_text(before)
    assert make(book).returncode == 0
    assert "afterwards" not in (book / "_build/html/searchindex.js").read_text()


def test_damaged_products_are_named_and_made_again(book):
    pages = site(book)
    first, second = (product(book, name) for name in NAMES)
    first.write_bytes(first.read_bytes()[:1000])
    second.write_text(second.read_text().replace("Printed", "Prinzed"))
    [ledger] = (book / "_build/audit").glob("*/ledger.csv")
    ledger.unlink()
    run = make(book)
    assert run.returncode == 0, run.stderr
    for name in (first.name, second.name, "ledger.csv"):
        assert name in run.stdout
    assert "2 chapters, 2 to execute" in run.stdout
    assert all(map(products.whole, (first, second, ledger.parent)))
    assert site(book) == pages


def test_a_damaged_site_is_named_and_made_again_from_good_doctrees_only(book):
    pages = site(book)
    (book / "_build/html/index.html").unlink()
    shutil.rmtree(book / "_build/html/_static")
    [doctree] = (book / "_build/doctrees").glob("*/doctrees/index.doctree")
    doctree.write_bytes(doctree.read_bytes()[:100])
    run = make(book)
    assert run.returncode == 0, run.stderr
    assert "2 chapters, 0 to execute" in run.stdout and "is gone; it is made again" in run.stdout
    assert site(book) == pages
    (book / "_build/html").unlink()
    assert make(book).returncode == 0
    assert site(book) == pages


@pytest.mark.parametrize("argument", ["seed", "sed=1", "seed=x"])
def test_a_faulty_parameter_is_one_line(book, argument):
    run = make(book, argument)
    assert run.returncode == 1
    assert "FAILED" in run.stderr + run.stdout and "Traceback" not in run.stderr + run.stdout


def test_a_faulty_table_is_refused_with_file_row_and_column_and_the_old_site_stays(book):
    pages = site(book)
    path = book / "data" / NAMES[0] / "claims.csv"
    text = path.read_text()
    path.write_text(text.replace(",number,", ",nonsense,"))
    run = make(book)
    assert run.returncode != 0
    message = run.stderr + run.stdout
    assert "claims.csv" in message and "kind" in message and "nonsense" in message
    assert site(book) == pages
    path.write_text(text)


def test_sources_that_change_while_they_are_executed_leave_the_old_site(book):
    pages = site(book)
    signal_file = book / "_build/executing"
    touch_chapter(
        book,
        NAMES[0],
        f"import pathlib, time\npathlib.Path({str(signal_file)!r}).touch()\ntime.sleep(3)\n"
        "page.references(['brown2017'])",
    )
    build = subprocess.Popen(command(book), cwd=book, env=environment(book), stderr=subprocess.PIPE, text=True)
    while not signal_file.exists() and build.poll() is None:
        time.sleep(0.1)
    touch_chapter(book, NAMES[0], "page.references(['brown2017'])\nprint('a later thought')")
    message = build.communicate()[1]
    assert build.returncode != 0
    assert "FAILED 01-one: its sources changed while it was executed" in message
    assert site(book) == pages
    assert make(book).returncode == 0
    assert "a later thought" in (book / f"_build/html/chapters/{NAMES[0]}.html").read_text()


def test_killed_at_any_moment_the_next_build_ends_in_the_same_bytes(book):
    touch_chapter(book, NAMES[0], "page.references(['brown2017'])\nprint('after the kills')")
    generator = random.Random(1)
    for _ in range(4):
        build = subprocess.Popen(
            command(book),
            cwd=book,
            env=environment(book),
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(generator.uniform(0.5, 12))
        os.killpg(build.pid, signal.SIGKILL)
        build.wait()
        assert (book / "_build/html/index.html").is_file()
    assert make(book).returncode == 0
    interrupted = site(book)
    shutil.rmtree(book / "_build")
    assert make(book).returncode == 0
    assert site(book) == interrupted


@pytest.mark.parametrize("kind", ["build", "snakemake"])
def test_a_killed_build_leaves_no_process_and_blocks_nobody(book, kind):
    path = book / f"chapters/{NAMES[0]}.ipynb"
    text, started = path.read_text(), book / "_build/started"
    started.unlink(missing_ok=True)
    code = f"import os, pathlib, time\nfile = pathlib.Path({str(started)!r})\n"
    code += f"file.with_suffix('.new').write_text(os.environ['REPLICA_PROCESSES'] + f' {{os.getpid()}} {kind}')\n"
    touch_chapter(book, NAMES[0], code + "file.with_suffix('.new').rename(file)\ntime.sleep(300)")
    with subprocess.Popen(
        command(book), cwd=book, env=environment(book), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as build:
        while not started.exists():
            assert build.poll() is None
            time.sleep(0.1)
        family = [int(number) for number in started.read_text().split()[1:-1]]
        family = family[family.index(build.pid) :]
        assert len(family) == 4  # the build, Snakemake, the executor, the kernel
        os.kill(family[["build", "snakemake"].index(kind)], signal.SIGKILL)
        deadline = time.monotonic() + 20
        while any(map(lock._runs, family[1:])):
            assert time.monotonic() < deadline
            build.poll()
            time.sleep(0.1)
    path.write_text(text)
    run = make(book)
    assert run.returncode == 0 and "another build" not in run.stdout


def test_two_builds_at_once_do_not_harm_each_other(book):
    touch_chapter(book, NAMES[1], "page.references(['brown2017'])\nprint('two at once')")
    both = [
        subprocess.Popen(command(book), cwd=book, env=environment(book), stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [build.communicate()[0] for build in both]
    assert [build.returncode for build in both] == [0, 0]
    assert sum("another build is running" in text for text in said) == 1
    assert "two at once" in (book / f"_build/html/chapters/{NAMES[1]}.html").read_text()
