"""Turns: what a chat is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from gemini_magic.chats.content_json import dump, to_wire, without_signatures
from gemini_magic.replies.parts import is_usable
from gemini_magic.runtime.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.genai.types import Content

    from gemini_magic.options.cell_options import Options
    from gemini_magic.replies.reply_end import State
    from gemini_magic.replies.usage import Usage

__all__ = ["Turn"]


@dataclass(frozen=True, eq=False)
class Turn:
    """One prompt and its reply.

    Attributes
    ----------
    prompt
        The user's content, as sent.
    reply
        The model's content, merged; None if nothing arrived.
    state
        `complete`, `stopped` or `failed`.
    finish_reason
        The service's word for the end.
    usage
        Tokens of its requests, without those of failed tries.
    options
        The cell's options; a resumed reply uses them again.
    model
        The model asked.
    origin
        The cell it came from.
    base
        The cut-off turn that this one continues, if it was resumed.
    system
        The system instruction that the chat keeps from here on; None leaves it to the setting.
    """

    prompt: Content
    reply: Content | None
    state: State
    finish_reason: str | None
    usage: Usage
    options: Options
    model: str
    origin: Origin = field(default_factory=Origin)
    base: Turn | None = None
    system: str | None = None

    @property
    def is_answered(self) -> bool:
        """Whether there is a reply: only answered prompts are sent as history."""
        return self.reply is not None and any(is_usable(part) for part in self.reply.parts or [])

    @property
    def is_cut_off(self) -> bool:
        """Whether the reply is a text that lacks its end."""
        parts = (self.reply and self.reply.parts) or []
        is_text = self.is_answered and all(part.text is not None for part in parts)
        return is_text and (self.state != "complete" or self.finish_reason == "MAX_TOKENS")

    @property
    def prompt_text(self) -> str:
        """The text of the prompt."""
        return _text(self.prompt)

    @property
    def text(self) -> str:
        """The visible text of the reply."""
        return _text(self.reply)

    def links(self) -> Iterator[Turn]:
        """Yield this turn and the cut-off turns that it continues, the latest first."""
        link: Turn | None = self
        while link is not None:
            yield link
            link = link.base

    def wire(self, model: str) -> tuple[str, ...]:
        """Return both contents as JSON for a request to `model`; nothing for a turn without a reply."""
        if not self.is_answered:
            return ()
        return self._wire if model == self.model else self._foreign_wire

    @cached_property
    def tokens(self) -> int:
        """A rough count of the tokens the turn adds to a request: one for every four characters."""
        return sum(len(content) for content in self._wire) // 4

    @cached_property
    def _wire(self) -> tuple[str, ...]:
        contents = [content for content in (self.prompt, self.reply) if content is not None]
        return tuple(dump(to_wire(content)) for content in contents)

    @cached_property
    def _foreign_wire(self) -> tuple[str, ...]:
        contents = [content for content in (self.prompt, self.reply) if content is not None]
        return tuple(dump(without_signatures(to_wire(content))) for content in contents)


def _text(content: Content | None) -> str:
    parts = (content and content.parts) or []
    return "".join(part.text or "" for part in parts if not part.thought)
