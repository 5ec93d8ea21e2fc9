"""The emulator over loopback HTTP/1.1 and SSE, for tests and for other clients."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gemini_magic.emulator.answers import Refusal
from gemini_magic.emulator.emulator import KEPT, Emulator
from gemini_magic.emulator.errors import EmulatorError
from gemini_magic.emulator.http.connection import Connection, cancel
from gemini_magic.emulator.http.hosts import is_loopback
from gemini_magic.runtime.event_loop import BackgroundLoop

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    import h11


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
        Address to listen on, or its name; one of loopback.
    request_s
        Seconds that a client has to send a whole request; an answer may take longer.
    """

    def __init__(
        self, emulator: Emulator, port: int = 0, host: str = "127.0.0.1", *, request_s: float = 60.0
    ) -> None:
        self.emulator = emulator
        self.exchanges: deque[Exchange] = deque(maxlen=KEPT)
        """The last requests that were passed on to the emulator, oldest first."""
        self.watch: Callable[[Exchange], None] = lambda _exchange: None
        """Called on the server's loop when a request has come, and after each piece sent."""
        self.url = ""
        self._address = (host, port)
        self._request_s = request_s
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._loop = BackgroundLoop("gemini-emulator")

    def __enter__(self) -> EmulatorServer:
        try:
            self._loop.submit(self.start()).result(10)
        except EmulatorError:
            self._loop.close()
            raise
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
        """Begin to listen; `url` is known then.

        Raises
        ------
        EmulatorError
            If the address is not one of loopback, or cannot be listened on.
        """
        server = await self._bind()
        addresses = [socket.getsockname()[:2] for socket in server.sockets]
        if not all(is_loopback(host) for host, _ in addresses):
            server.close()
            raise EmulatorError(
                f"the emulator listens on loopback only, not on {self._address[0] or 'all addresses'}; "
                "leave out the host, or name 127.0.0.1"
            )
        await server.start_serving()
        self._server = server
        host, port = addresses[0]
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def _bind(self) -> asyncio.Server:
        host, port = self._address
        try:
            return await asyncio.start_server(self._serve, host, port, start_serving=False)
        except (OSError, OverflowError) as error:
            why = str(getattr(error, "strerror", None) or error).rstrip(".")
            raise EmulatorError(f"cannot listen on {host}, port {port}: {why}; choose another port") from None

    async def stop(self) -> None:
        """Listen no longer, and drop the connections there are."""
        if self._server is not None:
            self._server.close()
        for writer in self._connections.values():
            writer.transport.abort()
        await asyncio.gather(*self._connections)

    async def run(self) -> None:
        """Serve until cancelled, then stop."""
        if self._server is None:
            await self.start()
        try:
            await asyncio.Event().wait()
        finally:
            # Server.serve_forever would wait for clients that do not read.
            await self.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(reader, writer, self._address[0], self._request_s)
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = writer
        try:
            await self._answer_all(connection)
        except OSError:
            pass  # The client is gone; there is nobody to tell.
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            del self._connections[task]

    async def _answer_all(self, connection: Connection) -> None:
        try:
            while (request := await connection.receive()) is not None:
                await self._answer(connection, *request)
                if not connection.reusable():
                    return
        except Refusal as refusal:
            await connection.refuse(refusal.answer)

    async def _answer(self, connection: Connection, request: h11.Request, body: bytes) -> None:
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
        except OSError:
            exchange.end("disconnected")
            raise
        finally:
            await cancel(sending)

    def _note_sent(self, exchange: Exchange) -> None:
        exchange.sent += 1
        self.watch(exchange)
