"""Chooses the client of a prompt; it is kept as long as credentials and cassette stay the same."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from gemini_magic.cassettes.playback import Shelf
from gemini_magic.errors import NoApiKey
from gemini_magic.runtime.keys.api_keys import (
    ask_nobody,
    find_key,
    find_key_nearby,
    key_in_environment,
    uses_enterprise,
)
from gemini_magic.service.client import Client
from gemini_magic.service.credentials import Credentials, find_credentials

if TYPE_CHECKING:
    from collections.abc import Callable

    from gemini_magic.cassettes.playback import Playback
    from gemini_magic.cassettes.recording.sdk_hook import SdkHook
    from gemini_magic.options.settings import Settings
    from gemini_magic.runtime.event_loop import BackgroundLoop
    from gemini_magic.runtime.keys.api_keys import AskPerson
    from gemini_magic.runtime.keys.found import Refusal
    from gemini_magic.runtime.origin import Origin
    from gemini_magic.runtime.secret import Secret

__all__ = ["Clients"]


class Clients:
    """Makes the client that a prompt needs, and keeps the last one.

    Parameters
    ----------
    loop
        Where their connections belong.
    ask_key
        Asks the person for an API key, hidden, after a service for secrets may have refused one; returns
        None where nobody can answer.

    Attributes
    ----------
    shelf : Shelf
        The cassettes that were on.
    key_source : str
        Where the key of the last prompt came from, in words; empty where none was needed so far.
    """

    def __init__(self, loop: BackgroundLoop, ask_key: AskPerson) -> None:
        self.shelf = Shelf()
        self.key_source = ""
        self._loop = loop
        self._ask_key = ask_key
        self._given_key: Secret | None = None
        self._client: Client | None = None
        self._hook: SdkHook | None = None
        self._process = loop.process

    def client_for(self, settings: Settings, origin: Origin) -> Client:
        """Return the client for a prompt of the cell `origin`.

        Raises
        ------
        NoApiKey
            If a key is needed and there is none.
        OptionError
            If the environment names a mode for cassettes that does not exist.
        """
        playback = self.playback(settings, origin)
        if playback is not None and playback.mode == "replay":
            credentials = Credentials(replayed=True)
        else:
            credentials = find_credentials(settings, self._given_key, self._ask_once)
            self.key_source = credentials.source or self.key_source
        if self._process != self._loop.process:
            # Connections belong to the parent of this process, which goes on using them.
            self._process, self._client = self._loop.process, None
        client = self._client
        if client is None or (client.credentials, client.playback) != (credentials, playback):
            if client is not None:
                self._loop.submit(client.aclose())
            client = self._client = Client(credentials, playback)
        if client.playback is not None:
            client.playback.origin = origin
        return client

    def playback(self, settings: Settings, origin: Origin) -> Playback | None:
        """Return the cassette that is on and what is done with it; None if none is on."""
        return self.shelf.playback(settings, lambda: self._has_key(settings), origin)

    def hook_sdk(self, settings: Callable[[], Settings], origin: Callable[[], Origin]) -> None:
        """Let the cassette record and replay plain code of the SDK, too.

        Parameters
        ----------
        settings, origin
            Return the present settings, and the running cell.
        """
        from gemini_magic.cassettes.recording.sdk_hook import SdkHook

        if self._hook is None:
            self._hook = SdkHook(
                self._loop,
                lambda: self.playback(settings(), origin()),
                lambda: find_key(settings().api_key, self._given_key, ask_nobody).key,
            )
        self._hook.install()

    def unhook_sdk(self) -> None:
        """Undo `hook_sdk`."""
        if self._hook is not None:
            self._hook.uninstall()
        self._hook = None

    @property
    def is_hooked(self) -> bool:
        """Whether plain code of the SDK goes through the cassette."""
        return self._hook is not None

    def known_keys(self, settings: Settings) -> list[Secret]:
        """Return the keys that this kernel has, or finds without asking anybody.

        Services for secrets may open a dialog or take long: of theirs, the key of the last prompt is known.
        """
        used = self._client.credentials.key if self._client is not None else None
        keys = [self._given_key, used, settings.api_key, key_in_environment()]
        with contextlib.suppress(NoApiKey):
            nearby = find_key_nearby(settings.api_key)
            keys += [nearby.key] if nearby is not None else []
        return [key for key in keys if key]

    def forget_key(self) -> None:
        """Ask for the key anew: the service does not accept the one that was typed."""
        self._given_key = None

    def close(self) -> None:
        """Close the connections."""
        self.unhook_sdk()
        if self._client is not None and self._process == self._loop.process:
            with contextlib.suppress(TimeoutError):
                self._loop.submit(self._client.aclose()).result(2.0)
        self._client = None

    def _has_key(self, settings: Settings) -> bool:
        """Return whether there are credentials, without asking anybody for them."""
        if uses_enterprise():
            return True
        try:
            return bool(find_key(settings.api_key, self._given_key, ask_nobody).key)
        except NoApiKey:
            return False

    def _ask_once(self, refusal: Refusal | None) -> Secret | None:
        """Ask the person for a key, and remember it."""
        self._given_key = self._ask_key(refusal)
        return self._given_key
