"""What `make verify` must catch is caught: other kernels, another run, another seed, a build that does not heal."""

from __future__ import annotations

import copy
import json
import shutil
import sys
from pathlib import Path

import pytest

from replica.book.explorable import MIME
from replica.build import compare, kernels, kills, seeds, verify

ROOT = Path(__file__).resolve().parents[2]
PARAMETERS = "seed = 1\nprofile = 'quick'"
CLOCK = "import time\ntime.time_ns()"
SUM = (
    "import numpy as np\nx = np.random.default_rng(1).standard_normal((300, 300))\ntotal = float(np.linalg.norm(x, 2))"
)
HERE = {"openblas": ["Here"], "numpy": [], "torch": "HERE"}
ASSERTION = "assert seed != 3, 'more than half of the shops'"


def notebook(path, *sources, **metadata):
    cells = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "metadata": {"tags": ["parameters"]} if number == 0 else metadata,
            "source": text,
            "outputs": [],
            "execution_count": None,
        }
        for number, text in enumerate([PARAMETERS, *sources])
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}))


@pytest.fixture
def book(tmp_path):
    """A checkout without chapters that uses this library."""
    (tmp_path / "lib").symlink_to(ROOT / "lib")
    for name in ("references.bib", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def faults(results, chapter, check):
    return results[chapter][check].faults


def test_last_bits_that_are_shown_are_caught_under_other_kernels_and_digits_before_them_pass(book):
    notebook(book / "chapters/97-sum.ipynb", SUM, "print(repr(total))", "print(f'{total:.6f}')")
    results = verify.verify(book, checks=["kernels"])
    assert verify.ALL not in results, "the other kernels are active"
    for name in kernels.OTHERS:
        [fault] = faults(results, "97-sum", name)
        assert fault.startswith("cell 2 (c2): stream stdout: …")


def test_an_output_that_holds_the_time_is_caught_and_nothing_is_executed_again(book, monkeypatch):
    monkeypatch.setattr(kernels, "probe", lambda environment: HERE)
    notebook(book / "chapters/97-clock.ipynb", CLOCK, "1 + 1")
    results = verify.verify(book, checks=["twice"])
    assert [place.split(":")[0] for place in faults(results, "97-clock", "twice")] == ["cell 1 (c1)"]
    monkeypatch.setattr(verify.subprocess, "run", lambda *a, **k: pytest.fail("executed again"))
    assert verify.verify(book, checks=["twice"]) == results


def test_an_assertion_that_fails_with_one_seed_is_named_with_the_seed(book, monkeypatch):
    monkeypatch.setattr(kernels, "probe", lambda environment: HERE)
    monkeypatch.setattr(verify, "SEEDS", (3,))
    notebook(book / "chapters/97-luck.ipynb", ASSERTION)
    [fault] = faults(verify.verify(book, checks=["seeds"]), "97-luck", "seeds")
    assert fault.startswith("seed 3: FAILED 97-luck: cell ")
    assert "AssertionError: more than half of the shops" in fault


def test_a_chapter_that_does_not_run_fails_every_check(tmp_path):
    runs = {name: verify.Run(tmp_path, "FAILED") for name in ("first", "second", "haswell", "nehalem", "seed-2")}
    [row] = verify.judge({"97-broken": runs}, tmp_path).values()
    assert {check: bool(found.faults) for check, found in row.items()} == dict.fromkeys(
        ("twice", "haswell", "nehalem", "seeds"), True
    )


def test_kernels_that_cannot_be_switched_to_are_a_fault(monkeypatch):
    monkeypatch.setattr(kernels, "probe", lambda environment: HERE)
    wanted, found = verify.variants(["kernels"], HERE)
    assert [variant.name for variant in wanted] == ["first", "haswell", "nehalem"]
    assert found == [
        f"the kernels {name} are not active here: openblas Here, numpy baseline, torch HERE" for name in kernels.OTHERS
    ]


def test_numpy_is_asked_to_leave_out_only_what_the_processor_has():
    here = {"openblas": ["SkylakeX"], "numpy": ["X86_V3", "X86_V4", "AVX512_ICL"], "torch": "AVX512"}
    asked = [kernels.environment(name, here)["NPY_DISABLE_CPU_FEATURES"] for name in kernels.OTHERS]
    assert asked == ["X86_V4 AVX512_ICL", "X86_V3 X86_V4 AVX512_ICL"]
    assert "NPY_DISABLE_CPU_FEATURES" not in kernels.environment("haswell", here | {"numpy": ["X86_V3"]})


def test_unknown_chapters_are_refused(book):
    notebook(book / "chapters/97-one.ipynb", "1")
    with pytest.raises(ValueError, match="only: no chapter begins with '15'"):
        verify.verify(book, ["15"])


def test_the_table_names_chapters_checks_and_faults(tmp_path):
    results = {
        "01-one": {"twice": verify.Result([]), "haswell": verify.Result(["cell 3 (c): 0.02 against 0.03"])},
        "02-two": {"twice": verify.Result([], ["moved"])},
    }
    text = verify.write_report(tmp_path, results)
    assert text == (tmp_path / "report.txt").read_text()
    assert text.splitlines() == [
        "        twice  haswell",
        "01-one  ok     1 FAILED",
        "02-two  ok     -",
        "",
        "Failed",
        "01-one, haswell: cell 3 (c): 0.02 against 0.03",
        "",
        "Remarks",
        "02-two, twice: moved",
    ]
    read = json.loads((tmp_path / "report.json").read_text())
    assert read["01-one"]["haswell"]["faults"] == ["cell 3 (c): 0.02 against 0.03"]


@pytest.mark.parametrize("failing", [True, False])
def test_the_exit_code_says_whether_anything_failed(tmp_path, monkeypatch, capsys, failing):
    monkeypatch.setattr(verify, "ROOT", tmp_path)
    monkeypatch.setattr(verify, "verify", lambda *a: {"01-one": {"twice": verify.Result(["x"] * failing)}})
    assert verify.main(["--only", "01", "--checks", "twice"]) == failing
    assert "01-one" in capsys.readouterr().out


def output(**data):
    note = {"replica": {"type": "figure"}, "image/svg+xml": {"alt": "a line"}}
    return {"output_type": "display_data", "data": data, "metadata": note}


SVG = '<svg><!-- 62 % --><path id="p{name}" d="M 10 {y} L 20 30"/></svg>'
SPEC = {"data": {"name": "data-{name}"}, "datasets": {"data-{name}": [{"x": 1.0}]}, "description": "A slider."}
FIRST = {
    "cells": [
        {"cell_type": "markdown", "id": "text", "metadata": {}, "source": ["a"]},
        {
            "cell_type": "code",
            "id": "run",
            "metadata": {},
            "source": [],
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": ["error 0.02\n"]},
                output(**{"image/svg+xml": SVG.format(name="a", y=10), "image/png": "AAAA", "text/plain": "figure"}),
                output(**{MIME: json.loads(json.dumps(SPEC).replace("{name}", "abc"))}),
                output(**{"text/html": "<td>1,234.5</td>"}),
            ],
        },
    ]
}


def changed(number, **change):
    other = copy.deepcopy(FIRST)
    other["cells"][1]["outputs"][number] |= change
    return other


def data(number, mime, value):
    return changed(number, data=FIRST["cells"][1]["outputs"][number]["data"] | {mime: value})


@pytest.mark.parametrize(
    "other",
    [
        FIRST,
        data(1, "image/png", "BBBB"),
        data(1, "image/svg+xml", SVG.format(name="b", y="10.2")),
        data(2, MIME, json.loads(json.dumps(SPEC).replace("{name}", "def").replace("1.0", "1.0000000001"))),
    ],
)
def test_last_digits_of_graphics_are_no_difference(other):
    assert compare.shown(FIRST, other, {}) == ([], [])


@pytest.mark.parametrize(
    "other, named",
    [
        (changed(0, text=["error 0.03\n"]), "stream stdout: …error 0.02 … against …error 0.03 …"),
        (changed(0, name="stderr"), "is in one of them only"),
        (data(1, "image/svg+xml", SVG.format(name="b", y="63")), "moves by 53 points"),
        (data(1, "image/svg+xml", SVG.format(name="a", y=10).replace("62", "50")), "against … 50 %"),
        (data(1, "image/svg+xml", SVG.format(name="a", y=10).replace("L 20", "C 20")), "another drawing"),
        (data(2, MIME, json.loads(json.dumps(SPEC).replace("1.0", "1.01"))), ".x: 1.0 against 1.01"),
        (data(2, MIME, json.loads(json.dumps(SPEC).replace("slider", "knob"))), "description: "),
        (data(3, "text/html", "<td>1,234.6</td>"), "text/html: "),
        (changed(1, metadata={"replica": {}, "image/svg+xml": {"alt": "a curve"}}), "metadata: "),
        ({"cells": FIRST["cells"][:1]}, "1 code cells against 0"),
    ],
)
def test_what_a_reader_sees_differently_is_named(other, named):
    found, allowed = compare.shown(FIRST, other, {})
    assert allowed == [] and len(found) >= 1
    assert any(named in line for line in found), found


@pytest.mark.parametrize(
    "limit, shown, expected", [(0.02, "0.03", (0, 1)), (0.005, "0.03", (1, 0)), (0.02, "0.03 x", (1, 0))]
)
def test_a_machine_dependent_cell_may_move_by_what_the_page_states(limit, shown, expected):
    other = changed(0, text=[f"error {shown}\n"])
    assert tuple(map(len, compare.shown(FIRST, other, {"run": limit}))) == expected


def test_limits_are_read_from_the_tagged_cells():
    tagged = copy.deepcopy(FIRST)
    tagged["cells"][1]["metadata"] = {"tags": ["machine-dependent"], "moves": 3}
    assert compare.limits(tagged) == {"run": 3}
    assert compare.limits(FIRST) == {}


@pytest.mark.parametrize("moves", [{}, {"moves": 0}, {"moves": "some"}, {"moves": float("inf")}])
def test_a_machine_dependent_cell_must_say_how_far(moves):
    tagged = copy.deepcopy(FIRST)
    tagged["cells"][1]["metadata"] = {"tags": ["machine-dependent"], **moves}
    with pytest.raises(ValueError, match=r"cell 1 \(run\): tagged machine-dependent, with no positive number 'moves'"):
        compare.limits(tagged)


def runs(*intervals):
    return {
        seed: {"c1": {"id": "c1", "estimate": (low + high) / 2, "low": low, "high": high}}
        for seed, (low, high) in enumerate(intervals, start=1)
    }


def test_intervals_that_promise_too_much_are_a_fault():
    rows = {
        seed: {f"c{k}": {"estimate": seed + k, "low": seed + k - 0.1, "high": seed + k + 0.1} for k in range(4)}
        for seed in range(1, 6)
    }
    [fault], remarks = seeds.agreement(rows)
    assert fault == "intervals of 4 of 4 rows exclude each other: c0, c1, c2, c3"
    assert "in 0 of 80 pairs" in remarks[0]


def test_one_row_apart_by_chance_is_no_fault_and_is_told():
    rows = runs((0.1, 0.2), (0.25, 0.35), (0.1, 0.2))
    for found in rows.values():
        found |= {f"d{k}": {"estimate": 0.5, "low": 0.4, "high": 0.6} for k in range(7)}
    found, remarks = seeds.agreement(rows)
    assert found == [] and "1 of 8 rows exclude each other" in remarks[0]
    assert remarks[1].startswith("c1: 0.15 to 0.3 over seeds; seed 1 states 0.1 to 0.2")


def test_how_often_right_intervals_are_apart_agrees_with_simulation():
    import numpy as np

    draws = np.random.default_rng(1).standard_normal((200_000, 5))
    apart = np.ptp(draws, axis=1) > 2 * seeds.NORMAL
    assert seeds.apart_by_chance(5) == pytest.approx(apart.mean(), abs=4 * apart.std() / len(draws) ** 0.5)


def test_conclusions_are_read_in_both_forms_and_rows_must_stay():
    note = {"type": "conclusions", "rows": [{"id": "a", "estimate": 0.5, "low": 0.4, "high": 0.6}, {"id": "untested"}]}
    executed = {"cells": [{"outputs": [{"metadata": {"replica": note}}]}, {"outputs": [{"output_type": "stream"}]}]}
    assert list(seeds.rows(executed)) == ["a"]
    note.pop("rows")
    note["shares"] = {"h1": 0.15, "h2": 0.4}
    first = seeds.rows(executed)
    assert seeds.agreement({1: first, 2: first | {"h1": {"estimate": 0.5}}}) == (
        [],
        ["h1: 0.15 to 0.5 over seeds"],
    )
    assert seeds.agreement({1: first, 2: {}})[0] == ["other conclusions with seed 2 than with seed 1"]


BUILD = """import os, pathlib, sys, time
html = pathlib.Path("_build/html"); html.mkdir(parents=True, exist_ok=True)
pathlib.Path("_build/ledger.csv").write_text("x")
page = html / "index.html"
if not {heals} and page.exists():
    sys.exit(0)
with open(page, "w") as file:
    for part in range(10):
        file.write(f"{{part}}"); file.flush(); time.sleep(0.2)
"""


@pytest.mark.parametrize("heals", [True, False])
def test_a_build_that_does_not_heal_after_a_kill_is_caught(tmp_path, heals):
    command = [sys.executable, "-c", BUILD.format(heals=heals)]
    found, remarks = kills.resumed(tmp_path, command, moments=(0.4, 0.6, 0.8))
    assert [fault.split(" after ")[0] for fault in found] == ([] if heals else ["index.html differs"])
    assert "2 files compared" in remarks[0]


def test_a_build_that_cannot_be_killed_in_time_proves_nothing(tmp_path):
    command = [sys.executable, "-c", BUILD.format(heals=True).replace("time.sleep(0.2)", "pass")]
    found, _ = kills.resumed(tmp_path, command, moments=(50,))
    assert found == ["no build was killed before its end"]
