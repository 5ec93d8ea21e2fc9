"""HTTP answers: what the emulator decides and the server sends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gemini_magic.emulator.api_format import make_error
from gemini_magic.emulator.json_text import to_json

__all__ = ["Answer", "Piece", "Refusal", "whole"]


@dataclass(frozen=True)
class Piece:
    """Bytes of a body and the seconds to wait before they are sent."""

    delay_s: float
    data: bytes


@dataclass(frozen=True)
class Answer:
    """An HTTP answer: status, content type, the body in paced pieces, and how it ends (`FAULTS`)."""

    status: int
    content_type: str
    pieces: tuple[Piece, ...]
    headers: tuple[tuple[str, str], ...] = ()
    headers_s: float = 0.0
    fault: str = "none"


class Refusal(Exception):
    """A request that gets an error.

    Parameters
    ----------
    status
        HTTP status.
    message
        What is wrong with the request.
    reason
        The API's word for it, where it has one.

    Attributes
    ----------
    answer : Answer
        The error as the API writes it.
    """

    def __init__(self, status: int, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        info = {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": reason,
            "domain": "googleapis.com",
        }
        error = make_error(status, message, [info] if reason else None)
        self.answer = Answer(status, "application/json", (Piece(0.0, to_json(error)),))


def whole(body: dict[str, Any]) -> Answer:
    """Return the answer whose body is `body`, in one piece."""
    return Answer(200, "application/json", (Piece(0.0, to_json(body)),))
