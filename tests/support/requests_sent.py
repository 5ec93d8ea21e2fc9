"""Asking the service, and what it sends: pieces with token counts, an end, a busy status."""

from __future__ import annotations

from gemini_magic.emulator import ScriptedReply
from gemini_magic.options.cell_options import Options
from gemini_magic.options.settings import Settings
from gemini_magic.runtime.origin import Origin
from gemini_magic.views.base import NoView

MODEL = "gemini-2.5-flash"
BUSY = {"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}
NOW = {"retry-after": "0"}


def ask(session, text="hello", view=None, settings=None, origin=Origin(), **options):  # noqa: B008 - frozen
    return session.ask(text, Options(**options), settings or Settings(), view or NoView(), origin)


def counted(prompt=1000, output=100, **more):
    counts = {"promptTokenCount": prompt, "candidatesTokenCount": output, "totalTokenCount": prompt + output}
    return {"usageMetadata": counts | more, "modelVersion": MODEL}


def piece(text, **more):
    candidate = {"content": {"parts": [{"text": text}], "role": "model"}} | more
    return {"candidates": [candidate], "modelVersion": MODEL}


def ended(text="yes", **counts):
    return ScriptedReply(pieces=(piece(text), piece("", finishReason="STOP") | counted(**counts)))


def quota(quota_id, delay=None):
    kind = "type.googleapis.com/google.rpc."
    details = [{"@type": f"{kind}QuotaFailure", "violations": [{"quotaId": quota_id}]}]
    if delay:
        details.append({"@type": f"{kind}RetryInfo", "retryDelay": delay})
    return {"error": {"code": 429, "message": "quota", "status": "RESOURCE_EXHAUSTED", "details": details}}


def ask_with(session, view=None, **settings):
    return session.ask("hello", Options(), Settings(**settings), view or NoView())
