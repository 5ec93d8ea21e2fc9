"""The reply: the only place where a stream accumulates. Views, chat and ledger read it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gemini_magic import events as ev
from gemini_magic.ends import State, explain_end
from gemini_magic.parts import is_usable, merge_parts
from gemini_magic.prices import estimate_cost
from gemini_magic.usage import Latency, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.genai.types import Content, Part

    from gemini_magic.usage import Cost

__all__ = ["Reply"]


class Reply:
    """One reply, complete or growing.

    Parameters
    ----------
    model
        The model asked; replaced by the one that answers as soon as that is known.
    chat, turn
        Name of the chat and 1-based number of the turn; None for a reply outside any chat.
    offline
        Whether the offline emulator answers; then there is nothing to time and nothing to pay.

    Attributes
    ----------
    parts : list of google.genai.types.Part
        Everything received, in order, as it came.
    usage : Usage
        Token counts, as last reported.
    latency : Latency
        Seconds; None where unknown.
    finish_reason : str or None
        The service's word (`STOP`, `MAX_TOKENS`, …); None for a reply that was cut off.
    block_reason : str or None
        Why the service refused the prompt, if it did; `block_details` has its ratings.
    state : str
        `streaming`, `complete`, `stopped` (by the user) or `failed`.
    error : str or None
        Name of the error class that ended it.
    retrying : Retrying or None
        While a failed request waits for its next try.
    """

    def __init__(
        self, model: str, *, chat: str | None = None, turn: int | None = None, offline: bool = False
    ) -> None:
        self.model = model
        self.chat = chat
        self.turn = turn
        self.offline = offline
        self.parts: list[Part] = []
        self.usage = Usage()
        self.latency = Latency()
        self.finish_reason: str | None = None
        self.block_reason: str | None = None
        self.block_details = ""
        self.state: State = "streaming"
        self.error: str | None = None
        self.retrying: ev.Retrying | None = None
        self._text: list[str] = []
        self._thoughts: list[str] = []
        self._seeded = 0
        self._earlier = Usage()
        self._noticed: list[str] = []
        self._cost: Cost | None = None

    def seed(self, parts: Iterable[Part], usage: Usage) -> None:
        """Begin with what an earlier request brought, and the tokens it took."""
        for part in parts:
            self.apply(ev.decode_part(part))
        self._seeded = len(self.parts)
        self._earlier = self.usage = usage

    def apply(self, event: ev.Event) -> None:
        """Fold one event into the reply."""
        if not isinstance(event, ev.Pause):
            self.retrying = None
        match event:
            case ev.TextDelta(text, part):
                self._text.append(text)
                self.parts.append(part)
            case ev.ThoughtDelta(text, part):
                self._thoughts.append(text)
                self.parts.append(part)
            case ev.OtherPart(part):
                self.parts.append(part)
            case ev.FirstToken() | ev.Ended() | ev.Failed():
                self._apply_timing(event)
            case ev.Pause():
                pass
            case _:
                self._apply_report(event)

    def _apply_report(self, event: ev.Event) -> None:
        match event:
            case ev.UsageReport(usage):
                self.usage = self._earlier + usage
            case ev.Served(model):
                self.model = model
            case ev.Finished(reason):
                self.finish_reason = reason
            case ev.Blocked(reason, ratings):
                self.block_reason, self.block_details = reason, ratings
            case ev.Noticed(note):
                self._noticed.append(note)
            case ev.Retrying():
                self.retrying = event
                self._forget_try()

    def _forget_try(self) -> None:
        """Drop what a failed try has brought (thoughts at most); the next one begins anew."""
        kept, self.parts = self.parts[: self._seeded], []
        self._text, self._thoughts = [], []
        self.seed(kept, self._earlier)

    def _apply_timing(self, event: ev.FirstToken | ev.Ended | ev.Failed) -> None:
        match event:
            case ev.FirstToken(after_s):
                self.latency = replace(self.latency, first_token_s=after_s)
                return
            case ev.Ended(how, total_s):
                self.state = how
                self.latency = replace(self.latency, total_s=total_s)
            case ev.Failed(error):
                self.state = "failed"
                self.error = error
        self._cost = None if self.offline else estimate_cost(self.model, self.usage)

    @property
    def text(self) -> str:
        """The visible text so far, exactly as received."""
        if len(self._text) > 1:
            self._text = ["".join(self._text)]
        return self._text[0] if self._text else ""

    @property
    def thoughts(self) -> str:
        """The thought summaries so far."""
        return "".join(self._thoughts)

    @property
    def is_usable(self) -> bool:
        """Whether this request has brought anything but thoughts: text, a call, data."""
        return any(is_usable(part) for part in self.parts[self._seeded :])

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said about how the reply went, in short clauses; empty where all went well."""
        if self.state == "streaming":
            return tuple(self._noticed)
        if self.state == "complete":
            end = explain_end(self)
        else:
            broken = "interrupted" if self.is_usable else "failed"
            end = "stopped" if self.state == "stopped" else f"{broken} ({self.error})"
        return tuple(note for note in (end, *self._noticed) if note)

    @property
    def cost(self) -> Cost | None:
        """Estimated cost at list price once the reply has ended; None where it is unknown."""
        return self._cost

    @property
    def content(self) -> Content | None:
        """The one merged model turn, or None if nothing was received."""
        if not self.parts:
            return None
        from google.genai import types

        return types.Content(role="model", parts=merge_parts(self.parts))

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Reply {self.state}, {self.model}: {len(self.text)} characters>"

    def _repr_markdown_(self) -> str:
        return self.text
