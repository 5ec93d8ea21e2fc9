"""A pseudo-terminal that shows what a view prints, and replies to print."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import termios
import threading
from contextlib import contextmanager

import pytest

from gemini_magic.replies import events as ev
from gemini_magic.replies.reply import Reply
from gemini_magic.views.terminal.terminal import TerminalView

pyte = pytest.importorskip("pyte", reason="needs the terminal emulator pyte")
USAGE = "m · tokens unknown · total 1.50 s · outside any chat"
ENDED = [ev.Finished("STOP"), ev.Ended("complete", 1.5)]
MARK = "\x05"
COLOURS = re.compile(r"\x1b\[[\d;]*m")


class Terminal:
    """A pseudo-terminal: `stream` is its inside, `screen` what a person sees, `written` all that came."""

    def __init__(self, columns, rows, encoding):
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.stream = os.fdopen(slave, "w", encoding=encoding, newline="")
        self.columns = columns
        self.written = ""
        self.screen = pyte.HistoryScreen(columns, rows, history=1_000_000)
        self._feed = pyte.Stream(self.screen).feed
        self._arrived = threading.Semaphore(0)
        self._read = b""
        self._reader = threading.Thread(target=self._receive)
        self._reader.start()

    def _receive(self):
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:
                return
            self._read += data
            if data.endswith(MARK.encode()):
                self._arrived.release()

    def sync(self):
        """Wait until all that was written is on the screen."""
        self.stream.write(MARK)
        self.stream.flush()
        assert self._arrived.acquire(timeout=10)
        data, self._read = self._read, b""
        text = data.decode(self.stream.encoding).replace(MARK, "")
        self.written += text
        self._feed(text)

    def close(self):
        self.stream.close()
        self._reader.join()
        os.close(self._master)

    @property
    def gone(self):
        """The lines that have left the screen."""
        return [self._text(row) for row in self.screen.history.top]

    @property
    def lines(self):
        """The scrollback and the screen."""
        shown = [self._text(self.screen.buffer[y]) for y in range(self.screen.lines)]
        return "\n".join([*self.gone, *shown]).rstrip("\n").split("\n")

    def _text(self, row):
        return "".join(row[x].data for x in range(self.columns)).rstrip()


@contextmanager
def opened(columns=80, rows=24, encoding="utf-8"):
    pty = Terminal(columns, rows, encoding)
    try:
        yield pty
    finally:
        pty.close()


class Clock:
    """Each look at it is so many seconds later."""

    def __init__(self, step):
        self.now = 0.0
        self.step = step

    def __call__(self):
        self.now += self.step
        return self.now


def delta(text):
    return ev.TextDelta(text, {"text": text})


def thought(text):
    return ev.ThoughtDelta(text, {"text": text, "thought": True})


def deltas(text, step=11):
    return [delta(text[i : i + step]) for i in range(0, len(text), step)]


def draw(events, view):
    reply = Reply("m")
    view.show(reply)
    for event in events:
        reply.apply(event)
        view.show(reply)
    view.finish(reply)


def replay(events, *, columns=80, rows=24, encoding="utf-8", step=9, **options):
    """Draw every event, or with no `step` of time, only the end; return the terminal."""
    with opened(columns, rows, encoding) as pty:
        draw(events, TerminalView(pty.stream, clock=Clock(step), **options))
        pty.sync()
    return pty


def words(count):
    return " ".join(f"w{i}" for i in range(count))
