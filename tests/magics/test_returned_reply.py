"""The reply is the value of `%gemini` and `%%gemini`, and its cell shows it once."""

from __future__ import annotations

import pytest
from IPython.utils.capture import capture_output

from gemini_magic.errors import ModelNotFound, OptionError
from gemini_magic.replies.reply import Reply
from tests.support.shell import run


def value_of(shell, cell):
    """Run a cell as a front end does; return what the shell keeps as its value."""
    result = shell.run_cell(cell, store_history=True)
    result.raise_error()
    return result.result


CELLS = ["%%gemini\nhello", "%gemini hello", "%gemini hello;", "%gemini hello?"]


@pytest.mark.parametrize("cell", [*CELLS, "%gemini -o r --view none hello", "%time %gemini hello"])
def test_the_reply_is_the_value_of_its_cell(offline, capsys, cell):
    number = offline.execution_count
    reply = value_of(offline, cell)
    names = offline.user_ns
    assert isinstance(reply, Reply)
    kept = (names["_"], names[f"_{number}"], names["Out"][number], names["_gemini"])
    assert all(one is reply for one in kept)
    assert "Out[" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["r", "box['r']", "box.r", "r: object"])
@pytest.mark.parametrize("prompt", ["hello", "hello?"])
def test_the_reply_can_be_assigned(offline, name, prompt):
    value_of(offline, "class Box(dict): pass\nbox = Box()\n'before'")
    value_of(offline, f"{name} = %gemini {prompt}")
    names = offline.user_ns
    assigned = names.get("r") or names["box"].get("r") or names["box"].r
    assert assigned is names["_gemini"]
    assert names["_"] == "before"


def test_a_later_cell_shows_it(offline, capsys):
    value_of(offline, "r = %gemini hello")
    capsys.readouterr()
    value_of(offline, "r")
    assert "<Reply complete" in capsys.readouterr().out
    number = offline.execution_count
    value_of(offline, "%gemini again\nr")
    assert f"Out[{number}]: <Reply complete" in capsys.readouterr().out


def test_each_cell_begins_anew(offline, capsys):
    value_of(offline, "r = %gemini one\nr")
    assert "<Reply" not in capsys.readouterr().out
    value_of(offline, "s = %gemini two\n%gemini three\nr")
    assert capsys.readouterr().out.count("<Reply") == 1


def test_a_capture_has_it_once(offline):
    run(offline, "%%capture kept\n%gemini hello")
    with capture_output() as plain:
        offline.run_line_magic("gemini", "hello")
    assert len(offline.user_ns["kept"].outputs) == len(plain.outputs) == 2
    assert all(output.data for output in offline.user_ns["kept"].outputs)


def test_what_is_no_reply_leaves_the_last_value_alone(offline):
    value_of(offline, "'before'")
    cells = ["--count hello", "--dry-run hello", "--version", "--help"]
    assert [value_of(offline, f"%gemini {cell}") for cell in cells] == [None] * len(cells)
    for cell, error in (("%gemini -m nope x", ModelNotFound), ("%gemini --thinking", OptionError)):
        with pytest.raises(error):
            value_of(offline, cell)
    assert [value_of(offline, f"%gemini_{name}") for name in ("usage", "chat", "log")] == [None] * 3
    assert offline.user_ns["_"] == "before"


def test_other_values_are_shown_as_ever(offline, capsys):
    assert value_of(offline, "%gemini hello\n6 * 7") == 42
    assert "42" in capsys.readouterr().out
    assert offline.user_ns["_"] == 42


def test_an_underscore_of_ones_own_stays(offline):
    value_of(offline, "_ = 'mine'")
    value_of(offline, "%gemini hello")
    assert offline.user_ns["_"] == "mine"


def test_a_semicolon_of_python_keeps_nothing(offline):
    value_of(offline, "'before'")
    value_of(offline, "get_ipython().run_line_magic('gemini', 'hello');")
    assert offline.user_ns["_"] == "before"


def test_outside_of_a_cell_nothing_is_changed(offline):
    import sys

    hook = sys.displayhook
    assert isinstance(offline.run_line_magic("gemini", "--view none hello"), Reply)
    assert sys.displayhook is hook
    value_of(offline, "%gemini hello")
    assert sys.displayhook is hook


def test_code_of_the_same_cell_finds_the_display_hook_as_it_is(offline):
    result = offline.run_cell(
        "%gemini -q hi\nimport sys\nn = sys.displayhook.prompt_count", store_history=True
    )
    assert result.success
    assert offline.user_ns["n"] == result.execution_count
