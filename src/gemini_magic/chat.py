"""Chats: the conversation of a kernel, as turns. Our own history, so that a stopped turn is not lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gemini_magic.events import decode_part
from gemini_magic.reply import Reply

if TYPE_CHECKING:
    from google.genai.types import Content

    from gemini_magic.ends import State
    from gemini_magic.request import Request

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
    """

    prompt: Content
    reply: Content | None
    state: State
    finish_reason: str | None = None

    @property
    def is_cut_off(self) -> bool:
        """Whether the reply began and lacks its end."""
        return self.reply is not None and (self.state != "complete" or self.finish_reason == "MAX_TOKENS")


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

        A turn that was stopped before its first word is left out: the service wants prompts answered.
        """
        contents: list[Content] = []
        for turn in self.turns:
            if turn.reply is not None:
                contents += [turn.prompt, turn.reply]
        return tuple(contents)

    def begin_reply(self, request: Request, *, offline: bool) -> Reply:
        """Return the empty reply of the next turn, or the one that is gone on with."""
        turn = None if self.name is None else len(self.turns) + (request.resumed is None)
        reply = Reply(request.model, chat=self.name, turn=turn, offline=offline)
        for part in (request.resumed and request.resumed.parts) or []:
            reply.apply(decode_part(part))
        return reply

    def commit(self, request: Request, reply: Reply) -> bool:
        """Add a turn for a reply that has ended (or put it in place of the one it goes on with).

        Returns whether there is one.

        A request that failed with nothing of use received leaves the chat as it was.
        """
        content = reply.content
        if reply.state == "failed" and not reply.is_usable:
            return False
        self.system = request.system
        if request.resumed is not None:
            self.turns.pop()
        self.turns.append(Turn(request.prompt, content, reply.state, reply.finish_reason))
        return True

    def __repr__(self) -> str:
        return f"<Chat {self.name}: {len(self.turns)} turns>"
