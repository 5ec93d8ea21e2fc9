"""Takes the API key out of events: an answer may repeat it where a name belongs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gemini_magic.replies.events import Blocked, Finished, MetadataReport, Served
from gemini_magic.runtime.secret import Secret, scrub

if TYPE_CHECKING:
    from gemini_magic.replies.events import Event

__all__ = ["without_key"]


_encode = json.JSONEncoder(ensure_ascii=False).encode


def without_key(event: Event, key: Secret | None) -> Event:
    """Return the event without the key in its names and metadata; the text of a reply stays as it is."""
    match event:
        case Served(model):
            return Served(scrub(model, key))
        case Finished(reason):
            return Finished(scrub(reason, key))
        case Blocked(reason, ratings):
            return Blocked(scrub(reason, key), scrub(ratings, key))
        case MetadataReport(answer, candidate) if _has_key([answer, candidate], key):
            return MetadataReport(_without(answer, key), _without(candidate, key))
    return event


def _has_key(value: Any, key: Secret | None) -> bool:
    """Return whether a key may be in JSON: to look at each text of it takes long, and most have none."""
    text = _encode(value)
    written = Secret(_encode(key.reveal())[1:-1]) if key else None
    return scrub(text, written) != text


def _without(value: Any, key: Secret | None) -> Any:
    """Return JSON without the key in any of its texts."""
    if isinstance(value, str):
        return scrub(value, key)
    if isinstance(value, list):
        return [_without(item, key) for item in value]
    if isinstance(value, dict):
        return {scrub(name, key): _without(item, key) for name, item in value.items()}
    return value
