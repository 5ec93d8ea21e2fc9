"""A shell's chats."""

from __future__ import annotations

from tests.support.shell import run


def chat(shell, name="main"):
    return shell.magics_manager.magics["line"]["gemini"].__self__.session.chats[name]


def prompts(shell, name="main"):
    return [turn.prompt_text for turn in chat(shell, name).turns]


def table(shell):
    [output] = run(shell, "%gemini_chat").outputs
    return output.data
