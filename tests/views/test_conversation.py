"""A whole chat, drawn: nothing of its prompts and replies is more than its characters."""

from __future__ import annotations

import pytest

from gemini_magic.chats.chat import Chat
from gemini_magic.text.rendering import Rendering
from gemini_magic.views.conversation import conversation_bundle
from tests.support.attacks import ATTACKS, attacks_at
from tests.support.chat_turns import take_turn
from tests.support.harm import find_harm

HERE = attacks_at("http://127.0.0.1:9")


def drawn(prompt):
    chat = Chat("main")
    take_turn(chat, prompt)
    return conversation_bundle(chat.turns, Rendering())


@pytest.mark.parametrize("name", ATTACKS)
def test_no_prompt_is_harmful(name):
    assert find_harm(drawn(HERE[name])) == []


def test_prices_in_a_prompt_are_no_math():
    html = drawn("Is $5 more than $4?")["text/html"]
    assert '<blockquote class="mathjax_ignore tex2jax_ignore"><p>Is $5 more than $4?</p>' in html
    assert "<blockquote><p>Is $5 more?</p>" in drawn("Is $5 more?")["text/html"]
