"""A pytest plugin: fixtures for testing any code that uses google-genai.

`gemini_cassette` records replies and replays them; `gemini_emulator` is a service that can be told to fail.

pytest finds it by its entry point; it imports nothing before a test asks for it.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gemini_magic.cassettes.store import Cassette
    from gemini_magic.emulator import EmulatorServer

__all__ = ["gemini_cassette", "gemini_emulator", "pytest_addoption"]

_OPTION = "--gemini-cassettes"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that says what is done with cassettes."""
    parser.getgroup("gemini-magic").addoption(
        _OPTION,
        choices=("replay", "auto", "record", "live"),
        help="replay recorded replies only (default; also the variable GEMINI_MAGIC_CASSETTE_MODE), record "
        "what is missing (auto), record all again, or ignore cassettes (live)",
    )


@pytest.fixture
def gemini_cassette(request: pytest.FixtureRequest) -> Iterator[Cassette]:
    """Record and replay what `google.genai.Client()` asks, sync and async, in `cassettes/` beside the test.

    In replay, the default, nothing is sent and no API key is needed. Clients are to be made in the test.
    """
    from gemini_magic.cassettes.shelf import MODE_VARIABLE, Playback, check_mode
    from gemini_magic.cassettes.store import Cassette
    from gemini_magic.loop import BackgroundLoop
    from gemini_magic.transports.hook import SdkHook

    name = re.sub(r"[^\w.-]+", "-", request.node.name).strip("-")
    folder = request.path.parent / "cassettes" / request.path.stem
    cassette = Cassette(folder / f"{name}.gemini.jsonl")
    mode = check_mode(request.config.getoption(_OPTION) or os.environ.get(MODE_VARIABLE) or "replay")
    playback = None if mode == "live" else Playback(cassette, mode)
    loop = BackgroundLoop()
    hook = SdkHook(loop, lambda: playback)
    hook.install()
    try:
        yield cassette
        if mode == "record" and cassette.recorded:
            cassette.prune()
    finally:
        hook.uninstall()
        loop.close()


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
