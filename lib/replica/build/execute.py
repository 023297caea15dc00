"""Execute one chapter: `python -m replica.build.execute NOTEBOOK OUTPUT [name=value ...]`.

The same inputs give the same bytes: seeds, thread counts and hash seeds are fixed before the kernel starts, and what
papermill and Jupyter add of time and place is taken out again.
"""

from __future__ import annotations

import ast
import os
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Mapping
from pathlib import Path

from replica.build import keys

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


def execute(notebook: Path, output: Path, parameters: Mapping[str, str]) -> None:
    """Execute `notebook` with `parameters` and write it to `output`, whole or not at all.

    Raises
    ------
    CellError
        If a cell raises; the message is one line that names the cell and the error.
    ValueError
        If a parameter is unknown or of the wrong type.
    """
    os.environ.update(ENVIRONMENT)
    import nbformat
    import papermill
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    warnings.filterwarnings("ignore", module="nbformat")
    source = nbformat.read(notebook, as_version=4)
    defaults = default_parameters(source)
    values = typed(defaults, parameters)
    changed = {name: value for name, value in values.items() if value != defaults[name]}
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="replica-") as folder:
        executed = Path(folder) / "executed.ipynb"
        kernel = Config(KernelManager={"transport": "ipc", "ip": f"{folder}/k"})
        try:
            papermill.execute_notebook(
                str(notebook),
                str(executed),
                parameters=changed,
                cwd=str(notebook.parent),
                kernel_name="python3",
                progress_bar=False,
                record_timing=False,
                coalesce_streams=True,
                log_output=False,
                config=kernel,
            )
        except PapermillExecutionError as error:
            first = (error.evalue or "").strip().split("\n")[0]
            raise CellError(f"cell {error.cell_index}: {error.ename}: {first}") from None
        result = nbformat.read(executed, as_version=4)
    strip_traces(result)
    partial = output.with_name(output.name + f".{os.getpid()}.partial")
    nbformat.write(result, partial)
    os.replace(partial, output)


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
        output.unlink()
        raise CellError("its sources changed while it was executed; build again")


def main(arguments: list[str]) -> int:
    """Command line; exit code 0, or 1 with one line that names chapter, cell and error."""
    notebook, output = Path(arguments[0]).resolve(), Path(arguments[1]).resolve()
    start = time.monotonic()
    try:
        parameters = dict(argument.split("=", 1) for argument in arguments[2:])
        execute(notebook, output, parameters)
        check_unchanged(notebook, output, parameters)
    except (CellError, ValueError) as error:
        print(f"FAILED {notebook.stem}: {error}", file=sys.stderr, flush=True)
        return 1
    print(f"executed {notebook.stem} in {time.monotonic() - start:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
