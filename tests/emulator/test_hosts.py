"""Only loopback is listened on, and only its names are served: no web page may reach the emulator."""

from __future__ import annotations

import socket

import pytest

from gemini_magic.emulator import Emulator, EmulatorError, EmulatorServer
from gemini_magic.transports.http_library import httpx
from tests.support.raw_http import error_of, send_raw, to_request

OURS = [
    "localhost",
    "LocalHost:8765",
    "a.b.localhost",
    "127.0.0.1",
    "127.0.0.1:80",
    "127.9.8.7",
    "[::1]",
    "[::1]:1",
]
OTHERS = [
    *[
        "evil.example",
        "evil.example:8765",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "notlocalhost",
    ],
    *[
        ":80",
        "0.0.0.0",
        "10.0.0.1",
        "127.1",
        "169.254.169.254",
        "[::]",
        "[::1",
        "::1",
        "[fe80::1]",
        "[localhost]",
    ],
    *["a@localhost", "localhost@evil.example", "localhost:x", "localhost:80:80", "localhost/x", ".localhost"],
    *("", "a..localhost", "é", "localhost, evil.example"),
]


@pytest.mark.parametrize("host", OURS)
def test_names_of_loopback_are_served(server, host):
    assert send_raw(server, to_request("/v1/models", method="GET", host=host))[0] == 200


@pytest.mark.parametrize("host", OTHERS)
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_other_names_are_not(server, host, version):
    request = to_request("/v1/models", method="GET", host=host).replace(
        b"HTTP/1.1", f"HTTP/{version}".encode()
    )
    answer = send_raw(server, request)
    assert answer[0] == 403
    assert "serves names of loopback" in error_of(answer)
    assert not server.exchanges


def test_a_name_that_is_not_served_is_refused_before_the_body(server):
    request = to_request("/v1/models", host="evil.example", content_length=5, expect="100-continue")
    assert send_raw(server, request)[0] == 403


@pytest.mark.parametrize("host", ["0.0.0.0", ""])
def test_it_listens_on_nothing_but_loopback(host):
    with pytest.raises(EmulatorError, match="listens on loopback only"):
        EmulatorServer(Emulator(), host=host).__enter__()


def test_a_name_it_was_told_is_served(monkeypatch):
    """As /etc/hosts may give loopback a name of one's own."""
    look_up = socket.getaddrinfo

    def know_mine(host, *rest, **more):
        return look_up("127.0.0.1" if host == "my-machine" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", know_mine)
    with EmulatorServer(Emulator(), host="my-machine") as server:
        for host, status in [("My-Machine:80", 200), ("localhost", 200), ("my-other-machine", 403)]:
            assert send_raw(server, to_request("/v1/models", method="GET", host=host))[0] == status


def test_it_can_be_told_which_loopback_address():
    for host, url in [("127.0.0.2", "http://127.0.0.2:"), ("localhost", "http://"), ("::1", "http://[::1]:")]:
        if host == "::1" and not has_ipv6():
            continue
        with EmulatorServer(Emulator(), host=host) as server:
            assert server.url.startswith(url)
            assert httpx.get(f"{server.url}/v1/models").status_code == 200


def has_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def test_a_port_that_is_taken_is_one_line(server):
    port = int(server.url.rpartition(":")[2])
    with pytest.raises(EmulatorError, match=f"cannot listen on 127.0.0.1, port {port}: .*; choose another"):
        EmulatorServer(Emulator(), port).__enter__()


@pytest.mark.parametrize("port", [-1, 70_000])
def test_a_port_that_is_none_is_one_line(port):
    with pytest.raises(EmulatorError, match="cannot listen on"):
        EmulatorServer(Emulator(), port).__enter__()


def test_a_host_that_is_none_is_one_line():
    with pytest.raises(EmulatorError, match="cannot listen on"):
        EmulatorServer(Emulator(), host="no such host").__enter__()
