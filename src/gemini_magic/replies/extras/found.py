"""Finds what a reply has beside its text, in the order in which it came; sources come last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gemini_magic.replies.extras.words import Extra, describe_part, to_detail

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gemini_magic.replies.metadata import Metadata
    from gemini_magic.replies.parts import WirePart

__all__ = ["find_extras"]

_MOST_SOURCES = 4
_VALUES = ("stringValue", "numberValue", "boolValue", "nullValue")


def find_extras(parts: Iterable[WirePart], metadata: Metadata | None = None) -> tuple[Extra, ...]:
    """Return what the parts and the metadata of a reply hold beside its text.

    Parameters
    ----------
    parts
        The parts, as the API's JSON. A call that came in pieces is one thing.
    metadata
        Has the sources; None where they are not known.
    """
    found = filter(None, map(describe_part, _with_whole_calls(parts)))
    return (*found, *(_sources(metadata) if metadata is not None else ()))


def _with_whole_calls(parts: Iterable[WirePart]) -> Iterator[WirePart]:
    """Yield the parts, those with pieces of a call put together to one."""
    name: Any = None
    pieces: list[Any] = []
    is_open = False
    for part in parts:
        call = part.get("functionCall")
        if not isinstance(call, dict):
            yield part
            continue
        if is_open and call.get("name"):
            # The end of the call before is missing.
            yield _whole_call(name, pieces)
            is_open = False
        if not is_open:
            name, pieces = call.get("name"), []
        given = call.get("partialArgs")
        pieces += given if isinstance(given, list) else []
        was_open, is_open = is_open, call.get("willContinue") is True
        if not is_open:
            yield _whole_call(name, pieces) if was_open or pieces else part
    if is_open:
        yield _whole_call(name, pieces)


def _whole_call(name: Any, pieces: list[Any]) -> WirePart:
    """Return a call whose arguments are named by their paths."""
    values: dict[str, list[Any]] = {}
    for piece in pieces:
        path = piece.get("jsonPath") if isinstance(piece, dict) else None
        if isinstance(path, str):
            known = [piece[kind] for kind in _VALUES if kind in piece]
            values.setdefault(path.removeprefix("$."), []).extend(known)
    return {"functionCall": {"name": name, "args": {path: _join(found) for path, found in values.items()}}}


def _join(values: list[Any]) -> Any:
    if all(isinstance(value, str) for value in values):
        return "".join(values)
    return values[-1]


def _sources(metadata: Metadata) -> Iterator[Extra]:
    chunks = metadata.grounding.get("groundingChunks")
    yield from _listed("source", [_source_name(one) for one in chunks] if isinstance(chunks, list) else [])
    yield from _listed("citation", [_text_in(one, "title", "uri") for one in metadata.citations])
    yield from _listed("page read", [_text_in(one, "retrievedUrl") for one in metadata.url_context])


def _listed(noun: str, names: list[str]) -> Iterator[Extra]:
    """Yield one extra for all things of a kind, if there are any."""
    if names:
        first, *rest = noun.split()
        plural = " ".join([first if len(names) == 1 else f"{first}s", *rest])
        told = list(dict.fromkeys(filter(None, names)))
        more = ["…"] if len(told) > _MOST_SOURCES else []
        colon = ":" if told else ""
        yield Extra(f"{len(names)} {plural}{colon}", to_detail(", ".join([*told[:_MOST_SOURCES], *more])))


def _source_name(chunk: Any) -> str:
    """Return the title or address of a source, whatever kind it is of: a web page, a file, a place."""
    kinds = chunk.values() if isinstance(chunk, dict) else ()
    names = (_text_in(kind, "title", "uri", "fileSearchStore") for kind in kinds)
    return next(filter(None, names), "")


def _text_in(fields: Any, *names: str) -> str:
    found = (fields.get(name) for name in names) if isinstance(fields, dict) else ()
    return next((text[:200] for text in found if isinstance(text, str) and text), "")
