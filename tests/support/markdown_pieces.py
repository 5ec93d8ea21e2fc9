"""Pieces of Markdown, of which random texts are made."""

from __future__ import annotations

from hypothesis import strategies as st

PARAGRAPH = "Some words of a paragraph, **bold** and `code`.\n"

MARKDOWN_PIECES = st.sampled_from(
    [
        PARAGRAPH,
        "# Heading\n",
        "\n",
        "\n\n",
        "- item\n",
        "- item\n\n  more of the item\n",
        "  - nested\n",
        "1. one\n",
        "2) two\n",
        "   ```\n   code in a list\n\n   still\n   ```\n",
        "```python\nx = 1\n\n\ny = 2\n```\n",
        "~~~\n```\n\nnot closed\n~~~\n",
        "````md\n```\n\n```\n````\n",
        "```\n",
        "- ```\n  code\n",
        "> quote\n",
        "> ```\n> code\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
        "    indented code\n",
        "    \n",
        "<!-- a comment\n\nthat goes on -->\n",
        "<pre>\n\nx</pre>\n",
        "<div>\n",
        "<b>bold</b> text\n",
        "      ```\n      deep\n      ```\n",
        "***\n",
        "- - -\n",
        "Title\n===\n",
        "lazy line\n",
        "* star\n",
        "+ plus\n",
        "\ttab\n",
        "$$\nx\n\ny\n$$\n",
        "no newline",
        "\r\n",
    ]
)
