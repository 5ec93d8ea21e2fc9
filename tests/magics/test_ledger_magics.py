"""%gemini_usage, %gemini_log, --count, --dry-run and the budget, in a real shell over real HTTP."""

from __future__ import annotations

import base64
import csv
import importlib.util
import io
import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from IPython.core.completer import provisionalcompleter

import gemini_magic
from gemini_magic import errors
from gemini_magic.emulator import ScriptedReply
from gemini_magic.views.table import Amount, make_table
from tests.conftest import KEY
from tests.ledger.test_ledger import BUSY, NOW, ended, piece
from tests.magics.test_gemini_magics import run, texts

HOSTILE = "x|`<img src=http://evil onerror=alert(1)>`\n# [a](javascript:1) ![](http://e/x.png) $\\href{x}{y}$"


@pytest.fixture
def live(shell, server):
    """The shell, answered by the emulator over loopback."""
    return shell


def ledger_of(shell):
    return shell.find_line_magic("gemini").__self__.session.ledger


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


def test_csv_and_json_are_whole(live, emulator):
    reply = 'a "quoted", reply\n' + "x" * 1000 + "\r\nend ✓"
    emulator.script += [ended(reply), ScriptedReply(status=400, body={"error": {"message": "bad"}})]
    run(live, "%gemini -q hello, 'you'")
    with pytest.raises(errors.BadRequest):
        run(live, "%gemini again")
    said = run(live, "%gemini_log --csv 'my log.csv'").stdout
    assert said == "2 requests written to my log.csv\n"
    run(live, "%gemini_log --json log.json")
    entries = ledger_of(live).entries
    expected = [entry.as_row() | {"time": entry.time.isoformat()} for entry in entries]
    assert json.loads(Path("log.json").read_text("utf-8")) == expected
    found = list(csv.DictReader(io.StringIO(Path("my log.csv").read_bytes().decode(), newline="")))
    assert found == [{k: "" if v is None else str(v) for k, v in row.items()} for row in expected]
    assert found[0]["reply"] == reply
    assert expected[0]["tokens_prompt"] == 1000
    run(live, "%gemini_log 1 --json log.json")
    assert [row["prompt"] for row in json.loads(Path("log.json").read_text("utf-8"))] == ["again"]
    assert KEY not in Path("my log.csv").read_text("utf-8")
    with pytest.raises(errors.LogNotWritten, match=r"cannot write none/log\.csv"):
        run(live, "%gemini_log --csv none/log.csv")


def test_the_frame(live, emulator, monkeypatch):
    run(live, "%gemini -q hello")
    entries = ledger_of(live).entries
    monkeypatch.setitem(sys.modules, "pandas", None)
    rows = gemini_magic.log_frame()
    assert rows == [entry.as_row() for entry in entries]
    assert rows[0]["time"] == entries[0].time


@pytest.mark.skipif(importlib.util.find_spec("pandas") is None, reason="pandas is not installed")
def test_the_frame_of_pandas(live):
    run(live, "%gemini -q one")
    run(live, "%gemini -q two")
    frame = gemini_magic.log_frame()
    assert list(frame["prompt"]) == ["one", "two"]
    assert frame["tokens_total"].sum() == ledger_of(live).totals.usage.total
    assert str(frame["time"].dt.tz) == "UTC"


def test_no_frame_without_the_extension(shell):
    shell.run_line_magic("unload_ext", "gemini_magic")
    with pytest.raises(errors.NothingToShow, match="%load_ext gemini_magic"):
        gemini_magic.log_frame()


def test_no_plot_without_matplotlib(live, monkeypatch):
    run(live, "%gemini -q hello")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(errors.PackageMissing, match="%pip install matplotlib"):
        run(live, "%gemini_usage --plot")


@pytest.mark.skipif(importlib.util.find_spec("matplotlib") is None, reason="matplotlib is not installed")
def test_the_plot(live, emulator):
    emulator.script += [ended(), ScriptedReply(status=503, body=BUSY, headers=NOW), ended()]
    run(live, "%gemini -q one")
    run(live, "%gemini -q two")
    [output] = run(live, "%gemini_usage --plot").outputs
    assert base64.b64decode(output.data["image/png"]).startswith(b"\x89PNG")
    assert output.data["text/plain"] == "tokens and cost of 3 requests"


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
        ("%gemini_log --help", r"^for help run %gemini_log\? in a cell of its own$"),
        ("%gemini_usage -h", r"^for help run %gemini_usage\? in a cell of its own$"),
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


def test_count(live, server, emulator):
    run(live, "%gemini -q -s 'be kind' a first question of some length")
    chats = live.find_line_magic("gemini").__self__.session.chats
    [turn] = chats["main"].turns
    said = run(live, "%%gemini --count\nhello world, how are you?").stdout
    asked = ["be kind", turn.prompt.parts[0].text, turn.reply.parts[0].text, "hello world, how are you?"]
    from gemini_magic.emulator.writer import count_tokens

    tokens = sum(map(count_tokens, asked))
    assert said.startswith(f"gemini-3.8-flash · {tokens} tokens in · est. $0.0")
    assert said.endswith(" for the input · not asked for a reply\n")
    assert server.exchanges[-1].target.endswith("gemini-3.8-flash:countTokens")
    assert len(chats["main"].turns) == len(emulator.bodies) == len(ledger_of(live).entries) == 1
    assert run(live, "%gemini --count --once -m gemini-2.5-pro hello").stdout.startswith("gemini-2.5-pro · ")
    with pytest.raises(errors.EmptyPrompt):
        run(live, "%gemini --count")


def test_count_sends_no_system_instruction(live, server, monkeypatch):
    bodies = []
    answer = server.emulator.answer
    monkeypatch.setattr(server.emulator, "answer", lambda *a: bodies.append(json.loads(a[3])) or answer(*a))
    run(live, "%gemini --count -s 'be kind' hello")
    [body] = bodies
    assert set(body) == {"contents"}
    assert [content["parts"] for content in body["contents"]] == [[{"text": "be kind"}], [{"text": "hello"}]]


def test_count_can_be_refused(live):
    with pytest.raises(errors.ModelNotFound) as caught:
        run(live, "%gemini --count -m gemini-0 hello")
    assert caught.value.__context__ is None


def test_count_offline(offline):
    said = run(offline, "%gemini --count hello there").stdout
    assert said == "gemini-3.8-flash · 3 tokens in · offline, no cost · not asked for a reply\n"


@pytest.mark.parametrize("stream", ["", "--no-stream"])
def test_a_dry_run_shows_what_would_be_sent(live, server, emulator, stream):
    run(live, "%gemini -q -s 'be kind' first")
    line = f"{stream} --max-tokens 9 --thinking low second"
    [output] = run(live, f"%gemini --dry-run {line}").outputs
    shown = json.loads(output.data["text/plain"])
    assert len(server.exchanges) == len(ledger_of(live).entries) == 1
    run(live, f"%gemini -q {line}")
    assert shown["body"] == emulator.bodies[-1]
    assert shown["body"]["systemInstruction"]["parts"] == [{"text": "be kind"}]
    assert shown["model"] == "gemini-3.8-flash"
    assert server.exchanges[-1].target.partition(":")[2].startswith(shown["method"])
    assert shown["sizes"]["contents"] == len(shown["body"]["contents"]) == 3
    assert shown["sizes"]["characters"] > len("firstsecond")


def test_a_dry_run_shows_no_key_and_needs_none(live, monkeypatch):
    run(live, f"%config GeminiMagics.api_key = '{'own-' + 'secret'}'")
    [output] = run(live, f"%gemini --dry-run is {KEY} or own-secret a key? <b>bold</b>").outputs
    shown = str(output.data)
    assert KEY not in shown
    assert "own-secret" not in shown
    assert "<b>" not in output.data["text/html"]
    monkeypatch.delenv("GEMINI_API_KEY")
    run(live, "%config GeminiMagics.api_key = ''")
    assert run(live, "%gemini --dry-run hello").outputs


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
        assert len(bundle["text/plain"].splitlines()) == len(rows_of(captured))
        assert any("x|`<img src=http://evil" in cell for row in rows_of(captured) for cell in row)


def test_a_table():
    bundle = make_table(
        ("name", "n", "cost"), [("a\x1b[31m\nb", 1234, Amount("$1.20")), ("c", None, Amount("$0.01"))]
    )
    assert bundle["text/plain"].splitlines() == [
        "name          n   cost",
        "a [31m b  1,234  $1.20",
        "c             ?  $0.01",
    ]
    assert '<td style="text-align: right">1,234</td>' in bundle["text/html"]
    assert '<td style="text-align: left">c</td>' in bundle["text/html"]
    assert bundle["text/markdown"].splitlines()[1] == "|---|---:|---:|"


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
