"""The emulator as the bench uses it: replies at a given pace, and when each piece was written."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from gemini_magic.emulator import Emulator, EmulatorServer, ScriptedReply

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from bench.text import MadeReply
    from gemini_magic.emulator.answers import Answer
    from gemini_magic.emulator.server import Exchange

__all__ = ["Service"]

_SHORTEST_S = 0.004
"""Shorter sleeps are not exact; quicker pieces are sent several at a time."""


class Service:
    """The emulator on loopback; a context manager.

    Attributes
    ----------
    written : list of float
        Seconds since 1970 at which each piece of the last reply was written.
    """

    def __init__(self) -> None:
        self.written: list[float] = []
        self._emulator = _PacedEmulator()
        self._server = EmulatorServer(self._emulator)
        self._server.watch = self._note

    def __enter__(self) -> Service:
        self._server.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.__exit__(kind, error, traceback)

    @property
    def environment(self) -> dict[str, str]:
        """Variables that point a kernel here."""
        return {"GOOGLE_GEMINI_BASE_URL": self._server.url, "GEMINI_API_KEY": "any"}

    def prepare(self, reply: MadeReply, seconds: float) -> None:
        """Answer the next request with `reply`, within `seconds`; 0 sends without pauses."""
        self._emulator.seconds = seconds
        self._emulator.script.clear()
        self._emulator.script.append(ScriptedReply(pieces=reply.pieces))

    def _note(self, exchange: Exchange) -> None:
        if exchange.sent:
            self.written.append(time.time())
        else:
            self.written = []


class _PacedEmulator(Emulator):
    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return the answer with its pieces spread evenly over the seconds."""
        answer = super().answer(method, target, headers, body)
        pause_s = self.seconds / len(answer.pieces)
        at_once = math.ceil(_SHORTEST_S / pause_s) if pause_s else 1
        pieces = (
            replace(piece, delay_s=0.0 if number % at_once else pause_s * at_once)
            for number, piece in enumerate(answer.pieces)
        )
        return replace(answer, pieces=tuple(pieces))
