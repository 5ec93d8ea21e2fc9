"""`%gemini --about`: a report on the environment, to be pasted into a bug report."""

from __future__ import annotations

import os
from html import escape
from typing import TYPE_CHECKING

from gemini_magic import __version__
from gemini_magic.magics.actions import installed
from gemini_magic.magics.actions.last_reply import refuse_prompt
from gemini_magic.magics.actions.private_names import hide_names
from gemini_magic.runtime.files import to_path
from gemini_magic.runtime.front_end import FrontEnd, can_answer, find_front_end, is_watched, tells_cells
from gemini_magic.runtime.keys.api_keys import find_key_nearby, key_in_environment, uses_enterprise
from gemini_magic.runtime.keys.secret_places import find_secret_place
from gemini_magic.runtime.output import publish
from gemini_magic.runtime.secret import scrub
from gemini_magic.text.printable import to_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

    from gemini_magic.magics.session_magics import SessionOwner
    from gemini_magic.options.settings import Settings

__all__ = ["About"]

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_BASE_URL = "GOOGLE_GEMINI_BASE_URL"


class About:
    """The action `--about`.

    It asks nobody: no network, and no service for secrets, which could open a dialog.

    Parameters
    ----------
    shell
        The shell whose front end is described.
    gemini
        The magics that hold the session and the settings.
    """

    def __init__(self, shell: InteractiveShell, gemini: SessionOwner) -> None:
        self._shell = shell
        self._gemini = gemini

    def show(self, text: str) -> None:
        """Show the report, as one output; `text` stands where a prompt would be.

        Raises
        ------
        OptionError
            If there is a prompt, which would not be sent.
        """
        refuse_prompt(text, "about")
        report = self.report()
        html = f'<pre style="white-space: pre-wrap; margin: 0">{escape(report)}</pre>'
        publish(self._shell, {"text/html": html, "text/plain": report})

    def report(self) -> str:
        """Return the report, a list in Markdown, without keys and without the user's name."""
        lines = (f"- {name}: {_say(fact)}" for name, fact in self._facts().items())
        report = hide_names("\n".join(lines))
        for key in (self._settings.api_key, key_in_environment()):
            report = scrub(report, key)
        return report

    @property
    def _settings(self) -> Settings:
        return self._gemini.freeze()

    def _facts(self) -> dict[str, Callable[[], str]]:
        return {
            "gemini-magic": lambda: __version__,
            "Python": installed.describe_python,
            "kernel": lambda: f"{installed.version_of('ipython')}, {installed.version_of('ipykernel')}",
            "requests": _describe_sdk,
            "widgets": self._widgets,
            "front end": lambda: str(find_front_end(self._shell)),
            "tells which cell runs": lambda: _yes(tells_cells(self._shell)),
            "allows input": lambda: _yes(can_answer(self._shell)),
            "somebody watches": self._watched,
            "view": self._view,
            "while a reply streams": self._streaming,
            "key": self._key,
            "asks": self._asked,
            "cassette": self._cassette,
            "JupyterLab extension beside the kernel": lambda: _yes(installed.has_extension()),
            "folder": installed.describe_folder,
            "chats": self._chats,
        }

    def _widgets(self) -> str:
        widgets = installed.describe_widgets()
        if find_front_end(self._shell) is FrontEnd.COLAB:
            widgets += f"; Colab's manager for widgets of others: {installed.describe_colab_widgets()}"
        return widgets

    def _watched(self) -> str:
        is_terminal = find_front_end(self._shell) is FrontEnd.TERMINAL
        return _yes(is_terminal or is_watched(self._shell))

    def _view(self) -> str:
        from gemini_magic.views import choose_view

        asked = self._settings.view
        return f"{choose_view(asked, self._shell)} (setting: {asked})"

    def _streaming(self) -> str:
        from gemini_magic.views.choose import choose_view, describe_stand_in

        settings = self._settings
        if choose_view(settings.view, self._shell) != "blocks" or settings.quiet:
            return "no line of its own"
        return f"{describe_stand_in(self._shell, settings.bar)} (setting: {settings.bar})"

    def _key(self) -> str:
        if uses_enterprise():
            return "none needed: Google Cloud credentials (Gemini Enterprise)"
        found, source = find_key_nearby(self._settings.api_key), self._gemini.session.clients.key_source
        if found is not None:
            return found.source
        if source:
            return f"{source}, at the last prompt"
        place = find_secret_place()
        return "none" if place is None else f"none nearby; the secrets of {place.name} were not asked"

    def _asked(self) -> str:
        if self._settings.offline:
            return "the offline emulator"
        where = "Gemini Enterprise" if uses_enterprise() else "the Gemini API"
        if os.environ.get(_BASE_URL):
            where = f"an address of its own ({_BASE_URL})"
        has_proxy = any(os.environ.get(name) or os.environ.get(name.lower()) for name in _PROXIES)
        return f"{where}, through a proxy" if has_proxy else where

    def _cassette(self) -> str:
        from gemini_magic.cassettes.playback import choose_mode

        settings = self._settings
        if not settings.cassette:
            return "none"
        is_there = "" if to_path(settings.cassette).is_file() else ", a file that is not there"
        return f"{settings.cassette}, mode {choose_mode(settings, self._may_have_key)}{is_there}"

    def _may_have_key(self) -> bool:
        if uses_enterprise() or find_key_nearby(self._settings.api_key):
            return True
        return bool(self._gemini.session.clients.key_source) or find_secret_place() is not None

    def _chats(self) -> str:
        file = self._gemini.session.chats.file
        return "not kept over restarts" if file is None else f"kept in {file}"


def _describe_sdk() -> str:
    from gemini_magic.transports.http_library import httpx

    return f"{installed.version_of('google-genai')}, {httpx.__name__} {httpx.__version__}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _say(fact: Callable[[], str]) -> str:
    """Return a fact as one line; a report without it is better than none."""
    try:
        return to_line(fact())
    except Exception as error:  # noqa: BLE001 - of any kind: what is broken is what the report is for
        return f"unknown ({type(error).__name__})"
