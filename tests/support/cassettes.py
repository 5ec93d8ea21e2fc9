"""Recorded replies: what the service says, the sessions that record and replay it, and lines of the file."""

from __future__ import annotations

import json
from dataclasses import replace

from gemini_magic.cassettes.calls import Call
from gemini_magic.cassettes.recordings import End, Recording
from gemini_magic.emulator import ScriptedReply
from gemini_magic.options.cell_options import Options
from gemini_magic.runtime.origin import Origin
from gemini_magic.views.base import NoView

MODEL = "gemini-3.8-flash"
USAGE = {"promptTokenCount": 12, "candidatesTokenCount": 34, "thoughtsTokenCount": 5, "totalTokenCount": 51}


def said(*texts, usage=USAGE, model=MODEL, **more):
    """A reply in the wire format, with a usage of its own."""
    events = []
    for number, text in enumerate(texts, 1):
        candidate = {"content": {"role": "model", "parts": [{"text": text}]}, "index": 0}
        if number == len(texts):
            candidate["finishReason"] = "STOP"
        events.append({"candidates": [candidate], "usageMetadata": usage, "modelVersion": model})
    return ScriptedReply(pieces=tuple(events), **more)


class Asker:
    def __init__(self, session, settings):
        self.session = session
        self.settings = settings

    @property
    def cassette(self):
        return self.session.clients.shelf.open(self.settings.cassette)

    def __call__(self, text, origin=None, **options):
        return self.session.ask(text, Options(**options), self.settings, NoView(), origin or Origin())


def lines_of(tape):
    return [json.loads(line) for line in tape.read_text().splitlines()]


def timeless(tries):
    return [replace(one, time=None, is_replayed=None) for one in tries]


def asked(emulator):
    return [body["contents"][-1]["parts"][0]["text"] for body in emulator.bodies]


def as_stream(events):
    return "".join(f"data: {json.dumps(event)}\n\n" for event in events)


def wire(body, kind):
    data = body.encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(data)}\r\n\r\n"
    return head.encode() + data


MODEL = "gemini-3.8-flash"


def call(text):
    body = {"contents": [{"parts": [{"text": text}], "role": "user"}]}
    return Call("POST", f"models/{MODEL}:streamGenerateContent", body)


def recording(text, size=1):
    event = {"candidates": [{"content": {"parts": [{"text": "x" * size}]}, "finishReason": "STOP"}]}
    return Recording(call(text), 1, ((0.1, "event", event),), End(0.2))
