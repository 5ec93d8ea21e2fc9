"""Through a real kernel, without a page: messages, bytes and the kernel's CPU seconds."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from itertools import product
from statistics import median
from typing import TYPE_CHECKING

from bench.contestants import CONTESTANTS, PACES, SETUP, WHOLE, pace_s
from bench.kernel import running_kernel
from bench.text import make_reply

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bench.contestants import Contestant
    from bench.kernel import Kernel, Message
    from bench.service import Service

__all__ = ["Case", "Traffic", "measure_load_ms", "measure_traffic"]

_LOAD = "get_ipython().run_line_magic('load_ext', 'gemini_magic')"


@dataclass(frozen=True)
class Case:
    """What is measured: a contestant, KB of text, and the pace."""

    contestant: Contestant
    size: int
    pace: str

    def __str__(self) -> str:
        return f"{self.contestant.name}, {self.size} KB, {self.pace}"

    @property
    def text_bytes(self) -> int:
        """Bytes of the whole text as JSON."""
        return len(json.dumps(make_reply(self.size * 1000).text, ensure_ascii=False).encode())

    @property
    def is_cut(self) -> bool:
        """Whether the contestant stops before the end, so that its figures are lower bounds."""
        most = self.contestant.most_pieces
        return most is not None and most < len(make_reply(self.size * 1000).pieces)


@dataclass(frozen=True)
class Traffic:
    """One run of a cell, or the medians of several.

    Attributes
    ----------
    messages
        On iopub, all kinds.
    busiest
        Most messages within any one second.
    content, frames
        Bytes: of the messages' content, and with headers and metadata.
    cpu_s
        Seconds of CPU of the kernel's process, less those of an empty cell.
    """

    messages: float
    busiest: float
    content: float
    frames: float
    cpu_s: float


def measure_traffic(service: Service, sizes: Iterable[int], repetitions: int) -> dict[Case, Traffic]:
    """Run every contestant several times in turns; return the medians."""
    found: dict[Case, list[Traffic]] = defaultdict(list)
    with running_kernel(service.environment) as kernel:
        kernel.run(SETUP)
        for contestant in CONTESTANTS * 2:
            _run(kernel, service, Case(contestant, 4, "at once"))
        for case in _plan(sizes, repetitions):
            print(case, file=sys.stderr)
            found[case].append(_run(kernel, service, case))
    return {case: _middle(samples) for case, samples in found.items()}


def measure_load_ms(times: int) -> float:
    """Return the median of what `%load_ext gemini_magic` takes in fresh kernels."""
    return median(_load_ms() for _ in range(times))


def _plan(sizes: Iterable[int], repetitions: int) -> Iterator[Case]:
    for pace, size, repetition, contestant in product(PACES, sizes, range(repetitions), CONTESTANTS):
        # What it sends is exact and its CPU far off any target: once is enough where it takes long.
        if contestant is not WHOLE or size < 40 or not repetition:
            yield Case(contestant, size, pace)


def _run(kernel: Kernel, service: Service, case: Case) -> Traffic:
    service.prepare(make_reply(case.size * 1000), pace_s(case.pace, case.size))
    kernel.run("import gc; gc.collect()")
    before, empty = kernel.cpu_s(), kernel.cpu_s()
    messages = kernel.run(case.contestant.code).messages
    cpu_s = kernel.cpu_s() - empty - (empty - before)
    return Traffic(
        len(messages),
        _busiest(messages),
        sum(message.content for message in messages),
        sum(message.frames for message in messages),
        cpu_s,
    )


def _busiest(messages: Iterable[Message]) -> int:
    times = sorted(message.sent_at for message in messages)
    first, most = 0, 0
    for number, at in enumerate(times):
        while at - times[first] > 1:
            first += 1
        most = max(most, number - first + 1)
    return most


def _middle(samples: list[Traffic]) -> Traffic:
    names = Traffic.__dataclass_fields__
    return Traffic(**{name: median(getattr(sample, name) for sample in samples) for name in names})


def _load_ms() -> float:
    with running_kernel({}) as kernel:
        code = f"import time\nbefore = time.perf_counter()\n{_LOAD}\nafter = time.perf_counter()"
        return float(kernel.run(code, value="(after - before) * 1000").value)
