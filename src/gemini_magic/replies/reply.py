"""The reply: the only place where a stream accumulates. Views, chat and ledger read it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gemini_magic.replies import events as ev
from gemini_magic.replies.costs.prices import estimate_cost
from gemini_magic.replies.costs.try_log import Try, TryLog
from gemini_magic.replies.extras.drawn import value_bundle
from gemini_magic.replies.extras.found import find_extras
from gemini_magic.replies.parts import is_usable, make_sdk_content, make_sdk_part, merge_parts
from gemini_magic.replies.received import Received
from gemini_magic.replies.reply_end import State, describe_state, describe_unread
from gemini_magic.replies.terms import Terms
from gemini_magic.replies.usage import Latency, add_costs
from gemini_magic.runtime.secret import scrub
from gemini_magic.text.code_blocks import CodeBlock, find_code_blocks
from gemini_magic.text.printable import to_line

if TYPE_CHECKING:
    from google.genai.types import Content, Part

    from gemini_magic.replies.costs.budget import Budget
    from gemini_magic.replies.extras.words import Extra
    from gemini_magic.replies.metadata import Metadata
    from gemini_magic.replies.parts import WirePart
    from gemini_magic.replies.usage import Cost

__all__ = ["Reply"]


class Reply:
    """One reply, complete or growing: a function of its terms and of the events so far.

    Parameters
    ----------
    model
        The model asked.
    terms
        What else is known before anything has arrived.

    Attributes
    ----------
    model : str
        The model asked; replaced by the one that answers as soon as that is known.
    chat, turn : str or None, int or None
        Name of the chat and 1-based number of the turn; None for a reply outside any chat.
    offline : bool
        Whether the offline emulator answers; then times and cost are None.
    again : bool
        Whether its turn replaces an earlier one; `set_aside` is how many later turns were set aside.
    left_out : int
        How many earlier turns were not sent along.
    inserted, prompt_notes : tuple of str
        The notebook variables in its prompt, and notes on the prompt.
    usage : Usage
        Token counts, as last reported, including those of a resumed reply.
    latency : Latency
        Seconds; None where unknown.
    finish_reason : str or None
        The service's word (`STOP`, `MAX_TOKENS`, …); None if none arrived.
    block_reason : str or None
        Why the service refused the prompt, if it did; `block_details` has its ratings.
    state : str
        `streaming`, `complete`, `stopped` (by the user) or `failed`.
    error : str or None
        Name of the error class that ended it.
    retrying : Retrying or None
        The next try, while a failed request waits for it; else None.
    prices, budget : mapping of str to Rates or None; Budget or None
        Own prices, which override the list prices, and the budget when the request began.
    """

    def __init__(self, model: str, terms: Terms | None = None) -> None:
        terms = terms or Terms()
        self.model = model
        self.chat, self.turn, self.offline = terms.chat, terms.turn, terms.offline
        self.again, self.set_aside, self.left_out = terms.again, terms.set_aside, terms.left_out
        self.inserted, self.prompt_notes = terms.inserted, terms.prompt_notes
        self.prices, self.budget = terms.prices, terms.budget
        self.latency = Latency()
        self.finish_reason: str | None = None
        self.block_reason: str | None = None
        self.block_details = ""
        self.state: State = "streaming"
        self.error: str | None = None
        self.retrying: ev.Retrying | None = None
        self._noticed: list[str] = []
        self._cost: Cost | None = None
        self._log = TryLog(model, terms.prices)
        self._resumed, self._resumed_usage = terms.resumed, terms.resumed_usage
        self._begin()

    def _begin(self) -> None:
        """Start with the parts of the resumed reply, or empty; what a failed try has brought is dropped."""
        self._received = Received(self._resumed)
        self.usage = self._resumed_usage

    def apply(self, event: ev.Event) -> None:
        """Fold one event into the reply."""
        if not isinstance(event, ev.Pause):
            self.retrying = None
        match event:
            case ev.TextDelta() | ev.ThoughtDelta() | ev.OtherPart() | ev.MetadataReport() | ev.Unread():
                self._received.apply(event)
            case ev.FirstToken() | ev.FirstText() | ev.Ended() | ev.Failed():
                self._apply_timing(event)
            case _:
                self._log.apply(event, self)
                self._apply_report(event)

    def _apply_report(self, event: ev.Event) -> None:
        match event:
            case ev.UsageReport(usage):
                self.usage = self._resumed_usage + usage if self._resumed_usage else usage
            case ev.Served(model):
                self.model = model
            case ev.Finished(reason):
                self.finish_reason = reason
            case ev.Blocked(reason, ratings):
                self.block_reason, self.block_details = reason, ratings
            case ev.Noticed(note):
                self._noticed.append(note)
            case _:
                self._apply_try(event)

    def _apply_try(self, event: ev.Event) -> None:
        match event:
            case ev.Sent():
                self.latency = Latency()
            case ev.Replayed():
                self.offline = False
            case ev.Retrying():
                # Only thoughts can have come: with more than that, a request is not retried.
                self._begin()
                self.retrying = event

    def _apply_timing(self, event: ev.FirstToken | ev.FirstText | ev.Ended | ev.Failed) -> None:
        match event:
            case ev.FirstToken(after_s):
                self.latency = replace(self.latency, first_token_s=after_s)
                return
            case ev.FirstText(after_s):
                self.latency = replace(self.latency, first_text_s=after_s)
                return
            case ev.Ended(how, total_s):
                self.state = how
                self.latency = replace(self.latency, total_s=total_s)
            case ev.Failed(error):
                self.state = "failed"
                self.error = error
        # For each request separately: prices depend on the length of the prompt.
        costs = [self._log.cost(self)] if self._log.usage else []
        if self._resumed_usage:
            earlier = estimate_cost(self.model, self._resumed_usage, self.prices)
            costs.append(None if self.offline else earlier)
        self._cost = add_costs(costs)

    @property
    def text(self) -> str:
        """The visible text so far, exactly as received."""
        return str(self._received.text)

    @property
    def thoughts(self) -> str:
        """The thought summaries so far."""
        return str(self._received.thoughts)

    @property
    def code_blocks(self) -> list[CodeBlock]:
        """The fenced code blocks of the text so far."""
        return find_code_blocks(self.text)

    @property
    def is_usable(self) -> bool:
        """Whether this request has brought anything but thoughts: text, a call, data."""
        return any(is_usable(part) for part in self.own_parts)

    @property
    def own_parts(self) -> list[WirePart]:
        """The parts that this request has brought, without those of a resumed reply."""
        return self.wire_parts[len(self._resumed) :]

    @property
    def wire_parts(self) -> list[WirePart]:
        """Everything received, in order and as it came: the API's JSON."""
        return self._received.parts

    @property
    def extras(self) -> tuple[Extra, ...]:
        """What has come beside the text: calls, data, code and its results, sources."""
        return find_extras(self.wire_parts, self.metadata)

    @property
    def metadata(self) -> Metadata:
        """What the service says beside the parts, as its JSON; of a resumed reply, in the last request."""
        return self._received.metadata

    @property
    def parts(self) -> list[Part]:
        """Everything received, in order, as objects of the SDK; they lack what the SDK does not know."""
        return [make_sdk_part(part) for part in self.wire_parts]

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on how the reply went, in short clauses; empty where all went well."""
        unread = describe_unread(self._received.unread)
        return tuple(filter(None, (describe_state(self), *self._noticed, unread)))

    @property
    def cost(self) -> Cost | None:
        """Estimated cost, once the reply has ended; None if unknown."""
        return self._cost

    @property
    def tries(self) -> tuple[Try, ...]:
        """Every sending of the request, with its own tokens, times and text."""
        return self._log.tries(self)

    @property
    def spending(self) -> Budget | None:
        """The budget with the costs of this reply's requests; None where there is no budget."""
        if self.budget is None:
            return None
        return self.budget.after(one.cost for one in self.tries)

    @property
    def wire_content(self) -> dict[str, Any] | None:
        """The parts, merged to one content of the model, as the API's JSON; None if they hold nothing."""
        parts = merge_parts(self.wire_parts)
        return {"parts": parts, "role": "model"} if parts else None

    @property
    def content(self) -> Content | None:
        """The merged parts as the SDK's object; None if they hold nothing."""
        body = self.wire_content
        return None if body is None else make_sdk_content(body)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        extras = to_line("".join(f"; {extra}" for extra in self.extras), 300)
        return f"<Reply {self.state}, {to_line(scrub(self.model), 80)}: {len(self.text)} characters{extras}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Return the reply as a front end may safely draw it; in a terminal the repr is shown."""
        return value_bundle(self.text, self.extras)
