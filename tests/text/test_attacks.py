"""Hostile model text: nothing of it is harmful in any state of a reply, and the judge is strict."""

from __future__ import annotations

import pytest

from gemini_magic.replies import events as ev
from gemini_magic.replies.reply import Reply
from gemini_magic.text.bundles import make_bundle, make_html
from gemini_magic.text.inert import is_inert
from gemini_magic.text.rendering import Rendering
from gemini_magic.views.outputs import Look, Outputs
from tests.support.attacks import ATTACKS, attacks_at
from tests.support.harm import find_harm

pytestmark = pytest.mark.slow

HERE = attacks_at("http://127.0.0.1:9")
FILLER = "Some words of a paragraph that is there to be long.\n\n" * 32
STATES = 24


def harm_on_the_way(text, step=0):
    """What is wrong with any bundle that is drawn while `text` grows, and at its end."""
    reply, outputs = Reply("m"), Outputs(Look(Rendering(), quiet=True, thoughts=True))
    step = step or max(1, len(text) // STATES)
    for start in range(0, len(text), step):
        piece = text[start : start + step]
        reply.apply(ev.TextDelta(piece, {"text": piece}))
        yield from harm_in(outputs.of(reply))
    reply.apply(ev.ThoughtDelta(text, {"text": text, "thought": True}))
    reply.apply(ev.Ended("complete", None))
    yield from harm_in(outputs.of(reply))


def harm_in(outputs):
    for output in outputs:
        yield from find_harm(output.data)
        text = output.data.get("text/markdown")
        if text is not None and not is_inert(text):
            yield f"Markdown that is not inert: {text!r}"


@pytest.mark.parametrize("name", ATTACKS)
def test_no_state_of_a_growing_reply_is_harmful(name):
    assert list(harm_on_the_way(HERE[name])) == []


@pytest.mark.parametrize("name", ATTACKS)
def test_no_block_is_harmful(name):
    """The attack behind a block's end, and with ends between its own lines."""
    lines = HERE[name].split("\n")
    assert list(harm_on_the_way(f"{FILLER}{HERE[name]}", step=700)) == []
    for cut in range(1, min(len(lines), 8)):
        text = "\n".join(lines[:cut]) + f"\n\n{FILLER}" + "\n".join(lines[cut:]) + f"\n\n{FILLER}"
        assert list(harm_on_the_way(text, step=2000)) == []


@pytest.mark.parametrize("name", ATTACKS)
def test_a_reply_shown_as_a_value_is_harmless(name):
    reply = Reply("m")
    reply.apply(ev.TextDelta(HERE[name], {"text": HERE[name]}))
    assert find_harm(reply._repr_mimebundle_()) == []


@pytest.mark.parametrize("name", ATTACKS)
def test_what_comes_beside_the_text_is_harmless(name):
    reply, attack = Reply("m"), HERE[name]
    call = {"functionCall": {"name": attack, "args": {attack: attack}}}
    others = [{"inlineData": {"mimeType": attack, "data": "AA"}}, {attack: 1}]
    others += [
        {"executableCode": {"language": attack}},
        {"fileData": {"mimeType": attack, "fileUri": attack}},
    ]
    for part in (call, *others):
        reply.apply(ev.OtherPart(part))
    sources = {"groundingChunks": [{"web": {"title": attack}}]}
    reply.apply(ev.MetadataReport({}, {"groundingMetadata": sources}))
    reply.apply(ev.Ended("complete", None))
    drawn = Outputs(Look(Rendering(), quiet=True)).of(reply)
    assert list(harm_in(drawn)) == find_harm(reply._repr_mimebundle_()) == []


@pytest.mark.parametrize(
    "name", ["image", "image-srcset", "link-nested", "img-onerror", "math-attribute-image"]
)
def test_images_load_from_allowed_hosts_only(name):
    allowed = Rendering(remote_images=("127.0.0.1",))
    assert find_harm(make_bundle(HERE[name], allowed, {}), image_hosts="127[.]0[.]0[.]1") == []
    assert find_harm(make_bundle(HERE[name], Rendering(("example.org",)), {})) == []


@pytest.mark.parametrize("text", ["[x]()", "![x]()", "[x](<>)", "[x](javascript:1)", "[x]\n\n[x]: <>"])
def test_an_empty_link_does_not_lead_to_the_notebook(text):
    assert "href" not in make_html(text, Rendering())


def test_what_the_parser_stumbles_over_is_shown_as_it_is():
    html = make_html("example.org[http://ttp:// <b>\n$x$", Rendering())
    assert html.count("<br>") == 1
    assert "&lt;b&gt;" in html
    assert find_harm({"text/html": html}) == []


def test_code_is_coloured_where_that_cannot_take_long():
    def is_coloured(language, code):
        return "highlight" in make_html(f"```{language}\n{code}\n```", Rendering())

    assert all(is_coloured(language, "x = 1") for language in ("python", "C#", "ts", "yaml", "bash"))
    assert is_coloured("python", "x = 1\n" * 3000)
    assert not is_coloured("csharp", "a\n " * 3000)
    assert not is_coloured("basemake", "x")


@pytest.mark.parametrize(
    "text",
    [
        "[x]: javascript:1\n\n[x]",
        "<b>x</b>",
        "[x](javascript:1)",
        "[x](https://example.org/$x$)",
        "[x](https://example.org '\" onclick=1')",
        "x\r\r[x]: y",
        "a-@example.org",
        "![x](y)",
        "$\\href{x}{y}$",
        "```a b\n```",
        "\x1b",
    ],
)
def test_the_judge_of_markdown_is_strict(text):
    assert find_harm({"text/markdown": text}) != []


@pytest.mark.parametrize(
    "html",
    [
        "<script>",
        "<p onclick='x'>",
        "<a href='javascript:x' rel='noopener noreferrer'>",
        "<a href='http://x.y'>",
        "<img src='http://x.y'>",
        "<p>$x$</p>",
        "<!--x-->",
        "<span class='mathjax_process'>\\(\\href{x}{y}\\)</span>",
        "<div class='jp-Menu'>",
    ],
)
def test_the_judge_of_html_is_strict(html):
    assert find_harm({"text/html": html}) != []
