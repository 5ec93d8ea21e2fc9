"""Turns as JSON: each once and by number, so that chats that share turns still share them when read."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gemini_magic.chats.content_json import check_reply, from_wire, to_wire
from gemini_magic.chats.turns import Turn
from gemini_magic.models import THINKING_LEVELS
from gemini_magic.options.cell_options import Options
from gemini_magic.replies.numbers import read_count
from gemini_magic.replies.usage import Usage
from gemini_magic.runtime.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["TurnTable", "can_be_saved"]


class _Record(BaseModel):
    # Unknown fields are ignored: a change that needs them has a new version number.
    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class _StoredOptions(_Record):
    """The options of a cell that a resumed reply needs again."""

    model: str | None = None
    system: str | None = None
    max_tokens: int | None = Field(None, ge=1)
    temperature: float | None = Field(None, ge=0, le=2)
    thinking: str | None = Field(None, pattern=f"^(?:{'|'.join(THINKING_LEVELS)})$")
    timeout: float | None = Field(None, gt=0)
    thoughts: bool = False


class _StoredTurn(_Record):
    prompt: dict[str, Any]
    reply: dict[str, Any] | None
    state: Literal["complete", "stopped", "failed"]
    finish_reason: str | None
    usage: dict[str, Any]
    options: _StoredOptions
    model: str
    cell: str | None
    base: int | None
    system: str | None
    # Files of earlier versions lack them.
    served: str | None = None
    note: str = ""


class TurnTable:
    """Turns by number; a resumed turn comes after the one it continues.

    Attributes
    ----------
    turns : list of Turn
        In the order of their numbers.
    """

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self._numbers: dict[int, int] = {}
        self._known: dict[str, Turn] = {}

    def number(self, turns: Iterable[Turn]) -> list[int]:
        """Return the numbers of `turns`; new turns are added."""
        return [self._number(turn) for turn in turns]

    def has(self, turn: Turn) -> bool:
        """Return whether a turn has a number."""
        return id(turn) in self._numbers

    def dump(self, first: int = 0) -> list[dict[str, Any]]:
        """Return the turns from number `first` on as JSON."""
        return [self._dump(turn) for turn in self.turns[first:]]

    def load(self, bodies: Any) -> None:
        """Add turns that `dump` has returned.

        Raises
        ------
        ValueError
            If they are damaged.
        """
        for body in _list(bodies):
            stored = _StoredTurn.model_validate(body)
            known = self._known.get(_key(body)) if self._known else None
            self._add(self._load(stored) if known is None else known)

    def know(self, turns: Iterable[Turn]) -> None:
        """Take these turns, which are in memory, where `load` meets the same ones."""
        self._known = {_key(_dump_alone(turn)): turn for turn in turns}

    def pick(self, numbers: Any) -> tuple[Turn, ...]:
        """Return the turns with these numbers.

        Raises
        ------
        ValueError
            If there are no such turns.
        """
        return tuple(self._get(number) for number in _list(numbers))

    def _number(self, turn: Turn) -> int:
        chain = [turn]
        while chain[-1].base is not None and id(chain[-1]) not in self._numbers:
            chain.append(chain[-1].base)
        for link in reversed(chain):
            if id(link) not in self._numbers:
                self._add(link)
        return self._numbers[id(turn)]

    def _add(self, turn: Turn) -> None:
        # `turns` keeps the turn alive, so its id is not reused.
        self._numbers[id(turn)] = len(self.turns)
        self.turns.append(turn)

    def _get(self, number: Any) -> Turn:
        if type(number) is not int or not 0 <= number < len(self.turns):
            raise ValueError(f"there is no turn {number!r}")
        return self.turns[number]

    def _dump(self, turn: Turn) -> dict[str, Any]:
        return {**_dump_alone(turn), "base": turn.base and self._number(turn.base)}

    def _load(self, stored: _StoredTurn) -> Turn:
        return Turn(
            from_wire(stored.prompt),
            None if stored.reply is None else check_reply(stored.reply),
            stored.state,
            stored.finish_reason,
            Usage(**{f.name: read_count(stored.usage.get(f.name)) for f in fields(Usage)}),
            Options(**stored.options.model_dump()),
            stored.model,
            # The run ended with its kernel: any run is a new one.
            Origin(stored.cell),
            None if stored.base is None else self._get(stored.base),
            stored.system,
            stored.served,
            stored.note,
        )


def can_be_saved(turn: Turn) -> bool:
    """Return whether a turn can be written as JSON."""
    try:
        json.dumps(_dump_alone(turn))
    except (ValueError, TypeError, RecursionError):
        return False
    return True


def _dump_alone(turn: Turn) -> dict[str, Any]:
    """Return a turn as JSON, without the turn it continues."""
    return {
        "prompt": to_wire(turn.prompt),
        "reply": turn.reply,
        "state": turn.state,
        "finish_reason": turn.finish_reason,
        "usage": {f.name: count for f in fields(Usage) if (count := getattr(turn.usage, f.name)) is not None},
        "options": _dump_options(turn.options),
        "model": turn.model,
        "cell": turn.origin.cell,
        "system": turn.system,
        **({"served": turn.served} if turn.served is not None else {}),
        **({"note": turn.note} if turn.note else {}),
    }


def _key(body: dict[str, Any]) -> str:
    alone = {name: value for name, value in body.items() if name != "base"}
    return json.dumps(alone, sort_keys=True)


def _dump_options(options: Options) -> dict[str, Any]:
    default = Options()
    kept = {name: getattr(options, name) for name in _StoredOptions.model_fields}
    return {name: value for name, value in kept.items() if value != getattr(default, name)}


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"a list was expected, not {type(value).__name__}")
    return value
