"""Hundreds of replies one after the other, with faults and interrupts drawn from one seed."""

from __future__ import annotations

import asyncio
import gc
import random
import threading
from contextlib import nullcontext
from pathlib import Path

import pytest

from gemini_magic import errors
from gemini_magic.emulator import ScriptedReply
from gemini_magic.options.cell_options import Options
from gemini_magic.options.settings import Settings
from gemini_magic.runtime.keys.api_keys import ask_nobody
from gemini_magic.session import Session
from tests.support.asking import Watch, interrupt
from tests.support.fuzz import FUZZ_FACTOR

pytestmark = pytest.mark.slow

REPLIES = 250 * FUZZ_FACTOR
SEED = 20261121

KINDS = {
    "good": ({}, None),
    "dripping": ({"dialect": "one-byte"}, None),
    "compressed": ({"dialect": "gzip"}, None),
    "malformed": ({"dialect": "malformed"}, None),
    "refused": ({"fault": "refuse"}, errors.ConnectionFailed),
    "stalled": ({"fault": "stall", "after": 2}, errors.StreamBroken),
    "reset": ({"fault": "reset", "after": 2}, (errors.StreamBroken, errors.ConnectionFailed)),
    "truncated": ({"fault": "truncate", "after": 2}, errors.StreamBroken),
    "cut": ({"fault": "cut", "after": 2}, errors.StreamBroken),
    "unavailable": ({"status": 503}, errors.ServiceUnavailable),
    "interrupted": ({"fault": "stall", "after": 2}, errors.ReplyStopped),
    "empty": ({"dialect": "empty"}, errors.UnexpectedAnswer),
}
"""How the emulator answers, and what has to be raised."""


def ask(session, emulator, kind, number):
    """Send one prompt; return whether its turn has to be in the chat."""
    script, expected = KINDS[kind]
    emulator.script.append(ScriptedReply(pieces=(f"{number}:", "two ", "three"), **script))
    view = Watch("two" if kind == "interrupted" else "never seen", interrupt)
    options = Options(timeout=0.4 if kind == "stalled" else 30)
    with pytest.raises(expected) if expected else nullcontext():
        session.ask(f"prompt {number}", options, Settings(tries=1), view)
    if kind in {"stalled", "truncated", "cut", "interrupted"}:
        assert session.last.text == f"{number}:two "
    assert session.last.state != "streaming"
    return session.last.is_usable


def tasks_of(session):
    async def count():
        return len(asyncio.all_tasks())

    return session._loop.submit(count()).result(5)


def test_hundreds_of_replies(server, emulator):
    chance = random.Random(SEED)
    session = Session(ask_nobody)
    measured = []
    for start in range(0, REPLIES, 50):
        # A chat of hundreds of turns grows by right: what is looked for is leaks.
        session.chats.clear()
        numbers = range(start, start + 50)
        kept = sum(ask(session, emulator, chance.choice(list(KINDS)), number) for number in numbers)
        assert len(session.chats["main"].turns) == kept
        session.chats.clear()
        emulator.bodies.clear()
        server.exchanges.clear()
        gc.collect()
        measured.append((len(gc.get_objects()), threading.active_count(), open_files()))
    first, last = measured[0], measured[-1]
    assert tasks_of(session) == 1, "only the task that counts"
    assert last[0] < first[0] * 1.02
    assert last[1] == first[1]
    assert last[2] <= first[2] + 2, "the pool may keep a connection or two"
    session.close()


def open_files():
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0
