"""Follows %config in a notebook that is read and not run."""

from __future__ import annotations

import ast
from dataclasses import fields, replace
from typing import Any

from traitlets import TraitError

from gemini_magic.options.settings import Settings, SettingsTraits

__all__ = ["follow_setting"]

_OWN = {"cassette", "cassette_mode", "cassette_speed", "offline", "api_key", "budget_usd"}
"""What the check itself decides: it replays at once, and asks nobody."""


def follow_setting(settings: Settings, name: str, text: str) -> Settings:
    """Return the settings after `%config GeminiMagics.name = text`; unchanged where that has no effect."""
    if name in _OWN or name not in {one.name for one in fields(Settings)}:
        return settings
    traits = SettingsTraits()
    try:
        setattr(traits, name, _read_literal(text))
    except TraitError:
        # The kernel keeps its old value, too.
        return settings
    return replace(settings, **{name: getattr(traits.freeze(), name)})


def _read_literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        # As in %config: a word without quotes is a text.
        return text
