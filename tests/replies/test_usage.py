"""Token counts: what is unknown stays unknown."""

from __future__ import annotations

from gemini_magic.replies.usage import Usage


def test_unknown_counts_stay_unknown():
    assert Usage(prompt=1) + Usage(output=2) == Usage(prompt=1, output=2)
    assert not Usage()
    assert Usage(thoughts=5).generated == 5
