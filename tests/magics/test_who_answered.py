"""The model that answered is named the same in the usage line, in %gemini_chat, in files and in exports."""

from __future__ import annotations

import pytest

from tests.support.cassettes import said
from tests.support.chat_magics import table
from tests.support.shell import run, texts


def shown(shell):
    return [table(shell)["text/plain"], *texts(run(shell, "%gemini_chat show"))]


def test_the_emulator_is_named(talked):
    for text in shown(talked):
        assert "offline-emulator" in text
        assert "gemini-3.8-flash" not in text


@pytest.fixture
def sampled(live, emulator):
    """A shell with a turn that a model answered that was not asked, in a sample reply."""
    note = {"x-gemini-magic-note": "sample reply"}
    emulator.script.append(said("fine", model="gemini-3.8-flash-002", headers=note))
    run(live, "%gemini_cassette lesson.gemini.jsonl --mode record")
    run(live, "%gemini hello")
    return live


ANSWERED_BY = "gemini-3.8-flash-002 (sample reply)"


def test_the_model_that_served_is_named_and_a_sample_says_so(sampled):
    for text in shown(sampled):
        assert ANSWERED_BY in text


def test_a_replayed_chat_looks_like_the_recorded_one(sampled):
    before = shown(sampled)
    run(sampled, "%gemini_cassette --mode replay")
    run(sampled, "%gemini_chat delete main")
    run(sampled, "%gemini hello")
    assert shown(sampled) == before


def test_a_saved_chat_still_knows_who_answered(sampled):
    run(sampled, "%gemini_chat save chat.json")
    run(sampled, "%gemini_chat delete main")
    run(sampled, "%gemini_chat load chat.json main")
    for text in shown(sampled):
        assert ANSWERED_BY in text


@pytest.mark.parametrize("kind", ["md", "html", "ipynb"])
def test_exports_name_it_too(sampled, tmp_path, kind):
    path = tmp_path / f"chat.{kind}"
    run(sampled, f"%gemini_chat export {path}")
    assert "gemini-3.8-flash-002" in path.read_text()
    assert "sample reply" in path.read_text()


def test_the_code_asks_the_model_that_was_asked(sampled):
    run(sampled, "%gemini_code")
    code = str(sampled.rl_next_input)
    assert "gemini-3.8-flash" in code
    assert "gemini-3.8-flash-002" not in code
