"""What a chapter shows: card, tables, findings, the ledger, conclusions, provenance, references, explorables.

Every function displays one output and returns nothing. Outputs hold no address, time or random name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from IPython.display import display

from replica.book import data, markup, style
from replica.book import explorable as vega
from replica.book import ledger as book_ledger
from replica.book import references as bibliography
from replica.book.style import check_kind, check_text

_KIND_NOTES = {
    "simulated": "generated in this notebook from its seed",
    "computed": "computed in this notebook from printed figures",
}


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
        line += f" [doi:{text(article['doi'])}](<https://doi.org/{article['doi']}>)"
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
    searchable: bool = False,
    claims: Sequence[Sequence[str]] = (),
) -> None:
    """Table of this book, with its caption and the kind of its data.

    Parameters
    ----------
    frame : pandas.DataFrame
        Float columns are shown with three significant digits of their largest number; give strings for any other
        form. The index names the rows.
    caption : str
        What the table shows, in one sentence.
    kind : {"printed", "open", "simulated", "computed"}
        Where the numbers come from.
    searchable : bool, optional
        Add a search field and sort buttons in the site.
    claims : sequence of (row, column, formula), optional
        What must follow from the cells as they are shown: the cell at row and column is what `formula` derives from
        other cells, written ``T["row", "column"]``. The build audits them with the engine that audits the articles.

    Raises
    ------
    ValueError
        If `frame` is empty, its row or column names repeat while there are claims, `caption` is empty, `kind` is
        unknown, or a claim names no cell of the table.

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
    text = markup.as_text(frame)
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
