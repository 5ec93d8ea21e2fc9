"""A chat as a notebook: a cell for each turn, with the reply as the views would have left it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from gemini_magic.exports.past_replies import plain_name, rebuild_replies
from gemini_magic.models import DEFAULT_MODEL
from gemini_magic.options.chat_names import to_chat_name
from gemini_magic.options.settings import Settings
from gemini_magic.requests.interpolation.template import Template
from gemini_magic.text.rendering import Rendering
from gemini_magic.views.outputs import Look, Output, Outputs

if TYPE_CHECKING:
    from gemini_magic.chats.chat import Chat
    from gemini_magic.chats.turns import Turn

__all__ = ["make_notebook"]

_PLAIN_TEXT = re.compile(r"\w[\w .,:;()-]{0,120}")
"""Texts that can be quoted in a line of options as they are; others get a variable."""


def make_notebook(chat: Chat) -> str:
    """Return the conversation as a notebook (nbformat 4.5) that can be run again."""
    cells = [_cell("load", "%load_ext gemini_magic")]
    system = None
    for number, (turn, reply) in enumerate(rebuild_replies(chat), 1):
        flags, variable = _flags(turn, chat), None
        wanted = _system(turn, chat, is_first=number == 1)
        if wanted is not None and wanted != system:
            system = wanted
            flag, variable = _system_flag(wanted, number)
            flags.append(flag)
        if variable is not None:
            cells.append(_cell(f"system-{number}", variable))
        outputs = Outputs(Look(Rendering(), thoughts=turn.options.thoughts)).of(reply)
        if Template(turn.prompt_text).has_placeholders:
            # It is the prompt as it was sent: nothing may be put into it again.
            flags.append("--no-vars")
        source = " ".join(["%%gemini", *flags]) + f"\n{turn.prompt_text}"
        cells.append(_cell(f"turn-{number}", source, outputs))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    body = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(body, indent=1) + "\n"


def _cell(name: str, source: str, outputs: list[Output] | None = None) -> dict[str, Any]:
    displays = [
        {"output_type": "display_data", "data": output.data, "metadata": output.metadata}
        for output in outputs or []
    ]
    return {
        "cell_type": "code",
        "id": name,
        "execution_count": None,
        "metadata": {},
        "source": source,
        "outputs": displays,
    }


def _flags(turn: Turn, chat: Chat) -> list[str]:
    options = turn.options
    chosen = {
        "--chat": None if chat.name == Settings.chat else to_chat_name(chat.name),
        "--model": None if turn.model == DEFAULT_MODEL else plain_name(turn.model),
        "--max-tokens": options.max_tokens,
        "--temperature": options.temperature,
        "--thinking": options.thinking,
        "--timeout": options.timeout,
    }
    flags = [f"{flag} {value}" for flag, value in chosen.items() if value is not None]
    return [*flags, "--thoughts"] if options.thoughts else flags


def _system(turn: Turn, chat: Chat, *, is_first: bool) -> str | None:
    """Return the system instruction that the cell must give; None where the chat keeps its own."""
    if turn.options.system is not None or not is_first:
        return turn.options.system
    given_later = any(later.options.system is not None for later in chat.turns)
    return None if given_later else chat.system


def _system_flag(system: str, number: int) -> tuple[str, str | None]:
    """Return the option, and the line of Python that must run before it, if any."""
    if _PLAIN_TEXT.fullmatch(system):
        return f'-s "{system}"', None
    return f"-s $system_{number}", f"system_{number} = {system!r}"
