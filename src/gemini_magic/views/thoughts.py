"""The model's thoughts, in a block of their own that is closed until the reader opens it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from gemini_magic.text.bundles import make_html
from gemini_magic.text.normalize import normalize

if TYPE_CHECKING:
    from gemini_magic.replies.reply import Reply
    from gemini_magic.text.rendering import Rendering

__all__ = ["thoughts_bundle", "thoughts_title"]

_CLASS = "gemini-magic-thoughts"
"""A class of the extension's style sheet; without the extension, thoughts look like a quotation."""


def thoughts_title(reply: Reply) -> str:
    """Return the line that is visible while the block is closed."""
    seconds = reply.latency.first_text_s
    if reply.state == "streaming" and not reply.text:
        return "Thinking…"
    if not reply.thoughts.strip():
        return "No thoughts were sent"
    return "Thoughts" if seconds is None else f"Thought for {seconds:.1f} s"


def thoughts_bundle(reply: Reply, rendering: Rendering) -> dict[str, str]:
    """Return the block as a MIME bundle; only its title while the reply streams."""
    title = escape(thoughts_title(reply))
    if reply.state == "streaming" or not reply.thoughts.strip():
        return {"text/html": f"<small>{title}</small>", "text/plain": title}
    thoughts = normalize(reply.thoughts)
    html = make_html(thoughts, rendering)
    summary = f"<summary><small>{title}</small></summary>"
    return {
        "text/html": f'<details class="{_CLASS}">{summary}\n<blockquote>\n{html}</blockquote></details>',
        "text/plain": f"{title}\n\n{_quote(thoughts)}",
    }


def _quote(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.rstrip().split("\n"))
