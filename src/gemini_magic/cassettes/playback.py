"""Which cassette is on, and what is done with it: its mode and speed."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, cast

from gemini_magic.cassettes.cassette import Cassette
from gemini_magic.errors import OptionError
from gemini_magic.options.settings import CASSETTE_MODES
from gemini_magic.runtime.files import to_path
from gemini_magic.runtime.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gemini_magic.options.settings import Settings
    from gemini_magic.replies.costs.prices import Prices

__all__ = ["MODE_VARIABLE", "Mode", "Playback", "Shelf", "check_mode", "choose_mode"]

Mode = Literal["auto", "replay", "record", "live"]

MODE_VARIABLE = "GEMINI_MAGIC_CASSETTE_MODE"


@dataclass
class Playback:
    """A cassette and what is done with it now.

    Attributes
    ----------
    cassette
        Where recordings are.
    mode
        `auto` replays what is recorded and records the rest, `replay` sends nothing, `record` asks all anew.
    speed
        1 is as it was recorded; None is as fast as can be.
    prices
        Own prices, for the costs that are recorded.
    is_emulated
        Whether the emulator answers what is not recorded; its answers are not recorded.
    origin
        The cell that asks.
    """

    cassette: Cassette
    mode: Mode
    speed: float | None = None
    prices: Prices = field(default_factory=dict)
    is_emulated: bool = False
    origin: Origin = field(default_factory=Origin, compare=False)


class Shelf:
    """The cassettes of a kernel, each opened once, so that it knows what was used."""

    def __init__(self) -> None:
        self._cassettes: dict[Path, Cassette] = {}

    def open(self, path: str) -> Cassette:
        """Return the cassette at `path`."""
        where = to_path(path).absolute()
        return self._cassettes.setdefault(where, Cassette(where))

    def playback(self, settings: Settings, has_key: Callable[[], bool], origin: Origin) -> Playback | None:
        """Return the cassette that is on and what is done with it; None if none is on.

        Raises
        ------
        OptionError
            If the environment names a mode that does not exist.
        """
        if not settings.cassette:
            return None
        mode = choose_mode(settings, has_key)
        if mode == "live":
            return None
        cassette = self.open(settings.cassette)
        return Playback(cassette, mode, settings.cassette_speed, settings.prices, settings.offline, origin)


def choose_mode(settings: Settings, has_key: Callable[[], bool]) -> Mode:
    """Return the mode: as set, else as the environment says, else by whether there is a key.

    Under pytest the mode is `replay` unless the environment, or the mode `live`, says otherwise. Without a
    key `auto` becomes `replay`.

    Raises
    ------
    OptionError
        If the environment names a mode that does not exist.
    """
    said = os.environ.get(MODE_VARIABLE, "").strip().lower()
    if "PYTEST_VERSION" in os.environ and not said and settings.cassette_mode != "live":
        # A mode that was left in a notebook must not spend money in every test run.
        return "replay"
    mode = settings.cassette_mode or said or "auto"
    if mode == "auto" and not settings.offline and not has_key():
        return "replay"
    return check_mode(mode)


def check_mode(mode: str) -> Mode:
    """Return the mode, if it is one.

    Raises
    ------
    OptionError
        If it is not.
    """
    if mode not in CASSETTE_MODES:
        raise OptionError(f"{MODE_VARIABLE} is {mode[:40]!r}; it can be {', '.join(CASSETTE_MODES)}")
    return cast("Mode", mode)
