"""The base of all other magics: they act on the session and the settings that `%%gemini` holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from IPython.core.magic import Magics

from gemini_magic.options.parser import HELP_FLAGS, with_plain_dashes
from gemini_magic.runtime.front_end import columns_of
from gemini_magic.runtime.output import publish, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from IPython.core.interactiveshell import InteractiveShell

    from gemini_magic.options.settings import Settings
    from gemini_magic.session import Session
    from gemini_magic.views.table import Cell

__all__ = ["SessionMagics", "SessionOwner", "shows_help"]


def shows_help(line: str, help_text: str) -> bool:
    """Show the help of a magic if its line begins with `-h` or `--help`; return whether it does."""
    is_asked = with_plain_dashes(line.strip(), HELP_FLAGS).split()[:1] in [[flag] for flag in HELP_FLAGS]
    if is_asked:
        say(help_text.strip())
    return is_asked


class SessionOwner(Protocol):
    """What other magics use of `GeminiMagics`, which holds the session and the settings."""

    @property
    def session(self) -> Session:
        """The session of this kernel."""

    def set_trait(self, name: str, value: Any) -> None:
        """Change a setting."""

    def freeze(self) -> Settings:
        """Return the present settings."""


class SessionMagics(Magics):
    """Magics that act on a session.

    Parameters
    ----------
    shell
        The shell they belong to.
    gemini
        The magics that hold the session and the settings.
    """

    def __init__(self, shell: InteractiveShell, gemini: SessionOwner) -> None:
        super().__init__(shell=shell)
        self._shell = shell
        self._gemini = gemini

    def _publish(self, bundle: dict[str, str]) -> None:
        """Show an output."""
        publish(self._shell, bundle)

    def _show_table(self, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
        """Show a table, as wide as the front end."""
        from gemini_magic.views.table import make_table

        self._publish(make_table(header, rows, columns_of(self._shell)))

    def _say(self, line: str) -> None:
        """Print a line."""
        say(line)
