"""The fenced code blocks in a text of the model."""

from __future__ import annotations

from dataclasses import dataclass

from gemini_magic.text.time_limit import TookTooLong, run_in_time

__all__ = ["CodeBlock", "find_code_blocks"]


@dataclass(frozen=True)
class CodeBlock:
    """One fenced block.

    Attributes
    ----------
    language
        The first word behind the fence, as it stands there; empty where there is none.
    code
        What is between the fences, without the indentation or quote marks of what the block stands in.
    """

    language: str
    code: str


def find_code_blocks(text: str) -> list[CodeBlock]:
    """Return the fenced code blocks of `text` in order; one that is not closed goes up to the end."""
    if "```" not in text and "~~~" not in text:
        return []
    from markdown_it import MarkdownIt

    # Only blocks are parsed: inline text does not matter here, and some of it takes long.
    parser = MarkdownIt("commonmark").disable(["inline", "text_join"])
    try:
        tokens = run_in_time(lambda: parser.parse(text), text)
    except TookTooLong:
        return []
    fences = (token for token in tokens if token.type == "fence")
    return [CodeBlock((token.info.split() or [""])[0], token.content) for token in fences]
