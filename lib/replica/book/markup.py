"""HTML and Markdown of the pages: tables that a screen reader can follow, text that cannot break the markup."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from replica.book.style import check_kind

_NUMERIC = re.compile(r"[<>≤≥≈~]?\s*[+\-−]?[\d.,]+\s*(%|\*{1,3})?|\([+\-−]?[\d.,]+\)\*{0,3}|")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~${}]|&(?=#?\w+;)|\A[:%+=(-]|(?<=\A\d)[.)]|(?<=\A\d\d)[.)])")
_BLANK = re.compile(r"[ \t\n\r\v\f\x1c-\x1f\x85\u2028\u2029]+")  # what ends a line or a block; other blanks stay
_DIGITS = 3
LONG, PROSE = 20, 60  # rows, characters
BADGE = "border: 1px solid; border-radius: 4px; padding: 0 0.4em"  # for viewers without the style of the site


class Html(str):
    """Text that is markup already and is not escaped again."""


def one_line(text: object) -> str:
    """Text without line breaks, so that it ends neither a line of Markdown nor a block of HTML.

    Examples
    --------
    >>> one_line("a\\n\\n```{raw} html")
    'a ```{raw} html'
    """
    return _BLANK.sub(" ", str(text))


def escape(text: object) -> str:
    """Text for HTML on one line, quotes included; :class:`Html` stays as it is.

    Examples
    --------
    >>> escape("a\\n< b"), escape(Html("<b>a</b>"))
    ('a &lt; b', '<b>a</b>')
    """
    return text if isinstance(text, Html) else html.escape(one_line(text), quote=True)


def escape_markdown(text: object) -> str:
    """Text for Markdown on one line, shown as it stands, at the start of a line as well.

    Examples
    --------
    >>> escape_markdown("p < 0.05 *")
    'p \\\\< 0.05 \\\\*'
    """
    return _MARKDOWN.sub(r"\\\1", one_line(text).strip())


def plural(number: int, one: str, many: str) -> str:
    """Number with the noun or verb that goes with it.

    Examples
    --------
    >>> plural(1, "table", "tables"), plural(0, "table", "tables")
    ('1 table', '0 tables')
    """
    return f"{number} {one if number == 1 else many}"


def slugify(text: str) -> str:
    """Identifier made of the words of a text.

    Examples
    --------
    >>> slugify("Mean and sd, by item (N = 180)")
    'mean-and-sd-by-item-n-180'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def decimals(values: Sequence[float]) -> int:
    """Decimals that show three significant digits of the largest number of a column, four decimals at most.

    Examples
    --------
    >>> decimals([0.1234, 0.5]), decimals([12.34]), decimals([12345.6]), decimals([0.00012])
    (3, 1, 0, 4)
    """
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    if largest == 0.0:
        return 1
    return min(max(_DIGITS - 1 - math.floor(math.log10(largest)), 0), 3 if largest >= 0.1 else 4)


def cell(value: Any, places: int) -> str:
    """A cell of a table as text: numbers with `places` decimals, nothing for a missing value."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool) or not hasattr(value, "__float__") or isinstance(value, str):
        return str(value)
    if float(value).is_integer() and not isinstance(value, float) and "float" not in type(value).__name__:
        return str(int(value))
    text = f"{float(value):.{places}f}"
    return text[1:] if re.fullmatch(r"-0\.?0*", text) else text


def as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Frame of strings, every float column with one number of decimals; the index as text as well.

    Examples
    --------
    >>> as_text(pd.DataFrame({"n": [180, 2], "mean": [4.1234, 3.0]}, index=["a", "b"])).loc["a"].tolist()
    ['180', '4.12']
    """
    columns = {}
    for position in range(frame.shape[1]):
        values = frame.iloc[:, position].tolist()
        places = decimals([value for value in values if isinstance(value, float)])
        columns[position] = [cell(value, places) for value in values]
    index = frame.index.tolist()
    if frame.index.nlevels > 1:
        labels = [", ".join(str(part) for part in label) for label in index]
    else:
        places = decimals([label for label in index if isinstance(label, float)])
        labels = [cell(label, places) for label in index]
    name = ", ".join(str(part) for part in frame.index.names if part is not None)
    text = pd.DataFrame(columns, index=pd.Index(labels, name=name, dtype=object), dtype=object)
    headers = [", ".join(map(str, label)) if isinstance(label, tuple) else str(label) for label in frame.columns]
    text.columns = pd.Index(headers, dtype=object)
    return text


def badge(kind: str) -> str:
    """Badge that says which kind of data a table shows."""
    return f'<span class="badge-kind kind-{kind}" style="{BADGE}">{check_kind(kind)}</span>'


def cells(row: Sequence[str]) -> str:
    """Data cells of one row; a cell that is a number, a SHA-256 or a long text says so in its class."""
    return "".join(f"<td{_cell_class(text)}>{escape(text)}</td>" for text in row)


def _cell_class(text: str) -> str:
    if re.fullmatch(r"[0-9a-f]{64}", text):
        return ' class="hash"'
    if len(text) > PROSE:
        return ' class="prose"'
    return ' class="num"' if text and _NUMERIC.fullmatch(text) else ""


def _alignment(column: pd.Series) -> str:
    filled = [text for text in column if text]
    return ' class="num"' if filled and all(_NUMERIC.fullmatch(text) for text in filled) else ""


def boxed(table: str, label: str, rows: int) -> str:
    """A table in a box of its own, which scrolls where the table is wide or long and can take the keyboard's focus."""
    classes = "table-box long" if rows > LONG else "table-box"
    return f'<div class="{classes}" role="region" aria-label="{escape(label)}" tabindex="0">{table}</div>'


def table(text: pd.DataFrame, caption: str, kind: str | None, *, searchable: bool = False, note: str = "") -> str:
    """HTML table with a caption, a badge and header cells that name rows and columns.

    Parameters
    ----------
    text : pandas.DataFrame of str
    caption : str
    kind : {"printed", "open", "simulated", "computed"} or None
        None for a table that lists sources, not numbers.
    searchable : bool
        Whether the site adds a search field and sort buttons.
    note : str
        Shown below the table.
    """
    corner = f'<th scope="col">{escape(text.index.name)}</th>' if text.index.name else "<td></td>"
    head = corner + "".join(
        f'<th scope="col"{_alignment(text.iloc[:, position])}>{escape(name)}</th>'
        for position, name in enumerate(text.columns)
    )
    rows = "\n".join(
        f'<tr><th scope="row">{escape(label)}</th>{cells(row)}</tr>'
        for label, row in zip(text.index, text.itertuples(index=False, name=None), strict=True)
    )
    classes = " ".join(["book", *(["searchable"] if searchable else []), *(["sources"] if kind is None else [])])
    title = f"{badge(kind)} {escape(caption)}" if kind else escape(caption)
    body = (
        f'<table class="{classes}"><caption><span>{title}</span></caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table>"
    )
    below = f'\n<p class="table-note">{escape(note)}</p>' if note else ""
    return boxed(body, f"Table: {caption}", len(text)) + below
