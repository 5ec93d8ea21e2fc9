"""Replies to measure with: made-up Markdown from a seed, in pieces that each carry a number."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PIECE", "MadeReply", "make_reply"]

PIECE = 40
"""Characters of a piece, about as many as a fast model sends in one event."""

_SEED = 4
_VOCABULARY = """
    attention weights measure which earlier tokens matter for the next one and every layer mixes their values
    again so that longer ranges become visible while gradients stay small enough to train without tricks when
    batches are large data is shuffled once before each epoch because order would leak into what models learn
"""
_WORDS = _VOCABULARY.split()

_PLAIN_WORD = re.compile(r"(?<= )[a-z]{3,}(?= )")


@dataclass(frozen=True)
class MadeReply:
    """A reply as the emulator streams it.

    Attributes
    ----------
    pieces
        About 40 characters each; joined they are the text.
    markers
        Numbers of the pieces that carry a marker: piece 12 has the word `w12` in it.
    """

    pieces: tuple[str, ...]
    markers: tuple[int, ...]

    @property
    def text(self) -> str:
        """The whole reply."""
        return "".join(self.pieces)


@cache
def make_reply(size: int) -> MadeReply:
    """Return a reply of about `size` characters, the same for the same size."""
    markdown = _write(random.Random(_SEED), size)
    pieces, markers = [], []
    for number, piece in enumerate(re.findall(rf"(?s).{{1,{PIECE - 4}}}\S*\s*", markdown)):
        marked = _PLAIN_WORD.sub(f"w{number}", piece, count=1)
        pieces.append(marked)
        if marked != piece:
            markers.append(number)
    pieces.append(f" The end is w{len(pieces)} here.\n")
    return MadeReply(tuple(pieces), (*markers, len(pieces) - 1))


def _write(chance: random.Random, size: int) -> str:
    blocks: list[str] = []
    length = 0
    while length < size:
        blocks.append(_next_block(chance, len(blocks)))
        length += len(blocks[-1]) + 2
    return "\n\n".join(blocks)[:size].rstrip("`*| \n")


def _next_block(chance: random.Random, number: int) -> str:
    if number % 6 == 0:
        return f"## {_phrase(chance, 4).capitalize()}"
    make: list[Callable[[random.Random], str]] = [_list, _table, _code]
    return chance.choice(make)(chance) if number % 6 == 4 else _paragraph(chance)


def _phrase(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(_WORDS, k=words))


def _sentence(chance: random.Random) -> str:
    words = chance.choices(_WORDS, k=chance.randint(8, 16))
    place = chance.randrange(len(words))
    words[place] = chance.choice(("**{}**", "`{}`", "{}", "{},")).format(words[place])
    return " ".join(words).capitalize() + "."


def _paragraph(chance: random.Random) -> str:
    size = chance.randint(200, 500)
    text = _sentence(chance)
    while len(text) < size:
        text += " " + _sentence(chance)
    return text


def _list(chance: random.Random) -> str:
    return "\n".join(f"- {_sentence(chance)}" for _ in range(chance.randint(3, 7)))


def _table(chance: random.Random) -> str:
    rows = [f"| {_phrase(chance, 2)} | {chance.random():.3f} | {_phrase(chance, 4)} |" for _ in range(5)]
    return "\n".join(["| model | score | remark |", "| --- | --- | --- |", *rows])


def _code(chance: random.Random) -> str:
    name, verb = chance.sample(_WORDS, 2)
    lines = [f"    {name}.append({n} * step)  # {_phrase(chance, 5)}" for n in range(6)]
    code = [f"def {verb}_{name}(step: float) -> list[float]:", f"    {name} = []", *lines]
    return "\n".join(["```python", *code, "```"])
