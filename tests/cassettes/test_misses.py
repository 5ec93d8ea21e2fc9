"""What a miss says of the nearest recording."""

from __future__ import annotations

import pytest

from gemini_magic.cassettes.misses import compare_words, find_nearest
from gemini_magic.errors import NotRecorded
from tests.support.cassettes import call


def test_a_miss_among_many_long_prompts_is_explained(tape):
    words = [f"w{number % 97}" for number in range(3000)]
    calls = [call(" ".join([*words[:number], f"here{number}", *words[number:]])) for number in range(300)]
    asked = call(" ".join([*words[:40], "there", *words[40:]]))
    assert find_nearest(asked, calls) in calls
    assert "{+there+}" in compare_words(" ".join(words), asked.body["contents"][0]["parts"][0]["text"])
    assert find_nearest(asked, []) is None


def test_the_nearest_prompt_in_scripts_without_spaces(ask, server):
    ask("record", "请用三句话解释注意力机制。")
    ask("record", "法国的首都是哪里?", chat="b")
    with pytest.raises(NotRecorded, match="注意力机制"):
        ask("replay", "请用两句话解释注意力机制。")
