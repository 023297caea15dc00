"""Every page, in one visit, wide and narrow, light and dark: accessible, complete and quiet."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import pytest
from built_site import EXPLORABLE, or_skip

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
STRUCTURE = {"runOnly": {"type": "tag", "values": TAGS}, "rules": {"color-contrast": {"enabled": False}}}
SCROLLING = {"runOnly": {"type": "rule", "values": ["scrollable-region-focusable"]}}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
# axe takes a minute for a page with thousands of equal cells and code words: seen whole once, then three of each look.
TRIM = """() => {
    const seen = new Map();
    for (const element of document.querySelectorAll("pre span, tbody tr, mjx-container")) {
        const inside = [...element.querySelectorAll("[class]")].map((child) => child.className);
        const place = element.closest(".cell_output") ? "output" : "text";
        const look = [element.tagName, element.className, place, ...inside].join("|");
        seen.set(look, (seen.get(look) || 0) + 1);
        if (seen.get(look) > 3) element.remove();
    }
    for (const link of document.querySelectorAll("pre a")) if (!link.textContent.trim()) link.remove();
}"""
IMAGES = """async (all) => {
    for (const image of all) {
        image.loading = "eager";
        await image.decode().catch(() => {});
    }
    return all.map((i) => ({ src: i.src, alt: i.getAttribute("alt"), width: i.naturalWidth }));
}"""
STILL = "*, *::before, *::after { transition: none !important }"  # no colour is met on its way to another
THEME = "document.documentElement.dataset.theme"
DARK = """async () => {
    for (let k = 0; k < 100 && document.documentElement.dataset.theme !== "dark"; k++)
        await new Promise((then) => setTimeout(then, 100));
}"""  # a busy machine takes its time to follow; a theme that never follows fails its own test
COUNTED = {
    "formulas": ".math",
    "typeset": "mjx-container",
    "faulty": "mjx-merror, [data-mjx-error]",
    "explorables": "figure.explorable",
}
CHARTS = """all => all.map(figure => [figure.querySelector(".explorable-drawing svg").getBoundingClientRect().width,
    figure.getBoundingClientRect().width])"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Equations whose left end no scrolling can reach.
CUT = """all => all.filter(box => box.querySelector("mjx-math")
    && box.querySelector("mjx-math").getBoundingClientRect().left < box.getBoundingClientRect().left - 1).length"""
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 400, "height": 900}
_seen: dict[str, Facts] = {}


@dataclass
class Facts:
    """What one visit found."""

    themes: list[str]
    problems: list[str]
    elsewhere: list[str]
    weight: dict[str, int]
    formulas: int
    typeset: int
    faulty: int
    explorables: int
    images: list[dict]
    cut: dict[str, int]
    overflow: int
    charts: list[tuple[float, float]]
    violations: dict[str, list[str]]


@pytest.fixture(scope="session")
def axe() -> str:
    package = pytest.importorskip("axe_playwright_python")
    return (Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def violations(page, options: dict) -> list[str]:
    """Rules of WCAG 2.1 AA and best practice, of those in `options`, that the page breaks; axe is loaded."""
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    nodes = [(rule["id"], node) for rule in found for node in rule["nodes"]]
    return [f"{name}: {node['html'][:160]} {node['failureSummary'][:300]}" for name, node in nodes]


def look(seen, axe: str) -> Facts:
    """All that is asked of a page: wide, as on a phone, and then, trimmed, its colours in light and in dark."""
    page, count = seen.page, lambda selector: seen.page.locator(selector).count()
    weight = {response.url: len(gzip.compress(response.body())) for response in seen.responses if response.ok}
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    page.add_style_tag(content=STILL)
    page.evaluate(axe)
    page.wait_for_timeout(200)
    cut, broken = {"wide": page.locator("div.math").evaluate_all(CUT)}, {"wide": violations(page, STRUCTURE)}
    images = page.locator("main img").evaluate_all(IMAGES)
    counted = {name: count(selector) for name, selector in COUNTED.items()}
    page.set_viewport_size(PHONE)
    page.wait_for_timeout(300)
    cut["phone"], broken["phone"] = page.locator("div.math").evaluate_all(CUT), violations(page, SCROLLING)
    overflow, charts = page.evaluate(OVERFLOW), page.locator("figure.explorable").evaluate_all(CHARTS)
    page.evaluate(TRIM)
    broken["phone"] += violations(page, STRUCTURE)
    page.set_viewport_size(WIDE)
    themes = [page.evaluate(THEME)]
    page.emulate_media(color_scheme="dark")
    page.evaluate(DARK)
    themes.append(page.evaluate(THEME))
    seen.settle()
    broken["dark"] = violations(page, CONTRAST)
    page.emulate_media(color_scheme="light")
    seen.settle()
    broken["light"] = violations(page, CONTRAST)
    return Facts(
        themes=themes,
        problems=seen.problems,
        elsewhere=seen.elsewhere,
        weight=weight,
        images=images,
        cut=cut,
        overflow=overflow,
        charts=charts,
        violations=broken,
        **counted,
    )


@pytest.fixture
def facts(visit, address, axe, page_name) -> Facts:
    """Facts about a page; one visit serves all tests, which run on one worker."""
    if page_name not in _seen:
        with visit(address + page_name) as seen:
            _seen[page_name] = look(seen, axe)
    return _seen[page_name]


def test_broken_rules_would_be_seen(browser, axe):
    page = browser.new_page()
    page.set_content(
        '<html lang="en"><title>t</title><main><h1>h</h1><img src="x"><p style="color:#aaa">pale</p></main>'
    )
    page.evaluate(axe)
    assert {line.split(":")[0] for line in violations(page, STRUCTURE)} == {"image-alt"}
    assert {line.split(":")[0] for line in violations(page, CONTRAST)} == {"color-contrast"}
    page.close()


@pytest.mark.parametrize("mode", ["wide", "phone", "light", "dark"])
def test_no_rule_of_accessibility_is_broken(facts, mode):
    assert facts.violations[mode] == []


def test_console_is_quiet_and_no_other_host_is_asked(facts):
    assert facts.problems == []
    assert facts.elsewhere == []


def test_theme_follows_the_system(facts):
    assert facts.themes == ["light", "dark"]


def test_page_fits_a_phone(facts):
    assert facts.overflow <= 0
    for chart, box in facts.charts:
        assert 0.7 * box <= chart <= box


@pytest.mark.parametrize("mode", ["wide", "phone"])
def test_no_equation_is_cut_at_its_left_end(facts, mode):
    assert facts.cut[mode] == 0


def test_page_is_light(facts, site, page_name):
    assert (site / page_name).stat().st_size <= 1_500_000
    heaviest = sorted(facts.weight.items(), key=lambda item: -item[1])[:5]
    assert sum(facts.weight.values()) <= 1_100_000, heaviest


def test_mathematics_is_set_without_errors(facts):
    assert facts.typeset == facts.formulas
    assert facts.faulty == 0


def test_libraries_load_only_where_they_are_needed(facts):
    assert any("mathjax" in url for url in facts.weight) == bool(facts.formulas)
    assert any("vega.js" in url for url in facts.weight) == bool(facts.explorables)


def test_images_are_there_and_have_text(facts):
    for image in facts.images:
        assert image["alt"] is not None, image["src"]
        assert image["alt"] or "thumbnails" in image["src"], image["src"]
        assert image["width"], image["src"]


@pytest.mark.parametrize("name", ["index.html", "pages/audit.html", *or_skip(EXPLORABLE[:1])])
def test_the_site_works_from_its_folder(visit, site, name):
    """The pages share their scripts, so one page of each kind is enough."""
    with visit((site.resolve() / name).as_uri()) as seen:
        assert seen.problems == []
        assert [url for url in seen.elsewhere if not url.startswith("file:")] == []
