"""Tables: the same cells as HTML, Markdown and plain text."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from gemini_magic.views.table import Amount, Excerpt, make_table


def test_a_table():
    bundle = make_table(
        ("name", "n", "cost"), [("a\x1b[31m\nb", 1234, Amount("$1.20")), ("c", None, Amount("$0.01"))]
    )
    assert bundle["text/plain"].splitlines() == [
        "name          n   cost",
        "a [31m b  1,234  $1.20",
        "c             ?  $0.01",
    ]
    assert '<td style="text-align: right" align="right">1,234</td>' in bundle["text/html"]
    assert '<td style="text-align: left" align="left">c</td>' in bundle["text/html"]
    assert bundle["text/markdown"].splitlines()[1] == "|---|---:|---:|"


HEADER = ("", "name", "tokens in", "est. cost", "prompt")


def plain(*rows, room=80):
    return make_table(HEADER, rows, room)["text/plain"].splitlines()


def test_excerpts_are_cut_to_what_fits():
    lines = plain(("chat", "main", 1, Amount("$1"), Excerpt("word " * 20)))
    assert lines == [
        "      name  tokens in  est. cost  prompt",
        "chat  main          1         $1  word word word word word word word word word…",
    ]


def test_then_headers_are_wrapped_and_gaps_narrowed():
    row = ("chat", "main", 1, Amount("$1"), Excerpt("a prompt of many words"))
    assert plain(row, room=44) == [
        "            tokens  est.",
        "      name      in  cost  prompt",
        "chat  main       1    $1  a prompt of many…",
    ]
    assert plain(row, room=40) == [
        "          tokens est.",
        "     name     in cost prompt",
        "chat main      1   $1 a prompt of many…",
    ]


def test_then_rows_are_folded():
    row = ("chat", "a-long-name-of-a-chat", 1234, Amount("$0.0012"), Excerpt("a prompt"))
    assert plain(row, room=44) == [
        "      name                   tokens in",
        "    est. cost  prompt",
        "chat  a-long-name-of-a-chat      1,234",
        "      $0.0012  a prompt",
    ]


@pytest.mark.parametrize("room", [20, 40, 80, 200])
@pytest.mark.parametrize("name", ["main", "学习" * 20, "x" * 150])
def test_no_line_is_wider_than_the_screen(room, name):
    """Wide characters take two columns; a name is cut only where a line is too short for it."""
    lines = plain(("chat", name, 123456, Amount("$12.3456"), Excerpt("学习" * 30)), room=room)
    assert max(map(cell_len, lines)) <= room
    assert (name in " ".join(lines)) == (cell_len(name) < room - 4)
