"""Random mutations of a valid folder: whatever stands in it, the command ends in one of its exit codes.

    python tests/audit/mutations.py [HOW MANY] [SEED]

Prints how many folders were audited, audited in part and refused, and every traceback with its seed.
"""

from __future__ import annotations

import contextlib
import io
import random
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path

from replica import cli
from replica.audit import CHECKS

NASTY = [
    "",
    " ",
    "ns",
    "n.s.",
    "0",
    "-1",
    "1e60",
    "1e-60",
    "9" * 40,
    "0,5",
    "1,234",
    "12 %",
    "< .05",
    "½",
    "１２",
    "NaN",
    "inf",
    "=cmd|' /C calc'!A0",
    "\x1b[2J",
    "\u202e",
    "exact()",
    "rounded()",
    "measured()",
    "**T1",
    "* p < .05",
    '"',
    "'",
    "|",
    "T1[:, :]",
    "2019",
    "0x10",
    "1_0",
    "lambda: 1",
    "cagr(2, 1, 2019)",
    "grim(1e60, 20)",
    "sqrt(-1)",
    "1/0",
    "exp(999)",
]


def mutate(content: str, draw: random.Random) -> str:
    """One to three small or gross changes of a file's text."""
    for _ in range(draw.randint(1, 3)):
        place, kind = draw.randrange(len(content) + 1), draw.randrange(9)
        lines = content.split("\n")
        line = draw.randrange(len(lines))
        if kind == 0:
            content = content[:place] + draw.choice(NASTY) + content[place:]
        elif kind == 1:
            content = content[:place] + content[place + draw.randint(1, 5) :]
        elif kind == 2:
            content = (
                content[:place] + draw.choice('",;|()[]{}\n\r\t\\*+-/=<>.0123456789% αTx\x00') + content[place + 1 :]
            )
        elif kind == 3:
            lines[line] = lines[draw.randrange(len(lines))]
            content = "\n".join(lines)
        elif kind == 4:
            cells = lines[line].split(",")
            cells[draw.randrange(len(cells))] = draw.choice(NASTY)
            content = "\n".join([*lines[:line], ",".join(cells), *lines[line + 1 :]])
        elif kind == 5:
            content = "\n".join(lines[:line] + lines[line + 1 :])
        elif kind == 6:
            one, two = draw.choice(sorted(CHECKS)), draw.choice(sorted(CHECKS))
            content = (
                content.replace(one, two)
                if one in content
                else content + f"\nm{place},,,,1,{one}({draw.choice(NASTY)}),,,,"
            )
        elif kind == 7:
            example = draw.choice(sorted(CHECKS.values(), key=lambda c: c.name)).example.replace('"', '""')
            content += f'\nx{place},,,,{draw.choice(NASTY[4:14])},"{example}",,,,'
        else:
            content = content.replace(draw.choice("0123456789"), draw.choice("0123456789"))
    return content


def run(count: int, seed: int) -> tuple[Counter, list[str]]:
    """(folders by exit code, tracebacks)."""
    ends, broken = Counter(), []
    files = {p.name: p.read_text(encoding="utf-8") for p in cli.TEMPLATE.iterdir() if p.suffix in (".csv", ".toml")}
    with tempfile.TemporaryDirectory() as name:
        for k in range(seed, seed + count):
            draw, folder = random.Random(k), Path(name) / "paper"
            folder.mkdir(exist_ok=True)
            chosen = draw.choice(["claims.csv", "claims.csv", *sorted(files)])
            for file, content in files.items():
                text = mutate(content, draw) if file == chosen else content
                (folder / file).write_text(text, encoding="utf-8")
            silent = io.StringIO()
            try:
                with contextlib.redirect_stdout(silent), contextlib.redirect_stderr(silent):
                    ends[cli.main(["audit", str(folder), "--all", "--out", str(Path(name) / "ledger.csv")])] += 1
            except Exception:  # whatever it is, it is a fault of the command
                broken.append(f"seed {k}, {chosen}: {traceback.format_exc()}")
    return ends, broken


if __name__ == "__main__":
    found, tracebacks = run(int((sys.argv[1:] or ["10000"])[0]), int((sys.argv[2:] or ["0"])[0]))
    print(f"exit codes: {dict(sorted(found.items()))}; {len(tracebacks)} tracebacks")
    print("\n".join(tracebacks[:20]))
    sys.exit(bool(tracebacks))
