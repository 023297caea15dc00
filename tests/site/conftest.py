"""The built site, served over http on the loopback interface and read from its folder, in a real browser."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from built_site import HTML, PAGES, REASON, or_skip

collect_ignore = ["conftest.py"]  # no doctests here, and pytest imports only one module of this name


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "page_name" in metafunc.fixturenames:
        metafunc.parametrize("page_name", or_skip(PAGES))


@pytest.fixture(scope="session")
def site() -> Path:
    if not PAGES:
        pytest.skip(REASON)
    return HTML


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = next(filter(None, map(shutil.which, names)), None)
    with playwright.sync_playwright() as running:
        try:
            started = running.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        except playwright.Error as error:
            pytest.skip(f"no browser can be started: {str(error).splitlines()[0]}")
        yield started
        started.close()


class Visit:
    """One page in a fresh context, and what went wrong while it loaded."""

    def __init__(self, browser, url: str, theme: str = "light", width: int = 1280, **options):
        self.context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, **options)
        self.page = self.context.new_page()
        self.problems: list[str] = []
        self.elsewhere: list[str] = []
        self.responses: list = []
        base = url.split("/", 3)[:3]
        self.page.on(
            "console", lambda m: m.type in ("error", "warning") and self.problems.append(f"{m.type}: {m.text}")
        )
        self.page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        self.page.on("requestfailed", lambda request: self.problems.append(f"failed: {request.url}"))
        self.page.on("request", lambda r: self._is_elsewhere(r.url, base) and self.elsewhere.append(r.url))
        self.page.on("response", self._answered)
        self.page.goto(url, wait_until="load")
        self.settle()

    @staticmethod
    def _is_elsewhere(url: str, base: list[str]) -> bool:
        return not url.startswith(("data:", "blob:", "about:")) and url.split("/", 3)[:3] != base

    def _answered(self, response) -> None:
        self.responses.append(response)
        if response.status >= 400:
            self.problems.append(f"{response.status}: {response.url}")

    def settle(self) -> None:
        """Wait until mathematics is set and every explorable is drawn."""
        self.page.wait_for_function(
            """() => [...document.querySelectorAll('figure.explorable')].every(f => f.querySelector('svg'))
                && (!document.querySelector('.math') || document.querySelector('mjx-container'))""",
            timeout=20000,
        )
        self.page.evaluate("async () => { await document.fonts.ready; await window.MathJax?.startup?.promise; }")

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *error: object) -> None:
        self.context.close()


@pytest.fixture
def visit(browser):
    return functools.partial(Visit, browser)
