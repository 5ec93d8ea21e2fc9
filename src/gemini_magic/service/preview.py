"""What a prompt would take and send, without asking for a reply."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gemini_magic.errors import GeminiError
from gemini_magic.replies.costs.prices import estimate_cost
from gemini_magic.replies.numbers import read_count
from gemini_magic.replies.usage import Cost, Usage
from gemini_magic.runtime.secret import scrub
from gemini_magic.service.client import Client
from gemini_magic.service.credentials import Credentials
from gemini_magic.service.error_translation import translate_error
from gemini_magic.transports.history import HistoryTransport
from gemini_magic.transports.http_library import httpx
from gemini_magic.transports.stream_report import REPORT, StreamReport

if TYPE_CHECKING:
    from gemini_magic.replies.costs.prices import Prices
    from gemini_magic.requests.request import Request
    from gemini_magic.runtime.secret import Secret

__all__ = ["InputCount", "count_input", "describe_request"]


@dataclass(frozen=True)
class InputCount:
    """What a request would send.

    Attributes
    ----------
    model
        The model that would be asked.
    tokens
        Tokens of the history, the system instruction and the prompt; None if the service does not say.
    cost
        Estimated price of these; None where it is unknown.
    offline
        Whether the emulator counted.
    """

    model: str
    tokens: int | None
    cost: Cost | None
    offline: bool


async def count_input(client: Client, request: Request, prices: Prices) -> InputCount:
    """Return what the request would send, as the service counts it; nothing is generated.

    Raises
    ------
    GeminiError
        If the service refuses to count, or cannot be reached.
    """
    report = StreamReport(request.timeout_s, request.history.contents)
    counted = await _count(client, request, report)
    if isinstance(counted, GeminiError):
        raise counted
    if report.recorded is not None:
        cost = None if report.recorded.usd is None else Cost(report.recorded.usd)
        return InputCount(request.model, counted, cost, offline=False)
    cost = None if client.offline else estimate_cost(request.model, Usage(prompt=counted, output=0), prices)
    return InputCount(request.model, counted, cost, client.offline)


async def _count(client: Client, request: Request, report: StreamReport) -> int | GeminiError | None:
    REPORT.set(report)
    try:
        return read_count(await client.count_tokens(request))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is raised again as one of ours
        failure = error
    finally:
        await report.aclose()
    # Outside of the `except`: else the context of what is raised would be the SDK's error with the key.
    key = client.credentials.key
    return translate_error(failure, model=request.model, key=key, answered=report.answered)


async def describe_request(request: Request, key: Secret | None = None) -> dict[str, Any]:
    """Return what would be sent: the model, the method, the whole body and sizes. Nothing is sent.

    The SDK writes the request to a transport that only keeps it; there is no key in it, and `key` and
    whatever else has the shape of one is taken out of the texts.
    """
    REPORT.set(StreamReport(history=request.history.contents))
    kept = _KeepingTransport()
    async for _ in _ProbeClient(kept).chunks(request):
        pass
    body = json.loads(scrub(kept.body.decode(), key))
    texts = [part.get("text") or "" for content in body["contents"] for part in content.get("parts") or []]
    return {
        "model": request.model,
        "method": kept.method,
        "body": body,
        "sizes": {
            "contents": len(body["contents"]),
            "turns_left_out": request.history.left_out,
            "characters": sum(map(len, texts)),
            "bytes": len(kept.body),
        },
    }


class _KeepingTransport(httpx.AsyncBaseTransport):
    """Keeps a request, and answers it with an empty reply."""

    def __init__(self) -> None:
        self.method = ""
        self.body = b""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.method = request.url.path.rpartition(":")[2]
        self.body = await request.aread()
        return httpx.Response(200, headers={"content-type": "application/json"}, content=b"{}")


class _ProbeClient(Client):
    """A client without a key whose requests go to a transport of one's own."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        super().__init__(Credentials(offline=True))
        self._transport = transport

    def _make_http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=HistoryTransport(self._transport))
