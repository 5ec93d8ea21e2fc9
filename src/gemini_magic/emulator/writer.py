"""What the emulator says: a text that depends on the request alone, and its pieces and token counts."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["count_tokens", "cut_pieces", "prompts_of", "write_reply"]

_SHOWN = 160
"""Characters of a prompt that a reply quotes."""


def write_reply(body: dict[str, Any]) -> str:
    """Return the emulator's reply to a `generateContent` body.

    It names itself, says back what it was asked, and what the chat sent along, so that a reader sees
    memory and system instructions at work.
    """
    prompts = prompts_of(body)
    prompt = prompts[-1]
    words = len(prompt.split())
    paragraphs = [
        "**This is the offline emulator, not Gemini.** No model read your prompt; "
        "the text only shows how a reply arrives.",
        f"You asked ({words} {'word' if words == 1 else 'words'}):\n\n{_quote(prompt)}",
    ]
    if len(prompts) > 1:
        earlier = "\n".join(f"{n}. {_inline(text)}" for n, text in enumerate(prompts[:-1], 1))
        paragraphs.append(
            f"This chat was sent along, so a model would remember what you asked before:\n\n{earlier}"
        )
    system = _texts([body.get("systemInstruction") or {}])
    if system:
        paragraphs.append(f"It would also follow this system instruction:\n\n{_quote(system[0])}")
    paragraphs.append(
        "With an API key and without the emulator, Gemini's own words stream in here, piece by piece as "
        "these do."
    )
    return "\n\n".join(paragraphs)


def prompts_of(body: dict[str, Any]) -> list[str]:
    """Return the texts of the user's turns in a request body, oldest first."""
    contents = [c for c in body.get("contents") or [] if c.get("role", "user") == "user"]
    return _texts(contents) or [""]


def cut_pieces(text: str, size: int = 24) -> list[str]:
    """Return `text` in pieces of about `size` characters, cut behind white space; joined they are `text`."""
    return re.findall(rf".{{1,{size}}}\S*\s*|\s+", text, re.DOTALL)


def count_tokens(text: str) -> int:
    """Return a stand-in for a token count: one for every four characters begun."""
    return -(-len(text) // 4)


def _texts(contents: list[dict[str, Any]]) -> list[str]:
    texts = ("".join(p.get("text") or "" for p in c.get("parts") or []) for c in contents)
    return [text for text in texts if text]


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN].rstrip() + " …"


def _quote(text: str) -> str:
    return "\n".join(f"> {_defuse(line)}".rstrip() for line in _shorten(text).splitlines())


def _inline(text: str) -> str:
    return _defuse(" ".join(_shorten(text).split()))


def _defuse(line: str) -> str:
    """Keep a quoted prompt from becoming Markdown."""
    return re.sub(r"([\\`*_\[\]<>#|$~])", r"\\\1", line)
