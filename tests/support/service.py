"""What a service on loopback needs: a key to accept, and a way to read a whole request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

KEY = "AIza" + "x" * 35
"""Has the shape of a Gemini key, and is none."""


def read_request(connection: socket.socket) -> None:
    """Read a whole request: closing a connection with some of it unread would reset it."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
    left = int(length[1]) - len(body) if length else 0
    while left > 0:
        left -= len(connection.recv(65536))
