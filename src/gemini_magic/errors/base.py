"""The root of all errors, and the interrupt that ends a reply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gemini_magic.text.printable import to_line

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CHECK_URL", "GeminiError", "ReplyStopped"]

CHECK_URL = "check GOOGLE_GEMINI_BASE_URL if you set it"
"""Advice for errors that a wrong base URL can cause."""


class _OneLine:
    """Makes an exception show as one line in IPython, in every `%xmode`."""

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


class GeminiError(_OneLine, Exception):
    """Root of everything gemini-magic raises on purpose.

    Parameters
    ----------
    what
        What happened; what to do. It is folded into one line.
    advice
        What to do, given apart where `what` quotes others, who write semicolons, too.

    Attributes
    ----------
    is_passing : bool
        Whether the same request may succeed a little later.
    retry_after_s : float or None
        Seconds the service asks to wait before the next try.
    reply : Reply or None
        The reply as far as it arrived; None outside a turn.
    causes : tuple of str
        Details of what caused it, without secrets (shown by `%gemini --debug`).
    """

    def __init__(self, what: str, advice: str = "") -> None:
        super().__init__(to_line(f"{what}; {advice}" if advice else what))
        self._what = to_line(what) if advice else ""
        self.is_passing = False
        self.retry_after_s: float | None = None
        self.reply: Any = None
        self.causes: tuple[str, ...] = ()

    def rewrite(self, change: Callable[[str], str]) -> None:
        """Change every text of the error, for example to hide a key."""
        self.args = (change(str(self)),)
        self._what = change(self._what)
        self.causes = tuple(map(change, self.causes))

    @property
    def what(self) -> str:
        """What happened, without the advice that follows."""
        return self._what or str(self).partition("; ")[0]


class ReplyStopped(_OneLine, KeyboardInterrupt):
    """The user stopped the reply; what arrived is kept.

    Attributes
    ----------
    reply : Reply or None
        The partial reply; None if no reply was interrupted.
    """

    def __init__(self, reply: Any) -> None:
        super().__init__("stopped before any text had come")
        if reply is not None and reply.is_usable:
            kept = "the text so far is kept" if reply.text else "what has come is kept"
            self.args = (f"stopped; {kept}" + (", also in the chat" if reply.chat else ""),)
        self.reply = reply
