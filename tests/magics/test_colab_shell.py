"""Cells in Colab's shell, which lets a cell magic have no body."""

from __future__ import annotations

import pytest

from gemini_magic.errors import EmptyPrompt, OptionError
from tests.support.colab import without_empty_bodies
from tests.support.shell import run, texts


@pytest.fixture
def colab_shell(offline, monkeypatch):
    monkeypatch.setattr(offline, "run_cell_magic", without_empty_bodies(offline.run_cell_magic))
    return offline


def test_actions_need_no_body(colab_shell):
    asked = texts(run(colab_shell, "%%gemini --view final\nhello"))
    assert texts(run(colab_shell, "%%gemini --show --view final")) == asked
    assert run(colab_shell, "%%gemini --version").stdout.startswith("gemini-magic ")
    assert run(colab_shell, "%%gemini --debug").stdout == "no request has failed\n"


def test_a_prompt_that_is_missing_or_in_the_wrong_line_is_said(colab_shell):
    with pytest.raises(EmptyPrompt, match="write it below"):
        run(colab_shell, "%%gemini -q")
    with pytest.raises(OptionError, match="write the prompt in the lines below"):
        run(colab_shell, "%%gemini what is up")
