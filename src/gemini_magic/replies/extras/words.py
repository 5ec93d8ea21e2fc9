"""Words for what a part of a reply holds, when that is no text: calls, data, code, results.

Our own words and those of the model stay apart: the model's are drawn as code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from reprlib import Repr
from typing import TYPE_CHECKING, Any

from gemini_magic.replies.numbers import count
from gemini_magic.runtime.secret import scrub
from gemini_magic.text.printable import to_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from gemini_magic.replies.parts import WirePart

__all__ = ["Extra", "describe_part", "to_detail"]

_LONGEST_DETAIL = 160
_MOST_ARGUMENTS = 6

_SHORT = Repr()
_SHORT.maxlevel, _SHORT.maxdict, _SHORT.maxlist, _SHORT.maxstring, _SHORT.maxother = 3, 4, 4, 60, 40

_MEDIA = {"image", "audio", "video"}
_NO_KINDS = {"text", "thought", "thoughtSignature"}
_OUTCOMES = {"OUTCOME_FAILED": ", failed", "OUTCOME_DEADLINE_EXCEEDED": ", timed out"}
_OUTCOMES_BY_NUMBER = {2: "OUTCOME_FAILED", 3: "OUTCOME_DEADLINE_EXCEEDED"}


@dataclass(frozen=True)
class Extra:
    """One thing that a reply has beside its text.

    Attributes
    ----------
    what
        What it is, in words of ours: `function call`, `image, 1.2 MB image/png`.
    detail
        What others have written, on one line: `get_weather(city='Paris')`; empty where there is nothing.
    """

    what: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.what} {self.detail}".rstrip()


def describe_part(part: WirePart) -> Extra | None:
    """Return what a part holds beside text; None if it is nothing else."""
    for kind, describe in _DESCRIBE.items():
        if kind in part:
            value = part[kind]
            extra = describe(value if isinstance(value, dict) else {})
            return Extra(f"thought: {extra.what}", extra.detail) if part.get("thought") else extra
    others = sorted(part.keys() - _NO_KINDS)
    if part.get("text") or not others:
        return None
    return Extra(f"part of another kind: {', '.join(map(_in_words, others[:3]))}")


def to_detail(text: str) -> str:
    """Return words of others as one short printable line, without keys."""
    return to_line(scrub(text[: 8 * _LONGEST_DETAIL]), _LONGEST_DETAIL)


def _call(call: dict[str, Any]) -> Extra:
    return Extra("function call", _signature(call.get("name"), call.get("args")))


def _tool_call(call: dict[str, Any]) -> Extra:
    return Extra("tool call", _signature(call.get("toolType"), call.get("args")))


def _signature(name: Any, values: Any) -> str:
    """Return a call as Python would write it, without most of what is long."""
    name = name if isinstance(name, str) and name else "?"
    if not isinstance(values, dict):
        return to_detail(f"{name}({'' if values is None else _SHORT.repr(values)})")
    names = list(values)[:_MOST_ARGUMENTS]
    written = [f"{one[:_LONGEST_DETAIL]}={_SHORT.repr(values[one])}" for one in names]
    more = ["…"] if len(values) > len(names) else []
    return to_detail(f"{name[:_LONGEST_DETAIL]}({', '.join(written + more)})")


def _result(result: dict[str, Any]) -> Extra:
    return Extra("function result", _named(result, "name"))


def _tool_result(result: dict[str, Any]) -> Extra:
    return Extra("tool result", _named(result, "toolType"))


def _named(fields: dict[str, Any], field: str) -> str:
    name = fields.get(field)
    return to_detail(name) if isinstance(name, str) else ""


def _code(code: dict[str, Any]) -> Extra:
    language = _plain(code.get("language")).capitalize()
    what = "code" if language in {"", "Language_unspecified"} else f"{language} code"
    return Extra(f"{what}, {_lines(code.get('code'))}")


def _code_result(result: dict[str, Any]) -> Extra:
    outcome = result.get("outcome")
    outcome = _OUTCOMES_BY_NUMBER.get(outcome, "") if isinstance(outcome, int) else _plain(outcome)
    return Extra(f"code result{_OUTCOMES.get(outcome, '')}, {_lines(result.get('output'))}")


def _data(data: dict[str, Any]) -> Extra:
    size = _size(data.get("data"))
    return Extra(f"{_medium(data)}, {size} {_plain(data.get('mimeType'))}".rstrip(" ,"))


def _file(file: dict[str, Any]) -> Extra:
    return Extra(f"file, {_plain(file.get('mimeType'))}".rstrip(" ,"), _named(file, "fileUri"))


_DESCRIBE: dict[str, Callable[[dict[str, Any]], Extra]] = {
    "functionCall": _call,
    "functionResponse": _result,
    "toolCall": _tool_call,
    "toolResponse": _tool_result,
    "executableCode": _code,
    "codeExecutionResult": _code_result,
    "inlineData": _data,
    "fileData": _file,
}


def _medium(data: dict[str, Any]) -> str:
    medium = _plain(data.get("mimeType")).partition("/")[0]
    return medium if medium in _MEDIA else "data"


def _lines(text: Any) -> str:
    lines = len(text.splitlines()) if isinstance(text, str) else 0
    return count(lines, "line") if lines else "no lines"


def _size(base64: Any) -> str:
    """Return the size of data in base64: 850 bytes, 12 kB, 1.2 MB."""
    size = len(base64.rstrip("=")) * 3 // 4 if isinstance(base64, str) else 0
    if size < 1000:
        return count(size, "byte")
    return f"{size / 1e3:.0f} kB" if size < 999_500 else f"{size / 1e6:.1f} MB"


def _plain(name: Any) -> str:
    """Return a name without anything that could be markup."""
    return re.sub(r"[^A-Za-z0-9./+_-]", "?", name[:60]) if isinstance(name, str) else ""


def _in_words(name: str) -> str:
    """Return a field's name as words: `brandNew` is `brand new`."""
    words = re.sub(r"[A-Z]", lambda match: f" {match.group().lower()}", name[:60])
    return re.sub(r"[^A-Za-z0-9 ]", "?", words).strip()
