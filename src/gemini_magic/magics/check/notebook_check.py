"""Finds prompts of a notebook that its cassette lacks: follows the magics, runs no Python."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gemini_magic.cassettes.calls import prompt_of
from gemini_magic.errors import CassetteError, EmptyReply, GeminiError, NotRecorded, StreamBroken
from gemini_magic.magics.check.followed_chats import FollowedChats
from gemini_magic.magics.check.followed_settings import follow_setting
from gemini_magic.magics.check.notebook_cells import read_code_cells
from gemini_magic.magics.check.report import Check
from gemini_magic.options.cell_options import Options, parse_options
from gemini_magic.requests.interpolation.template import Template
from gemini_magic.requests.prompt import Prompt, make_prompt
from gemini_magic.runtime.keys.api_keys import ask_nobody
from gemini_magic.runtime.origin import Origin
from gemini_magic.session import Session
from gemini_magic.views.base import NoView

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gemini_magic.magics.check.notebook_cells import CodeCell
    from gemini_magic.options.settings import Settings

__all__ = ["check_notebook"]

_ABOVE = re.compile(r"\A(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]*")
"""Comments and blank lines above a magic."""

_CELL = re.compile(r"%%gemini(?:_magic)?(?:[ \t]+(.*))?")
_LINE = re.compile(r"(?:[\w ,]+=[ \t]*)?%gemini(?:_magic)?[ \t]+(.*)")
_CHAT = re.compile(r"%gemini_chat[ \t]+(\w+)(.*)")
_CASSETTE = re.compile(r"%gemini_cassette[ \t]+(.*)")
_SETTING = re.compile(r"%config[ \t]+GeminiMagics\.(\w+)[ \t]*=[ \t]*(.+)")
_PYTHON = re.compile(r"\bgenai\b|(_magic\(\s*['\"]gemini)")

_FROM_PYTHON = "asked from Python"
_OFF = "the cassette is not in use there"
_MAY_FAIL = "not recorded, and tagged raises-exception"
_DEPENDS = "what is recorded depends on variables, or on the chat before it"
_FOLLOWS = "what their chat holds by then is not known"


def check_notebook(path: Path, settings: Settings, variables: Mapping[str, Any]) -> Check:
    """Return what the cassette in `settings` lacks for the saved notebook; nothing is sent.

    Parameters
    ----------
    path
        The notebook.
    settings
        The kernel's; the notebook's own `%config` lines override them.
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
        for cell in read_code_cells(path):
            run.follow(cell)
    finally:
        run.session.close()
    return run.check


class _Run:
    """A run through a notebook, by replay only."""

    def __init__(self, settings: Settings, variables: Mapping[str, Any]) -> None:
        self.session = Session(ask_nobody)
        self.check = Check()
        self._settings = replace(settings, cassette_mode="replay", cassette_speed=None, budget_usd=None)
        self._variables = variables
        self._is_on = True
        self._chats = FollowedChats(self.session.chats)

    def follow(self, cell: CodeCell) -> None:
        """Follow one cell."""
        first, _, body = _ABOVE.sub("", cell.source).partition("\n")
        magic = _CELL.fullmatch(first.rstrip())
        if magic is not None:
            self._ask(cell, magic.group(1) or "", body)
            return
        if (python := _PYTHON.search(cell.source)) is not None:
            self._pass_over(cell, _FROM_PYTHON, self._settings.chat if python.group(1) else None)
        for line in cell.source.splitlines():
            self._follow_line(cell, line.strip())

    def _follow_line(self, cell: CodeCell, line: str) -> None:
        if (ask := _LINE.fullmatch(line)) is not None:
            self._ask(cell, ask.group(1), None)
        elif (setting := _SETTING.fullmatch(line)) is not None:
            name, value = setting.groups()
            self._settings = follow_setting(self._settings, name, value)
            if name in {"cassette", "cassette_mode"}:
                self._is_on = value.strip("\"' ") not in {"", "live"}
        elif (cassette := _CASSETTE.fullmatch(line)) is not None:
            self._switch(cassette.group(1))
        elif (chat := _CHAT.fullmatch(line)) is not None:
            name = self._chats.change(chat.group(1), chat.group(2).split(), self._settings.chat)
            self._settings = replace(self._settings, chat=name)

    def _ask(self, cell: CodeCell, line: str, body: str | None) -> None:
        is_cell = body is not None
        try:
            options, rest = parse_options(line, self._variables, is_cell=is_cell)
        except GeminiError as error:
            self._pass_over(cell, str(error), self._guess_chat(line, is_cell))
            return
        if options.action not in {"ask", "count"}:
            return
        chat = self._chat_of(options)
        if options.new and chat is not None:
            self._chats.forget(chat)
        if not self._is_on or chat in self._chats.unknown:
            self._pass_over(
                cell, _FOLLOWS if self._is_on else _OFF, None if options.action == "count" else chat
            )
        else:
            self._look_up(cell, rest if body is None else body, options)

    def _look_up(self, cell: CodeCell, text: str, options: Options) -> None:
        chat = self._chat_of(options)
        try:
            if chat in self._chats.broken:
                raise NotRecorded(f"it follows, in chat {chat}, a prompt that is not recorded")
            if not self._replay_any(cell, self._prompts_of(text, options), options):
                self._pass_over(cell, _DEPENDS, None if options.action == "count" else chat)
                return
        except NotRecorded as error:
            if cell.may_fail:
                self.check.pass_over(cell.number, _MAY_FAIL)
                return
            self.check.misses.append((cell.number, str(error)))
            if chat is not None and options.action == "ask":
                self._chats.broken.add(chat)
        self.check.asked += 1

    def _prompts_of(self, text: str, options: Options) -> list[Prompt]:
        """Return what the cell can have asked: its text, or the recorded prompts that fit its variables."""
        template = Template(text)
        playback = self.session.clients.playback(self._settings, Origin())
        if options.no_vars or not (self._settings.interpolate and template.has_placeholders and playback):
            return [make_prompt(text)]
        recorded = dict.fromkeys(prompt_of(one.call.body) for one in playback.cassette.recordings)
        # Where none fits, none is recorded, whatever the variables hold.
        return [Prompt(one) for one in recorded if template.fits(one)] or [make_prompt(text)]

    def _replay_any(self, cell: CodeCell, prompts: list[Prompt], options: Options) -> bool:
        """Replay the first prompt that is recorded; return whether there is one.

        Raises
        ------
        NotRecorded
            If there is only one prompt that the cell can have asked, and it is not recorded.
        """
        if len(prompts) == 1:
            self._replay(cell, prompts[0], options)
            return True
        for prompt in prompts:
            try:
                self._replay(cell, prompt, options)
            except NotRecorded:
                continue
            if (chat := self._chat_of(options)) is not None and options.action == "ask":
                # Another one may have been asked: what the chat holds now is a guess.
                self._chats.unknown.add(chat)
            return True
        return False

    def _replay(self, cell: CodeCell, prompt: Prompt, options: Options) -> None:
        try:
            if options.action == "count":
                self.session.count(prompt, options, self._settings)
            else:
                self.session.ask(prompt, options, self._settings, NoView())
        except CassetteError:
            raise
        except (StreamBroken, EmptyReply) as error:
            self.check.failures += [] if cell.may_fail else [(cell.number, error.what)]
        except (GeminiError, KeyboardInterrupt):
            # A recorded refusal or stop is no miss: the notebook shows it.
            return

    def _pass_over(self, cell: CodeCell, why: str, chat: str | None) -> None:
        """Note a cell that is not looked up; from here on, what `chat` holds is unknown."""
        self.check.pass_over(cell.number, why)
        if chat is not None:
            self._chats.unknown.add(chat)

    def _chat_of(self, options: Options) -> str | None:
        return None if options.once else options.chat or self._settings.chat

    def _guess_chat(self, line: str, is_cell: bool) -> str | None:
        """Return the chat of a line that names unknown variables; None if the line cannot be parsed."""
        try:
            return self._chat_of(parse_options(line.replace("$", "_"), {}, is_cell=is_cell)[0])
        except GeminiError:
            return None

    def _switch(self, line: str) -> None:
        words = line.split()
        if words[:1] != ["check"] and words[:1] != ["prune"]:
            self._is_on = words[:1] != ["off"] and "live" not in words
