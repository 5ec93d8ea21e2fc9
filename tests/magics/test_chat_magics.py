"""%gemini_chat in a real shell: chats by name, back and forth in them."""

from __future__ import annotations

import pytest

from gemini_magic import errors
from gemini_magic.emulator import ScriptedReply
from tests.support.chat_magics import prompts, table
from tests.support.parts import chunk
from tests.support.shell import run


def test_a_table_of_chats(talked):
    run(talked, "%gemini -c tutor **four** <b>")
    data = table(talked)
    assert set(data) == {"text/html", "text/markdown", "text/plain"}
    for word in ("main", "tutor", "offline-emulator", "three"):
        assert word in data["text/plain"]
    assert "<b>" not in data["text/html"]
    assert "<b>" not in data["text/markdown"]


def test_no_chats_yet(offline):
    assert "chat" in table(offline)["text/plain"]


def test_use_and_new(talked):
    run(talked, "%gemini_chat new tutor")
    run(talked, "%gemini four")
    assert prompts(talked, "tutor") == ["four"]
    run(talked, "%gemini_chat use main")
    run(talked, "%gemini five")
    assert prompts(talked) == ["one", "two", "three", "five"]
    with pytest.raises(errors.ChatNotFound, match="there is no chat nobody"):
        run(talked, "%gemini_chat use nobody")
    with pytest.raises(errors.OptionError, match="there is a chat tutor already"):
        run(talked, "%gemini_chat new tutor")


@pytest.mark.parametrize(("at", "left"), [("", 3), ("--at 2", 2)])
def test_fork(talked, at, left):
    assert f"chat other: {left} turns" in run(talked, f"%gemini_chat fork other {at}").stdout
    run(talked, "%gemini four")
    assert prompts(talked, "other") == [*["one", "two", "three"][:left], "four"]
    assert prompts(talked) == ["one", "two", "three"]


def test_undo_redo_reset(talked):
    assert run(talked, "%gemini_chat undo 2").stdout == "chat main: 1 turn, 2 set aside\n"
    run(talked, "%gemini_chat redo")
    assert prompts(talked) == ["one", "two", "three"]
    run(talked, "%gemini_chat undo")
    run(talked, "%gemini four")
    with pytest.raises(errors.OptionError, match="nothing was set aside after the last turn"):
        run(talked, "%gemini_chat redo")
    run(talked, "%gemini_chat reset")
    assert prompts(talked) == []
    run(talked, "%gemini_chat redo")
    assert prompts(talked) == ["one", "two", "four"]


def rows(captured):
    """The rows of a table that was shown, as plain text."""
    return captured.outputs[0].data["text/plain"].splitlines()[1:]


def test_any_branch_can_be_brought_back(talked):
    run(talked, "%gemini_chat undo 2")
    run(talked, "%gemini four")
    run(talked, "%gemini_chat undo")
    run(talked, "%gemini five")
    shown = rows(run(talked, "%gemini_chat show --aside"))
    assert [row.split() for row in shown] == [
        ["1", "1", "1", "four", "four"],
        ["2", "1", "2", "two", "three"],
    ]
    with pytest.raises(errors.OptionError, match=r"redo takes a number from 1 to 2, .*show --aside"):
        run(talked, "%gemini_chat redo 3")
    assert run(talked, "%gemini_chat redo 2").stdout == "chat main: 3 turns, 2 set aside\n"
    assert prompts(talked) == ["one", "two", "three"]
    for text in ("four", "five"):
        shown = rows(run(talked, "%gemini_chat show main --aside"))
        [number] = [row.split()[0] for row in shown if text in row]
        run(talked, f"%gemini_chat redo {number}")
        assert prompts(talked) == ["one", text]
    assert "two" in "".join(rows(run(talked, "%gemini_chat show --aside")))


def test_redo_says_where_else_to_look(talked):
    run(talked, "%gemini_chat undo")
    run(talked, "%gemini four")
    with pytest.raises(errors.OptionError, match="show --aside lists what was set aside elsewhere"):
        run(talked, "%gemini_chat redo")


def test_there_is_nothing_to_undo(offline):
    run(offline, "%gemini_chat use main")
    for line in ("undo", "undo 2", "fork other --at 1"):
        with pytest.raises(errors.OptionError, match=r"there is nothing to .*: chat main has no turns"):
            run(offline, f"%gemini_chat {line}")
    with pytest.raises(errors.NothingToShow, match="nothing is set aside"):
        run(offline, "%gemini_chat show --aside")


def test_the_main_chat_can_always_be_used(offline):
    assert run(offline, "%gemini_chat use main").stdout == "chat main: 0 turns\n"
    run(offline, "%gemini hello")
    run(offline, "%gemini_chat new other")
    run(offline, "%gemini_chat delete main")
    run(offline, "%gemini_chat use main")
    run(offline, "%gemini hello again")
    assert prompts(offline) == ["hello again"]


def test_each_command_says_what_it_did(talked, tmp_path):
    def said(line):
        return run(talked, f"%gemini_chat {line}").stdout

    assert said("new tutor") == "chat tutor: 0 turns\n"
    assert said("use main") == "chat main: 3 turns\n"
    run(talked, "%gemini_chat undo")
    assert said(f"save {tmp_path}/a.json") == "chat main: 2 turns, 1 set aside; saved in a.json\n"
    assert said(f"export {tmp_path}/a.md") == "chat main: 2 turns, 1 set aside; exported to a.md\n"
    assert said("delete tutor") == "chat tutor: 0 turns; deleted\n"


@pytest.mark.parametrize("name", ["café", "Übung_2", "学习", "हिन्दी", "тест-1.2", "العربية"])
def test_names_of_any_script(talked, name):
    run(talked, f"%gemini_chat new {name}")
    run(talked, "%gemini four")
    run(talked, "%gemini_chat use main")
    usage = run(talked, f"%gemini -c {name} five").outputs[0].data["text/plain"]
    assert usage.endswith(f"chat {name}, turn 2")
    assert prompts(talked, name) == ["four", "five"]


def test_a_name_has_one_form(talked):
    run(talked, "%gemini_chat new cafe\u0301")
    run(talked, "%gemini_chat use main")
    run(talked, "%gemini_chat use caf\u00e9")


def test_a_chat_that_was_reset_begins_anew(talked):
    run(talked, "%gemini_chat reset")
    run(talked, "%gemini fresh")
    assert talked.user_ns["_gemini"].turn == 1


def test_delete(talked):
    run(talked, "%gemini_chat delete main")
    with pytest.raises(errors.ChatNotFound):
        run(talked, "%gemini_chat show")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("juggle", "there is no %gemini_chat juggle"),
        ("use", "use is followed by NAME"),
        ("new a b", "new is followed by NAME"),
        ("new 'a b'", "is no chat name"),
        ("undo 9", "undo takes a number from 1 to 3"),
        ("undo x", "undo takes a number from 1 to 3"),
        ("redo 1", "nothing is set aside in chat main"),
        ("reset 1", "reset takes nothing more"),
        ("show main twice", "show takes .* and nothing more"),
        ("load a b c", "load takes FILE .* and nothing more"),
        ("use 'a b'", "is no chat name"),
        ("undo " + "9" * 5000, "undo takes a number from 1 to 3"),
        ("fork other --at", "--at takes a number"),
        ("use 'open", "is not closed"),
    ],
)
def test_wrong_words_are_explained(talked, line, said):
    with pytest.raises(errors.OptionError, match=said):
        run(talked, f"%gemini_chat {line}")
    assert prompts(talked) == ["one", "two", "three"]


def test_show_says_what_came_beside_the_text(live, emulator):
    call = {"functionCall": {"name": "look", "args": {"at": "<b>"}}}
    emulator.script += [
        ScriptedReply(pieces=(chunk(*parts, finishReason="STOP"),))
        for parts in ([call], [{"text": "I look."}, call])
    ]
    run(live, "%gemini one")
    run(live, "%gemini two")
    [output] = run(live, "%gemini_chat show").outputs
    assert output.data["text/html"].count("function call <code>look(at='&lt;b&gt;')</code>") == 2
    assert output.data["text/plain"].count("function call look(at='<b>')") == 2
