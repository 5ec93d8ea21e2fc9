"""Headers of a recorded answer: the few that the SDK needs, and nothing that makes it ask another host.

A cassette may come from a stranger. What it holds must never cause a request.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["NOWHERE", "UPLOAD_URL", "read_headers", "upload_target"]

UPLOAD_URL = "x-goog-upload-url"
"""Where the SDK is to send the content of a file."""

NOWHERE = "replayed.invalid"
"""Stands for the host of an upload. No such host exists (RFC 2606), and nothing is sent there."""

_ALLOWED = {
    "content-type": re.compile(r"[\w.+-]+/[\w.+-]+(?:; ?[\w-]+=[\w.\"-]+)*", re.ASCII),
    "x-goog-upload-status": re.compile(r"active|final|cancelled"),
    UPLOAD_URL: re.compile(r"[!-~]+"),
}


def read_headers(headers: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers that a recorded answer may carry, without any host in them."""
    found = {
        name: value
        for name, value in headers.items()
        if name in _ALLOWED and isinstance(value, str) and _ALLOWED[name].fullmatch(value)
    }
    if UPLOAD_URL in found:
        found[UPLOAD_URL] = f"https://{NOWHERE}" + upload_target(found[UPLOAD_URL])
    return found


def upload_target(url: str) -> str:
    """Return the path and the query of the address of an upload."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "/"
    return "/" + parts.path.lstrip("/") + (f"?{parts.query}" if parts.query else "")
