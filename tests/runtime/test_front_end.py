"""The front end of the running cell: which notebook it is, how wide it is."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

from gemini_magic.chats.autosave import autosave_file
from gemini_magic.runtime.front_end import columns_of, find_notebook


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
