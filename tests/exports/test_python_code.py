"""Chats as Python: the script is run, and what it sends is compared with what the session sent."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from gemini_magic import errors
from gemini_magic.chats.chat import Chat
from gemini_magic.emulator import ScriptedReply
from gemini_magic.exports.python_code import to_python
from gemini_magic.options.cell_options import Options
from gemini_magic.options.settings import Settings
from gemini_magic.views.base import NoView
from tests.support.recorded_replies import load_recorded

HOSTILE = (
    "'''\"\"\" \\ {x} {{}} %s $y\n\n\tline\r\n\u202e\u2028é \x00\x1b[31m'); import os; os.abort()  # ```"
)


def run(code, folder):
    file = folder / "script.py"
    file.write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-X", "utf8", str(file)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def normal(value):
    """A body with base64 in one alphabet, and the one name that google-genai 3.4 leaves in snake case."""
    if isinstance(value, dict):
        return {k.replace("tool_type", "toolType"): _normal_item(k, v) for k, v in value.items()}
    return [normal(item) for item in value] if isinstance(value, list) else value


def _normal_item(name, item):
    is_base64 = name in {"thoughtSignature", "data"}
    return item.translate(str.maketrans("-_", "+/")) if is_base64 else normal(item)


def test_the_script_sends_what_the_session_sent(session, server, emulator, tmp_path):
    settings = Settings(max_tokens=77, thinking="low")
    for text in ("one", HOSTILE):
        session.ask(text, Options(system=HOSTILE, temperature=0.25), settings, NoView())
    sent = emulator.bodies[-1]
    emulator.script.append(ScriptedReply(pieces=("streamed ", "text")))
    code = to_python(session.chats["main"], whole=True, settings=settings)
    assert run(code, tmp_path) == "streamed text\n"
    assert normal(emulator.bodies[-1]) == normal(sent)
    assert server.exchanges[-1].target == server.exchanges[-2].target


def test_the_last_turn_alone(session, server, emulator, tmp_path):
    session.ask("first", Options(), Settings(), NoView())
    session.ask("second", Options(thinking="high", model="gemini-2.5-pro"), Settings(), NoView())
    code = to_python(session.chats["main"], whole=False)
    session.ask("second", Options(thinking="high", model="gemini-2.5-pro", once=True), Settings(), NoView())
    run(code, tmp_path)
    assert emulator.bodies[-1] == emulator.bodies[-2]
    assert server.exchanges[-1].target == server.exchanges[-2].target


def _richest():
    """The recorded streams with the most kinds of parts."""
    streams = load_recorded("streams.jsonl")
    rows = [row for row in streams if row.values[0] is None or '"STOP"' in row.values[0]["body"]]
    words = (
        "inlineData",
        "executableCode",
        "codeExecutionResult",
        "functionCall",
        "thoughtSignature",
        "toolCall",
    )

    def rank(row):
        return -sum(word in row.values[0]["body"] for word in words) if row.values[0] else 0

    chosen = sorted((row for row in rows if "willContinue" not in str(row.values[0])), key=rank)[:3]
    calls = [row for row in rows if "functionCall" in str(row.values[0]) and row not in chosen]
    return chosen + [row for row in calls if "willContinue" not in str(row.values[0])][:2]


@pytest.mark.parametrize("row", _richest())
def test_recorded_parts_as_code(row, session, server, emulator, tmp_path):
    emulator.script.append(ScriptedReply(raw=row["body"]))
    session.ask("first", Options(), Settings(), NoView())
    session.ask("second", Options(), Settings(), NoView())
    sent = emulator.bodies[-1]
    run(to_python(session.chats["main"], whole=True), tmp_path)
    assert normal(emulator.bodies[-1]) == normal(sent)


def test_the_script_reads_well(session, server, emulator):
    session.ask("line one\nline two", Options(system="be brief"), Settings(), NoView())
    code = to_python(session.chats["main"], whole=True)
    ast.parse(code)
    assert "'line one\\n'\n" in code
    assert "system_instruction='be brief'" in code
    assert max(map(len, code.splitlines())) <= 110
    assert "x" * 35 not in code  # the key


def test_an_empty_chat():
    with pytest.raises(errors.OptionError, match="no turn yet"):
        to_python(Chat("main"), whole=False)
