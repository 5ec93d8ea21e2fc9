"""Requests to a server on loopback byte by byte, as no client library would send them."""

from __future__ import annotations

import json
import socket

import h11

__all__ = ["connect", "error_of", "read_answer", "send_raw", "to_request"]


def connect(server):
    """A connection to an `EmulatorServer`."""
    host, port = server.url.removeprefix("http://").rsplit(":", 1)
    return socket.create_connection((host.strip("[]"), int(port)), timeout=30)


def send_raw(server, data, method="GET"):
    """Send bytes and return the status, the headers and the body of the answer."""
    with connect(server) as connection:
        connection.sendall(data)
        return read_answer(connection, method)


def read_answer(connection, method="GET"):
    """Read one answer strictly; what is no HTTP raises an error of h11."""
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method=method, target="/", headers=[("host", "localhost")]))
    client.send(h11.EndOfMessage())
    response, body = None, b""
    while True:
        event = client.next_event()
        if event is h11.NEED_DATA:
            client.receive_data(connection.recv(65536))
        elif isinstance(event, h11.Response):
            response = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            return response.status_code, {n.decode(): v.decode() for n, v in response.headers}, body


def to_request(target, body=b"", method="POST", **headers):
    """Return a request as bytes; its Host is a loopback name unless `headers` has another."""
    named = {"host": "localhost", "content-length": len(body)} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items() if value is not None)
    return f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + body


def error_of(answer):
    """Return the message of an error that has the API's shape; anything else fails."""
    status, headers, body = answer
    error = json.loads(body)["error"]
    assert (error["code"], headers["content-type"]) == (status, "application/json")
    assert error["status"].isupper()
    return error["message"]
