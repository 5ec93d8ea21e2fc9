"""The outputs that a reply leaves in a notebook: a function of the reply alone.

First the usage line, then the thoughts where they were asked for, then the text in blocks, then a line on
what has come beside the text. The live view updates them as they grow, the final view emits them
once; so live and headless runs leave the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gemini_magic.replies.extras.drawn import extras_bundle
from gemini_magic.text.block_splitter import BlockSplitter, is_blank
from gemini_magic.text.bundles import make_bundle, may_refer
from gemini_magic.text.normalize import Normalizer, NormalText
from gemini_magic.text.open_marks import hold_back
from gemini_magic.views.thoughts import thoughts_bundle
from gemini_magic.views.usage_line import usage_bundle, usage_metadata

if TYPE_CHECKING:
    from gemini_magic.replies.reply import Reply
    from gemini_magic.text.rendering import References, Rendering

__all__ = ["Look", "Output", "Outputs"]


@dataclass(frozen=True)
class Look:
    """What the user wants to see of a reply.

    Attributes
    ----------
    rendering
        What model text may do when it is drawn.
    quiet
        Leave the usage line out.
    thoughts
        Show the model's thoughts.
    bar
        Show a bar with a Stop button while the reply streams; None leaves that to the front end. Where there
        is none, a line of text says the same.
    """

    rendering: Rendering
    quiet: bool = False
    thoughts: bool = False
    bar: bool | None = None


@dataclass(frozen=True)
class Output:
    """One `display_data`: a MIME bundle and its metadata."""

    data: dict[str, Any]
    metadata: dict[str, Any] = field(default_factory=dict)


class Outputs:
    """Makes the outputs of one growing reply, looking at each line of it once.

    Parameters
    ----------
    look
        What to show.
    """

    def __init__(self, look: Look) -> None:
        self._look = look
        self._normalizer = Normalizer()
        self._splitter = BlockSplitter()
        self._frozen: list[Output | None] = []
        self._references: References = {}
        self._searched = 0
        # The number of the last block that was held back, and how much of it was drawn.
        self._shown = (0, 0)

    def of(self, reply: Reply) -> list[Output]:
        """Return the outputs of the reply as it is now.

        Only the leading ones and the last change, and blocks that use a link defined further down.
        """
        outputs = [] if self._look.quiet else [_usage(reply)]
        if self._look.thoughts:
            outputs.append(Output(thoughts_bundle(reply, self._look.rendering)))
        return [*outputs, *self._blocks(reply), *_extras(reply)]

    def _blocks(self, reply: Reply) -> list[Output]:
        growing = reply.state == "streaming"
        text = self._normalizer.normalize(reply.text, ended=not growing)
        *frozen, last = self._splitter.split(text)
        self._find_references(frozen if growing else [*frozen, last])
        self._frozen += [self._make(text) for text in frozen[len(self._frozen) :]]
        if growing and not self._splitter.is_in_code:
            last = self._hold_back(len(frozen), last)
        made = [*self._frozen, self._make(last, growing=growing)]
        return [output for output in made if output is not None]

    def _hold_back(self, number: int, text: NormalText) -> NormalText:
        """Return what of the last block may be drawn: never less than was drawn already."""
        before = self._shown[1] if self._shown[0] == number else 0
        self._shown = number, max(len(hold_back(text)), before)
        return NormalText(text[: self._shown[1]])

    def _make(self, text: NormalText, *, growing: bool = False) -> Output | None:
        if is_blank(text):
            return None
        bundle = make_bundle(text, self._look.rendering, self._references)
        if growing:
            # A growing block is sent many times; its plain text is sent once, with the last state.
            del bundle["text/plain"]
        return Output(bundle)

    def _find_references(self, texts: list[NormalText]) -> None:
        """Look for link definitions in the blocks not yet searched; new ones draw earlier blocks anew."""
        found = self._references
        for text in texts[self._searched :]:
            if "]:" in text:
                from gemini_magic.text.html.render import collect_references

                found = collect_references(text, found)
        self._searched = len(texts)
        new = found.keys() - self._references.keys()
        if new:
            self._references = found
            for number, text in enumerate(texts[: len(self._frozen)]):
                if may_refer(text, new):
                    self._frozen[number] = self._make(text)


def _extras(reply: Reply) -> list[Output]:
    """Return the line on what came beside the text; a growing reply has none: its blocks take that place."""
    extras = () if reply.state == "streaming" else reply.extras
    return [Output(extras_bundle(extras))] if extras else []


def _usage(reply: Reply) -> Output:
    return Output(
        usage_bundle(reply),
        {} if reply.state == "streaming" else {"gemini_magic": usage_metadata(reply)},
    )
