"""The hidden prompt: who is asked for a key, and what they are told."""

from __future__ import annotations

import pytest

from gemini_magic.runtime.keys.found import Refusal, Why
from gemini_magic.runtime.keys.hidden_prompt import ask_person
from tests.support.front import asked_by

COLAB = {"colab": {"cell_id": "c"}}
VS_CODE = {"cellId": "vscode-notebook-cell:/a.ipynb#W0"}
SENTENCE = "this notebook has no access to the Colab secret GEMINI_API_KEY: open the key symbol at the left"


@pytest.fixture
def prompts(monkeypatch):
    said = []
    monkeypatch.setattr("getpass.getpass", lambda prompt: said.append(prompt) or "typed")
    return said


@pytest.mark.parametrize("metadata", [COLAB, VS_CODE, {}])
def test_somebody_is_asked_and_told_what_is_the_matter(prompts, metadata):
    refusal = Refusal(Why.NO_ACCESS, SENTENCE)
    assert ask_person(asked_by(metadata, allow_stdin=True), refusal).reveal() == "typed"
    [prompt] = prompts
    assert "This notebook has no access to the Colab secret" in " ".join(prompt.split())
    assert "\nhttps://aistudio.google.com/apikey\n" in prompt
    assert max(map(len, prompt.splitlines())) < 40


def test_nobody_is_asked_who_cannot_answer(prompts):
    assert ask_person(asked_by(COLAB), None) is None
    assert prompts == []


@pytest.mark.parametrize(("metadata", "is_asked"), [(COLAB, False), (VS_CODE, True)])
def test_colabs_page_is_not_asked_while_its_own_answer_may_come(prompts, metadata, is_asked):
    refusal = Refusal(Why.NO_ANSWER, "Colab did not answer in time")
    assert (ask_person(asked_by(metadata, allow_stdin=True), refusal) is not None) is is_asked
    assert len(prompts) == is_asked
