"""How fast a cassette replays short replies, beside a bare loop of the SDK on the emulator's transport."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
from google import genai
from google.genai.types import HttpOptions
from IPython.core.interactiveshell import InteractiveShell

from gemini_magic.emulator import Emulator, EmulatorServer, ScriptedReply
from gemini_magic.options.cell_options import Options
from gemini_magic.options.settings import Settings
from gemini_magic.runtime.keys.api_keys import ask_nobody
from gemini_magic.session import Session
from gemini_magic.transports.emulator import EmulatorTransport
from gemini_magic.views.base import NoView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["RECORDINGS", "Replays", "measure_replays"]

RECORDINGS = 2000
"""How many the cassette has."""

_ASKED = 100
_MODEL = "gemini-3.8-flash"
_REPLY = ScriptedReply(pieces=("A short reply of two pieces, ", "as most are."))


@dataclass(frozen=True)
class Replays:
    """Short replies a second, medians.

    Attributes
    ----------
    bare
        A loop over the SDK's stream, answered by the emulator in the process.
    ask
        `Session.ask` without a view, from the cassette.
    cell
        A whole `%%gemini` cell in a shell, from the cassette, with the final view.
    """

    bare: float
    ask: float
    cell: float


def measure_replays(repetitions: int) -> Replays:
    """Measure all three in turns."""
    with tempfile.TemporaryDirectory() as folder:
        cassette = Path(folder) / "bench.gemini.jsonl"
        _record(cassette)
        # A new kernel each time: the file is read once in each.
        rounds = [(_run_bare(), _run_ask(cassette), _run_cells(cassette)) for _ in range(repetitions)]
    return Replays(*(statistics.median(figures) for figures in zip(*rounds, strict=True)))


def _prompt(number: int) -> str:
    return f"question {number:05d}"


def _record(cassette: Path) -> None:
    """Record one reply, and repeat its lines for the other prompts."""
    with EmulatorServer(Emulator([_REPLY], pace=0)) as server, _environment(server.url):
        session = Session(ask_nobody)
        settings = Settings(cassette=str(cassette), cassette_mode="record")
        session.ask(_prompt(0), Options(once=True), settings, NoView())
        session.close()
    header, *lines = cassette.read_text().splitlines(keepends=True)
    block = "".join(lines)
    blocks = (block.replace(_prompt(0), _prompt(number)) for number in range(RECORDINGS))
    cassette.write_text(header + "".join(blocks))


@contextlib.contextmanager
def _environment(url: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(GOOGLE_GEMINI_BASE_URL=url, GEMINI_API_KEY="any")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _run_bare() -> float:
    async def ask_all() -> float:
        emulator = Emulator([_REPLY] * (_ASKED + 1), pace=0)
        http = httpx2.AsyncClient(transport=EmulatorTransport(emulator))
        client = genai.Client(api_key="any", http_options=HttpOptions(httpx_async_client=http))
        rate = 0.0
        # The first time is to warm up.
        for count in (1, _ASKED):
            began = time.perf_counter()
            for number in range(count):
                stream = await client.aio.models.generate_content_stream(
                    model=_MODEL, contents=_prompt(number)
                )
                async for _ in stream:
                    pass
            rate = count / (time.perf_counter() - began)
        return rate

    return asyncio.run(ask_all())


def _run_ask(cassette: Path) -> float:
    session = Session(ask_nobody)
    settings = Settings(cassette=str(cassette), cassette_mode="replay")
    rate = _rate(lambda prompt: session.ask(prompt, Options(once=True), settings, NoView()))
    session.close()
    return rate


def _run_cells(cassette: Path) -> float:
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "gemini_magic")
    shell.run_line_magic("config", "GeminiMagics.view = 'final'")
    shell.run_line_magic("gemini_cassette", f"{cassette} --mode replay")

    def run(prompt: str) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            shell.run_cell(f"%%gemini --once\n{prompt}").raise_error()

    rate = _rate(run)
    shell.run_line_magic("unload_ext", "gemini_magic")
    InteractiveShell.clear_instance()
    return rate


def _rate(ask: Callable[[str], object]) -> float:
    """Return replies a second, after one that loads what is needed."""
    ask(_prompt(0))
    began = time.perf_counter()
    for number in range(1, _ASKED + 1):
        ask(_prompt(number))
    return _ASKED / (time.perf_counter() - began)
