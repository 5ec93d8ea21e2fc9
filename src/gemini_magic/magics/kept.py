"""What stays in a kernel while the extension is loaded anew: the session, the settings.

`%reload_ext` unloads the extension and loads it again; chats, ledger, budget and cassette go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from gemini_magic.session import Session

__all__ = ["Kept", "keep", "take"]


@dataclass(frozen=True)
class Kept:
    """What is kept.

    Attributes
    ----------
    session
        Its connections are closed; they open again with the next prompt. None before the first one.
    settings
        The settings that were changed, by name.
    is_hooked
        Whether plain SDK code goes through the cassette.
    """

    session: Session | None
    settings: dict[str, Any]
    is_hooked: bool


_kept: WeakKeyDictionary[InteractiveShell, Kept] = WeakKeyDictionary()


def keep(shell: InteractiveShell, kept: Kept) -> None:
    """Keep something until the extension is loaded again in this shell."""
    _kept[shell] = kept


def take(shell: InteractiveShell) -> Kept | None:
    """Return what is kept for a shell, and keep it no longer."""
    return _kept.pop(shell, None)
