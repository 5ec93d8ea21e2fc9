"""Code blocks in a reply."""

from __future__ import annotations

import pytest

from gemini_magic.emulator import ScriptedReply
from gemini_magic.text.code_blocks import CodeBlock, find_code_blocks
from tests.support.asking import ask


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("no code", []),
        ("```python\nx = 1\n```\ntext\n~~~\nplain\n~~~", [("python", "x = 1\n"), ("", "plain\n")]),
        ("- item\n  ```js title=x\n  a\n    b\n  ```", [("js", "a\n  b\n")]),
        ("> ```sh\n> ls\n> ```", [("sh", "ls\n")]),
        ("````md\n```\ninner\n```\n````", [("md", "```\ninner\n```\n")]),
        ("```py\nunfinished", [("py", "unfinished")]),
        ("inline ```code``` only", []),
    ],
)
def test_code_blocks(text, blocks):
    assert find_code_blocks(text) == [CodeBlock(*block) for block in blocks]


def test_code_blocks_of_a_reply(session, server, emulator):
    emulator.script.append(ScriptedReply(pieces=("Here:\n\n```pyt", "hon\nprint(1)\n```\n")))
    assert ask(session).code_blocks == [CodeBlock("python", "print(1)\n")]
