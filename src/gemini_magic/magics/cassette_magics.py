"""%gemini_cassette: replies recorded beside the notebook, so that it runs again without a key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from IPython.core.magic import line_magic, magics_class, no_var_expand

from gemini_magic.errors import NothingToShow, OptionError
from gemini_magic.magics.session_magics import SessionMagics, shows_help
from gemini_magic.options.cassette_options import CASSETTE, COMMANDS
from gemini_magic.options.parser import describe_parser, parse_line
from gemini_magic.replies.numbers import count
from gemini_magic.runtime.files import to_path
from gemini_magic.runtime.front_end import find_notebook, find_origin
from gemini_magic.text.printable import to_line

if TYPE_CHECKING:
    import argparse

    from gemini_magic.cassettes.cassette import Cassette
    from gemini_magic.cassettes.playback import Playback
    from gemini_magic.cassettes.recordings import Recording
    from gemini_magic.views.table import Cell

__all__ = ["CassetteMagics"]

_SHORT = 60
"""Characters of a prompt in the table."""

_HELP = f"""Replay recorded replies, and record new ones, in a file beside the notebook.

    %gemini_cassette lesson.gemini.jsonl    turn a cassette on
    %gemini_cassette                        what is recorded, and what was used
    %gemini_cassette check                  what is missing; nothing is asked
    %gemini_cassette prune                  keep only what this kernel has used

{describe_parser(CASSETTE)}

Without a file, a flag is for the cassette in use, or turns on the one with the
notebook's name.
"""


@magics_class
class CassetteMagics(SessionMagics):
    """The magic around cassettes."""

    @no_var_expand
    @line_magic
    def gemini_cassette(self, line: str) -> None:  # noqa: D102 - the help text, above
        if shows_help(line, _HELP):
            return
        options = parse_line(CASSETTE, line)
        has_flags = options.mode is not None or options.speed is not None or options.sdk
        if options.notebook is not None and options.what != "check":
            raise OptionError("%gemini_cassette takes one file; see %gemini_cassette? for the options")
        if options.what in COMMANDS and has_flags:
            raise OptionError(f"%gemini_cassette {options.what} takes no flags")
        match options.what:
            case "check":
                self._check(options.notebook)
            case "prune":
                self._prune()
            case "off":
                self._turn_off()
            case None if not has_flags:
                self._show()
            case _:
                self._turn_on(options)

    gemini_cassette.__doc__ = _HELP

    def _turn_on(self, options: argparse.Namespace) -> None:
        path = self._choose_file(options.what)
        # Read now, so that a damaged file is reported here and not at the first prompt.
        self._gemini.session.clients.shelf.open(str(path)).load()
        if str(path) != self._gemini.freeze().cassette:
            # Mode and speed were given for another file.
            self._turn_off()
        self._gemini.set_trait("cassette", str(path))
        if options.mode is not None:
            self._gemini.set_trait("cassette_mode", options.mode)
        if options.speed is not None:
            self._gemini.set_trait("cassette_speed", options.speed or None)
        if options.sdk:
            self._gemini.session.clients.hook_sdk(self._gemini.freeze, lambda: find_origin(self._shell))

    def _turn_off(self) -> None:
        if self._gemini.freeze().cassette:
            self._gemini.set_trait("cassette_mode", None)
            self._gemini.set_trait("cassette_speed", None)
        self._gemini.set_trait("cassette", "")
        self._gemini.session.clients.unhook_sdk()

    def _choose_file(self, name: str | None) -> Path:
        if name is not None:
            if not name.endswith(".jsonl"):
                raise OptionError(
                    f"a cassette's name ends in .jsonl, like {Path(name).stem or 'lesson'}.gemini.jsonl"
                )
            return to_path(name).absolute()
        if self._gemini.freeze().cassette:
            return to_path(self._gemini.freeze().cassette)
        notebook = find_notebook(self._shell.user_ns)
        if notebook is None:
            raise OptionError("this front end does not tell the notebook's name: %gemini_cassette FILE.jsonl")
        return Path(notebook).with_suffix(".gemini.jsonl")

    def _playback(self) -> Playback:
        clients, settings = self._gemini.session.clients, self._gemini.freeze()
        playback = clients.playback(settings, find_origin(self._shell))
        if playback is None:
            what = "no cassette is on" if not settings.cassette else "the cassette is not in use (mode live)"
            raise NothingToShow(f"{what}; %gemini_cassette FILE.jsonl begins one")
        return playback

    def _show(self) -> None:
        playback = self._playback()
        cassette = playback.cassette
        recordings = cassette.recordings
        used = set(cassette.used)
        rows = [_cells(number, one, used) for number, one in enumerate(recordings, 1)]
        header = ("", "prompt", "asked", "seconds", "used")
        if rows:
            self._show_table(header, rows)
        self._say(_summary(playback, len(recordings)))

    def _prune(self) -> None:
        cassette = self._playback().cassette
        dropped = cassette.prune()
        self._say(f"{cassette.name}: {count(dropped, 'recording')} dropped, {len(cassette.recordings)} kept")

    def _check(self, notebook: str | None) -> None:
        from gemini_magic.magics.check.notebook_check import check_notebook

        self._playback()
        path = notebook or find_notebook(self._shell.user_ns)
        if path is None:
            raise OptionError(
                "this front end does not tell the notebook's name: %gemini_cassette check FILE.ipynb"
            )
        report = check_notebook(to_path(path), self._gemini.freeze(), self._shell.user_ns)
        self._say(str(report))


def _cells(number: int, one: Recording, used: set[tuple[str, int]]) -> tuple[Cell, ...]:
    from gemini_magic.cassettes.calls import prompt_of
    from gemini_magic.views.table import Amount, Excerpt

    prompt = Excerpt(to_line(prompt_of(one.call.body), _SHORT))
    what = one.call.model or one.call.path
    return (number, prompt, what, Amount(f"{one.end.at:.2f}"), "yes" if one.id in used else "not yet")


def _summary(playback: Playback, recorded: int) -> str:
    cassette: Cassette = playback.cassette
    used = len(cassette.used)
    facts = [f"{cassette.name}: mode {playback.mode}", f"{recorded} recorded", f"{used} used in this kernel"]
    if cassette.replaced:
        facts.append(f"{cassette.replaced} recorded anew since")
    if recorded > used or cassette.replaced:
        facts.append("%gemini_cassette prune drops the rest, once the whole notebook has run")
    return " · ".join(facts)
