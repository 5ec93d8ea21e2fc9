"""Fixtures of the tests in this folder."""

from __future__ import annotations

import pytest

from gemini_magic.emulator import ScriptedReply
from gemini_magic.runtime.origin import Origin
from tests.support.asking import ask


@pytest.fixture
def file(tmp_path):
    return tmp_path / "made" / "here.jsonl"


@pytest.fixture
def talked(session, server, emulator):
    """A chat with everything: options, a system instruction, a resumed turn, one set aside."""
    first = ScriptedReply(pieces=("cut", " off"), finish_reason="MAX_TOKENS")
    emulator.script += [first, ScriptedReply(pieces=(" and on",)), ScriptedReply(pieces=("aside",))]
    ask(
        session,
        "one \u202e 'q' \"d\" é",
        origin=Origin("c1", "r1"),
        system="be\nkind",
        thinking="low",
        max_tokens=9,
    )
    ask(session, "", origin=Origin("c2", "r2"), resume=True)
    ask(session, "two", origin=Origin("c3", "r3"))
    ask(session, "three", origin=Origin("c3", "r4"), temperature=0.5, thoughts=True)
    return session.chats["main"]
