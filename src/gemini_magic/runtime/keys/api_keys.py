"""Finds the API key, anew for every turn, so that a key that is set later needs no kernel restart."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from gemini_magic.errors import NoApiKey
from gemini_magic.runtime.keys.dotenv_files import find_in_dotenv_files
from gemini_magic.runtime.keys.found import Found, Refusal, find_in
from gemini_magic.runtime.keys.secret_places import find_secret_place

if TYPE_CHECKING:
    from collections.abc import Callable

    from gemini_magic.runtime.secret import Secret

    AskPerson = Callable[[Refusal | None], Secret | None]

__all__ = ["TYPED", "ask_nobody", "find_key", "find_key_nearby", "key_in_environment", "uses_enterprise"]

TYPED = "typed at the hidden prompt"
"""The source of a key that the person was asked for."""

_ENTERPRISE_NAMES = ("GOOGLE_GENAI_USE_ENTERPRISE", "GOOGLE_GENAI_USE_VERTEXAI")

_NOWHERE = "set GEMINI_API_KEY in the environment or in a .env file beside the notebook"

_WITHOUT_KEY = (
    "or try offline: %config GeminiMagics.offline = True, or replay recorded replies: "
    "%gemini_cassette FILE --mode replay"
)


def uses_enterprise() -> bool:
    """Return whether the SDK's environment variables ask for Enterprise (Vertex) credentials."""
    for name in _ENTERPRISE_NAMES:
        if name in os.environ:
            return os.environ[name].strip().lower() in {"true", "1"}
    return False


def find_key(configured: Secret | None, typed: Secret | None, ask: AskPerson) -> Found:
    """Return the first key found.

    Parameters
    ----------
    configured
        The setting `api_key`.
    typed
        The key that the person has given before, because there was none; services that keep secrets, which
        may open a dialog or take seconds, are not asked again then.
    ask
        Asks the person, hidden, and is told what a service for secrets refused; returns None where nobody
        can answer.

    Raises
    ------
    NoApiKey
        If there is none.
    """
    found = find_key_nearby(configured) or _as_typed(typed)
    refusal = None
    if found is None:
        found, refusal = _ask_secret_place()
    found = found or _as_typed(ask(refusal))
    if found is None:
        what = refusal.sentence if refusal is not None else _NOWHERE
        raise NoApiKey(
            f"no API key found: {what} (get one at https://aistudio.google.com/apikey); {_WITHOUT_KEY}"
        )
    _check(found.key)
    return found


def find_key_nearby(configured: Secret | None) -> Found | None:
    """Return the key that can be read without asking anybody: of the setting, the environment, a .env file.

    Raises
    ------
    NoApiKey
        If a .env file cannot be read.
    """
    if configured:
        return Found(configured, "setting (GeminiMagics.api_key)")
    return _find_in_environment() or find_in_dotenv_files()


def key_in_environment() -> Secret | None:
    """Return the key in the environment, if there is one."""
    found = _find_in_environment()
    return found.key if found is not None else None


def ask_nobody(_refusal: Refusal | None) -> None:
    """Return None: there is nobody to ask for a key."""


def _find_in_environment() -> Found | None:
    return find_in(os.environ, "environment")


def _ask_secret_place() -> tuple[Found | None, Refusal | None]:
    place = find_secret_place()
    answer = place.ask() if place is not None else None
    return (answer, None) if isinstance(answer, Found) else (None, answer)


def _as_typed(key: Secret | None) -> Found | None:
    return Found(key, TYPED) if key else None


def _check(key: Secret) -> None:
    """Refuse a key that cannot be sent in a header; the HTTP client's own error would print it."""
    if not re.fullmatch(r"[!-~]+", key.reveal()):
        raise NoApiKey(
            "the API key has a character that no key has (a line break, a space, a letter with an accent); "
            "copy it again"
        )
