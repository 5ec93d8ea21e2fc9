"""In JupyterLab in Chromium: when each piece is painted, and how busy the page is."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from bisect import bisect_left
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from bench.contestants import CONTESTANTS, OURS, PACES, SETUP, pace_s
from bench.lab import running_lab
from bench.text import make_reply
from bench.traffic import Case

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from playwright.sync_api import Locator, Page

    from bench.lab import Lab
    from bench.service import Service

__all__ = ["CHROMIUM", "Painting", "measure_painting"]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
_OBSERVE = (Path(__file__).parent / "page.js").read_text()
_PATIENCE_S = 30
"""How long after the last piece the page may go on drawing."""


@dataclass(frozen=True)
class Painting:
    """One reply in a page.

    Attributes
    ----------
    median_ms, late_ms
        From writing a piece to its painting: median and 95th percentile.
    painted
        Share of the pieces that were painted.
    long_tasks, longest_ms
        Tasks of the main thread that took more than 50 ms, and the longest.
    busy_s
        What all tasks of the main thread took.
    finished
        Whether the page got to the end of the reply.
    """

    median_ms: float
    late_ms: float
    painted: float
    long_tasks: int
    longest_ms: float
    busy_s: float
    finished: bool


def measure_painting(service: Service, sizes: Iterable[int]) -> dict[Case, Painting]:
    """Show every case in a notebook of its own, one after the other; ours alone beyond 40 KB."""
    cases = [
        Case(contestant, size, pace)
        for pace in PACES
        for size in sizes
        for contestant in (CONTESTANTS if size <= 40 else (OURS,))
    ]
    found = {}
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home,
        running_lab(Path(home), service.environment) as lab,
    ):
        for number, case in enumerate(cases):
            print(case, file=sys.stderr)
            found[case] = _show(lab, service, case, f"bench{number}")
            lab.end_kernels()
    return found


def _show(lab: Lab, service: Service, case: Case, name: str) -> Painting:
    url = lab.add_notebook(name, [SETUP, case.contestant.code, case.contestant.code])
    with _browser_page() as page:
        page.goto(url)
        cells = page.locator(".jp-CodeCell")
        page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(state="attached")
        _run(page, cells.nth(0), 1)
        # The first reply of a page loads renderers and fonts; a short one does that outside of the figures.
        service.prepare(make_reply(4000), 0)
        _run(page, cells.nth(1), 2)
        service.prepare(make_reply(case.size * 1000), pace_s(case.pace, case.size))
        return _measure(page, cells.nth(2), service, case)


def _run(page: Page, cell: Locator, count: int) -> None:
    _start(page, cell)
    cell.locator(".jp-InputPrompt", has_text=f"[{count}]:").wait_for()


def _start(page: Page, cell: Locator) -> None:
    """Run a cell; a page that has just opened may not listen to the first key."""
    from playwright.sync_api import TimeoutError as PageTimeout

    waiting = cell.locator(".jp-InputPrompt", has_text="[ ]:")
    for _ in range(10):
        cell.locator(".cm-content").first.click()
        page.keyboard.press("Control+Enter")
        with suppress(PageTimeout):
            waiting.wait_for(state="detached", timeout=3000)
            return


def _measure(page: Page, cell: Locator, service: Service, case: Case) -> Painting:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    cell.evaluate(_OBSERVE)
    before_s = _busy_s(session)
    _start(page, cell)
    markers = make_reply(case.size * 1000).markers
    finished = _wait(page, cell, markers[-1], pace_s(case.pace, case.size) + _PATIENCE_S)
    busy_s = _busy_s(session) - before_s
    state = page.evaluate("({painted: bench.painted, longTasks: bench.longTasks})")
    lags = _lags_ms(service.written, state["painted"], markers)
    return Painting(
        median_ms=median(lags) if lags else float("nan"),
        late_ms=quantiles(lags, n=20)[-1] if len(lags) > 1 else float("nan"),
        painted=len(lags) / len(markers),
        long_tasks=len(state["longTasks"]),
        longest_ms=max(state["longTasks"], default=0.0),
        busy_s=busy_s,
        finished=finished,
    )


def _wait(page: Page, cell: Locator, last: int, limit_s: float) -> bool:
    """Return whether the last marker was painted and the cell ended in time."""
    deadline = time.monotonic() + limit_s
    ended = cell.locator(".jp-InputPrompt", has_text="[3]:")
    while time.monotonic() < deadline:
        if page.evaluate("bench.newest") >= last and ended.count():
            page.wait_for_timeout(500)
            return True
        page.wait_for_timeout(200)
    return False


def _lags_ms(written: list[float], painted: list[list[float]], markers: Iterable[int]) -> list[float]:
    """Return, for each marker that was painted, the time from its writing to its painting."""
    newest = [marker for marker, _ in painted]
    places = [(marker, bisect_left(newest, marker)) for marker in markers]
    return [
        painted[place][1] - written[marker] * 1000
        for marker, place in places
        if place < len(painted) and marker < len(written)
    ]


def _busy_s(session: Any) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))


@contextmanager
def _browser_page() -> Iterator[Page]:
    """Open a browser of its own for each notebook: nothing of the last one is left in it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))
        page = browser.new_page(viewport={"width": 1100, "height": 1400})
        page.set_default_timeout(60_000)
        yield page
        browser.close()
