"""A chat: a conversation as a path of turns. It is our own, because the SDK's chats lose a stopped turn.

Turns leave the path when their cell is run again, by undo or by reset. They are set aside, never deleted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gemini_magic.replies.numbers import count
from gemini_magic.text.printable import to_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gemini_magic.chats.turns import Turn
    from gemini_magic.options.cell_options import Options
    from gemini_magic.options.settings import Settings
    from gemini_magic.runtime.origin import Origin

__all__ = ["Aside", "Chat", "count_shared"]


@dataclass(frozen=True)
class Aside:
    """Turns that have left the path.

    Attributes
    ----------
    after
        The turns that were before them.
    turns
        What was set aside, oldest first.
    """

    after: tuple[Turn, ...]
    turns: tuple[Turn, ...]

    @property
    def path(self) -> tuple[Turn, ...]:
        """The conversation before they were set aside."""
        return (*self.after, *self.turns)


def count_shared(old: Sequence[object], new: Sequence[object]) -> int:
    """Return how many elements both have in common at their beginning."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(old), len(new)))


class Chat:
    """A conversation.

    Parameters
    ----------
    name
        As in `-c NAME`; None for a prompt outside any chat.

    Attributes
    ----------
    turns : list of Turn
        The path, oldest first.
    asides : list of Aside
        What was set aside, the latest last.
    """

    def __init__(self, name: str | None) -> None:
        self.name = name
        self.turns: list[Turn] = []
        self.asides: list[Aside] = []

    @property
    def system(self) -> str | None:
        """The system instruction given in this chat so far; None leaves it to the setting."""
        return self.turns[-1].system if self.turns else None

    def before(self, origin: Origin) -> tuple[Turn, ...]:
        """Return the turns before those of an earlier run of the same cell; all turns where there is none."""
        for number, turn in enumerate(self.turns):
            links = [link for link in turn.links() if origin.repeats(link.origin)]
            if links:
                # A cell that only resumed a turn restores the turn as it was before.
                base = links[-1].base
                return (*self.turns[:number], *([base] if base else []))
        return tuple(self.turns)

    def to_keep(self, options: Options, settings: Settings, origin: Origin) -> tuple[Turn, ...]:
        """Return the turns that the next one follows."""
        if options.new:
            return ()
        appends = options.append or settings.rerun == "append"
        return tuple(self.turns) if appends else self.before(origin)

    def rewind(self, kept: Iterable[Turn]) -> int:
        """Make `kept` the path and set the other turns aside; return how many were set aside."""
        kept = list(kept)
        same = self.shared(kept)
        removed = tuple(self.turns[same:])
        if removed:
            self.asides.append(Aside(tuple(self.turns[:same]), removed))
        self.turns = kept
        return len(removed)

    def shared(self, path: Sequence[Turn]) -> int:
        """Return how many turns `path` and the present path share at their beginning."""
        return count_shared(self.turns, path)

    @property
    def branches(self) -> list[Aside]:
        """Asides with turns that are not in the path now, the latest first."""
        return [aside for aside in reversed(self.asides) if self.shared(aside.path) < len(aside.path)]

    @property
    def away(self) -> int:
        """How many turns are set aside, each counted once."""
        path = {id(turn) for turn in self.turns}
        return len({id(turn) for aside in self.asides for turn in aside.turns} - path)

    def redo(self) -> int:
        """Put back the turns last set aside after the end of the path; return how many."""
        following = (aside for aside in self.branches if list(aside.after) == self.turns)
        aside = next(following, None)
        return 0 if aside is None else self.bring_back(aside)

    def bring_back(self, aside: Aside) -> int:
        """Change to the path of one of `asides`, setting others aside; return how many turns come back."""
        self.asides.remove(aside)
        back = len(aside.path) - self.shared(aside.path)
        self.rewind(aside.path)
        return back

    def fork(self, name: str, turns: int) -> Chat:
        """Return a new chat that begins with the first `turns` turns of this one."""
        chat = Chat(name)
        chat.turns = self.turns[:turns]
        return chat

    def __repr__(self) -> str:
        return f"<Chat {to_line(str(self.name))}: {count(len(self.turns), 'turn')}>"
