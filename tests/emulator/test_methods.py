"""Each path answers to its methods; any other combination is an error as the API writes it."""

from __future__ import annotations

import asyncio

import pytest

from gemini_magic.emulator import Emulator
from gemini_magic.models import DEFAULT_MODEL
from gemini_magic.transports.emulator import EmulatorTransport
from gemini_magic.transports.http_library import httpx
from tests.support.raw_http import error_of, send_raw, to_request

MODEL = f"/v1/models/{DEFAULT_MODEL}"
BODY = b'{"contents": [{"parts": [{"text": "hello"}]}]}'


def ask_transport(method, target, body=b""):
    async def ask():
        transport = EmulatorTransport(Emulator(pace=0))
        async with httpx.AsyncClient(base_url="http://emulator", transport=transport) as client:
            return await client.request(method, target, content=body)

    return asyncio.run(ask())


@pytest.mark.parametrize(("target", "status"), [("/v1/models", 200), (MODEL, 200), (f"{MODEL}x", 404)])
def test_head_is_get_without_the_body(server, target, status):
    got = send_raw(server, to_request(target, method="GET"))
    head = send_raw(server, to_request(target, method="HEAD"), "HEAD")
    assert (head[0], got[0], head[2]) == (status, status, b"")
    assert head[1]["content-type"] == got[1]["content-type"]
    assert ask_transport("HEAD", target).content == b""
    assert ask_transport("HEAD", target).status_code == status


@pytest.mark.parametrize(
    ("method", "target"),
    [
        *((method, MODEL) for method in ("PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE", "MAKE-TEA")),
        *((method, f"{MODEL}:generateContent") for method in ("GET", "PUT", "DELETE", "OPTIONS")),
        ("POST", "/v1/models"),
        ("POST", "/v1/models:generateContent"),
        ("GET", "/v1/models:countTokens"),
        ("POST", f"{MODEL}:embedContent"),
        ("GET", "/"),
        ("GET", "http://localhost/v1/models"),
        ("OPTIONS", "*"),
        ("CONNECT", "localhost:80"),
    ],
)
def test_anything_else_is_not_found(server, emulator, method, target):
    answer = send_raw(server, to_request(target, BODY, method=method))
    assert answer[0] == 404
    assert f"{method} {target} is not part of" in error_of(answer)
    assert not emulator.bodies
    if target.startswith("/"):
        assert ask_transport(method, target, BODY).json()["error"]["code"] == 404


def test_head_of_a_reply_is_not_found(server):
    assert send_raw(server, to_request(f"{MODEL}:generateContent", method="HEAD"), "HEAD")[::2] == (404, b"")
