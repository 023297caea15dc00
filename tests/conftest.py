"""What several tests share, and how they are spread over workers."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # as in the chapters; a worker of pytest-xdist takes one core


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """Give each worker whole files, and of the tests of pages whole pages, so that nothing is set up or seen twice."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFileAndPage(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            page = re.search(r"(chapters|pages)/[\w-]+\.html", nodeid)
            return page[0] if page else nodeid.split("::")[0]

    return ByFileAndPage(config, log)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(autouse=True)
def denormal_numbers() -> Iterator[None]:
    """Networks flush denormal numbers to zero in the whole process; other tests want them back."""
    yield
    if "torch" in sys.modules:
        sys.modules["torch"].set_flush_denormal(False)
