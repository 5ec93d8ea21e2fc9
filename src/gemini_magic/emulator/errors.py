"""What somebody who scripts or starts the emulator can be told."""

from __future__ import annotations

from gemini_magic.errors import GeminiError

__all__ = ["EmulatorError"]


class EmulatorError(GeminiError):
    """The offline emulator is asked for something that it cannot do."""
