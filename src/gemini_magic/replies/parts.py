"""Parts of a reply, as the JSON in which the service sent them.

A part goes back to the service as it came, also one of a kind that the SDK does not know. Most thought
signatures sit on parts with empty text (measured on recorded replies), and a history without them is refused.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.genai.types import Content, Part

__all__ = ["WirePart", "is_usable", "make_sdk_content", "make_sdk_part", "merge_parts", "visible_text"]

WirePart = dict[str, Any]
"""One part in the API's JSON, for example `{"text": "Hi"}`; it is never changed."""

_PLAIN = {"text", "thought"}


def merge_parts(parts: Iterable[WirePart]) -> list[WirePart]:
    """Return `parts` with neighbouring plain texts joined, and without those that hold nothing.

    Parts are joined only where both carry nothing but text and agree on `thought`.
    """
    merged: list[WirePart] = []
    run: list[WirePart] = []
    for part in (part for part in parts if not _is_empty(part)):
        is_plain = "text" in part and part.keys() <= _PLAIN
        if run and not (is_plain and bool(part.get("thought")) == bool(run[0].get("thought"))):
            merged.append(_join(run))
            run = []
        if is_plain:
            run.append(part)
        else:
            merged.append(part)
    if run:
        merged.append(_join(run))
    return merged


def is_usable(part: WirePart) -> bool:
    """Return whether a part is more than a thought or an empty text."""
    if "text" in part:
        return bool(part["text"] and not part.get("thought"))
    return bool(part)


def visible_text(parts: Iterable[WirePart]) -> str:
    """Return the text of the parts, without thoughts."""
    return "".join(part.get("text", "") for part in parts if not part.get("thought"))


def make_sdk_part(part: WirePart) -> Part:
    """Return the SDK's object for a part, without what the SDK does not know or cannot read."""
    from google.genai.types import Part
    from pydantic import ValidationError

    try:
        return Part.model_validate(part)
    except ValidationError as error:
        newer = [found["loc"] for found in error.errors() if found["type"] == "extra_forbidden"]
    except (AttributeError, TypeError):
        # Enums as numbers.
        newer = []
    try:
        return Part.model_validate(_without(part, newer))
    except (ValidationError, AttributeError, TypeError):
        known: WirePart = {}
        for name, value in part.items():
            known |= {name: value} if _is_known({**known, name: value}) else {}
        return Part.model_validate(known)


def _is_known(part: WirePart) -> bool:
    from google.genai.types import Part
    from pydantic import ValidationError

    try:
        Part.model_validate(part)
    except (ValidationError, AttributeError, TypeError):
        return False
    return True


def make_sdk_content(body: dict[str, Any]) -> Content:
    """Return the SDK's object for a content of the API's JSON."""
    from google.genai.types import Content

    return Content(role=body["role"], parts=[make_sdk_part(part) for part in body["parts"]])


def _is_empty(part: WirePart) -> bool:
    return not part.get("text") and part.keys() <= _PLAIN


def _join(run: list[WirePart]) -> WirePart:
    return run[0] if len(run) == 1 else {**run[0], "text": "".join(part["text"] for part in run)}


def _without(value: WirePart, places: list[tuple[int | str, ...]]) -> WirePart:
    """Return a copy of `value` without the fields at these places."""
    kept = copy.deepcopy(value)
    for *path, name in places:
        inner: Any = kept
        for step in path:
            inner = inner[step]
        del inner[name]
    return kept
