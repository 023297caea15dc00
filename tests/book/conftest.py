"""A small chapter of known content, and what a notebook would receive."""

from __future__ import annotations

from pathlib import Path

import pytest

from replica.book import data, page, style

collect_ignore = ["conftest.py"]  # no doctests here, and pytest imports only one module of this name
SLUG = "97-example"
FILES = {
    "article.toml": """number = 97
slug = "example"
subject = "An example"
hook = "A hook."
part = "I"
kind = "article"
title = "On *stars* & <tags>"
authors = ["A. Author", "B. Author"]
journal = "Journal"
volume = 2
issue = 1
year = 2025
pages = "1–9"
doi = "10.1000/x_y"
licence = "CC BY-NC 4.0"
evidence = "A survey."
rerun = "The sums."
cannot = "The answers."
objectives = ["count", "add"]
prerequisites = ["arithmetic"]
minutes = 30
[[table]]
number = 1
caption = "Counts"
where = "Section 2"
note = "A note."
""",
    "table-1.csv": "group,n,mean,r\nwomen,120,0.80,0.496**\nmen,60,-1.5,\nall,180,12%,n.a.\n",
    "claims.csv": "id,where,kind,statement,printed,formula,diagnosis,explanation,matters,note\n"
    'sum,Table 1,number,All respondents,180,"T1[""women"", ""n""] + T1[""men"", ""n""]",,,,\n'
    'double,Section 2,number,Twice the men,121,"2 * T1[""men"", ""n""]",slip,one digit was mistyped,no,\n'
    "year,Section 1,context,Year of the survey,2024,,,,,\n",
    "conclusions.csv": "id,where,conclusion,basis,reason,would_change\n"
    "c1,Section 4,More is better.,run,,Another region.\n"
    "c2,Section 4,Women answer more.,printed,,Other counts.\n"
    "c3,Section 5,Firms should ask.,untestable,No firm was seen.,An experiment.\n",
}


@pytest.fixture
def chapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of a chapter that stands in for the data of the book."""
    folder = tmp_path / "data" / SLUG
    folder.mkdir(parents=True)
    for name, content in FILES.items():
        (folder / name).write_text(content, encoding="utf-8")
    monkeypatch.setattr(data, "_roots", lambda: iter([tmp_path / "data"]))
    return folder


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict, dict]]:
    """Bundles and metadata that were displayed."""
    outputs: list[tuple[dict, dict]] = []

    def display(bundle: dict, *, raw: bool, metadata: dict) -> None:
        assert raw
        outputs.append((bundle, metadata))

    monkeypatch.setattr(page, "display", display)
    monkeypatch.setattr(style, "display", display)
    return outputs
