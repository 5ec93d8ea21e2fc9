"""Contents as JSON of the API, made once: the SDK would convert the whole history for every request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.genai.types import Content

__all__ = ["dump", "from_wire", "to_wire", "without_signatures"]


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


def without_signatures(body: dict[str, Any]) -> dict[str, Any]:
    """Return a content without thoughts and signatures; a model other than its own would refuse them."""
    parts = [
        {name: value for name, value in part.items() if name != "thoughtSignature"}
        for part in body.get("parts") or []
        if not part.get("thought")
    ]
    return {**body, "parts": [part for part in parts if part and part != {"text": ""}]}


def dump(body: dict[str, Any]) -> str:
    """Return compact JSON in ASCII."""
    return json.dumps(body, separators=(",", ":"))
