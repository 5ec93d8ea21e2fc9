"""Takes the API key out of events: an answer may repeat it where a name belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gemini_magic.replies.events import Blocked, Finished, MetadataReport, Served
from gemini_magic.runtime.secret import scrub

if TYPE_CHECKING:
    from gemini_magic.replies.events import Event
    from gemini_magic.runtime.secret import Secret

__all__ = ["without_key"]


def without_key(event: Event, key: Secret | None) -> Event:
    """Return the event without the key in its names and metadata; the text of a reply stays as it is."""
    match event:
        case Served(model):
            return Served(scrub(model, key))
        case Finished(reason):
            return Finished(scrub(reason, key))
        case Blocked(reason, ratings):
            return Blocked(scrub(reason, key), scrub(ratings, key))
        case MetadataReport(answer, candidate):
            return MetadataReport(_without(answer, key), _without(candidate, key))
    return event


def _without(value: Any, key: Secret | None) -> Any:
    """Return JSON without the key in any of its texts."""
    if isinstance(value, str):
        return scrub(value, key)
    if isinstance(value, list):
        return [_without(item, key) for item in value]
    if isinstance(value, dict):
        return {scrub(name, key): _without(item, key) for name, item in value.items()}
    return value
