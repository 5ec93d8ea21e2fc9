"""Writes down what the service answers, while it passes it on."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any

from gemini_magic.cassettes.data_files import take_out
from gemini_magic.cassettes.recorded_headers import read_headers
from gemini_magic.cassettes.recording.body_cutters import choose_cutter
from gemini_magic.cassettes.recording.recordable import hide_projects, is_passing_error, is_passing_status
from gemini_magic.cassettes.recording.recorded_cost import estimate_answer
from gemini_magic.cassettes.recordings import End, Recording
from gemini_magic.cassettes.secrets import has_secret
from gemini_magic.errors import CassetteError
from gemini_magic.runtime.secret import Secret
from gemini_magic.transports.http_library import httpx
from gemini_magic.transports.stream_report import CassetteReport, StreamReport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gemini_magic.cassettes.playback import Playback
    from gemini_magic.cassettes.recordings import Kind
    from gemini_magic.cassettes.takes import Place

__all__ = ["NOTE_HEADER", "Recorder", "TeeBody"]

NOTE_HEADER = "x-gemini-magic-note"
"""Header of an answer with what the usage line is to say about it, for example `sample reply`."""


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
        inner: httpx.AsyncBaseTransport,
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
        self._is_saving = False
        self._key: Secret | None = None

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Return the answer.

        Raises
        ------
        CassetteError
            If what is asked looks like a key.
        """
        self._key = _key_of(request)
        try:
            self._refuse_secrets()
            # Compression would hold events back.
            request.headers["accept-encoding"] = "identity"
            response = await self._inner.handle_async_request(request)
        except BaseException:
            self._give_back()
            raise
        if is_passing_status(response.status_code):
            self._give_back()
            return response
        recorded = self._report.recorded = CassetteReport(
            failures=self._report.failures,
            waited_s=self._report.waited_s,
            note=response.headers.get(NOTE_HEADER, ""),
        )
        body = TeeBody(self._tee(response, recorded), response)
        return httpx.Response(response.status_code, headers=response.headers, stream=body)

    def _refuse_secrets(self) -> None:
        call = self._place.call
        if has_secret([call.path, call.body], self._files, self._key):
            raise CassetteError(
                "not asked: the prompt has what looks like an API key, in its text or in a file, and "
                f"{self._playback.cassette.name} keeps prompts; take it out, or use --mode live"
            )

    def _give_back(self) -> None:
        self._playback.cassette.give_back(self._place)

    async def _tee(self, response: httpx.Response, recorded: CassetteReport) -> AsyncIterator[bytes]:
        cutter = choose_cutter(self._place.call, response)
        try:
            async with contextlib.aclosing(response.aiter_raw()) as chunks:
                async for chunk in chunks:
                    self._keep(cutter.feed(chunk), recorded)
                    yield chunk
            self._keep(cutter.finish(), recorded)
            await self._save(response, recorded, is_stopped=False)
        except (asyncio.CancelledError, GeneratorExit):
            # Stopped by the user, or because nobody reads on. A failure while reading is no stop.
            if self._events and not self._report.is_failed and not self._is_saving:
                await self._save(response, recorded, is_stopped=True)
            raise
        finally:
            if not self._is_saving:
                self._give_back()

    async def _save(self, response: httpx.Response, recorded: CassetteReport, *, is_stopped: bool) -> None:
        # In a thread, which a stop does not end: another kernel may hold the file's lock.
        self._is_saving = True
        recorded.total_s = total_s = self._now()
        await asyncio.to_thread(self._write_or_give_back, response, recorded, total_s, is_stopped)

    def _write_or_give_back(
        self, response: httpx.Response, recorded: CassetteReport, total_s: float, is_stopped: bool
    ) -> None:
        is_kept = False
        try:
            is_kept = self._write(response, recorded, total_s, is_stopped=is_stopped)
        finally:
            if not is_kept:
                self._give_back()

    def _keep(self, pieces: list[tuple[Kind, Any]], recorded: CassetteReport) -> None:
        # Measured once, so that this run and a replay show the same time.
        at = self._now()
        recorded.times += [at] * len(pieces)
        self._events += [(at, kind, value) for kind, value in pieces]

    def _write(
        self, response: httpx.Response, recorded: CassetteReport, total_s: float, *, is_stopped: bool
    ) -> bool:
        """Return whether it was written."""
        values = [value for _, kind, value in self._events if kind == "event" and isinstance(value, dict)]
        if is_passing_error(values, response.status_code):
            return False
        recorded.usd = estimate_answer(self._place.call, values, self._playback.prices)
        end = End(
            total_s,
            response.status_code,
            recorded.usd,
            tuple((one.error, one.total_s or 0.0, one.is_refused) for one in recorded.failures),
            recorded.waited_s,
            self._report.malformed,
            is_stopped,
            recorded.note,
            self._headers(response),
        )
        recording = Recording(self._place.call, self._place.take, self._take_out(end.status), end)
        try:
            self._playback.cassette.add(recording, self._files, self._key)
        except CassetteError as error:
            # The reply is complete: it is shown, and its usage line says that it was not recorded.
            recorded.note = str(error)
            recorded.is_lost = True
            return False
        return True

    def _take_out(self, status: int) -> tuple[tuple[float, Kind, Any], ...]:
        """Return the events as they are written: the large data in them goes to the files."""
        events = self._events
        if status != 200:
            events = [(at, kind, hide_projects(value)) for at, kind, value in events]
        # Put into a list, so that a body that is only data goes to a file, too.
        return tuple((at, kind, take_out([value], self._files)[0]) for at, kind, value in events)

    def _headers(self, response: httpx.Response) -> dict[str, str]:
        kept = dict(response.headers)
        if not any(kind == "text" for _, kind, _ in self._events):
            kept.pop("content-type", None)
        return read_headers(kept)

    def _now(self) -> float:
        return round(time.perf_counter() - self._began, 3)


class TeeBody(httpx.AsyncByteStream):
    """A response body that closes its source.

    Parameters
    ----------
    chunks
        An asynchronous generator.
    response
        The answer they come from, if there is one.
    """

    def __init__(self, chunks: AsyncIterator[bytes], response: httpx.Response | None = None) -> None:
        self._chunks = chunks
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks:
            yield chunk

    async def aclose(self) -> None:
        """Close the chunks, then the response."""
        await self._chunks.aclose()  # type: ignore[attr-defined]
        if self._response is not None:
            await self._response.aclose()


def _key_of(request: httpx.Request) -> Secret:
    """Return the key or token that a request is sent with."""
    token = request.headers.get("authorization", "").rpartition(" ")[2]
    return Secret(request.headers.get("x-goog-api-key") or token)
