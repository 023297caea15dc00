"""Compare two executions of every chapter, output by output: `python -m replica.build.verify NOTEBOOK ...`.

The notebooks come as two runs, `first/...` and `second/...`, of the same names.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from replica.build import keys


def differences(first: Path, second: Path) -> list[str]:
    """What differs between two executed notebooks: cell, kind of output, digests.

    Images are compared by their digest, everything else as it stands.
    """
    found = []
    cells = [keys.read_notebook(path)["cells"] for path in (first, second)]
    if len(cells[0]) != len(cells[1]):
        return [f"{len(cells[0])} cells against {len(cells[1])}"]
    for number, (one, other) in enumerate(zip(*cells, strict=True)):
        if one == other:
            continue
        outputs = [cell.get("outputs", []) for cell in (one, other)]
        digests = [hashlib.sha256(json.dumps(output, sort_keys=True).encode()).hexdigest()[:12] for output in outputs]
        place = "outputs" if digests[0] != digests[1] else "cell"
        found.append(f"cell {number} ({one.get('id')}): {place} differ: {digests[0]} against {digests[1]}")
    return found


def main(arguments: list[str]) -> int:
    """Command line; exit code 1 when anything differs."""
    paths = [Path(argument) for argument in arguments]
    pairs = [(path, path.parent.parent / "second" / path.name) for path in paths if path.parent.name == "first"]
    total = 0
    for first, second in pairs:
        found = differences(first, second)
        total += len(found)
        for difference in found:
            print(f"{first.name.split('.')[0]}: {difference}")
    print(f"{len(pairs)} chapters executed twice: {total} differences")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
