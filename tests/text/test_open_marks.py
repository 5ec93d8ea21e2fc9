"""Marks that are not closed yet wait; text never does for longer than its line."""

from __future__ import annotations

import random

import pytest

from gemini_magic.text.normalize import NormalText
from gemini_magic.text.open_marks import hold_back


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("a **bol", "a "),
        ("a **bold*", "a "),
        ("a **bold** b", "a **bold** b"),
        ("a ***", "a "),
        ("a *b **c** d", "a "),
        ("a **b *c* d** e", "a **b *c* d** e"),
        ("a ~~str", "a "),
        ("a `co", "a "),
        ("a ``c ` d", "a "),
        ("a `c` b", "a `c` b"),
        ("snake_case and 2 * 3", "snake_case and 2 * 3"),
        ("_emph", ""),
        ("[link](htt", ""),
        ("see [link", "see "),
        ("see [link]", "see "),
        ("see [link](http://a.b/(c)) on", "see [link](http://a.b/(c)) on"),
        ("an item[0] of it", "an item[0] of it"),
        ("an ![image](", "an "),
        ("$$\\frac", ""),
        ("so\n\n$$\n\\frac{1}{2", "so\n\n"),
        ("$$\nx\n$$\nand", "$$\nx\n$$\nand"),
        ("$$\nx\n\nand", "$$\nx\n\nand"),
        ("with $x^", "with "),
        ("with $x$ and", "with $x$ and"),
        ("costs $5 and 3$ more", "costs $5 and 3$ more"),
        ("with \\(x", "with "),
        ("with \\(x\\) and \\*", "with \\(x\\) and \\*"),
        ("a <br", "a "),
        ("a < b", "a < b"),
        ("a &am", "a "),
        ("AT&T is", "AT&T is"),
        ("text\n-", "text\n"),
        ("text\n==", "text\n"),
        ("text\n##", "text\n"),
        ("text\n``", "text\n"),
        ("text\n```pyth", "text\n"),
        ("text\n12", "text\n"),
        ("- item", "- item"),
        ("## Head", "## Head"),
        ("text\n\n| a | b |", "text\n\n"),
        ("text\n\n| a | b |\n", "text\n\n"),
        ("text\n\n| a | b |\n|--", "text\n\n"),
        ("| a | b |\n|---|---|\n| 1", "| a | b |\n|---|---|\n| 1"),
        ("| a | b |\n|---|---|\n| **1", "| a | b |\n|---|---|\n| "),
        ("| a | b |\nno table", "| a | b |\nno table"),
        ("**open\nnext", "**open\nnext"),
    ],
)
def test_what_is_drawn_while_a_text_grows(text, drawn):
    assert hold_back(NormalText(text)) == drawn


def test_a_long_wait_ends():
    text = NormalText("**" + "word " * 100)
    assert hold_back(text) == text
    assert hold_back(NormalText("a **" + "word " * 20)) == "a "


def test_marks_of_endless_lines_are_not_looked_for():
    text = NormalText("*a " * 30_000)
    assert hold_back(text) == text


def test_whatever_grows_the_drawing_only_grows_and_a_line_end_frees_all():
    chance = random.Random(7)
    pieces = [
        *"*_`~[]()$|!<&\\#->\n 1a",
        "**",
        "$$",
        "```",
        "words ",
        "| a |\n",
        "|--|\n",
        "\n\n",
        "](http://a.b)",
    ]
    for _ in range(2000):
        text = "".join(chance.choices(pieces, k=chance.randint(1, 25)))
        drawn = hold_back(NormalText(text))
        assert text.startswith(drawn)
        assert hold_back(NormalText(f"{text}\n\nA.")) == f"{text}\n\nA."
