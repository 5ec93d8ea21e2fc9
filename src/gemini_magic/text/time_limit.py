"""Ends work on hostile text that takes too long: a parser may loop for ever over thirty characters.

A thread watches what is running. When its time is over, it raises `TookTooLong` in the thread that works,
between two steps of Python code; so work in C is not ended. That costs microseconds a call; a process that
could be killed would cost its start and a round trip.
"""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TookTooLong", "run_in_time"]

_LIMIT_S = 2.0
_SHORTEST_S = 0.05
_CHARACTER_S = 20e-6
"""More for each character: ten times what ordinary text takes."""

_CALM_S = 60.0
"""For so long, work that took too long halves the limit for what follows."""

_POLL_S = 0.05
_MOST_SLOW = 16

T = TypeVar("T")


class TookTooLong(BaseException):
    """The work was ended. No `Exception`, so that no library takes it for one of its own."""


def run_in_time(work: Callable[[], T], text: str) -> T:
    """Return what `work` returns.

    Parameters
    ----------
    work
        Works on `text` in this thread, in Python code.
    text
        Once it took too long, neither it nor a longer text with it is tried for the next minute.

    Raises
    ------
    TookTooLong
        If it does not end in time: 2 seconds, less if others before it did not, more for a long text.
    """
    if _local.is_timed:
        # Part of work that is timed already.
        return work()
    if _watch.is_slow(text):
        raise TookTooLong
    _local.is_timed = True
    try:
        return _time(work, len(text))
    except TookTooLong:
        _watch.note_slow(text)
        raise
    finally:
        _local.is_timed = False


def _time(work: Callable[[], T], size: int) -> T:
    job = _watch.begin(size)
    try:
        result = work()
    except TookTooLong:
        raise
    except BaseException:
        _settle(job)
        raise
    _settle(job)
    return result


def _settle(job: _Job) -> None:
    """End a job; if the watch was quicker, wait for its exception, which must not arrive in other code."""
    if not job.claim():
        while True:
            time.sleep(0.001)


class _Local(threading.local):
    is_timed = False


class _Job:
    """Work of one thread; either it or the watch claims the end, and only one can."""

    def __init__(self, due: float) -> None:
        self.thread = threading.get_ident()
        self.due = due
        self._end = deque([None])

    def claim(self) -> bool:
        try:
            self._end.pop()
        except IndexError:
            return False
        return True


class _Watch:
    """Watches all work that is running; its thread ends when there is none."""

    def __init__(self) -> None:
        self._slow: deque[tuple[float, str]] = deque(maxlen=_MOST_SLOW)
        self._forget_thread()

    def _forget_thread(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._jobs: list[_Job] = []

    def is_slow(self, text: str) -> bool:
        """Return whether a text, or a part of it, took too long just now."""
        return any(slow in text for slow in self._recent())

    def begin(self, size: int) -> _Job:
        """Return the job that this thread begins, on a text of so many characters."""
        if self._process != os.getpid():
            # A forked child has not inherited the thread.
            self._forget_thread()
        limit_s = max(_SHORTEST_S, _LIMIT_S / 2 ** len(self._recent())) + size * _CHARACTER_S
        job = _Job(time.monotonic() + limit_s)
        with self._lock:
            self._jobs = [one for one in self._jobs if one.thread != job.thread]
            self._jobs.append(job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="gemini-magic-watch", daemon=True)
                self._thread.start()
        return job

    def note_slow(self, text: str) -> None:
        """Remember that a text took too long."""
        self._slow.append((time.monotonic(), text))

    def _recent(self) -> list[str]:
        since = time.monotonic() - _CALM_S
        return [text for at, text in self._slow if at > since] if self._slow else []

    def _run(self) -> None:
        while True:
            time.sleep(_POLL_S)
            now = time.monotonic()
            with self._lock:
                for job in self._jobs:
                    if job.due < now and job.claim():
                        _raise_in(job.thread)
                self._jobs = [job for job in self._jobs if job.due >= now]
                if not self._jobs:
                    self._thread = None
                    return


def _raise_in(thread: int) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(TookTooLong))


_local = _Local()
_watch = _Watch()
