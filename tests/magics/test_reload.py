"""`%reload_ext gemini_magic` loses nothing that the kernel holds."""

from __future__ import annotations

import pytest

from gemini_magic.emulator import ScriptedReply
from tests.support.shell import ledger_of, run


def reload_extension(shell, how):
    if how == "reload":
        shell.run_line_magic("reload_ext", "gemini_magic")
    else:
        shell.run_line_magic("unload_ext", "gemini_magic")
        shell.run_line_magic("load_ext", "gemini_magic")


def session_of(shell):
    return shell.find_line_magic("gemini").__self__.session


@pytest.mark.parametrize("how", ["reload", "unload and load"])
def test_chats_ledger_and_settings_go_on(shell, server, emulator, how):
    emulator.script += [ScriptedReply(pieces=(text,), model="gemini-3.8-flash") for text in ("one", "two")]
    run(shell, "%config GeminiMagics.system = 'Be brief.'\n%gemini_usage --budget 5\n%gemini -c other first")
    run(shell, "%gemini_chat use other")
    reload_extension(shell, how)
    run(shell, "%gemini second")
    sent = emulator.bodies[-1]
    assert [content["parts"][0]["text"] for content in sent["contents"]] == ["first", "one", "second"]
    assert sent["systemInstruction"]["parts"][0]["text"] == "Be brief."
    assert len(ledger_of(shell).entries) == 2
    assert "of $5.00" in run(shell, "%gemini_usage --budget").stdout
    assert [turn.text for turn in session_of(shell).chats["other"].turns] == ["one", "two"]
    assert "two" in run(shell, "%gemini --show").outputs[-1].data["text/plain"]


def test_the_cassette_goes_on(shell, server, emulator, tmp_path):
    emulator.script.append(ScriptedReply(pieces=("one",)))
    run(shell, f"%gemini_cassette {tmp_path}/lesson.gemini.jsonl --mode record --sdk\n%gemini --once x")
    shell.run_line_magic("reload_ext", "gemini_magic")
    run(shell, "%gemini_cassette --mode replay\n%gemini --once x")
    assert len(server.exchanges) == 1
    assert "1 used in this kernel" in run(shell, "%gemini_cassette").stdout
    assert session_of(shell).clients.is_hooked
    run(shell, "%gemini_cassette off")
    assert not session_of(shell).clients.is_hooked


def test_settings_are_kept_before_the_first_prompt(shell):
    run(shell, "%config GeminiMagics.model = 'gemini-2.5-pro'")
    shell.run_line_magic("reload_ext", "gemini_magic")
    assert "gemini-2.5-pro" in run(shell, "%gemini --dry-run x").outputs[0].data["text/plain"]


def test_unloading_says_what_is_gone_and_what_waits(talked):
    run(talked, "%config GeminiMagics.model = 'gemini-2.5-pro'\n%gemini --once x")
    assert run(talked, "%reload_ext gemini_magic").stdout == ""
    assert run(talked, "%unload_ext gemini_magic\n%load_ext gemini_magic").stdout == ""
    assert run(talked, "%unload_ext gemini_magic").stdout == (
        "%gemini is gone until %load_ext gemini_magic; what this kernel holds waits for it: "
        "1 chat, 4 requests, settings\n"
    )
    assert run(talked, "pass").stdout == "", "it is said once"
    run(talked, "%load_ext gemini_magic")
    assert len(session_of(talked).chats["main"].turns) == 3


def test_nothing_is_said_where_nothing_waits(shell):
    assert run(shell, "%unload_ext gemini_magic").stdout == ""


def test_another_shell_begins_anew(shell):
    shell.run_line_magic("reload_ext", "gemini_magic")
    assert session_of(shell).chats == {}
