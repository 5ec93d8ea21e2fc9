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
    pieces: list[dict[str, Any]] = []
    for part in parts:
        call = part.get("functionCall")
        is_open = isinstance(call, dict) and (call.get("willContinue") is True or "partialArgs" in call)
        if pieces and isinstance(call, dict) and call.get("name"):
            # The end of the call before is missing.
            yield _whole_call(pieces)
            pieces = []
        if not isinstance(call, dict) or not (is_open or pieces):
            yield part
            continue
        pieces.append(call)
        if call.get("willContinue") is not True:
            yield _whole_call(pieces)
            pieces = []
    if pieces:
        yield _whole_call(pieces)


def _whole_call(pieces: list[dict[str, Any]]) -> WirePart:
    """Return a call; arguments that came in pieces are named by their paths."""
    values: dict[str, list[Any]] = {}
    for piece in pieces:
        for name, value in _arguments(piece):
            values.setdefault(name, []).append(value)
    arguments = {name: _join(found) for name, found in values.items()}
    return {"functionCall": {"name": pieces[0].get("name"), "args": arguments}}


def _arguments(piece: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what one piece of a call says of arguments."""
    whole, partial = piece.get("args"), piece.get("partialArgs")
    if isinstance(whole, dict):
        yield from whole.items()
    for one in partial if isinstance(partial, list) else []:
        path = one.get("jsonPath") if isinstance(one, dict) else None
        if isinstance(path, str):
            yield from ((path.removeprefix("$."), one[kind]) for kind in _VALUES if kind in one)


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
