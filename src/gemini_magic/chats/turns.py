"""Turns: what a chat is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gemini_magic.chats.content_json import dump, to_wire, without_signatures
from gemini_magic.replies.parts import is_usable, visible_text
from gemini_magic.runtime.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.genai.types import Content

    from gemini_magic.options.cell_options import Options
    from gemini_magic.replies.parts import WirePart
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
        The model's content as the API's JSON, merged; None if nothing arrived.
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
    served
        The model that answered; None where that is not known.
    note
        What a cassette says of the reply, for example `sample reply`; empty for most.
    """

    prompt: Content
    reply: dict[str, Any] | None
    state: State
    finish_reason: str | None
    usage: Usage
    options: Options
    model: str
    origin: Origin = field(default_factory=Origin)
    base: Turn | None = None
    system: str | None = None
    served: str | None = None
    note: str = ""

    @property
    def answered_by(self) -> str:
        """The model that answered, as far as that is known; for a sample reply it says so."""
        name = self.served or self.model
        return f"{name} ({self.note})" if self.note else name

    @property
    def is_answered(self) -> bool:
        """Whether there is a reply: only answered prompts are sent as history."""
        return any(map(is_usable, self.parts))

    @property
    def is_cut_off(self) -> bool:
        """Whether the reply is a text that lacks its end."""
        is_text = self.is_answered and all("text" in part for part in self.parts)
        return is_text and (self.state != "complete" or self.finish_reason == "MAX_TOKENS")

    @property
    def prompt_text(self) -> str:
        """The text of the prompt."""
        return "".join(part.text or "" for part in self.prompt.parts or [] if not part.thought)

    @property
    def text(self) -> str:
        """The visible text of the reply."""
        return visible_text(self.parts)

    @property
    def parts(self) -> list[WirePart]:
        """The parts of the reply, as the API's JSON."""
        return self.reply["parts"] if self.reply is not None else []

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
        return tuple(map(dump, self._contents))

    @cached_property
    def _foreign_wire(self) -> tuple[str, ...]:
        return tuple(dump(without_signatures(content)) for content in self._contents)

    @property
    def _contents(self) -> list[dict[str, Any]]:
        return [to_wire(self.prompt), *([self.reply] if self.reply is not None else [])]
