"""API keys in a real kernel: where they come from, and that nothing shows them."""

from __future__ import annotations

import pytest

from tests.support.kernel import running_kernel
from tests.support.service import KEY

pytestmark = pytest.mark.slow


def test_the_key_is_in_no_message(kernel, server):
    for code in (
        "%xmode Verbose",
        "%%gemini\nhello",
        "%%gemini -m gemini-0\nhello",
        "%tb",
        "%config GeminiMagics",
    ):
        assert KEY not in repr(kernel.run(code, cell_id="c1").messages)
    kernel.run("import logging; logging.basicConfig(level=logging.DEBUG, force=True)")
    assert KEY not in repr(kernel.run("%%gemini\nhello", cell_id="c1").messages)


def test_both_keys_set_is_no_noise(server):
    with running_kernel(GOOGLE_API_KEY=KEY) as kernel:
        kernel.run("%load_ext gemini_magic")
        run = kernel.run("%%gemini\nhello")
        assert run.status == "ok"
        assert run.stream("stderr") == ""


def test_a_hidden_prompt_asks_for_the_key(server, monkeypatch):
    monkeypatch.delenv("GEMINI_API_KEY")
    with running_kernel() as kernel:
        kernel.run("%load_ext gemini_magic")
        asked = []

        def answer(message):
            if message["msg_type"] == "execute_input":
                request = kernel.client.get_stdin_msg(timeout=30)
                asked.append(request["content"])
                kernel.client.input(KEY)

        run = kernel.run("%%gemini\nhello", allow_stdin=True, on_message=answer)
        assert run.status == "ok"
        assert asked[0]["password"]
        assert KEY not in repr(run.messages)
        assert kernel.run("%%gemini\nagain").status == "ok"
