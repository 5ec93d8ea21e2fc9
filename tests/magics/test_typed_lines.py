"""Lines as people type and paste them: odd dashes, quotes and spaces, and comments at the end."""

from __future__ import annotations

import json

import pytest

from gemini_magic.errors import OptionError
from gemini_magic.options.cell_options import parse_options
from gemini_magic.options.parser import split_words
from tests.support.shell import run

FLAGS = ["--aside", "--json"]


@pytest.mark.parametrize(
    "dash", ["\u2014", "\u2013", "\u2013\u2013", "\u2011\u2011", "\u2010-", "\u2212\u2212", "--"]
)
def test_dashes_of_every_kind_make_flags(talked, dash):
    def shown(line):
        return run(talked, line.replace("@", dash))

    assert json.loads(shown("%gemini_usage @json").stdout)["all"]["requests"] == 3
    run(talked, "%gemini_chat undo")
    assert "after turn" in shown("%gemini_chat show @aside").outputs[0].data["text/plain"]
    assert "chat other: 1 turn" in shown("%gemini_chat fork other @at 1").stdout
    assert "--csv" in shown("%gemini_log @help").stdout
    assert "google-genai" in shown("%gemini_code @help").stdout
    assert "Options:" in shown("%gemini @help").stdout
    assert parse_options(f"{dash}max{dash[0]}tokens 5 x", {}, is_cell=False)[0].max_tokens == 5


def test_a_dash_that_makes_no_flag_stays():
    assert split_words("\u2014aside \u2014json \u2014x\u2014y", FLAGS) == [
        "--aside",
        "--json",
        "\u2014x\u2014y",
    ]


@pytest.mark.parametrize("quotes", ["\u201c\u201d", "\u201e\u201c", "\u2018\u2019", '""', "''"])
def test_quotes_of_every_kind_behind_an_equals_sign(quotes):
    opened, closed = quotes
    options, text = parse_options(f"--system={opened}be brief{closed} hello", {}, is_cell=False)
    assert (options.system, text) == ("be brief", "hello")


def test_spaces_that_do_not_break_are_spaces():
    options, text = parse_options("--once\u00a0-m\u00a0gemini-2.5-pro\u202fhello\u00a0you", {}, is_cell=False)
    assert (options.once, options.model, text) == (True, "gemini-2.5-pro", "hello\u00a0you")


def test_comments_at_the_end_of_lines(talked):
    plain = "text/plain"
    assert "main" in run(talked, "%gemini_chat  # all of them").outputs[0].data[plain]
    assert "turn 3" in run(talked, "%gemini_chat show # it's long").outputs[0].data[plain]
    assert len(run(talked, "%gemini_log 1 # the last").outputs[0].data[plain].splitlines()) == 4
    assert "all" in run(talked, "%gemini_usage # what it took").outputs[0].data[plain]
    assert "gemini-magic" in run(talked, "%gemini --version # which?").stdout
    assert run(talked, "%gemini --show # again").outputs
    assert split_words("save '#1.json' a#b") == ["save", "#1.json", "a#b"]


def test_a_comment_behind_a_model_without_its_flag():
    with pytest.raises(OptionError, match=r"choose a model with -m gemini-2\.5-pro$"):
        parse_options("gemini-2.5-pro  # the big one", {}, is_cell=True)
