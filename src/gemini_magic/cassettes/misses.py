"""Misses: a request that is not recorded, and how it differs from the nearest recording. No I/O."""

from __future__ import annotations

import difflib
import heapq
import json
import re
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from gemini_magic.cassettes.calls import prompt_of
from gemini_magic.text.printable import to_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gemini_magic.cassettes.calls import Call

__all__ = ["compare_calls", "explain_miss", "find_nearest"]

_SHOWN = 160
"""Characters of a difference in a message."""

_RECORD_IT = "with an API key, %gemini_cassette --mode auto records it"

_CLOSELY = 16
"""Recordings that are compared closely, the most likely ones."""

_LONGEST = 2000
"""Words of a prompt that are compared."""

_WORD = re.compile(r"[\u0e00-\u0eff\u3040-\u9fff\uac00-\ud7af]|\w+|[^\w\s]")

_NAMES = {"systemInstruction": "system instruction", "generationConfig": "options", "tools": "tools"}


def find_nearest(call: Call, recorded: Iterable[Call]) -> Call | None:
    """Return the recorded call that is most like `call`; None if none is recorded."""
    matcher = difflib.SequenceMatcher(None, autojunk=False)
    matcher.set_seq2(_words(call))

    def likeness(other: Call, ratio: Callable[[], float]) -> tuple[float, ...]:
        matcher.set_seq1(_words(other))
        earlier = _contents(other)[:-1] == _contents(call)[:-1]
        return (other.verb == call.verb, round(ratio(), 3), earlier, other.model == call.model)

    # Close comparison takes long, and a cassette may have thousands of long prompts: only for a few.
    likely = heapq.nlargest(_CLOSELY, recorded, key=lambda other: likeness(other, matcher.quick_ratio))
    return max(likely, key=lambda other: likeness(other, matcher.ratio), default=None)


def explain_miss(call: Call, nearest: Call | None, name: str) -> str:
    """Return one line: what is missing in the cassette `name`, the nearest that is there, and what to do."""
    prompt = to_line(prompt_of(call.body), _SHOWN)
    what = f"no reply to {prompt!r}" if prompt else f"no answer to {call.method} {call.path}"
    if nearest is None:
        return f"{name} has {what}, nor anything else; {_RECORD_IT}"
    found = list(_find_differences(nearest, call))
    is_late = len(found) == 1 and len(_contents(call)) != len(_contents(nearest))
    differences = to_line(", ".join(found) or "its count", 3 * _SHOWN)
    advice = "run the cells again from the top, after %gemini_chat reset" if is_late else _RECORD_IT
    return f"{name} has {what}; the nearest recorded one differs in {differences}; {advice}"


def compare_calls(nearest: Call, call: Call) -> list[str]:
    """Return the lines of a diff from the recorded call to the one that is asked."""
    old, new = (json.dumps(one.body, indent=1, ensure_ascii=False).splitlines() for one in (nearest, call))
    heads = f"recorded {nearest.method} {nearest.path}", f"asked {call.method} {call.path}"
    return list(difflib.unified_diff(old, new, *heads, n=1, lineterm=""))


def _find_differences(old: Call, new: Call) -> Iterator[str]:
    if old.path != new.path or old.method != new.method:
        yield f"what is asked of whom ({old.path} became {new.path})"
    before, after = prompt_of(old.body), prompt_of(new.body)
    if before != after:
        yield f"the prompt ({compare_words(before, after)})"
    if _contents(old)[:-1] != _contents(new)[:-1]:
        yield f"the chat before it ({_compare_turns(_contents(old)[:-1], _contents(new)[:-1])})"
    elif before == after and _contents(old)[-1:] != _contents(new)[-1:]:
        yield "what is attached to the prompt"
    fields = sorted(_fields(old) | _fields(new))
    for name in fields:
        if _field(old, name) != _field(new, name):
            yield f"the {_NAMES.get(name, name)}"


def compare_words(old: str, new: str) -> str:
    """Return both texts as one, words that went as `[-…-]`, words that came as `{+…+}`."""
    before, after = (re.findall(r"\s*\S+", text) for text in (old, new))
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
    # An equal beginning counts as one word, and the words after it are limited: comparing takes long.
    before, after = (["".join(words[:same]), *words[same : same + _LONGEST]] for words in (before, after))
    found = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        gone, come = "".join(before[a:b]).strip(), "".join(after[c:d]).strip()
        if kind == "equal":
            found.append(gone if len(gone) < 40 else f"{gone[:18]} … {gone[-18:]}")
        else:
            found += [f"[-{gone}-]"] * bool(gone) + [f"{{+{come}+}}"] * bool(come)
    return to_line(" ".join(found), _SHOWN)


def _compare_turns(old: list[Any], new: list[Any]) -> str:
    if len(old) != len(new):
        return f"{_turns(len(old))} recorded, {_turns(len(new))} now"
    number = next(n for n, (a, b) in enumerate(zip(old, new, strict=True)) if a != b)
    return f"from turn {number // 2 + 1} on"


def _turns(contents: int) -> str:
    turns = (contents + 1) // 2
    return f"{turns} turn{'' if turns == 1 else 's'}"


def _words(call: Call) -> list[str]:
    """Return the words of the prompt; in scripts without spaces, the characters."""
    return _WORD.findall(prompt_of(call.body))[:_LONGEST]


def _contents(call: Call) -> list[Any]:
    contents = call.body.get("contents") if isinstance(call.body, dict) else None
    return contents if isinstance(contents, list) else []


def _fields(call: Call) -> set[str]:
    return set(call.body) - {"contents"} if isinstance(call.body, dict) else set()


def _field(call: Call, name: str) -> Any:
    return call.body.get(name) if isinstance(call.body, dict) else None
