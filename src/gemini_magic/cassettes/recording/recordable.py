"""Which answers are worth keeping: those that would be the same another time and for somebody else."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["hide_projects", "is_passing_error", "is_passing_status"]

_PASSING = {401, 403, 408, 425, 429}
"""Statuses that are about this moment or this key; those from 500 on are, too."""

_PASSING_WORDS = re.compile(r"API_KEY|FAILED_PRECONDITION|user location", re.IGNORECASE)
"""What errors say that are about a key, a place, or a state that changes."""

_PROJECT = re.compile(r"\bprojects/[^/\s\"']+")
"""A Google Cloud project in an error message: whose it is does not belong into a cassette."""


def is_passing_status(status: int) -> bool:
    """Return whether an answer with this status is about this moment or this key."""
    return status in _PASSING or status >= 500


def is_passing_error(values: list[Any], status: int) -> bool:
    """Return whether an answer is an error within a stream, or one that elsewhere or later there is not."""
    errors = [value["error"] for value in values if isinstance(value, dict) and "error" in value]
    return bool(errors) and (status == 200 or _PASSING_WORDS.search(json.dumps(errors)) is not None)


def hide_projects(value: Any) -> Any:
    """Return `value` without the names of Google Cloud projects."""
    if isinstance(value, dict):
        return {name: hide_projects(item) for name, item in value.items()}
    if isinstance(value, list):
        return [hide_projects(item) for item in value]
    return _PROJECT.sub("projects/-", value) if isinstance(value, str) else value
