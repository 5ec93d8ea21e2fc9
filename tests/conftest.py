"""Fixtures: a clean environment, a shell with the extension, the emulator over a real socket."""

from __future__ import annotations

import atexit
import os
import socket
import sys
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from gemini_magic.emulator import Emulator, EmulatorServer, ScriptedReply
from gemini_magic.emulator import emulator as service
from gemini_magic.runtime.keys.api_keys import ask_nobody
from gemini_magic.session import Session
from tests.support.browser import take_errors
from tests.support.colab import install_colab, install_kaggle
from tests.support.fuzz import FUZZ_FACTOR, FUZZ_SEED, IS_DRAWN
from tests.support.service import KEY, read_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_OURS = ("GOOGLE_", "GEMINI_", "KAGGLE_", "COLAB_")

settings.register_profile("fixed", derandomize=True, database=None, deadline=None, print_blob=True)
settings.register_profile("drawn", database=None, deadline=None, print_blob=True, max_examples=1000)
settings.load_profile("drawn" if IS_DRAWN else "fixed")


@pytest.fixture(autouse=True)
def pages_say_no_errors(request: pytest.FixtureRequest) -> Iterator[None]:
    """Nothing goes wrong in a page, whatever the test looks at."""
    # What comes after a test, when its server ends, is not the next one's.
    take_errors()
    yield
    assert not request.node.get_closest_marker("browser") or take_errors() == []


@pytest.fixture(autouse=True)
def clean_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """No key, no base URL, no .env: what the machine happens to have does not count."""
    for name in os.environ:
        if name.startswith(_OURS):
            monkeypatch.delenv(name)
    # Under pytest nothing is asked where a cassette is on; these tests are about everything else.
    monkeypatch.delenv("PYTEST_VERSION", raising=False)
    folder = tmp_path_factory.mktemp("notebook")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("IPYTHONDIR", str(folder / "ipython"))
    return folder


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    """A shell without a kernel, the extension loaded and offline."""
    InteractiveShell.clear_instance()
    # Its database would outlive the test's folder.
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    shell.colors = "nocolor"
    shell.run_line_magic("load_ext", "gemini_magic")
    yield shell
    if "gemini_magic" in shell.extension_manager.loaded:
        shell.run_line_magic("unload_ext", "gemini_magic")
    InteractiveShell.clear_instance()
    # Else hundreds of shells stay in memory, and each collects all garbage when the tests have ended.
    atexit.unregister(shell.atexit_operations)


@pytest.fixture
def offline(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch) -> InteractiveShell:
    """The shell, answered without waiting by the emulator inside the process."""
    monkeypatch.setattr(service, "_FIRST_S", 0)
    monkeypatch.setattr(service, "_PAUSE_S", 0)
    shell.run_line_magic("config", "GeminiMagics.offline = True")
    return shell


@pytest.fixture
def session() -> Iterator[Session]:
    """A session without a shell; nobody can be asked for a key."""
    session = Session(ask_nobody)
    yield session
    session.close()


@pytest.fixture
def emulator() -> Emulator:
    """An emulator that does not wait."""
    return Emulator(pace=0)


@pytest.fixture
def server(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmulatorServer]:
    """The emulator on loopback, and the environment that sends the SDK there."""
    with EmulatorServer(emulator) as server:
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", server.url)
        monkeypatch.setenv("GEMINI_API_KEY", KEY)
        yield server


@pytest.fixture
def live(shell: InteractiveShell, server: EmulatorServer) -> InteractiveShell:
    """The shell, answered by the emulator over loopback."""
    return shell


@pytest.fixture
def recorded(shell: InteractiveShell, server: EmulatorServer, emulator: Emulator) -> InteractiveShell:
    """A shell that has recorded a chat of two turns and a prompt apart, in `lesson.gemini.jsonl`."""
    emulator.script += [
        ScriptedReply(pieces=(text,), model="gemini-3.8-flash") for text in ("one", "two", "apart")
    ]
    shell.run_line_magic("gemini_cassette", "lesson.gemini.jsonl --mode record")
    for prompt in ("first", "second", "--once apart"):
        shell.run_line_magic("gemini", f"--view none {prompt}")
    return shell


@pytest.fixture
def on_colab(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], list[str]]:
    """Makes this a kernel of Colab with some secrets; gives the names that are asked for."""
    return partial(install_colab, put=partial(monkeypatch.setitem, sys.modules))


@pytest.fixture
def on_kaggle(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], list[str]]:
    """Makes this a kernel of Kaggle with some secrets, on an image that has Colab's module, too."""
    monkeypatch.setenv("KAGGLE_KERNEL_RUN_TYPE", "Interactive")
    install_colab({}, put=partial(monkeypatch.setitem, sys.modules))
    return partial(install_kaggle, put=partial(monkeypatch.setitem, sys.modules))


@pytest.fixture
def raw_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """A socket that answers every connection with given bytes, then closes."""
    listener = socket.create_server(("127.0.0.1", 0))
    answers: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                read_request(connection)
                # Else the next request may go into a connection that is just being closed.
                connection.sendall(answers.pop(0).replace(b"\r\n", b"\r\nConnection: close\r\n", 1))

    threading.Thread(target=serve, daemon=True).start()
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", f"http://127.0.0.1:{listener.getsockname()[1]}")
    yield answers
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def pytest_report_header() -> str:
    """Say what random tests begin with, so that a failure can be repeated."""
    return (
        f"random tests: seed {FUZZ_SEED}, factor {FUZZ_FACTOR} (GEMINI_MAGIC_FUZZ={FUZZ_SEED} repeats them)"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest: where processes share the tests, none waits for it at the end."""
    if not config.getoption("--random-order", default=False):
        marks = ("browser", "slow")
        items.sort(key=lambda item: [item.get_closest_marker(mark) is None for mark in marks])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many of the injected faults ended as they should."""
    reports = {name: terminalreporter.stats.get(name, []) for name in ("passed", "failed", "error")}
    count = {name: sum("test_fault[" in r.nodeid for r in found) for name, found in reports.items()}
    total = sum(count.values())
    if total:
        line = f"fault matrix: {total} cases through a real kernel, {count['passed']} ended right"
        terminalreporter.write_line(line)
