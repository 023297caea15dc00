"""Every page, light and dark, wide and narrow, over http and from its folder: accessible, complete and quiet."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import pytest

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
STRUCTURE = {"runOnly": {"type": "tag", "values": TAGS}, "rules": {"color-contrast": {"enabled": False}}}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
# Contrast costs axe a minute on a page with thousands of equal cells and code words: three of each look are enough.
TRIM = """() => {
    const seen = new Map();
    for (const element of document.querySelectorAll("pre span, tbody tr, mjx-container")) {
        const inside = [...element.querySelectorAll("[class]")].map((child) => child.className);
        const place = element.closest(".cell_output") ? "output" : "text";
        const look = [element.tagName, element.className, place, ...inside].join("|");
        seen.set(look, (seen.get(look) || 0) + 1);
        if (seen.get(look) > 3) element.remove();
    }
}"""
MODES = {
    "light": {"theme": "light"},
    "dark": {"theme": "dark"},
    "phone": {"theme": "light", "width": 400},
    "folder": {"theme": "light"},
}
IMAGES = """async (all) => {
    for (const image of all) {
        image.loading = "eager";
        await image.decode().catch(() => {});
    }
    return all.map((i) => ({ src: i.src, alt: i.getAttribute("alt"), width: i.naturalWidth }));
}"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Equations whose left end no scrolling can reach.
CUT = """all => all.filter(box => box.querySelector("mjx-math")
    && box.querySelector("mjx-math").getBoundingClientRect().left < box.getBoundingClientRect().left - 1).length"""
_seen: dict[tuple[str, str], Facts] = {}


@dataclass
class Facts:
    """What one visit found."""

    theme: str
    problems: list[str]
    elsewhere: list[str]
    weight: dict[str, int]
    formulas: int
    typeset: int
    faulty: int
    cut: int
    explorables: int
    images: list[dict]
    overflow: int
    violations: list[str]


@pytest.fixture(scope="session")
def axe() -> str:
    package = pytest.importorskip("axe_playwright_python")
    return (Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def violations(page, axe: str, colours: bool = True) -> list[str]:
    """Rules of WCAG 2.1 AA and best practice that the page breaks; colours are looked at last, on a trimmed page."""
    page.evaluate(axe)
    found = page.evaluate("options => axe.run(document, options)", STRUCTURE)["violations"]
    if colours:
        page.evaluate(TRIM)
        found += page.evaluate("options => axe.run(document, options)", CONTRAST)["violations"]
    nodes = [(rule["id"], node) for rule in found for node in rule["nodes"]]
    return [f"{name}: {node['html'][:160]} {node['failureSummary'][:300]}" for name, node in nodes]


@pytest.fixture
def facts(visit, address, site, axe, page_name):
    """Facts about the page in a mode; one visit serves all tests."""

    def find(mode: str) -> Facts:
        if (page_name, mode) not in _seen:
            url = (site.resolve() / page_name).as_uri() if mode == "folder" else address + page_name
            with visit(url, **MODES[mode]) as seen:
                page, count = seen.page, lambda selector: seen.page.locator(selector).count()
                fresh = [r for r in seen.responses if r.ok and mode == "light"]
                weight = {r.url: len(gzip.compress(r.body())) for r in fresh}
                page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
                page.wait_for_timeout(200)
                _seen[page_name, mode] = Facts(
                    theme=page.evaluate("document.documentElement.dataset.theme"),
                    problems=list(seen.problems),
                    elsewhere=[url for url in seen.elsewhere if not (mode == "folder" and url.startswith("file:"))],
                    weight=weight,
                    formulas=count(".math"),
                    typeset=count("mjx-container"),
                    faulty=count("mjx-merror, [data-mjx-error]"),
                    cut=page.locator("div.math").evaluate_all(CUT),
                    explorables=count("figure.explorable"),
                    images=page.locator("main img").evaluate_all(IMAGES),
                    overflow=page.evaluate(OVERFLOW),
                    violations=[] if mode == "folder" else violations(page, axe, colours=mode != "phone"),
                )
        return _seen[page_name, mode]

    return find


def test_broken_rules_would_be_seen(browser, axe):
    page = browser.new_page()
    page.set_content(
        '<html lang="en"><title>t</title><main><h1>h</h1><img src="x"><p style="color:#aaa">pale</p></main>'
    )
    found = violations(page, axe)
    assert {line.split(":")[0] for line in found} >= {"image-alt", "color-contrast"}
    page.close()


@pytest.mark.parametrize("mode", ["light", "dark", "phone"])
def test_no_rule_of_accessibility_is_broken(facts, mode):
    assert facts(mode).violations == []


@pytest.mark.parametrize("mode", list(MODES))
def test_console_is_quiet_and_no_other_host_is_asked(facts, mode):
    assert facts(mode).problems == []
    assert facts(mode).elsewhere == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_theme_follows_the_system(facts, theme):
    assert facts(theme).theme == theme


def test_page_fits_a_phone(facts):
    assert facts("phone").overflow <= 0


@pytest.mark.parametrize("mode", ["light", "phone"])
def test_no_equation_is_cut_at_its_left_end(facts, mode):
    assert facts(mode).cut == 0


def test_page_is_light(facts, site, page_name):
    assert (site / page_name).stat().st_size <= 1_500_000
    heaviest = sorted(facts("light").weight.items(), key=lambda item: -item[1])[:5]
    assert sum(facts("light").weight.values()) <= 1_100_000, heaviest


def test_mathematics_is_set_without_errors(facts):
    found = facts("light")
    assert found.typeset == found.formulas
    assert found.faulty == 0


def test_libraries_load_only_where_they_are_needed(facts):
    found = facts("light")
    assert any("mathjax" in url for url in found.weight) == bool(found.formulas)
    assert any("vega.js" in url for url in found.weight) == bool(found.explorables)


def test_images_are_there_and_have_text(facts):
    for image in facts("light").images:
        assert image["alt"] is not None, image["src"]
        assert image["alt"] or "thumbnails" in image["src"], image["src"]
        assert image["width"], image["src"]
