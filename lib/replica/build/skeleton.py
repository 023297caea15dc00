"""The skeleton of a new chapter: `replica new-chapter NN-slug --part I`.

It makes the notebook, the data folder and the entry in the table of contents; the result builds and passes the
structural tests, so that a chapter grows from something that works.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from replica.build import keys

TEMPLATE = Path(__file__).parent / "template"
PARTS = {
    "I": "Consumers and brands",
    "II": "Firms: people, money, risk",
    "III": "Supply chains and trade",
    "IV": "Learning machines",
    "V": "The economy and the state",
}


def new_chapter(root: Path, name: str, part: str) -> list[Path]:
    """Make chapter `name` (`NN-slug`) of `part` in the checkout `root` and return the files written.

    Raises
    ------
    ValueError
        If the name is malformed, the part unknown, or the number or slug taken; nothing is written then.
    """
    if not keys.CHAPTER_NAME.fullmatch(name):
        raise ValueError(f"name: NN-slug in lower case, not {name!r}")
    if part not in PARTS:
        raise ValueError(f"part: one of {', '.join(PARTS)}, not {part!r}")
    for taken in keys.chapters(root):
        if taken[:3] == name[:3] or taken[3:] == name[3:]:
            raise ValueError(f"name: chapters/{taken}.ipynb has that number or slug")
    folder = root / "data" / name
    if folder.exists():
        raise ValueError(f"name: data/{name} exists")
    contents = with_entry((root / "_toc.yml").read_text(encoding="utf-8"), name, part)
    folder.mkdir(parents=True)
    written = []
    for source in sorted(TEMPLATE.iterdir()):
        target = root / "chapters" / f"{name}.ipynb" if source.suffix == ".ipynb" else folder / source.name
        target.write_text(_filled(source.read_text(encoding="utf-8"), name, part), encoding="utf-8")
        written.append(target)
    (root / "_toc.yml").write_text(contents, encoding="utf-8")
    return [*written, root / "_toc.yml"]


def _filled(text: str, name: str, part: str) -> str:
    number, slug = name[:2], name[3:]
    subject = slug.replace("-", " ").capitalize()
    for mark, value in (
        ("NUMBER", str(int(number))),
        ("SUBJECT", subject),
        ("NN-slug", name),
        ('"SLUG"', f'"{slug}"'),
        ("PART", part),
        ("-NN-", f"-{number}-"),
    ):
        text = text.replace(mark, value)
    return text


def with_entry(contents: str, name: str, part: str) -> str:
    """The table of contents `contents` with chapter `name` in its `part`, in the order of the numbers.

    Examples
    --------
    >>> toc = "parts:\\n- caption: Part I · Consumers and brands\\n  chapters:\\n  - file: chapters/21-b\\n"
    >>> print(with_entry(toc, "01-a", "I"))
    parts:
    - caption: Part I · Consumers and brands
      chapters:
      - file: chapters/01-a
      - file: chapters/21-b
    <BLANKLINE>
    """
    caption = f"Part {part} · {PARTS[part]}"
    lines = contents.rstrip("\n").split("\n")
    head = next(
        (number for number, line in enumerate(lines) if re.search(rf"caption:\s*[\"']?{re.escape(caption)}", line)),
        None,
    )
    if head is None:
        order = list(PARTS)
        later = [*(f"Part {other} ·" for other in order[order.index(part) + 1 :]), "caption: Reference"]
        head = next((number for number, line in enumerate(lines) if any(mark in line for mark in later)), len(lines))
        lines[head:head] = [f'- caption: "{caption}"', "  chapters:"]  # quoted: a caption may hold a colon
    place = head + 2
    while place < len(lines) and (entry := re.match(r"\s*- file: chapters/(\S+)", lines[place])) and entry[1] < name:
        place += 1
    lines.insert(place, f"  - file: chapters/{name}")
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Command line; exit code 2 when nothing could be made."""
    parser = argparse.ArgumentParser(prog="replica new-chapter", description=__doc__)
    parser.add_argument("name", help="NN-slug, for example 01-consumption-costs")
    parser.add_argument("--part", required=True, choices=list(PARTS))
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the checkout (default: here)")
    options = parser.parse_args(arguments)
    try:
        written = new_chapter(options.root, options.name, options.part)
    except (ValueError, OSError) as error:
        print(f"replica new-chapter: {error}", file=sys.stderr)
        return 2
    print("\n".join(str(path.relative_to(options.root)) for path in written))
    return 0
