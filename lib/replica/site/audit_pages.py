"""Parts of the pages on the audit: counts, detection power, all claims, checks, replies, history, own tables."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from replica.audit.ledger import CHECKED, audit
from replica.audit.ledger import tally as counted
from replica.audit.registry import CHECKS
from replica.book import data
from replica.book import ledger as book_ledger
from replica.book.markup import Html, escape, plural, table

ALL = "All articles"
SHARES = ("consistent", "weak", "last digit", "inconsistent", "open")
WITH_SHARE = ("consistent", "inconsistent")
_CLAIM_FIELDS = ("id", "where", "statement", "printed", "verdict")


def read_ledger(path: Path) -> list[dict[str, str]]:
    """Rows of the ledger that ``replica audit`` wrote."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def fragments(rows: list[dict[str, str]], executed: list[str], figures: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Generated files on the audit, by their path below the source of the site.

    Parameters
    ----------
    rows : list of dict
        The ledger.
    executed : list of str
        Chapters that have a page; rows of the ledger link to these.
    figures : dict
        Detection power by chapter.
    """
    return {
        "generated/counts.md": counts(tally(rows), executed),
        "generated/power.md": power(figures, executed),
        "generated/claims.md": claims_page(),
        "generated/claims.js": claims_data(rows, executed),
        "generated/checks.md": checks(),
        "generated/replies.md": replies(executed),
        "generated/history.md": history(executed),
    }


def _articles() -> list[str]:
    return [slug for slug in data.slugs() if data.article(slug).get("kind", "article") == "article"]


def link(slug: str, text: str, executed: Iterable[str], target: str = "") -> Html:
    """Link to a chapter, or to `target` in it; plain text where the chapter has no page."""
    if slug not in executed:
        return Html(escape(text))
    return Html(f'<a href="../chapters/{slug}.html{escape(target)}">{escape(text)}</a>')


def tally(rows: list[dict[str, str]]) -> dict[str, Counter]:
    """Counts of claims by article, in the order of the journal, and of all articles; see `replica.audit.ledger`."""
    by = {slug: Counter(counted(row for row in rows if row["chapter"] == slug)) for slug in _articles()}
    return by | {ALL: sum(by.values(), Counter())} if by else {}


def percent(part: int, whole: int) -> str:
    """Share in percent, without decimals; a dash where there is no whole."""
    return f"{100 * part / whole:.0f} %" if whole else "–"


def counts(by: dict[str, Counter], executed: list[str]) -> str:
    """Table of the verdicts of each article, with their denominators; open ones where there are any."""
    if not by:
        return "No article has been transcribed yet."
    lines = []
    for slug, found in by.items():
        name = ALL if slug == ALL else link(slug, data.article(slug)["subject"], executed)
        shown = [
            f"{found[column]}{' (' + percent(found[column], found['checked']) + ')' if column in WITH_SHARE else ''}"
            for column in (*SHARES, "defects", "matters")
        ]
        lines.append((name, f"{found['checked']} of {found['claims']}", *shown))
    columns = [
        "Article", "Computed again", "Consistent", "of these weak", "Last digit", "Inconsistent", "Open", "Defects",
        "Remarks that matter",
    ]  # fmt: skip
    frame = pd.DataFrame(lines, columns=columns).set_index("Article")
    if not any(found["open"] for found in by.values()):
        frame = frame.drop(columns="Open")
    html = table(frame, "Verdicts on printed claims; shares are of the claims that were computed again", None)
    return html.replace('class="book sources"', 'class="book counts total"')


def counts_record(by: dict[str, Counter]) -> dict[str, Any]:
    """The same table as a record of the book's own tables, with the sums and shares that must hold in it."""
    columns = ["claims", "checked", "not checkable", *SHARES, "defects", "matters"]
    cells = {
        slug: [str(found[name]) for name in columns] + [percent(found[name], found["checked"]) for name in SHARES]
        for slug, found in by.items()
    }
    frame = pd.DataFrame.from_dict(cells, orient="index", columns=[*columns, *(f"{name} %" for name in SHARES)])
    claims = []
    for slug, found in by.items():
        parts = " + ".join(f'T["{slug}", "{verdict}"]' for verdict in CHECKED)
        claims.append([slug, "checked", parts])
        claims.append([slug, "claims", f'T["{slug}", "checked"] + T["{slug}", "not checkable"]'])
        for name in SHARES if found["checked"] else ():
            claims.append([slug, f"{name} %", f'share(T["{slug}", "{name}"], T["{slug}", "checked"])'])
    articles = [slug for slug in by if slug != ALL]
    claims += [[ALL, name, f'sum(T["{articles[0]}":"{articles[-1]}", "{name}"])'] for name in columns]
    return {
        "caption": "Verdicts, on the page Audit of the issue",
        "csv": frame.to_csv(index_label="article"),
        "claims": claims,
    }


def power(figures: dict[str, dict[str, Any]], executed: list[str]) -> str:
    """Detection power by article, in the order of the journal.

    Parameters
    ----------
    figures : dict
        By chapter, what `replica.book.page.ledger` noted.
    """
    rows = [
        (
            link(slug, data.article(slug)["subject"], executed),
            f"{figures[slug]['checked']} of {figures[slug]['numbers']}",
            f"{figures[slug]['caught']:,} of {figures[slug]['planted']:,}" + (" drawn" * figures[slug]["sampled"]),
            f"{100 * figures[slug]['share_checked']:.0f} %",
            f"{100 * figures[slug]['share_printed']:.0f} %",
        )
        for slug in _articles()
        if slug in figures and figures[slug]["checked"]
    ]
    if not rows:
        return "No executed chapter has numbers under check yet."
    columns = ["Article", "Numbers under check", "Planted errors caught", "In checked numbers", "In all numbers"]
    frame = pd.DataFrame(rows, columns=columns).set_index("Article")
    html = table(frame, "Detection power: share of one-digit errors that the checks catch", None)
    return html.replace('class="book sources"', 'class="book counts"')


def claims_data(rows: list[dict[str, str]], executed: list[str]) -> str:
    """Script that holds every row of the ledger, for the table of all claims."""
    chapters = list(dict.fromkeys(row["chapter"] for row in rows))
    titles = [f"{int(slug[:2])} {data.article(slug)['subject']}" for slug in chapters]
    content = {
        "chapters": [[slug if slug in executed else "", title] for slug, title in zip(chapters, titles, strict=True)],
        "rows": [[chapters.index(row["chapter"]), *(row[name] for name in _CLAIM_FIELDS)] for row in rows],
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return f"window.replicaClaims = {text};"


def claims_page() -> str:
    """Place of the table of all claims; scripts fill it."""
    return (
        '<div id="all-claims"><noscript><p>The table of all claims needs a browser with scripts. '
        "Each chapter ends with its own ledger, which does not.</p></noscript></div>\n"
        '<script defer src="../_static/claims.js"></script>\n<script defer src="../_static/all-claims.js"></script>'
    )


def checks() -> str:
    """Table of all registered checks with their reference and assumptions."""
    rows = [
        (
            Html(f"<code>{escape(check.signature)}</code>"),
            check.summary.replace("`", ""),
            check.reference,
            check.assumptions,
        )
        for check in sorted(CHECKS.values(), key=lambda check: check.name)
    ]
    frame = pd.DataFrame(rows, columns=["Check", "What it derives", "Reference", "Assumptions"])
    return table(frame.set_index("Check"), "Checks that a formula may use", None, searchable=True)


def replies(executed: list[str]) -> str:
    """Replies to findings, verbatim, in the order of the journal."""
    parts = []
    for slug in data.slugs():
        for reply in data.dated(slug, "replies"):
            place = link(slug, f"{data.article(slug)['subject']}, {reply['id']}", executed, _target(reply["id"]))
            head = f"{reply['date']}, {escape(reply['from'])}, on {place}:"
            paragraphs = "".join(f"<p>{escape(text)}</p>" for text in reply["text"].split("\n") if text.strip())
            parts.append(f"<p>{head}</p>\n<blockquote>{paragraphs}</blockquote>")
    return "\n".join(parts) or "No reply has been received so far."


def _target(row_id: str) -> str:
    return f"#{book_ledger.anchor(row_id)}"


def history(executed: list[str]) -> str:
    """Dated changes of verdicts, the latest first."""
    rows = []
    for slug in data.slugs():
        for entry in data.dated(slug, "history"):
            place = link(slug, f"{int(slug[:2])}, {entry['id']}", executed, _target(entry["id"]))
            rows.append((entry["date"], place, entry["before"], entry["after"], entry["reason"]))
    if not rows:
        return "No verdict has changed since the first edition."
    frame = pd.DataFrame(sorted(rows, reverse=True), columns=["Date", "Claim", "Before", "After", "Reason"])
    return table(frame.set_index("Date"), "Changes of verdicts", None)


def own(folders: list[Path]) -> str:
    """What the audit finds in this book's own printed tables."""
    if not folders:
        return "No page prints a table with such sums yet."
    report = audit(*folders)
    tables = sum(1 for folder in folders for _ in folder.glob("table-*.csv"))
    places = f"{plural(tables, 'table', 'tables')} on {plural(len(folders), 'page', 'pages')}"
    sentence = f"{places}. {book_ledger.counts_sentence(report.counts())}"
    failed = [row for row in report.rows if row.verdict not in ("consistent", "context")]
    listed = book_ledger.rows_table(failed, "Rows of our own tables that are not consistent") if failed else ""
    return f"{sentence}\n\n{listed}".rstrip()
