"""Recordings as the lines of a cassette: one for the request, one for each event, one for the end.

    {"cassette": "gemini-magic", "version": 1}
    {"request": "POST models/gemini-3.8-flash:streamGenerateContent", "take": 1, "body": {…}}
    {"at": 0.612, "event": {…}}
    {"end": 1.482, "usd": 0.00037}

Times are seconds since the request was sent. Nothing of a request's headers is ever here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from gemini_magic.cassettes.calls import Call, to_json_line
from gemini_magic.cassettes.data_files import file_names
from gemini_magic.cassettes.line_fields import END_FIELDS, EVENT_FIELDS, check, is_count, is_text, is_time
from gemini_magic.cassettes.recorded_headers import read_headers
from gemini_magic.replies.numbers import MOST_USD, read_number

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["HEADER", "DamagedLine", "End", "Kind", "Recording", "read_lines", "renumber", "write_lines"]

_NAME = "gemini-magic"
_VERSION = 1

Kind = Literal["event", "text", "base64"]

_CONFLICT = (b"<<<<<<<", b"|||||||", b"=======", b">>>>>>>")

HEADER = to_json_line({"cassette": _NAME, "version": _VERSION}) + "\n"
"""The first line of a cassette."""


class DamagedLine(ValueError):
    """A line that cannot be read.

    Attributes
    ----------
    number
        Of the line, from 1.
    """

    def __init__(self, number: int, what: str) -> None:
        super().__init__(what)
        self.number = number


@dataclass(frozen=True)
class End:
    """How an answer ended.

    Attributes
    ----------
    at
        Seconds after the request was sent.
    status
        HTTP status.
    usd
        What it cost, in US dollars; None where that was unknown.
    failed, waited
        The failed tries before it (error class, seconds, whether the service refused), and the seconds from
        the first try to this one.
    malformed
        Events that could not be read and were left out.
    stopped
        Whether the user stopped it.
    note
        What the usage line is to say about it.
    headers
        Headers of the answer that the SDK needs, for example in an upload; see `recorded_headers`.
    """

    at: float
    status: int = 200
    usd: float | None = None
    failed: tuple[tuple[str, float, bool], ...] = ()
    waited: float = 0.0
    malformed: int = 0
    stopped: bool = False
    note: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Recording:
    """One call and what was answered.

    Attributes
    ----------
    call
        What was asked.
    take
        1 for the first cell that makes this call, 2 for the second.
    events
        Seconds after the sending, `event` (JSON), `text` (of other streams) or `base64`, and what came then.
    end
        How it ended.
    """

    call: Call
    take: int
    events: tuple[tuple[float, Kind, Any], ...]
    end: End

    @property
    def id(self) -> tuple[str, int]:
        """What tells recordings apart."""
        return self.call.key, self.take

    @property
    def files(self) -> set[str]:
        """The names of the files it refers to."""
        return file_names([self.call.body, [value for _, _, value in self.events]])


def write_lines(recording: Recording) -> str:
    """Return the lines of a recording."""
    call, end = recording.call, recording.end
    request: dict[str, Any] = {"request": f"{call.method} {call.path}", "take": recording.take}
    lines = [request if call.body is None else {**request, "body": call.body}]
    lines += [{"at": at, kind: value} for at, kind, value in recording.events]
    plain = End(end.at)
    said = {name: value for name, value in vars(end).items() if value != getattr(plain, name)}
    lines.append({"end": end.at, **said})
    return "".join(to_json_line(line) + "\n" for line in lines)


def read_lines(data: bytes) -> Iterator[Recording]:
    """Yield the recordings of a cassette.

    Raises
    ------
    DamagedLine
        At the first line that is not as it should be.
    """
    # Not splitlines: it also splits at characters that may occur within a line of JSON.
    lines = data.split(b"\n")
    if not lines[-1]:
        del lines[-1]
    block: list[dict[str, Any]] = []
    try:
        for number, body in _parse_lines(lines):
            if ("request" in body) == bool(block):
                raise DamagedLine(number, f"{'an end' if block else 'a request'} is missing before it")
            block.append(body)
            if "end" in body:
                yield _read_block(block, number)
                block = []
    except DamagedLine as error:
        raise _advise(error, len(lines), error.number - len(block)) from None
    if block:
        missing = DamagedLine(len(lines), "an end is missing after it")
        raise _advise(missing, len(lines), len(lines) - len(block) + 1)


def _parse_lines(lines: list[bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, 1):
        body = _parse(line, number)
        if number == 1:
            _check_header(body)
        # Two kernels that create the file at the same time write two first lines.
        elif "cassette" not in body:
            yield number, body


def _advise(error: DamagedLine, last: int, began: int) -> DamagedLine:
    """Return the error, with what to do if a crash has cut off the last recording."""
    if error.number < last or began < 2:
        return error
    return DamagedLine(last, f"{error}; without its lines from {began} on it would be whole")


def renumber(recording: Recording, take: int) -> Recording:
    """Return the recording as another take."""
    return replace(recording, take=take)


def _parse(line: bytes, number: int) -> dict[str, Any]:
    try:
        body = json.loads(line)
    except (ValueError, RecursionError):
        raise DamagedLine(number, _name_damage(line)) from None
    if not isinstance(body, dict):
        raise DamagedLine(number, "it is no JSON object")
    return body


def _name_damage(line: bytes) -> str:
    if line.startswith(_CONFLICT):
        return "a merge conflict; take out its marks and keep whole recordings of both sides"
    return "it was cut short" if line.startswith(b'{"') else "it is no JSON"


def _check_header(body: dict[str, Any]) -> None:
    if body.get("cassette") != _NAME:
        raise DamagedLine(1, "this is no cassette")
    if body.get("version") != _VERSION:
        raise DamagedLine(1, "it was written by a newer version")


def _read_block(block: list[dict[str, Any]], last: int) -> Recording:
    """Return the recording in the lines from a request to its end, which is line number `last`."""
    request, *events, end = block
    number = last - len(block) + 1
    try:
        call, take = _read_request(request)
        is_reply = call.verb == "streamGenerateContent" and end.get("status", 200) == 200
        found = []
        for event in events:
            number += 1
            found.append(_read_event(event, is_reply=is_reply))
        number = last
        return Recording(call, take, tuple(found), _read_end(end))
    except (LookupError, ValueError):
        raise DamagedLine(number, "it is no line of a cassette") from None


def _read_request(line: dict[str, Any]) -> tuple[Call, int]:
    method, path = check(line["request"], is_text).split(" ", 1)
    return Call(method, path, line.get("body")), check(line["take"], is_count)


def _read_end(line: dict[str, Any]) -> End:
    said = {name: check(line[name], END_FIELDS[name]) for name in END_FIELDS if name in line}
    # A price that nobody paid is an unknown one.
    said["usd"] = read_number(said.get("usd"), MOST_USD)
    said["headers"] = read_headers(said.get("headers", {}))
    return End(float(check(line["end"], is_time)), **said)


def _read_event(line: dict[str, Any], *, is_reply: bool) -> tuple[float, Kind, Any]:
    kind: Kind = "event" if "event" in line else "text" if "text" in line else "base64"
    if is_reply and not isinstance(line.get("event"), dict):
        raise ValueError
    return float(check(line["at"], is_time)), kind, check(line[kind], EVENT_FIELDS[kind])
