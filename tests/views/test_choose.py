"""Which view suits which front end."""

from __future__ import annotations

import pytest
from IPython.utils.capture import capture_output

from gemini_magic.runtime.front_end import can_answer
from gemini_magic.views.blocks import BlocksView
from gemini_magic.views.choose import choose_view, make_view
from gemini_magic.views.final import FinalView
from gemini_magic.views.terminal.text import TextView
from tests.support.front import LOOK


class FakeKernel:
    def __init__(self, **parent):
        self.parent = parent

    def get_parent(self, *_):
        return self.parent


@pytest.mark.parametrize(
    ("parent", "watched", "answers"),
    [
        ({"metadata": {"cellId": "c"}, "content": {"allow_stdin": True}}, True, True),
        ({"metadata": {"cellId": "c"}, "content": {"allow_stdin": False}}, True, False),
        ({"metadata": {}, "content": {"allow_stdin": True}}, True, True),
        ({"metadata": {}, "content": {"allow_stdin": False}}, False, False),
        ({}, False, False),
    ],
)
def test_who_is_watching(shell, monkeypatch, parent, watched, answers):
    monkeypatch.setattr(shell, "kernel", FakeKernel(**parent), raising=False)
    assert can_answer(shell) == answers
    assert choose_view("auto", shell) == ("blocks" if watched else "final")
    assert isinstance(
        make_view(choose_view("auto", shell), shell, LOOK), BlocksView if watched else FinalView
    )
    with capture_output():
        assert choose_view("auto", shell) == "final"


def test_a_front_end_in_python_is_a_terminal(shell, monkeypatch):
    parent = {"header": {"msg_id": "5f8e-abc_1234_7"}, "metadata": {}, "content": {"allow_stdin": True}}
    monkeypatch.setattr(shell, "kernel", FakeKernel(**parent), raising=False)
    assert choose_view("auto", shell) == "text"
    view = make_view("text", shell, LOOK)
    assert type(view).__name__ == "TerminalView"


@pytest.mark.parametrize("name", ["blocks", "text", "final", "none"])
def test_a_view_that_is_asked_for_is_taken(shell, monkeypatch, name):
    monkeypatch.setattr(shell, "kernel", FakeKernel(), raising=False)
    assert choose_view(name, shell) == name


def test_without_a_kernel_it_is_a_terminal(shell):
    assert isinstance(make_view(choose_view("auto", shell), shell, LOOK), TextView)
    assert not can_answer(shell)
