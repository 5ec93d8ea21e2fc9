"""Whatever a service, a file or a user wrote: nothing that is printed can drive or deceive a terminal."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gemini_magic.emulator import ScriptedReply
from gemini_magic.text.printable import printable, to_json_text, to_line
from tests.support.shell import run, texts

UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
HOSTILE = "a\x1b]52;c;eA==\x07b\x7f\x9b2Jc\u202ed\u2066e\ufefff\U000e0041g\u2028h\rI"
# In a cell's line a line end would end it.
IN_LINE = HOSTILE.replace("\u2028", "").replace("\r", "")


@pytest.fixture
def shell_after(shell, server, emulator, tmp_path):
    """A shell with a chat, a log, a failed request and a cassette, all of them full of hostile text."""
    text = {"text": f"# {HOSTILE}\n\n`{HOSTILE}` {HOSTILE}"}
    thought = {"text": HOSTILE, "thought": True}
    event = {
        "candidates": [{"content": {"parts": [thought, text]}, "finishReason": f"STOP{HOSTILE}"}],
        "modelVersion": f"m{HOSTILE}",
    }
    refused = {"error": {"code": 400, "message": HOSTILE, "status": HOSTILE, "details": [HOSTILE]}}
    emulator.script += [ScriptedReply(pieces=(event,)), ScriptedReply(status=400, body=refused)] * 2
    shell.run_line_magic("gemini_cassette", "lesson.gemini.jsonl --mode record")
    shell.said = []

    def ask(options):
        captured = run(shell, f"%%gemini --thoughts {options} -s 'be {IN_LINE}'\n{HOSTILE} {options}")
        shell.said += [captured.stdout, *texts(captured), repr(shell.user_ns["_gemini"])]
        shell.said += [shell.user_ns["_gemini"].tries[-1].error or ""]

    ask("--view auto")
    with pytest.raises(Exception, match="refused"):
        ask("--view auto")
    ask("--view text")
    with pytest.raises(Exception, match="refused"):
        ask("--view text")
    return shell


COMMANDS = [
    "%gemini --show",
    "%gemini --show --view text",
    "%gemini --debug",
    f"%gemini --dry-run {IN_LINE}",
    "%gemini_chat",
    "%gemini_chat show",
    "%gemini_chat undo\n%gemini_chat show --aside",
    "%gemini_chat save chat.json\n%gemini_chat load chat.json other\n%gemini_chat show",
    "%gemini_usage",
    "%gemini_log",
    "%gemini_cassette",
    "_gemini",
    "print(repr(get_ipython().find_line_magic('gemini').__self__.session.chats))",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_prints_nothing_unsafe(shell_after, command):
    captured = run(shell_after, command)
    said = [captured.stdout, *texts(captured)]
    assert any(said)
    for text in said:
        assert not UNSAFE.search(text)


def test_replies_and_their_reprs_show_nothing_unsafe(shell_after):
    assert "".join(shell_after.said).count("\ufffd") > 10
    assert not UNSAFE.search("".join(shell_after.said))


def test_a_missing_recording_is_told_and_explained_without_them(shell_after, capsys):
    shell_after.run_line_magic("gemini_cassette", "--mode replay")
    shell_after.run_cell(f"%%gemini -s x{IN_LINE}\nother {HOSTILE}")
    shell_after.run_cell("%gemini --debug")
    out, err = capsys.readouterr()
    assert "NotRecorded" in out
    assert not UNSAFE.search(re.sub(r"\x1b\[[0-9;]*m", "", out + err))


def test_files_for_people_have_escapes_and_mean_the_same(shell_after):
    lines = Path("lesson.gemini.jsonl").read_text(encoding="utf-8").split("\n")
    assert not any(UNSAFE.search(line) for line in lines)
    # Line ends of a prompt are those of one platform.
    assert HOSTILE.replace("\r", "\n") in json.loads(lines[1])["body"]["contents"][-1]["parts"][0]["text"]


@pytest.mark.parametrize("value", [HOSTILE, "\ud83d", "\U000e0041", "\U0001f600 é"])
def test_json_text_is_the_same_json(value):
    assert json.loads(to_json_text([value, {value: 1}], indent=1)) == [value, {value: 1}]
    assert not UNSAFE.search(to_json_text(value))


def test_what_is_printable():
    assert printable("a\tb\nc é 日本 😀") == "a\tb\nc é 日本 😀"
    assert printable("a\r\nb\rc\x0bd\x00e\u202ef\ud83d") == "a\nb\nc d\ufffde\ufffdf\ufffd"
    assert printable("é 日", "latin-1") == "é ?"
    assert not UNSAFE.search(to_line(HOSTILE))
