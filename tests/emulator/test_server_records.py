"""What a server remembers of its requests, and for how long."""

from __future__ import annotations

from gemini_magic.emulator.emulator import KEPT
from gemini_magic.models import DEFAULT_MODEL
from gemini_magic.transports.http_library import httpx


def test_only_the_last_requests_are_remembered(server, emulator):
    with httpx.Client(base_url=server.url, timeout=30) as client:
        for number in range(KEPT + 5):
            body = {"contents": [{"parts": [{"text": str(number)}]}]}
            client.post(f"/v1/models/{DEFAULT_MODEL}:generateContent?n={number}", json=body)
    assert len(emulator.bodies) == len(server.exchanges) == KEPT
    assert emulator.bodies[0]["contents"] == [{"parts": [{"text": "5"}]}]
    assert emulator.bodies[-1]["contents"] == [{"parts": [{"text": str(KEPT + 4)}]}]
    assert server.exchanges[0].target.endswith("?n=5")
    assert server.exchanges[-1].ended.wait(10)
    assert server.exchanges[-1].outcome == "complete"
