"""A value as text for a model: chooses how, by its type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gemini_magic.replies.reply import Reply
from gemini_magic.requests.interpolation.problems import Problem
from gemini_magic.requests.interpolation.values.arrays import is_array, write_array
from gemini_magic.requests.interpolation.values.containers import is_container
from gemini_magic.requests.interpolation.values.json_text import write_json
from gemini_magic.requests.interpolation.values.objects import write_object
from gemini_magic.requests.interpolation.values.plain import is_plain, write_formatted, write_plain
from gemini_magic.requests.interpolation.values.sources import has_source, write_source
from gemini_magic.requests.interpolation.values.tables import is_table, write_table
from gemini_magic.runtime.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from gemini_magic.requests.interpolation.values.written import Written

__all__ = ["write_value"]

_WAYS: tuple[tuple[Callable[[Any], bool], Callable[[Any], Written]], ...] = (
    (is_plain, write_plain),
    (lambda value: isinstance(value, Reply), lambda reply: write_plain(reply.text)),
    (has_source, write_source),
    (is_container, write_json),
    (is_array, write_array),
    (is_table, write_table),
)
"""What decides on a way, and the way; the first that fits counts."""


def write_value(value: Any, spec: str = "") -> Written:
    """Return a value as text, in the format `spec` if there is one.

    Raises
    ------
    Problem
        If it cannot be written, or not in this format.
    """
    if isinstance(value, Secret):
        raise Problem("it is an API key, which is never sent")
    if spec:
        return write_formatted(value, spec)
    write = next((way for fits, way in _WAYS if fits(value)), write_object)
    return write(value)
