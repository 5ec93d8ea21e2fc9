"""The one background asyncio loop of a kernel: a daemon thread that starts with its first task."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from concurrent.futures import Future

__all__ = ["BackgroundLoop"]

T = TypeVar("T")


class BackgroundLoop:
    """An asyncio loop in a thread of its own."""

    def __init__(self, name: str = "gemini-magic") -> None:
        self._name = name
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._process = os.getpid()

    @property
    def process(self) -> int:
        """The id of the process whose loop it is: a forked child gets a loop of its own."""
        if self._process != os.getpid():
            # The thread exists in the parent only, and it may have held the lock.
            self._process, self._lock, self._loop, self._thread = os.getpid(), threading.Lock(), None, None
        return self._process

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run `work` on the loop; cancelling the future cancels the task there."""
        return asyncio.run_coroutine_threadsafe(work, self._started())

    def close(self, timeout_s: float = 2.0) -> None:
        """Cancel all tasks and end the thread; the next `submit` starts a new one."""
        assert self.process == os.getpid()
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout_s)

    def _started(self) -> asyncio.AbstractEventLoop:
        assert self.process == os.getpid()
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=_run, args=(self._loop,), name=self._name, daemon=True)
                self._thread.start()
            return self._loop


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        # Recordings may still be on their way to the disk.
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()
