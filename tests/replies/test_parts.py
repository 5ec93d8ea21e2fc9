"""Parts merged into one turn: no text and no signature is lost."""

from __future__ import annotations

from google.genai import types
from hypothesis import given
from hypothesis import strategies as st

from gemini_magic.replies.parts import merge_parts
from tests.support.parts import text


def test_merging_keeps_what_is_more_than_text():
    signed = text("", thought_signature=b"sig")
    call = types.Part(function_call=types.FunctionCall(name="f"))
    parts = [text("a"), text("b"), signed, text("c"), text("t", thought=True), text("u", thought=True), call]
    assert merge_parts(parts) == [text("ab"), signed, text("c"), text("tu", thought=True), call]
    assert merge_parts([text("")]) == [text("")]


plain = st.builds(text, st.text(max_size=3), thought=st.sampled_from([None, True]))
signed = st.builds(text, st.text(max_size=3), thought_signature=st.binary(min_size=1, max_size=2))


@given(st.lists(plain | signed))
def test_merging_loses_no_text_and_no_signature(parts):
    merged = merge_parts(parts)
    for thought in (None, True):
        assert "".join(p.text for p in merged if p.thought == thought) == "".join(
            p.text for p in parts if p.thought == thought
        )
    assert [p for p in merged if p.thought_signature] == [p for p in parts if p.thought_signature]
    assert merge_parts(merged) == merged
