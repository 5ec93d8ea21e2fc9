"""The emulator over loopback HTTP/1.1 and SSE, for tests and for other clients.

h11 speaks HTTP; asyncio's sockets have TCP_NODELAY set, without which every stream would wait 40 ms.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import h11

from gemini_magic.runtime.event_loop import BackgroundLoop

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from gemini_magic.emulator.emulator import Answer, Emulator

__all__ = ["EmulatorServer", "Exchange"]


@dataclass
class Exchange:
    """One request the server has seen, and how its answer ended.

    Attributes
    ----------
    method, target
        As in the request line.
    outcome
        `sending`, then `complete` or `disconnected` (the client went away first).
    sent
        Pieces of the body sent so far.
    ended
        Set when the outcome is known.
    """

    method: str
    target: str
    outcome: str = "sending"
    sent: int = 0
    ended: threading.Event = field(default_factory=threading.Event, repr=False)

    def end(self, outcome: str) -> None:
        """Note how the answer ended."""
        self.outcome = outcome
        self.ended.set()


class EmulatorServer:
    """Serves an emulator on loopback; a context manager that runs it in a thread of its own.

    Parameters
    ----------
    emulator
        Decides the answers.
    port
        TCP port; 0 for any free one.
    host
        Address to listen on.
    """

    def __init__(self, emulator: Emulator, port: int = 0, host: str = "127.0.0.1") -> None:
        self.emulator = emulator
        self.exchanges: list[Exchange] = []
        self.watch: Callable[[Exchange], None] = lambda _exchange: None
        """Called on the server's loop when a request has come, and after each piece sent."""
        self.url = ""
        self._address = (host, port)
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._loop = BackgroundLoop("gemini-emulator")

    def __enter__(self) -> EmulatorServer:
        self._loop.submit(self.start()).result(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.submit(self.stop()).result(10)
        self._loop.close()

    @property
    def open_connections(self) -> int:
        """Connections that clients hold open just now."""
        return len(self._connections)

    async def start(self) -> None:
        """Begin to listen; `url` is known then."""
        self._server = await asyncio.start_server(self._serve, *self._address)
        host, port = self._server.sockets[0].getsockname()[:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        """Listen no longer, and drop the connections there are."""
        if self._server is not None:
            self._server.close()
        for writer in self._connections.values():
            writer.transport.abort()
        await asyncio.gather(*self._connections)

    async def run(self) -> None:
        """Serve until cancelled."""
        if self._server is None:
            await self.start()
        assert self._server is not None
        await self._server.serve_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(reader, writer)
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = writer
        try:
            while (request := await connection.receive()) is not None:
                await self._answer(connection, *request)
                if not connection.reusable():
                    break
        except (ConnectionError, h11.RemoteProtocolError):
            pass  # The client is gone or speaks no HTTP; there is nobody to tell.
        finally:
            writer.close()
            del self._connections[task]

    async def _answer(self, connection: _Connection, request: h11.Request, body: bytes) -> None:
        headers = {name.decode("ascii"): value.decode("latin-1") for name, value in request.headers}
        exchange = Exchange(request.method.decode("ascii"), request.target.decode("ascii"))
        self.exchanges.append(exchange)
        self.watch(exchange)
        answer = self.emulator.answer(exchange.method, exchange.target, headers, body)
        sending = asyncio.ensure_future(connection.send(answer, lambda: self._note_sent(exchange)))
        try:
            await connection.until_gone(sending)
            await sending
            exchange.end("complete")
        except ConnectionError:
            exchange.end("disconnected")
            raise
        finally:
            await _cancel(sending)

    def _note_sent(self, exchange: Exchange) -> None:
        exchange.sent += 1
        self.watch(exchange)


class _Connection:
    """One client connection: h11's state machine between two asyncio streams."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.SERVER)
        self.at_end = False

    async def receive(self) -> tuple[h11.Request, bytes] | None:
        """Return the next request and its body, or None when the client has closed."""
        request: h11.Request | None = None
        body = bytearray()
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                await self.wait_for_data()
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage) and request is not None:
                return request, bytes(body)
            else:
                return None

    async def wait_for_data(self) -> None:
        """Return when the client has sent something, or closed (then `at_end` is set)."""
        data = await self._reader.read(65536)
        self.at_end = not data
        self._http.receive_data(data)

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

    def _reset(self) -> None:
        """Close with a TCP reset, as a crashed gateway does."""
        connection = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
        raise ConnectionResetError

    async def until_gone(self, sending: asyncio.Future[None]) -> None:
        """Return when `sending` is done; raise ConnectionResetError if the client goes away before."""
        while not sending.done():
            listening = asyncio.ensure_future(self.wait_for_data())
            try:
                await asyncio.wait({sending, listening}, return_when=asyncio.FIRST_COMPLETED)
                if listening.done() and not sending.done() and (listening.exception() or self.at_end):
                    raise ConnectionResetError
            finally:
                await _cancel(listening)

    def reusable(self) -> bool:
        """Make ready for the next request; False where the connection must close."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return True

    async def _write(self, event: h11.Event) -> None:
        self._writer.write(self._http.send(event) or b"")
        await self._writer.drain()


async def _cancel(*tasks: asyncio.Future[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
