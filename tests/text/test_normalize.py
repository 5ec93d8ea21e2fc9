"""Normal text: made once, before blocks are cut, so that blocks and the whole are read alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_magic.replies import events as ev
from gemini_magic.replies.decoding import decode_part
from gemini_magic.replies.reply import Reply
from gemini_magic.text.block_splitter import split_blocks
from gemini_magic.text.bundles import make_html, may_refer
from gemini_magic.text.html.render import collect_references, render_html
from gemini_magic.text.inert import is_inert
from gemini_magic.text.normalize import Normalizer, normalize
from gemini_magic.text.rendering import Rendering
from gemini_magic.views.outputs import Look, Outputs

ODD = "\r\n\x00\x0b\x0c\x1b\x1c\x7f\x85\x9f\u2028\u2029\u202e\u2066\ufeff\ud83d\ude00\ud800 \t\u00a0\u3000ab"


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\x0bb\x0cc\x85d\u2028e\u2029f", "a b c d e f"),
        ("\x00\x1b[31m\x7f\x9b", "\ufffd\ufffd[31m\ufffd\ufffd"),
        ("pay \u202eeur\u2066 \ufeff", "pay \ufffdeur\ufffd \ufffd"),
        ("\ud83d\ude00 \ud800", "\N{GRINNING FACE} \ufffd"),
        ("\ttab, no-break\u00a0space, é 🐍", "\ttab, no-break\u00a0space, é 🐍"),
    ],
)
def test_normal_text(text, normal):
    assert normalize(text) == normal


@given(st.text(st.sampled_from(ODD), max_size=40))
def test_it_is_normal_already(text):
    normal = normalize(text)
    assert normalize(normal) == normal
    assert normal.splitlines() == normal.removesuffix("\n").split("\n") or not normal


@given(st.lists(st.text(st.sampled_from(ODD), max_size=5), max_size=20))
def test_a_growing_text_is_normalized_like_the_whole(pieces):
    normalizer, text, before = Normalizer(), "", ""
    for piece in pieces:
        text += piece
        now = normalizer.normalize(text, ended=False)
        assert now.startswith(before)
        before = now
    assert normalizer.normalize(text, ended=True) == normalize(text)


def test_a_shorter_text_begins_anew():
    normalizer = Normalizer()
    normalizer.normalize("a thought that failed", ended=False)
    assert normalizer.normalize("next\r\n", ended=False) == "next\n"


LINK = "[x]: https://example.org/\u202egnp.exe"
"""One path percent-encoded the character, the other replaced it."""


def blocks_and_whole(text):
    """The HTML of the blocks of a text, and of the whole."""
    normal = normalize(text)
    blocks, references = split_blocks(normal, 1), {}
    for block in blocks:
        references = collect_references(block, references)
    return "".join(render_html(block, Rendering(), references) for block in blocks), render_html(
        normal, Rendering(), {}
    )


@pytest.mark.parametrize(
    "text",
    [
        f"See [x].\n\nMore.\n\n{LINK}\n",
        "Words\n\u00a0\nmore words of one paragraph.\n",
        "a\n\u2028\nb\n",
        "a\n\x0c\nb\n",
    ],
)
def test_blocks_are_the_whole(text):
    blocks, whole = blocks_and_whole(text)
    assert blocks == whole


def test_the_target_of_a_link_shows_what_hides():
    html = make_html(normalize(f"[x]\n\n{LINK}"), Rendering())
    assert 'href="https://example.org/%EF%BF%BDgnp.exe"' in html


@pytest.mark.parametrize("entity", ["&#x202E;", "&#8238;", "&#xFEFF;"])
def test_entities_hide_nothing(entity):
    assert "\ufffd" in make_html(normalize(f"pay {entity}ruo"), Rendering())


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("> [two\n> words]", "TWO WORDS"),
        ("[\u0131]", "I"),
        ("[Stra\u00dfe]", "STRASSE"),
        ("- [a\n  b]", "A B"),
    ],
)
def test_a_block_that_may_refer_is_found_whatever_its_lines_and_letters(text, label):
    assert may_refer(normalize(text), [label])


def test_views_draw_normal_text_and_the_reply_keeps_what_came():

    text = "one\r\ntwo \u202e\x1b\n\n" + "# three\r\n"
    reply = Reply("m")
    for piece in (text[:4], text[4:]):
        reply.apply(decode_part({"text": piece}))
    outputs = Outputs(Look(Rendering(), quiet=True))
    outputs.of(reply)
    reply.apply(ev.Ended("complete", None))
    assert reply.text == text
    assert "".join(output.data["text/plain"] for output in outputs.of(reply)) == normalize(text)
    bundle = reply._repr_mimebundle_()
    assert is_inert(next(iter(bundle.values()))) or "\u202e" not in bundle["text/html"]
