"""Products with digests: what a build made is taken for good only while it is, byte for byte, what was made.

A product is a file or a folder; its digests stand beside it, in `NAME.sha256`, as `sha256sum --check` reads them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path


def manifest(product: Path) -> Path:
    """Where the digests of `product` stand."""
    return product.with_name(product.name + ".sha256")


def _digests(product: Path, name: str) -> str:
    files = [product] if product.is_file() else sorted(path for path in product.rglob("*") if path.is_file())
    names = {path: (Path(name) / path.relative_to(product)).as_posix() for path in files}
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {names[path]}\n" for path in files)


def _by_name(digests: str) -> dict[str, str]:
    lines = (line.partition("  ") for line in digests.rstrip("\n").split("\n"))
    return {name: digest for digest, _, name in lines if name}


def publish(partial: Path, product: Path) -> None:
    """Make the file or folder `partial` the `product`, with its digests; an older product is replaced."""
    drop(product)
    product.parent.mkdir(parents=True, exist_ok=True)
    manifest(product).write_text(_digests(partial, product.name), encoding="utf-8")
    os.replace(partial, product)


def damage(product: Path) -> str:
    """What is wrong with `product`, in words; empty where it is whole, or was never made.

    Examples
    --------
    >>> import tempfile
    >>> product = Path(tempfile.mkdtemp()) / "a.txt"
    >>> for text in ("one", "two"):
    ...     _ = product.with_name("partial").write_text(text)
    ...     publish(product.with_name("partial"), product)
    >>> damage(product)
    ''
    >>> _ = product.write_text("three")
    >>> damage(product)
    'a.txt was changed'
    """
    if not manifest(product).is_file():
        return f"{product.name} has no digest" if product.exists() else ""
    then = manifest(product).read_text(encoding="utf-8", errors="replace")
    before, after = _by_name(then), _by_name(_digests(product, product.name))
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            return f"{name} {'is gone' if name not in after else 'was changed' if name in before else 'was added'}"
    return ""


def whole(product: Path) -> bool:
    """Whether `product` is there as it was made."""
    return product.exists() and not damage(product)


def drop(product: Path) -> None:
    """Remove `product`, and its digests first, so that nothing takes what is left of it for a product."""
    manifest(product).unlink(missing_ok=True)
    if product.is_dir() and not product.is_symlink():
        shutil.rmtree(product)
    else:
        product.unlink(missing_ok=True)
