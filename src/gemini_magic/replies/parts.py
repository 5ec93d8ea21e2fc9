"""Merges a reply's parts into one model turn without losing a signature.

Facts (measured on recorded replies): most thought signatures sit on parts with empty text, and a
history without them is refused. So only parts that have nothing but text are merged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.genai.types import Part

__all__ = ["is_usable", "merge_parts"]


def merge_parts(parts: Iterable[Part]) -> list[Part]:
    """Return `parts` with neighbouring plain-text parts joined; all others stay as they are.

    Parts are joined only where both carry nothing but text and agree on `thought`. Empty plain parts
    on their own are kept too.
    """
    merged: list[Part] = []
    run: list[Part] = []
    for part in parts:
        is_plain = _is_plain(part)
        if run and not (is_plain and bool(part.thought) == bool(run[0].thought)):
            merged.append(_join(run))
            run = []
        if is_plain:
            run.append(part)
        else:
            merged.append(part)
    if run:
        merged.append(_join(run))
    return merged


def is_usable(part: Part) -> bool:
    """Return whether a part is more than a thought or an empty text."""
    return part.text is None or bool(part.text and not part.thought)


def _is_plain(part: Part) -> bool:
    # Only fields that were set: a part has twenty, and a reply thousands of parts.
    present = {name for name in part.model_fields_set if getattr(part, name) is not None}
    return "text" in present and present <= {"text", "thought"} and not part.model_extra


def _join(run: list[Part]) -> Part:
    if len(run) == 1:
        return run[0]
    return run[0].model_copy(update={"text": "".join(part.text or "" for part in run)})
