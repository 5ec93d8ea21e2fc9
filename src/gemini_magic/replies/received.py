"""What has come of a reply: its parts, the text in them, and what the service says beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemini_magic.replies import events as ev
from gemini_magic.replies.decoding import decode_part
from gemini_magic.replies.metadata import Metadata
from gemini_magic.text.growing_text import GrowingText

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gemini_magic.replies.parts import WirePart

__all__ = ["Received"]


class Received:
    """Accumulates parts and metadata.

    Parameters
    ----------
    resumed
        Parts of the reply that is continued; they come first.

    Attributes
    ----------
    parts : list of dict
        All parts, in order and as they came.
    text, thoughts : GrowingText
        The visible text, and the thoughts.
    metadata : Metadata
        What the service says beside the parts.
    unread : int
        How many fields could not be read.
    """

    def __init__(self, resumed: Iterable[WirePart] = ()) -> None:
        self.parts: list[WirePart] = []
        self.text, self.thoughts = GrowingText(), GrowingText()
        self.metadata = Metadata()
        self.unread = 0
        for part in resumed:
            self.apply(decode_part(part))

    def apply(self, event: ev.Event) -> None:
        """Take in one event; others than those of parts and fields change nothing."""
        match event:
            case ev.TextDelta(text, part):
                self.text.append(text)
                self.parts.append(part)
            case ev.ThoughtDelta(text, part):
                self.thoughts.append(text)
                self.parts.append(part)
            case ev.OtherPart(part):
                self.parts.append(part)
            case ev.MetadataReport():
                self.metadata.add(event)
            case ev.Unread(fields):
                self.unread += fields
