"""Tables: the same cells as HTML, Markdown and plain text."""

from __future__ import annotations

from gemini_magic.views.table import Amount, make_table


def test_a_table():
    bundle = make_table(
        ("name", "n", "cost"), [("a\x1b[31m\nb", 1234, Amount("$1.20")), ("c", None, Amount("$0.01"))]
    )
    assert bundle["text/plain"].splitlines() == [
        "name          n   cost",
        "a [31m b  1,234  $1.20",
        "c             ?  $0.01",
    ]
    assert '<td style="text-align: right">1,234</td>' in bundle["text/html"]
    assert '<td style="text-align: left">c</td>' in bundle["text/html"]
    assert bundle["text/markdown"].splitlines()[1] == "|---|---:|---:|"
