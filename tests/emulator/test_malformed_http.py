"""Whatever bytes a client sends, it gets an answer in HTTP, and the server goes on."""

from __future__ import annotations

import socket

import pytest

from gemini_magic.models import DEFAULT_MODEL
from tests.support.raw_http import connect, error_of, read_answer, send_raw, to_request

MODELS = "/v1/models"
TARGET = f"/v1/models/{DEFAULT_MODEL}:generateContent"
BODY = b'{"contents": [{"parts": [{"text": "hello"}]}]}'
WRONG = {
    "nonsense": b"nonsense\r\n\r\n",
    "an empty line": b"\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a future version": to_request(MODELS, method="GET").replace(b"HTTP/1.1", b"HTTP/9.9"),
    "a space in the method": to_request(MODELS, method="GE T"),
    "a space in the target": to_request("/v1 /models", method="GET"),
    "a target that is not ASCII": to_request("/v1/models/é", method="GET"),
    "a header without a colon": b"GET /v1/models HTTP/1.1\r\nHost localhost\r\n\r\n",
    "a header with a space": to_request(MODELS, **{"x y": "z"}),
    "a header with a control character": to_request(MODELS, x="a\0b"),
    "a continuation at the start": b"GET /v1/models HTTP/1.1\r\n Host: localhost\r\n\r\n",
    "no Host": to_request(MODELS, host=None),
    "two Hosts": to_request(MODELS, Host="localhost"),
    "no length that is a number": to_request(MODELS, content_length="x"),
    "a negative length": to_request(MODELS, content_length=-5),
    "two lengths": to_request(TARGET, BODY, Content_Length=5),
    "another coding": to_request(TARGET, content_length=None, transfer_encoding="gzip"),
    "a length and chunks": to_request(TARGET, b"0\r\n\r\n", transfer_encoding="chunked"),
    "a chunk's size is no number": to_request(
        TARGET, b"zz\r\n", content_length=None, transfer_encoding="chunked"
    ),
    "a chunk's size is negative": to_request(
        TARGET, b"-5\r\n", content_length=None, transfer_encoding="chunked"
    ),
    "a chunk without its end": to_request(
        TARGET, b"1\r\nabc\r\n", content_length=None, transfer_encoding="chunked"
    ),
    "headers without end": to_request(MODELS, x="x" * 200_000)[:-4],
    "a chunk's size without end": to_request(
        TARGET, b"0" * 200_000, content_length=None, transfer_encoding="chunked"
    ),
}


def get_models(server):
    return send_raw(server, to_request(MODELS, method="GET"))[0]


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_http_is_a_400_and_the_end(server, name):
    with connect(server) as connection:
        connection.sendall(WRONG[name])
        answer = read_answer(connection)
        assert connection.recv(1) == b""
    assert answer[0] == 400
    assert answer[1]["connection"] == "close"
    assert "This is not HTTP" in error_of(answer)
    assert get_models(server) == 200


def test_what_follows_a_request_is_answered_too(server):
    """The first request is all right; what is behind it is not."""
    with connect(server) as connection:
        connection.sendall(to_request(MODELS, method="GET"))
        assert read_answer(connection)[0] == 200
        connection.sendall(b"nonsense\r\n\r\n")
        assert read_answer(connection)[0] == 400


@pytest.mark.parametrize("sent", [b"", b"GET", b"POST /v1/models HTTP/1.1\r\nHost: localhost\r\n"])
def test_a_client_that_leaves_in_the_middle_is_no_error(server, sent):
    with connect(server) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        assert (connection.recv(65536) == b"") == (sent == b"")
    assert get_models(server) == 200


def test_an_old_client_is_answered(server):
    """HTTP/1.0 needs no Host and knows no chunks."""
    answer = send_raw(server, b"GET /v1/models HTTP/1.0\r\n\r\n")
    assert answer[0] == 200
    assert "transfer-encoding" not in answer[1]
