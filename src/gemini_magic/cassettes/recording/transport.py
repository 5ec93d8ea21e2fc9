"""The transport that records and replays: to the SDK it looks like the network."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from typing import TYPE_CHECKING

from gemini_magic.cassettes.calls import make_call
from gemini_magic.cassettes.data_files import put_back
from gemini_magic.cassettes.misses import compare_calls, explain_miss, find_nearest
from gemini_magic.cassettes.recorded_faults import is_final
from gemini_magic.cassettes.recorded_headers import NOWHERE, UPLOAD_URL, upload_target
from gemini_magic.cassettes.recording.recorder import Recorder, TeeBody
from gemini_magic.errors import NotRecorded
from gemini_magic.replies.events import TryFailed
from gemini_magic.transports.http_library import httpx
from gemini_magic.transports.reply_bodies import to_event
from gemini_magic.transports.stream_report import REPORT, CassetteReport, StreamReport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gemini_magic.cassettes.playback import Playback
    from gemini_magic.cassettes.recordings import Recording
    from gemini_magic.cassettes.takes import Place

__all__ = ["CassetteTransport"]


class CassetteTransport(httpx.AsyncBaseTransport):
    """Answers from a cassette, or asks `inner` and records.

    Parameters
    ----------
    inner
        Reaches the service; streams must come as one whole event a chunk (`SseTransport`).
    playback
        The cassette, and what to do with it.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, playback: Playback) -> None:
        self._inner = inner
        self._playback = playback

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
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
        # Before sending: a damaged cassette must neither cost a request nor be overwritten.
        # Off the loop: a large file, or one on a slow disk, must not hold up a stop.
        await asyncio.to_thread(playback.cassette.load)
        place = playback.cassette.place(call, playback.origin)
        recording = self._find(place)
        if recording is not None:
            response = self._replay(recording, report)
        elif request.url.host == NOWHERE or call.path in playback.cassette.replayed_uploads:
            # A replayed answer has named this address: nothing is sent to it.
            playback.cassette.give_back(place)
            raise self._explain(place)
        elif not playback.is_emulated:
            response = await Recorder(self._inner, playback, place, files, report).send(request)
        else:
            playback.cassette.give_back(place)
            response = await self._inner.handle_async_request(request)
        # The wrapping response, not the inner one: closing it also ends the recording.
        report.response = response
        return response

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self._inner.aclose()

    def _find(self, place: Place) -> Recording | None:
        playback = self._playback
        if playback.mode == "record" and not playback.is_emulated:
            return None
        is_strict = playback.mode == "replay"
        recording = playback.cassette.find(place, or_last=is_strict)
        if recording is None and is_strict:
            playback.cassette.give_back(place)
            raise self._explain(place)
        # Mode replay shows also what failed or was stopped, as it was.
        is_wanted = recording is not None and (is_strict or is_final(recording))
        return recording if is_wanted else None

    def _explain(self, place: Place) -> NotRecorded:
        cassette = self._playback.cassette
        nearest = find_nearest(place.call, (recording.call for recording in cassette.recordings))
        error = NotRecorded(explain_miss(place.call, nearest, cassette.name))
        if nearest is not None:
            error.causes = tuple(compare_calls(nearest, place.call))
        return error

    def _replay(self, recording: Recording, report: StreamReport) -> httpx.Response:
        end = recording.end
        self._playback.cassette.note_use(recording)
        if UPLOAD_URL in end.headers:
            target, _ = make_call("POST", upload_target(end.headers[UPLOAD_URL]), b"")
            self._playback.cassette.replayed_uploads.add(target.path)
        recorded = CassetteReport(
            is_replayed=True,
            usd=end.usd,
            failures=tuple(TryFailed(*failed) for failed in end.failed),
            waited_s=end.waited,
            note=end.note,
        )
        report.recorded = recorded
        streams = recording.call.verb == "streamGenerateContent" and end.status == 200
        headers = {"content-type": "text/event-stream" if streams else "application/json", **end.headers}
        body = self._play(recording, report, recorded, streams=streams)
        return httpx.Response(end.status, headers=headers, stream=TeeBody(body))

    async def _play(
        self, recording: Recording, report: StreamReport, recorded: CassetteReport, *, streams: bool
    ) -> AsyncIterator[bytes]:
        began, speed = time.perf_counter(), self._playback.speed
        read_file, has_files = self._playback.cassette.read_file, bool(recording.files)
        for at, kind, value in recording.events:
            if speed:
                await asyncio.sleep(max(0.0, at / speed - (time.perf_counter() - began)))
            recorded.times.append(at)
            report.events += 1
            body = (
                await asyncio.to_thread(put_back, value, read_file)
                if has_files
                else put_back(value, read_file)
            )
            if kind == "event":
                yield to_event(body) if streams else json.dumps(body).encode()
            else:
                yield base64.b64decode(body) if kind == "base64" else body.encode()
        report.malformed = recording.end.malformed
        recorded.is_stopped = recording.end.stopped
        recorded.total_s = recording.end.at
