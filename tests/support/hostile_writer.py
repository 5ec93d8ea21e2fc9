"""Random texts of attacks and ordinary Markdown, the same for the same seed."""

from __future__ import annotations

import random

from gemini_magic.text.inert import is_inert
from tests.support.attacks import attacks_at

CHARACTERS = [*"$[]()<>&\\\"'`!:#-*_~|=@{}%^.,/+0123abx \n\n  \t", "\r", "\r\n", "\n\n", "\n\n\n"]
FRAGMENTS = [
    *("http://", "https://example.org", "javascript:", "data:", "//", "www.", "mailto:", "x@example.org"),
    *(
        "https://a.b/c?d=e#f",
        "[x](https://example.org/a)",
        "](https://example.org/",
        "http://a.b:80/~c ",
        "<https://a.b>",
    ),
    *(
        "](",
        "![",
        "[x]",
        "[x]: ",
        "[x]:\n",
        "[x](",
        "<img src=x onerror=1>",
        "<script>",
        "</p>",
        "<!--",
        "-->",
    ),
    *("$$", "$x$", "$1 and $2", "\\(", "\\)", "\\[", "\\]", "\\begin{align}", "\\end{align}", "\\\\", "\\$"),
    *(
        "\\href{javascript:1}{x}",
        "\\hr",
        "ef{x}{y}",
        "\\style{color:red}{x}",
        "\\frac{1}{2}",
        "@@0@@",
        "@@1@@",
    ),
    *("&lt;", "&#36;", "&dollar;", "&bsol;", "&colon;", "&NewLine;", "&#x6A;", "&amp;", "&quot;"),
    *(
        "```",
        "~~~",
        "```python\n",
        "```mermaid\n",
        "```\n",
        "`",
        "``",
        "\n    ",
        "\n> ",
        "\n- ",
        "\n1. ",
        "\n# ",
    ),
    *("- [ ] ", "\n| a | b |\n|---|---|\n| ", " | ", "\n---\n", "\n===\n", "**", "__", "~~", "***", "  \n"),
    *(" onerror=1 ", '" onfocus="', "data-commandlinker-command=x", "\u202e", "\u200b", "\x00", "\u2028"),
    *("\x0b", "\x0c", "\x1b[1m", "\x1c", "\x85", "\u2029", "\ufeff", "\ud83d", "\u00a0", "\n\u3000\n"),
    *(
        "[x]: https://example.org/a\u202eb\n",
        "\n[\u0130]: /y\n",
        "[i\u0307]",
        "\u0663. ",
        "> [a\n> b]",
        "[a b]: /z\n",
    ),
    *(
        "<details>\n",
        "\n<details><summary>a *b*</summary>\n\n",
        "\n</details>\n",
        "  </details>",
        "<summary>",
    ),
    *("<b>", "</b>", "<BR/>", "<sub>", "</sub>", "<kbd >", "</kbd>", "<mark>", "</i>", "\n\n\u05d0\u05d1 "),
    *(
        "$f'(x)$ ",
        "$a < b$",
        "$$\\begin{aligned}\n",
        "\\end{aligned}$$\n",
        " &= ",
        " \\\\ ",
        "$`x`$",
        "`x` $y$",
    ),
    *(
        "[x](https://a.b) ",
        "[$x$](https://a.b/c) ",
        " https://a.b/c ",
        "\n```py\nx\n```\n",
        "$",
        "$$",
        " $",
        "$ ",
    ),
    *("Some words, ", "a paragraph.\n\n", "**bold** ", "*em* ", "`code` ", "word ", "\n\nWords ", "line\n"),
]


class Writer:
    """Writes the texts of one seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._attacks = [text for text in attacks_at("http://127.0.0.1:9").values() if len(text) < 600]

    def write(self) -> str:
        """Return a text of up to 40 pieces, most of them short."""
        return "".join(self._piece() for _ in range(self._random.randint(1, 40)))

    def write_inert(self) -> str:
        """Return a text that is taken for inert, grown by few pieces at a time."""
        text = ""
        for _ in range(self._random.randint(10, 60)):
            # One half of math alone is not inert.
            grown = text + "".join(self._piece() for _ in range(self._random.choice((1, 1, 3, 5))))
            text = grown if is_inert(grown) else text
        return text

    def _piece(self) -> str:
        kind = self._random.random()
        if kind < 0.45:
            return self._random.choice(CHARACTERS)
        if kind < 0.95:
            return self._random.choice(FRAGMENTS)
        attack = self._random.choice(self._attacks)
        start = self._random.randrange(len(attack))
        return attack[start : start + self._random.randint(1, 60)]


def write_texts(count: int, seed: int) -> list[str]:
    writer = Writer(seed)
    return [writer.write() for _ in range(count)]
