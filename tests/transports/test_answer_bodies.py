"""Answers as gateways and attackers send them: compressed without end, headers that are no ASCII."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib

import pytest

from gemini_magic import errors
from gemini_magic.transports import answer_bodies, http_library
from tests.support.asking import ask

REPLY = {"candidates": [{"content": {"parts": [{"text": "hi"}]}, "finishReason": "STOP"}]}
STREAM = b"data: " + json.dumps(REPLY).encode() + b"\r\n\r\n"


def answer(body, *headers, status=b"200 OK"):
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


@pytest.fixture
def small_limits(monkeypatch):
    monkeypatch.setattr(answer_bodies, "_LARGEST", 4 << 20)
    monkeypatch.setattr(answer_bodies, "_LARGEST_ERROR", 1 << 20)


BOMB = gzip.compress(b"[" * (64 << 20))


@pytest.mark.parametrize("no_stream", [False, True])
@pytest.mark.parametrize("status", [b"200 OK", b"400 Bad Request", b"503 Unavailable"])
def test_a_small_answer_that_inflates(session, raw_server, small_limits, no_stream, status):
    raw_server.append(answer(BOMB, b"Content-Encoding: gzip", status=status))
    tracemalloc.start()
    try:
        with pytest.raises(errors.UnexpectedAnswer, match=r"an answer of more than \d MB"):
            ask(session, no_stream=no_stream)
        # httpx inflates what came in one piece of the network at once.
        most = 30 << 20 if http_library.httpx.__name__ == "httpx2" else 200 << 20
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("coding", [b"br", b"zstd", b"gzip, gzip", b"nonsense"])
def test_what_was_not_asked_for_is_not_inflated(session, raw_server, coding):
    raw_server.append(answer(STREAM, b"Content-Encoding: " + coding))
    with pytest.raises(errors.UnexpectedAnswer, match="which was not asked for"):
        ask(session)


@pytest.mark.parametrize(
    ("coding", "compress"),
    [(b"gzip", gzip.compress), (b"deflate", zlib.compress), (b"identity", bytes)],
)
def test_an_ordinary_coding_is_read(session, raw_server, coding, compress):
    raw_server.append(answer(compress(STREAM), b"Content-Encoding: " + coding))
    assert ask(session).text == "hi"


def test_what_cannot_be_decoded_is_an_odd_answer(session, raw_server):
    raw_server.append(answer(b"no gzip at all", b"Content-Encoding: gzip"))
    with pytest.raises(errors.UnexpectedAnswer, match="no Gemini reply"):
        ask(session)


ODD_HEADERS = [b"X-Company: K\xf6ln", "X-Company: Köln 🏙".encode(), b"Set-Cookie: \xff=\xfe", b"X-\x7e: \xe9"]


@pytest.mark.parametrize("header", ODD_HEADERS)
@pytest.mark.parametrize("no_stream", [False, True])
def test_a_header_of_any_bytes_is_no_trouble(session, raw_server, header, no_stream):
    body = json.dumps(REPLY).encode() if no_stream else STREAM
    raw_server.append(answer(body, header))
    assert ask(session, no_stream=no_stream).text == "hi"


@pytest.mark.parametrize("header", ODD_HEADERS)
def test_a_refusal_with_such_a_header_keeps_its_reason_and_is_tried_again(session, raw_server, header):
    refused = json.dumps({"error": {"code": 400, "message": "no such field", "status": "X"}}).encode()
    raw_server.append(answer(refused, header, status=b"400 Bad Request"))
    with pytest.raises(errors.BadRequest, match="no such field"):
        ask(session)
    raw_server.append(answer(b"{}", header, b"Retry-After: 0", status=b"503 Unavailable"))
    raw_server.append(answer(STREAM, header))
    assert ask(session, tries=2).text == "hi"


@pytest.mark.parametrize("no_stream", [False, True])
def test_a_body_of_very_many_values_is_no_reply(session, raw_server, no_stream):
    """Each takes many times its characters in memory."""
    call = b'{"functionCall":{}},' * 150_000
    body = b'{"candidates":[{"content":{"parts":[' + call + b'{}]},"finishReason":"STOP"}]}'
    body = body.replace(b"{}}", b'{"name":"f","args":{"a":[1,2,3,4,5]}}}')
    raw_server.append(
        answer(gzip.compress(body if no_stream else b"data: " + body), b"Content-Encoding: gzip")
    )
    tracemalloc.start()
    try:
        with pytest.raises(errors.UnexpectedAnswer):
            ask(session, no_stream=no_stream)
        assert tracemalloc.get_traced_memory()[1] < 10 * len(body)
    finally:
        tracemalloc.stop()
