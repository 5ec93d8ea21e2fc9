"""Makes docs/streaming.webp: a cell that streams, as a real JupyterLab in headless Chromium shows it.

The reply is a sample, written for the picture and sent by the offline emulator over loopback; no model is
asked. `make picture` runs it. It needs Chromium, and pillow (the extra `picture`),
which nothing else here uses.
"""

from __future__ import annotations

import io
import re
import tempfile
import time
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from PIL import Image
from tests.support.browser import launch, running_browser, running_lab, watch_notebook, write_notebook

from gemini_magic.emulator import Emulator, EmulatorServer, ScriptedReply

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = Path(__file__).parent / "streaming.webp"
PROMPT = "%%gemini\nWhat does softmax do? A formula, an example, then NumPy, please."
REPLY = r"""**Softmax** turns scores into positive numbers that add up to 1. Each score becomes a power of *e*
and is divided by the sum of them all:

$$\mathrm{softmax}(x)_i = \frac{e^{x_i}}{\sum_j e^{x_j}}$$

| score | power of e | share |
|------:|-----------:|------:|
|   2.0 |       7.39 |  66 % |
|   1.0 |       2.72 |  24 % |
|   0.1 |       1.11 |  10 % |

In NumPy, with the largest score taken off first, so that nothing overflows:

```python
def softmax(x):
    powers = np.exp(x - x.max())
    return powers / powers.sum()
```
"""
PAUSE_S = 0.035
REST_MS = 1800
"""For how long the last frame stays."""
EDGE = 4
"""Pixels above and below the cell."""
SETTLED = """() => {
    const prompts = [...document.querySelectorAll('.jp-InputArea-prompt')];
    return !prompts.some(prompt => prompt.innerText.includes('*'));
}"""
ALONE = """() => {
    jupyterapp.commands.execute('application:toggle-left-area');
    const style = document.createElement('style');
    // A frame around the cell that has the focus would look like a part of the reply.
    style.textContent = '.jp-Cell:focus-visible { box-shadow: none !important }';
    document.head.append(style);
}"""


class Frame(NamedTuple):
    """What the page showed, and when, in seconds."""

    image: Image.Image
    time: float


def take(page: Any) -> Frame:
    """Take one frame of the whole page."""
    return Frame(Image.open(io.BytesIO(page.screenshot())).convert("RGB"), time.monotonic())


@contextmanager
def open_page() -> Iterator[Any]:
    """Open a notebook whose kernel has the extension, and whose next prompt gets the sample."""
    script = [ScriptedReply(pieces=tuple(re.findall(r"\S+\s*", REPLY)), first_s=0.6, pause_s=PAUSE_S)]
    with tempfile.TemporaryDirectory() as name, EmulatorServer(Emulator(script)) as server:
        home = Path(name)
        folder = home / "work"
        folder.mkdir()
        write_notebook(folder, ["%load_ext gemini_magic", ""])
        variables = {"GOOGLE_GEMINI_BASE_URL": server.url, "GEMINI_API_KEY": "any"}
        exposed = "--LabApp.expose_app_in_browser=True"
        with running_lab(home, folder, exposed, **variables) as url, running_browser() as browser:
            page = launch(browser.browser_type).new_page(viewport={"width": 1000, "height": 900})
            watch_notebook(page, url)
            page.evaluate(ALONE)
            page.locator(".jp-CodeCell .cm-content").first.click()
            page.keyboard.press("Shift+Enter")
            page.get_by_text("[1]:").wait_for()
            yield page
            page.context.browser.close()


def film(page: Any) -> tuple[list[Frame], dict[str, float]]:
    """Write the prompt, run it, and take frames until the reply is complete; and where the cell is."""
    cell = page.locator(".jp-CodeCell").nth(1)
    cell.locator(".cm-content").click()
    frames = []
    for start in range(0, len(PROMPT), 6):
        page.keyboard.insert_text(PROMPT[start : start + 6])
        frames.append(take(page))
    page.keyboard.press("Control+Enter")
    frames.append(take(page))
    while not (page.evaluate(SETTLED) and cell.get_by_text("total").count()):
        frames.append(take(page))
    page.evaluate("settle()")
    frames.append(take(page))
    return frames, cell.bounding_box()


def write(frames: list[Frame], box: dict[str, float]) -> None:
    """Crop the frames to the cell and write them, each for as long as it was to be seen."""
    left, top = box["x"], box["y"] - EDGE
    area = tuple(map(round, (left, top, left + box["width"], box["y"] + box["height"] + EDGE)))
    kept: list[tuple[Image.Image, float]] = []
    for frame in frames:
        image = frame.image.crop(area)
        if not kept or image.tobytes() != kept[-1][0].tobytes():
            kept.append((image, frame.time))
    times = [moment for _, moment in kept]
    shown = [round(1000 * (after - before)) for before, after in pairwise(times)]
    first, *others = [image for image, _ in kept]
    durations = [*shown, REST_MS]
    first.save(FILE, save_all=True, append_images=others, duration=durations, loop=0, lossless=True, method=6)
    seconds = (sum(shown) + REST_MS) / 1000
    size = f"{first.width} x {first.height}, {FILE.stat().st_size / 1000:.0f} kB"
    print(f"{FILE.name}: {len(kept)} frames, {seconds:.1f} s, {size}")


if __name__ == "__main__":
    with open_page() as opened:
        filmed = film(opened)
    write(*filmed)
