"""Cells run in any order, edited, copied and moved: a chat reads as the notebook does."""

from __future__ import annotations

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gemini_magic.chats.chat import Chat
from gemini_magic.runtime.origin import Origin
from tests.support.chat_turns import prompts, take_turn


class Notebook(RuleBasedStateMachine):
    """Cells run in any order, edited, copied and moved in between, against a model of ten lines."""

    def __init__(self):
        super().__init__()
        self.chat = Chat("main")
        self.path = []  # (cell, text): what one reads in the notebook
        self.ever = []
        self.read = {}
        self.runs = 0

    @rule(cell=st.integers(0, 5), asks=st.integers(1, 3), edit=st.booleans())
    def run_cell(self, cell, asks, edit):
        self.runs += 1
        names = [name for name, _ in self.path]
        if cell in names:
            self.path = self.path[: names.index(cell)]
        for number in range(asks):
            text = f"cell {cell} ask {number}" + (f" edit {self.runs}" if edit else "")
            take_turn(self.chat, text, Origin(f"c{cell}", f"r{self.runs}"))
            self.note(cell, text)

    @rule()
    def run_without_a_cell(self):
        take_turn(self.chat, "anonymous")
        self.note(None, "anonymous")

    def note(self, cell, text):
        self.path.append((cell, text))
        self.ever.append(self.chat.turns[-1])
        self.read[id(self.chat.turns[-1])] = (cell, text)

    @rule(cell=st.integers(0, 5))
    def fail(self, cell):
        self.runs += 1
        take_turn(self.chat, "never", Origin(f"c{cell}", f"r{self.runs}"), fails=True)

    @rule(number=st.integers(1, 3))
    def undo_and_redo(self, number):
        before = list(self.chat.turns)
        undone = self.chat.rewind(before[: max(0, len(before) - number)])
        assert undone == min(number, len(before))
        if undone:
            assert self.chat.redo() == undone
        assert self.chat.turns == before

    @rule(number=st.integers(0, 9))
    def bring_back(self, number):
        """Any branch can be reached, and the one that was left can be reached from there."""
        if not self.chat.branches:
            return
        left = list(self.chat.turns)
        aside = self.chat.branches[number % len(self.chat.branches)]
        shared = self.chat.shared(aside.path)
        assert self.chat.bring_back(aside) == len(aside.path) - shared > 0
        assert self.chat.turns == list(aside.path)
        self.path = [self.read[id(turn)] for turn in aside.path]
        assert shared == len(left) or left in [list(branch.path) for branch in self.chat.branches]

    @invariant()
    def what_is_set_aside_is_counted_once(self):
        assert self.chat.away == len(self.ever) - len(self.chat.turns)

    @invariant()
    def the_conversation_is_the_one_in_the_notebook(self):
        assert prompts(self.chat.turns) == [text for _, text in self.path]

    @invariant()
    def nothing_is_deleted(self):
        kept = {id(turn) for turn in self.chat.turns}
        kept |= {id(turn) for aside in self.chat.asides for turn in aside.turns}
        assert all(id(turn) in kept for turn in self.ever)


Notebook.TestCase.settings = hypothesis_settings(max_examples=150, stateful_step_count=25, deadline=None)
TestNotebook = Notebook.TestCase
