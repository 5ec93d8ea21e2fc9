"""Fixtures for cassettes: the file, and sessions that use it."""

from __future__ import annotations

import pytest

from gemini_magic.options.cell_options import Options
from gemini_magic.options.settings import Settings
from gemini_magic.runtime.keys.api_keys import ask_nobody
from gemini_magic.runtime.origin import Origin
from gemini_magic.session import Session
from gemini_magic.views.base import NoView
from tests.support.cassettes import Asker


@pytest.fixture
def tape(tmp_path):
    return tmp_path / "lesson.gemini.jsonl"


@pytest.fixture
def run(tape):
    """Starts a session that uses the cassette, as a new kernel would."""
    sessions = []

    def start(mode, **settings):
        sessions.append(Session(ask_nobody))
        return Asker(sessions[-1], Settings(cassette=str(tape), cassette_mode=mode, **settings))

    yield start
    for session in sessions:
        session.close()


@pytest.fixture
def ask(tape):
    """Asks one prompt in a session of its own."""
    sessions = []

    def send(mode, text, origin=None, **options):
        sessions.append(Session(ask_nobody))
        settings = Settings(cassette=str(tape), cassette_mode=mode)
        return sessions[-1].ask(text, Options(**options), settings, NoView(), origin or Origin())

    yield send
    for session in sessions:
        session.close()
