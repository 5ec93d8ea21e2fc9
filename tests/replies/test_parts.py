"""Parts merged into one turn: no text, no signature and no unknown part is lost."""

from __future__ import annotations

import pytest
from google.genai import types
from hypothesis import given
from hypothesis import strategies as st

from gemini_magic.replies.parts import is_usable, make_sdk_part, merge_parts, visible_text
from tests.support.parts import text


def test_merging_keeps_what_is_more_than_text():
    signed = text("", thoughtSignature="c2ln")
    call = {"functionCall": {"name": "f"}}
    parts = [text("a"), text("b"), signed, text("c"), text("t", thought=True), text("u", thought=True), call]
    assert merge_parts(parts) == [text("ab"), signed, text("c"), text("tu", thought=True), call]


def test_a_part_that_holds_nothing_is_left_out():
    """The service refuses a content with an empty part."""
    assert merge_parts([{}, text(""), text("", thought=True), {"thought": True}]) == []
    assert merge_parts([text(""), text("a"), text("")]) == [text("a")]


plain = st.builds(text, st.text(max_size=3)) | st.builds(text, st.text(max_size=3), thought=st.just(True))
signed = st.builds(text, st.text(max_size=3), thoughtSignature=st.sampled_from(["YQ==", "Yg=="]))
unknown = st.just({"brandNew": {"x": [1]}})


@given(st.lists(plain | signed | unknown))
def test_merging_loses_no_text_no_signature_and_no_unknown_part(parts):
    merged = merge_parts(parts)
    assert visible_text(merged) == visible_text(parts)
    special = [part for part in parts if part.keys() - {"text", "thought"}]
    assert [part for part in merged if part.keys() - {"text", "thought"}] == special
    assert merge_parts(merged) == merged


def test_what_is_usable():
    assert [is_usable(part) for part in (text("a"), {"brandNew": 1}, text(""), text("t", thought=True))] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"text": "a", "brandNew": {"x": 1}}, types.Part(text="a")),
        ({"brandNew": {"x": 1}}, types.Part()),
        (
            {"functionCall": {"name": "f", "args": {"zzz": 1}, "zzz": 1}},
            types.Part(function_call=types.FunctionCall(name="f", args={"zzz": 1})),
        ),
        ({"functionCall": {"name": "f", "args": [1], "zzz": 1}, "text": "a"}, types.Part(text="a")),
        ({"executableCode": {"language": 99, "code": 5}, "text": "a"}, types.Part(text="a")),
        ({"toolCall": {"toolType": 7}}, types.Part()),
        ({"inlineData": 5, "zzz": 1, "thoughtSignature": "YQ=="}, types.Part(thought_signature=b"a")),
    ],
)
def test_the_sdks_object_lacks_what_the_sdk_cannot_read(part, expected):
    given = dict(part)
    assert make_sdk_part(part) == expected
    assert part == given
