"""Requests that are large, slow, or never end: an answer comes, and nothing is held for ever."""

from __future__ import annotations

import shutil
import subprocess
import threading

import pytest

from gemini_magic.emulator import EmulatorServer, ScriptedReply
from gemini_magic.emulator.request_body import LARGEST_BODY
from gemini_magic.models import DEFAULT_MODEL
from gemini_magic.transports.http_library import httpx
from tests.support.raw_http import connect, error_of, read_answer, send_raw, to_request

TARGET = f"/v1/models/{DEFAULT_MODEL}:generateContent"
BODY = b'{"contents": [{"parts": [{"text": "hello"}]}]}'
PADDED = BODY + b" " * (LARGEST_BODY - len(BODY))


@pytest.fixture
def hurried(emulator):
    """A server that waits a short while for a whole request."""
    with EmulatorServer(emulator, request_s=0.2) as server:
        yield server


def chunked(body, *, method="POST"):
    return to_request(TARGET, body, method=method, content_length=None, transfer_encoding="chunked")


def test_a_client_that_asks_is_told_to_go_on(server):
    head = to_request(TARGET, content_length=len(BODY), expect="100-continue")
    with connect(server) as connection:
        connection.sendall(head)
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(BODY)
        assert read_answer(connection)[0] == 200


def test_a_client_that_does_not_wait_is_answered(server):
    answer = send_raw(server, to_request(TARGET, BODY, expect="100-continue"))
    assert answer[0] == 200


def test_a_client_is_not_told_to_go_on_with_too_much(server):
    head = to_request(TARGET, content_length=LARGEST_BODY + 1, expect="100-continue")
    answer = send_raw(server, head)
    assert answer[0] == 413
    assert error_of(answer) == f"Request payload size exceeds the limit: {LARGEST_BODY} bytes."


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
@pytest.mark.parametrize(("size", "status"), [(LARGEST_BODY, "200"), (LARGEST_BODY + 1, "413")])
def test_curl_sends_a_large_body(server, tmp_path, size, status):
    file = tmp_path / "body.json"
    file.write_bytes(BODY + b" " * (size - len(BODY)))
    command = ["curl", "-sS", "-o", str(tmp_path / "answer"), "-w", "%{http_code}", "--noproxy", "*"]
    ran = subprocess.run(
        [*command, "--data-binary", f"@{file}", server.url + TARGET],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == status
    assert (tmp_path / "answer").read_bytes().startswith(b'{"error"' if status == "413" else b"{")


def test_the_largest_body_is_answered(server):
    assert httpx.post(server.url + TARGET, content=PADDED, timeout=30).status_code == 200
    assert httpx.post(server.url + TARGET, content=iter([PADDED]), timeout=30).status_code == 200


@pytest.mark.parametrize("content", [PADDED * 3, [PADDED] * 3], ids=["length", "chunks"])
def test_a_larger_body_is_refused_and_the_client_told(server, emulator, content):
    """It is sent whole before the answer is read, as most clients do."""
    content = iter(content) if isinstance(content, list) else content
    refused = httpx.post(server.url + TARGET, content=content, timeout=30)
    assert refused.status_code == refused.json()["error"]["code"] == 413
    assert refused.headers["connection"] == "close"
    assert not emulator.bodies


def test_an_endless_body_is_refused_before_its_end(server):
    with connect(server) as connection:
        connection.sendall(chunked(b""))
        chunk = b"%x\r\n%s\r\n" % (len(PADDED), PADDED)
        connection.sendall(chunk + chunk)
        answer = read_answer(connection)
    assert answer[0] == 413
    assert "exceeds the limit" in error_of(answer)


def test_a_head_that_is_refused_has_no_body(server):
    head = to_request(TARGET, method="HEAD", content_length=LARGEST_BODY + 1)
    assert send_raw(server, head, "HEAD")[::2] == (413, b"")


@pytest.mark.parametrize(
    "sent",
    [
        b"POST",
        to_request(TARGET, BODY)[:-1],
        chunked(b"5\r\nhello\r\n"),
        to_request(TARGET, content_length=5, expect="100-continue"),
    ],
    ids=["a part of the head", "a part of the body", "chunks", "nothing after 100"],
)
def test_a_request_that_never_ends_is_given_up(hurried, sent):
    with connect(hurried) as connection:
        connection.sendall(sent)
        answer = read_answer(connection)
        assert connection.recv(1) == b""
    assert answer[0] == 408
    assert "did not arrive within" in error_of(answer)


def test_a_client_that_says_nothing_is_hung_up_on(hurried):
    with connect(hurried) as silent, connect(hurried) as done:
        done.sendall(to_request("/v1/models", method="GET"))
        assert read_answer(done)[0] == 200
        assert silent.recv(1) == done.recv(1) == b""


def test_an_answer_may_take_longer_than_a_request(hurried, emulator):
    emulator.script.append(ScriptedReply(pieces=("late",), first_s=0.6))
    answer = send_raw(hurried, to_request(TARGET, BODY))
    assert b"late" in answer[2]


def test_requests_that_come_early_are_answered_in_turn(server):
    with connect(server) as connection:
        connection.sendall(to_request("/v1/models", method="GET") * 2 + to_request(TARGET, BODY))
        received = b""
        while received.count(b"\r\n0\r\n\r\n") < 3:
            received += connection.recv(65536)
    assert received.count(b"HTTP/1.1 200") == 3


def test_a_client_that_sends_without_end_is_hung_up_on(server, emulator):
    """While an answer is on its way, what comes must be kept for the next request: not for ever."""
    emulator.script.append(ScriptedReply(pieces=("one", "two"), pause_s=60))
    with connect(server) as connection:
        connection.sendall(to_request(TARGET, BODY))
        with pytest.raises(ConnectionError):  # noqa: PT012
            while True:
                connection.sendall(PADDED)
    [exchange] = server.exchanges
    assert exchange.ended.wait(10)
    assert exchange.outcome == "disconnected"


@pytest.mark.parametrize("sent", [b"", b"GET", to_request(TARGET, BODY), b"nonsense\r\n\r\n"])
def test_a_server_stops_while_a_client_is_in_the_middle(emulator, sent):
    emulator.script.append(ScriptedReply(pieces=("never",), first_s=60))
    came = threading.Event()
    with EmulatorServer(emulator) as server, connect(server) as client:
        client.sendall(to_request("/v1/models", method="GET"))
        assert read_answer(client)[0] == 200
        server.watch = lambda _exchange: came.set()
        client.sendall(sent)
        if sent.startswith(b"POST"):
            assert came.wait(10)
        elif sent.startswith(b"nonsense"):
            assert read_answer(client)[0] == 400
    assert server.open_connections == 0
