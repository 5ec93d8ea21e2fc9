"""Harmless tags of HTML, the direction of blocks, and texts nested deeply."""

from __future__ import annotations

import pytest

from gemini_magic.text.block_splitter import split_blocks
from gemini_magic.text.bundles import make_html
from gemini_magic.text.inert import is_inert
from gemini_magic.text.normalize import normalize
from gemini_magic.text.rendering import Rendering


def html_of(text):
    return make_html(normalize(text), Rendering()).strip()


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("H<sub>2</sub>O<br>x<BR/>y", "<p>H<sub>2</sub>O<br>\nx<br>\ny</p>"),
        (
            "<kbd>C</kbd> <b>a *b*</b> <mark>m</mark>",
            "<p><kbd>C</kbd> <b>a <em>b</em></b> <mark>m</mark></p>",
        ),
        ("<b>open", "<p>&lt;b&gt;open</p>"),
        ("**a <b>b** c</b>", "<p><strong>a &lt;b&gt;b</strong> c&lt;/b&gt;</p>"),
        ("<b><i>x</b></i>", "<p><b>&lt;i&gt;x</b>&lt;/i&gt;</p>"),
        ("<b onclick=1>x</b>", "<p>&lt;b onclick=1&gt;x&lt;/b&gt;</p>"),
        ("`<b>x</b>`", "<p><code>&lt;b&gt;x&lt;/b&gt;</code></p>"),
        ("<script>x</script>", "<p>&lt;script&gt;x&lt;/script&gt;</p>"),
    ],
)
def test_tags_of_text(text, html):
    assert html_of(text) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (
            "<details>\n<summary>S *s*</summary>\n\nx\n\n</details>\n\nafter",
            "<details>\n<summary>S <em>s</em></summary><p>x</p>\n</details>\n<p>after</p>",
        ),
        (
            "<details open>\n\n<summary>S</summary>\nx\n</details>",
            "<details open><summary>S</summary><p>x</p></details>",
        ),
        ("<details>\n```x```\n</details>\nafter", "<details><p><code>x</code></p></details><p>after</p>"),
        (
            "<details>\n```\n</details>\n```\nx\n</details>",
            "<details><pre><code>&lt;/details&gt;\n</code></pre><p>x</p></details>",
        ),
        ("<details>\nnever closed", "<details open><p>never closed</p></details>"),
        ("- a\n  <details>\n  x\n- b", "<ul><li>a<details open><p>x</p></details></li><li>b</li></ul>"),
        ("a </details>", "<p>a &lt;/details&gt;</p>"),
    ],
)
def test_folded_blocks(text, html):
    assert html_of(text).replace('open=""', "open").replace("\n", "") == html.replace("\n", "")


def test_a_folded_block_is_not_cut():
    text = normalize("before\n\n<details>\n\none\n\ntwo\n\n</details>\n\nafter\n")
    assert split_blocks(text, 1) == ["before\n\n", "<details>\n\none\n\ntwo\n\n</details>\n\n", "after\n"]


@pytest.mark.parametrize("opening", ["<details>\n", "- ", "> ", "1. "])
def test_nothing_that_is_nested_deeply_is_left_out(opening):
    for depth in (10, 49, 50, 99, 100, 150):
        assert "DEEP" in html_of(opening * depth + "DEEP")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("שלום", '<p dir="rtl" style="text-align:right">שלום</p>'),
        ("`code` שלום", '<p dir="rtl" style="text-align:right"><code>code</code> שלום</p>'),
        ("English שלום", "<p>English שלום</p>"),
        ("- א\n- b", '<ul dir="rtl">\n<li>א</li>\n<li dir="ltr">b</li>\n</ul>'),
    ],
)
def test_blocks_have_the_direction_of_their_first_letter(text, html):
    assert html_of(text) == html


def test_a_table_of_the_other_direction_stands_on_its_side():
    html = html_of("| א | b |\n|---|:-:|\n| 1 | ג |")
    assert html.startswith('<table dir="rtl" style="margin-left:auto">')
    assert html.count('<td style="text-align:right" align="right">1</td>') == 1
    assert html.count('<td style="text-align:center" align="center">ג</td>') == 1


@pytest.mark.parametrize(
    ("text", "is_native"),
    [
        ("see https://example.org/a_b?c=d#e, and [this](https://example.org/).", True),
        ("see https://example.org and $x$", True),
        ("see https://example.org and \\alpha", True),
        ("[x](https://example.org 'title')", False),
        ("[x](javascript:1)", False),
        ("https://user@example.org", False),
        ("<https://example.org>", False),
        ("```https://example.org\n```", False),
        ("http://a/" + "_" * 19_000 + "'", False),
    ],
)
def test_plain_links_stay_markdown(text, is_native):
    assert is_inert(normalize(text)) == is_native
