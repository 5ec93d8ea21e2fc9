"""Bodies of answers, decoded and bounded: a small compressed answer must not fill the memory."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from gemini_magic.errors import CHECK_URL, UnexpectedAnswer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from gemini_magic.transports.http_library import httpx

__all__ = ["ACCEPTED", "check_coding", "decoded_headers", "read_bounded"]

ACCEPTED = "gzip, deflate"
"""Codings to ask for: one piece of the network gives at most a thousand times its size with these.

httpx inflates such a piece at once, to 64 MB at most; httpx2 from 2.16 on bit by bit.
"""

_CODINGS = {"", "identity", "gzip", "deflate"}

_LARGEST = 128 << 20
"""Decoded bytes of an answer; images come in one event."""

_PIECE = 1 << 16

_LARGEST_ERROR = 1 << 20
"""Decoded bytes of an answer with an error status."""

_GONE = {b"content-encoding", b"content-length", b"transfer-encoding", b"set-cookie"}


def check_coding(response: httpx.Response) -> None:
    """Check that the body is compressed once at most, and as asked for.

    Raises
    ------
    UnexpectedAnswer
        If it is compressed in another way.
    """
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding not in _CODINGS:
        raise UnexpectedAnswer(f"the answer is compressed in a way which was not asked for; {CHECK_URL}")


async def read_bounded(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """Yield the decoded body as it comes.

    Raises
    ------
    UnexpectedAnswer
        If it is larger than any reply.
    """
    most = _LARGEST if response.status_code == 200 else _LARGEST_ERROR
    size = 0
    async with contextlib.aclosing(response.aiter_bytes()) as chunks:
        async for chunk in chunks:
            size += len(chunk)
            if size > most:
                raise UnexpectedAnswer(f"an answer of more than {most >> 20} MB; {CHECK_URL}")
            for start in range(0, len(chunk), _PIECE):
                if start:
                    # A piece of the network may inflate to megabytes: a stop must not wait for all of it.
                    await asyncio.sleep(0)
                yield chunk[start : start + _PIECE]


def decoded_headers(response: httpx.Response) -> list[tuple[bytes, bytes]]:
    """Return the headers as bytes, which may be no ASCII; no cookies, nothing about the coded body."""
    return [(name, value) for name, value in response.headers.raw if name.lower() not in _GONE]
