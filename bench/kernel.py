"""A real kernel, and a tap on its iopub socket that drops nothing and parses nothing while a cell runs."""

from __future__ import annotations

import json
import os
import queue
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from subprocess import DEVNULL
from typing import TYPE_CHECKING, Any

import zmq
from jupyter_client.manager import KernelManager

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Kernel", "Ran", "running_kernel"]

_LIMIT_S = 180
_DELIMITER = b"<IDS|MSG>"


@dataclass(frozen=True)
class Message:
    """One iopub message: headers as sent, and sizes in bytes."""

    header: bytes
    parent: bytes
    content: int
    frames: int

    @property
    def sent_at(self) -> float:
        """Seconds since 1970, by the kernel."""
        return datetime.fromisoformat(json.loads(self.header)["date"]).timestamp()


@dataclass(frozen=True)
class Ran:
    """One executed cell: its messages, and what the expression after it gave."""

    messages: tuple[Message, ...]
    value: str


class Kernel:
    """Executes cells and counts what they send.

    Parameters
    ----------
    client
        A blocking client whose shell channel is open.
    tap
        Listens on iopub.
    """

    def __init__(self, client: Any, tap: Tap) -> None:
        self._client = client
        self._tap = tap

    def run(self, code: str, *, value: str = "None") -> Ran:
        """Execute a cell as JupyterLab does, and evaluate the expression `value` after it.

        Raises
        ------
        RuntimeError
            If the cell fails.
        """
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {"value": value},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        request = self._client.session.msg("execute_request", content, metadata={"cellId": "bench"})
        msg_id = request["header"]["msg_id"]
        self._client.shell_channel.send(request)
        messages = self._tap.collect(msg_id)
        reply = self._reply(msg_id)
        if reply["status"] != "ok":
            raise RuntimeError(f"{reply.get('ename')}: {reply.get('evalue')}")
        return Ran(tuple(messages), reply["user_expressions"]["value"]["data"]["text/plain"])

    def cpu_s(self) -> float:
        """Return the seconds of CPU the kernel's process has used, in all its threads."""
        return float(self.run("pass", value="__import__('time').process_time()").value)

    def _reply(self, msg_id: str) -> dict[str, Any]:
        while True:
            message = self._client.get_shell_msg(timeout=_LIMIT_S)
            if message["parent_header"].get("msg_id") == msg_id:
                return dict(message["content"])


class Tap(threading.Thread):
    """Takes the sizes of all iopub messages.

    Parameters
    ----------
    url
        The kernel's iopub socket.
    """

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.SUB)
        self._socket.set(zmq.RCVHWM, 0)
        self._socket.subscribe(b"")
        self._socket.connect(url)
        self._messages: list[Message] = []
        self._idle: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._ended = threading.Event()

    def run(self) -> None:
        """Receive until `close`."""
        while not self._ended.is_set():
            if self._socket.poll(100):
                self._take(self._socket.recv_multipart())
        self._socket.close(linger=0)

    def collect(self, msg_id: str) -> list[Message]:
        """Return the messages of one request, once the kernel is idle again.

        Raises
        ------
        queue.Empty
            If that takes more than three minutes.
        """
        deadline = time.monotonic() + _LIMIT_S
        own = msg_id.encode()
        while own not in self._idle.get(timeout=max(0.0, deadline - time.monotonic())):
            pass
        messages, self._messages = self._messages, []
        return [message for message in messages if own in message.parent]

    def close(self) -> None:
        """End the thread."""
        self._ended.set()
        self.join()

    def _take(self, frames: list[bytes]) -> None:
        start = frames.index(_DELIMITER) + 2
        header, parent, _metadata, content, *_buffers = told = frames[start:]
        self._messages.append(Message(header, parent, len(content), sum(map(len, told))))
        if b'"status"' in header and b'"idle"' in content:
            self._idle.put(parent)


@contextmanager
def running_kernel(environment: dict[str, str]) -> Iterator[Kernel]:
    """Start a kernel with these environment variables, and end it."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env=os.environ | environment, stdout=DEVNULL, stderr=DEVNULL)
    client = manager.blocking_client()
    client.start_channels()
    tap = Tap(client._make_url("iopub"))
    tap.start()
    try:
        client.wait_for_ready(timeout=60)
        # From here on the tap listens; a second listener would only cost.
        client.iopub_channel.stop()
        yield Kernel(client, tap)
    finally:
        tap.close()
        client.stop_channels()
        manager.shutdown_kernel(now=True)
