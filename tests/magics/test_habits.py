"""What users of other magics type, and what a web page or an editor makes of it."""

from __future__ import annotations

import json

import pytest

from gemini_magic import __version__
from gemini_magic.errors import OptionError
from gemini_magic.options.cell_options import parse_options
from gemini_magic.requests.prompt import clean_prompt
from tests.support.cassettes import said
from tests.support.shell import run


def prompts(shell):
    turns = shell.find_line_magic("gemini").__self__.session.chats["main"].turns
    return [turn.prompt_text for turn in turns]


@pytest.mark.parametrize(
    "above",
    ["# a comment\n", "# %%\n", "\n\n# one\n\n  # two\n", "#@title Ask { run: 'auto' }\n", "# one\r\n"],
)
def test_comments_above_the_magic_are_comments(offline, above):
    run(offline, f"{above}%%gemini\nhello\n# not a comment")
    assert prompts(offline) == ["hello\n# not a comment"]


def test_code_above_the_magic_is_still_an_error(offline):
    assert offline.run_cell("x = 1\n%%gemini\nhello").error_in_exec is not None or prompts(offline) == []


def test_a_comment_at_the_end_of_the_line_is_one(offline):
    run(offline, "%%gemini --once -q  # quietly, please\nhello")
    assert offline.user_ns["_gemini"].chat is None
    run(offline, "%gemini what is C# and #1")
    assert prompts(offline) == ["what is C# and #1"]


MAGICS = ["gemini", "gemini_chat", "gemini_code", "gemini_usage", "gemini_log", "gemini_cassette"]


@pytest.mark.parametrize("flag", ["-h", "--help"])
@pytest.mark.parametrize("magic", MAGICS)
def test_help_flags_show_the_help(offline, magic, flag):
    shown = run(offline, f"%{magic} {flag}").stdout
    help_text = offline.find_line_magic(magic).__doc__
    assert shown.strip() == help_text.strip()
    assert max(map(len, shown.splitlines())) <= 80


def test_help_of_a_cell_asks_nothing(offline):
    assert "--max-tokens" in run(offline, "%%gemini --help\nhello").stdout
    assert "_gemini" not in offline.user_ns


@pytest.mark.parametrize("line", ["- first item", "--- a rule ---", "- ", "-"])
def test_a_dash_before_a_space_is_no_option(line):
    options, rest = parse_options(line, {}, is_cell=False)
    assert (options.action, rest) == ("ask", line.strip())


@pytest.mark.parametrize(
    ("line", "system", "once", "rest"),
    [
        ("\u2014once hello", None, True, "hello"),
        ("\u2013\u2013once hello", None, True, "hello"),
        ("\u2013s \u201cbe brief\u201d hello", "be brief", False, "hello"),
        ("-s \u201ebe brief\u201c hello", "be brief", False, "hello"),
        ('-s \u2018be "very" brief\u2019 hello', 'be "very" brief', False, "hello"),
        ("-s \u2018don\u2019t say much\u2019 hello", "don\u2019t say much", False, "hello"),
        ("\u2014Hola, dijo", None, False, "\u2014Hola, dijo"),
        ("\u201cquoted\u201d is what?", None, False, "\u201cquoted\u201d is what?"),
    ],
)
def test_what_a_web_page_makes_of_dashes_and_quotes(line, system, once, rest):
    options, text = parse_options(line, {}, is_cell=False)
    assert (options.system, options.once, text) == (system, once, rest)


@pytest.mark.parametrize("model", ["gemini-3.8-flash", "models/gemini-2.5-pro", "gpt-5"])
def test_a_model_without_its_flag_is_told_how(model):
    with pytest.raises(OptionError, match=f"choose a model with -m {model}"):
        parse_options(model, {}, is_cell=True)


def test_the_version(offline):
    assert run(offline, "%gemini --version").stdout == f"gemini-magic {__version__}\n"


def test_the_totals_as_json(offline):
    run(offline, "%gemini --view none hello")
    totals = json.loads(run(offline, "%gemini_usage --json").stdout)
    assert totals["all"]["requests"] == 1
    assert totals["models"][0]["name"] == "offline-emulator"
    assert totals["chats"][0]["name"] == "main"


def test_line_ends_are_those_of_one_platform(shell, server, emulator, tmp_path):
    """What was recorded on Windows replays elsewhere."""
    emulator.script.append(said("fine"))
    shell.run_line_magic("gemini_cassette", f"{tmp_path}/lesson.gemini.jsonl --mode record")
    shell.run_cell_magic("gemini", "--once", "one\r\ntwo\r\n")
    shell.run_line_magic("gemini_cassette", "--mode replay")
    shell.run_cell_magic("gemini", "--once", "one\ntwo\n")
    assert shell.user_ns["_gemini"].text == "fine"
    assert clean_prompt("a\rb\r\n\r\nc") == "a\nb\n\nc"
