"""One build at a time, all of whose processes end with it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import platform
import threading
import time
from collections.abc import Iterator
from pathlib import Path

PROCESSES = "REPLICA_PROCESSES"


@contextlib.contextmanager
def held(path: Path) -> Iterator[int]:
    """Hold the lock file `path`; where somebody else has it, say once who, since when and how to stop it, then wait.

    The kernel lets the lock go when the last process that inherited its descriptor ends, however it ends, so
    nothing is left behind by a build that was killed. The descriptor is inheritable: pass it on (`pass_fds`) to a
    child that may outlive this process.

    Yields
    ------
    int
        The descriptor.

    Raises
    ------
    ValueError
        If the file cannot be opened, as when it belongs to another user.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}; a checkout is built by the user who owns it") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"another build is running{_holder(descriptor)}; waiting for it", flush=True)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {time.strftime('%Y-%m-%d %H:%M:%S')}\n".encode(), 0)
        os.set_inheritable(descriptor, True)
        yield descriptor
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    process, _, since = os.pread(descriptor, 100, 0).decode().strip().partition(" ")
    return f" since {since} (process {process}; `kill {process}` stops it)" if since else ""


def end_together(*processes: int) -> None:
    """End this process, within a second, when one of those that started it has ended, however it ended.

    Every process of a build calls this first; the numbers of the processes above it come through the environment.

    Parameters
    ----------
    *processes
        Further processes to end with.
    """
    machine, *above = os.environ.get(PROCESSES, platform.node()).split()
    if machine != platform.node() or str(os.getpid()) in above:  # a job on a cluster, whose scheduler ends it; or done
        return
    watched = [*map(int, above), *processes]
    os.environ[PROCESSES] = " ".join(map(str, [machine, *watched, os.getpid()]))
    if watched:
        threading.Thread(target=_watch, args=(watched,), daemon=True).start()


def _watch(processes: list[int]) -> None:
    while all(map(_runs, processes)):
        time.sleep(0.5)
    os._exit(1)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
