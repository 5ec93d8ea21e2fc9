"""What stays in a kernel while the extension is loaded anew: the session, the settings.

`%reload_ext` unloads the extension and loads it again; chats, ledger, budget and cassette go on. Where it was
not loaded again when the cell has ended, it is said what is gone and what waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from gemini_magic.replies.numbers import count
from gemini_magic.runtime.output import say

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

    def __str__(self) -> str:
        """Return what waits, in words; empty if that is nothing."""
        session = self.session
        chats, requests = (len(session.chats), len(session.ledger.entries)) if session else (0, 0)
        counts = [count(number, noun) for number, noun in ((chats, "chat"), (requests, "request")) if number]
        return ", ".join([*counts, *(["settings"] if self.settings else [])])


_kept: WeakKeyDictionary[InteractiveShell, Kept] = WeakKeyDictionary()


def keep(shell: InteractiveShell, kept: Kept) -> None:
    """Keep something until the extension is loaded again in this shell."""
    _kept[shell] = kept

    def say_what_waits(_result: Any = None) -> None:
        shell.events.unregister("post_run_cell", say_what_waits)
        if _kept.get(shell) is kept and str(kept):
            say(f"%gemini is gone until %load_ext gemini_magic; what this kernel holds waits for it: {kept}")

    shell.events.register("post_run_cell", say_what_waits)


def take(shell: InteractiveShell) -> Kept | None:
    """Return what is kept for a shell, and keep it no longer."""
    return _kept.pop(shell, None)
