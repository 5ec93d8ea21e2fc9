"""A service on loopback that gives the same bytes to every request."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

from tests.support.service import read_request

if TYPE_CHECKING:
    from collections.abc import Iterator


class OneAnswer:
    """What the service says until it is told otherwise."""

    def __init__(self, url):
        self.url, self.data = url, b""

    def say(self, status, body, *headers, length=True):
        """Answer with a status, a body and raw header lines."""
        sizes = [b"Content-Length: %d" % len(body)] * length
        lines = [b"HTTP/1.1 %d X" % status, b"Connection: close", *sizes, *headers]
        self.data = b"\r\n".join(lines) + b"\r\n\r\n" + body


@contextlib.contextmanager
def one_answer() -> Iterator[OneAnswer]:
    listener = socket.create_server(("127.0.0.1", 0))
    service = OneAnswer(f"http://127.0.0.1:{listener.getsockname()[1]}")

    def serve():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, contextlib.suppress(OSError):
                    read_request(connection)
                    connection.sendall(service.data)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
