"""A pytest plugin: the fixture `gemini_emulator`, for testing any Gemini client against failing networks.

pytest finds it by its entry point; it imports nothing before a test asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gemini_magic.emulator import EmulatorServer

__all__ = ["gemini_emulator"]


@pytest.fixture
def gemini_emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmulatorServer]:
    """Serve the offline emulator on loopback, and point the SDK's environment variables at it.

    Script it with `gemini_emulator.emulator.script.append(ScriptedReply(…))`; what was asked is in
    `gemini_emulator.emulator.bodies`, how each answer ended in `gemini_emulator.exchanges`.
    """
    from gemini_magic.emulator import Emulator, EmulatorServer

    with EmulatorServer(Emulator(pace=0)) as server:
        for name in ("GOOGLE_API_KEY", "GOOGLE_GENAI_USE_ENTERPRISE", "GOOGLE_GENAI_USE_VERTEXAI"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", server.url)
        monkeypatch.setenv("GEMINI_API_KEY", "emulated")
        yield server
