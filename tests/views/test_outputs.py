"""The outputs of a reply: links over blocks, headings, thoughts, the side that text begins on."""

from __future__ import annotations

import pytest

from gemini_magic.replies import events as ev
from gemini_magic.replies.reply import Reply
from gemini_magic.text.rendering import Rendering
from gemini_magic.turn import run_turn
from gemini_magic.views import Look
from gemini_magic.views.blocks import BlocksView
from gemini_magic.views.final import FinalView
from gemini_magic.views.outputs import Outputs
from tests.support.front import QUIET, Front, cut, delta, stream_into


def test_a_link_defined_below_reaches_the_blocks_above(front):
    text = (
        "See [the paper][p].\n\n" + "Filling words of a paragraph.\n\n" * 60 + "[p]: https://example.org/p\n"
    )
    stream_into(front, cut(text))
    first = next(iter(front.shown.values())).data
    assert '<a href="https://example.org/p" rel="noopener noreferrer">the paper</a>' in first["text/html"]
    assert len(front.shown) > 1


@pytest.mark.parametrize("toc", [True, False])
def test_headings_stay_out_of_the_contents(front, toc):
    text = "# One\n\n```python\n# a comment\n```\n\n## Two\n"
    stream_into(front, cut(text), Look(Rendering(toc=toc), quiet=True))
    [output] = front.shown.values()
    assert output.data["text/plain"] == text
    indented = text.replace("# One", " # One").replace("## Two", " ## Two")
    assert output.data["text/markdown"] == (text if toc else indented)


def test_thoughts_have_a_block_of_their_own(front):
    part = {"text": "**Hm** <b>", "thought": True}
    events = [ev.ThoughtDelta(part["text"], part), delta("So."), ev.FirstText(3.21)]
    events += [ev.Finished("STOP"), ev.Ended("complete", 4.0)]
    run_turn(events, Reply("m"), FinalView(front, Look(Rendering(), thoughts=True)))
    _usage, thoughts, text = front.shown.values()
    assert thoughts.data["text/plain"] == "Thought for 3.2 s\n\n> **Hm** <b>"
    assert thoughts.data["text/html"] == (
        '<details class="gemini-magic-thoughts"><summary><small>Thought for 3.2 s</small></summary>\n'
        "<blockquote>\n<p><strong>Hm</strong> &lt;b&gt;</p>\n</blockquote></details>"
    )
    assert text.data["text/plain"] == "So."


def test_no_thoughts_were_sent(front):
    look = Look(Rendering(), quiet=True, thoughts=True)
    run_turn(
        [delta("So."), ev.Finished("STOP"), ev.Ended("complete", 4.0)], Reply("m"), FinalView(front, look)
    )
    assert [output.data["text/plain"] for output in front.shown.values()] == ["No thoughts were sent", "So."]


CALL = {"functionCall": {"name": "look", "args": {"at": "<b>"}}}
DRAWN = {
    "text/html": "<small><p>function call <code>look(at='&lt;b&gt;')</code></p>\n</small>\n",
    "text/plain": "function call look(at='<b>')",
}


@pytest.mark.parametrize("text", ["", "I look.", "```\nopen"])
def test_what_came_beside_the_text_is_one_line_below_it(text):
    """Live and headless alike, and also where the usage line is left out."""
    events = [ev.OtherPart(CALL), delta(text), ev.Finished("STOP"), ev.Ended("complete", 1.0)]
    live, final = Front(), Front()
    run_turn(events, Reply("m"), BlocksView(live, QUIET))
    run_turn(events, Reply("m"), FinalView(final, QUIET))
    assert [output.data for output in live.shown.values()][-1] == DRAWN
    assert [output.data for output in final.shown.values()] == [o.data for o in live.shown.values()]
    assert len(final.shown) == 1 + bool(text)


def test_text_that_is_read_from_the_right_begins_there(front):
    stream_into(front, cut("# \u05e9\u05dc\u05d5\u05dd\n\n\u05de\u05d4?\n\n- \u05d0\n\nand back\n", 3))
    [output] = front.shown.values()
    html = output.data["text/html"]
    assert html.count('dir="rtl"') == 3
    assert '<p dir="rtl" style="text-align:right">' in html
    assert "<p>and back</p>" in html


def test_open_marks_wait_and_text_does_not():
    text = "A **bold** word, `code` and [a link](https://example.org).\n\n"
    text += "| a | b |\n|---|---|\n| 1 | 2 |\n\n**open\nend"
    reply, outputs = Reply("m"), Outputs(Look(Rendering(), quiet=True))
    drawn = []
    for character in text:
        reply.apply(delta(character))
        drawn += [output.data["text/markdown"] for output in outputs.of(reply)]
    assert reply.text == text
    flashes = ("**bol", "**bold*", "`cod", "[a li", "](https://exa", "| a | b |", "|---", "**open")
    assert not [text for text in drawn if text.endswith(flashes)]
    assert drawn[-1].endswith("**open\nend")


def test_what_is_drawn_stays_drawn():
    reply, outputs, before = Reply("m"), Outputs(Look(Rendering(), quiet=True)), ""
    for character in "`` ``**_b1. ```` more *of* it":
        reply.apply(delta(character))
        drawn = "".join(output.data.get("text/markdown", "") for output in outputs.of(reply))
        assert drawn.startswith(before)
        before = drawn
