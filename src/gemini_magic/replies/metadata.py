"""Metadata: what the service says of a reply beside its parts, in the service's own JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gemini_magic.replies.events import MetadataReport

if TYPE_CHECKING:
    from gemini_magic.replies.fields import FieldReader

__all__ = ["Metadata", "read_metadata"]

_NO_METADATA_OF_ANSWER = {"candidates", "modelVersion"}
_NO_METADATA_OF_CANDIDATE = {"content", "finishReason", "index"}
_COUNTED_ELSEWHERE = {"promptFeedback", "usageMetadata"}
"""Their fields are read one by one, and counted where they cannot be read."""

_PIECEWISE = {"chosenCandidates", "topCandidates"}
"""Lists of which each event has the next piece: one entry for each token."""

_PIECEWISE_OR_WHOLE = {"citations", "citationSources", "urlMetadata"}
"""Lists of which an event may also have all that were there before, and more."""


def read_metadata(
    chunk: dict[str, Any], candidate: dict[str, Any], fields: FieldReader
) -> MetadataReport | None:
    """Return what a chunk says beside its parts; None if it says nothing."""
    answer = fields.others(chunk, _NO_METADATA_OF_ANSWER, counted=_COUNTED_ELSEWHERE)
    of_candidate = fields.others(candidate, _NO_METADATA_OF_CANDIDATE)
    return MetadataReport(answer, of_candidate) if answer or of_candidate else None


class Metadata:
    """What the service says of a reply beside its parts, in its own JSON.

    A stream says it in pieces. Of each field the last value that holds anything counts. An object of the
    candidate is put together field by field; its citations, the pages it has read and its log probabilities
    are lists that go on from event to event.

    Attributes
    ----------
    candidate : dict
        Fields of the candidate, for example `groundingMetadata`, `finishMessage`, `avgLogprobs`.
    answer : dict
        Fields of the answer, for example `responseId`, `promptFeedback`, `usageMetadata`.
    """

    def __init__(self) -> None:
        self.candidate: dict[str, Any] = {}
        self.answer: dict[str, Any] = {}

    def add(self, report: MetadataReport) -> None:
        """Add what one event says."""
        for name, value in report.answer.items():
            _put(self.answer, name, value)
        for name, value in report.candidate.items():
            before = self.candidate.get(name)
            if isinstance(value, dict) and isinstance(before, dict | None):
                # A copy: what an event holds is never changed.
                self.candidate[name] = _merge({} if before is None else before, value)
            else:
                _put(self.candidate, name, value)

    @property
    def grounding(self) -> dict[str, Any]:
        """Sources, searches and which text they support (`groundingMetadata`); empty if there are none."""
        return self._object("groundingMetadata")

    @property
    def citations(self) -> list[Any]:
        """Existing texts that the reply recites, each with its place in the text and its source."""
        return _list_in(self._object("citationMetadata"), "citations", "citationSources")

    @property
    def url_context(self) -> list[Any]:
        """Pages that were read for the reply, each with how that went."""
        return _list_in(self._object("urlContextMetadata"), "urlMetadata")

    @property
    def safety_ratings(self) -> list[Any]:
        """The ratings of the reply; those of a blocked prompt are in `answer["promptFeedback"]`."""
        return _list_in(self.candidate, "safetyRatings")

    @property
    def logprobs(self) -> dict[str, Any]:
        """Log probabilities of the tokens (`logprobsResult`); empty if none were asked for."""
        return self._object("logprobsResult")

    def __repr__(self) -> str:
        return f"Metadata(candidate={self.candidate!r}, answer={self.answer!r})"

    def _object(self, name: str) -> dict[str, Any]:
        found = self.candidate.get(name)
        return found if isinstance(found, dict) else {}


def _merge(known: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Put the fields of an object into those known before, and return these."""
    for name, value in new.items():
        before = known.get(name)
        joins = name in _PIECEWISE | _PIECEWISE_OR_WHOLE and isinstance(value, list)
        if joins and not isinstance(before, list):
            known[name] = list(value)
        elif joins and isinstance(before, list):
            is_whole = name in _PIECEWISE_OR_WHOLE and value[: len(before)] == before
            before += value[len(before) :] if is_whole else value
        else:
            _put(known, name, value)
    return known


def _put(fields: dict[str, Any], name: str, value: Any) -> None:
    if name not in fields or value not in (None, "", {}, []):
        fields[name] = value


def _list_in(fields: dict[str, Any], *names: str) -> list[Any]:
    """Return the first of these fields that is a list; an empty one if none is."""
    return next((fields[name] for name in names if isinstance(fields.get(name), list)), [])
