"""What a reader does: search, filter, sort, switch the theme, move a slider, follow an anchor, read without scripts."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from built_site import CHAPTERS, EXPLORABLE, HTML, Visit, or_skip, served
from PIL import Image

POLICY = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
# Later, since the browser lets through what its debugger asks for.
COMPILES = "setTimeout(() => { try { Function(''); window.compiles = true; } catch { window.compiles = false; } })"
REDRAWN = "([figure, before]) => figure.querySelector('.mark-group').innerHTML !== before"


def drawn(page) -> str:
    """The marks of the first explorable as SVG."""
    return page.locator("figure.explorable .mark-group").first.inner_html()


@pytest.fixture(scope="module", params=or_skip(CHAPTERS))
def chapter(request, browser, address):
    """A chapter in the browser; its tests share the visit."""
    with Visit(browser, address + request.param) as seen:
        yield seen


@pytest.fixture(params=["http", "file"])
def base(request, address, site: Path) -> str:
    return address if request.param == "http" else site.resolve().as_uri() + "/"


def test_sliders_redraw_by_keyboard_and_mouse_and_survive_the_theme(chapter):
    explore(chapter)


def explore(seen) -> None:
    """Move the first slider of a page by keyboard and by mouse, and switch the theme."""
    figure = seen.page.locator("figure.explorable").first
    if not figure.count():
        pytest.skip("this chapter has no explorable")
    slider = figure.locator("input[type=range]").first
    assert slider.evaluate("input => input.labels.length && input.labels[0].textContent.trim().length > 2")
    before, value = drawn(seen.page), slider.input_value()
    slider.focus()
    for _ in range(3):
        slider.press("ArrowRight" if value != slider.get_attribute("max") else "ArrowLeft")
    seen.page.wait_for_function(REDRAWN, arg=[figure.element_handle(), before])
    assert slider.input_value() != value
    by_keyboard, box = drawn(seen.page), slider.bounding_box()
    at_end = slider.input_value() == slider.get_attribute("max")
    seen.page.mouse.click(box["x"] + (2 if at_end else box["width"] - 2), box["y"] + box["height"] / 2)
    seen.page.wait_for_function(REDRAWN, arg=[figure.element_handle(), by_keyboard])
    kept = slider.input_value()
    seen.page.evaluate("document.documentElement.dataset.theme = 'dark'")
    seen.settle()
    assert figure.locator("input[type=range]").first.input_value() == kept
    assert seen.problems == []


@pytest.mark.parametrize("name", or_skip(EXPLORABLE[:1]))
def test_the_slider_moves_under_a_policy_that_forbids_compiling_text(browser, site, name):
    with served(site, Content_Security_Policy=POLICY) as address, Visit(browser, address + name) as seen:
        seen.page.add_script_tag(content=COMPILES)
        seen.page.wait_for_function("window.compiles !== undefined", timeout=5000)
        assert seen.page.evaluate("window.compiles") is False, "the policy is in force"
        seen.problems.clear()
        explore(seen)


@pytest.mark.parametrize("name", or_skip(EXPLORABLE[:1]))
def test_where_drawing_fails_the_static_image_is_shown(browser, address, name):
    context = browser.new_context()
    page = context.new_page()
    page.route("**/vega.js*", lambda route: route.fulfill(body="window.vegaEmbed = () => { throw Error(); }"))
    page.goto(address + name)
    page.wait_for_function("document.querySelector('figure.explorable').dataset.theme")
    assert still_is_shown(page)
    context.close()


def still_is_shown(page) -> bool:
    image = page.locator("figure.explorable .explorable-still img").first
    image.scroll_into_view_if_needed()
    wide = image.evaluate("async (i) => { await i.decode(); return i.naturalWidth; }")
    described = len(image.get_attribute("alt").split()) > 5
    return image.is_visible() and image.bounding_box()["width"] > 250 and wide > 250 and described


@pytest.mark.parametrize("name", or_skip(CHAPTERS[:1]))
def test_search_finds_a_chapter(visit, base, name):
    with visit(base + name) as seen:
        title = seen.page.locator("h1").first.evaluate("h => h.firstChild.textContent.trim()")
    words = "+".join(word for word in title.split() if word.isalpha())
    with visit(f"{base}search.html?q={words}") as seen:
        results = seen.page.locator("#search-results a")
        results.first.wait_for(timeout=10000)
        assert any(Path(name).name in link.get_attribute("href") for link in results.all())


def test_the_index_of_the_search_holds_every_chapter(site):
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    assert [name for name in CHAPTERS if f'"{name.removesuffix(".html")}"' not in index] == []


def test_icons_are_drawn(visit, address):
    """The icon font was cut: the glyphs that are left still have a width of their own."""
    with visit(address + "index.html") as seen:
        seen.page.evaluate("document.fonts.ready")
        loaded = seen.page.evaluate(
            "[...document.fonts].some(f => f.family.includes('Awesome') && f.weight === '900' && f.status === 'loaded')"
        )
        assert loaded
        assert seen.page.locator(".fa-bars").first.bounding_box()["width"] > 5


def test_the_theme_can_be_switched(visit, address):
    with visit(address + "index.html") as seen:
        themes = set()
        for _ in range(4):
            seen.page.locator(".theme-switch-button:visible").first.click()
            themes.add(seen.page.evaluate("document.documentElement.dataset.theme"))
        assert themes == {"light", "dark"}


def test_ledger_can_be_filtered_and_sorted(chapter):
    chapter.page.locator("details.book-ledger > summary").click()
    box = chapter.page.locator("details.book-ledger")
    rows = box.locator("tbody tr:visible")
    total = rows.count()
    word = rows.first.locator("th").inner_text()
    box.locator("input[type=search]").fill(word)
    assert 1 <= rows.count() <= total
    assert all(word in text for text in rows.all_inner_texts())
    box.locator("input[type=search]").fill("no such words anywhere")
    assert rows.count() == 0
    box.locator("input[type=search]").fill("")
    verdict = rows.first.locator("td[data-value]").get_attribute("data-value")
    box.locator("select").select_option(verdict)
    left = rows.locator("td[data-value]").evaluate_all("cells => cells.map(cell => cell.dataset.value)")
    assert left and set(left) == {verdict}
    box.locator("select").select_option("")
    head = box.locator("thead th").first
    head.locator("button").focus()
    chapter.page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    ids = box.locator("tbody tr th").all_inner_texts()
    chapter.page.keyboard.press("Enter")
    assert box.locator("tbody tr th").all_inner_texts() != ids or total == 1


def test_a_link_to_a_claim_opens_the_ledger(chapter):
    chapter.page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = false; })")
    target = chapter.page.locator("details.book-ledger tr[id]").last.get_attribute("id")
    chapter.page.evaluate("target => { location.hash = target; }", target)
    chapter.page.locator(f"[id='{target}']").wait_for(state="visible", timeout=5000)


@pytest.mark.parametrize("name", or_skip(EXPLORABLE[:1]))
def test_without_scripts_the_ledger_and_the_explorable_can_be_read(browser, address, name):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + name)
    page.locator("details.book-ledger > summary").click()
    assert page.locator("details.book-ledger tbody tr").first.is_visible()
    image = page.locator("figure.explorable .explorable-still img").first
    image.scroll_into_view_if_needed()
    assert image.is_visible() and image.bounding_box()["width"] > 250
    assert len(image.get_attribute("alt").split()) > 5
    context.close()


def test_all_claims_can_be_filtered(visit, base):
    with visit(base + "pages/audit.html") as seen:
        rows, count = seen.page.locator("#all-claims tbody tr"), seen.page.locator("#all-claims output")
        total = int(count.inner_text().split(" of ")[1].split()[0])
        if not total:
            pytest.skip("the ledger is empty")
        word = rows.first.locator("th").inner_text()
        seen.page.locator("#all-claims input[type=search]").fill(word)
        assert 1 <= rows.count() <= total
        assert all(word.lower() in text.lower() for text in rows.all_inner_texts())
        link = seen.page.locator("#all-claims tbody a").first
        if link.count():
            link.click()
            seen.page.wait_for_load_state()
            target = seen.page.url.split("#")[1]
            assert seen.page.locator(f"[id='{target}']").is_visible()


def test_figures_follow_the_theme(visit, address):
    """The same SVG is dark on light and light on dark."""
    names = [name for name in CHAPTERS if ".svg" in (HTML / name).read_text(encoding="utf-8")]
    if not names:
        pytest.skip("no page shows a figure")
    brightness = {}
    for theme in ("light", "dark"):
        with visit(address + names[0], theme=theme) as seen:
            picture = seen.page.locator("main .cell_output img").first.screenshot()
            pixels = Image.open(BytesIO(picture)).convert("L")
            brightness[theme] = max(pixels.getcolors(maxcolors=65536))[1]
    assert brightness["light"] > 240
    assert brightness["dark"] < 40
