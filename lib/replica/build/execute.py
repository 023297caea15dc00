"""Execute one chapter: `python -m replica.build.execute NOTEBOOK OUTPUT [name=value ...]`.

The same inputs give the same bytes: seeds, thread counts and hash seeds are fixed before the kernel starts, and what
papermill and Jupyter add of time and place is taken out again. What must not be published is refused here, before a
product is named: errors, warnings and whatever else is written to stderr, figures without alt text.
"""

from __future__ import annotations

import ast
import contextlib
import os
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

from replica.build import keys, lock, products

ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "SOURCE_DATE_EPOCH": "1735689600",
    "TQDM_DISABLE": "1",
    "IPYKERNEL_CELL_NAME": "<cell>",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "MPLBACKEND": "agg",
    "REPLICA_BUILD": "1",
}
PERSONAL = re.compile(r"PYTHON(?!PATH$|HOME$)|IPYTHON|JUPYTER|PYTEST")
SECONDS_FOR_A_CELL = {"full": 7200}  # by profile; 600 in any other
LONGEST_FOLDER = 80  # bytes; the system allows about 107 for the whole address of a socket


class CellError(Exception):
    """A chapter could not be executed; the message is one line."""


def typed(defaults: Mapping[str, object], given: Mapping[str, str]) -> dict[str, object]:
    """Read the texts `given` as values of the types of `defaults`.

    Raises
    ------
    ValueError
        If a name is not among the defaults, or a text is no value of that type.

    Examples
    --------
    >>> typed({"seed": 1, "profile": "quick"}, {"seed": "7"})
    {'seed': 7}
    """
    values: dict[str, object] = {}
    for name, text in given.items():
        if name not in defaults:
            raise ValueError(f"parameter {name!r}: this chapter has {', '.join(defaults) or 'no parameters'}")
        kind = type(defaults[name])
        try:
            value = text if kind is str else ast.literal_eval(text)
        except (ValueError, SyntaxError):
            value = None
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            raise ValueError(f"parameter {name!r}: {text!r} is not of type {kind.__name__}")
        values[name] = value
    return values


def default_parameters(notebook: Mapping) -> dict[str, object]:
    """Names and values assigned in the cell of `notebook` that is tagged `parameters`."""
    for cell in notebook["cells"]:
        if "parameters" in cell["metadata"].get("tags", []):
            assigned = ast.parse("".join(cell["source"])).body
            return {
                node.targets[0].id: ast.literal_eval(node.value) for node in assigned if isinstance(node, ast.Assign)
            }
    return {}


@contextlib.contextmanager
def environment(folder: Path) -> Iterator[None]:
    """The variables of a build for this process and its kernel: `ENVIRONMENT`, and no settings of the user's own.

    Startup files, configuration and kernels of IPython and Jupyter are looked for in the empty `folder`.
    """
    before = dict(os.environ)
    for name in filter(PERSONAL.match, before):
        del os.environ[name]
    jupyter = {f"JUPYTER_{kind}_DIR": str(folder / "jupyter" / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    os.environ.update(ENVIRONMENT | jupyter, IPYTHONDIR=str(folder / "ipython"))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def seconds_for_a_cell(values: Mapping[str, object]) -> int:
    """The time limit for one cell: `REPLICA_CELL_SECONDS`, or what the chapter's profile is given.

    Raises
    ------
    ValueError
        If the variable is no whole number above 0.
    """
    text = os.environ.get("REPLICA_CELL_SECONDS") or str(SECONDS_FOR_A_CELL.get(values.get("profile"), 600))
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"REPLICA_CELL_SECONDS: expected a whole number of seconds, got {text!r}")
    return int(text)


def execute(notebook: Path, output: Path, parameters: Mapping[str, str]) -> None:
    """Execute `notebook` with `parameters` and write it to `output`, whole or not at all, and its digest beside it.

    Raises
    ------
    CellError
        If a cell raises, writes to stderr, shows a figure without alt text, or takes too long; the message is one
        line that names the cell and the reason.
    ValueError
        If a parameter is unknown or of the wrong type, or a cell has no id of its own.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # jsonschema does without; its grammar takes a second to compile
    import nbformat

    warnings.filterwarnings("ignore", module="nbformat")
    source = nbformat.read(notebook, as_version=4)
    keys.executed_cells(notebook, source)
    defaults = default_parameters(source)
    values = typed(defaults, parameters)
    changed = {name: value for name, value in values.items() if value != defaults[name]}
    limit = seconds_for_a_cell(defaults | values)
    output.parent.mkdir(parents=True, exist_ok=True)
    places = {cell["id"]: f"cell {number} ({cell['id']})" for number, cell in enumerate(source.cells)}
    short = None if len(os.fsencode(tempfile.gettempdir())) <= LONGEST_FOLDER else "/tmp"
    temporary = tempfile.TemporaryDirectory(prefix="replica-", dir=short, ignore_cleanup_errors=True)
    with temporary as folder, environment(Path(folder)):
        result = run(notebook, changed, Path(folder), limit, places)
    strip_traces(result)
    for cell in result.cells:
        if reason := refusal(cell):
            raise CellError(f"{places.get(cell['id'], 'the parameters')}: {reason}")
    check_unchanged(notebook, output, parameters)
    partial = output.with_name(output.name + f".{os.getpid()}.partial")
    try:
        nbformat.write(result, partial)
        products.publish(partial, output)
    finally:
        partial.unlink(missing_ok=True)


def run(notebook: Path, parameters: Mapping[str, object], folder: Path, limit: int, places: Mapping[str, str]):
    """The executed notebook, up to the first cell that raises; sockets and files of the kernel stand in `folder`.

    Raises
    ------
    CellError
        If a cell takes longer than `limit` seconds, or the kernel dies or does not start.
    """
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    started = {-1: "the kernel"}

    def note(cell: Mapping, cell_index: int) -> None:
        started[cell_index] = places.get(cell["id"], "the parameters")

    try:
        return papermill.execute_notebook(
            str(notebook),
            None,
            parameters=parameters,
            cwd=str(notebook.parent),
            kernel_name="python3",
            progress_bar=False,
            record_timing=False,
            coalesce_streams=True,
            log_output=False,
            start_timeout=300,
            execution_timeout=limit,
            iopub_timeout=limit,
            on_cell_start=note,
            config=Config(KernelManager={"transport": "ipc", "ip": f"{folder}/k"}),
        )
    except PapermillExecutionError as error:
        place, reason = started[error.cell_index], f"{error.ename}: {error.evalue}"
    except CellTimeoutError:
        reason = f"still running after {limit} s, the limit for a cell; set REPLICA_CELL_SECONDS to give it more"
        place = started[max(started)]
    except DeadKernelError:
        place, reason = started[max(started)], "the kernel died; it may have run out of memory"
    except RuntimeError as error:
        place, reason = started[max(started)], str(error)
    raise CellError(f"{place}: {first_line(reason)}")


def first_line(text: str) -> str:
    """The first line of `text` that is not empty."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def refusal(cell: Mapping) -> str:
    """Why the outputs of an executed `cell` must not be published, in one line; empty where they may."""
    for output in cell.get("outputs", []):
        kind = output["output_type"]
        if kind == "error":
            return first_line(f"{output['ename']}: {output['evalue']}")
        if kind == "stream" and output["name"] == "stderr":
            return f"written to stderr: {first_line(output['text'])}"
        for mime, content in output.get("data", {}).items():
            if mime.startswith("image/"):
                alt = output["metadata"].get(mime, {}).get("alt")
            elif mime.startswith("application/vnd.vega"):
                alt = content.get("description")
            else:
                continue
            if not isinstance(alt, str) or not alt.strip():
                return f"a figure ({mime}) has no alt text; show it with style.show or page.explorable"
    return ""


def strip_traces(notebook) -> None:
    """Take out of an executed `notebook` what differs between two runs, in place."""
    notebook.metadata.pop("papermill", None)
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        for name in ("papermill", "execution"):
            cell.metadata.pop(name, None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = "injected-parameters"


def check_unchanged(notebook: Path, output: Path, parameters: Mapping[str, str]) -> None:
    """Refuse an `output` named after a key that the chapter no longer has.

    Raises
    ------
    CellError
        If the sources of the chapter changed while it was executed.
    """
    named = re.fullmatch(rf"{keys.CHAPTER_NAME.pattern}\.([0-9a-f]{{16}})\.ipynb", output.name)
    if named and keys.chapter_key(notebook.parents[1], notebook.stem, parameters) != named[1]:
        raise CellError("its sources changed while it was executed; build again")


def main(arguments: list[str]) -> int:
    """Command line; exit code 0, or 1 with one line that names chapter, cell and error."""
    lock.end_together()
    notebook, output = Path(arguments[0]).resolve(), Path(arguments[1]).resolve()
    start = time.monotonic()
    try:
        execute(notebook, output, keys.parameters(arguments[2:]))
    except (CellError, ValueError, OSError) as error:
        print(f"FAILED {notebook.stem}: {first_line(str(error))}", file=sys.stderr, flush=True)
        return 1
    print(f"executed {notebook.stem} in {time.monotonic() - start:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
