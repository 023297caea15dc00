"""One look for all figures: legible at 400 px, in light and dark, and without colour vision.

A figure is written as one SVG whose ink follows the colour scheme of the page around it, beside a PNG for viewers
that show no SVG. The kind of data stands on the figure itself, so that a copied picture keeps it.
"""

from __future__ import annotations

import base64
import io
import re
import textwrap
from collections import Counter
from typing import Any

import matplotlib as mpl
from IPython.display import display
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text

BLUE, ORANGE, GREEN, PINK = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
GREY = "#767676"
INK, PAPER = "#1b1c1e", "#fffffe"

KINDS = {
    "printed": "Printed",
    "open": "Open data",
    "simulated": "Simulated",
    "computed": "Computed from printed figures",
}

_DARK_INK, _DARK_PAPER = "#dfe3e8", "#14181e"
_PHONE_WIDTH, _SMALLEST_TEXT = 360.0, 7.0
_RULES = (
    f"<style>svg{{color:{INK}}}.paper{{fill:#ffffff}}"
    f"@media (prefers-color-scheme:dark){{svg{{color:{_DARK_INK}}}.paper{{fill:{_DARK_PAPER}}}}}</style>"
)
_BASE = {
    "figure.figsize": (6.4, 3.8),
    "figure.dpi": 100,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "savefig.dpi": 130,
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlepad": 10,
    "axes.labelsize": 11,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "legend.fontsize": 10,
    "legend.frameon": False,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": mpl.cycler(color=[BLUE, ORANGE, GREEN, PINK]),
    "axes.grid": False,
    "grid.color": GREY,
    "grid.alpha": 0.35,
    "grid.linewidth": 0.6,
    "lines.linewidth": 2.0,
    "lines.markersize": 6,
    "image.cmap": "cividis",
    "hatch.color": INK,
    "patch.edgecolor": INK,
    "svg.fonttype": "path",
    "svg.hashsalt": "replica",
}
_INKED = ("text.color", "axes.edgecolor", "axes.labelcolor", "axes.titlecolor", "xtick.color", "ytick.color")


_noted: Counter[str] = Counter()


def note(kind: str) -> None:
    """Count one more table or figure of a kind; the provenance of the chapter says how many there are."""
    _noted[kind] += 1


def noted() -> dict[str, int]:
    """Number of tables and figures shown so far, by kind."""
    return dict(_noted)


def check_kind(kind: str) -> str:
    """Label of a kind of data, as it is shown on a badge.

    Raises
    ------
    ValueError
        If `kind` is none of printed, open, simulated, computed.

    Examples
    --------
    >>> check_kind("open")
    'Open data'
    """
    if kind not in KINDS:
        raise ValueError(f"kind: expected one of {', '.join(KINDS)}, got {kind!r}")
    return KINDS[kind]


def check_text(name: str, value: str) -> str:
    """Text of an argument without the blanks around it.

    Raises
    ------
    ValueError
        If `value` is no string or is empty; the message begins with `name`.
    """
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name}: expected some text, got {value!r}")
    return value.strip()


def use() -> None:
    """Set matplotlib to the style of the book. Call it once, before the first figure."""
    mpl.rcdefaults()
    mpl.rcParams.update(_BASE | dict.fromkeys(_INKED, INK))


def _check_legible(figure: Figure) -> None:
    scale = min(1.0, _PHONE_WIDTH / (figure.get_figwidth() * 72))
    texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    for text in texts:
        if text.get_fontsize() * scale < _SMALLEST_TEXT:
            size, width = text.get_fontsize(), figure.get_figwidth()
            raise ValueError(
                f"figure: text {text.get_text()!r} of {size:g} pt on {width:g} inches is not legible on a phone; "
                "narrow the figure or enlarge the text"
            )


def _wrap_titles(figure: Figure) -> None:
    """Break titles that would run over the right edge or into the title of the axes beside them."""
    figure.canvas.draw()
    titled = {axes: axes.get_title("left") for axes in figure.axes if axes.get_title("left")}
    for axes, text in titled.items():
        artist = next(found for found in axes.findobj(Text) if found.get_text() == text)
        extent, box = artist.get_window_extent(), axes.get_window_extent()
        beside = [other.get_window_extent() for other in titled if other is not axes]
        starts = [other.x0 for other in beside if other.x0 >= box.x1 and other.y0 < box.y1 and box.y0 < other.y1]
        available = min([figure.bbox.width, *starts]) - extent.x0
        if "\n" not in text and extent.width > available:
            artist.set_text(textwrap.fill(text, max(int(len(text) * 0.96 * available / extent.width), 12)))


def _add_badge(figure: Figure, label: str) -> None:
    """Write the kind of data below the lower right corner, in ink, with a thin frame."""
    figure.canvas.draw()
    figure.set_layout_engine("none")
    box = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    figure.text(
        max(box.x1, width) / width - 0.01,
        (min(box.y0, 0.0) - 0.12) / height,
        label,
        ha="right",
        va="top",
        fontsize=9.5,
        color=INK,
        bbox={"boxstyle": "round,pad=0.35", "facecolor": "none", "edgecolor": INK, "linewidth": 0.7},
    )


def _themed(svg: str) -> str:
    """Let the ink of an SVG follow the colour scheme of the page."""
    svg = re.sub(r"<\?xml.*?\?>\s*|<!DOCTYPE.*?>\s*|<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(rf"(?<=[:\"\s]){re.escape(INK)}(?=[;\"])", "currentColor", svg)
    svg = re.sub(rf'style="fill: {PAPER}(;[^"]*)?"', 'class="paper"', svg)
    return with_scheme(svg)


def with_scheme(svg: str) -> str:
    """An SVG drawn in ``currentColor`` with the ink of the reader's colour scheme, light or dark."""
    start = svg.index(">", svg.index("<svg")) + 1
    return svg[:start] + _RULES + svg[start:]


def render(figure: Figure) -> dict[str, str]:
    """SVG (text) and PNG (base64) of a figure; the same bytes for the same figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure

    Returns
    -------
    dict
        Keys ``"image/svg+xml"`` and ``"image/png"``.
    """
    svg, png = io.BytesIO(), io.BytesIO()
    figure.savefig(svg, format="svg", bbox_inches="tight", metadata={"Date": None, "Creator": None})
    figure.savefig(png, format="png", bbox_inches="tight", metadata={"Software": None})
    return {
        "image/svg+xml": _themed(svg.getvalue().decode("utf-8")),
        "image/png": base64.b64encode(png.getvalue()).decode("ascii"),
    }


def _thumbnail(figure: Figure) -> str:
    """The same figure without any text, small and light, for the gallery."""
    for artist in [*figure.findobj(Text), *figure.findobj(Legend)]:
        artist.set_visible(False)
    return render(figure)["image/svg+xml"]


def show(figure: Figure, alt: str, kind: str, *, thumbnail: bool = False) -> None:
    """Show a figure with its text alternative and the kind of its data, and close it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        At most about 8 inches wide; its title says the finding.
    alt : str
        What a reader who does not see the figure has to know, one or two sentences.
    kind : {"printed", "open", "simulated", "computed"}
        Where the numbers come from. Stands as a badge on the figure.
    thumbnail : bool, optional
        True for the one figure of the chapter that the gallery shows.

    Raises
    ------
    ValueError
        If `figure` is no figure, is empty, or has text too small for a phone; if `alt` is empty; if `kind` is unknown.
    """
    if not isinstance(figure, Figure):
        raise ValueError(f"figure: expected a matplotlib figure, got {type(figure).__name__}")
    if not figure.axes:
        raise ValueError("figure: has no axes")
    alt, label = check_text("alt", alt), check_kind(kind)
    _check_legible(figure)
    _wrap_titles(figure)
    _add_badge(figure, label)
    bundle: dict[str, Any] = render(figure)
    record = {"type": "figure", "kind": kind} | ({"thumbnail": _thumbnail(figure)} if thumbnail else {})
    plt.close(figure)
    note(kind)
    text = f"{label}. {alt}"
    display(
        bundle | {"text/plain": text},
        raw=True,
        metadata={"image/svg+xml": {"alt": text}, "image/png": {"alt": text}, "replica": record},
    )
