"""Notebooks for readers whose viewer knows no MyST: directives become quotations with a bold title."""

from __future__ import annotations

import json
import re
from pathlib import Path

FENCE = re.compile(r"^(?P<fence>:{3,}|`{3,})\{(?P<name>[\w:-]+)\}\s*(?P<title>.*)$")
OPTION = re.compile(r"^:[\w-]+:")
LABEL = re.compile(r"^\([\w.:-]+\)=\s*$")
ROLE = re.compile(r"\{(?:term|doc|ref|numref|eq)\}`(?:([^`<]+?)\s*<[^`>]*>|([^`]*))`")
TITLES = {"exercise": "Exercise", "note": "Note", "tip": "Tip", "warning": "Warning", "important": "Important"}


def plain_markdown(text: str) -> str:
    """Rewrite MyST directives, labels and roles in `text` as plain Markdown.

    Examples
    --------
    >>> print(plain_markdown("(a)=\\n:::{note} Mind\\n:class: x\\nthe gap\\n:::"))
    > **Note. Mind**
    >
    > the gap
    """
    lines, result = text.split("\n"), []
    while lines:
        line = lines.pop(0)
        opening = FENCE.match(line)
        if opening:
            body = _take_until(lines, opening["fence"])
            while body and (OPTION.match(body[0]) or not body[0].strip()):
                body.pop(0)
            quoted = [_title(opening["name"], opening["title"]), "", *plain_markdown("\n".join(body)).split("\n")]
            result += [f"> {content}".rstrip() for content in quoted]
        elif not LABEL.match(line):
            result.append(ROLE.sub(lambda role: role[1] or role[2], line))
    return "\n".join(result)


def _take_until(lines: list[str], fence: str) -> list[str]:
    body = []
    while lines:
        line = lines.pop(0)
        if line.rstrip() == fence:
            break
        body.append(line)
    return body


def _title(name: str, title: str) -> str:
    words = [TITLES[name]] if name in TITLES else []
    return f"**{'. '.join([*words, *([title] if title else [])]) or name.capitalize()}**"


def install_cell(requirement: str) -> dict:
    """The cell that makes a downloaded notebook run where the book is not installed.

    Parameters
    ----------
    requirement
        What pip installs: the repository's address, or the name of a wheel that lies beside the notebook.
    """
    source = f"""# Installs the library of the book where it is missing.
import importlib.util

if importlib.util.find_spec("replica") is None:
    %pip install --quiet "{requirement}"
"""
    return {
        "cell_type": "code",
        "id": "install",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }


def rewrite(path: Path, requirement: str) -> None:
    """Make the notebook at `path` one that runs and reads well anywhere, in place.

    Parameters
    ----------
    path
        An executed notebook.
    requirement
        What its first cell installs where the library is missing.
    """
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"].insert(0, install_cell(requirement))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = plain_markdown("".join(cell["source"])).splitlines(keepends=True)
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
