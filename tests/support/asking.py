"""Asking through a session, and stopping a reply as soon as it has text."""

from __future__ import annotations

import signal

from gemini_magic.options.cell_options import Options
from gemini_magic.options.settings import Settings
from gemini_magic.runtime.origin import Origin
from gemini_magic.views.base import NoView


class Watch(NoView):
    """Calls a function once, as soon as the reply holds a text."""

    def __init__(self, text, then):
        self.text, self.then, self.calls = text, then, 0

    def show(self, reply):
        if self.text in reply.text and not self.calls:
            self.calls += 1
            self.then()


def ask(session, text="hello", view=None, *, origin=None, tries=1, **options):
    return session.ask(text, Options(**options), Settings(tries=tries), view or NoView(), origin or Origin())


def interrupt():
    signal.raise_signal(signal.SIGINT)
