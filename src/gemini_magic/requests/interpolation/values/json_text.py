"""Dicts, lists and the like as JSON: bounded in number, size and depth, also where they hold themselves."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from gemini_magic.replies.numbers import count
from gemini_magic.replies.reply import Reply
from gemini_magic.requests.interpolation.values.arrays import is_array
from gemini_magic.requests.interpolation.values.containers import elements_of, is_container, items_of
from gemini_magic.requests.interpolation.values.objects import print_object
from gemini_magic.requests.interpolation.values.plain import is_plain
from gemini_magic.requests.interpolation.values.tables import describe_table
from gemini_magic.requests.interpolation.values.written import Written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sized

__all__ = ["write_json"]

_MOST_VALUES = 10_000
_MOST_CHARACTERS = 100_000
_DEEPEST = 20

_ONE_LINE = 100
"""Characters of JSON that stay on one line; of a list of plain values, all do."""

_SMALL_ARRAY = 100


def write_json(value: Any) -> Written:
    """Return a dict, a list, a model or the like as JSON, and in it what was left out."""
    writing = _Writing()
    plain = writing.write(value)
    text = json.dumps(plain, ensure_ascii=False)
    is_flat = isinstance(plain, list) and not any(isinstance(item, dict | list) for item in plain)
    if len(text) > _ONE_LINE and not is_flat:
        text = json.dumps(plain, ensure_ascii=False, indent=2)
    size = count(writing.first[0], "item")
    if writing.is_cut:
        size += f", {writing.first[1]:,} shown" if writing.first[1] < writing.first[0] else ", cut"
    return Written(text, size, is_block="\n" in text)


class _Writing:
    """Turns a value into what `json.dumps` takes, until the limits are reached.

    Attributes
    ----------
    first
        How many items the outermost value has, and how many are shown.
    is_cut
        Whether anything was left out.
    """

    def __init__(self) -> None:
        self.first = (0, 0)
        self.is_cut = False
        self._values, self._characters = _MOST_VALUES + 1, _MOST_CHARACTERS
        # Ids of the containers that are being written: one that holds itself has no end.
        self._open: list[int] = []

    def write(self, value: Any) -> Any:
        """Return a value as JSON's own types."""
        self._values -= 1
        if value is None or type(value) in {bool, int, float}:
            return value
        if isinstance(value, Reply):
            return self._cut(value.text)
        if is_container(value):
            return self._write_container(value)
        if is_array(value) and value.size <= _SMALL_ARRAY:
            return self.write(value.tolist())
        return self._write_leaf(value)

    def _write_leaf(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._cut(str.__str__(value))
        if is_plain(value):
            # A number of numpy.
            item = value.item() if hasattr(value, "item") else value
            return item if type(item) in {bool, int, float} else self._cut(str(value))
        if is_array(value):
            return f"array of {' x '.join(map(str, value.shape))}, {value.dtype}"
        return self._cut(describe_table(value) or print_object(value))

    def _write_container(self, value: Any) -> Any:
        if id(value) in self._open or len(self._open) >= _DEEPEST:
            return self._leave_out("it holds itself" if id(value) in self._open else "too deep")
        self._open.append(id(value))
        try:
            items = items_of(value)
            return self._write_list(value) if items is None else self._write_dict(items)
        finally:
            self._open.pop()

    def _write_dict(self, items: Mapping[Any, Any]) -> dict[str, Any]:
        made: dict[str, Any] = {}

        def add(pair: tuple[Any, Any]) -> None:
            name = self._cut(str.__str__(pair[0]) if isinstance(pair[0], str) else print_object(pair[0]))
            # 1 and "1" are two keys in Python.
            made[repr(pair[0]) if name in made else name] = self.write(pair[1])

        more = self._write_each(items, dict.items(items) if isinstance(items, dict) else items.items(), add)
        return {**made, "…": more} if more else made

    def _write_list(self, value: Any) -> list[Any]:
        made: list[Any] = []
        elements = elements_of(value, _MOST_VALUES)
        more = self._write_each(value, elements, lambda one: made.append(self.write(one)))
        return [*made, more] if more else made

    def _write_each(self, container: Sized, items: Any, write: Callable[[Any], None]) -> str:
        """Write items as long as the limits allow; return a mark for those left out, empty for none."""
        shown, total = 0, len(container)
        for item in islice(items, _MOST_VALUES):
            if self._values <= 0 or self._characters <= 0:
                break
            write(item)
            shown += 1
        if len(self._open) == 1:
            self.first = total, shown
        return self._leave_out(f"{total - shown:,} more") if shown < total else ""

    def _cut(self, text: str) -> str:
        """Return as much of a text as the limit leaves."""
        left, self._characters = max(self._characters, 0), self._characters - len(text)
        if len(text) <= left:
            return text
        return text[:left] + self._leave_out(f"{len(text) - left:,} more characters")

    def _leave_out(self, what: str) -> str:
        self.is_cut = True
        return f"… ({what})"
