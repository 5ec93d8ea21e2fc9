"""Random text of attacks and ordinary Markdown: always safe, and blocks look like the whole.

The seed is fixed; `make fuzz` draws a new one, prints it, and tries more texts.
"""

from __future__ import annotations

import itertools
import json
import random
import re
from pathlib import Path

import pytest

from gemini_magic.replies import events as ev
from gemini_magic.replies.reply import Reply
from gemini_magic.text import block_splitter
from gemini_magic.text.block_splitter import split_blocks
from gemini_magic.text.bundles import make_bundle
from gemini_magic.text.html.render import collect_references, render_html
from gemini_magic.text.inert import is_inert
from gemini_magic.text.normalize import normalize
from gemini_magic.text.rendering import Rendering
from gemini_magic.views.outputs import Look, Outputs
from tests.support import browser
from tests.support.attacks import ATTACKS
from tests.support.fuzz import FUZZ_FACTOR, FUZZ_SEED
from tests.support.harm import find_harm
from tests.support.hostile_writer import Writer, write_texts

RECORDED = Path(__file__).parents[3] / "shared" / "real_replies" / "streams.jsonl"
IGNORED = re.compile(r' class="mathjax_ignore tex2jax_ignore"| mathjax_ignore tex2jax_ignore')

pytestmark = pytest.mark.fuzz


def render(text, references):
    """The HTML, without what tells MathJax to leave text alone: not all blocks of a text have it."""
    return IGNORED.sub("", render_html(text, Rendering(), references))


def assert_blocks_are_the_whole(text):
    blocks, references = split_blocks(text, 1), {}
    for block in blocks:
        references = collect_references(block, references)
    assert "".join(render(block, references) for block in blocks) == render(text, {}), repr(text)


def test_random_html_has_only_what_is_allowed():
    for text in write_texts(3000 * FUZZ_FACTOR, FUZZ_SEED):
        html = render_html(normalize(text), Rendering(), {})
        assert find_harm({"text/html": html}) == [], repr(text)


def test_random_markdown_is_inert():
    writer = Writer(FUZZ_SEED + 1)
    for text in [write() for _ in range(1500 * FUZZ_FACTOR) for write in (writer.write, writer.write_inert)]:
        bundle = make_bundle(normalize(text), Rendering(), {})
        assert ("text/markdown" in bundle) <= is_inert(normalize(text))
        assert find_harm(bundle) == [], repr(text)


def test_random_blocks_look_like_the_whole():
    for text in write_texts(3000 * FUZZ_FACTOR, FUZZ_SEED + 2):
        assert_blocks_are_the_whole(normalize(text))


def draw(beginnings):
    """The outputs of a reply that has grown through these beginnings of its text."""
    reply, outputs = Reply("m"), Outputs(Look(Rendering(), quiet=True))
    for before, text in itertools.pairwise(["", *beginnings]):
        piece = text[len(before) :]
        reply.apply(ev.TextDelta(piece, {"text": piece}))
        outputs.of(reply)
    reply.apply(ev.Ended("complete", None))
    return outputs.of(reply)


def test_a_random_text_that_grows_is_drawn_like_the_whole(monkeypatch):
    monkeypatch.setattr(block_splitter, "BLOCK_SIZE", 1)
    chance = random.Random(FUZZ_SEED + 4)
    for text in write_texts(500 * FUZZ_FACTOR, FUZZ_SEED + 4):
        ends = sorted({*(chance.randint(1, len(text)) for _ in range(8)), len(text)})
        assert draw([text[:end] for end in ends]) == draw([text]), repr(text)


# What is nested too deeply is drawn as plain text: all of it in one, and only its own block in the other.
@pytest.mark.parametrize("name", sorted(ATTACKS.keys() - {"nested-quotes"}))
def test_attacks_in_blocks_look_like_the_whole(name):
    text = normalize(ATTACKS[name])
    assert_blocks_are_the_whole(f"Words.\n\n{text}\n\nMore words.\n\n{text}")


@pytest.mark.skipif(not RECORDED.exists(), reason=f"no recorded replies at {RECORDED.name}")
def test_recorded_replies_in_blocks_look_like_the_whole():
    rows = [json.loads(line) for line in RECORDED.read_text().splitlines()]
    assert rows
    for row in rows:
        found = re.findall(r"^data: (\{.*\})\s*$", row["body"], re.MULTILINE)
        candidates = [c for event in map(json.loads, found) for c in event.get("candidates", [])]
        parts = [part for c in candidates for part in (c.get("content") or {}).get("parts", [])]
        text = normalize("".join(part.get("text", "") for part in parts))
        assert_blocks_are_the_whole(text)
        for block in split_blocks(text):
            assert find_harm(make_bundle(block, Rendering(), {})) == [], row["id"]


DRAW = r"""async bundles => {
  const { rendermime } = jupyterapp.shell.currentWidget.content;
  const place = document.createElement('div');
  document.body.append(place);
  const found = [];
  for (const data of bundles) {
    const [mime] = Object.keys(data);
    const renderer = rendermime.createRenderer(mime);
    await renderer.renderModel({ data, metadata: {}, trusted: true, setData() {} });
    place.append(renderer.node);
    // What has no dollar and no backslash is left alone anyway.
    if (/[$\\]/.test(data[mime])) await rendermime.latexTypesetter.typeset(place);
    found.push([...window.findHarm(renderer.node), ...(window.pwned ? ['a script ran'] : [])]);
    renderer.dispose();
    place.replaceChildren();
  }
  place.remove();
  return found;
}"""


@browser.needed
def test_random_bundles_are_harmless_in_jupyterlab(tmp_path):
    """JupyterLab's own rendering of what it is given: Markdown unsanitized, then MathJax."""
    (folder := tmp_path / "work").mkdir()
    browser.write_notebook(folder, [""])
    option = "--LabApp.expose_app_in_browser=True"
    writer = Writer(FUZZ_SEED + 3)
    texts = [writer.write() if n % 3 else writer.write_inert() for n in range(600 * FUZZ_FACTOR)]
    with browser.running_lab(tmp_path, folder, option) as url, browser.running_browser() as chromium:
        page = browser.new_page(chromium)
        browser.watch_notebook(page, url)
        (control,) = page.evaluate(DRAW, [{"text/markdown": "[x]: javascript:1\n\n[x]"}])
        assert control
        for start in range(0, len(texts), 300):
            batch = texts[start : start + 500]
            bundles = [make_bundle(normalize(text), Rendering(), {}) for text in batch]
            for text, found in zip(batch, page.evaluate(DRAW, bundles), strict=True):
                assert found == [], repr(text)
        assert page.evaluate("harm") == []
