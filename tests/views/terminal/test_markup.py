"""Math, images and tags in a terminal: nothing that a model wrote is lost."""

from __future__ import annotations

import io

import pytest
from rich.ansi import AnsiDecoder
from rich.style import Style

from gemini_magic.views.terminal.renderer import Renderer


def rendered(text, columns=80):
    return Renderer(io.StringIO(), forced=True).render(text, columns)


def plain(text, columns=80):
    return [line.plain for line in AnsiDecoder().decode("\n".join(rendered(text, columns)))]


MATH = [
    r"\(a_1 * b_1\) and \(a_2 * b_2\)",
    r"so $x^* = y_1 \\ z^*$ holds",
    r"\[ \int_0^1 x \, dx \]",
    "$$\nE = mc^2 \\\\\n_x_\n$$",
    r"\begin{cases} a & \text{if } b \\ c \end{cases}",
    "\\[\n\\frac{a}{b}\n\\]",
    r"**bold \(\{x\}\)** costs \$5",
]


@pytest.mark.parametrize("text", MATH)
def test_math_is_shown_as_it_was_written(text):
    shown = text.replace("**", "").replace(r"costs \$", "costs $")
    assert plain(text) == shown.split("\n")


def test_math_in_lists_quotes_and_tables():
    text = "- one \\(a_b\\)\n\n  $$\n  _c_\n  $$\n\n> \\[\n> _d_\n> \\]\n\n| x |\n|---|\n| $e_f * g_h$ |\n"
    shown = "\n".join(plain(text))
    for math in (r"\(a_b\)", "$$", "_c_", "\\[", "_d_", r"\]", "$e_f * g_h$"):
        assert math in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("![a *chart*](http://e/x.png)", "a *chart* (http://e/x.png)"),
        ('see ![](http://e/x.png "t")!', "see http://e/x.png!"),
        ("![alone]()", "alone"),
        ("[![logo](http://e/x.png)](http://e/)", "logo (http://e/x.png) (http://e/)"),
        ("![no](javascript:x)", "![no](javascript:x)"),
    ],
)
def test_an_image_is_its_description_and_its_address(text, shown):
    assert plain(text) == [shown]


TAGS = {
    "H<sub>2</sub>O is x<SUP>2</SUP>": [("H2O is x2", None)],
    "press <kbd>Ctrl</kbd>+<kbd>C</kbd>": [("Ctrl", "bold"), ("C", "bold")],
    "<b>one</b> <i>two</i> <u>three</u> <s>four</s>": [
        ("one", "bold"),
        ("two", "italic"),
        ("three", "underline"),
        ("four", "strike"),
    ],
    "a <mark>b *c*</mark> d": [("b ", "reverse"), ("c", "italic reverse"), ("d", None)],
    "**x <u>y</u>** z": [("x ", "bold"), ("y", "bold underline"), ("z", None)],
    "<details>\n<summary>More</summary>\n\nHidden.\n\n</details>": [("More", "bold"), ("Hidden.", None)],
}


@pytest.mark.parametrize("text", TAGS)
def test_plain_tags_are_drawn(text):
    lines = list(AnsiDecoder().decode("\n".join(rendered(text))))
    assert "<" not in "\n".join(line.plain for line in lines)
    for word, style in TAGS[text]:
        [line] = [line for line in lines if word in line.plain]
        start = line.plain.index(word)
        drawn = [str(span.style) for span in line.spans if span.start <= start < span.end]
        assert drawn == ([] if style is None else [str(Style.parse(style))])


@pytest.mark.parametrize("tag", ["<br>", "<br/>", "<br />", "<BR>", "<br>\n"])
def test_a_break_is_a_line_break(tag):
    assert plain(f"one{tag}two") == ["one", "two"]
    assert [cell.split() for cell in plain(f"| a | b |\n|---|---|\n| one{tag.strip()}two | x |\n")[2:4]] == [
        ["one", "x"],
        ["two"],
    ]


def test_a_summary_is_a_line_of_its_own():
    assert plain("<details><summary>More *x*</summary>\nText\n</details>") == ["More x", "", "Text"]
    assert plain("one\n\n<details>\n\ntwo\n\n</details>\n\nthree") == ["one", "", "two", "", "three"]


@pytest.mark.parametrize(
    "text",
    [
        '<b class="x">bold</b>',
        "<script>alert(1)</script>",
        '<a href="http://evil">x</a>',
        "use <b> for bold",
        "the element <details> opens",
        "a </u> b",
        "<br class=x> <brx> <bold>x</bold> < b>x</b>",
        "<img src=x onerror=y>",
        "<!-- b -->",
    ],
)
def test_other_tags_stay_text(text):
    assert plain(text) == [text]


def test_code_keeps_its_tags():
    assert plain("`<b>x</b><br>`") == ["<b>x</b><br>"]
    assert plain("```\n<b>x</b>\\(a\\)<br>\n```") == [r"<b>x</b>\(a\)<br>"]


def test_crossed_tags_end_where_they_can():
    assert plain("<b>one <i>two</b> three</i>") == ["one <i>two three</i>"]
    assert plain("**a <b>b** c</b>") == ["a <b>b c</b>"]
    assert plain("- </details>\n- <b></b>\n- x") != []
