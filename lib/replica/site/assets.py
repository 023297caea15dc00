"""The static files of the site: what is needed, served from the site itself, and no more."""

from __future__ import annotations

import importlib.util
import logging
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import vl_convert
from fontTools import subset
from fontTools.ttLib import TTFont

MATHJAX_PARTS = ("tex-chtml.js", "output/chtml/fonts/woff-v2", "input/tex/extensions")
SURPLUS = ("*.map", "fontawesome.js*", "*.ttf", "fa-*.woff2", "*webpack-macros.html")
_ICON_RULE = re.compile(r'((?:\.fa-[\w-]+:{1,2}before,?)+)\{content:"\\([0-9a-f]+)"\}')
_ICON_FILE = re.compile(
    r'url\((\.\./vendor/fontawesome/webfonts/[\w-]+)\.woff2\) format\("woff2"\),url\([^)]*\.ttf\) format\("truetype"\)'
)


def complete(static: Path, generated: Path, pages: Iterable[Path]) -> None:
    """Bring the static files of a built site into their final state.

    Parameters
    ----------
    static : Path
        ``_static`` of the built site.
    generated : Path
        Folder of generated scripts and thumbnails in the source of the site.
    pages : iterable of Path
        The HTML files of the site; they say which icons are used.
    """
    (static / "vega.js").write_text(f"(function(){{{vl_convert.javascript_bundle()}\n}})();\n", encoding="utf-8")
    _copy_mathjax(static / "mathjax")
    for path in [*generated.glob("*.js"), *generated.glob("thumbnails/*.svg")]:
        target = static / path.relative_to(generated)
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, target)
    _settle_base_style(static)
    _keep_used_icons(static, pages)
    for surplus in {path for pattern in SURPLUS for path in static.rglob(pattern)}:
        surplus.unlink()


def _copy_mathjax(target: Path) -> None:
    spec = importlib.util.find_spec("sphinx-mathjax-offline")
    source = Path(spec.origin).parent / "static" / "mathjax"
    for part in MATHJAX_PARTS:
        (target / part).parent.mkdir(parents=True, exist_ok=True)
        if (source / part).is_dir():
            shutil.copytree(source / part, target / part, dirs_exist_ok=True)
        else:
            shutil.copyfile(source / part, target / part)


def _settle_base_style(static: Path) -> None:
    """Put Sphinx's basic style where the theme imports it from, so that no style sheet imports another."""
    basic = (static / "basic.css").read_text(encoding="utf-8")
    (static / "styles" / "theme.css").write_text(re.sub(r"url\((?=\w)", "url(../", basic), encoding="utf-8")


def used_icons(style: str, pages: Iterable[str]) -> tuple[str, set[int]]:
    """Style sheet without the rules of unused icons, and the code points of the icons that are left.

    Examples
    --------
    >>> style = '.fa-bars:before{content:"\\\\f0c9"}.fa-cat:before{content:"\\\\f6be"}'
    >>> used_icons(style, ['<i class="fa-solid fa-bars"></i>'])
    ('.fa-bars:before{content:"\\\\f0c9"}', {61641})
    """
    names = {name for page in pages for name in re.findall(r"\bfa-[\w-]+", page)}

    def keep(rule: re.Match[str]) -> str:
        return rule[0] if names & set(re.findall(r"fa-[\w-]+(?=:)", rule[1])) else ""

    left = _ICON_RULE.sub(keep, style)
    written = {int(code, 16) for code in re.findall(r'"\\([ef][0-9a-f]{3})"', left)}
    return left, written | {ord(sign) for sign in left if 0xE000 <= ord(sign) <= 0xF8FF}


def _keep_used_icons(static: Path, pages: Iterable[Path]) -> None:
    """Cut the theme's icon fonts, 300 kB, down to the icons that the pages use."""
    path = static / "styles" / "pydata-sphinx-theme.css"
    texts = (page.read_text(encoding="utf-8") for page in pages)
    style, codes = used_icons(path.read_text(encoding="utf-8"), texts)
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    options = subset.Options(flavor="woff", hinting=False)
    for font_path in sorted((static / "vendor" / "fontawesome" / "webfonts").glob("*.ttf")):
        font = TTFont(font_path, recalcTimestamp=False)
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=codes)
        cutter.subset(font)
        font.flavor = "woff"
        font.save(font_path.with_suffix(".woff"))
    path.write_text(_ICON_FILE.sub(r'url(\1.woff) format("woff")', style), encoding="utf-8")
