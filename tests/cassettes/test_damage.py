"""Cassettes as editors, merges, crashes and full disks leave them."""

from __future__ import annotations

import os
from contextlib import nullcontext

import pytest

from gemini_magic.cassettes.cassette import Cassette
from gemini_magic.cassettes.recordings import HEADER
from gemini_magic.cassettes.takes import Place
from gemini_magic.emulator import ScriptedReply
from gemini_magic.errors import CassetteError
from gemini_magic.runtime import locked_files as shared
from gemini_magic.views.usage_line import usage_line
from tests.support.cassettes import call, recording


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.removesuffix(b"\n"),
        lambda data: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n").removesuffix(b"\r\n"),
    ],
    ids=["CRLF", "BOM", "no last line end", "all of them"],
)
def test_what_editors_and_checkouts_do_is_no_damage(ask, tape, server, emulator, change):
    emulator.script += [ScriptedReply(pieces=("one\r\ntwo",)), ScriptedReply(pieces=("more",))]
    ask("record", "a")
    tape.write_bytes(change(tape.read_bytes()))
    assert ask("replay", "a").text == "one\r\ntwo"
    assert ask("auto", "b").text == "more"
    assert [ask("replay", prompt).text for prompt in "ab"] == ["one\r\ntwo", "more"]
    assert len(Cassette(tape).recordings) == 2


def test_an_unresolved_merge_says_so(ask, tape, server):
    ask("record", "a")
    header, *lines = tape.read_text().splitlines(keepends=True)
    ours, theirs = "".join(lines), "".join(lines).replace('"a"', '"b"')
    tape.write_text(f"{header}<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> other\n")
    with pytest.raises(CassetteError, match=r"damaged in line 2 \(a merge conflict; take out its marks"):
        ask("replay", "a")
    tape.write_text(header + ours + theirs)
    assert ask("replay", "b").text == ask("replay", "a").text


@pytest.mark.parametrize("cut", [1, 9, 12, 13, 14, 15, 40, 150])
def test_a_recording_that_a_crash_has_cut_off_is_told_with_its_lines(tape, cut):
    Cassette(tape).add(recording("a"), {})
    whole = tape.read_bytes()
    Cassette(tape).add(recording("b"), {})
    # Where the last line end is missing only, nothing is.
    tape.write_bytes(tape.read_bytes()[: -cut - 1])
    with pytest.raises(CassetteError, match=r"without its lines from 5 on it would be whole"):
        Cassette(tape).load()
    tape.write_bytes(b"".join(tape.read_bytes().splitlines(keepends=True)[:4]))
    assert tape.read_bytes() == whole
    assert len(Cassette(tape).recordings) == 1


def test_a_full_disk_takes_nothing_away_and_leaves_no_half_line(tape, monkeypatch):
    cassette = Cassette(tape)
    cassette.add(recording("a"), {})
    before = tape.read_bytes()
    write = os.write
    monkeypatch.setattr(shared.os, "write", lambda file, data: write(file, data[:7]))
    with pytest.raises(CassetteError, match=r"cannot be written \(No space left on device\)"):
        cassette.add(recording("b"), {})
    monkeypatch.undo()
    assert tape.read_bytes() == before
    cassette.add(recording("c"), {})
    assert len(Cassette(tape).recordings) == 2


def test_where_nothing_can_be_written_replies_are_replayed_and_new_ones_shown(
    ask, tape, server, emulator, monkeypatch
):
    emulator.script += [ScriptedReply(pieces=("one",)), ScriptedReply(pieces=("two",))]
    ask("record", "a")

    real = os.open

    def refuse(path, flags, *more):
        if flags & (os.O_WRONLY | os.O_RDWR):
            raise OSError(30, "Read-only file system")
        return real(path, flags, *more)

    monkeypatch.setattr(shared.os, "open", refuse)
    assert ask("auto", "a").text == "one"
    reply = ask("auto", "b")
    assert reply.text == "two"
    assert "lesson.gemini.jsonl cannot be written (Read-only file system)" in usage_line(reply)


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ('{"request": 5, "take": 1}', 2),
        ('{"request": "POST", "take": 1}', 2),
        ('{"request": "POST x", "take": "1"}', 2),
        ('{"request": "POST x", "take": 0}', 2),
        ('{"at": -1, "event": {}}', 3),
        ('{"at": true, "event": {}}', 3),
        ('{"at": "0.1", "event": {}}', 3),
        ('{"at": 0.1, "event": "x"}', 3),
        ('{"at": 0.1, "event": [1]}', 3),
        ('{"at": 0.1, "base64": "%%%"}', 3),
        ('{"at": 0.1, "text": 5}', 3),
        ('{"at": 0.1}', 3),
        ('{"end": NaN}', 4),
        ('{"end": Infinity}', 4),
        ('{"end": null}', 4),
        ('{"end": 1, "status": "200"}', 4),
        ('{"end": 1, "status": 42}', 4),
        ('{"end": 1, "failed": "a"}', 4),
        ('{"end": 1, "stopped": 1}', 4),
        ('{"end": 1, "note": {}}', 4),
    ],
)
def test_a_line_that_says_something_odd_is_damage(tape, line, number):
    Cassette(tape).add(recording("a"), {})
    lines = tape.read_text().splitlines()
    lines[number - 1] = line
    tape.write_text("\n".join([*lines, *lines[1:]]))
    with pytest.raises(CassetteError, match=f"damaged in line {number} \\(it is no line of a cassette"):
        Cassette(tape).load()


@pytest.mark.parametrize(
    ("line", "is_damage"),
    [
        ('{"at": 0.1, "base64": "%%%"}', True),
        ('{"at": 0.1, "base64": "ZQ"}', True),
        ('{"at": 0.1, "text": {"file": "x"}}', True),
        ('{"at": 0.1, "text": "data: 1"}', False),
        ('{"at": 0.1, "base64": "ZQ=="}', False),
        ('{"at": 0.1, "base64": {"$file": "0123456789abcdef0123.bin"}}', False),
        ('{"at": 0, "event": [1]}', False),
    ],
)
def test_what_other_calls_answer_is_no_damage(tape, line, is_damage):
    tape.write_text(f'{HEADER}{{"request": "POST files", "take": 1}}\n{line}\n{{"end": 0.2}}\n')
    with pytest.raises(CassetteError, match="line 3") if is_damage else nullcontext():
        Cassette(tape).load()


def test_huge_lines_are_read(tape):
    Cassette(tape).add(recording("a", 20_000_000), {})
    assert Cassette(tape).find(Place(call("a"), 1)) is not None
