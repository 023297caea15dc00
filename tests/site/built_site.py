"""Where the built site is, and its pages by kind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

HTML = Path(os.environ.get("REPLICA_SITE", Path(__file__).resolve().parents[2] / "_build" / "html"))
PAGES = sorted(str(path.relative_to(HTML)) for path in HTML.rglob("*.html")) if HTML.is_dir() else []
CHAPTERS = [name for name in PAGES if name.startswith("chapters/")]
EXPLORABLE = [name for name in CHAPTERS if 'class="explorable"' in (HTML / name).read_text(encoding="utf-8")]
REASON = "the site has no such page" if PAGES else f"no site in {HTML}: run `make book` first"


def or_skip(names: list[str]) -> list:
    """Names as parameters; one skipped test, with the reason, where there is none."""
    return names or [pytest.param("", marks=pytest.mark.skip(reason=REASON))]
