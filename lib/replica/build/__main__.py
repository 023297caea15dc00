"""`python -m replica.build book [name=value ...]`: what the Makefile calls to build the book.

`name=value` are parameters for every chapter. Exit code 0, or that of Snakemake.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from replica.build import keys, lock, products, site

ROOT = Path(__file__).resolve().parents[3]


def snakemake(values: Mapping[str, str], descriptor: int) -> int:
    """Run Snakemake for the book in the checkout and return its exit code."""
    os.environ.setdefault("MPLCONFIGDIR", str(ROOT / "_build/matplotlib"))
    # Matplotlib lists the fonts once a machine; a chapter that has to wait for it would find a warning on stderr.
    subprocess.run([sys.executable, "-c", "import matplotlib.font_manager"], capture_output=True, check=False)
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "book",
        "--directory",
        str(ROOT),
        "--snakefile",
        str(ROOT / "Snakefile"),
        "--cores",
        os.environ.get("CORES", str(os.cpu_count() or 1)),
        "--nolock",
        "--keep-going",
        "--rerun-incomplete",
        "--rerun-triggers",
        "mtime",
        "--quiet",
        "all",
        *shlex.split(os.environ.get("SNAKEMAKE", "")),
    ]
    if values:
        command += ["--config", *(f"{name}={value}" for name, value in values.items())]
    return subprocess.run(command, cwd=ROOT, pass_fds=[descriptor], check=False).returncode


def missing(values: Mapping[str, str]) -> list[Path]:
    """Products of the current sources that are not there; those that are damaged are named and dropped.

    A damaged site loses its digests alone: readers keep what is left of it until it is made again.
    """
    found = list(site.products_of(ROOT, values))
    for product in found:
        if reason := products.damage(product):
            print(f"{product.relative_to(ROOT)}: {reason}; it is made again", flush=True)
            if product is found[-1]:
                products.manifest(product).unlink(missing_ok=True)
            else:
                products.drop(product)
    return [product for product in found if not products.manifest(product).is_file()]


def make(values: Mapping[str, str], descriptor: int) -> int:
    """Bring the book up to date and return the exit code; faulty notebooks are reported before anything runs."""
    names, due = keys.chapters(ROOT), missing(values)
    first = [product.name.split(".")[0] for product in due if product.suffix == ".ipynb"]
    print(f"{len(names)} chapters, {len(first)} to execute{': ' if first else ''}{', '.join(first)}", flush=True)
    code = snakemake(values, descriptor) if due or "SNAKEMAKE" in os.environ else 0
    if code == 0:
        print(f"the book: {site.publish(ROOT, values).relative_to(ROOT)}")
    return code


def main(arguments: list[str]) -> int:
    """Command line."""
    lock.end_together(*([os.getppid()] if "MAKELEVEL" in os.environ else []))
    try:
        if arguments[:1] != ["book"]:
            raise ValueError("python -m replica.build book [name=value ...]")
        values = keys.parameters(arguments[1:])
        with lock.held(ROOT / ".book.lock") as descriptor:
            code = make(values, descriptor)
    except (ValueError, OSError, SyntaxError) as error:
        print(f"FAILED {error}", file=sys.stderr)
        code = 1
    except KeyboardInterrupt:
        code = 130
    if code:
        print("book failed; the site of the last good build is unchanged", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
