"""A notebook taken from the site runs where nothing of the book is installed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from built_site import REASON


@pytest.fixture
def foreign(tmp_path: Path) -> dict[str, str]:
    """An environment of its own, with the packages that the library needs but neither the library nor an index."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    packages = tmp_path / "packages"
    packages.mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if "replica" not in path.name and not path.name.startswith("pip") and path.suffix != ".pth":
            (packages / path.name).symlink_to(path)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "JUPYTER", "PIP_"))}
    return {**kept, "PYTHONPATH": str(packages), "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def test_a_downloaded_notebook_installs_the_library_and_runs(site, foreign, tmp_path):
    downloads = sorted((site / "_sources/chapters").glob("21-*.ipynb"))
    if not downloads:
        pytest.skip(REASON)
    [wheel] = (site / "downloads").glob("*.whl")
    notebook = json.loads(downloads[0].read_text(encoding="utf-8"))
    first = "".join(notebook["cells"][0]["source"])
    requirement = re.search(r'%pip install --quiet "(.*)"', first)[1]
    notebook["cells"][0]["source"] = first.replace(
        requirement, wheel.name
    )  # no network here
    (tmp_path / "own").mkdir()
    (tmp_path / "own/a.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    shutil.copy(wheel, tmp_path / "own")
    python = tmp_path / "env/bin/python"
    absent = subprocess.run([python, "-c", "import replica"], env=foreign, capture_output=True, text=True, check=False)
    assert "No module named 'replica'" in absent.stderr
    command = [python, "-m", "papermill", "--no-progress-bar", "-k", "python3", "a.ipynb", "b.ipynb"]
    run = subprocess.run(
        command, cwd=tmp_path / "own", env=foreign, capture_output=True, text=True, check=False, timeout=300
    )
    assert run.returncode == 0, run.stderr[-2000:]
    where = "from replica.book import data; print(data.__file__, len(data.slugs()))"
    found = subprocess.run([python, "-c", where], env=foreign, capture_output=True, text=True, check=True).stdout
    assert str(tmp_path / "env") in found and int(found.split()[-1]) >= 13
