"""A variable in a prompt is no reason to ask a service for secrets."""

from __future__ import annotations

import pytest

from gemini_magic.errors import NotInserted, NotRecorded
from tests.support.service import KEY
from tests.support.shell import run


def test_a_prompt_that_is_replayed_asks_no_service(shell, on_colab, clean_environment, tmp_path):
    asked = on_colab({})
    shell.user_ns["name"] = "Ada"
    run(shell, f"%config GeminiMagics.cassette = {str(tmp_path / 'a.jsonl')!r}")
    run(shell, "%config GeminiMagics.cassette_mode = 'replay'")
    with pytest.raises(NotRecorded, match="Hello Ada"):
        shell.run_line_magic("gemini", "Hello {name}")
    assert asked == []


def test_a_prompt_that_is_sent_asks_once_and_its_key_is_known_from_then_on(
    shell, on_colab, server, monkeypatch
):
    monkeypatch.delenv("GEMINI_API_KEY")
    asked = on_colab({"GOOGLE_API_KEY": KEY})
    shell.user_ns |= {"name": "Ada", "key": KEY}
    run(shell, "%gemini --view none Hello {name}")
    assert asked == ["GOOGLE_API_KEY"]
    with pytest.raises(NotInserted, match="it holds an API key"):
        shell.run_line_magic("gemini", "Hello {key}")
    assert asked == ["GOOGLE_API_KEY"]
