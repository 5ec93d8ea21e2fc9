"""Writes down what the service answers, while it passes it on."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import time
from typing import TYPE_CHECKING, Any

import httpx2

from gemini_magic.cassettes.costs import estimate_answer
from gemini_magic.cassettes.lines import End, Recording
from gemini_magic.cassettes.media import take_out
from gemini_magic.cassettes.store import has_secret
from gemini_magic.errors import CassetteError
from gemini_magic.transports.bodies import parse_json
from gemini_magic.transports.report import Recorded, StreamReport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gemini_magic.cassettes.lines import Kind
    from gemini_magic.cassettes.places import Place
    from gemini_magic.cassettes.shelf import Playback

__all__ = ["NOTE_HEADER", "Recorder", "TeeBody"]

NOTE_HEADER = "x-gemini-magic-note"
"""Header of an answer with what the usage line is to say about it, for example `sample reply`."""

_KEPT_HEADERS = ("x-goog-upload-url", "x-goog-upload-status")
"""Headers of an answer without which the SDK could not go on."""

_NOT_RECORDED = {401, 403, 408, 425, 429}
"""Statuses that are about this moment or this key; those from 500 on are not recorded either."""

_PROJECT = re.compile(r"\bprojects/[^/\s\"']+")
"""A Google Cloud project in an error message: whose it is does not belong into a cassette."""


class Recorder:
    """Sends one request, passes the answer on as it comes, and writes it down when it has ended.

    Parameters
    ----------
    inner
        Reaches the service.
    playback
        The cassette.
    place
        Where the recording belongs; it is given back if nothing is recorded.
    files
        Large data of the request, by file name.
    report
        The request, as the transports see it.
    """

    def __init__(
        self,
        inner: httpx2.AsyncBaseTransport,
        playback: Playback,
        place: Place,
        files: dict[str, bytes],
        report: StreamReport,
    ) -> None:
        self._inner = inner
        self._playback = playback
        self._place = place
        self._files = files
        self._report = report
        self._events: list[tuple[float, Kind, Any]] = []
        self._began = time.perf_counter()
        self._is_kept = False

    async def send(self, request: httpx2.Request) -> httpx2.Response:
        """Return the answer.

        Raises
        ------
        CassetteError
            If what is asked looks like a key.
        """
        try:
            self._refuse_secrets()
            # Else events might wait in a compressor.
            request.headers["accept-encoding"] = "identity"
            response = await self._inner.handle_async_request(request)
        except BaseException:
            self._give_back()
            raise
        if response.status_code in _NOT_RECORDED or response.status_code >= 500:
            self._give_back()
            return response
        recorded = self._report.recorded = Recorded(
            tries=self._report.tries,
            waited_s=self._report.waited_s,
            note=response.headers.get(NOTE_HEADER, ""),
        )
        body = TeeBody(self._tee(response, recorded), response)
        return httpx2.Response(response.status_code, headers=response.headers, stream=body)

    def _refuse_secrets(self) -> None:
        if has_secret(json.dumps(self._place.call.body)):
            raise CassetteError(
                f"not asked: the prompt has what looks like an API key, and {self._playback.cassette.name} "
                "keeps prompts; take it out, or use --mode live"
            )

    def _give_back(self) -> None:
        self._playback.cassette.give_back(self._place)

    async def _tee(self, response: httpx2.Response, recorded: Recorded) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._note(response, recorded):
                yield chunk
            self._write(response, recorded, is_stopped=False)
        except (asyncio.CancelledError, GeneratorExit):
            # Stopped: by the user, or by who reads no further.
            if self._events:
                self._write(response, recorded, is_stopped=True)
            raise
        finally:
            if not self._is_kept:
                self._give_back()

    async def _note(self, response: httpx2.Response, recorded: Recorded) -> AsyncIterator[bytes]:
        is_stream = "event-stream" in response.headers.get("content-type", "")
        is_ours = self._place.call.verb == "streamGenerateContent"
        rest = b""
        async for chunk in response.aiter_raw():
            recorded.times.append(self._now())
            if is_stream and is_ours:
                self._keep("event", parse_json(chunk.decode().removeprefix("data: ")))
            else:
                rest += chunk
            if is_stream and rest:
                *events, rest = rest.split(b"\n\n")
                for event in events:
                    self._keep_bytes(event + b"\n\n")
            yield chunk
        if rest and is_stream:
            self._keep_bytes(rest)
        elif rest:
            self._keep_whole(rest)

    def _keep(self, kind: Kind, value: Any) -> None:
        self._events.append((self._now(), kind, value))

    def _keep_whole(self, body: bytes) -> None:
        value = parse_json(body.decode("utf-8", "replace"))
        if value is None:
            self._keep("base64", base64.b64encode(body).decode())
        else:
            self._keep("event", value)

    def _keep_bytes(self, event: bytes) -> None:
        try:
            self._keep("text", event.decode())
        except UnicodeDecodeError:
            self._keep("base64", base64.b64encode(event).decode())

    def _write(self, response: httpx2.Response, recorded: Recorded, *, is_stopped: bool) -> None:
        recorded.total_s = self._now()
        values = [value for _, kind, value in self._events if kind == "event" and isinstance(value, dict)]
        if _is_passing_error(values, response.status_code):
            return
        recorded.usd = estimate_answer(self._place.call, values, self._playback.prices)
        if response.status_code != 200:
            self._events = [(at, kind, _hide_projects(value)) for at, kind, value in self._events]
        # Within a list, so that a body that is nothing but data goes to a file, too.
        events = tuple((at, kind, take_out([value], self._files)[0]) for at, kind, value in self._events)
        end = self._end(response, recorded, is_stopped=is_stopped)
        recording = Recording(self._place.call, self._place.take, events, end)
        try:
            self._playback.cassette.add(recording, self._files)
            self._is_kept = True
        except CassetteError as error:
            # The reply is whole: it is kept, and says so in its usage line.
            recorded.note = str(error)
            recorded.is_lost = True

    def _end(self, response: httpx2.Response, recorded: Recorded, *, is_stopped: bool) -> End:
        return End(
            self._now() if recorded.total_s is None else recorded.total_s,
            response.status_code,
            recorded.usd,
            recorded.tries,
            recorded.waited_s,
            self._report.malformed,
            is_stopped,
            recorded.note,
            self._headers(response),
        )

    def _headers(self, response: httpx2.Response) -> dict[str, str]:
        kept = [name for name in _KEPT_HEADERS if name in response.headers]
        if any(kind == "text" for _, kind, _ in self._events):
            kept.append("content-type")
        return {name: response.headers[name] for name in kept}

    def _now(self) -> float:
        return round(time.perf_counter() - self._began, 3)


class TeeBody(httpx2.AsyncByteStream):
    """The body of an answer that closes what it is read from.

    Parameters
    ----------
    chunks
        An asynchronous generator.
    response
        The answer they come from, if there is one.
    """

    def __init__(self, chunks: AsyncIterator[bytes], response: httpx2.Response | None = None) -> None:
        self._chunks = chunks
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks:
            yield chunk

    async def aclose(self) -> None:
        """End the chunks, then the answer."""
        await self._chunks.aclose()  # type: ignore[attr-defined]
        if self._response is not None:
            await self._response.aclose()


def _is_passing_error(values: list[Any], status: int) -> bool:
    """Return whether the answer is an error within a stream, or about a key: another time it would not be."""
    errors = [value["error"] for value in values if isinstance(value, dict) and "error" in value]
    return bool(errors) and (status == 200 or "API_KEY" in json.dumps(errors))


def _hide_projects(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _hide_projects(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_hide_projects(item) for item in value]
    return _PROJECT.sub("projects/-", value) if isinstance(value, str) else value
