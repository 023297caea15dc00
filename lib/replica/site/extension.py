"""The Sphinx extension of the book: static files, templates, the exercise directive, and no request to another host."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from replica.site import assets, codelinks
from replica.site.exercise import Exercise

HERE = Path(__file__).parent
EMPTY_HEADER = re.compile(r"<th[^>]*>\s*</th>")
UNUSED_SCRIPT = re.compile(r"\s*<script[^>]*/?(?:fontawesome|searchtools|language_data|searchindex)\.js[^>]*></script>")


def repository() -> tuple[str, str]:
    """Address and branch of the repository on a public host, or two empty strings where the build knows none.

    The variables of GitHub and GitLab come first, then the remote `origin` of the checkout.
    """
    env = os.environ
    if env.get("GITHUB_REPOSITORY"):
        address = f"{env.get('GITHUB_SERVER_URL', 'https://github.com')}/{env['GITHUB_REPOSITORY']}"
        return address, env.get("GITHUB_REF_NAME", "main")
    if env.get("CI_PROJECT_URL"):
        return env["CI_PROJECT_URL"], env.get("CI_DEFAULT_BRANCH", "main")
    command = ["git", "-C", str(HERE), "remote", "get-url", "origin"]
    try:
        remote = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:  # no git on this machine
        remote = ""
    return public_address(remote), "main"


def public_address(remote: str) -> str:
    """Web address of a git remote on GitHub or GitLab; empty for any other.

    Examples
    --------
    >>> public_address("git@github.com:someone/replica.git")
    'https://github.com/someone/replica'
    >>> public_address("/srv/replica")
    ''
    """
    found = re.fullmatch(
        r"(?:https://|ssh://git@|git@)(github\.com|gitlab\.com)[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?", remote
    )
    return f"https://{found[1]}/{found[2]}" if found else ""


def configure(app: Sphinx, config: Config) -> None:
    """Launch buttons where the address of the repository is known; MathJax from the site itself."""
    options = config.html_theme_options
    address, branch = repository()
    options["launch_buttons"] = {"notebook_interface": "jupyterlab"}
    options.pop("repository_url", None)
    if address:
        options |= {"repository_url": address, "repository_branch": branch, "use_repository_button": True}
        options["launch_buttons"]["binderhub_url"] = "https://mybinder.org"
        if address.startswith("https://github.com/"):
            options["launch_buttons"]["colab_url"] = "https://colab.research.google.com"
        if hub := os.environ.get("REPLICA_JUPYTERHUB_URL"):
            options["launch_buttons"]["jupyterhub_url"] = hub
    config.mathjax_path = "mathjax/tex-chtml.js"
    config.mathjax3_config = {"options": {"enableMenu": False}}
    config.templates_path.insert(0, str(HERE / "templates"))
    config.html_static_path.append(str(HERE / "static"))
    config.html_favicon = str(HERE / "static" / "icon.svg")


def add_filters(app: Sphinx) -> None:
    """Filter for templates that leaves out scripts of the theme that the book does without.

    The icon font is enough for the icons; the search index is needed on the search page alone.
    """
    if app.builder.format == "html":
        app.builder.templates.environment.filters["without_scripts"] = lambda html: UNUSED_SCRIPT.sub("", str(html))


def finish_page(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """MathJax only where the page has mathematics, and no empty header cell in a table."""
    if not app.env.get_domain("math").data["has_equations"].get(page):
        context["script_files"] = [script for script in context.get("script_files", []) if not _is_mathjax(script)]
    if "body" in context:
        context["body"] = EMPTY_HEADER.sub("<td></td>", context["body"])


def _known(env: BuildEnvironment) -> str:
    """What any page may show of another: titles, labels, terms, names of the library."""
    standard = env.domaindata.get("std", {})
    shared = [sorted((page, title.astext()) for page, title in env.titles.items())]
    shared += [sorted(standard.get(part, {}).items()) for part in ("labels", "anonlabels", "objects", "terms")]
    shared += [sorted(env.domaindata.get("py", {}).get("objects", {}).items())]
    return repr(shared)


def remember(app: Sphinx) -> None:
    """Keep what pages knew of each other before any is read again."""
    app.replica_known = _known(app.env)


def all_or_none(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Pages to write besides those that were read: all of them, where one may show of another what has changed.

    viewcode takes a cached property for a function of the standard library: that page is left out.
    """
    sources = getattr(env, "_viewcode_modules", {})
    for name in [name for name in sources if not name.startswith("replica.")]:
        del sources[name]
    if _known(env) == app.replica_known:
        return []
    shutil.rmtree(Path(app.outdir) / "_modules", ignore_errors=True)  # viewcode asks only whether its source is newer
    return sorted(env.found_docs)


def _is_mathjax(script: Any) -> bool:
    body = getattr(script, "attributes", {}).get("body") or ""
    return "mathjax" in str(getattr(script, "filename", script)) or body.startswith("window.MathJax")


def complete_assets(app: Sphinx, error: Exception | None) -> None:
    """Write the libraries, once for the whole site, and drop what no page uses."""
    if error is None and app.builder.format == "html":
        out = Path(app.outdir)
        _settle_search(out / "searchindex.js")
        assets.complete(out / "_static", Path(app.srcdir) / "generated", sorted(out.rglob("*.html")))


def _settle_search(path: Path) -> None:
    """Make the search index that of all pages, in whatever order they were written.

    Sphinx keeps entries of an index, which the book has not, of those pages alone that it wrote last, and words that
    no page has any more.
    """
    start, end = "Search.setIndex(", ")"
    index = json.loads(path.read_text(encoding="utf-8").removeprefix(start).removesuffix(end))
    index["indexentries"] = {}
    for words in ("terms", "titleterms"):
        index[words] = {word: pages for word, pages in index[words].items() if pages != []}
    path.write_text(f"{start}{json.dumps(index, separators=(',', ':'))}{end}", encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything with Sphinx."""
    app.setup_extension("sphinx.ext.mathjax")
    codelinks.setup(app)
    app.extensions["sphinx_multitoc_numbering"].parallel_read_safe = True  # it numbers after reading
    app.add_directive("exercise", Exercise)
    app.connect("config-inited", configure, priority=10)
    app.connect("builder-inited", add_filters)
    app.connect("builder-inited", remember)
    app.connect("env-updated", all_or_none)
    app.connect("html-page-context", finish_page, priority=900)
    app.connect("build-finished", complete_assets, priority=900)
    app.add_css_file("replica.css", priority=900)
    app.add_js_file("replica.js", loading_method="defer")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
