"""What a notebook would ask that its cassette does not have: its magics are followed, no Python is run."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from gemini_magic.errors import CassetteError, GeminiError, NotRecorded, OptionError
from gemini_magic.options import Options, parse_options
from gemini_magic.session import Session
from gemini_magic.settings import Settings
from gemini_magic.views.base import NoView

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Check", "check_notebook"]

_CELL = re.compile(r"%%gemini(?:_magic)?(?:[ \t]+(.*))?")
_LINE = re.compile(r"%gemini(?:_magic)?[ \t]+(.*)")
_CHAT = re.compile(r"%gemini_chat[ \t]+(use|new|reset)(?:[ \t]+(\S+))?[ \t]*")
_SETTING = re.compile(r"%config[ \t]+GeminiMagics\.(\w+)[ \t]*=[ \t]*(.+)")
_OTHER_WAYS = re.compile(r"\bgenai\b|_magic\(\s*['\"]gemini|%gemini_chat[ \t]+(?:fork|undo|redo|load|delete)")
"""Cells that ask, or change what is asked, in ways that are not followed here."""


@dataclass
class Check:
    """What was found.

    Attributes
    ----------
    asked
        Prompts that were looked up.
    misses
        The number of the cell (code cells count from 1), and what is missing.
    unseen
        Numbers of cells that may ask in ways that are not followed.
    """

    asked: int = 0
    misses: list[tuple[int, str]] = field(default_factory=list)
    unseen: list[int] = field(default_factory=list)

    def __str__(self) -> str:
        """Return the result as lines for a person."""
        found = self.asked - len(self.misses)
        lines = [f"{found} of {self.asked} prompts are recorded"]
        lines += [f"code cell {number}: {what}" for number, what in self.misses]
        if self.unseen:
            lines.append(f"not looked at, because they ask from Python: code cells {_join(self.unseen)}")
        return "\n".join(lines)


def check_notebook(path: Path, settings: Settings, variables: Mapping[str, Any]) -> Check:
    """Return what the cassette in `settings` lacks for the notebook, as it was saved last; nothing is asked.

    Parameters
    ----------
    path
        The notebook.
    settings
        The kernel's; the notebook's own `%config` lines go before them.
    variables
        The kernel's variables, for `-s $NAME`.

    Raises
    ------
    OptionError
        If the notebook cannot be read.
    CassetteError
        If the cassette cannot be read.
    """
    run = _Run(settings, variables)
    try:
        for number, source in enumerate(_code_cells(path), 1):
            run.follow(number, source)
    finally:
        run.session.close()
    return run.check


def _code_cells(path: Path) -> list[str]:
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except OSError as error:
        raise OptionError(f"{path.name} cannot be read ({error.strerror}); save the notebook first") from None
    except (ValueError, LookupError, TypeError):
        raise OptionError(f"{path.name} is no notebook") from None


class _Run:
    """A run through a notebook that only replays."""

    def __init__(self, settings: Settings, variables: Mapping[str, Any]) -> None:
        self.session = Session(lambda: None)
        self.check = Check()
        self._settings = replace(settings, cassette_mode="replay", cassette_speed=None, budget_usd=None)
        self._variables = variables
        self._broken: set[str | None] = set()

    def follow(self, number: int, source: str) -> None:
        """Follow one cell."""
        first, _, body = source.lstrip().partition("\n")
        cell = _CELL.fullmatch(first.rstrip())
        if cell is not None:
            self._ask(number, cell.group(1) or "", body)
            return
        if _OTHER_WAYS.search(source):
            self.check.unseen.append(number)
        for line in source.splitlines():
            self._follow_line(number, line.strip())

    def _follow_line(self, number: int, line: str) -> None:
        if (ask := _LINE.fullmatch(line)) is not None:
            self._ask(number, ask.group(1), None)
        elif (setting := _SETTING.fullmatch(line)) is not None:
            self._set(*setting.groups())
        elif (chat := _CHAT.fullmatch(line)) is not None:
            self._change_chat(*chat.groups())

    def _ask(self, number: int, line: str, body: str | None) -> None:
        options, rest = parse_options(line, self._variables, is_cell=body is not None)
        if options.debug or options.insert or options.show or options.dry_run:
            return
        self.check.asked += 1
        chat = None if options.once else options.chat or self._settings.chat
        if chat in self._broken and not options.new and chat is not None:
            self.check.misses.append((number, f"it follows, in chat {chat}, a prompt that is not recorded"))
            return
        self._look_up(number, rest if body is None else body, options, chat)

    def _look_up(self, number: int, text: str, options: Options, chat: str | None) -> None:
        try:
            if options.count:
                self.session.count(text, options, self._settings)
            else:
                self.session.ask(text, options, self._settings, NoView())
        except NotRecorded as error:
            self.check.misses.append((number, str(error)))
            self._broken.add(chat)
        except CassetteError:
            raise
        except (GeminiError, KeyboardInterrupt):
            # A recorded refusal, or a recorded stop: that is what the notebook shows.
            return

    def _set(self, name: str, text: str) -> None:
        value = _read_literal(text)
        if name in {one.name for one in fields(Settings)} - {"cassette", "cassette_mode", "cassette_speed"}:
            self._settings = replace(self._settings, **{name: value})

    def _change_chat(self, what: str, name: str | None) -> None:
        if what in {"use", "new"} and name:
            self._settings = replace(self._settings, chat=name)
        if what in {"new", "reset"}:
            self.session.chats.pop(self._settings.chat, None)
            self._broken.discard(self._settings.chat)


def _read_literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        # As %config takes it: a word without quotes is a text.
        return text


def _join(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))
