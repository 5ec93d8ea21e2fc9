"""Asks the person for a key, without echo, where there is somebody to answer."""

from __future__ import annotations

import getpass
import textwrap
from typing import TYPE_CHECKING

from IPython.core.error import StdinNotImplementedError

from gemini_magic.runtime.front_end import FrontEnd, can_answer, find_front_end
from gemini_magic.runtime.keys.found import Refusal, Why
from gemini_magic.runtime.secret import Secret

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["ask_person"]

_PROMPT = """\
No Gemini API key found.
{why}Get one at
https://aistudio.google.com/apikey
or go offline: leave this empty, then
%config GeminiMagics.offline = True
Key (hidden; empty to cancel): """

_WIDTH = 38
"""Characters; a narrow page breaks longer lines anywhere, also in the middle of an address."""


def ask_person(shell: InteractiveShell, refusal: Refusal | None) -> Secret | None:
    """Return the key that the person types; None where nobody can answer, or wants to.

    Parameters
    ----------
    shell
        The shell whose front end asks.
    refusal
        What a service for secrets said, if it was asked.
    """
    if not can_answer(shell) or _may_come_late(shell, refusal):
        return None
    try:
        return Secret(getpass.getpass(_PROMPT.format(why=_wrap(refusal))))
    except (EOFError, KeyboardInterrupt, StdinNotImplementedError):
        return None


def _wrap(refusal: Refusal | None) -> str:
    """Return what a service for secrets said, in short lines."""
    if refusal is None:
        return ""
    sentence = f"{refusal.sentence[:1].upper()}{refusal.sentence[1:]}."
    return textwrap.fill(sentence, _WIDTH) + "\n"


def _may_come_late(shell: InteractiveShell, refusal: Refusal | None) -> bool:
    """Return whether Colab's page may still answer: it would be taken for what the person types."""
    is_silent = refusal is not None and refusal.why is Why.NO_ANSWER
    return is_silent and find_front_end(shell) is FrontEnd.COLAB
