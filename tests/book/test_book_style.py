"""Figures: the same bytes, ink that follows the theme, text alternative, legible on a phone."""

from __future__ import annotations

import base64
import re
from xml.etree import ElementTree

import pytest
from matplotlib import pyplot as plt

from replica.book import style


def make(width: float = 6.4, size: float | None = None, title: str = "A finding"):
    style.use()
    figure, axes = plt.subplots(figsize=(width, 3.6))
    axes.plot([1, 2, 3], [1, 3, 2], color=style.BLUE)
    axes.axhline(1.5, color=style.INK)
    axes.set(title=title, ylabel="y (units)")
    axes.set_xlabel("x (units)", fontsize=size)
    return figure


def test_same_figure_same_bytes(shown):
    for _ in range(2):
        style.show(make(), "Two lines.", "open", thumbnail=True)
    assert shown[0] == shown[1]


def test_ink_follows_the_page_and_colours_stay(shown):
    style.show(make(), "Two lines.", "open")
    svg = shown[0][0]["image/svg+xml"]
    ElementTree.fromstring(svg)
    drawn = svg.split("</style>", 1)[1]
    assert "prefers-color-scheme:dark" in svg
    assert style.INK not in drawn and style.PAPER not in drawn
    assert drawn.count("currentColor") > 5
    assert style.BLUE.lower() in drawn.lower()
    assert 'class="paper"' in drawn
    assert not re.search(r"\d{4}-\d\d-\d\d|DOCTYPE|<metadata", svg)


def test_png_fallback_alt_text_and_kind(shown):
    style.show(make(), "  Two lines. ", "simulated")
    bundle, metadata = shown[0]
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert (
        metadata["image/svg+xml"]["alt"]
        == metadata["image/png"]["alt"]
        == bundle["text/plain"]
        == "Simulated. Two lines."
    )
    assert metadata["replica"] == {"type": "figure", "kind": "simulated"}
    assert plt.get_fignums() == []


def test_the_kind_is_drawn_on_the_figure(shown):
    for kind in ("open", "simulated"):
        style.show(make(), "Two lines.", kind)
    assert shown[0][0]["image/svg+xml"] != shown[1][0]["image/svg+xml"]


def test_thumbnail_has_no_text(shown):
    style.show(make(), "Two lines.", "open", thumbnail=True)
    bundle, metadata = shown[0]
    assert 'id="text_' in bundle["image/svg+xml"]
    assert 'id="text_' not in metadata["replica"]["thumbnail"]


def test_long_titles_are_broken(shown):
    title = "A finding that is told in so many words that no figure of this width could hold them in one line"
    figure = make(title=title)
    style.show(figure, "Two lines.", "open")
    assert figure.axes[0].get_title("left").replace("\n", " ") == title
    assert figure.axes[0].get_title("left").count("\n") >= 1
    assert "\n" not in make(title="Short").axes[0].get_title("left")


@pytest.mark.parametrize(
    "width, size, legible", [(6.4, 11, True), (6.4, 8.0, False), (14, 11, False), (7.5, 10.5, True)]
)
def test_text_too_small_for_a_phone_is_refused(shown, width, size, legible):
    figure = make(width, size)
    if legible:
        style.show(figure, "Two lines.", "open")
    else:
        with pytest.raises(ValueError, match="^figure: text 'x"):
            style.show(figure, "Two lines.", "open")
    plt.close("all")


@pytest.mark.parametrize(
    "arguments, name",
    [(("no figure", "alt", "open"), "figure"), ((None, "", "open"), "alt"), ((None, "alt", "real"), "kind")],
)
def test_bad_arguments_are_named(shown, arguments, name):
    figure = make() if arguments[0] is None else arguments[0]
    with pytest.raises(ValueError, match=f"^{name}: "):
        style.show(figure, *arguments[1:])
    plt.close("all")


def test_empty_figures_are_refused(shown):
    with pytest.raises(ValueError, match="^figure: has no axes"):
        style.show(plt.figure(), "alt", "open")
    plt.close("all")


def _luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour", [style.BLUE, style.ORANGE, style.GREEN, style.PINK, style.GREY])
@pytest.mark.parametrize("paper", ["#ffffff", "#14181e"])
def test_lines_have_the_contrast_of_graphics(colour, paper):
    """WCAG 2.1, 1.4.11: 3 to 1; the pink of the palette reaches 2.9 on white and is for areas and thick lines."""
    high, low = sorted((_luminance(colour), _luminance(paper)), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= (2.8 if colour == style.PINK else 3)
