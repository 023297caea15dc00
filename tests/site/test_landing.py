"""The landing page and the parts that the build draws from data."""

from __future__ import annotations

import json
import re

from built_site import PAGES


def test_gallery_shows_exactly_the_chapters_of_the_site(site):
    text = (site / "index.html").read_text(encoding="utf-8")
    gallery = "".join(re.findall(r'<ul class="gallery">.*?</ul>', text, flags=re.DOTALL))
    linked = re.findall(r'href="(chapters/[^"#]+)"', gallery)
    assert linked == list(dict.fromkeys(linked))
    assert sorted(linked) == [name for name in PAGES if name.startswith("chapters/")]


def test_no_author_stands_beside_a_count(site):
    from replica.book import data

    text = (site / "pages" / "audit.html").read_text(encoding="utf-8")
    authors = {name for slug in data.slugs() for name in data.article(slug)["authors"]}
    assert [name for name in sorted(authors) if name in text] == []


def test_claims_script_holds_the_whole_ledger(site):
    text = (site / "_static" / "claims.js").read_text(encoding="utf-8")
    content = json.loads(text.removeprefix("window.replicaClaims = ").rstrip().removesuffix(";"))
    numbers = [int(title.split()[0]) for _, title in content["chapters"]]
    assert numbers == sorted(numbers)
    assert all(len(row) == 6 and 0 <= row[0] < len(numbers) for row in content["rows"])


def test_only_the_needed_parts_of_libraries_are_shipped(site):
    static = site / "_static"
    assert (static / "vega.js").is_file()
    assert sum(path.stat().st_size for path in (static / "mathjax").rglob("*") if path.is_file()) < 2_500_000
    assert not list(static.rglob("*.map"))
    assert not list(static.rglob("fontawesome.js*"))
    assert sum(path.stat().st_size for path in (static / "vendor").rglob("*") if path.is_file()) < 50_000


def test_downloads_are_notebooks_that_any_viewer_shows(site):
    for path in (site / "_sources" / "chapters").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        assert not re.search(r"^(:::|```)\{", text, flags=re.MULTILINE)
