"""Where the built site is, its pages by kind, a server for it, and a visit to a page."""

from __future__ import annotations

import contextlib
import functools
import http.server
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

HTML = Path(os.environ.get("REPLICA_SITE", Path(__file__).resolve().parents[2] / "_build" / "html"))
PAGES = sorted(str(path.relative_to(HTML)) for path in HTML.rglob("*.html")) if HTML.is_dir() else []
LIBRARY = [name for name in PAGES if name.startswith(("library/", "_modules/replica/"))]
# Pages of modules are all made the same way: the largest and every twentieth of them are visited.
VISITED = [name for name in PAGES if name not in LIBRARY]
VISITED += sorted({*LIBRARY[::20], *sorted(LIBRARY, key=lambda name: (HTML / name).stat().st_size)[-1:]})
CHAPTERS = [name for name in PAGES if name.startswith("chapters/")]
EXPLORABLE = [name for name in CHAPTERS if 'class="explorable"' in (HTML / name).read_text(encoding="utf-8")]
REASON = "the site has no such page" if PAGES else f"no site in {HTML}: run `make book` first"


def or_skip(names: list[str]) -> list:
    """Names as parameters; one skipped test, with the reason, where there is none."""
    return names or [pytest.param("", marks=pytest.mark.skip(reason=REASON))]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *arguments: object, headers: Mapping[str, str], **options: object):
        self.more = headers
        super().__init__(*arguments, **options)

    def end_headers(self) -> None:
        for name, value in self.more.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


@contextlib.contextmanager
def served(folder: Path, **headers: str) -> Iterator[str]:
    """Address of `folder` on the loopback interface; every answer carries `headers`."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    handler = functools.partial(_Quiet, directory=str(folder), headers=more)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


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
        """Wait until mathematics is set and every explorable is drawn in the colours of the theme."""
        self.page.wait_for_function(
            """() => [...document.querySelectorAll('figure.explorable')].every(figure => figure.matches('.is-drawn')
                    && figure.dataset.theme === document.documentElement.dataset.theme)
                && (!document.querySelector('.math') || document.querySelector('mjx-container'))""",
            timeout=30000,
        )
        self.page.evaluate("async () => { await document.fonts.ready; await window.MathJax?.startup?.promise; }")

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *error: object) -> None:
        self.context.close()
