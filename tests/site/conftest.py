"""The built site, served over http on the loopback interface and read from its folder, in a real browser."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from built_site import HTML, PAGES, REASON, VISITED, Visit, or_skip, served

collect_ignore = ["conftest.py"]  # no doctests here, and pytest imports only one module of this name


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "page_name" in metafunc.fixturenames:
        metafunc.parametrize("page_name", or_skip(PAGES if metafunc.module.__name__ == "test_links" else VISITED))


@pytest.fixture(scope="session")
def site() -> Path:
    if not PAGES:
        pytest.skip(REASON)
    return HTML


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    with served(site) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    with playwright.sync_playwright() as running:
        try:
            started = running.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        except playwright.Error as error:
            pytest.skip(f"no browser can be started: {str(error).splitlines()[0]}")
        yield started
        started.close()


@pytest.fixture
def visit(browser):
    return functools.partial(Visit, browser)
