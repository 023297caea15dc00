"""The ledger of an article as pages show it: drawn from what ``replica.audit`` finds, never computed here."""

from __future__ import annotations

from functools import lru_cache

from replica.audit.edits import MOST_SOLUTIONS, Edits, Group, smallest_edits
from replica.audit.ledger import Report, Row, audit
from replica.audit.power import DetectionPower, detection_power
from replica.book import data
from replica.book.markup import boxed, escape, plural

WORDS = {
    "consistent": "The printed figures agree.",
    "last digit": "The printed figures agree but for the last digit.",
    "inconsistent": "The printed figures do not agree.",
    "open": "Neither agreement nor disagreement could be shown.",
    "not checkable": "Nothing that is printed determines this number.",
    "context": "This number claims nothing.",
    "remark": "A remark, beside the counts.",
}
DIAGNOSES = {
    "slip": "One slip explains it.",
    "extraction": "It may come from the copy that we read.",
    "unresolved": "What happened is not settled.",
}
MATTERS = {"yes": "It matters for a conclusion.", "no": "No conclusion depends on it."}
ASIDE = "Outside the counts: a second reading, a repaired table, or a count by hand."
WEAK = "The check is weak: a changed last digit would pass as well."
COPY = "The text was read from an extracted copy, not from the image of the page."


@lru_cache(maxsize=8)
def _audited(slug: str, stamp: tuple) -> Report:
    return audit(data.folder(slug))


def report(slug: str) -> Report:
    """The audit of an article, computed again only where its files have changed.

    Raises
    ------
    ValueError
        If `slug` names no chapter or its folder holds a fault; the message names file, row and column.
    """
    files = sorted(path for path in data.folder(slug).iterdir() if path.is_file())
    return _audited(slug, tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in files))


def anchor(row_id: str) -> str:
    """Identifier of a row of the ledger in its page."""
    return f"claim-{row_id}"


def assessment(row: Row) -> str:
    """What the audit and, below an inconsistency, people say of a row."""
    kind = [ASIDE if row.aside else "", WEAK if row.weak else ""]
    people = [DIAGNOSES.get(row.diagnosis, ""), row.explanation, MATTERS.get(row.matters, ""), row.note]
    return " ".join(_sentence(part) for part in [*kind, *people] if part)


def _sentence(text: str) -> str:
    """Text with a capital first letter and a full stop."""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".?!" else ".")


def _replies(slug: str, row_id: str) -> list[dict[str, str]]:
    return [reply for reply in data.dated(slug, "replies") if reply["id"] == row_id]


def finding(slug: str, claim_id: str) -> tuple[str, str, str]:
    """One row of the ledger in words.

    Returns
    -------
    tuple of str
        HTML, plain text, and the verdict.

    Raises
    ------
    ValueError
        If the article has no such claim.
    """
    rows = [row for row in report(slug).rows if row.id == claim_id]
    if not rows:
        raise ValueError(f"claim_id: {slug} has no claim {claim_id!r}")
    row = rows[0]
    printed = f" Printed: {row.printed}." if row.printed else ""
    first = f"{row.where}. {row.statement.rstrip('.')}.{printed}"
    lines = [first, row.arithmetic, f"{WORDS[row.verdict]} {assessment(row)}".strip()]
    if row.verdict == "inconsistent":
        lines.append(COPY)
    replies = [f"Reply of {reply['from']}, {reply['date']}: {reply['text']}" for reply in _replies(slug, claim_id)]
    kind = row.verdict.replace(" ", "-")
    body = [
        f'<p><span class="where">{escape(row.where)}.</span> {escape(first.removeprefix(f"{row.where}. "))}</p>',
        f'<p class="arithmetic">{escape(row.arithmetic)}</p>' if row.arithmetic else "",
        f'<p><strong class="verdict">{escape(WORDS[row.verdict])}</strong> {escape(assessment(row))}</p>',
        f'<p class="copy">{COPY}</p>' if row.verdict == "inconsistent" else "",
        *(f"<blockquote><p>{escape(reply)}</p></blockquote>" for reply in replies),
        f'<p class="copy"><a href="#{anchor(row.id)}">{escape(row.id)} in the ledger</a></p>',
    ]
    html = f'<div class="book-finding verdict-{kind}">\n' + "\n".join(filter(None, body)) + "\n</div>"
    return html, "\n".join(filter(None, [*lines, *replies])), row.verdict


def counts_sentence(counts: dict[str, int]) -> str:
    """Counts of an audit in words, each with its denominator.

    Examples
    --------
    >>> counts_sentence({"claims": 9, "checked": 5, "consistent": 2, "weak": 1, "last digit": 1, "inconsistent": 2,
    ...                  "defects": 1, "open": 0, "not checkable": 4, "remark": 3, "matters": 1, "aside": 0})
    '9 printed claims; 5 of them follow from other printed numbers and were computed again. Of these 5, 2 are \
consistent (1 by a weak check), 1 misses by its last digit, 2 are inconsistent (1 defect). 4 are not checkable. \
Beside the counts: 3 remarks, 1 of them matters for a conclusion.'
    """
    first = plural(counts["claims"], "printed claim", "printed claims")
    beside = []
    if counts["remark"]:
        matters = plural(counts["matters"], "of them matters", "of them matter") + " for a conclusion"
        beside.append(plural(counts["remark"], "remark", "remarks") + (f", {matters}" if counts["matters"] else ""))
    if counts["aside"]:
        rows = plural(counts["aside"], "row", "rows")
        beside.append(f"{rows} on second readings, repaired tables and counts by hand")
    remarks = f" Beside the counts: {'; '.join(beside)}." if beside else ""
    if not counts["checked"]:
        return f"{first}; no number that is printed follows from others, so nothing could be computed again.{remarks}"
    weak = counts["weak"]
    agree = f"{counts['consistent']} {'is' if counts['consistent'] == 1 else 'are'} consistent"
    agree += f" ({weak} by {'a weak check' if weak == 1 else 'weak checks'})" if weak else ""
    parts = [agree]
    for verdict, one, many in (
        ("last digit", "misses by its last digit", "miss by their last digit"),
        ("inconsistent", "is inconsistent", "are inconsistent"),
        ("open", "is open", "are open"),
    ):
        if counts[verdict] or verdict == "inconsistent":
            parts.append(plural(counts[verdict], one, many))
        if verdict == "inconsistent" and counts["defects"]:
            parts[-1] += f" ({plural(counts['defects'], 'defect', 'defects')})"
    return (
        f"{first}; {plural(counts['checked'], 'of them follows', 'of them follow')} from other printed numbers and "
        f"{'was' if counts['checked'] == 1 else 'were'} computed again. "
        f"Of these {counts['checked']}, {', '.join(parts)}. "
        f"{plural(counts['not checkable'], 'is', 'are')} not checkable.{remarks}"
    )


def _row(row: Row) -> str:
    kind = row.verdict.replace(" ", "-")
    statement = escape(row.statement) + (f" <strong>{escape(row.printed)}</strong>" if row.printed else "")
    words = "</p><p>".join(escape(text) for text in (row.arithmetic, assessment(row)) if text)
    return (
        f'<tr id="{escape(anchor(row.id))}"><th scope="row">{escape(row.id)} '
        f'<span class="where">{escape(row.where)}</span></th>'
        f'<td data-value="{row.verdict}"><span class="verdict is-{kind}">{row.verdict}</span></td>'
        f"<td>{statement}</td><td>{f'<p>{words}</p>' if words else ''}</td></tr>"
    )


def rows_table(rows: list[Row], caption: str) -> str:
    """Searchable table of rows of a ledger."""
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Claim", "Verdict", "Printed", "Computed again"))
    body = "\n".join(_row(row) for row in rows)
    table = (
        f'<table class="book searchable ledger" data-choose="1"><caption><span>{escape(caption)}</span></caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
    )
    return boxed(table, caption, len(rows))


def _group(group: Group) -> str:
    checks = f"{'Check' if len(group.rows) == 1 else 'Checks'} {', '.join(group.rows)}"
    if group.named:
        return f"{checks}: {_sentence(group.named)}"
    if group.size is None:
        return f"{checks}: no edit of these kinds explains {'it' if len(group.rows) == 1 else 'them'}."
    if not group.unique:
        ways = f"{len(group.solutions)}{' or more' * (len(group.solutions) == MOST_SOLUTIONS)}"
        return f"{checks}: {ways} different edits would do, so nothing printed tells which."
    edits = "; ".join(str(edit) for edit in group.solutions[0])
    return f"{checks}: {plural(group.size, 'edit', 'edits')} would do, and no other of these kinds. {edits}."


def edits_html(found: Edits) -> str:
    """The smallest set of edits in a sentence and, where a check failed, one line for each group of checks."""
    if not found.failed:
        return f"<p>{escape(found)}</p>"
    lines = "".join(f"<li>{escape(_group(group))}</li>" for group in found.groups)
    return f"<p>Smallest set of edits. {escape(found)}</p>\n<ul>{lines}</ul>"


def power_record(power: DetectionPower) -> dict[str, int | float | bool]:
    """Figures of the detection power that the page on the audit shows."""
    return {
        "numbers": power.numbers,
        "checked": power.checked,
        "planted": power.planted,
        "caught": power.caught,
        "sampled": power.sampled,
        "share_checked": round(power.share_checked, 6),
        "share_printed": round(power.share_printed, 6),
    }


def whole(slug: str) -> tuple[str, str, dict[str, int | float | bool]]:
    """The whole ledger of an article.

    Returns
    -------
    tuple
        HTML with the rows folded; the sentence of counts as plain text; the figures of the detection power.

    Raises
    ------
    ValueError
        As :func:`report`.
    """
    found = report(slug)
    what = "article" if data.article(slug).get("kind", "article") == "article" else "companion text"
    counts, rows = found.counts(), rows_table(found.rows, f"Ledger of {what} {int(slug[:2])}")
    sentence, power = counts_sentence(counts), detection_power(found)
    worth = f"{edits_html(smallest_edits(found))}\n<p>What consistent is worth here. {escape(power)}</p>\n"
    html = (
        f"<p>{escape(sentence)}</p>\n{worth if counts['checked'] else ''}"
        f'<details class="book-ledger"><summary>Show all {len(found.rows)} rows</summary>\n{rows}\n</details>'
    )
    return html, f"{sentence} {power}" if counts["checked"] else sentence, power_record(power)
