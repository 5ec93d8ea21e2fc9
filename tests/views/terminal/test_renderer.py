"""Model text as lines of a terminal: nothing drives it, nothing hides, and the work grows with the text."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gemini_magic.replies.reply import Reply
from gemini_magic.views.terminal.terminal import TerminalView
from tests.support.markdown_pieces import MARKDOWN_PIECES
from tests.support.pseudo_terminal import (
    COLOURS,
    ENDED,
    Clock,
    delta,
    deltas,
    draw,
    replay,
    thought,
    words,
)

pytestmark = pytest.mark.slow

MOVES = re.compile(r"\x1b\[\d*A|\r|\x1b\[J|\x1b\[\?7[lh]")

HOSTILE = {
    "escape sequences": "a\x1b[2Jb\x1b]0;title\x07c\x1b]8;;http://evil\x1b\\d\x9b2Je\x90f\x1bcg",
    "controls": "a\x00b\x07c\x08d\x0be\x0cf\x7fg\x85h\x9ci",
    "entities": "&#27;[2J &#x9b;2J &#13;&#10; &#x202E; &#7; &#0;",
    "bidi": "abc\u202edef\u202c \u2066x\u2069 \u2067y &#x2066;",
    "links": "[bank](http://evil/\u202ex) <http://x/a?b> ![p](http://evil) [a][1]\n\n[1]: http://r",
    "markup": "[bold]x[/bold] [link=http://evil]y[/link] [/] [red :smile:",
    "halves": "a\ud83d b\ude00 \udfff",
    "in code": "```\n\x1b[31mred\x1b]8;;http://evil\x07\r\n\x00\n```\n\n`\x1b[2J\u202e`\n",
    "in a language": "```\x1b]0;x\x07&#27;\u202e\nx\n```\n",
    "in tags": "<b>\x1b[2J&#27;c</b><br>\u202e<summary>\x07&#x9b;2J</summary><\x1bkbd>x</kbd>",
    "in math": "\\(\x1b[2J &#27;\\) $$\x9b2J\u202e$$\n\n\\[\n\x1b[2J\x00\n\\]",
    "in an image": "![\x1b[2J&#27;\u202e](http://x/\u202e&#27;) ![](http://\x1b[2J)",
    "in a table": "| \x1b[2J | \u202e |\n|---|---|\n| &#13; | \x00 |\n",
}


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1", "cp1252"])
@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_of_the_model_drives_the_terminal(name, live, encoding):
    text = HOSTILE[name]
    written = replay(
        [*deltas(text, 3), thought(text), *ENDED], live=live, encoding=encoding, thoughts=True
    ).written
    rest = COLOURS.sub("", written.replace("\r\n", "\n"))
    rest = MOVES.sub("", rest) if live else rest
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", rest)


def test_what_hides_is_shown():
    assert replay([*deltas("a\u202eb"), *ENDED]).lines[0] == "a\ufffdb"
    assert replay([*deltas("[bold]x[/bold] :smile:"), *ENDED]).lines[0] == "[bold]x[/bold] :smile:"
    link = replay([*deltas("[https://bank](http://evil.example/a)"), *ENDED]).lines[0]
    assert link == "https://bank (http://evil.example/a)"
    assert replay([*deltas("<p>x</p> <!-- x -->"), *ENDED]).lines[0] == "<p>x</p> <!-- x -->"
    assert replay([*deltas("See [a][1].\n\n[1]: http://r"), *ENDED]).lines[:3] == [
        "See [a][1].",
        "",
        "[1]: http://r",
    ]


def test_a_pair_of_halves_is_one_character():
    assert replay([delta("a\ud83d"), delta("\ude00b"), *ENDED]).lines[0] == "a😀b"


LONG = {
    "paragraphs": (words(50) + "\n\n") * 1500,
    "line": "x" * 1_000_000,
    "line of 100 KB": "x" * 100_000,
    "fence": "```python\n" + "x = 1  # one\n\n" * 20_000,
    "fence of 50 KB": "```python\n" + "x = 1  # one\n\n" * 4_000,
    "list": "- item\n" * 30_000,
}


@pytest.mark.parametrize("name", LONG)
def test_work_grows_with_the_text(name, monkeypatch):
    """A growing piece is drawn from its end alone, a finished one once, and a giant one as it came."""
    parsed = []
    parse = MarkdownIt.parse
    monkeypatch.setattr(MarkdownIt, "parse", lambda self, text: parsed.append(len(text)) or parse(self, text))
    text, draws = LONG[name], 15
    out = io.StringIO()
    view, reply = TerminalView(out, clock=Clock(9)), Reply("m")
    for event in deltas(text, len(text) // draws):
        reply.apply(event)
        view.show(reply)
    view.finish(reply)
    drawn_at_most = (draws + 2) * 5000
    assert sum(parsed) <= len(text) + drawn_at_most
    plain = MOVES.sub("", COLOURS.sub("", out.getvalue()))
    assert len(plain) <= 1.1 * len(text) + (draws + 2) * 24 * 81


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(MARKDOWN_PIECES, st.text(max_size=8), st.sampled_from(list(HOSTILE.values()))), max_size=25
    ),
    st.integers(1, 90),
)
def test_whatever_comes_is_rendered(pieces, columns):
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(columns))
        draw([*deltas("".join(pieces)), *ENDED], TerminalView(out, live=False, clock=Clock(9)))
    plain = COLOURS.sub("", out.getvalue())
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", plain)
    shown = set(re.findall("[a-z]", plain))
    assert set("".join(re.findall("paragraph|heading|nested|quote", "".join(pieces).lower()))) <= shown | set(
        "python"
    )
