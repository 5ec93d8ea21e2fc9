"""Which answers are recorded: those that would be the same at another time and for another user."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["hide_projects", "is_passing_error", "is_passing_status"]

_PASSING = {401, 403, 408, 425, 429}
"""Statuses that depend on the moment or the key, like all from 500 on and redirects."""

_PASSING_WORDS = re.compile(r"API_KEY|FAILED_PRECONDITION|user location", re.IGNORECASE)
"""Words of errors that depend on a key, a place or a passing state."""

_PROJECT = re.compile(r"\bprojects/[^/\s\"']+")
"""The name of a Google Cloud project in an error message; it does not belong in a cassette."""


def is_passing_status(status: int) -> bool:
    """Return whether a status depends on the moment or the key."""
    return status in _PASSING or not (200 <= status < 300 or 400 <= status < 500)


def is_passing_error(values: list[Any], status: int) -> bool:
    """Return whether an answer is an error within a stream, or one that depends on place, key or time."""
    errors = [value["error"] for value in values if isinstance(value, dict) and "error" in value]
    return bool(errors) and (status == 200 or _PASSING_WORDS.search(json.dumps(errors)) is not None)


def hide_projects(value: Any) -> Any:
    """Return `value` without the names of Google Cloud projects."""
    if isinstance(value, dict):
        return {name: hide_projects(item) for name, item in value.items()}
    if isinstance(value, list):
        return [hide_projects(item) for item in value]
    return _PROJECT.sub("projects/-", value) if isinstance(value, str) else value
