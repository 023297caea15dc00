"""Outputs of notebooks in the site: images with their text alternative, explorables, boxes around the card."""

from __future__ import annotations

import hashlib
import json
from typing import Any, ClassVar

from docutils import nodes
from myst_nb.core.render import MimeData, NbElementRenderer

from replica.book.explorable import MIME, still_image
from replica.book.markup import escape
from replica.book.style import KINDS

BOXED = {"card": "book-card", "references": "book-references"}


class BookRenderer:
    """Renderer plugin for MyST-NB; it takes the outputs that `replica.book` marks and leaves all others alone."""

    mime_priority_overrides: ClassVar[list[tuple[str, str, int]]] = [("*", MIME, 1), ("*", "image/svg+xml", 2)]

    @staticmethod
    def handle_mime(renderer: NbElementRenderer, data: MimeData, inline: bool) -> list[nodes.Element] | None:
        """Nodes for one MIME type of an output, or None where the default rendering is right."""
        record = data.output_metadata.get("replica", {})
        if inline:
            return None
        if data.mime_type == MIME:
            return explorable(renderer, data, record)
        if data.mime_type in ("image/svg+xml", "image/png"):
            return image(renderer, data)
        if data.mime_type == "text/markdown" and record.get("type") in BOXED:
            return [nodes.container("", *renderer.render_markdown(data), classes=[BOXED[record["type"]]])]
        return None


def image(renderer: NbElementRenderer, data: MimeData) -> list[nodes.Element]:
    """Image whose alt text comes from the metadata of the output."""
    (node,) = renderer.render_image(data)
    alt = data.output_metadata.get(data.mime_type, {}).get("alt", "")
    if not alt:
        renderer.logger.warning("a figure has no alt text; show it with style.show", line=data.line)
    node["alt"] = alt
    return [node]


def explorable(renderer: NbElementRenderer, data: MimeData, record: dict[str, Any]) -> list[nodes.Element]:
    """Figure with the Vega-Lite specification as JSON; a script of the site draws it over a static image.

    The image, at the start values, is what a reader sees where scripts are off or drawing fails.
    """
    renderer.add_js_file("replica-vega", "vega.js", {"defer": "defer"})
    renderer.add_js_file("replica-explorable", "explorable.js", {"defer": "defer"})
    spec = json.dumps(data.content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    spec = spec.replace("<", "\\u003c")  # nothing in it may look like markup
    identity = "explorable-" + hashlib.sha256(spec.encode()).hexdigest()[:8]
    title, kind = record.get("title", "Explorable figure"), record.get("kind", "computed")
    alt = data.content.get("description", "")
    still = renderer.write_file([f"{identity}.svg"], still_image(data.content).encode("utf-8"), overwrite=True)
    head = (
        f'<figure class="explorable" id="{identity}" aria-labelledby="{identity}-title">'
        f'<figcaption id="{identity}-title"><span class="badge-kind kind-{kind}">{KINDS[kind]}</span> '
        f"{escape(title)}</figcaption>"
        '<div class="explorable-view"><div class="explorable-still">'
    )
    foot = (
        f'</div><div class="explorable-drawing"></div></div><script type="application/json">{spec}</script>'
        f'<details class="explorable-alt"><summary>Description of this figure</summary><p>{escape(alt)}</p></details>'
        "<noscript><p>The controls of this figure need a browser with scripts; it shows their start values.</p>"
        "</noscript></figure>"
    )
    image = nodes.image(uri=still, alt=alt)
    return [nodes.raw("", head, format="html"), image, nodes.raw("", foot, format="html")]
