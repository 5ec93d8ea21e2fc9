"""`python -m bench`: measure, and print the figures beside their targets."""

from __future__ import annotations

import argparse

from bench.browser import CHROMIUM, measure_painting
from bench.contestants import SIZES
from bench.replay import measure_replays
from bench.report import Found, print_load, print_painting, print_replays, print_targets, print_traffic
from bench.service import Service
from bench.traffic import measure_load_ms, measure_traffic


def main() -> None:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="kilobytes of text")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--parts", nargs="+", choices=_PARTS, default=_PARTS)
    arguments = parser.parse_args()
    found = Found()
    if "replay" in arguments.parts:
        found.replays = measure_replays(arguments.repetitions)
        print_replays(found.replays)
    with Service() as service:
        if "traffic" in arguments.parts:
            found.traffic = measure_traffic(service, arguments.sizes, arguments.repetitions)
            print_traffic(found.traffic)
        if "load" in arguments.parts:
            found.load_ms = measure_load_ms(arguments.repetitions)
            print_load(found.load_ms)
        if "page" in arguments.parts and CHROMIUM is None:
            print("\nNo Chromium here: nothing was measured in a page.")
        elif "page" in arguments.parts:
            found.painting = measure_painting(service, arguments.sizes)
            print_painting(found.painting)
    print_targets(found)


_PARTS = ("replay", "traffic", "load", "page")

if __name__ == "__main__":
    main()
