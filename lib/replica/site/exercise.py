"""The directive `exercise`: a titled, numbered box that JupyterLab's MyST renderer knows as well."""

from __future__ import annotations

import re
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective


class Exercise(SphinxDirective):
    """Exercise N.k of chapter N, counted within the page."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict] = {"label": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Admonition with its number and title, and a target where it has a label."""
        self.assert_has_content()
        count = self.env.temp_data["exercises"] = self.env.temp_data.get("exercises", 0) + 1
        chapter = re.search(r"(\d\d)-[^/]*$", self.env.docname)
        number = f"{int(chapter[1])}.{count}" if chapter else str(count)
        words, messages = self.state.inline_text(self.arguments[0] if self.arguments else "", self.lineno)
        title = nodes.title("", f"Exercise {number}", *([nodes.Text(". "), *words] if words else []))
        box = nodes.admonition("", title, classes=["exercise"])
        self.set_source_info(box)
        if "label" in self.options:
            box["names"].append(nodes.fully_normalize_name(self.options["label"]))
            self.state.document.note_explicit_target(box, box)
        self.state.nested_parse(self.content, self.content_offset, box)
        return [box, *messages]
