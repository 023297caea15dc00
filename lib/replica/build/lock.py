"""One build at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def held(path: Path, waiting: str) -> Iterator[int]:
    """Hold the lock file `path`; print `waiting` once if somebody else has it, then wait.

    The kernel lets the lock go when the last process that inherited its descriptor ends, however it ends, so
    nothing is left behind by a build that was killed. The descriptor is inheritable: pass it on (`pass_fds`) to a
    child that may outlive this process.

    Yields
    ------
    int
        The descriptor.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(waiting, flush=True)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.set_inheritable(descriptor, True)
        yield descriptor
    finally:
        os.close(descriptor)
