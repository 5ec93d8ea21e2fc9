"""Decides what the emulator answers to a request; its only state is the script and the log of requests."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gemini_magic.emulator.answers import Answer, Piece, Refusal, whole
from gemini_magic.emulator.api_format import make_events, make_thoughts, merge_events
from gemini_magic.emulator.dialects import write_stream
from gemini_magic.emulator.errors import EmulatorError
from gemini_magic.emulator.json_text import load_json, to_json
from gemini_magic.emulator.request_body import read_body
from gemini_magic.emulator.script import ScriptedReply
from gemini_magic.emulator.writer import count_tokens, cut_pieces, prompts_of, write_reply
from gemini_magic.models import KNOWN_MODELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["KEPT", "SCRIPT_HEADER", "Emulator"]

SCRIPT_HEADER = "x-emulator-script"
"""Request header that scripts the answer to this one request: the attributes of a `ScriptedReply` as JSON."""

KEPT = 1000
"""Requests that an emulator remembers, and a server: both may run for weeks."""

_FIRST_S = 0.15
_PAUSE_S = 0.06
"""The pace of a made-up reply; a real one brings about 40 characters an event."""

_SLOWEST = 1000
_VERBS = {"countTokens", "generateContent", "streamGenerateContent"}
_PATH = re.compile(
    r"/[^/]+/(?:publishers/google/|projects/.+/publishers/google/)?models(?:/([^/:]+))?(?::(\w+))?"
)


class Emulator:
    """Answers like the Gemini API: `models`, `countTokens`, `generateContent`, `streamGenerateContent`.

    Parameters
    ----------
    script
        Replies to give first, one for each generate request; afterwards it writes its own.
    key
        The only API key accepted; None accepts any.
    pace
        Factor on all of its own pauses, up to 1000; 0 sends without waiting.

    Raises
    ------
    EmulatorError
        If the pace is none of these.
    """

    def __init__(
        self, script: Iterable[ScriptedReply] = (), *, key: str | None = None, pace: float = 1.0
    ) -> None:
        if not 0 <= pace <= _SLOWEST:
            raise EmulatorError(f"the pace of the emulator is a number from 0 to {_SLOWEST}, not {pace}")
        self.script = deque(script)
        self.bodies: deque[dict[str, Any]] = deque(maxlen=KEPT)
        """The bodies of the last generate requests, oldest first."""
        self._key = key
        self._pace = pace

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return the answer to one HTTP request.

        Parameters
        ----------
        method, target
            As in the request line; a query may follow the path.
        headers
            With lower-case names.
        body
            The whole body.
        """
        try:
            answer = self._answer(method, target, headers, body)
        except Refusal as refusal:
            answer = refusal.answer
        return replace(answer, pieces=()) if method == "HEAD" else answer

    def _answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if self._key is not None and headers.get("x-goog-api-key") != self._key:
            raise Refusal(400, "API key not valid. Please pass a valid API key.", reason="API_KEY_INVALID")
        where = target.partition("?")[0]
        path = _PATH.fullmatch(where)
        if path is None:
            raise Refusal(404, f"{method} {where} is not part of this API.")
        model, verb = path.groups()
        if model is not None and model not in KNOWN_MODELS:
            raise Refusal(404, f"models/{model} is not found, or is not supported by the offline emulator.")
        if method in {"GET", "HEAD"} and verb is None:
            return whole(_describe(model) if model else {"models": [_describe(m) for m in KNOWN_MODELS]})
        if method == "POST" and model is not None and verb in _VERBS:
            return self._answer_post(verb, body, headers)
        raise Refusal(404, f"{method} {where} is not part of the offline emulator.")

    def _answer_post(self, verb: str, raw: bytes, headers: Mapping[str, str]) -> Answer:
        body = read_body(raw)
        if verb == "countTokens":
            return whole({"totalTokens": _prompt_tokens(body)})
        self.bodies.append(body)
        return self._generate(body, headers, streaming=verb.startswith("stream"))

    def _generate(self, body: dict[str, Any], headers: Mapping[str, str], *, streaming: bool) -> Answer:
        reply = self._next_reply(body, headers)
        answer = Answer(
            reply.status,
            "application/json",
            (Piece(reply.first_s, to_json(reply.body)),),
            tuple(reply.headers.items()),
            reply.headers_s,
            reply.fault,
        )
        if reply.status != 200:
            return replace(answer, pieces=()) if reply.status in {204, 304} else answer
        events = make_events(reply, _prompt_tokens(body))
        if not streaming:
            delay_s = reply.first_s + reply.pause_s * max(0, len(events) - 1)
            return replace(answer, pieces=(Piece(delay_s, to_json(merge_events(events))),))
        if reply.dialect == "gzip":
            answer = replace(answer, headers=(*answer.headers, ("content-encoding", "gzip")))
        content_type = "text/html" if reply.dialect == "html" else "text/event-stream"
        return replace(answer, content_type=content_type, pieces=tuple(_pace(reply, events)))

    def _next_reply(self, body: dict[str, Any], headers: Mapping[str, str]) -> ScriptedReply:
        """Return what the request's own header scripts, else what the script says next, else its own text."""
        if SCRIPT_HEADER in headers:
            return _read_script_header(headers[SCRIPT_HEADER])
        return self.script.popleft() if self.script else self._write(body)

    def _write(self, body: dict[str, Any]) -> ScriptedReply:
        text = write_reply(body)
        limit = int((body.get("generationConfig") or {}).get("maxOutputTokens") or 0)
        finish_reason = "STOP"
        if limit and count_tokens(text) > limit:
            text, finish_reason = text[: limit * 4], "MAX_TOKENS"
        return ScriptedReply(
            pieces=(*make_thoughts(body), *cut_pieces(text)),
            finish_reason=finish_reason,
            first_s=_FIRST_S * self._pace,
            pause_s=_PAUSE_S * self._pace,
        )


def _read_script_header(text: str) -> ScriptedReply:
    try:
        return ScriptedReply.from_json(load_json(text))
    except EmulatorError as error:
        raise Refusal(400, f"{SCRIPT_HEADER}: {error}") from None


def _pace(reply: ScriptedReply, events: list[dict[str, Any]]) -> Iterator[Piece]:
    """Yield the pieces of a stream, up to where its fault strikes."""
    written = write_stream(events, reply.dialect) if reply.raw is None else [reply.raw.encode()]
    if reply.fault in {"stall", "reset", "truncate", "cut"}:
        half = written[reply.after][: len(written[reply.after]) // 2] if reply.after < len(written) else b""
        written = written[: reply.after] + ([half] if reply.fault == "cut" else [])
    for number, data in enumerate(written):
        if reply.drip_s:
            yield from (Piece(reply.drip_s, bytes([byte])) for byte in data)
        else:
            yield Piece(reply.pause_s if number else reply.first_s, data)


def _prompt_tokens(body: dict[str, Any]) -> int:
    contents = [*body["contents"], body.get("systemInstruction") or {}]
    texts = (part.get("text") or "" for content in contents for part in content.get("parts") or [])
    return sum(count_tokens(text) for text in texts) or count_tokens(prompts_of(body)[-1])


def _describe(model: str) -> dict[str, Any]:
    return {
        "name": f"models/{model}",
        "displayName": f"{model} (offline emulator)",
        "description": "Answered by the offline emulator, not by a model.",
        "inputTokenLimit": 1048576,
        "outputTokenLimit": 65536,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
    }
