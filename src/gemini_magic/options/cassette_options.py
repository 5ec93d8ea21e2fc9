"""The options of `%gemini_cassette`."""

from __future__ import annotations

import argparse
import re

from gemini_magic.options.parser import Parser, flags_of
from gemini_magic.options.settings import CASSETTE_MODES

__all__ = ["CASSETTE", "CASSETTE_FLAGS", "COMMANDS"]

COMMANDS = ("check", "prune", "off")
"""Words that may be given instead of a file."""


def _read_speed(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,4}(?:\.[0-9]*)?|\.[0-9]+", text):
        raise argparse.ArgumentTypeError(f"{text[:20]!r} is no speed; 1 is as recorded, 0 at once")
    return float(text)


def _make_parser() -> Parser:
    parser = Parser("%gemini_cassette")
    parser.add_argument(
        "what",
        nargs="?",
        metavar="FILE.jsonl | check | prune | off",
        help="a file turns a cassette on; check says what would not be found in it, prune drops what was not "
        "used in this kernel, off turns it off",
    )
    parser.add_argument(
        "notebook", nargs="?", metavar="NOTEBOOK", help="after check: the notebook, if not this one"
    )
    parser.add_argument(
        "--mode",
        choices=CASSETTE_MODES,
        help="auto: replay what is recorded, ask and record the rest; replay: never ask; record: ask all "
        "again; live: ignore the cassette (default: auto with an API key, else replay; under pytest replay)",
    )
    parser.add_argument(
        "--speed", metavar="X", type=_read_speed, help="1 replays as fast as it was recorded, 0 at once"
    )
    parser.add_argument(
        "--sdk", action="store_true", help="also for plain code of the google-genai SDK in this kernel"
    )
    return parser


CASSETTE = _make_parser()

CASSETTE_FLAGS = tuple(flags_of(CASSETTE))
"""The flags of the magic."""
