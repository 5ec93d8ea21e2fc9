"""Writes a chat to a file for people to read; the file's suffix chooses the form.

`gemini_magic.chats.transcript` writes the exact form that can be read back.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gemini_magic.chats.transcript import write_text
from gemini_magic.errors import TranscriptError
from gemini_magic.exports.html_page import make_page
from gemini_magic.exports.markdown import make_markdown
from gemini_magic.exports.notebook import make_notebook

if TYPE_CHECKING:
    from gemini_magic.chats.chat import Chat

__all__ = ["export_chat"]


def export_chat(chat: Chat, path: str | Path) -> None:
    """Write the chat in the form that the file's suffix names: `.md`, `.html` or `.ipynb`.

    Raises
    ------
    TranscriptError
        If the suffix is another, or the file cannot be written.
    """
    path = Path(path)
    makers = {".md": make_markdown, ".html": make_page, ".ipynb": make_notebook}
    make = makers.get(path.suffix.lower())
    if make is None:
        raise TranscriptError(f"a chat is exported as .md, .html or .ipynb; {path.name!r} ends otherwise")
    write_text(path, make(chat))
