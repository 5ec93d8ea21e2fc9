"""One client's connection: HTTP/1.1 between two asyncio streams.

h11 speaks HTTP; asyncio's sockets have TCP_NODELAY set, without which every stream would wait 40 ms.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import h11

from gemini_magic.emulator.answers import Refusal
from gemini_magic.emulator.http.request_head import check_head
from gemini_magic.emulator.request_body import LARGEST_BODY, check_size
from gemini_magic.text.printable import to_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from gemini_magic.emulator.answers import Answer

__all__ = ["Connection", "cancel"]

_SHOWN = 200
"""Characters of a complaint about what a client has sent."""

_LINGER_S = 10.0
"""How long a client that was refused may go on sending; it is not kept."""


class Connection:
    """One client connection: h11's state machine between two asyncio streams.

    Parameters
    ----------
    reader, writer
        The streams.
    host
        What the server was told to listen on.
    request_s
        Seconds that the client has to send a whole request.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, request_s: float
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._host = host
        self._request_s = request_s
        self._http = h11.Connection(h11.SERVER)
        self._is_head = False

    async def receive(self) -> tuple[h11.Request, bytes] | None:
        """Return the next request and its body, or None when the client has closed or sends none.

        Raises
        ------
        Refusal
            If it is not HTTP, is too large, or does not end.
        """
        try:
            async with asyncio.timeout(self._request_s):
                return await self._receive()
        except TimeoutError:
            if self._http.their_state is h11.IDLE and self._http.trailing_data == (b"", False):
                return None
            raise Refusal(408, f"The request did not arrive within {self._request_s:g} s.") from None
        except h11.RemoteProtocolError as error:
            raise Refusal(400, f"This is not HTTP: {to_line(str(error), _SHOWN)}.") from None

    async def _receive(self) -> tuple[h11.Request, bytes] | None:
        request: h11.Request | None = None
        body = bytearray()
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                if self._http.they_are_waiting_for_100_continue:
                    await self._write(
                        h11.InformationalResponse(status_code=100, reason=b"Continue", headers=[])
                    )
                await self._wait_for_data()
            elif isinstance(event, h11.Request):
                request = event
                self._is_head = request.method == b"HEAD"
                check_head(request, self._host)
            elif isinstance(event, h11.Data):
                body += event.data
                check_size(len(body))
            elif isinstance(event, h11.EndOfMessage) and request is not None:
                return request, bytes(body)
            else:
                return None

    async def _wait_for_data(self) -> int:
        """Return how many bytes the client has sent when it has; 0 when it has closed."""
        data = await self._reader.read(65536)
        self._http.receive_data(data)
        return len(data)

    async def send(self, answer: Answer, note_sent: Callable[[], None]) -> None:
        """Send an answer at its own pace, and end it as its fault says."""
        if answer.fault == "refuse":
            self._writer.transport.abort()
            raise ConnectionResetError
        await asyncio.sleep(answer.headers_s)
        headers = [("content-type", answer.content_type), *answer.headers]
        await self._write(h11.Response(status_code=answer.status, headers=headers))
        for piece in answer.pieces:
            await asyncio.sleep(piece.delay_s)
            await self._write(h11.Data(data=piece.data))
            note_sent()
        if answer.fault == "stall":
            await asyncio.Event().wait()
        elif answer.fault == "reset":
            self._reset()
        await self._write(h11.EndOfMessage())

    async def refuse(self, answer: Answer) -> None:
        """Send an answer, whatever of the request is still to come, and close so that the client gets it."""
        pieces = () if self._is_head else answer.pieces
        headers = (*answer.headers, ("connection", "close"))
        await self.send(replace(answer, pieces=pieces, headers=headers), lambda: None)
        # A connection that is closed with something unread is reset, and the answer may be lost.
        self._writer.write_eof()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_S):
                while await self._reader.read(65536):
                    pass

    def _reset(self) -> None:
        """Close with a TCP reset, as a crashed gateway does."""
        connection = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
        raise ConnectionResetError

    async def until_gone(self, sending: asyncio.Future[None]) -> None:
        """Return when `sending` is done; raise ConnectionResetError if the client goes away before.

        What it sends meanwhile is kept for the next request, up to the largest one.
        """
        early = 0
        while not sending.done():
            listening = asyncio.ensure_future(self._wait_for_data())
            both: set[asyncio.Future[Any]] = {sending, listening}
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                if listening.done() and not sending.done():
                    received = listening.result()
                    early += received
                    if not received or early > LARGEST_BODY:
                        raise ConnectionResetError
            finally:
                await cancel(listening)

    def reusable(self) -> bool:
        """Make ready for the next request; False where the connection must close."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return True

    async def _write(self, event: h11.Event) -> None:
        self._writer.write(self._http.send(event) or b"")
        await self._writer.drain()


async def cancel(*tasks: asyncio.Future[Any]) -> None:
    """End tasks, whatever they were at."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
