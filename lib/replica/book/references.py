"""The bibliography: ``references.bib`` read with pybtex, written in one plain author-year style."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from urllib.parse import quote

from pybtex.database import BibliographyData, Entry, Person, parse_file
from pybtex.richtext import Text

from replica.book.markup import escape_markdown


def path() -> Path:
    """``references.bib`` of the checkout, or the copy inside the installed package."""
    package = Path(__file__).resolve().parents[1]
    for candidate in (package.parents[1] / "references.bib", package / "references.bib"):
        if candidate.is_file():
            return candidate
    raise FileNotFoundError("references.bib is neither in the checkout nor in the installed package")


@cache
def database() -> BibliographyData:
    """All entries of ``references.bib``."""
    return parse_file(str(path()), bib_format="bibtex")


def _plain(latex: str) -> str:
    return str(Text.from_latex(latex))


def _name(person: Person) -> str:
    family = " ".join(_plain(part) for part in person.prelast_names + person.last_names + person.lineage_names)
    initials = " ".join(
        "-".join(f"{piece[0]}." for piece in _plain(part).split("-") if piece)
        for part in person.first_names + person.middle_names
    )
    return f"{family}, {initials}" if initials else family


def _people(people: Sequence[Person]) -> str:
    names = [_name(person) for person in people]
    return " & ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""


def _where(entry: Entry) -> str:
    """Journal with volume and pages, book with editors, publisher, or report number: what the entry has of it."""
    field = {name.lower(): escape_markdown(_plain(value)) for name, value in entry.fields.items()}
    pages = field.get("pages", "").replace("--", "–")
    if "journal" in field:
        issue = f"({field['number']})" if "number" in field else ""
        volume = f" {field['volume']}{issue}" if "volume" in field else ""
        return f"*{field['journal']}*{volume}" + (f", {pages}" if pages else "")
    parts = []
    if "booktitle" in field:
        editors = _people(entry.persons.get("editor", []))
        parts.append(f"In {escape_markdown(editors)} (eds), " * bool(editors) + f"*{field['booktitle']}*")
        if pages:
            parts.append(f"pp. {pages}")
    for name in ("edition", "institution", "organization", "publisher", "number", "note"):
        if name in field:
            parts.append(f"{field[name]} edition" if name == "edition" else field[name])
    return ", ".join(parts)


def entry_markdown(key: str) -> str:
    """One reference as a line of Markdown, with a link where the entry has a DOI or an address.

    Raises
    ------
    ValueError
        If `key` is not in ``references.bib``, or the entry lacks author, editor, year or title.
    """
    entries = database().entries
    if key not in entries:
        raise ValueError(f"keys: {key!r} is not in references.bib")
    entry = entries[key]
    people = _people(entry.persons.get("author") or entry.persons.get("editor") or [])
    people = people or _plain(entry.fields.get("organization", ""))
    for name, value in (("author", people), ("year", entry.fields.get("year")), ("title", entry.fields.get("title"))):
        if not value:
            raise ValueError(f"keys: {key!r} in references.bib has no {name}")
    title = escape_markdown(_plain(entry.fields["title"]))
    is_book = entry.type in {"book", "manual", "phdthesis"}
    line = f"{escape_markdown(people)} ({entry.fields['year']}). {f'*{title}*' if is_book else title}"
    where = _where(entry)
    line = (f"{line}. {where}" if where else line).rstrip(".") + "."
    if doi := entry.fields.get("doi"):
        return f"{line} [doi:{escape_markdown(doi)}](<https://doi.org/{quote(doi)}>)"
    if url := entry.fields.get("url"):
        if not re.fullmatch(r"https?://[^\s<>]+", url):
            raise ValueError(f"keys: {key!r} in references.bib has an odd url: {url!r}")
        return f"{line} [{escape_markdown(url.split('://')[-1].rstrip('/'))}](<{url}>)"
    return line


def markdown(keys: Sequence[str]) -> str:
    """List of references in alphabetical order.

    Raises
    ------
    ValueError
        If `keys` is empty, holds a key twice, or one that is not in ``references.bib``.
    """
    if isinstance(keys, str) or not list(keys):
        raise ValueError("keys: expected a list of keys of references.bib")
    if len(set(keys)) != len(keys):
        raise ValueError(f"keys: {sorted(k for k in set(keys) if list(keys).count(k) > 1)[0]!r} occurs twice")
    return "\n".join(f"- {line}" for line in sorted((entry_markdown(key) for key in keys), key=str.casefold))
