"""Credentials: where a request goes, and as whom."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gemini_magic.runtime.api_keys import KEY_NAMES, find_key, key_in_environment, uses_enterprise

if TYPE_CHECKING:
    from collections.abc import Callable

    from gemini_magic.options.settings import Settings
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
    """

    key: Secret | None = None
    offline: bool = False
    replayed: bool = False
    enterprise: bool = False
    environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)


def find_credentials(settings: Settings, ask: Callable[[], Secret | None]) -> Credentials:
    """Return the credentials for a turn.

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
    return Credentials(key=find_key(settings.api_key, ask), environment=environment)
