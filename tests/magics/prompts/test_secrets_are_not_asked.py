"""Where only recordings are replayed, a variable in a prompt is no reason to ask a service for secrets."""

from __future__ import annotations

import pytest

from gemini_magic.errors import NotRecorded
from tests.support.shell import run


def test_a_prompt_that_is_replayed_asks_no_service(shell, on_colab, clean_environment, tmp_path):
    asked = on_colab({})
    shell.user_ns["name"] = "Ada"
    run(shell, f"%config GeminiMagics.cassette = {str(tmp_path / 'a.jsonl')!r}")
    run(shell, "%config GeminiMagics.cassette_mode = 'replay'")
    with pytest.raises(NotRecorded, match="Hello Ada"):
        shell.run_line_magic("gemini", "Hello {name}")
    assert asked == []
