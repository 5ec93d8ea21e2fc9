"""Errors of files: chats, logs and cassettes."""

from __future__ import annotations

from gemini_magic.errors.base import GeminiError

__all__ = ["CassetteError", "LogNotWritten", "NotRecorded", "TranscriptError"]


class TranscriptError(GeminiError):
    """A file with a chat cannot be read or written."""


class LogNotWritten(GeminiError):
    """The log of requests cannot be written to a file."""


class CassetteError(GeminiError):
    """A cassette cannot be read or written."""


class NotRecorded(CassetteError):
    """A cassette has no reply to this prompt; `causes` is a diff from the most similar recorded request."""
