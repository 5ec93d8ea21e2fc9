"""The model ids gemini-magic knows by name: one default, and those that Tab and the emulator offer.

Any other id can be asked for too; the service decides whether it exists.
"""

from __future__ import annotations

__all__ = ["DEFAULT_MODEL", "KNOWN_MODELS", "THINKING_LEVELS"]

DEFAULT_MODEL = "gemini-3.8-flash"
"""Asked unless a cell or a setting names another; a concrete id, because aliases are not in API v1."""

KNOWN_MODELS = (
    DEFAULT_MODEL,
    "gemini-3.7-flash",
    "gemini-3.6-flash",
    "gemini-3.5-flash",
    "gemini-3.5-flash-lite",
    "gemini-3.1-pro-preview",
    "gemini-3.1-flash-lite",
    "gemini-3-flash-preview",
    "gemini-2.5-pro",
    "gemini-2.5-flash",
    "gemini-2.5-flash-lite",
)
"""Text models in the price table of genai-prices 0.2.3 (November 2026), newest first."""

THINKING_LEVELS = ("minimal", "low", "medium", "high", "xhigh")
"""Values of the API's `thinkingLevel`; not every model takes all of them."""
