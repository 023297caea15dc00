"""What a chapter shows: card, tables, findings, the ledger, conclusions, provenance, references, explorables.

Every function that shows something displays one output and returns nothing. Outputs hold no address, time or random
name. `says` guards sentences and `check` answers; in a build both stop the chapter when they fail.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
from IPython.display import display

from replica.book import conclusion, data, markup, style
from replica.book import explorable as vega
from replica.book import ledger as book_ledger
from replica.book import references as bibliography
from replica.book.conclusion import Data, Print, Region, Test
from replica.book.style import check_kind, check_text

__all__ = [
    "Data", "Print", "Region", "Test", "Verdict", "answer_key", "card", "check", "citation", "compare", "conclusions",
    "every_conclusion", "explorable", "finding", "ledger", "printed_table", "provenance", "references", "says", "table",
]  # fmt: skip

_KIND_NOTES = {
    "simulated": "generated in this notebook from its seed",
    "computed": "computed in this notebook from printed figures",
}


LEVELS = ("introductory", "intermediate", "advanced")


def _building() -> bool:
    return os.environ.get("REPLICA_BUILD") == "1"


def says(sentence: str, holds: object) -> None:
    """Guard a sentence of the text that states what a run gave: put it at the end of the cell above the sentence.

    In a build a sentence that does not hold stops the chapter and is named, whichever seed or machine is to blame. For
    a reader who has turned a parameter it becomes a remark.

    Parameters
    ----------
    sentence : str
        The sentence, or the part of it that the condition decides.
    holds : bool
        A single truth value, as tight as the sentence and no tighter.

    Raises
    ------
    AssertionError
        In a build, where the sentence does not hold.
    ValueError
        If `holds` is no single truth value, or `sentence` is empty.

    Examples
    --------
    >>> says("more than half of the shops", 0.62 > 0.5)
    """
    sentence = check_text("sentence", sentence)
    if not isinstance(holds, (bool, np.bool_)):
        raise ValueError(f"holds: expected True or False, got {holds!r}")
    if holds:
        return
    if _building():
        raise AssertionError(f"the text says {sentence!r}, and this run does not show it")
    print(f"With these parameters this no longer holds: {sentence}")


def _canonical(answer: Any, digits: int) -> list[str]:
    """Texts that stand for an answer: numbers to `digits` decimals, with one unit of slack in the last place."""
    if isinstance(answer, (str, bool, np.bool_)):
        return [str(answer).strip().lower()]
    if isinstance(answer, Mapping):
        answer = [answer[key] for key in sorted(answer, key=str)]
    if isinstance(answer, np.ndarray | pd.Series):
        answer = answer.tolist()
    if isinstance(answer, (list, tuple, set, frozenset)):
        items = sorted(answer, key=str) if isinstance(answer, (set, frozenset)) else answer
        options = [_canonical(item, digits) for item in items]
        if len(options) > 6:
            options = [choice[:1] for choice in options]
        return ["[" + ",".join(parts) + "]" for parts in itertools.product(*options)]
    value = float(answer)
    if not math.isfinite(value):
        return [str(value)]
    unit = round(value * 10**digits)
    return [f"{step}e-{digits}" for step in (unit, unit - 1, unit + 1)]


def _key(text: str) -> str:
    return hashlib.sha256(f"replica:{text}".encode()).hexdigest()[:12]


def answer_key(answer: Any, digits: int = 2) -> str:
    """Key of an answer, for the cell that checks it without showing it.

    Parameters
    ----------
    answer : number, str, bool, or a sequence or mapping of them
    digits : int
        Decimals that count; the last may be off by one.

    Examples
    --------
    >>> answer_key(0.8184) == answer_key(0.82)
    True
    """
    return _key(_canonical(answer, digits)[0])


def check(answer: Any, key: str, digits: int = 2) -> None:
    """Tell whether an answer to an exercise is right, without showing the answer.

    Parameters
    ----------
    answer : number, str, bool, a sequence or mapping of them, or None
        None says that there is no answer yet.
    key : str
        From :func:`answer_key`.
    digits : int
        Decimals that count; the last may be off by one.

    Raises
    ------
    AssertionError
        In a build, where an answer is given and is not right: the solution of an exercise passes its own check.

    Examples
    --------
    >>> check(None, answer_key(0.82))
    No answer yet.
    >>> check(0.8184, answer_key(0.82))
    Right.
    """
    if answer is None or answer is Ellipsis:
        print("No answer yet.")
        return
    try:
        right = key in {_key(text) for text in _canonical(answer, digits)}
    except (TypeError, ValueError):
        right = False
    if not right and _building():
        raise AssertionError(f"the answer {answer!r} does not pass its own check")
    print("Right." if right else "Not yet. Look at the units, the number of decimals and the order of the parts.")


@dataclass(frozen=True)
class Verdict:
    """How far one conclusion of an article holds.

    Parameters
    ----------
    share : float
        Share, in [0, 1], of the stated parameter region (or of seeds, or of printed comparisons) in which the
        direction of the conclusion holds.
    evidence : str
        What was run, in one sentence.

    Raises
    ------
    ValueError
        If `share` is no number in [0, 1] or `evidence` is empty.

    Examples
    --------
    >>> Verdict(0.75, "15 of 20 seeds").share
    0.75
    """

    share: float
    evidence: str

    def __post_init__(self) -> None:
        if isinstance(self.share, bool) or not hasattr(self.share, "__float__") or not 0 <= float(self.share) <= 1:
            raise ValueError(f"share: expected a number in [0, 1], got {self.share!r}")
        check_text("evidence", self.evidence)


def _show(mime: str, content: str, plain: str, **record: Any) -> None:
    display({mime: content, "text/plain": plain}, raw=True, metadata={"replica": record})


def citation(article: Mapping[str, Any]) -> str:
    """Full citation of an article, in Markdown, as far as the journal prints it.

    Examples
    --------
    >>> citation({"authors": ["A. Author"], "title": "On b", "journal": "J", "volume": 2, "issue": 2, "year": 2025})
    'A. Author (2025). On b. *J* 2(2).'
    >>> citation({"authors": [], "title": "On c"})
    'No author printed. On c.'
    """
    text = markup.escape_markdown
    where = f"*{text(article['journal'])}*" if article.get("journal") else ""
    if article.get("volume"):
        where += f" {article['volume']}" + (f"({article['issue']})" if article.get("issue") else "")
    if article.get("pages"):
        where += f", {text(article['pages'])}"
    year = f" ({article['year']})" if article.get("year") else ""
    title = text(article["title"])
    authors = text(", ".join(article["authors"]) or "No author printed")
    line = f"{authors}{year}. {title}{'' if title[-1] in '.?!' else '.'}"
    line += f" {where}." if where else ""
    if article.get("doi"):
        line += f" [doi:{text(article['doi'])}](<https://doi.org/{quote(article['doi'])}>)"
    return line


def card(slug: str) -> None:
    """Card of a chapter: citation, licence, evidence, what can be re-run and what cannot, objectives, time.

    Raises
    ------
    ValueError
        If `slug` names no chapter or its ``article.toml`` lacks a field.
    """
    article = data.article(slug)
    companion = article.get("kind", "article") == "companion"
    missing = [
        name
        for name in ("title", "authors", "licence", "evidence", "rerun", "cannot", "objectives", "prerequisites")
        if not article.get(name) and not (name == "authors" and companion and name in article)
    ]
    if missing or not article.get("minutes"):
        raise ValueError(f"slug: {slug}/article.toml has no {', '.join(missing or ['minutes'])}")
    if "level" in article:
        _short_card(slug, article)
        return
    text = markup.escape_markdown
    source = "The companion text" if companion else "The article"
    lines = [
        f"**{source}.** {citation(article)} Licence: {text(article['licence'])}.",
        f"**Evidence.** {text(article['evidence'])}",
        f"**What runs here.** {text(article['rerun'])}",
        f"**What cannot.** {text(article['cannot'])}",
        "**After this chapter you can**",
        "\n".join(f"- {text(goal)}" for goal in article["objectives"]),
        f"**Before you start.** {text('; '.join(article['prerequisites']))}. "
        f"**Time.** About {article['minutes']} minutes.",
    ]
    _show("text/markdown", "\n\n".join(lines), f"{article['title']} ({slug})", type="card")


def _short_card(slug: str, article: Mapping[str, Any]) -> None:
    """Card of a chapter that teaches one method: what a reader needs first, the rest folded."""
    if article["level"] not in LEVELS:
        raise ValueError(f"level: {slug}/article.toml has {article['level']!r}, not one of {', '.join(LEVELS)}")
    text = markup.escape_markdown
    source = "The companion text" if article.get("kind") == "companion" else "The article"
    before = text("; ".join(article["prerequisites"]))
    lines = [
        f"**{source}.** {citation(article)} Licence: {text(article['licence'])}. {text(article['evidence'])}",
        "**After this chapter you can** " + text("; ".join(article["objectives"])) + ".",
        f"**Level.** {article['level'].capitalize()}. **Before you start.** {before}. "
        f"**Time.** About {article['minutes']} minutes.",
        "<details><summary>What can be run again here, and what cannot</summary>",
        f"**What runs here.** {text(article['rerun'])}",
        f"**What cannot.** {text(article['cannot'])}",
        "</details>",
    ]
    _show("text/markdown", "\n\n".join(lines), f"{article['title']} ({slug})", type="card")


def _table_meta(slug: str, k: int) -> dict[str, Any]:
    for entry in data.article(slug).get("table", []):
        if str(entry.get("number")) == str(k):
            return entry
    raise ValueError(f"k: {slug}/article.toml describes no table {k!r}")


def printed_table(slug: str, k: int) -> None:
    """Table `k` of an article, every cell as printed, with the badge "Printed".

    Raises
    ------
    ValueError
        If the table is not transcribed or ``article.toml`` does not describe it.
    """
    frame, meta = data.printed(slug, k), _table_meta(slug, k)
    caption = f"Table {k} of the article ({meta['where']}). {meta['caption']}"
    style.note("printed")
    content = markup.table(frame, caption, "printed", searchable=len(frame) > 15, note=meta.get("note", ""))
    _show("text/html", content, caption, type="table", kind="printed")


def _check_claims(text: pd.DataFrame, claims: Sequence[Sequence[str]]) -> list[list[str]]:
    checked = []
    for claim in claims:
        if len(claim) != 3 or not all(isinstance(part, str) and part for part in claim):
            raise ValueError(f"claims: expected (row, column, formula), got {claim!r}")
        row, column, formula = claim
        if row not in text.index or column not in text.columns:
            raise ValueError(f"claims: the table has no cell {row!r}, {column!r}")
        if not re.search(r"\bT\[", formula):
            raise ValueError(f"claims: {formula!r} does not refer to this table as T[row, column]")
        checked.append([row, column, formula])
    return checked


def table(
    frame: pd.DataFrame,
    caption: str,
    kind: str,
    *,
    digits: int | Mapping[str, int] | None = None,
    percent: Sequence[str] = (),
    searchable: bool = False,
    claims: Sequence[Sequence[str]] = (),
) -> None:
    """Table of this book, with its caption and the kind of its data.

    Parameters
    ----------
    frame : pandas.DataFrame
        Float columns are shown with three significant digits of their largest number. The index names the rows.
    caption : str
        What the table shows, in one sentence.
    kind : {"printed", "open", "simulated", "computed"}
        Where the numbers come from.
    digits : int or mapping of column to int, optional
        Decimals of all numbers, or of those of the named columns.
    percent : sequence of str, optional
        Columns that hold shares and are shown in per cent.
    searchable : bool, optional
        Add a search field and sort buttons in the site.
    claims : sequence of (row, column, formula), optional
        What must follow from the cells as they are shown: the cell at row and column is what `formula` derives from
        other cells, written ``T["row", "column"]``. The build audits them with the engine that audits the articles.

    Raises
    ------
    ValueError
        If `frame` is empty, its row or column names repeat while there are claims, `caption` is empty, `kind` is
        unknown, `digits` or `percent` names no column, or a claim names no cell of the table.

    Examples
    --------
    >>> frame = pd.DataFrame({"n": [120, 60, 180]}, index=["valid", "dropped", "all"])
    >>> table(frame, "Respondents", "printed",
    ...       claims=[("all", "n", 'T["valid", "n"] + T["dropped", "n"]')])  # doctest: +SKIP
    """
    if not isinstance(frame, pd.DataFrame) or frame.empty:
        raise ValueError("frame: expected a DataFrame with at least one row and one column")
    caption = check_text("caption", caption)
    check_kind(kind)
    text = markup.as_text(_formatted(frame, digits, percent))
    record: dict[str, Any] = {"type": "table", "kind": kind, "caption": caption}
    if claims:
        if not text.index.is_unique or not text.columns.is_unique:
            raise ValueError("frame: row and column names must be unique where there are claims")
        record |= {
            "claims": _check_claims(text, claims),
            "csv": text.to_csv(lineterminator="\n", index_label=text.index.name or "row"),
        }
    style.note(kind)
    _show("text/html", markup.table(text, caption, kind, searchable=searchable), text.to_string(), **record)


def _formatted(frame: pd.DataFrame, digits: int | Mapping[str, int] | None, percent: Sequence[str]) -> pd.DataFrame:
    """The frame with the columns that `digits` and `percent` name as text."""
    places = dict(digits) if isinstance(digits, Mapping) else {}
    for name, columns in (("digits", places), ("percent", percent)):
        if unknown := [column for column in columns if column not in frame.columns]:
            raise ValueError(f"{name}: the table has no column {unknown[0]!r}")
    if isinstance(digits, int):
        floats = [column for column in frame.columns if pd.api.types.is_float_dtype(frame[column])]
        places = {column: digits for column in floats if column not in percent}
    shown = frame.astype(object)
    for column, decimals in places.items():
        shown[column] = [markup.cell(value, decimals) for value in frame[column]]
    for column in percent:
        shown[column] = ["" if pd.isna(value) else f"{100 * value:.0f} %" for value in frame[column]]
    return shown if places or len(percent) else frame


def compare(
    printed: Mapping[str, object],
    here: Mapping[str, float],
    caption: str,
    kind: str,
    *,
    names: tuple[str, str] = ("printed", "here"),
    digits: int | None = None,
) -> None:
    """Two columns side by side: what is printed and what was found here, or a target and what was achieved.

    Parameters
    ----------
    printed : mapping of row name to number or printed text
        Shown as printed.
    here : mapping of row name to number
        The same rows; shown with as many decimals as the printed figure has.
    caption : str
        What is compared, in one sentence.
    kind : {"open", "simulated", "computed"}
        Where the second column comes from.
    names : (str, str), optional
        Heads of the two columns, for example ``("target", "achieved")``.
    digits : int, optional
        Decimals of the second column, where those of the print do not suit.

    Raises
    ------
    ValueError
        If the rows of the two differ, or a number in `here` is not finite.

    Examples
    --------
    >>> compare({"alpha": "0.91"}, {"alpha": 0.9127}, "Reliability", "computed")  # doctest: +SKIP
    """
    printed, here = dict(printed), dict(here)
    if not printed or printed.keys() != here.keys():
        odd = sorted(str(row) for row in printed.keys() ^ here.keys())
        raise ValueError(f"here: its rows are not those of printed ({', '.join(odd) or 'no rows'})")
    rows = {}
    for row, value in printed.items():
        if isinstance(here[row], str) or not math.isfinite(here[row]):
            raise ValueError(f"here: row {row!r} is no finite number ({here[row]!r})")
        decimals = re.search(r"\.(\d+)", str(value))
        places = digits if digits is not None else len(decimals[1]) if decimals else 0
        rows[row] = [str(value), markup.cell(float(here[row]), places)]
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=list(names))
    table(frame, caption, kind)


def finding(slug: str, claim_id: str) -> None:
    """One row of the ledger with its arithmetic in words.

    Raises
    ------
    ValueError
        If `claim_id` is no claim of the article.
    """
    html, plain, verdict = book_ledger.finding(slug, claim_id)
    _show("text/html", html, plain, type="finding", claim=claim_id, verdict=verdict)


def ledger(slug: str) -> None:
    """The whole ledger of an article: counts, the smallest set of edits, detection power, all rows (folded)."""
    html, plain, power = book_ledger.whole(slug)
    _show("text/html", html, plain, type="ledger", slug=slug, power=power)


def _result(row: Mapping[str, str], verdict: Verdict | None) -> str:
    if verdict is None:
        label = "An argument decides." if row["basis"] == "reason" else "Cannot be tested with what is printed."
        return f'<p class="result"><strong>{label}</strong> {markup.escape(row["reason"])}</p>'
    percent = 100 * float(verdict.share)
    shown = f"{percent:.0f}" if percent in (0, 100) else f"{min(max(percent, 1), 99):.0f}"
    scope = "of what was run" if row["basis"] == "run" else "of the printed comparisons"
    bar = f'<span class="share" aria-hidden="true"><span style="width: {shown}%"></span></span>'
    words = f"<strong>Holds in {shown} % {scope}.</strong>"
    return f'<p class="result">{bar}{words} {markup.escape(verdict.evidence)}</p>'


def conclusions(slug: str, verdicts: Mapping[str, Verdict]) -> None:
    """The article's conclusions one by one: what was run, how often the direction holds, what would change it.

    Parameters
    ----------
    slug : str
        Chapter; its ``conclusions.csv`` lists the conclusions.
    verdicts : mapping of str to Verdict
        One verdict for every conclusion whose basis is ``run`` or ``printed``, and no other.

    Raises
    ------
    ValueError
        If a verdict is missing, or belongs to no such conclusion.
    """
    rows = data.conclusions(slug)
    needed = {row["id"] for row in rows if row["basis"] in ("run", "printed")}
    if missing := sorted(needed - verdicts.keys()):
        raise ValueError(f"verdicts: none for {', '.join(missing)}")
    if surplus := sorted(verdicts.keys() - needed):
        raise ValueError(f"verdicts: {', '.join(surplus)} is no conclusion with basis run or printed")
    if wrong := sorted(key for key, value in verdicts.items() if not isinstance(value, Verdict)):
        raise ValueError(f"verdicts: {wrong[0]} is no Verdict")
    items = "\n".join(
        f'<li id="conclusion-{markup.slugify(row["id"])}"><p class="conclusion">{markup.escape(row["conclusion"])} '
        f'<span class="where">{markup.escape(row["where"])}</span></p>{_result(row, verdicts.get(row["id"]))}'
        f'<p class="change"><em>What would change this:</em> {markup.escape(row["would_change"])}</p></li>'
        for row in rows
    )
    content = f'<ol class="book-conclusions">\n{items}\n</ol>'
    shares = {key: round(float(value.share), 6) for key, value in sorted(verdicts.items())}
    _show("text/html", content, f"{len(rows)} conclusions of {slug}", type="conclusions", slug=slug, shares=shares)


def _rounded(record: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a record as plain floats of six decimals, so that the last bit of a machine does not show."""
    return {
        name: [round(float(part), 6) for part in value]
        if isinstance(value, list)
        else round(float(value), 6)
        if isinstance(value, float)
        else value
        for name, value in record.items()
    }


def every_conclusion(slug: str, found: Mapping[str, conclusion.Conclusion]) -> None:
    """All conclusions of an article in one table, each by its kind, with what would change it.

    Parameters
    ----------
    slug : str
        Chapter; ``conclusions.csv`` lists the conclusions. Its column ``basis`` names the kind: region, test, follows,
        print, data or untested; ``reason`` holds the line of algebra or the reason of the last two.
    found : mapping of id to Region, Test, Print or Data
        One for every conclusion of these four kinds, and no other.

    Raises
    ------
    ValueError
        If a kind is unknown, or a conclusion has no result, a surplus one, or one of another kind.
    """
    rows = data.conclusions(slug)
    for entry in rows:
        if entry["basis"] not in conclusion.KINDS:
            raise ValueError(f"slug: {slug}, conclusion {entry['id']}: {entry['basis']!r} is no kind of conclusion")
    kinds = {entry["id"]: entry["basis"] for entry in rows if entry["basis"] in conclusion.RUN}
    if missing := sorted(kinds.keys() - found.keys()):
        raise ValueError(f"found: nothing for {', '.join(missing)}")
    if surplus := sorted(found.keys() - kinds.keys()):
        raise ValueError(f"found: {', '.join(surplus)} is no conclusion of kind {', '.join(conclusion.RUN)}")
    for key, value in found.items():
        if getattr(value, "kind", None) != kinds[key]:
            raise ValueError(f"found: {key} is {type(value).__name__}, its kind is {kinds[key]}")
    body = "\n".join(conclusion.row(entry, found.get(entry["id"])) for entry in rows)
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Conclusion", "Kind", "Found", "Would change it"))
    content = markup.boxed(
        f'<table class="book conclusions"><thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody></table>',
        "Table: every conclusion, its kind, what was found, what would change it",
        len(rows),
    )
    records = [{"id": key, "kind": kinds[key], **_rounded(found[key].record())} for key in kinds]
    records += [
        {"id": entry["id"], "kind": entry["basis"], "estimate": None, "low": None, "high": None, "n": None}
        for entry in rows
        if entry["id"] not in kinds
    ]
    _show("text/html", content, f"{len(rows)} conclusions of {slug}", type="conclusions", slug=slug, rows=records)


def provenance(slug: str) -> None:
    """Where the chapter's numbers come from: printed tables, open sets loaded so far, what is simulated here.

    Raises
    ------
    ValueError
        If `slug` names no chapter.
    """
    article = data.article(slug)
    rows = [
        ("printed", f"Table {entry['number']} ({entry['where']})", "transcribed", article["licence"], "")
        for entry in article.get("table", [])
    ]
    rows += [
        (
            "open",
            f"{record['item']}, {record['rows']:,} × {record['columns']}. {record['citation']}. {record['note']}",
            f"{record['package']} {record['version']}",
            record["licence"],
            record["sha256"],
        )
        for record in data.loaded()
    ]
    used = style.noted()
    rows += [
        (kind, markup.plural(used[kind], "table or figure", "tables and figures"), note, "CC BY-NC 4.0", "")
        for kind, note in _KIND_NOTES.items()
        if kind in used
    ]
    frame = pd.DataFrame(rows, columns=["Kind", "What", "From", "Licence", "sha256"])
    frame["Kind"] = [check_kind(kind) for kind in frame["Kind"]]
    text = frame.set_index("Kind")
    caption = "Where the numbers of this chapter come from"
    content = markup.table(text, caption, None)
    _show("text/html", content, text.to_string(), type="provenance", slug=slug, open=data.loaded())


def references(keys: Sequence[str]) -> None:
    """List of works cited in the chapter, from ``references.bib``.

    Raises
    ------
    ValueError
        If a key is not in ``references.bib`` or occurs twice.
    """
    content = bibliography.markdown(keys)
    _show("text/markdown", content, content, type="references", keys=sorted(keys))


def explorable(chart_or_spec: Any, alt: str, title: str, kind: str) -> None:
    """A figure that a reader moves with sliders, in the static page and in JupyterLab, with no server.

    Parameters
    ----------
    chart_or_spec : altair.Chart, altair.LayerChart or dict
        One view or layers, over a grid computed beforehand, filtered by parameters that are bound to inputs. Each
        bound parameter has a start value and a label (``bind=alt.binding_range(min=…, max=…, step=…, name="…")``).
    alt : str
        Text alternative: what can be moved and what is seen.
    title : str
        The question that the reader can answer with it.
    kind : {"printed", "open", "simulated", "computed"}
        Where the numbers come from.

    Raises
    ------
    ValueError
        If the chart has several views or no labelled input, `alt` or `title` is empty, or `kind` is unknown.
    """
    alt, title, label = check_text("alt", alt), check_text("title", title), check_kind(kind)
    spec = vega.specification(chart_or_spec, alt, title, label)
    style.note(kind)
    record = {"type": "explorable", "kind": kind, "title": title, "alt": alt}
    display({vega.MIME: spec, "text/plain": f"{title} ({label}). {alt}"}, raw=True, metadata={"replica": record})
