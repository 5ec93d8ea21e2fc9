"""A forked child, as multiprocessing makes them, asks on connections of its own, and never hangs."""

from __future__ import annotations

import os
import signal
import warnings

import pytest

from gemini_magic.options.cell_options import Options
from gemini_magic.options.settings import Settings
from gemini_magic.runtime.keys.api_keys import ask_nobody
from gemini_magic.session import Session
from gemini_magic.views.base import NoView
from tests.support.shell import run


def in_child(act):
    """Return what `act` returns in a forked child; a child that hangs is ended and returns nothing."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # Python 3.12 warns of forks of processes with threads: the case at hand.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(20)
        try:
            os.write(writing, act().encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


@pytest.mark.parametrize("offline", [False, True])
def test_a_child_can_ask_and_so_can_its_parent(session, server, emulator, offline):
    def ask(text):
        return session.ask(text, Options(), Settings(offline=offline), NoView()).text

    assert "first" in ask("first")
    assert "second" in in_child(lambda: ask("second"))
    assert "third" in ask("third")
    assert "second" not in session.last.text


def test_a_child_ends_its_session_without_its_parents_connections(session, server):
    session.ask("first", Options(), Settings(), NoView())

    def close():
        session.close()
        return "closed"

    assert in_child(close) == "closed"
    assert "again" in session.ask("again", Options(), Settings(), NoView()).text


def test_a_session_that_was_never_used_is_used_in_a_child(server):
    session = Session(ask_nobody)
    try:
        assert "hello" in in_child(lambda: session.ask("hello", Options(), Settings(), NoView()).text)
    finally:
        session.close()


def test_a_child_of_a_notebook(offline):
    run(offline, "%gemini --view none one")

    def ask():
        offline.run_cell("%gemini --view none two")
        return offline.user_ns["_gemini"].text

    assert "two" in in_child(ask)
