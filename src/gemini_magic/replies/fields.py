"""Fields of a JSON body that may hold anything: each is read on its own, and counted if it cannot be read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gemini_magic.replies.numbers import read_count

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["DEEPEST", "FieldReader", "is_deep", "is_readable"]

DEEPEST = 100
"""Levels of nesting. The API reads no more: protobuf's own limit
(https://protobuf.dev/programming-guides/proto-limits/)."""


_encode = json.JSONEncoder(allow_nan=False).encode


class FieldReader:
    """Reads fields; null stands for a field that is not there.

    Attributes
    ----------
    unread : int
        How many fields could not be read.
    """

    def __init__(self) -> None:
        self.unread = 0

    def object(self, value: Any) -> dict[str, Any]:
        """Return a JSON object; an empty one in the place of anything else."""
        found: dict[str, Any] = self._expect(dict, value) or {}
        return found

    def items(self, value: Any) -> list[Any]:
        """Return an array; an empty one in the place of anything else."""
        return self._expect(list, value) or []

    def text(self, value: Any) -> str:
        """Return a text; an empty one in the place of anything else."""
        return self._expect(str, value) or ""

    def name(self, value: Any, names: Mapping[int, str]) -> str:
        """Return a value of an enum, which may also come as its number.

        Parameters
        ----------
        value
            The field.
        names
            Known names by number; a number without one is its own name.
        """
        if isinstance(value, int) and not isinstance(value, bool):
            return names.get(value, str(value) if 0 < value < 1000 else "")
        return self.text(value)

    def count(self, value: Any) -> int | None:
        """Return a number of tokens; None in the place of anything else."""
        count = read_count(value)
        self.unread += count is None and value is not None
        return count

    def others(
        self, fields: dict[str, Any], known: Collection[str], counted: Collection[str] = ()
    ) -> dict[str, Any]:
        """Return the fields that are not `known`, without those that cannot be read.

        Parameters
        ----------
        fields
            A JSON object.
        known
            Names that are left out.
        counted
            Names of fields that are counted elsewhere where they cannot be read.
        """
        given = {name: item for name, item in fields.items() if item is not None and name not in known}
        if is_readable(given):
            return given
        read = {name: item for name, item in given.items() if is_readable(item)}
        self.unread += len(given.keys() - read.keys() - set(counted))
        return read

    def _expect(self, kind: type, value: Any) -> Any:
        if value is None or isinstance(value, kind):
            return value
        self.unread += 1
        return None


def is_readable(value: Any) -> bool:
    """Return whether any reader of JSON can read `value`: not nested too deep, no NaN, no infinity."""
    if isinstance(value, str | bool | int):
        return True
    try:
        text = _encode(value)
    except (ValueError, TypeError, RecursionError):
        return False
    # Most is soon seen to be flat: this is asked of every event of a stream.
    return text.count("{") + text.count("[") <= DEEPEST or not is_deep(value)


def is_deep(value: Any) -> bool:
    """Return whether `value` is nested more deeply than the API reads."""
    level = [value]
    for _ in range(DEEPEST):
        level = [item for outer in level for item in _inner(outer)]
        if not level:
            return False
    return True


def _inner(value: Any) -> list[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    return [item for item in value if isinstance(item, dict | list)] if isinstance(value, list) else []
