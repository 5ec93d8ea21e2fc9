"""%gemini_usage and %gemini_log in a real shell over real HTTP."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from IPython.core.completer import provisionalcompleter

from gemini_magic import errors
from gemini_magic.emulator import ScriptedReply
from tests.support.requests_sent import BUSY, NOW, ended, piece
from tests.support.service import KEY
from tests.support.shell import run, texts

HOSTILE = "x|`<img src=http://evil onerror=alert(1)>`\n# [a](javascript:1) ![](http://e/x.png) $\\href{x}{y}$"


def rows_of(captured):
    """The cells of the table that was shown, from its HTML."""
    [output] = captured.outputs

    class Cells(HTMLParser):
        def __init__(self):
            super().__init__()
            self.rows = []

        def handle_starttag(self, tag, attributes):
            if tag == "tr":
                self.rows.append([])
            elif tag in {"td", "th"}:
                self.rows[-1].append("")

        def handle_data(self, data):
            if self.rows and self.rows[-1]:
                self.rows[-1][-1] += data.strip("\n")

    cells = Cells()
    cells.feed(output.data["text/html"])
    return cells.rows


def test_usage_by_model_and_chat(live, emulator):
    emulator.script += [ended(), ScriptedReply(status=503, body=BUSY, headers=NOW), ended(prompt=2000)]
    run(live, "%gemini -q one")
    run(live, "%gemini -q -c other two")
    header, *rows = rows_of(captured := run(live, "%gemini_usage"))
    assert header[2:] == ["requests", "failed", "tokens in", "cached", "out", "thinking", "est. cost"]
    cost = ["?", "200", "?", "$0.0014"]
    assert rows == [
        ["all", "", "3", "1", "3,000", *cost],
        ["model", "gemini-2.5-flash", "2", "0", "3,000", "?", "200", "?", "$0.0014"],
        ["model", "gemini-3.8-flash", "1", "1", "?", "?", "?", "?", "$0.00"],
        ["chat", "main", "1", "0", "1,000", "?", "100", "?", "$0.00055"],
        ["chat", "other", "2", "1", "2,000", "?", "100", "?", "$0.00085"],
    ]
    assert set(captured.outputs[0].data) == {"text/html", "text/markdown", "text/plain"}
    run(live, "%gemini_usage --reset")
    assert rows_of(run(live, "%gemini_usage"))[1:] == [["all", "", "0", "0", "?", "?", "?", "?", "none"]]


def test_the_log(live, emulator):
    emulator.script += [ended("a reply\nof two lines " + "x" * 100), ended("b")]
    run(live, "%gemini -q first")
    run(live, "%gemini -q --once second")
    header, first, second = rows_of(run(live, "%gemini_log"))
    assert header[0] == "time (UTC)"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", first[0])
    assert first[1:7] == ["main", "1", "gemini-2.5-flash", "1,000", "100", "$0.00055"]
    assert first[8:10] == ["complete", "first"]
    assert first[10].startswith("a reply of two lines xxx")
    assert first[10].endswith("x…")
    assert len(first[10]) == 60
    assert second[1:3] == ["", ""]
    assert rows_of(run(live, "%gemini_log 1"))[1:] == [second]


def test_the_log_adds_up_to_the_usage(live, emulator):
    emulator.script += [
        ended(cachedContentTokenCount=7),
        ended(prompt=20, toolUsePromptTokenCount=300),
        ScriptedReply(status=503, body=BUSY, headers=NOW),
        ended(prompt=5, output=3, thoughtsTokenCount=4),
    ]
    for _ in range(3):
        run(live, "%gemini -q hello")
    log, usage = rows_of(run(live, "%gemini_log")), rows_of(run(live, "%gemini_usage"))
    for name, total in (("tokens in", 1325), ("out", 207)):
        column = [row[log[0].index(name)] for row in log[1:]]
        assert sum(int(cell.replace(",", "")) for cell in column if cell != "?") == total
        assert usage[1][usage[0].index(name)] == f"{total:,}"


def test_the_log_says_how_requests_ended(live, emulator):
    emulator.script.append(ScriptedReply(pieces=(piece("half "), "x"), fault="truncate"))
    with pytest.raises(errors.StreamBroken):
        run(live, "%gemini hello")
    assert rows_of(run(live, "%gemini_log"))[1][8] == "failed (StreamBroken), partial"


@pytest.mark.parametrize("line", ["%gemini_log", "%gemini_usage --plot", "%gemini_log --csv x"])
def test_nothing_to_show_yet(live, line):
    with pytest.raises(errors.NothingToShow, match="no requests yet"):
        run(live, line)
    assert not Path("x").exists()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("%gemini_usage --plto", "did you mean --plot"),
        ("%gemini_usage --budget much", "'much' is not an amount"),
        ("%gemini_usage --budget -1", "'-1' is not an amount"),
        ("%gemini_usage --budget 1 --reset", "do not go together"),
        ("%gemini_log 0", "is not a whole number of 1 or more"),
        ("%gemini_log --csv 'x", "the quote in .* is not closed"),
        ("%gemini_log --csv a --json b", "do not go together"),
    ],
)
def test_wrong_options(live, line, says):
    with pytest.raises(errors.OptionError, match=says):
        run(live, line)


def test_the_budget(live, server, emulator):
    assert run(live, "%gemini_usage --budget 0.0006").stdout == (
        "0 % of the budget of $0.00060 spent; est. $0.00060 left\n"
    )
    emulator.script.append(ended())
    [usage, _] = texts(run(live, "%gemini hello"))
    assert " · 91 % of the budget of $0.00060 spent · " in usage
    shown = "91 % of the budget of $0.00060 spent; est. $0.000050 left\n"
    assert run(live, "%gemini_usage").stdout == run(live, "%gemini_usage --budget").stdout == shown
    emulator.script.append(ended())
    run(live, "%gemini -q hello")
    with pytest.raises(errors.BudgetExceeded, match="--over-budget"):
        run(live, "%gemini hello")
    assert len(server.exchanges) == 2
    run(live, "%gemini -q --over-budget hello")
    assert run(live, "%gemini_usage --budget").stdout == (
        "183 % of the budget of $0.00060 spent, plus 1 of unknown cost; est. $0.00 left\n"
    )
    assert run(live, "%gemini_usage --budget none").stdout == "no budget\n"
    assert run(live, "%gemini_usage --budget").stdout == "no budget\n"
    run(live, "%gemini -q hello")
    assert run(live, "%gemini_usage --budget $1").stdout.endswith(" of unknown cost; est. $1.00 left\n")
    assert run(live, "%gemini_usage --budget 0").stdout == "no budget\n"


def test_a_wrong_price_setting_is_one_line(live, caplog):
    run(live, "%config GeminiMagics.prices = {'m': {'input': 1}}")
    assert "lack or should not have: output" in caplog.text
    run(live, "%config GeminiMagics.prices = {'offline-emulator': {'input': 1, 'output': 1}}")
    assert " · est. $0.0" in texts(run(live, "%gemini hello"))[0]


def test_hostile_names_stay_text(live, emulator):
    emulator.script.append(ScriptedReply(pieces=(f"reply {HOSTILE}",), model=HOSTILE))
    run(live, f"%%gemini -q\nprompt {HOSTILE} {KEY}")
    for line in ("%gemini_usage", "%gemini_log"):
        captured = run(live, line)
        bundle = captured.outputs[0].data
        assert "<img" not in bundle["text/html"]
        assert 'class="mathjax_ignore' in bundle["text/html"]
        assert KEY not in str(bundle)
        *_, last = bundle["text/markdown"].splitlines()
        assert not set("`<>[]()!\\$#") & set(re.sub(r"&#\d+;", "", last))
        assert {line.count("|") for line in bundle["text/markdown"].splitlines()} == {
            len(rows_of(captured)[0]) + 1
        }
        assert max(map(len, bundle["text/plain"].splitlines())) <= 80
        assert any("x|`<img src=http://evil" in cell for row in rows_of(captured) for cell in row)


def test_completion(live):
    def complete(text):
        with provisionalcompleter():
            return [text[: c.start] + c.text for c in live.Completer.completions(text, len(text))]

    assert complete("%gemini_usage --pl") == ["%gemini_usage --plot"]
    assert set(complete("%gemini_log ")) == {"%gemini_log --csv", "%gemini_log --json"}
    assert complete("%gemini_log 5 --j") == ["%gemini_log 5 --json"]
    assert complete("%gemini --dry") == ["%gemini --dry-run"]


@pytest.mark.parametrize(("magic", "flag"), [("gemini_usage", "--budget ["), ("gemini_log", "--json FILE")])
def test_help(live, capsys, magic, flag):
    live.run_cell(f"%{magic}?")
    assert flag in capsys.readouterr().out


def test_the_magics_go_with_the_extension(live):
    live.run_line_magic("unload_ext", "gemini_magic")
    assert live.find_line_magic("gemini_usage") is None
    assert live.find_line_magic("gemini_log") is None
