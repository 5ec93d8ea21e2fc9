"""The prompt of a cell, with the notebook's variables in it; made on the cell's thread."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gemini_magic.requests.prompt import make_prompt

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from gemini_magic.options.cell_options import Options
    from gemini_magic.options.settings import Settings
    from gemini_magic.requests.prompt import Prompt
    from gemini_magic.session import Session

__all__ = ["make_cell_prompt", "variables_of"]

_OF_IPYTHON = re.compile(r"_+|_i+|_i?\d+|_[iod]h|_exit_code|__.*")
"""Names that IPython gives to inputs and outputs: what they hold changes with every run."""


def make_cell_prompt(
    text: str, options: Options, settings: Settings, shell: InteractiveShell, session: Session
) -> Prompt:
    """Return the prompt that a cell asks.

    Raises
    ------
    NotInserted
        If a variable in it cannot be put there.
    """
    if options.no_vars or not settings.interpolate:
        return make_prompt(text)
    from gemini_magic.requests.interpolation.interpolate import interpolate

    return interpolate(text, variables_of(shell), lambda: session.clients.known_keys(settings))


def variables_of(shell: InteractiveShell) -> dict[str, Any]:
    """Return the notebook's own variables: neither Python's builtins nor what IPython has put there."""
    from gemini_magic.replies.reply import Reply

    hidden = shell.user_ns_hidden

    def is_own(name: str, value: Any) -> bool:
        # What -o and we put there is hidden from %who, and meant to be used.
        is_hidden = name in hidden and hidden[name] is value and not isinstance(value, Reply)
        return not (is_hidden or _OF_IPYTHON.fullmatch(name))

    names = [pair for pair in [*shell.user_ns.items()] if isinstance(pair[0], str)]
    return {name: value for name, value in names if is_own(name, value)}
