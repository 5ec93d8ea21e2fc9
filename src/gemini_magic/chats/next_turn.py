"""The next turn of a chat: prepares it, begins its reply and adds it to the chat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gemini_magic.chats.chat import Chat
from gemini_magic.chats.history import make_history
from gemini_magic.chats.turns import Turn
from gemini_magic.errors import OptionError
from gemini_magic.replies.reply import Reply
from gemini_magic.replies.terms import Terms
from gemini_magic.replies.usage import Usage
from gemini_magic.requests.request import build_request, build_resumption

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gemini_magic.options.cell_options import Options
    from gemini_magic.options.settings import Settings
    from gemini_magic.replies.costs.budget import Budget
    from gemini_magic.requests.prompt import Prompt
    from gemini_magic.requests.request import Request
    from gemini_magic.runtime.origin import Origin

__all__ = ["NextTurn", "prepare_turn"]


@dataclass(frozen=True)
class NextTurn:
    """A prompt that is ready to be sent, and where its turn belongs.

    Attributes
    ----------
    chat
        The chat; without a name for a prompt outside any chat.
    kept
        The turns of the chat that it follows; `commit` sets the turns after them aside.
    request
        What is sent.
    origin
        The cell it comes from.
    prompt
        What the cell asks; empty where a reply is resumed.
    """

    chat: Chat
    kept: tuple[Turn, ...]
    request: Request
    origin: Origin
    prompt: Prompt

    @property
    def resumes(self) -> bool:
        """Whether it resumes the last of the `kept` turns, and will replace it."""
        return self.request.resumed is not None

    def begin_reply(self, settings: Settings, budget: Budget | None, *, offline: bool) -> Reply:
        """Return the reply that is to come; a resumed one begins with the parts that were there."""
        resumed = self.request.resumed
        number = len(self.kept) + (not self.resumes)
        before = 0 if self.request.options.new else len(self.chat.turns)
        terms = Terms(
            chat=self.chat.name,
            turn=number if self.chat.name else None,
            offline=offline,
            again=before >= number and not self.resumes,
            set_aside=max(0, before - number),
            left_out=self.request.history.left_out,
            inserted=self.prompt.inserted,
            prompt_notes=self.prompt.notes,
            prices=settings.prices,
            budget=budget,
            resumed=tuple(resumed["parts"]) if resumed is not None else (),
            resumed_usage=self.kept[-1].usage if self.resumes else Usage(),
        )
        return Reply(self.request.model, terms)

    def commit(self, reply: Reply) -> bool:
        """Add the turn to the chat when its reply has ended; the turns after `kept` are set aside.

        Returns whether it was added: a failed or resuming request that brought nothing of use leaves the
        chat as it was.
        """
        if not reply.is_usable and (reply.state == "failed" or self.resumes):
            return False
        base = self.kept[-1] if self.resumes else None
        self.chat.rewind(self.kept[:-1] if base else self.kept)
        self.chat.turns.append(self._make_turn(reply, base))
        return True

    def _make_turn(self, reply: Reply, base: Turn | None) -> Turn:
        request, answered = self.request, reply.tries[-1:]
        return Turn(
            request.prompt,
            reply.wire_content,
            reply.state,
            reply.finish_reason,
            reply.usage,
            request.options,
            request.model,
            self.origin,
            base,
            request.system,
            served=next((one.model for one in answered), None),
            note="".join(one.note for one in answered),
        )


def prepare_turn(
    prompt: Prompt, options: Options, settings: Settings, chats: Mapping[str, Chat], origin: Origin
) -> NextTurn:
    """Return the turn that a prompt begins.

    Parameters
    ----------
    prompt
        What the cell asks.
    options, settings
        The cell's options; the settings fill in what they leave open.
    chats
        By name; a new chat is added only with its first turn.
    origin
        The cell that asks; the turn of its earlier run is replaced.

    Raises
    ------
    OptionError
        If there is nothing to send, or nothing to resume.
    """
    chat = _find_chat(options, settings, chats)
    kept = chat.to_keep(options, settings, origin)
    build = _resume if options.resume else _ask
    return NextTurn(chat, kept, build(prompt, options, settings, chat, kept), origin, prompt)


def _find_chat(options: Options, settings: Settings, chats: Mapping[str, Chat]) -> Chat:
    if options.once:
        return Chat(None)
    name = options.chat or settings.chat
    return chats.get(name) or Chat(name)


def _ask(
    prompt: Prompt, options: Options, settings: Settings, _chat: Chat, kept: tuple[Turn, ...]
) -> Request:
    history = make_history(kept, options.model or settings.model, settings)
    system = kept[-1].system if kept else None
    return build_request(prompt, options, settings, history=history, system=system)


def _resume(
    prompt: Prompt, options: Options, settings: Settings, chat: Chat, kept: tuple[Turn, ...]
) -> Request:
    last = kept[-1] if kept else None
    if last is None or last.reply is None or not last.is_cut_off:
        raise OptionError(f"--resume: the last reply in chat {chat.name} was not cut off; just ask")
    if prompt.text:
        raise OptionError("--resume takes no prompt; to say something else, ask without it")
    options = options.over(last.options)
    history = make_history(kept[:-1], options.model or settings.model, settings, resumed=last)
    cut_off = (last.prompt, last.reply)
    return build_resumption(cut_off, options, settings, history=history, system=last.system)
