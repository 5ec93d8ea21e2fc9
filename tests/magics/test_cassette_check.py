"""%gemini_cassette check: what a notebook would miss, without running it."""

from __future__ import annotations

import json

import pytest

from gemini_magic.errors import OptionError
from tests.support.cassettes import said
from tests.support.shell import run

TAPE = "lesson.gemini.jsonl"


def write_notebook(folder, *sources):
    cells = [{"cell_type": "code", "source": source} for source in sources]
    path = folder / "lesson.ipynb"
    path.write_text(json.dumps({"cells": [{"cell_type": "markdown", "source": "# Hi"}, *cells]}))
    return path


def test_check_says_what_would_miss_and_asks_nothing(recorded, server, tmp_path):
    variables = "-s $manner"
    sources = (
        "%load_ext gemini_magic\n%gemini_cassette x.jsonl",
        "%%gemini\nfirst",
        "%gemini --once apart",
        "%%gemini\nsekond",
        "%%gemini\nthird",
        f"%%gemini -c other {variables}\nfirst",
        "for name in names:\n    get_ipython().run_line_magic('gemini', name)",
        "print('no prompt')",
    )
    notebook = write_notebook(tmp_path, *sources)
    recorded.user_ns["manner"] = "Be brief."
    before = len(server.exchanges)
    report = run(recorded, f"%gemini_cassette check {notebook}").stdout.splitlines()
    assert len(server.exchanges) == before
    assert report[0] == "2 of 5 prompts are recorded"
    assert report[1].startswith("code cell 4: ")
    assert "[-second-] {+sekond+}" in report[1]
    assert report[2] == "code cell 5: it follows, in chat main, a prompt that is not recorded"
    assert "the system instruction" in report[3]
    assert report[4:] == ["not looked at (asked from Python): code cell 7"]


def test_check_follows_chats_and_settings(shell, server, emulator, tmp_path):
    sources = [
        "%config GeminiMagics.system = 'Be brief.'",
        "%gemini one",
        "%gemini_chat new tutor",
        "%%gemini\ntwo",
        "%gemini --count three",
        "%gemini_chat use main",
        "%gemini -m gemini-3.5-flash four",
        "%gemini_chat reset",
        "%gemini five",
    ]
    emulator.script += [said(str(number)) for number in range(5)]
    run(shell, f"%gemini_cassette {TAPE} --mode record")
    for source in sources:
        run(shell, source)
    run(shell, "%config GeminiMagics.chat = 'main'")
    notebook = write_notebook(tmp_path, *sources)
    assert run(shell, f"%gemini_cassette check {notebook}").stdout == "5 of 5 prompts are recorded\n"


def check(shell, folder, *sources, tagged=()):
    notebook = write_notebook(folder, *sources)
    saved = json.loads(notebook.read_text())
    for number in tagged:
        saved["cells"][number]["metadata"] = {"tags": ["raises-exception"]}
    notebook.write_text(json.dumps(saved))
    return run(shell, f"%gemini_cassette check {notebook}").stdout.splitlines()


def test_check_goes_on_where_options_cannot_be_read(recorded, tmp_path):
    sources = ["%%gemini --once -s $tutor\nwhy", "%gemini first", "%gemini -s $tutor second", "%gemini third"]
    assert check(recorded, tmp_path, *sources) == [
        "1 of 1 prompts are recorded",
        "not looked at (-s $tutor: there is no variable tutor; define it in a cell above): code cells 1, 3",
        "not looked at (what their chat holds by then is not known): code cell 4",
    ]


@pytest.mark.parametrize(
    "steps",
    [
        ["%gemini_chat fork other --at 1"],
        [
            "%gemini_chat fork --at 1 other",
            "%gemini_chat use main",
            "%gemini_chat undo",
            "%gemini_chat use other",
        ],
        ["%gemini -c other first", "%gemini_chat undo", "%gemini_chat redo", "%gemini_chat undo"],
        ["%gemini_chat reset", "%gemini_chat redo", "%gemini_chat undo 1"],
        ["%gemini_chat undo 2", "%gemini_chat redo 1", "%gemini_chat undo"],
        ["%gemini_chat delete main", "%gemini first"],
        ["%gemini_chat new other", "%gemini first"],
        ["%gemini lost", "%gemini_chat reset", "%gemini first"],
        ["%gemini lost", "%gemini --new first"],
    ],
)
def test_check_follows_the_ways_of_chats(recorded, tmp_path, steps):
    """After these steps, one turn is in the chat in use."""
    report = check(recorded, tmp_path, "%gemini first", "%gemini second", *steps, "%gemini second")
    assert [line for line in report[1:] if "'lost'" not in line] == []


@pytest.mark.parametrize(
    "steps",
    [
        ["%gemini_chat load kept.gemini.json"],
        ["%gemini_chat load kept.json main"],
        ["%gemini_chat undo 7"],
        ["%gemini_chat redo"],
        ["%gemini_chat fork other --at 9"],
        ["%gemini lost", "%gemini_chat undo"],
        ["%gemini lost", "%gemini_chat fork other"],
        ["get_ipython().run_line_magic('gemini', 'hello')"],
        ["%gemini_cassette off", "%gemini hello", f"%gemini_cassette {TAPE}"],
    ],
)
def test_check_says_what_it_cannot_know(recorded, tmp_path, steps):
    report = check(recorded, tmp_path, "%gemini first", *steps, "%gemini second", "%gemini --once apart")
    assert [line for line in report[1:] if line.startswith("code cell") and "'lost'" not in line] == []
    assert f"not looked at (what their chat holds by then is not known): code cell {len(steps) + 2}" in report


def test_check_knows_when_the_cassette_is_off(recorded, tmp_path):
    sources = ["%gemini_cassette off", "%gemini --once lost", f"%gemini_cassette {TAPE} --mode live"]
    sources += ["%gemini --once lost", f"%gemini_cassette {TAPE}", "%gemini_cassette prune", "%gemini first"]
    assert check(recorded, tmp_path, *sources) == [
        "1 of 1 prompts are recorded",
        "not looked at (the cassette is not in use there): code cells 2, 4",
    ]


def test_check_passes_over_errors_that_are_expected(recorded, tmp_path):
    """A prompt that is refused on purpose leaves the chat as it was."""
    sources = ["%gemini first", "%gemini_usage --budget 0.001\n%gemini refused", "%gemini second"]
    assert check(recorded, tmp_path, *sources, tagged=[2]) == [
        "2 of 2 prompts are recorded",
        "not looked at (not recorded, and tagged raises-exception): code cell 2",
    ]


def test_check_of_a_count_that_is_not_recorded(recorded, tmp_path):
    report = check(recorded, tmp_path, "%gemini --count first", "%gemini first")
    assert report[0] == "1 of 2 prompts are recorded"
    assert len(report) == 2


@pytest.mark.parametrize(("text", "message"), [(None, "save the notebook"), ("{}", "no notebook")])
def test_check_of_something_else(recorded, tmp_path, text, message):
    path = tmp_path / "x.ipynb"
    if text is not None:
        path.write_text(text)
    with pytest.raises(OptionError, match=message):
        run(recorded, f"%gemini_cassette check {path}")


@pytest.mark.parametrize("line", ["max_turns = '9'", "prices = 5", "system = 7", "tries = 10**400", "x = 1"])
def test_a_setting_that_the_kernel_refuses_changes_nothing(recorded, tmp_path, line):
    notebook = write_notebook(tmp_path, f"%config GeminiMagics.{line}", "%%gemini\nfirst")
    assert run(recorded, f"%gemini_cassette check {notebook}").stdout == "1 of 1 prompts are recorded\n"


def test_own_prices_are_followed(recorded, tmp_path):
    prices = "{'gemini-3.8-flash': {'input': 1, 'output': 2}}"
    notebook = write_notebook(tmp_path, f"%config GeminiMagics.prices = {prices}", "%%gemini\nfirst")
    assert run(recorded, f"%gemini_cassette check {notebook}").stdout == "1 of 1 prompts are recorded\n"


@pytest.mark.parametrize("off", ["cassette_mode = 'live'", "cassette = ''"])
def test_a_cassette_that_a_setting_turns_off_is_not_looked_at(recorded, tmp_path, off):
    notebook = write_notebook(tmp_path, f"%config GeminiMagics.{off}", "%%gemini\nnever recorded")
    assert "not looked at (the cassette is not in use there): code cell 2" in (
        run(recorded, f"%gemini_cassette check {notebook}").stdout
    )


def test_a_reply_that_is_assigned_is_looked_up(recorded, tmp_path):
    notebook = write_notebook(tmp_path, "answer = %gemini first\na, b = %gemini --once nothing")
    report = run(recorded, f"%gemini_cassette check {notebook}").stdout
    assert report.startswith("1 of 2 prompts are recorded\ncode cell 1: ")
