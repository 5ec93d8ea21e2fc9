"""Autosave: what is kept of the chats, line by line, and what comes back."""

from __future__ import annotations

from itertools import pairwise

import pytest

from gemini_magic import errors
from gemini_magic.chats.autosave import Autosave
from gemini_magic.chats.chat import Chat
from gemini_magic.chats.transcript import dump_chat
from tests.support.turns import prompts, turn


def same(left, right):
    return {n: dump_chat(c) for n, c in left.items()} == {n: dump_chat(c) for n, c in right.items()}


def test_every_state_comes_back(file):
    """Turns, undo, redo, forks, other chats, deleted chats: after each step the file has it all."""
    autosave = Autosave(file)
    main, other = Chat("main"), Chat("other")
    chats = {"main": main}

    def rerun():
        main.rewind(main.turns[:1])
        main.turns.append(turn("again"))

    steps = [
        lambda: main.turns.append(turn("one")),
        lambda: main.turns.append(turn("two")),
        lambda: chats.update(other=other),
        lambda: other.turns.append(turn("elsewhere")),
        lambda: main.rewind(main.turns[:1]),
        main.redo,
        rerun,
        lambda: chats.update(fork=main.fork("fork", 1)),
        lambda: main.turns.append(turn("resumed", base=turn("cut off"))),
        lambda: chats.pop("other"),
        lambda: main.rewind(()),
        main.redo,
    ]
    for step in steps:
        step()
        autosave.store(chats)
        again = Autosave(file).restore()
        assert same(again, chats)
    assert again["fork"].turns[0] is again["main"].turns[0]
    assert list(file.parent.iterdir()) == [file]


def test_a_turn_adds_one_line_about_its_own_size(file):
    autosave, chat = Autosave(file), Chat("main")
    sizes = []
    for number in range(300):
        chat.turns.append(turn(f"{number:05}"))
        autosave.store({"main": chat})
        sizes.append(file.stat().st_size)
    steps = [after - before for before, after in pairwise(sizes)]
    assert max(steps) - min(steps) < 20
    before = file.stat()
    autosave.store({"main": chat})
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def test_restored_chats_go_on_in_the_same_file(file):
    first, chat = Autosave(file), Chat("main")
    chat.turns.append(turn("one"))
    first.store({"main": chat})
    second = Autosave(file)
    chats = second.restore()
    size = file.stat().st_size
    second.store(chats)
    assert file.stat().st_size == size
    chats["main"].turns.append(turn("two"))
    second.store(chats)
    assert file.read_bytes().count(b"reply to one") == 1
    assert prompts(Autosave(file).restore()) == ["one", "two"]


def test_what_was_not_restored_is_set_aside(file):
    for text in ("old", "new"):
        chat = Chat("main")
        chat.turns.append(turn(text))
        Autosave(file).store({"main": chat})
    chats = Autosave(file).restore()
    assert prompts(chats) == ["new"]
    [aside] = chats["main"].asides
    assert [turn.prompt_text for turn in aside.turns] == ["old"]


@pytest.mark.parametrize("what", ["delete", "other writer"])
def test_a_file_that_somebody_else_changed(file, what):
    autosave, chat = Autosave(file), Chat("main")
    chat.turns.append(turn("one"))
    autosave.store({"main": chat})
    if what == "delete":
        file.unlink()
    else:
        file.write_bytes(b"other\n")
    chat.turns.append(turn("two"))
    autosave.store({"main": chat})
    assert prompts(Autosave(file).restore()) == ["one", "two"]


def test_what_no_chat_has_any_more_is_dropped_in_time(file):
    autosave = Autosave(file)
    for number in range(400):
        chat = Chat("main")
        chat.turns.append(turn(f"{number}"))
        autosave.store({"main": chat})
    assert file.read_bytes().count(b"signature") + file.read_bytes().count(b"Signature") < 110
    assert prompts(Autosave(file).restore()) == ["399"]


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"hello\n", b"\x00\xff" * 50, b'{"format": "x"}\n', b"[]\n{}\n", b"{" * 90_000]
)
def test_foreign_files(file, data):
    file.parent.mkdir()
    file.write_bytes(data)
    with pytest.raises(errors.TranscriptError) as caught:
        Autosave(file).restore()
    assert "\n" not in str(caught.value)
    assert file.read_bytes() == data


def test_damage_in_the_middle_is_said(file):
    autosave, chat = Autosave(file), Chat("main")
    for text in ("one", "two", "three"):
        chat.turns.append(turn(text))
        autosave.store({"main": chat})
    lines = file.read_bytes().splitlines(keepends=True)
    for damage in (b"{}\n", b"null\n", b'{"turns": [1], "chats": {}}\n', lines[2][:50] + b"\n"):
        file.write_bytes(lines[0] + lines[1] + damage + lines[3])
        with pytest.raises(errors.TranscriptError, match="line 3"):
            Autosave(file).restore()
    file.write_bytes(lines[0].replace(b": 1", b": 2").replace(b":1", b":2") + lines[1])
    with pytest.raises(errors.TranscriptError, match="newer"):
        Autosave(file).restore()
    assert Autosave(file.with_name("none.jsonl")).restore() == {}


def test_only_the_user_can_read_it(file):
    chat = Chat("main")
    chat.turns.append(turn("private"))
    Autosave(file).store({"main": chat})
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0
