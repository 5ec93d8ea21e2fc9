"""A pytest plugin: fixtures for testing any code that uses google-genai.

`gemini_cassette` records replies and replays them; `gemini_emulator` is a service that can be told to fail.

pytest finds the plugin by its entry point. Nothing heavy is imported until a test uses a fixture.
"""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    import pluggy

    from gemini_magic.cassettes.cassette import Cassette
    from gemini_magic.emulator import EmulatorServer

__all__ = ["gemini_cassette", "gemini_emulator", "pytest_addoption", "pytest_runtest_makereport"]

_OPTION = "--gemini-cassettes"
_LONGEST_NAME = 80
_PASSED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that chooses the mode of cassettes."""
    parser.getgroup("gemini-magic").addoption(
        _OPTION,
        choices=("replay", "auto", "record", "live"),
        help="replay recorded replies only (default; also the variable GEMINI_MAGIC_CASSETTE_MODE), record "
        "what is missing (auto), record all again, or ignore cassettes (live)",
    )


@pytest.fixture
def gemini_cassette(request: pytest.FixtureRequest) -> Iterator[Cassette]:
    """Record and replay what `google.genai.Client()` asks, sync and async, in `cassettes/` beside the test.

    In replay, the default, nothing is sent and no API key is needed. After a test that
    passes in mode `record`, the cassette has only the recordings that the test used.
    """
    from gemini_magic.cassettes.cassette import Cassette
    from gemini_magic.cassettes.playback import MODE_VARIABLE, Playback, check_mode
    from gemini_magic.cassettes.recording.sdk_hook import SdkHook
    from gemini_magic.runtime.event_loop import BackgroundLoop

    folder = request.path.parent / "cassettes" / request.path.stem
    cassette = Cassette(folder / f"{_file_name(request.node)}.gemini.jsonl")
    said = os.environ.get(MODE_VARIABLE, "").strip().lower()
    mode = check_mode(request.config.getoption(_OPTION) or said or "replay")
    playback = None if mode == "live" else Playback(cassette, mode)
    loop = BackgroundLoop()
    hook = SdkHook(loop, lambda: playback)
    if playback is not None:
        hook.install()
    try:
        yield cassette
    finally:
        hook.uninstall()
        loop.close()
    if mode == "record" and cassette.recorded and request.node.stash.get(_PASSED, False):
        cassette.prune()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pluggy.Result[pytest.TestReport], None]:
    """Remember which tests have passed."""
    report = (yield).get_result()
    if report.when == "call":
        item.stash[_PASSED] = report.passed


@pytest.fixture
def gemini_emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmulatorServer]:
    """Serve the offline emulator on loopback, and point the SDK's environment variables at it.

    Script it with `gemini_emulator.emulator.script.append(ScriptedReply(…))`. Request bodies are in
    `gemini_emulator.emulator.bodies`; how each answer ended is in `gemini_emulator.exchanges`.
    """
    from gemini_magic.emulator import Emulator, EmulatorServer

    with EmulatorServer(Emulator(pace=0)) as server:
        for name in ("GOOGLE_API_KEY", "GOOGLE_GENAI_USE_ENTERPRISE", "GOOGLE_GENAI_USE_VERTEXAI"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", server.url)
        # Shorter than any key that is searched for in replies.
        monkeypatch.setenv("GEMINI_API_KEY", "any")
        yield server


def _file_name(test: pytest.Item) -> str:
    """Return the test's class and name as a file name; a name that had to be changed gets a hash."""
    scope = test.nodeid.partition("::")[2] or test.name
    name = scope.replace("::", ".")
    safe = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.")[:_LONGEST_NAME]
    plain = name.replace("[", "-").replace("]", "").strip("-.")
    return safe if safe == plain else f"{safe}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
