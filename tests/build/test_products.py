"""Products and their digests: every kind of damage is seen, and named."""

import os
import shutil

import pytest

from replica.build import products


@pytest.fixture
def folder(tmp_path):
    partial = tmp_path / "partial"
    (partial / "static").mkdir(parents=True)
    for name in ("index.html", "static/a.js", "static/ö  b.css"):
        (partial / name).write_text(name)
    products.publish(partial, tmp_path / "site")
    assert not partial.exists()
    return tmp_path / "site"


DAMAGES = {
    "truncated": (lambda site: os.truncate(site / "index.html", 3), "site/index.html was changed"),
    "altered": (lambda site: (site / "index.html").write_text("index.htmk"), "site/index.html was changed"),
    "emptied": (lambda site: (site / "static/a.js").write_text(""), "site/static/a.js was changed"),
    "a file removed": (lambda site: (site / "static/ö  b.css").unlink(), "site/static/ö  b.css is gone"),
    "a folder removed": (lambda site: shutil.rmtree(site / "static"), "site/static/a.js is gone"),
    "a file added": (lambda site: (site / "z.html").write_text("z"), "site/z.html was added"),
    "all removed": (shutil.rmtree, "site/index.html is gone"),
    "digests removed": (lambda site: products.manifest(site).unlink(), "site has no digest"),
    "digests truncated": (lambda site: os.truncate(products.manifest(site), 200), "site/static/"),
}


@pytest.mark.parametrize("harm, words", DAMAGES.values(), ids=DAMAGES)
def test_damage_is_named(folder, harm, words):
    assert products.damage(folder) == "" and products.whole(folder)
    harm(folder)
    assert products.damage(folder).startswith(words) and not products.whole(folder)


def test_times_are_no_damage(folder):
    for path in folder.rglob("*"):
        os.utime(path, (2e9, 2e9))
    assert products.whole(folder)


def test_what_was_never_made_is_neither_damaged_nor_whole(tmp_path):
    assert products.damage(tmp_path / "site") == "" and not products.whole(tmp_path / "site")


def test_a_dropped_product_leaves_nothing(folder):
    products.drop(folder)
    products.drop(folder)
    assert not folder.exists() and not products.manifest(folder).exists()


def test_a_product_replaces_the_one_before(folder, tmp_path):
    (tmp_path / "next").mkdir()
    (tmp_path / "next/index.html").write_text("next")
    products.publish(tmp_path / "next", folder)
    assert products.whole(folder) and [path.name for path in folder.iterdir()] == ["index.html"]
