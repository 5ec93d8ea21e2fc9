"""The tables, and the targets with met or not met beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from bench.contestants import OURS, PACES, RAW, SIZES
from bench.replay import RECORDINGS
from bench.traffic import Case

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bench.browser import Painting
    from bench.replay import Replays
    from bench.traffic import Traffic

T = TypeVar("T")

__all__ = ["Found", "print_load", "print_painting", "print_replays", "print_targets", "print_traffic"]

_ROW = "{:>6}  {:8} {:11} {:>9} {:>9} {:>10} {:>8} {:>10} {:>8} {:>8} {:>7}"
_PAINT_ROW = "{:>6}  {:8} {:11} {:>9} {:>9} {:>9} {:>9} {:>8} {:>10}"
_GROWTH = 1.25
"""Most that the content sent for a byte of text may grow by when the text grows tenfold."""

_REPLAY_NAMES = {
    "bare": "bare loop of the SDK on the emulator",
    "ask": "Session.ask, no view",
    "cell": "a %%gemini cell, final view",
}


@dataclass(frozen=True)
class Target:
    """One figure that has to be no more than `most`."""

    what: str
    figure: float
    most: float
    unit: str

    @property
    def is_met(self) -> bool:
        """Whether it is; a figure that could not be measured is not."""
        return self.figure <= self.most


def print_traffic(found: Mapping[Case, Traffic]) -> None:
    """Print messages, bytes and CPU of every case."""
    print("\nThrough a kernel (medians; CPU of the kernel's process; raw loop = 1.00)")
    names = ("reply", "pace", "contestant", "messages", "in a s", "content", "/ text", "frames", "/ text")
    print(_ROW.format(*names, "CPU", "/ raw"))
    for case, traffic in found.items():
        mark = "≥ " if case.is_cut else ""
        raw = found[Case(RAW, case.size, case.pace)]
        row = (
            f"{mark}{traffic.messages:.0f}",
            f"{traffic.busiest:.0f}",
            f"{mark}{_kilobytes(traffic.content)}",
            f"{traffic.content / case.text_bytes:.1f}",
            f"{mark}{_kilobytes(traffic.frames)}",
            f"{traffic.frames / case.text_bytes:.1f}",
            f"{traffic.cpu_s:.3f} s",
            f"{mark}{traffic.cpu_s / raw.cpu_s:.2f}",
        )
        print(_ROW.format(f"{case.size} KB", case.pace, case.contestant.name, *row))
    for case in found:
        if case.is_cut:
            pieces = case.contestant.most_pieces
            print(f"Cut: {case}: ended after {pieces} pieces; its figures are lower bounds.")


def print_load(load_ms: float) -> None:
    """Print what loading takes."""
    print(f"\n%load_ext gemini_magic in a fresh kernel: {load_ms:.0f} ms (median)")


def print_replays(replays: Replays) -> None:
    """Print short replies a second."""
    print(f"\nShort replies a second, replayed from {RECORDINGS:,} recordings (medians; bare loop = 1.00)")
    for name in ("bare", "ask", "cell"):
        figure = getattr(replays, name)
        print(f"{_REPLAY_NAMES[name]:40} {figure:6.0f} {figure / replays.bare:6.2f}")


def print_painting(found: Mapping[Case, Painting]) -> None:
    """Print latencies and the page's work."""
    print("\nIn JupyterLab in Chromium (arrival → paint of each piece; the page's main thread)")
    names = ("reply", "pace", "contestant", "median", "95 %", "painted", "long", "longest", "busy")
    print(_PAINT_ROW.format(*names))
    for case, painting in found.items():
        row = (
            f"{painting.median_ms:.0f} ms",
            f"{painting.late_ms:.0f} ms",
            f"{painting.painted:.0%}",
            f"{painting.long_tasks}",
            f"{painting.longest_ms:.0f} ms",
            f"{painting.busy_s:.2f} s",
        )
        print(_PAINT_ROW.format(f"{case.size} KB", case.pace, case.contestant.name, *row))
    for case, painting in found.items():
        if not painting.finished:
            print(f"Cut: {case}: the page did not show the end in time; figures are of what it showed.")


@dataclass
class Found:
    """What was measured; empty or None where a part was left out."""

    traffic: Mapping[Case, Traffic] = field(default_factory=dict)
    load_ms: float | None = None
    painting: Mapping[Case, Painting] = field(default_factory=dict)
    replays: Replays | None = None


def print_targets(found: Found) -> None:
    """Print every target for ours, and whether it is met."""
    targets = [*_traffic_targets(found.traffic), *_painting_targets(found.painting)]
    if found.load_ms is not None:
        targets.append(Target("load", found.load_ms, 60, "ms"))
    if found.replays is not None:
        # 50 a second.
        targets.append(Target("a replay, Session.ask", 1000 / found.replays.ask, 20, "ms"))
        targets.append(Target("a replay, a whole cell", 1000 / found.replays.cell, 20, "ms"))
    print(f"\nTargets for {OURS.name}")
    for target in targets:
        verdict = "met" if target.is_met else "NOT MET"
        figures = f"{_short(target.figure):>8} ≤ {_short(target.most):>6} {target.unit:10}"
        print(f"{target.what:44} {figures} {verdict}")
    met = sum(target.is_met for target in targets)
    print(f"{met} of {len(targets)} met")


def _traffic_targets(found: Mapping[Case, Traffic]) -> Iterator[Target]:
    for case, traffic in _ours(found):
        raw = found[Case(RAW, case.size, case.pace)]
        where = f"{case.size} KB {case.pace}"
        yield Target(f"content, {where}", traffic.content / 1000, case.text_bytes / 500 + 100, "kB")
        yield Target(f"messages a second, {where}", traffic.busiest, 60, "")
        yield Target(f"CPU, {where}", traffic.cpu_s / raw.cpu_s, 1.25, "raw loops")
    for pace in PACES:
        yield from _growth(found, pace)


def _growth(found: Mapping[Case, Traffic], pace: str) -> Iterator[Target]:
    """Yield whether the bytes grow with the text: a square would give 10 where the text has grown tenfold."""
    for sizes in pairwise(SIZES):
        smaller, larger = (Case(OURS, size, pace) for size in sizes)
        if smaller in found and larger in found:
            per_byte = [found[case].content / case.text_bytes for case in (smaller, larger)]
            what = f"content a byte, {sizes[1]} KB : {sizes[0]} KB, {pace}"
            yield Target(what, per_byte[1] / per_byte[0], _GROWTH, "")


def _painting_targets(found: Mapping[Case, Painting]) -> Iterator[Target]:
    for case, painting in _ours(found):
        where = f"{case.size} KB {case.pace}"
        if case.pace == "paced":
            yield Target(f"arrival → paint, median, {where}", painting.median_ms, 60, "ms")
        yield Target(f"never painted, {where}", 100 * (1 - painting.painted), 0, "%")
        yield Target(f"longest task, {where}", painting.longest_ms, 150, "ms")


def _ours(found: Mapping[Case, T]) -> Iterable[tuple[Case, T]]:
    return ((case, figures) for case, figures in found.items() if case.contestant is OURS)


def _kilobytes(size: float) -> str:
    return f"{size / 1000:.0f} kB"


def _short(figure: float) -> str:
    return f"{figure:.0f}" if figure >= 20 else f"{figure:.2f}"
