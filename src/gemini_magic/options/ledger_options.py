"""The options of `%gemini_usage` and `%gemini_log`."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from gemini_magic.options.argument_types import at_least_one
from gemini_magic.options.parser import Parser, flags_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LEDGER_FLAGS", "LOG", "SHOWN", "USAGE"]


SHOWN = object()
"""The value of `--budget` without an amount, which shows the budget."""


def _dollars(text: str) -> float:
    if text.lower() == "none":
        return 0.0
    if not re.fullmatch(r"\$?(?:[0-9]{1,9}(?:\.[0-9]*)?|\.[0-9]+)", text):
        raise argparse.ArgumentTypeError(
            f"{text[:20]!r} is not an amount of US dollars; 0 takes the budget away"
        )
    return float(text.removeprefix("$"))


def _make_usage_parser() -> Parser:
    parser = Parser("%gemini_usage")
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--plot", action="store_true", help="draw tokens and cost over time (needs matplotlib)")
    one.add_argument("--json", action="store_true", help="print the totals as JSON")
    one.add_argument("--reset", action="store_true", help="forget all requests; a budget begins anew")
    one.add_argument(
        "--budget",
        metavar="USD",
        nargs="?",
        const=SHOWN,
        type=_dollars,
        help="refuse requests when so much is spent; 0 or none: never; no amount: show the budget",
    )
    return parser


def _make_log_parser() -> Parser:
    parser = Parser("%gemini_log")
    parser.add_argument("N", nargs="?", type=at_least_one, help="the last N requests")
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--csv", metavar="FILE", help="write them to a file, with whole prompts and replies")
    one.add_argument("--json", metavar="FILE", help="the same as JSON")
    return parser


USAGE = _make_usage_parser()
LOG = _make_log_parser()

LEDGER_FLAGS: Mapping[str, tuple[str, ...]] = {
    parser.prog.removeprefix("%"): tuple(flags_of(parser)) for parser in (USAGE, LOG)
}
"""The flags of each of these magics."""
