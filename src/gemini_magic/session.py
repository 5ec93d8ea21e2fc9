"""The session: what one kernel holds. `ask` is the whole flow of a prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemini_magic.chat import Chat
from gemini_magic.client import Client, find_credentials
from gemini_magic.errors import GeminiError, InvalidApiKey, OptionError, ReplyStopped, StreamBroken
from gemini_magic.interrupts import catch_interrupts
from gemini_magic.loop import BackgroundLoop
from gemini_magic.request import build_request, build_resumption
from gemini_magic.sdk import wait_for_sdk
from gemini_magic.stream import stream
from gemini_magic.turn import run_turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from gemini_magic.options import Options
    from gemini_magic.reply import Reply
    from gemini_magic.request import Request
    from gemini_magic.secret import Secret
    from gemini_magic.settings import Settings
    from gemini_magic.views import View

__all__ = ["Session"]


class Session:
    """Chats, the client and the background loop of one kernel.

    Parameters
    ----------
    ask_key
        Asks the person for an API key, hidden; returns None where nobody can answer.

    Attributes
    ----------
    chats : dict of str to Chat
        By name.
    last : Reply or None
        The last reply, complete or not.
    last_error : GeminiError or None
        The last error of a request.
    """

    def __init__(self, ask_key: Callable[[], Secret | None]) -> None:
        self.chats: dict[str, Chat] = {}
        self.last: Reply | None = None
        self.last_error: GeminiError | None = None
        self._ask_key = ask_key
        self._given_key: Secret | None = None
        self._loop = BackgroundLoop()
        self._client: Client | None = None

    def ask(self, text: str, options: Options, settings: Settings, view: View) -> Reply:
        """Send a prompt, draw the reply as it streams, and remember both.

        Raises
        ------
        GeminiError
            If the prompt cannot be sent or is refused, or the stream breaks.
        ReplyStopped
            If the user interrupted; the partial reply is drawn and remembered.
        """
        wait_for_sdk()
        chat = self._open_chat(options, settings)
        request = self._build(text, options, settings, chat)
        client = self._client_for(settings)
        reply = chat.begin_reply(request, offline=client.offline)
        events = stream(self._loop, client, request)
        with catch_interrupts(events.stop) as interrupts:
            self.last = reply
            try:
                run_turn(events, reply, view)
            except GeminiError as error:
                self._note_failure(error, chat, settings)
                raise
            finally:
                self._commit(chat, request, reply)
        if interrupts.happened:
            raise ReplyStopped(reply)
        return reply

    def close(self) -> None:
        """Close the connections and end the background loop."""
        if self._client is not None:
            self._loop.submit(self._client.aclose()).result(2.0)
        self._client = None
        self._loop.close()

    def _build(self, text: str, options: Options, settings: Settings, chat: Chat) -> Request:
        history, system = chat.history(), chat.system
        if not options.resume:
            return build_request(text, options, settings, history=history, system=system)
        last = chat.turns[-1] if chat.turns else None
        if last is None or last.reply is None or not last.is_cut_off:
            raise OptionError(f"--resume: the last reply in chat {chat.name} was not cut off; just ask")
        if text.strip():
            raise OptionError("--resume takes no prompt; to say something else, ask without it")
        options = options.over(last.options)
        cut_off = (last.prompt, last.reply)
        return build_resumption(cut_off, options, settings, history=history, system=system)

    def _open_chat(self, options: Options, settings: Settings) -> Chat:
        """Return the chat to continue: the named one, or a new one that is not kept before its first turn."""
        if options.once:
            return Chat(None)
        name = options.chat or settings.chat
        return self.chats.get(name, Chat(name)) if not options.new else Chat(name)

    def _note_failure(self, error: GeminiError, chat: Chat, settings: Settings) -> None:
        self.last_error = error
        if isinstance(error, StreamBroken) and error.reply.is_usable and chat.name is not None:
            where = "" if chat.name == settings.chat else f" -c {chat.name}"
            error.args = (f"{error}: go on from there with %gemini --resume{where}",)
        if isinstance(error, InvalidApiKey):
            self._given_key = None

    def _commit(self, chat: Chat, request: Request, reply: Reply) -> None:
        if chat.commit(request, reply) and chat.name is not None:
            self.chats[chat.name] = chat

    def _client_for(self, settings: Settings) -> Client:
        """Return the client for today's credentials, the same one as long as they stay the same."""
        credentials = find_credentials(settings, self._remembered_key)
        if self._client is None or self._client.credentials != credentials:
            if self._client is not None:
                self._loop.submit(self._client.aclose())
            self._client = Client(credentials)
        return self._client

    def _remembered_key(self) -> Secret | None:
        """Return the key the person typed, asking the first time only."""
        if not self._given_key:
            self._given_key = self._ask_key()
        return self._given_key
