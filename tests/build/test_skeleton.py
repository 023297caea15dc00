"""The entry of a new chapter in the table of contents."""

import pytest
import yaml

from replica.build.skeleton import PARTS, with_entry

EMPTY = "format: jb-book\nroot: index\nparts:\n- caption: Reference\n  chapters:\n  - file: pages/data\n"


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_new_is_a_caption_that_yaml_reads(part):
    read = yaml.safe_load(with_entry(EMPTY, "05-five", part))
    assert read["parts"][0] == {
        "caption": f"Part {part} · {PARTS[part]}",
        "chapters": [{"file": "chapters/05-five"}],
    }
    again = yaml.safe_load(with_entry(with_entry(EMPTY, "05-five", part), "04-four", part))
    assert [entry["file"] for entry in again["parts"][0]["chapters"]] == ["chapters/04-four", "chapters/05-five"]
    assert len(again["parts"]) == 2
