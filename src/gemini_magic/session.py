"""The session: what one kernel holds. `ask` is the whole flow of a prompt."""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

from gemini_magic.chats.named_chats import Chats
from gemini_magic.chats.next_turn import prepare_turn
from gemini_magic.errors import (
    GeminiError,
    InvalidApiKey,
    NothingToShow,
    ReplyStopped,
    StreamBroken,
)
from gemini_magic.ledger.ledger import Ledger
from gemini_magic.requests.prompt import make_prompt
from gemini_magic.runtime.event_loop import BackgroundLoop
from gemini_magic.runtime.interrupts import catch_interrupts
from gemini_magic.runtime.origin import Origin
from gemini_magic.runtime.sdk_import import is_sdk_imported, wait_for_sdk
from gemini_magic.service.clients import Clients
from gemini_magic.service.stream import stream
from gemini_magic.turn import run_turn

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from gemini_magic.chats.chat import Chat
    from gemini_magic.chats.next_turn import NextTurn
    from gemini_magic.options.cell_options import Options
    from gemini_magic.options.settings import Settings
    from gemini_magic.replies.reply import Reply
    from gemini_magic.requests.prompt import Prompt
    from gemini_magic.runtime.keys.api_keys import AskPerson
    from gemini_magic.service.preview import InputCount
    from gemini_magic.service.stream import EventStream
    from gemini_magic.views import View

__all__ = ["Session"]

_POLL_S = 0.05
_NO_ORIGIN = Origin()
_T = TypeVar("_T")


class Session:
    """Chats, the client and the background loop of one kernel.

    Parameters
    ----------
    ask_key
        Asks the user for an API key, without echo, and is told why a service for secrets gave none; returns
        None if nobody can answer.

    Attributes
    ----------
    chats : Chats
        The chats by name.
    last : Reply or None
        The last reply, complete or not.
    last_error : GeminiError or None
        The last error of a request.
    ledger : Ledger
        Every request, with its tokens, cost and times.
    clients : Clients
        Makes the client that sends or replays requests.
    """

    def __init__(self, ask_key: AskPerson) -> None:
        self.chats = Chats()
        self.last: Reply | None = None
        self._last_with_content: Reply | None = None
        self.last_error: GeminiError | None = None
        self.ledger = Ledger()
        self._loop = BackgroundLoop()
        self.clients = Clients(self._loop, ask_key)
        self._running: EventStream | None = None

    def ask(
        self,
        prompt: Prompt | str,
        options: Options,
        settings: Settings,
        view: View,
        origin: Origin = _NO_ORIGIN,
    ) -> Reply:
        """Send a prompt, draw the reply as it streams, and remember both; a text is sent as it is.

        If the cell in `origin` ran before, its turn is replaced, and the turns after it are set aside.

        Raises
        ------
        GeminiError
            If the prompt cannot be sent or is refused, or the stream breaks.
        ReplyStopped
            If the user interrupted; the partial reply is drawn and remembered.
        """
        # The SDK's import takes longer than anybody likes to look at nothing.
        with nullcontext() if is_sdk_imported() else view.expect(options.model or settings.model):
            turn = self._prepare(prompt, options, settings, origin)
            client = self.clients.client_for(settings, origin)
            reply = self._begin_reply(turn, settings, offline=client.offline)
        events = self._running = stream(self._loop, client, turn.request, view.rest_s)
        with catch_interrupts(events.stop) as interrupts:
            self._last_with_content, self.last = self.last_to_show, reply
            try:
                run_turn(events, reply, view, events.stop)
            except GeminiError as error:
                self._note_failure(error, turn.chat, settings)
                raise
            finally:
                self._running = None
                self.ledger.record(turn.request, reply, origin)
                if turn.commit(reply):
                    self.chats.add(turn.chat)
        if interrupts.happened:
            raise ReplyStopped(reply)
        return reply

    def count(
        self, prompt: Prompt | str, options: Options, settings: Settings, origin: Origin = _NO_ORIGIN
    ) -> InputCount:
        """Return the service's token count of a prompt; nothing is generated or remembered.

        Raises
        ------
        GeminiError
            If the prompt cannot be sent, or the service refuses to count.
        """
        request = self._prepare(prompt, options, settings, origin).request
        from gemini_magic.service.preview import count_input

        client = self.clients.client_for(settings, origin)
        return self._wait_for(count_input(client, request, settings.prices))

    def describe(
        self, prompt: Prompt | str, options: Options, settings: Settings, origin: Origin = _NO_ORIGIN
    ) -> dict[str, Any]:
        """Return the request for a prompt, without any key; nothing is sent or remembered.

        Raises
        ------
        OptionError
            If there is nothing to send.
        """
        request = self._prepare(prompt, options, settings, origin).request
        from gemini_magic.service.preview import describe_request

        return self._wait_for(describe_request(request, settings.api_key))

    @property
    def last_to_show(self) -> Reply | None:
        """The latest reply that streams or has something to show; the very last one if none has."""
        last, earlier = self.last, self._last_with_content
        if last is None or last.state == "streaming" or last.text or last.is_usable or earlier is None:
            return last
        return earlier

    def show_last(self, view: View) -> None:
        """Draw `last_to_show` again; a reply that still streams is drawn until it ends.

        Raises
        ------
        NothingToShow
            If there has been no reply.
        """
        reply, running = self.last_to_show, self._running
        if reply is None:
            raise NothingToShow("no reply to show yet; ask something first")
        try:
            if running is not None:
                view.begin(running.stop)
            while running is not None and self._running is running and reply.state == "streaming":
                view.show(reply)
                time.sleep(_POLL_S)
        finally:
            view.finish(reply)

    def close(self) -> None:
        """Close the connections and end the background loop."""
        self.clients.close()
        self._loop.close()

    def _prepare(
        self, prompt: Prompt | str, options: Options, settings: Settings, origin: Origin
    ) -> NextTurn:
        wait_for_sdk()
        prompt = make_prompt(prompt) if isinstance(prompt, str) else prompt
        return prepare_turn(prompt, options, settings, self.chats, origin)

    def _begin_reply(self, turn: NextTurn, settings: Settings, *, offline: bool) -> Reply:
        """Return the reply that is to come; raise `BudgetExceeded` where the budget is spent."""
        budget = None
        if not offline:
            is_waived = turn.request.options.over_budget
            budget = self.ledger.budget(settings.budget_usd, is_waived=is_waived)
        if budget is not None:
            budget.check()
        return turn.begin_reply(settings, budget, offline=offline)

    def _wait_for(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run `work` on the loop and return its result; an interrupt cancels it."""
        future = self._loop.submit(work)
        try:
            return future.result()
        finally:
            future.cancel()

    def _note_failure(self, error: GeminiError, chat: Chat, settings: Settings) -> None:
        self.last_error = error
        if isinstance(error, StreamBroken) and error.reply.is_usable and chat.name is not None:
            where = "" if chat.name == settings.chat else f" -c {chat.name}"
            error.args = (f"{error}: go on from there with %gemini --resume{where}",)
        if isinstance(error, InvalidApiKey):
            self.clients.forget_key()
