"""A time limit for each piece of a long work, where the platform has one to offer."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SECONDS = 10.0  # for one claim


class TimeUp(Exception):
    """The piece of work took longer than it may."""


@contextmanager
def alarm() -> Iterator[Callable[[float], object]]:
    """A function that sets an alarm after so many seconds, 0 for none; when it rings, `TimeUp` is raised.

    Without effect outside the main thread, or where there are no timers.

    Examples
    --------
    >>> with alarm() as after:
    ...     _ = after(5)
    ...     print("done")
    done
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield lambda seconds: None
        return

    def ring(number, frame):
        raise TimeUp

    before = signal.signal(signal.SIGALRM, ring)
    try:
        yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, max(0.0, seconds))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
