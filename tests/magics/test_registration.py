"""Loading, unloading, and other extensions that own the magic."""

from __future__ import annotations

import subprocess
import sys

import pytest
from IPython.core.magic import Magics, cell_magic, magics_class

from gemini_magic.options.cell_options import FLAGS
from gemini_magic.runtime.older_ipython import matchers_of
from tests.support.shell import run, texts


def test_unload_and_reload(offline, capsys):
    first = offline.find_cell_magic("gemini").__self__
    before = (list(offline.configurables), list(matchers_of(offline.Completer)))
    for _ in range(3):
        offline.run_line_magic("reload_ext", "gemini_magic")
    assert capsys.readouterr().out == ""
    assert offline.find_cell_magic("gemini").__self__ is not first
    assert [len(offline.configurables), len(matchers_of(offline.Completer))] == [len(b) for b in before]
    offline.run_line_magic("unload_ext", "gemini_magic")
    assert offline.find_cell_magic("gemini") is None
    assert offline.find_line_magic("gemini_magic") is None
    assert len(matchers_of(offline.Completer)) == len(before[1]) - 1
    assert not [c for c in offline.configurables if type(c).__name__ == "GeminiMagics"]


def test_another_owner_of_the_magic_keeps_it(offline, capsys):
    @magics_class
    class Other(Magics):
        @cell_magic
        def gemini(self, line, cell):
            return "theirs"

    Other.__module__ = "JupyterChatbook.magics"
    offline.run_line_magic("unload_ext", "gemini_magic")
    offline.register_magics(Other)
    offline.run_line_magic("load_ext", "gemini_magic")
    assert capsys.readouterr().out.splitlines() == [
        "%%gemini belongs to JupyterChatbook.magics here; gemini_magic answers to %%gemini_magic instead."
    ]
    assert offline.run_cell_magic("gemini", "", "x") == "theirs"
    offline.run_line_magic("config", "GeminiMagics.offline = True")
    assert "not Gemini" in texts(run(offline, "%%gemini_magic\nhello"))[1]
    offline.run_line_magic("unload_ext", "gemini_magic")
    assert offline.run_cell_magic("gemini", "", "x") == "theirs"


def test_both_names_are_the_same_magic(offline):
    assert "what is it?" in texts(run(offline, "%gemini_magic what is it?"))[1]
    assert offline.find_cell_magic("gemini") == offline.find_cell_magic("gemini_magic")


@pytest.mark.parametrize("cell", ["%gemini?", "%%gemini?", "%gemini_magic?"])
def test_help(shell, capsys, cell):
    shell.run_cell(cell)
    shown = capsys.readouterr().out
    assert "%gemini Why is the sky blue?" in shown
    assert all(flag in shown for flag in FLAGS)


def test_loading_prints_nothing_and_imports_nothing_heavy():
    code = """if True:
        import sys
        from IPython.core.interactiveshell import InteractiveShell
        shell = InteractiveShell.instance()
        before = set(sys.modules)
        shell.run_line_magic("load_ext", "gemini_magic")
        loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
        heavy = {"google", "pandas", "httpx2", "pydantic", "genai_prices", "ipywidgets", "rich"}
        print(sorted(loaded & heavy))
    """
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"
    assert done.stderr == ""
