"""Contents as JSON of the API, made once: the SDK would convert the whole history for every request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gemini_magic.replies.decoding import read_parts
from gemini_magic.replies.fields import FieldReader
from gemini_magic.replies.parts import merge_parts

if TYPE_CHECKING:
    from google.genai.types import Content

__all__ = ["check_reply", "dump", "from_wire", "to_wire", "without_signatures"]


def to_wire(content: Content) -> dict[str, Any]:
    """Return the content as JSON of the API; bytes are in URL-safe base64."""
    return content.model_dump(mode="json", by_alias=True, exclude_none=True)


def from_wire(body: dict[str, Any]) -> Content:
    """Return the content in `body`.

    Raises
    ------
    ValueError
        If `body` is not a content (pydantic's error).
    """
    from google.genai import types

    return types.Content.model_validate(body)


def check_reply(body: dict[str, Any]) -> dict[str, Any] | None:
    """Return the content of a reply that a file holds, without parts that hold nothing; None if none is left.

    Raises
    ------
    ValueError
        If a part of it cannot be read.
    """
    fields = FieldReader()
    parts = merge_parts(read_parts(body, fields))
    if fields.unread:
        raise ValueError("a part cannot be read")
    return {"parts": parts, "role": "model"} if parts else None


def without_signatures(body: dict[str, Any]) -> dict[str, Any]:
    """Return a content without thoughts and signatures; a model other than its own would refuse them."""
    parts = [
        {name: value for name, value in part.items() if name != "thoughtSignature"}
        for part in body.get("parts") or []
        if not part.get("thought")
    ]
    return {**body, "parts": merge_parts(part for part in parts if part)}


def dump(body: dict[str, Any]) -> str:
    """Return compact JSON in ASCII."""
    return json.dumps(body, separators=(",", ":"))
