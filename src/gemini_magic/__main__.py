"""`python -m gemini_magic`: the offline emulator over loopback HTTP; the reference of all options."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from pathlib import Path

from gemini_magic.errors import GeminiError

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> None:
    """Run a command of `python -m gemini_magic`."""
    parser = argparse.ArgumentParser(prog="python -m gemini_magic")
    commands = parser.add_subparsers(dest="command", required=True)
    emulator = commands.add_parser("emulator", help="serve the offline emulator on loopback")
    emulator.add_argument("--port", type=int, default=8765, help="TCP port, 0 for a free one (default 8765)")
    emulator.add_argument("--key", help="the only API key to accept (default: any)")
    emulator.add_argument("--pace", type=float, default=1.0, help="factor on its pauses; 0 for none")
    emulator.add_argument("--script", type=Path, help="JSON file with a list of replies to give first")
    commands.add_parser("reference", help="print every magic, option, setting and variable as Markdown")
    options = parser.parse_args(arguments)
    if options.command == "reference":
        from gemini_magic.magics.reference import write_reference

        print(write_reference(), end="")
        return
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_serve(options))
    except GeminiError as error:
        parser.exit(1, f"{parser.prog} emulator: {error}\n")


async def _serve(options: argparse.Namespace) -> None:
    from gemini_magic.emulator import Emulator, EmulatorServer
    from gemini_magic.emulator.script import read_script

    script = read_script(options.script) if options.script else []
    server = EmulatorServer(Emulator(script, key=options.key, pace=options.pace), port=options.port)
    await server.start()
    print(f"offline emulator of the Gemini API on {server.url}", flush=True)
    print(f"for a client: GOOGLE_GEMINI_BASE_URL={server.url} GEMINI_API_KEY=any", flush=True)
    await server.run()


if __name__ == "__main__":
    main()
