"""The front end of the running cell: which notebook it is, how wide it is."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from gemini_magic.chats.autosave import autosave_file
from gemini_magic.runtime.front_end import (
    FrontEnd,
    can_answer,
    columns_of,
    find_front_end,
    find_notebook,
    find_origin,
    is_watched,
)
from tests.support.front import asked_by

VS_CODE_CELL = "vscode-notebook-cell:/home/ann/lesson.ipynb#W0sZmlsZQ%3D%3D"
COLAB = {"colab": {"cell_id": "nNWQ3kTq"}}


def test_which_notebook(monkeypatch, tmp_path):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    assert find_notebook({}) is None
    assert find_notebook({"__vsc_ipynb_file__": 7}) is None
    assert find_notebook({"__vsc_ipynb_file__": "/a/b.ipynb"}) == "/a/b.ipynb"
    monkeypatch.setenv("JPY_SESSION_NAME", "sub/my notebook.ipynb")
    found = find_notebook({})
    assert found == str(Path.cwd() / "sub/my notebook.ipynb")
    assert find_notebook({"__vsc_ipynb_file__": "/a/b.ipynb"}) == "/a/b.ipynb"
    monkeypatch.setenv("JPY_SESSION_NAME", "Console 1")
    assert find_notebook({}) is None
    names = {
        autosave_file(tmp_path, name).name
        for name in (found, "/a/my notebook.ipynb", "/b/../é.ipynb", "/b/" + "x" * 300 + ".ipynb")
    }
    assert len(names) == 4
    assert all(len(name) < 70 and name.isascii() and " " not in name for name in names)
    assert autosave_file(tmp_path, found) == autosave_file(tmp_path, found)
    assert autosave_file(tmp_path, found).name.startswith("my-notebook-")


def test_a_table_is_as_wide_as_the_terminal_and_80_columns_in_a_notebook(monkeypatch):
    monkeypatch.setenv("COLUMNS", "123")
    terminal, notebook = SimpleNamespace(), SimpleNamespace(kernel=object())
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(isatty=lambda: True))
    assert [columns_of(terminal), columns_of(notebook)] == [123, 80]
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(isatty=lambda: False))
    assert columns_of(terminal) == 80


@pytest.mark.parametrize(
    ("front_end", "metadata", "stdin"),
    [
        (FrontEnd.LAB, {"cellId": "a1", "deletedCells": []}, True),
        (FrontEnd.VS_CODE, {"cellId": VS_CODE_CELL}, True),
        (FrontEnd.COLAB, COLAB, True),
        (FrontEnd.COLAB, COLAB, False),
        (FrontEnd.CLASSIC, {}, True),
        (FrontEnd.RUNNER, {}, False),
        # Whatever a front end sends there, a cell runs.
        (FrontEnd.RUNNER, None, False),
        (FrontEnd.RUNNER, {"colab": "yes", "cellId": None}, False),
    ],
)
def test_a_front_end_is_known_by_what_it_asks_for(front_end, metadata, stdin):
    shell = asked_by(metadata, allow_stdin=stdin)
    assert find_front_end(shell) is front_end
    assert is_watched(shell) is (front_end is not FrontEnd.RUNNER)
    assert can_answer(shell) is stdin


def test_kaggle_is_known_by_its_environment(monkeypatch):
    monkeypatch.setenv("KAGGLE_KERNEL_RUN_TYPE", "Batch")
    assert find_front_end(asked_by({})) is FrontEnd.KAGGLE
    assert not is_watched(asked_by({}))
    assert find_front_end(asked_by({"cellId": VS_CODE_CELL})) is FrontEnd.VS_CODE


def test_colabs_shell_is_known_without_a_cell():
    kernel = asked_by({}, allow_stdin=True).kernel
    shell = type("Shell", (), {"__module__": "google.colab._shell", "kernel": kernel})()
    assert find_front_end(shell) is FrontEnd.COLAB


def test_a_cell_of_colab_that_runs_again_repeats():
    first, again = (find_origin(asked_by(COLAB, msg_id=run)) for run in "12")
    other = find_origin(asked_by({"colab": {"cell_id": "other"}}, msg_id="3"))
    assert again.repeats(first)
    assert not other.repeats(first)
    assert not find_origin(asked_by({})).repeats(find_origin(asked_by({})))


def test_a_cell_of_vs_code_keeps_the_notebooks_path_to_itself():
    first, again = (find_origin(asked_by({"cellId": VS_CODE_CELL}, msg_id=run)) for run in "12")
    other = find_origin(asked_by({"cellId": VS_CODE_CELL.replace("lesson", "other")}, msg_id="3"))
    assert again.repeats(first)
    assert not other.repeats(first)
    assert "ann" not in repr(first)


def test_half_a_character_in_the_id_of_a_cell_does_no_harm():
    shell = asked_by({"cellId": VS_CODE_CELL + "\ud83d"})
    assert find_front_end(shell) is FrontEnd.VS_CODE
    assert find_origin(shell).cell.startswith("vscode-")


@pytest.mark.parametrize("cell", ["x" * 3_000_000, "a b", "</script>", ["a"], {"b": 1}, 1.5, "\ud83d"])
def test_an_id_that_no_notebook_allows_is_kept_as_a_hash(cell):
    found = find_origin(asked_by({"cellId": cell})).cell
    assert re.fullmatch("cell-[0-9a-f]{16}", found)
    assert find_origin(asked_by({"cellId": cell})).cell == found
