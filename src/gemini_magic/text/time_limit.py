"""Ends work on hostile text that takes too long: a parser may loop for ever over thirty characters.

A thread watches what is running. When work has used up its CPU time, the watch raises `TookTooLong` in the
thread that works, between two steps of Python code; so work in C is not ended. That costs microseconds a
call; a process that could be killed would cost its start and a round trip.
"""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections import deque
from contextlib import suppress
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
_MOST_RAISED = 200
_MOST_IDLE = 40
"""Polls without work after which the thread ends."""

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
        If it does not end in time: 2 seconds of CPU time, less if others before it did not, more for a
        long text.
    """
    if _local.job is not None and not _local.job.has_ended:
        # Part of work that is timed already.
        return work()
    if _watch.is_slow(text):
        raise TookTooLong
    job = _local.job = _Job(_watch.limit_s(len(text)))
    try:
        _watch.add(job)
        result = work()
        if not job.claim():
            raise TookTooLong
    except BaseException as error:
        is_late = not job.claim()
        _watch.settle(job)
        if not is_late or isinstance(error, KeyboardInterrupt):
            raise
        _watch.note_slow(text)
        raise TookTooLong from None
    finally:
        # Once more, for an interrupt in the lines above: nothing may come from the watch later.
        if not job.has_ended:
            _watch.settle(job)
    return result


class _Local(threading.local):
    job: _Job | None = None


class _Job:
    """Work of one thread. Either it or the watch claims the end; what the watch claims, it ends."""

    def __init__(self, limit_s: float) -> None:
        self.thread = threading.get_ident()
        self.limit_s = limit_s
        self.is_late = False
        self.is_settled = False
        self.raised = 0
        self._clock = _clock_of(self.thread)
        self._began = self._now()
        self._end = deque([None])

    @property
    def is_over(self) -> bool:
        """Whether its time is over, or its thread has ended."""
        try:
            return self._now() - self._began > self.limit_s
        except OSError:
            return True

    @property
    def has_ended(self) -> bool:
        """Whether nothing is to be done about it any more."""
        return self.is_settled or not (self._end or self.is_late)

    def claim(self) -> bool:
        """Return whether the end is the caller's."""
        try:
            self._end.pop()
        except IndexError:
            return False
        return True

    def _now(self) -> float:
        return time.monotonic() if self._clock is None else time.clock_gettime(self._clock)


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

    def limit_s(self, size: int) -> float:
        """Return the CPU time for work on a text of so many characters, in seconds."""
        halved_s = float(_LIMIT_S / 2 ** len(self._recent()))
        return max(_SHORTEST_S, halved_s) + size * _CHARACTER_S

    def add(self, job: _Job) -> None:
        """Watch a job of this thread."""
        if self._process != os.getpid():
            # A forked child has not inherited the thread.
            self._forget_thread()
        with self._lock:
            self._jobs = [one for one in self._jobs if one.thread != job.thread]
            self._jobs.append(job)
            if self._thread is None or not self._thread.is_alive():
                thread = threading.Thread(target=self._run, name="gemini-magic-watch", daemon=True)
                # Where no thread can be had, there is no limit.
                with suppress(RuntimeError):
                    thread.start()
                    self._thread = thread

    def settle(self, job: _Job) -> None:
        """Note that work has ended late: no exception comes for it from now on."""
        while not job.is_settled:
            # One may arrive just here.
            with suppress(TookTooLong), self._lock:
                job.is_settled = True
        _raise_in(job.thread, None)

    def note_slow(self, text: str) -> None:
        """Remember that a text took too long."""
        self._slow.append((time.monotonic(), text))

    def _recent(self) -> list[str]:
        since = time.monotonic() - _CALM_S
        return [text for at, text in self._slow if at > since] if self._slow else []

    def _run(self) -> None:
        idle = 0
        while True:
            time.sleep(_POLL_S)
            with self._lock:
                for job in self._jobs:
                    job.is_late = job.is_late or (job.is_over and job.claim())
                    if job.is_late and not job.is_settled and job.raised < _MOST_RAISED:
                        # Again and again: it may arrive where exceptions are passed over, as in `__del__`.
                        job.raised += 1
                        _raise_in(job.thread, TookTooLong)
                self._jobs = [job for job in self._jobs if not job.has_ended]
                idle = 0 if self._jobs else idle + 1
                if idle > _MOST_IDLE:
                    self._thread = None
                    return


def _clock_of(thread: int) -> int | None:
    """Return the clock of a thread's own CPU time, so that a busy machine is no reason; None on Windows."""
    get_clock = getattr(time, "pthread_getcpuclockid", None)
    return None if get_clock is None else get_clock(thread)


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    """Raise an exception in a thread; None takes back one that has not arrived."""
    value = None if error is None else ctypes.py_object(error)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), value)


_local = _Local()
_watch = _Watch()
