"""The Sphinx extension of the book: static files, templates, the exercise directive, and no request to another host."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import vl_convert
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from replica.site.exercise import Exercise

HERE = Path(__file__).parent
MATHJAX_PARTS = ("tex-chtml.js", "output/chtml/fonts/woff-v2", "input/tex/extensions")
SURPLUS = ("*.map", "fontawesome.js*", "*.ttf", "*webpack-macros.html")
EMPTY_HEADER = re.compile(r"<th[^>]*>\s*</th>")
FONTAWESOME = re.compile(r"\s*<script[^>]*fontawesome\.js[^>]*></script>")


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
    remote = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
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
    """Filter for templates that leaves out the theme's icon script; its icon font is enough."""
    if app.builder.format == "html":
        app.builder.templates.environment.filters["without_icon_script"] = lambda html: FONTAWESOME.sub("", str(html))


def finish_page(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Load MathJax only where the page itself has mathematics; leave no header cell of a table empty."""
    if not app.env.get_domain("math").data["has_equations"].get(page):
        context["script_files"] = [script for script in context.get("script_files", []) if not _is_mathjax(script)]
    if "body" in context:
        context["body"] = EMPTY_HEADER.sub("<td></td>", context["body"])


def _is_mathjax(script: Any) -> bool:
    body = getattr(script, "attributes", {}).get("body") or ""
    return "mathjax" in str(getattr(script, "filename", script)) or body.startswith("window.MathJax")


def settle_base_style(static: Path) -> None:
    """Put Sphinx's basic style where the theme imports it from, so that no style sheet imports another."""
    basic = (static / "basic.css").read_text(encoding="utf-8")
    (static / "styles" / "theme.css").write_text(re.sub(r"url\((?=\w)", "url(../", basic), encoding="utf-8")


def copy_libraries(app: Sphinx, error: Exception | None) -> None:
    """Complete the static files: Vega once, the needed part of MathJax, thumbnails and the table of all claims."""
    if error is not None or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    bundle = vl_convert.javascript_bundle()
    (static / "vega.js").write_text(f"(function(){{{bundle}\n}})();\n", encoding="utf-8")
    spec = importlib.util.find_spec("sphinx-mathjax-offline")
    mathjax = Path(spec.origin).parent / "static" / "mathjax"
    for part in MATHJAX_PARTS:
        source, target = mathjax / part, static / "mathjax" / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)
    generated = Path(app.srcdir) / "generated"
    for path in [*generated.glob("*.js"), *generated.glob("thumbnails/*.svg")]:
        target = static / path.relative_to(generated)
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, target)
    settle_base_style(static)
    for surplus in {path for pattern in SURPLUS for path in static.rglob(pattern)}:
        surplus.unlink()


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything with Sphinx."""
    app.setup_extension("sphinx.ext.mathjax")
    app.add_directive("exercise", Exercise)
    app.connect("config-inited", configure, priority=10)
    app.connect("builder-inited", add_filters)
    app.connect("html-page-context", finish_page, priority=900)
    app.connect("build-finished", copy_libraries)
    app.add_css_file("replica.css", priority=900)
    app.add_js_file("replica.js", loading_method="defer")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
