"""A chat as Python for the google-genai SDK: a script that sends what the session sent."""

from __future__ import annotations

import json
from enum import Enum
from typing import TYPE_CHECKING, Any

from gemini_magic.chats.history import make_history
from gemini_magic.errors import OptionError
from gemini_magic.options.settings import Settings
from gemini_magic.replies.parts import make_sdk_content
from gemini_magic.requests.config import make_config

if TYPE_CHECKING:
    from google.genai.types import Content

    from gemini_magic.chats.chat import Chat

__all__ = ["to_python"]

_SCRIPT = """\
from google import genai
from google.genai import types

client = genai.Client()  # with the key in GEMINI_API_KEY or GOOGLE_API_KEY
model = {model}
config = {config}
contents = {contents}

for chunk in client.models.generate_content_stream(model=model, contents=contents, config=config):
    print(chunk.text or "", end="", flush=True)
print()
"""

_WIDTH = 100
_INDENT = "    "


def to_python(chat: Chat, *, whole: bool, settings: Settings | None = None) -> str:
    """Return a script that sends the last prompt of a chat again.

    Parameters
    ----------
    chat
        The conversation.
    whole
        Whether the earlier turns are sent along, as in the chat; otherwise the last prompt stands alone.
    settings
        Fill in what the cell's options leave open. They are today's, because a chat does not keep settings.

    Raises
    ------
    OptionError
        If the chat has no turn.
    """
    if not chat.turns:
        raise OptionError(f"chat {chat.name} has no turn yet; ask something first")
    settings = settings or Settings()
    *earlier, turn = chat.turns
    system = settings.system if chat.system is None else chat.system
    history = make_history(earlier if whole else [], turn.model, settings)
    contents: list[Content] = [make_sdk_content(json.loads(content)) for content in history.contents]
    return _SCRIPT.format(
        model=_write(turn.model),
        config=_write(make_config(turn.options, settings, system)),
        contents=_write([*contents, turn.prompt]),
    )


def _write(value: Any, indent: str = "") -> str:
    """Return a Python expression for a value of the SDK's types; texts in it are quoted."""
    inner = indent + _INDENT
    if isinstance(value, Enum):
        # By value: the SDK takes texts, too, also for values that it has no name for.
        return repr(value.value)
    if isinstance(value, str):
        return _write_text(value, indent)
    if isinstance(value, list | tuple):
        return _join("[", [_write(item, inner) for item in value], "]", indent)
    if isinstance(value, dict):
        items = [f"{_write(name, inner)}: {_write(item, inner)}" for name, item in value.items()]
        return _join("{", items, "}", indent)
    if not hasattr(value, "model_fields_set"):
        return repr(value)
    fields = ((name, getattr(value, name)) for name in type(value).model_fields)
    arguments = [f"{name}={_write(item, inner)}" for name, item in fields if item is not None]
    return _join(f"types.{type(value).__name__}(", arguments, ")", indent)


def _write_text(text: str, indent: str) -> str:
    """Return a string literal; a text of several lines gets one per line."""
    lines = text.split("\n")
    pieces = [repr(f"{line}\n") for line in lines[:-1]] + [repr(line) for line in lines[-1:] if line]
    if len(pieces) < 2:
        return repr(text)
    inner = indent + _INDENT
    return "(\n" + "".join(f"{inner}{piece}\n" for piece in pieces) + f"{indent})"


def _join(opening: str, items: list[str], closing: str, indent: str) -> str:
    line = f"{opening}{', '.join(items)}{closing}"
    if len(indent) + len(line) <= _WIDTH and "\n" not in line:
        return line
    inner = indent + _INDENT
    return f"{opening}\n" + "".join(f"{inner}{item},\n" for item in items) + f"{indent}{closing}"
