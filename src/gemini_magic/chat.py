"""Chats: the conversation of a kernel, as turns. Our own history, so that a stopped turn is not lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gemini_magic.parts import is_usable
from gemini_magic.reply import Reply

if TYPE_CHECKING:
    from google.genai.types import Content

    from gemini_magic.ends import State
    from gemini_magic.options import Options
    from gemini_magic.request import Request
    from gemini_magic.usage import Usage

__all__ = ["Chat", "Turn"]


@dataclass(frozen=True)
class Turn:
    """One prompt and what came of it.

    Attributes
    ----------
    prompt
        The user's content, as sent.
    reply
        The merged model turn; None if nothing had arrived.
    state
        `complete`, `stopped` or `failed`.
    finish_reason
        The service's word for the end.
    usage
        Tokens of all its requests.
    options
        The cell's options, which resuming goes on with.
    """

    prompt: Content
    reply: Content | None
    state: State
    finish_reason: str | None
    usage: Usage
    options: Options

    @property
    def is_answered(self) -> bool:
        """Whether there is a reply to send along: the service wants prompts answered."""
        return self.reply is not None and any(is_usable(part) for part in self.reply.parts or [])

    @property
    def is_cut_off(self) -> bool:
        """Whether the reply is a text that lacks its end."""
        parts = (self.reply and self.reply.parts) or []
        is_text = self.is_answered and all(part.text is not None for part in parts)
        return is_text and (self.state != "complete" or self.finish_reason == "MAX_TOKENS")


class Chat:
    """A conversation.

    Parameters
    ----------
    name
        As in `-c NAME`; None for a prompt outside any chat.

    Attributes
    ----------
    system : str or None
        System instruction given in this chat; None leaves it to the setting.
    turns : list of Turn
        Oldest first.
    """

    def __init__(self, name: str | None) -> None:
        self.name = name
        self.system: str | None = None
        self.turns: list[Turn] = []

    def history(self) -> tuple[Content, ...]:
        """Return the contents of all turns, oldest first.

        A turn that was stopped before its first word is left out.
        """
        contents: list[Content] = []
        for turn in self.turns:
            if turn.is_answered and turn.reply is not None:
                contents += [turn.prompt, turn.reply]
        return tuple(contents)

    def begin_reply(self, request: Request, *, offline: bool) -> Reply:
        """Return the empty reply of the next turn, or the one that is gone on with."""
        turn = None if self.name is None else len(self.turns) + (request.resumed is None)
        reply = Reply(request.model, chat=self.name, turn=turn, offline=offline)
        if request.resumed is not None:
            reply.seed(request.resumed.parts or [], self.turns[-1].usage)
        return reply

    def commit(self, request: Request, reply: Reply) -> bool:
        """Add a turn for a reply that has ended (or put it in place of the one it goes on with).

        Returns whether there is one.

        A request that failed with nothing of use received leaves the chat as it was.
        """
        content = reply.content
        if not reply.is_usable and (reply.state == "failed" or request.resumed is not None):
            return False
        self.system = request.system
        if request.resumed is not None:
            self.turns.pop()
        turn = Turn(request.prompt, content, reply.state, reply.finish_reason, reply.usage, request.options)
        self.turns.append(turn)
        return True

    def __repr__(self) -> str:
        return f"<Chat {self.name}: {len(self.turns)} turns>"
