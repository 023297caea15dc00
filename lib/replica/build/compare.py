"""What differs between two executions of a chapter: in any byte, or in what a reader is shown.

On another machine the last bits of a number may differ, and with them the last digits of a drawing's coordinates. What
is shown as text (words and digits of outputs, alternative texts, words in figures, notes for the build) may not, except
in a cell with the tag ``machine-dependent``: its metadata ``moves`` is the largest difference of any number in its
text, in the units shown, that the page tells its readers of.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from replica.book.explorable import MIME

TAG, LIMIT = "machine-dependent", "moves"
RELATIVE, POINTS = 1e-6, 1.0  # of a number in a specification or a note; of a coordinate in a figure, in points
_NUMBER = re.compile(r"[-+−]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?")
_SVG_NAMES = re.compile(r'(?:\bid|xlink:href|clip-path)="[^"]*"')  # made of digests of the coordinates
_SVG_WORDS = re.compile(r"<!--(.*?)-->", re.DOTALL)


def limits(notebook: Mapping) -> dict[str, float]:
    """How far numbers may move, by the id of each cell of a chapter that is tagged ``machine-dependent``.

    Raises
    ------
    ValueError
        If such a cell has no positive number ``moves``.
    """
    found = {}
    for number, cell in enumerate(notebook["cells"]):
        if TAG in cell["metadata"].get("tags", []):
            limit = cell["metadata"].get(LIMIT)
            if isinstance(limit, bool) or not isinstance(limit, int | float) or not 0 < limit < math.inf:
                raise ValueError(f"cell {number} ({cell['id']}): tagged {TAG}, with no positive number {LIMIT!r}")
            found[cell["id"]] = limit
    return found


def bytewise(one: Mapping, other: Mapping) -> tuple[list[str], list[str]]:
    """Cells of two executed notebooks whose outputs are not the same in every byte; nothing is allowed to differ."""
    faults, pairs = _pairs(one, other)
    for place, cell, same in pairs:
        if cell["outputs"] != same["outputs"]:
            faults.append(f"{place}: {_first_difference(_canonical(cell), _canonical(same))}")
    return faults, []


def shown(one: Mapping, other: Mapping, may_move: Mapping[str, float]) -> tuple[list[str], list[str]]:
    """What a reader sees differently in two executions of one notebook.

    Parameters
    ----------
    one, other
        Executed notebooks.
    may_move
        The :func:`limits` of the chapter.

    Returns
    -------
    tuple of list of str
        Differences that are faults, and those that `may_move` allows.
    """
    faults, pairs = _pairs(one, other)
    allowed = []
    for place, cell, same in pairs:
        for difference, within in _outputs(cell, same, may_move.get(cell["id"], 0.0)):
            (allowed if within else faults).append(f"{place}: {difference}")
    return faults, allowed


def _pairs(one: Mapping, other: Mapping) -> tuple[list[str], list[tuple[str, Mapping, Mapping]]]:
    """Code cells of two notebooks, which are what is executed, side by side with their place; or a fault."""
    cells, others = (
        {cell["id"]: (number, cell) for number, cell in enumerate(notebook["cells"]) if cell["cell_type"] == "code"}
        for notebook in (one, other)
    )
    if list(cells) != list(others):
        return [f"{len(cells)} code cells against {len(others)}, or other ones"], []
    return [], [(f"cell {number} ({name})", cell, others[name][1]) for name, (number, cell) in cells.items()]


def _outputs(cell: Mapping, same: Mapping, limit: float) -> Iterator[tuple[str, bool]]:
    """Differences of the outputs of two cells, each with whether `limit` allows it."""
    outputs, others = cell["outputs"], same["outputs"]
    if [output["output_type"] for output in outputs] != [output["output_type"] for output in others]:
        yield "other kinds of outputs", False
        return
    for output, another in zip(outputs, others, strict=True):
        parts, those = _parts(output), _parts(another)
        for name in sorted(parts.keys() | those.keys()):
            difference = _difference(name, parts.get(name), those.get(name), limit)
            if difference:
                yield f"{name}: {difference[0]}", difference[1]


def _parts(output: Mapping) -> dict[str, Any]:
    """Parts of an output by name: texts, specifications as JSON, drawings, the notes in the metadata."""
    if output["output_type"] == "stream":
        return {f"stream {output['name']}": "".join(output["text"])}
    if output["output_type"] == "error":
        return {"error": f"{output['ename']}: {output['evalue']}"}
    parts = {name: "".join(value) if isinstance(value, list) else value for name, value in output["data"].items()}
    notes = dict(output["metadata"])
    notes["replica"] = {name: value for name, value in notes.get("replica", {}).items() if name != "thumbnail"}
    return parts | {"metadata": notes}


def _difference(name: str, one: Any, other: Any, limit: float) -> tuple[str, bool] | None:
    """Difference of two parts, and whether `limit` allows it; None where there is none."""
    if one == other or name == "image/png":
        return None
    if one is None or other is None:
        return "is in one of them only", False
    if name == "image/svg+xml":
        return _drawing(one, other, limit)
    if name == MIME:
        one, other = _without_digests(one), _without_digests(other)
    if isinstance(one, str) and isinstance(other, str):
        return _text(one, other, limit)
    places = list(_nodes(one, other, limit))
    if not places:
        return None
    return "; ".join(text for text, _ in places[:3]), all(within for _, within in places)


def _text(one: str, other: str, limit: float) -> tuple[str, bool] | None:
    if one == other:
        return None
    apart = _apart(one, other)
    return _first_difference(one, other), apart is not None and apart <= limit * (1 + 1e-9)


def _apart(one: str, other: str) -> float | None:
    """Largest difference between the numbers of two texts; None where the words differ."""
    if _NUMBER.sub("#", one) != _NUMBER.sub("#", other):
        return None
    numbers = [[_number(text) for text in _NUMBER.findall(content)] for content in (one, other)]
    return max((abs(a - b) for a, b in zip(*numbers, strict=True)), default=0.0)


def _number(text: str) -> float:
    """A printed number; one with several points is a version or a date, whose parts are compared as digits."""
    plain = text.replace("−", "-").replace(",", "")
    return float(plain if plain.count(".") < 2 else plain.replace(".", ""))


def _drawing(one: str, other: str, limit: float) -> tuple[str, bool] | None:
    """Words in a figure as texts; coordinates to within a point where the cell is not machine-dependent."""
    words = ["\n".join(_SVG_WORDS.findall(svg)) for svg in (one, other)]
    if difference := _text(*words, limit):
        return difference
    if limit:
        return None
    apart = _apart(*(_SVG_NAMES.sub("", svg) for svg in (one, other)))
    if apart is None:
        return "another drawing", False
    return (f"moves by {apart:.3g} points", False) if apart > POINTS else None


def _without_digests(spec: Mapping) -> Any:
    """A Vega-Lite specification whose data sets are named by their order, not by digests of their contents."""
    text = json.dumps(spec)
    for number, name in enumerate(spec.get("datasets", {})):
        text = text.replace(json.dumps(name), f'"data-{number}"')
    return json.loads(text)


def _nodes(one: Any, other: Any, limit: float, place: str = "") -> Iterator[tuple[str, bool]]:
    """Differences of two JSON values: numbers beyond the relative tolerance, texts, and shapes."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for name in one:
            yield from _nodes(one[name], other[name], limit, f"{place}.{name}".lstrip("."))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, pair in enumerate(zip(one, other, strict=True)):
            yield from _nodes(*pair, limit, f"{place}[{number}]")
    elif isinstance(one, str) and isinstance(other, str):
        if difference := _text(one, other, limit):
            yield f"{place}: {difference[0]}", difference[1]
    elif _is_number(one) and _is_number(other):
        if not math.isclose(one, other, rel_tol=RELATIVE, abs_tol=1e-9):
            yield f"{place}: {one!r} against {other!r}", abs(one - other) <= limit
    elif one != other:
        yield f"{place}: {str(one)[:40]} against {str(other)[:40]}", False


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _canonical(cell: Mapping) -> str:
    return json.dumps(cell["outputs"], ensure_ascii=False, sort_keys=True)


def _first_difference(one: str, other: str) -> str:
    """The first place where two texts differ, with some text around it."""
    start = len(os.path.commonprefix([one, other]))
    parts = [re.sub(r"\s+", " ", text[max(start - 30, 0) : start + 30]) for text in (one, other)]
    return f"…{parts[0]}… against …{parts[1]}…"
