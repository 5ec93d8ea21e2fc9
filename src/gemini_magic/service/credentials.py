"""Credentials: where a request goes, and as whom."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gemini_magic.runtime.keys.api_keys import find_key, key_in_environment, uses_enterprise
from gemini_magic.runtime.keys.found import KEY_NAMES

if TYPE_CHECKING:
    from gemini_magic.options.settings import Settings
    from gemini_magic.runtime.keys.api_keys import AskPerson
    from gemini_magic.runtime.secret import Secret

__all__ = ["Credentials", "find_credentials"]

_ENVIRONMENT = re.compile(r"GOOGLE_\w+|(?:https?|all|no)_proxy|SSL_CERT_(?:FILE|DIR)", re.IGNORECASE)
"""Variables that decide where and how the SDK and the HTTP client connect."""


@dataclass(frozen=True)
class Credentials:
    """What decides where a request goes, and as whom. Equal credentials share one client.

    Attributes
    ----------
    key
        API key; None for the emulator, and for Enterprise where it is not used.
    offline
        Whether the emulator answers.
    replayed
        Whether nothing is asked at all: a cassette answers.
    enterprise
        Whether the SDK finds Google Cloud credentials by itself.
    environment
        The SDK's own variables, so that a changed base URL makes a new client.
    source
        Where the key was found, in words; empty where none was looked for.
    """

    key: Secret | None = None
    offline: bool = False
    replayed: bool = False
    enterprise: bool = False
    environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    source: str = field(default="", compare=False)


def find_credentials(settings: Settings, typed: Secret | None, ask: AskPerson) -> Credentials:
    """Return the credentials for a turn; see `find_key` for the key that was typed, and for `ask`.

    Raises
    ------
    NoApiKey
        If a key is needed and there is none.
    """
    if settings.offline:
        return Credentials(offline=True)
    names = sorted(name for name in os.environ if _ENVIRONMENT.fullmatch(name))
    environment = tuple((name, os.environ[name]) for name in names if name not in KEY_NAMES)
    if uses_enterprise():
        return Credentials(key=key_in_environment(), enterprise=True, environment=environment)
    found = find_key(settings.api_key, typed, ask)
    return Credentials(key=found.key, environment=environment, source=found.source)
