"""A reply's outputs: what it leaves in a notebook, as a function of the reply alone.

First the usage line, then the text in blocks. The live view updates them as they grow, the final view
emits them once; so a live run, a replay and a headless run leave the same notebook.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gemini_magic.markdown import BlockSplitter
from gemini_magic.views.usage import usage_line, usage_metadata

if TYPE_CHECKING:
    from collections.abc import Callable

    from gemini_magic.reply import Reply

    Publish = Callable[..., None]

__all__ = ["Output", "Outputs"]


@dataclass(frozen=True)
class Output:
    """One `display_data`: a MIME bundle and its metadata."""

    data: dict[str, str]
    metadata: dict[str, Any] = field(default_factory=dict)


class Outputs:
    """Makes the outputs of one growing reply, looking at each line of it once.

    Parameters
    ----------
    quiet
        Leave the usage line out.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._splitter = BlockSplitter()

    def of(self, reply: Reply) -> list[Output]:
        """Return the outputs of the reply as it is now; only the first and the last ever change."""
        blocks = [_block(text) for text in self._splitter.split(reply.text) if text.strip()]
        return blocks if self._quiet else [_usage(reply), *blocks]


def _usage(reply: Reply) -> Output:
    data = {
        "text/markdown": usage_line(reply, markdown=True),
        "text/plain": usage_line(reply, markdown=False),
    }
    return Output(data, {} if reply.state == "streaming" else {"gemini_magic": usage_metadata(reply)})


def _block(text: str) -> Output:
    return Output({"text/markdown": text, "text/plain": text})
