"""The file of a cassette: edited, damaged, locked, written by others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gemini_magic.errors import (
    CassetteError,
    NotRecorded,
)
from tests.support.cassettes import asked, said


def test_a_prompt_that_is_edited_changes_its_lines_and_those_after_it(run, tape, server, emulator):
    for name in ("one", "two", "three", "other"):
        emulator.script.append(said(name))
    live = run("record")
    for prompt in ("a", "b", "c"):
        live(prompt)
    live("apart", once=True)
    before = tape.read_text().splitlines()

    emulator.script += [said("TWO"), said("THREE")]
    edited = run("auto")
    for prompt in ("a", "B", "c"):
        edited(prompt)
    edited("apart", once=True)
    assert asked(emulator)[4:] == ["B", "c"]
    assert tape.read_text().splitlines()[: len(before)] == before
    assert edited.cassette.prune() == 2
    after = tape.read_text().splitlines()
    block = len(before[1:]) // 4
    assert after[: 1 + block] == before[: 1 + block]
    assert after[-block:] == before[-block:]
    assert len(after) == len(before)
    again = run("replay")
    assert [again(prompt).text for prompt in ("a", "B", "c")] == ["one", "TWO", "THREE"]


def test_prune_keeps_what_was_used_and_wants_a_run_first(run, tape, server, emulator):
    emulator.script += [said("one"), said("two")]
    live = run("record")
    live("a", once=True), live("b", once=True)
    with pytest.raises(CassetteError, match=r"nothing of lesson\.gemini\.jsonl was used yet"):
        run("replay").cassette.prune()
    again = run("replay")
    again("b", once=True)
    assert again.cassette.prune() == 1
    assert again("b", once=True).text == "two"
    with pytest.raises(NotRecorded):
        again("a", once=True)


@pytest.mark.parametrize(
    ("damage", "number"),
    [
        (lambda lines: [*lines[:2], "{oops", *lines[3:]], 3),
        (lambda lines: lines[:-1], 3),
        (lambda lines: [lines[0], *lines[2:]], 2),
        (lambda lines: ['{"cassette": "other"}', *lines[1:]], 1),
        (lambda lines: [lines[0].replace("1}", "9}"), *lines[1:]], 1),
        (lambda lines: [*lines[:2], '{"event": {}}', *lines[3:]], 3),
        (lambda lines: [*lines, lines[1]], 5),
        (lambda lines: ["[]", *lines[1:]], 1),
    ],
)
def test_a_damaged_cassette_names_the_line_and_is_left_alone(run, tape, server, emulator, damage, number):
    emulator.script += [said("one"), said("two")]
    run("record")("x")
    damaged = "".join(line + "\n" for line in damage(tape.read_text().splitlines()))
    tape.write_text(damaged)
    for mode in ("auto", "record", "replay"):
        with pytest.raises(CassetteError, match=f"lesson.gemini.jsonl is damaged in line {number} "):
            run(mode)("x")
    assert tape.read_text() == damaged
    assert len(server.exchanges) == 1


def test_a_line_that_is_cut_short_is_damage(run, tape, server, emulator):
    emulator.script.append(said("one"))
    run("record")("x")
    tape.write_bytes(tape.read_bytes()[:-5])
    with pytest.raises(CassetteError, match="damaged in line 4"):
        run("auto")("x")


def test_a_cassette_that_cannot_be_written_says_so_and_the_reply_stays(run, tape, server, emulator):
    emulator.script.append(said("one"))
    tape.parent.joinpath("lesson.gemini.jsonl").mkdir()
    with pytest.raises(CassetteError, match="cannot be read"):
        run("auto")("x")
    tape.rmdir()
    tape.parent.joinpath("folder").write_text("a file, not a folder")
    asker = run("record")
    asker.settings = replace(asker.settings, cassette=str(tape.parent / "folder" / "x.jsonl"))
    with pytest.raises(CassetteError, match="cannot be read"):
        asker("x")


def test_another_program_may_write_it_meanwhile(run, tape, server, emulator):
    emulator.script += [said("one"), said("two"), said("three")]
    first, second = run("auto"), run("auto")
    first("a", once=True)
    second("b", once=True)
    assert first("b", once=True).text == "two"
    first("c", once=True)
    again = run("replay")
    assert [again(prompt, once=True).text for prompt in "abc"] == ["one", "two", "three"]
