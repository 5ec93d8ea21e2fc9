"""Event streams written in many ways: what services, proxies and gateways send, legal and not."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

from gemini_magic.emulator.json_text import to_json_text

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["write_stream"]

_HTML = b"<!doctype html><html><title>Sign in to the wifi</title></html>"


def write_stream(events: list[dict[str, Any]], dialect: str) -> list[bytes]:
    """Return the bytes of each event, as `dialect` writes them; they are one body when joined."""
    if dialect == "html":
        return [_HTML]
    if dialect == "empty" or not events:
        return []
    write = _WRITERS.get(dialect, _write_plain)
    written = [write(to_json_text(event)) for event in events]
    return _FINISHERS[dialect](written) if dialect in _FINISHERS else written


def _write_plain(data: str) -> bytes:
    return f"data: {data}\r\n\r\n".encode()


def _write_multi_line(data: str) -> bytes:
    # Between members JSON takes any white space, so a line end may stand there.
    lines = json.dumps(json.loads(data), ensure_ascii=False, indent=1).split("\n")
    return ("".join(f"data: {line}\n" for line in lines) + "\n").encode()


def _write_late_error_key(data: str) -> bytes:
    body = json.loads(data)
    if "error" in body:
        body = {"requestId": "r", **{k: v for k, v in body.items() if k != "error"}, "error": body["error"]}
    return _write_plain(json.dumps(body))


_WRITERS: dict[str, Callable[[str], bytes]] = {
    "comments": lambda data: f": keep-alive\r\n\r\n:\r\ndata: {data}\r\n: more\r\n\r\n".encode(),
    "no-space": lambda data: f"data:{data}\r\n\r\n".encode(),
    "fields": lambda data: f"event: message\nid: 7\nretry: 1000\ndata: {data}\n\n".encode(),
    "cr": lambda data: f"data: {data}\r\r".encode(),
    "lf": lambda data: f"data: {data}\n\n".encode(),
    "multi-line": _write_multi_line,
    "late-error-key": _write_late_error_key,
}

_FINISHERS: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "bom": lambda written: [b"\xef\xbb\xbf" + written[0], *written[1:]],
    "done": lambda written: [*written, b"data: [DONE]\n\n"],
    "malformed": lambda written: [written[0], b'data: {"candidates": [{\r\n\r\n', *written[1:]],
    "no-blank-line": lambda written: [*written[:-1], written[-1].rstrip()],
    "gzip": lambda written: [gzip.compress(b"".join(written))],
    "one-byte": lambda written: [bytes([byte]) for event in written for byte in event],
}
