"""What sphinx-codeautolink found in code cells, kept from build to build.

Its own cache knows pages in reStructuredText alone, and keeps only the names that had a page when they were found. So
what it finds is kept here, before any name is resolved: a page that is not read again has the links of a new build.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx_codeautolink.extension.block import CodeExample, Name, SourceTransform


def _kept(app: Sphinx) -> Path:
    return Path(app.doctreedir) / "code-links.json"


def recall(app: Sphinx) -> None:
    """Take over what an earlier build found, for the pages that are still there."""
    if _kept(app).is_file():
        for page, blocks in json.loads(_kept(app).read_text(encoding="utf-8")).items():
            if page in app.env.all_docs:
                app.env.sphinx_codeautolink_transforms[page] = [_block(block) for block in blocks]


def _block(block: dict[str, Any]) -> SourceTransform:
    names, example = [Name(**name) for name in block["names"]], CodeExample(**block["example"])
    return SourceTransform(**block | {"names": names, "example": example})


def keep(app: Sphinx, env: BuildEnvironment) -> None:
    """Keep what was found, before names without a page are dropped."""
    found = sorted(env.sphinx_codeautolink_transforms.items())
    content = {page: [asdict(block) for block in blocks] for page, blocks in found}
    _kept(app).write_text(json.dumps(content), encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Stand around sphinx-codeautolink: after it has begun, before it resolves names."""
    app.setup_extension("sphinx_codeautolink")
    app.connect("builder-inited", recall, priority=900)
    app.connect("env-updated", keep, priority=100)
