"""A whole chat, drawn at once: prompts as quotes, replies as the views draw them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from gemini_magic.replies.extras.drawn import extras_html, extras_line
from gemini_magic.replies.extras.found import find_extras
from gemini_magic.runtime.secret import scrub
from gemini_magic.text.bundles import make_html
from gemini_magic.text.normalize import normalize
from gemini_magic.text.printable import to_line
from gemini_magic.views.no_math import no_math

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gemini_magic.chats.turns import Turn
    from gemini_magic.text.rendering import Rendering

__all__ = ["conversation_bundle"]


def conversation_bundle(turns: Iterable[Turn], rendering: Rendering) -> dict[str, str]:
    """Return the turns as one MIME bundle."""
    html, plain = [], []
    for number, turn in enumerate(turns, 1):
        title = f"turn {number} · {to_line(scrub(turn.answered_by), 80)}"
        title += "" if turn.state == "complete" else f" · {turn.state}"
        asked, replied = normalize(turn.prompt_text), normalize(turn.text)
        prompt = escape(asked).replace("\n", "<br>\n")
        html.append(f"<p{no_math(title)}><small>{escape(title)}</small></p>\n")
        html.append(f"<blockquote{no_math(asked)}><p>{prompt}</p></blockquote>\n")
        extras = find_extras(turn.parts)
        html.append(make_html(replied, rendering) + (extras_html(extras) if extras else ""))
        answered = "\n\n".join(filter(None, (replied, extras_line(extras))))
        plain.append(f"{title}\n> " + asked.replace("\n", "\n> ") + f"\n\n{answered}")
    return {
        "text/html": "".join(html) or "<p>no turns yet</p>",
        "text/plain": "\n\n".join(plain) or "no turns yet",
    }
