"""Errors before anything is sent: a cell, a setting or a key is not as it should be."""

from __future__ import annotations

from gemini_magic.errors.base import GeminiError

__all__ = [
    "BudgetExceeded",
    "ChatNotFound",
    "EmptyPrompt",
    "NoApiKey",
    "NotInserted",
    "NothingToShow",
    "OptionError",
    "PackageMissing",
    "UnknownVariable",
]


class OptionError(GeminiError):
    """The options of a cell cannot be understood."""


class EmptyPrompt(OptionError):
    """There is nothing to ask."""


class UnknownVariable(OptionError):
    """An option names a notebook variable that does not exist."""


class NotInserted(OptionError):
    """A variable in a prompt exists, and what is asked of it does not, or cannot be sent."""


class NothingToShow(OptionError):
    """There is nothing yet that could be shown: no reply, no code in it, no cassette, nothing set aside."""


class ChatNotFound(OptionError):
    """There is no chat of this name."""


class NoApiKey(GeminiError):
    """No API key was found anywhere."""


class BudgetExceeded(GeminiError):
    """The budget of this kernel is spent; nothing more was sent."""


class PackageMissing(GeminiError):
    """An option needs a package that is not installed."""
