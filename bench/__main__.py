"""`python -m bench`: measure, and print the figures beside their targets."""

from __future__ import annotations

import argparse

from bench.browser import CHROMIUM, measure_painting
from bench.contestants import SIZES
from bench.report import print_load, print_painting, print_targets, print_traffic
from bench.service import Service
from bench.traffic import measure_load_ms, measure_traffic


def main() -> None:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="kilobytes of text")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--parts", nargs="+", choices=_PARTS, default=_PARTS)
    arguments = parser.parse_args()
    traffic, painting, load_ms = {}, {}, None
    with Service() as service:
        if "traffic" in arguments.parts:
            traffic = measure_traffic(service, arguments.sizes, arguments.repetitions)
            print_traffic(traffic)
        if "load" in arguments.parts:
            load_ms = measure_load_ms(arguments.repetitions)
            print_load(load_ms)
        if "page" in arguments.parts and CHROMIUM is None:
            print("\nNo Chromium here: nothing was measured in a page.")
        elif "page" in arguments.parts:
            painting = measure_painting(service, arguments.sizes)
            print_painting(painting)
    print_targets(traffic, load_ms, painting)


_PARTS = ("traffic", "load", "page")

if __name__ == "__main__":
    main()
