"""How long the audit of 10,000 claims takes, beside plain floating-point evaluation of the same formulas.

    python benchmarks/audit.py [CLAIMS]

Prints seconds for reading, judging and writing, and the ratio to evaluating every formula once in floats with Python's
own compiler: a computation that rounds, sees no intervals and so cannot tell a misprint from a rounding.
"""

from __future__ import annotations

import csv
import random
import re
import sys
import tempfile
import time
from pathlib import Path

from replica.audit import audit, load
from replica.audit.transcription import CLAIM_COLUMNS


def write_folder(folder: Path, claims: int, seed: int = 1) -> None:
    """A table of random items, and claims of six kinds that follow from it; one claim in fifty is misprinted."""
    random.seed(seed)
    size = max(6, claims // 8)
    true = {f"r{k}": (random.uniform(1, 7), random.uniform(0.5, 2), random.randint(10, 90)) for k in range(size)}
    with open(folder / "table-1.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["item", "mean", "sd", "n"])
        writer.writerows([row, f"{m:.2f}", f"{s:.3f}", n] for row, (m, s, n) in true.items())
    with open(folder / "claims.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, CLAIM_COLUMNS)
        writer.writeheader()
        for k in range(claims):
            a, b, c = (f"r{(k * 3 + j) % size}" for j in range(3))
            (ma, sa, na), (mb, sb, nb), (mc, _, nc) = true[a], true[b], true[c]
            formula, value, digits = [
                (f'share(T1["{a}", "n"], sum(T1[["{a}", "{b}", "{c}"], "n"]))', 100 * na / (na + nb + nc), 1),
                (f'mean(T1[["{a}", "{b}", "{c}"], "mean"])', (ma + mb + mc) / 3, 2),
                (f'T1["{a}", "mean"] / T1["{a}", "sd"]', ma / sa, 3),
                (f'growth(T1["{a}", "mean"], T1["{b}", "mean"])', 100 * (ma / mb - 1), 1),
                (f'sqrt(T1["{a}", "sd"]**2 + T1["{b}", "sd"]**2)', (sa**2 + sb**2) ** 0.5, 3),
                (f'T1["{a}", "mean"] - T1["{b}", "mean"]', ma - mb, 2),
            ][k % 6]
            printed = f"{value + 5 * 10**-digits * (k % 50 == 0):.{digits}f}"
            blank = dict.fromkeys(CLAIM_COLUMNS, "")
            writer.writerow(blank | {"id": f"c{k}", "kind": "number", "statement": "a claim", "printed": printed,
                                     "formula": formula})  # fmt: skip


def in_floats(folder: Path) -> int:
    """Evaluate every formula once in floats; returns how many agree with the printed number when rounded."""
    transcription = load(folder)
    cells = {place: float(text) for place, text in transcription.tables["T1"].cells.items()}
    names = {
        "share": lambda part, whole: 100 * part / whole,
        "growth": lambda new, old: 100 * (new / old - 1),
        "mean": lambda *x: sum(x) / len(x),
        "total": lambda *x: sum(x),
        "sqrt": lambda x: x**0.5,
    }
    agree = 0
    for claim in transcription.claims:
        names["cells"] = cells
        text = re.sub(r'T1\[("\w+"), ("\w+")\]', r"cells[\1, \2]", claim.formula)
        text = re.sub(
            r'T1\[\[(.*?)\], ("\w+")\]',
            lambda m: ", ".join(f"cells[{row}, {m[2]}]" for row in m[1].split(", ")),
            text,
        ).replace("sum(", "total(")
        value = eval(compile(text, "claim", "eval"), names)  # formulas of this very file
        digits = len(claim.printed.partition(".")[2])
        agree += f"{value:.{digits}f}" == claim.printed
    return agree


def main() -> None:
    claims = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_folder(folder, claims)
        start = time.perf_counter()
        report = audit(folder)
        judged = time.perf_counter()
        report.to_csv(folder / "ledger.csv")
        written = time.perf_counter()
        agree = in_floats(folder)
        floats = time.perf_counter()
    n = report.counts()
    whole = written - start
    print(f"{claims:,} claims: {whole:.2f} s (read and judge {judged - start:.2f}, write {written - judged:.2f})")
    print(f"  {', '.join(f'{v:,} {k}' for k, v in n.items() if v)}")
    print(f"plain floats: {floats - written:.2f} s, ratio {whole / (floats - written):.1f}")
    print(f"  {claims - agree:,} disagree in floats, of which {n['inconsistent']:,} cannot be a rounding of the inputs")


if __name__ == "__main__":
    main()
