"""What may stay Markdown, which front ends without HTML math need for their math; and that it is harmless."""

from __future__ import annotations

import time

import pytest
from nbconvert.filters.markdown import markdown2html

from gemini_magic.text.bundles import make_bundle
from gemini_magic.text.inert import is_inert
from gemini_magic.text.normalize import normalize
from gemini_magic.text.rendering import Rendering
from tests.support.fuzz import FUZZ_FACTOR, FUZZ_SEED
from tests.support.harm import Inspector, find_harm
from tests.support.hostile_writer import Writer

ALIGNED = "$$\n\\begin{aligned}\na &= b \\\\\nc &= d\n\\end{aligned}\n$$"

ATTRIBUTES = {
    "a": {"href", "class"},
    "ol": {"start"},
    "th": {"style"},
    "td": {"style"},
    **{f"h{level}": {"id"} for level in range(1, 7)},
}


@pytest.mark.parametrize(
    "text",
    [
        "See [this](https://example.org/x) and $x^2$.",
        "See https://example.org/a, and $f'(x)$.",
        "[the area $A$](https://example.org/y) of $z$",
        "Use `np.dot` for $a \\cdot b$.",
        "```python\nx = 1\n```\n\n$$x$$",
        "1. Let $x$ be\n\n   ```sql\n   SELECT 1\n   ```\n\n2. [two](https://example.org)",
        "$x$ and a fence that grows\n\n```python\nx = 1",
        "$a < b$ and $b > c$",
        ALIGNED,
        "$$\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}$$",
    ],
)
def test_math_stays_markdown(text):
    text = normalize(text)
    assert make_bundle(text, Rendering(), {}) == {"text/markdown": text, "text/plain": text}
    assert find_harm({"text/markdown": text}) == []


@pytest.mark.parametrize(
    "text",
    [
        "$5 and [x](https://example.org) for $6",
        "$a [x](https://example.org) b$",
        "[x](https://example.org/$x$)",
        "https://example.org/$x$",
        "$x$https://example.org",
        "`$a` and `$b`",
        "`a $x$",
        "$x`y`$",
        "```\n$x$\n```",
        "~~~\nx\n~~~\n$x$",
        "$$ ![x](y) $$",
        "$$\n\n![x](y)$$",
        "$$ [x]: y $$",
        "$$\na\n\nb \\\\\n$$",
        "$a$$b$$c$",
        "$$a &lt; b$$",
        "$$\\href{x}{y}$$",
        "$$x \\\\\\href{x}{y}$$",
        "\\begin{aligned}x\\end{aligned}",
        "$$\\begin{document}x\\end{document}$$",
    ],
)
def test_what_is_not_plain_does_not(text):
    assert not is_inert(text)


@pytest.mark.parametrize(
    "text",
    [
        "[x $a](https://example.org) $b [x]($y)",
        "$![x](y)$z$",
        "$a$ [x](https://example.org/$b$)",
        "\\begin{a}[x](y)\\end{a}",
    ],
)
def test_the_judge_reads_math_in_every_way(text):
    assert find_harm({"text/markdown": text}) != []


@pytest.mark.parametrize(
    "piece",
    [
        "$",
        "$$",
        "$a",
        "$$a",
        "$ ",
        "`",
        "```\n",
        "``` \n$",
        "`a",
        "$$\\\\ ",
        "$$\\begin{aligned}",
        "$$ < ",
        "$a$",
    ],
)
def test_no_text_takes_long(piece):
    begun = time.process_time()
    is_inert((piece * 20_000)[:20_000])
    assert time.process_time() - begun < 0.5


@pytest.mark.fuzz
def test_random_markdown_is_harmless_in_nbconvert():
    """Its parser, mistune, reads links, code and math in ways of its own."""
    writer = Writer(FUZZ_SEED + 5)
    texts = [normalize(writer.write_inert()) for _ in range(800 * FUZZ_FACTOR)]
    seen = set()
    for text in [text for text in texts if "text/markdown" in make_bundle(text, Rendering(), {})]:
        inspector = Inspector()
        inspector.feed(markdown2html(text))
        for tag, attributes in inspector.seen:
            assert attributes.keys() <= ATTRIBUTES.get(tag, {"class"}), text
            assert (attributes.get("href") or "#").startswith(("#", "https://", "http://")), text
            seen.add(tag)
    assert {"a", "code", "p", "h1", "table"} <= seen
    assert "img" not in seen
