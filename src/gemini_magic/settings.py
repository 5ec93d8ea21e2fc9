"""Kernel-wide defaults: traits, so that `%config GeminiMagics.…` and ipython_config.py set them.

A turn gets them frozen, as `Settings`; nothing below the magics reads a trait.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from traitlets import Bool, CaselessStrEnum, Float, Int, TraitError, TraitType, Unicode
from traitlets.config import Config, Configurable

from gemini_magic.models import DEFAULT_MODEL, THINKING_LEVELS
from gemini_magic.options import VIEWS
from gemini_magic.secret import Secret

__all__ = ["Settings", "SettingsTraits"]

_TRUE = {"1", "true", "yes", "on"}


@dataclass(frozen=True)
class Settings:
    """The defaults as they were when a turn began."""

    model: str = DEFAULT_MODEL
    system: str = ""
    chat: str = "main"
    thinking: str | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    timeout: float | None = None
    tries: int = 4
    view: str = "auto"
    quiet: bool = False
    offline: bool = False
    api_key: Secret | None = None


class SecretTrait(TraitType[Secret, Any]):
    """A trait that takes a text and hides it; `%config` prints `[hidden]`."""

    info_text = "a text (kept hidden)"
    default_value = Secret("")

    def validate(self, obj: Any, value: Any) -> Secret:  # noqa: ARG002 - traitlets' signature
        """Return the value as a `Secret`; the error never repeats the value."""
        if isinstance(value, Secret):
            return value
        if isinstance(value, str):
            return Secret(value)
        raise TraitError(f"api_key takes a text, not a {type(value).__name__}")


class SettingsTraits(Configurable):
    """The traits; the magics inherit them, so they read `%config GeminiMagics.model = "…"`."""

    model = Unicode(DEFAULT_MODEL, help="Model to ask.").tag(config=True)
    system = Unicode("", help="System instruction of chats that have none of their own.").tag(config=True)
    chat = Unicode("main", help="Chat that cells without -c belong to.").tag(config=True)
    thinking = CaselessStrEnum(
        THINKING_LEVELS,
        default_value=None,
        allow_none=True,
        help="How hard to think (None: the model's way).",
    ).tag(config=True)
    max_tokens = Int(None, allow_none=True, min=1, help="Most tokens of output a reply.").tag(config=True)
    temperature = Float(
        None, allow_none=True, min=0, max=2, help="Sampling temperature; newer models ignore it."
    ).tag(config=True)
    timeout = Float(
        None,
        allow_none=True,
        min=0.1,
        help="Longest wait between two bytes, in seconds (None: 60; 600 where the model is silent for long).",
    ).tag(config=True)
    tries = Int(4, min=1, help="Most requests for one prompt, when the service is busy or unreachable.").tag(
        config=True
    )
    view = CaselessStrEnum(VIEWS, default_value="auto", help="How replies are drawn.").tag(config=True)
    quiet = Bool(False, help="Leave the usage line out.").tag(config=True)
    offline = Bool(
        None,
        allow_none=True,
        help="Answer from the offline emulator instead of Gemini (None: as GEMINI_MAGIC_OFFLINE says).",
    ).tag(config=True)
    api_key = SecretTrait(help="Gemini API key; better set GEMINI_API_KEY, also in a .env file.").tag(
        config=True
    )

    def update_config(self, config: Config) -> None:
        """Take a configuration, and keep no readable key of it: `%config` stores what it is given."""
        super().update_config(config)
        section = self.config.get(type(self).__name__, {})
        if "api_key" in section:
            section["api_key"] = self.api_key

    def freeze(self) -> Settings:
        """Return today's values as one immutable `Settings`."""
        return Settings(
            model=self.model,
            system=self.system,
            chat=self.chat,
            thinking=self.thinking,
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            timeout=self.timeout,
            tries=self.tries,
            view=self.view,
            quiet=self.quiet,
            offline=_offline_by_environment() if self.offline is None else self.offline,
            api_key=self.api_key or None,
        )


def _offline_by_environment() -> bool:
    return os.environ.get("GEMINI_MAGIC_OFFLINE", "").strip().lower() in _TRUE
