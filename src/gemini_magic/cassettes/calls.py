"""Calls: what a request asks, without host, version and headers, so that it can be compared and kept."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode

from gemini_magic.cassettes.data_files import take_out
from gemini_magic.text.printable import to_json_text

__all__ = ["Call", "make_call", "prompt_of", "to_json_line", "to_text"]

_PATH = re.compile(r".*?/(upload/)?v\d\w*/(?:projects/[^/]+/locations/[^/]+/)?(?:publishers/google/)?(.+)")
"""Splits a path: a proxy's prefix, the API version and a Google Cloud project are left out of the groups."""

_NOT_ASKED = {"alt", "$alt", "key", "access_token"}
"""Query parameters that are no part of the question: the form of the answer, and credentials."""


@dataclass(frozen=True)
class Call:
    """What is asked.

    Attributes
    ----------
    method, path
        Of the HTTP request; the path as in `models/gemini-3.8-flash:generateContent`.
    body
        Canonical JSON: keys in order, no nulls, large data as references to files.
    """

    method: str
    path: str
    body: Any

    @cached_property
    def key(self) -> str:
        """A hash; equal calls have equal keys."""
        return hashlib.sha256(to_text([self.method, self.path, self.body]).encode("ascii")).hexdigest()

    @property
    def verb(self) -> str:
        """The method of a model, for example `streamGenerateContent`; empty for any other request."""
        return self.path.partition("?")[0].rpartition(":")[2] if ":" in self.path else ""

    @property
    def model(self) -> str:
        """The model asked; empty where none is."""
        match = re.match(r"models/([^:?/]+)", self.path)
        return match.group(1) if match else ""


def make_call(method: str, target: str, body: bytes) -> tuple[Call, dict[str, bytes]]:
    """Return what an HTTP request asks, and the large data in it by file name.

    Parameters
    ----------
    method, target
        As in the request line: path and query.
    body
        JSON, or any other bytes, which are compared by their hash.
    """
    path, _, query = target.partition("?")
    match = _PATH.fullmatch(path)
    path = "".join(part or "" for part in match.groups()) if match else path.lstrip("/")
    asked = sorted(pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] not in _NOT_ASKED)
    if asked:
        path += "?" + urlencode(asked)
    files: dict[str, bytes] = {}
    return Call(method, path, take_out(_read_body(body), files)), files


def prompt_of(body: Any) -> str:
    """Return the last prompt in the body of a call; empty where there is none."""
    try:
        parts = body["contents"][-1]["parts"]
        return "".join(part.get("text") or "" for part in parts)
    except (LookupError, TypeError, AttributeError):
        return ""


def to_text(value: Any) -> str:
    """Return `value` as JSON on one line of ASCII that is the same for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def to_json_line(value: Any) -> str:
    """Return `value` as JSON on one line that a person can read; the order of keys stays."""
    return to_json_text(value, separators=(", ", ": "))


def _read_body(body: bytes) -> Any:
    if not body:
        return None
    try:
        return _canonical(json.loads(body))
    except (ValueError, RecursionError):
        digest = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode()
        return {"bytes": len(body), "sha256": digest.rstrip("=")}


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _canonical(value[name]) for name in sorted(value) if value[name] is not None}
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
