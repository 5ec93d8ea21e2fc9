"""The chats as an autosave file has them: its lines make them, and what changes in them makes new lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from gemini_magic.chats.chat import Aside, Chat, count_shared
from gemini_magic.chats.transcript import check_format, dump_asides, load_asides
from gemini_magic.chats.turn_records import TurnTable
from gemini_magic.errors import TranscriptError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gemini_magic.chats.turns import Turn

__all__ = ["HEAD", "SavedChats", "State", "state_of"]

_FORMAT = "gemini-magic autosave"
_VERSION = 1


def _line(body: dict[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode() + b"\n"


HEAD = _line({"format": _FORMAT, "version": _VERSION})
"""The first line of a file."""


class State(NamedTuple):
    """A chat at a moment: its path, and what was set aside."""

    path: tuple[Turn, ...] = ()
    asides: tuple[Aside, ...] = ()

    def to_chat(self, name: str) -> Chat:
        """Return a chat in this state."""
        chat = Chat(name)
        chat.turns, chat.asides = list(self.path), list(self.asides)
        return chat


def state_of(chat: Chat) -> State:
    """Return the present state of a chat."""
    return State(tuple(chat.turns), tuple(chat.asides))


class SavedChats:
    """Chats by name, as the lines of a file say.

    Attributes
    ----------
    states : dict of str to State
        By name.
    """

    def __init__(self) -> None:
        self.states: dict[str, State] = {}
        self._table = TurnTable()

    @property
    def spare_turns(self) -> int:
        """How many turns the file has that are in no chat any more, beyond those that are."""
        paths = [state.path for state in self.states.values()]
        paths += [aside.turns for state in self.states.values() for aside in state.asides]
        return len(self._table.turns) - 2 * len({id(turn) for path in paths for turn in path})

    def has(self, turn: Turn) -> bool:
        """Return whether the file has a turn."""
        return self._table.has(turn)

    def read(self, data: bytes, source: str, known: Iterable[Turn] = ()) -> bool:
        """Read a whole file; return whether its last line is whole.

        Parameters
        ----------
        data
            The content of the file.
        source
            What error messages call it.
        known
            Turns in memory: where the file has the same, these are taken.

        Raises
        ------
        TranscriptError
            If it is damaged, or something else.
        """
        lines = data.split(b"\n")
        advice = "delete it, or name another folder with %config GeminiMagics.autosave"
        check_format(_parse(lines[0]), _FORMAT, _VERSION, source, advice)
        self._table.know(known)
        self._apply_lines(lines[1:-1], source)
        # The text after the last line break was cut short by a crash.
        return not lines[-1]

    def change(self, states: Mapping[str, State | None]) -> bytes:
        """Take new states, None for chats that are deleted; return the line that says so.

        Only what has changed is in the line.
        """
        first = len(self._table.turns)
        chats = {name: self._compare(name, state) for name, state in states.items()}
        for name, state in states.items():
            if state is None:
                self.states.pop(name, None)
            else:
                self.states[name] = state
        return _line({"turns": self._table.dump(first), "chats": chats})

    def _compare(self, name: str, new: State | None) -> dict[str, Any] | None:
        if new is None:
            return None
        old = self.states.get(name, State())
        path, asides = count_shared(old.path, new.path), count_shared(old.asides, new.asides)
        return {
            "path": [path, *self._table.number(new.path[path:])],
            "asides": [asides, *dump_asides(new.asides[asides:], self._table)],
        }

    def _apply_lines(self, lines: list[bytes], source: str) -> None:
        for number, line in enumerate(lines, 2):
            try:
                self._apply(_parse(line))
            except (ValueError, LookupError, TypeError, AttributeError):
                raise TranscriptError(
                    f"{source} is damaged in line {number}; take an undamaged copy of it, or delete it"
                ) from None

    def _apply(self, body: Any) -> None:
        self._table.load(body["turns"])
        for name, change in body["chats"].items():
            if change is None:
                self.states.pop(name, None)
                continue
            old = self.states.get(name, State())
            path, asides = change["path"], change["asides"]
            self.states[name] = State(
                (*old.path[: path[0]], *self._table.pick(path[1:])),
                (*old.asides[: asides[0]], *load_asides(asides[1:], self._table)),
            )


def _parse(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
