"""Links, anchors and identifiers, read from the files of the site."""

from __future__ import annotations

from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

SCHEMES = ("http:", "https:", "mailto:", "data:", "javascript:")


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.sources: list[str] = []
        self.ids: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        if identity := found.get("id"):
            self.ids[identity] += 1
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        if tag in ("script", "img", "source") and found.get("src"):
            self.sources.append(found["src"])
        if tag == "link" and found.get("href"):
            self.sources.append(found["href"])


@cache
def parsed(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def missing(site: Path, name: str) -> list[str]:
    """Internal links and sources of a page that lead nowhere."""
    here, broken = (site / name).resolve(), []
    page = parsed(here)
    for link in [*page.links, *page.sources]:
        if link.startswith(SCHEMES):
            continue
        address, fragment = urldefrag(link)
        target = (here.parent / unquote(address.split("?")[0])).resolve() if address else here
        anchored = fragment and target.suffix == ".html"
        if not target.is_file() or (anchored and unquote(fragment) not in parsed(target).ids):
            broken.append(link)
    return broken


def test_internal_links_and_anchors_lead_somewhere(site, page_name):
    assert missing(site, page_name) == []


def test_a_broken_link_would_be_seen(tmp_path):
    (tmp_path / "a.html").write_text('<a href="b.html">b</a><a href="#x">x</a><p id="y"></p><a href="#y">y</a>')
    assert missing(tmp_path, "a.html") == ["b.html", "#x"]


def test_sources_are_on_the_site_itself(site, page_name):
    assert [source for source in parsed((site / page_name).resolve()).sources if source.startswith(SCHEMES[:2])] == []


def test_identifiers_are_unique(site, page_name):
    repeated = [name for name, count in parsed((site / page_name).resolve()).ids.items() if count > 1]
    assert repeated == []


def test_every_chapter_has_its_anchors(site):
    chapters = sorted((site / "chapters").glob("*.html"))
    if not chapters:
        pytest.skip("the site has no chapter")
    for chapter in chapters:
        ids, number = parsed(chapter.resolve()).ids, int(chapter.stem[:2])
        assert any(name.startswith(f"finding-{number}-") or name.startswith(f"finding-{number:02}-") for name in ids)
        assert any(name.startswith("claim-") for name in ids)
        assert any(name.startswith("exercise-") for name in ids)


def test_names_of_the_library_in_code_cells_lead_to_its_pages(site):
    chapters = sorted((site / "chapters").glob("*.html"))
    if not chapters:
        pytest.skip("the site has no chapter")
    for chapter in chapters:
        links = parsed(chapter.resolve()).links
        assert any(link.startswith("../library/book.page.html#replica.book.page.") for link in links), chapter
