"""Blocks: cut by the text alone, and each piece renders as it does in the whole."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gemini_magic.text.block_splitter import BLOCK_SIZE, BlockSplitter, split_blocks
from tests.support.markdown_pieces import MARKDOWN_PIECES, PARAGRAPH

RENDER = MarkdownIt("commonmark").enable("table").render


@settings(max_examples=1500, deadline=None)
@given(st.lists(MARKDOWN_PIECES, max_size=40))
def test_blocks_render_like_the_whole(pieces):
    text = "".join(pieces)
    blocks = split_blocks(text, 1)
    assert "".join(blocks) == text
    assert "".join(RENDER(block) for block in blocks) == RENDER(text)


@settings(max_examples=100, deadline=None)
@given(st.lists(MARKDOWN_PIECES, max_size=300), st.lists(st.integers(1, 2000), max_size=30))
def test_a_growing_text_is_cut_like_the_whole(pieces, steps):
    text = "".join(pieces) * 3
    splitter, end = BlockSplitter(), 0
    for step in steps:
        end += step
        frozen = splitter.split(text[:end])[:-1]
        assert split_blocks(text)[: len(frozen)] == frozen
    assert splitter.split(text) == split_blocks(text)


def test_blocks_are_small_at_first_and_grow_with_the_text():
    text = (PARAGRAPH + "\n") * 8000
    sizes = [len(block) for block in split_blocks(text)[:-1]]
    assert all(BLOCK_SIZE <= size < BLOCK_SIZE + 100 for size in sizes[:19])
    assert all(later > size - 100 for size, later in itertools.pairwise(sizes))
    assert 8000 <= sizes[-1] < 8100
    # JupyterLab shows 50 outputs of a cell unless our extension is there.
    assert len(split_blocks(text[:70_000])) < 50


def test_a_short_reply_is_one_block():
    assert split_blocks("a\n\nb\n\nc") == ["a\n\nb\n\nc"]
    assert split_blocks("") == [""]


@pytest.mark.parametrize("text", ["```\n" + "x\n\n" * 5000, "- a\n\n" * 5000, "> q\n" * 5000, "x" * 100_000])
def test_what_never_closes_is_never_cut(text):
    assert split_blocks(text) == [text]
