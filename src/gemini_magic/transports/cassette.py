"""Records what is answered and replays it: the SDK talks to a cassette as to the network."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from typing import TYPE_CHECKING, Any, Literal

import httpx2

from gemini_magic.cassettes.calls import make_call
from gemini_magic.cassettes.costs import estimate_answer
from gemini_magic.cassettes.lines import End, Recording
from gemini_magic.cassettes.media import put_back, take_out
from gemini_magic.cassettes.misses import compare_calls, explain_miss, find_nearest
from gemini_magic.cassettes.store import has_secret
from gemini_magic.errors import CassetteError, NotRecorded
from gemini_magic.transports.bodies import parse_json, to_event
from gemini_magic.transports.report import REPORT, Recorded, StreamReport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gemini_magic.cassettes.shelf import Playback
    from gemini_magic.cassettes.store import Place

__all__ = ["NOTE_HEADER", "CassetteTransport"]

NOTE_HEADER = "x-gemini-magic-note"
"""Header of an answer with what the usage line is to say about it, for example `sample reply`."""

_KEPT_HEADERS = ("x-goog-upload-url", "x-goog-upload-status")
"""Headers of an answer without which the SDK could not go on."""

_NOT_RECORDED = {401, 403, 408, 425, 429}
"""Statuses that are about this moment or this key; those from 500 on are not recorded either."""


class CassetteTransport(httpx2.AsyncBaseTransport):
    """Answers from a cassette, or asks `inner` and records.

    Parameters
    ----------
    inner
        Reaches the service; streams must come as one whole event a chunk (`SseTransport`).
    playback
        The cassette, and what to do with it.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport, playback: Playback) -> None:
        self._inner = inner
        self._playback = playback

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the recorded answer or the service's.

        Raises
        ------
        NotRecorded
            If nothing is recorded and nothing may be asked.
        CassetteError
            If the cassette cannot be read, or what is asked looks like a key.
        """
        report = REPORT.get(None) or StreamReport()
        playback = self._playback
        call, files = make_call(request.method, request.url.raw_path.decode("ascii"), await request.aread())
        # Before anything is asked: what cannot be read must not be paid for, nor written over.
        playback.cassette.load()
        place = playback.cassette.place(call, playback.origin)
        recording = None
        if playback.mode != "record" or playback.is_emulated:
            is_strict = playback.mode == "replay"
            recording = playback.cassette.find(place, or_last=is_strict)
            if recording is None and is_strict:
                raise self._explain(place)
            # A stopped reply is what happened; who asks again, and can, wants the whole one.
            if recording is not None and recording.end.stopped and not is_strict:
                recording = None
        if recording is not None:
            return self._replay(recording, report)
        if playback.is_emulated:
            return await self._inner.handle_async_request(request)
        if has_secret(json.dumps(call.body)):
            raise CassetteError(
                f"not asked: the prompt has what looks like an API key, and {playback.cassette.name} keeps "
                "prompts; take it out, or use --mode live"
            )
        return await _Recorder(self._inner, playback, place, files, report).send(request)

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self._inner.aclose()

    def _explain(self, place: Place) -> NotRecorded:
        cassette = self._playback.cassette
        nearest = find_nearest(place.call, (recording.call for recording in cassette.recordings))
        error = NotRecorded(explain_miss(place.call, nearest, cassette.name))
        if nearest is not None:
            error.causes = tuple(compare_calls(nearest, place.call))
        return error

    def _replay(self, recording: Recording, report: StreamReport) -> httpx2.Response:
        end = recording.end
        self._playback.cassette.note_use(recording)
        recorded = Recorded(
            is_replayed=True, usd=end.usd, tries=end.tries, waited_s=end.waited, note=end.note
        )
        report.recorded = recorded
        streams = recording.call.verb == "streamGenerateContent" and end.status == 200
        headers = {"content-type": "text/event-stream" if streams else "application/json", **end.headers}
        body = self._play(recording, report, recorded, streams=streams)
        return httpx2.Response(end.status, headers=headers, stream=_Body(body))

    async def _play(
        self, recording: Recording, report: StreamReport, recorded: Recorded, *, streams: bool
    ) -> AsyncIterator[bytes]:
        began, speed = time.perf_counter(), self._playback.speed
        for at, kind, value in recording.events:
            if speed:
                await asyncio.sleep(max(0.0, at / speed - (time.perf_counter() - began)))
            recorded.times.append(at)
            report.events += 1
            if kind == "base64":
                yield base64.b64decode(value)
                continue
            body = put_back(value, self._playback.cassette.read_file)
            yield to_event(body) if streams else json.dumps(body).encode()
        report.malformed = recording.end.malformed
        recorded.is_stopped = recording.end.stopped
        recorded.total_s = recording.end.at


class _Recorder:
    """Sends one request, passes the answer on as it comes, and writes it down when it has ended."""

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
        self._events: list[tuple[float, Literal["event", "base64"], Any]] = []
        self._began = time.perf_counter()

    async def send(self, request: httpx2.Request) -> httpx2.Response:
        # Else events might wait in a compressor.
        request.headers["accept-encoding"] = "identity"
        response = await self._inner.handle_async_request(request)
        if response.status_code in _NOT_RECORDED or response.status_code >= 500:
            return response
        recorded = self._report.recorded = Recorded(
            tries=self._report.tries,
            waited_s=self._report.waited_s,
            note=response.headers.get(NOTE_HEADER, ""),
        )
        body = _Body(self._tee(response, recorded), response)
        return httpx2.Response(response.status_code, headers=response.headers, stream=body)

    async def _tee(self, response: httpx2.Response, recorded: Recorded) -> AsyncIterator[bytes]:
        pieces: list[bytes] = []
        is_stream = "event-stream" in response.headers.get("content-type", "")
        try:
            async for chunk in response.aiter_raw():
                at = self._now()
                recorded.times.append(at)
                if is_stream:
                    self._events.append((at, "event", parse_json(chunk.decode().removeprefix("data: "))))
                else:
                    pieces.append(chunk)
                yield chunk
        except (asyncio.CancelledError, GeneratorExit):
            # Stopped: by the user, or by who reads no further.
            if self._events:
                self._write(response, recorded, is_stopped=True)
            raise
        if pieces:
            self._events = [self._whole(b"".join(pieces))]
        self._write(response, recorded, is_stopped=False)

    def _whole(self, body: bytes) -> tuple[float, Literal["event", "base64"], Any]:
        value = parse_json(body.decode("utf-8", "replace"))
        if value is None:
            return (self._now(), "base64", base64.b64encode(body).decode())
        return (self._now(), "event", value)

    def _write(self, response: httpx2.Response, recorded: Recorded, *, is_stopped: bool) -> None:
        recorded.total_s = self._now()
        values = [value for _, kind, value in self._events if kind == "event"]
        if _is_passing_error(values, response.status_code):
            return
        recorded.usd = estimate_answer(self._place.call, values, self._playback.prices)
        end = End(
            recorded.total_s,
            response.status_code,
            recorded.usd,
            recorded.tries,
            recorded.waited_s,
            self._report.malformed,
            is_stopped,
            recorded.note,
            {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers},
        )
        events = tuple((at, kind, take_out(value, self._files)) for at, kind, value in self._events)
        recording = Recording(self._place.call, self._place.take, events, end)
        try:
            self._playback.cassette.add(recording, self._files)
        except CassetteError as error:
            # The reply is whole: it is kept, and says so in its usage line.
            recorded.note = str(error)

    def _now(self) -> float:
        return round(time.perf_counter() - self._began, 3)


class _Body(httpx2.AsyncByteStream):
    def __init__(self, chunks: AsyncIterator[bytes], response: httpx2.Response | None = None) -> None:
        self._chunks = chunks
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks:
            yield chunk

    async def aclose(self) -> None:
        await self._chunks.aclose()  # type: ignore[attr-defined]
        if self._response is not None:
            await self._response.aclose()


def _is_passing_error(values: list[Any], status: int) -> bool:
    """Return whether the answer is an error within a stream, or about a key: another time it would not be."""
    errors = [value["error"] for value in values if isinstance(value, dict) and "error" in value]
    return bool(errors) and (status == 200 or "API_KEY" in json.dumps(errors))
