"""The body of a request: read, and refused where something that the emulator reads is of another type.

The API takes null for whatever may be missing, and so does this.
"""

from __future__ import annotations

from typing import Any

from gemini_magic.emulator.answers import Refusal
from gemini_magic.emulator.errors import EmulatorError
from gemini_magic.emulator.json_text import has_halves, load_json

__all__ = ["LARGEST_BODY", "check_size", "read_body"]

LARGEST_BODY = 20 << 20
"""Bytes of a whole request, as documented at https://ai.google.dev/gemini-api/docs/image-understanding for
requests with inline images."""

_LARGEST_LIMIT = 2**31 - 1
_NAMES = {str: "a string", dict: "an object", list: "an array", bool: "true or false"}


def check_size(size: int) -> None:
    """Refuse a body of more bytes than the API takes.

    Raises
    ------
    Refusal
        If it is larger.
    """
    if size > LARGEST_BODY:
        raise Refusal(413, f"Request payload size exceeds the limit: {LARGEST_BODY} bytes.")


def read_body(raw: bytes) -> dict[str, Any]:
    """Return the body of a generate request.

    Raises
    ------
    Refusal
        If it is too large, is not JSON, has no contents, or has something of the wrong type.
    """
    check_size(len(raw))
    try:
        body = load_json(raw)
    except EmulatorError as error:
        raise _invalid(str(error)) from None
    if not isinstance(body, dict):
        raise _invalid("It is not an object.")
    if b"\\u" in raw and has_halves(body):
        raise _invalid("It has half of a surrogate pair.")
    if not body.get("contents"):
        raise Refusal(400, "* GenerateContentRequest.contents: contents is not specified\n")
    _check_types(body)
    return body


def _check_types(body: dict[str, Any]) -> None:
    for number, content in enumerate(_take(body, "contents", list)):
        _check_content(content, f"contents[{number}]")
    _check_content(_take(body, "systemInstruction", dict), "systemInstruction")
    config = _take(body, "generationConfig", dict)
    limit = config.get("maxOutputTokens")
    if limit is not None and not _is_limit(limit):
        raise _wrong("generationConfig.maxOutputTokens", f"a whole number from 1 to {_LARGEST_LIMIT}")
    thinking = _take(config, "thinkingConfig", dict, "generationConfig.")
    for name in ("includeThoughts", "include_thoughts"):
        _take(thinking, name, bool, "generationConfig.thinkingConfig.")


def _check_content(content: Any, place: str) -> None:
    if not isinstance(content, dict):
        raise _wrong(place, _NAMES[dict])
    _take(content, "role", str, f"{place}.")
    for number, part in enumerate(_take(content, "parts", list, f"{place}.")):
        if not isinstance(part, dict):
            raise _wrong(f"{place}.parts[{number}]", _NAMES[dict])
        _take(part, "text", str, f"{place}.parts[{number}].")


def _take(parent: dict[str, Any], name: str, kind: type, place: str = "") -> Any:
    """Return a member, an empty one where it is missing; refuse it if it is of another type."""
    value = parent.get(name)
    if value is None:
        return kind()
    if not isinstance(value, kind):
        raise _wrong(f"{place}{name}", _NAMES[kind])
    return value


def _is_limit(limit: Any) -> bool:
    return type(limit) in {int, float} and 1 <= limit <= _LARGEST_LIMIT and limit == int(limit)


def _wrong(place: str, takes: str) -> Refusal:
    return _invalid(f"{place} is not {takes}.")


def _invalid(why: str) -> Refusal:
    return Refusal(400, f"Invalid JSON payload received. {why}")
