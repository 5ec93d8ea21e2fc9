"""The prebuilt extension is in the wheel, and installed where Jupyter looks."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import gemini_magic
from tests.support.extension import ROOT, SOURCE

pytestmark = pytest.mark.slow

PLACE = "share/jupyter/labextensions/gemini-magic"
REINSTALL = "the installed labextension is not the one in src: run pip install -e '.[test]' again"


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


# Without a browser


def test_the_wheel_is_told_to_bring_it():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    shared = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert shared == {SOURCE.relative_to(ROOT).as_posix(): PLACE}
    package = json.loads((SOURCE / "package.json").read_text())
    assert (
        package["name"] == json.loads((SOURCE / "install.json").read_text())["packageName"] == "gemini-magic"
    )
    assert package["version"] == gemini_magic.__version__
    assert (SOURCE / package["jupyterlab"]["_build"]["load"]).is_file()


def test_a_built_wheel_has_it(tmp_path):
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("hatchling is not installed here: no wheel was built")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        tmp_path,
        ROOT,
    ]
    subprocess.run(command, check=True, capture_output=True)
    shutil.unpack_archive(next(tmp_path.glob("*.whl")), tmp_path / "wheel", "zip")
    (data,) = (tmp_path / "wheel").glob("*.data/data")
    assert files(data / PLACE) == files(SOURCE)


def test_it_is_installed_where_jupyter_looks():
    installed = Path(sys.prefix) / PLACE
    assert installed.is_dir(), REINSTALL
    assert files(installed) == files(SOURCE), REINSTALL
