"""The first cell of the lessons installs what lies beside the notebook, and fetches nothing else by name."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from tests.support.lessons import FIRST_CELL

WHEEL = "gemini_magic-0.1.0-py3-none-any.whl"


class Pip:
    """What stands in the place of pip: it keeps what it was asked to install."""

    def __init__(self):
        self.asked = []
        self.fault = ""

    def run(self, command, *, capture_output, text):
        assert command[:4] == [sys.executable, "-m", "pip", "install"]
        self.asked.append([argument for argument in command[4:] if not argument.startswith("-")])
        fault = self.fault if self.asked[-1] else "ERROR: nothing to install"
        return subprocess.CompletedProcess(command, int(bool(fault)), "", fault)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The notebook's folder."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def pip(folder, shell, monkeypatch):
    """Pip, where gemini-magic is missing."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    pip = Pip()
    monkeypatch.setattr(subprocess, "run", pip.run)
    return pip


def say(shell, capsys):
    """Run the cell; return whether it went well, and what stands below it."""
    capsys.readouterr()
    result = shell.run_cell(FIRST_CELL)
    said = capsys.readouterr()
    return result.success, said.out + said.err


def test_it_leaves_an_installed_package_alone(folder, shell, capsys, monkeypatch):
    monkeypatch.setattr(subprocess, "run", None)
    (folder / WHEEL).touch()
    assert say(shell, capsys) == (True, "gemini-magic is installed already.\n")


def test_it_takes_the_wheel_beside_the_notebook(pip, folder, shell, capsys):
    (folder / WHEEL).touch()
    (folder.parent / "src" / "gemini_magic").mkdir(parents=True)
    assert say(shell, capsys) == (True, "gemini-magic is installed now.\n")
    assert pip.asked == [[WHEEL]]


def test_it_takes_the_wheel_among_kaggles_inputs(pip, folder, shell, capsys):
    inputs = folder.parent / "input" / "course"
    inputs.mkdir(parents=True)
    (inputs / WHEEL).touch()
    assert say(shell, capsys) == (True, "gemini-magic is installed now.\n")
    assert pip.asked == [[f"../input/course/{WHEEL}"]]


def test_it_takes_the_repository_around_the_notebook(pip, folder, shell, capsys):
    (folder.parent / "src" / "gemini_magic").mkdir(parents=True)
    assert say(shell, capsys) == (True, "gemini-magic is installed now.\n")
    [[path]] = pip.asked
    assert (folder / path).resolve() == folder.parent


def test_it_stops_with_one_line_where_nothing_lies_there(pip, folder, shell, capsys):
    """Nothing is fetched by its name, which anybody could register."""
    (folder.parent / "pyproject.toml").touch()
    went_well, said = say(shell, capsys)
    assert not went_well
    assert said == "UsageError: put gemini_magic-….whl beside this file; see README.md\n"
    assert pip.asked in ([], [[]])


def test_it_shows_why_pip_fails(pip, folder, shell, capsys):
    (folder / WHEEL).touch()
    pip.fault = "ERROR: the disk is full"
    assert say(shell, capsys) == (False, "UsageError: ERROR: the disk is full\n")
