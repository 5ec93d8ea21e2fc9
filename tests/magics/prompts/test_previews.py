"""--count and --dry-run: what a prompt would take and send."""

from __future__ import annotations

import json

import pytest

from gemini_magic import errors
from tests.support.service import KEY
from tests.support.shell import ledger_of, run


def test_count(live, server, emulator):
    run(live, "%gemini -q -s 'be kind' a first question of some length")
    chats = live.find_line_magic("gemini").__self__.session.chats
    [turn] = chats["main"].turns
    said = run(live, "%%gemini --count\nhello world, how are you?").stdout
    asked = ["be kind", turn.prompt.parts[0].text, turn.text, "hello world, how are you?"]
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
