"""The magics: parse, call the session, nothing else."""

from __future__ import annotations

import getpass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.error import StdinNotImplementedError
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from traitlets import observe

from gemini_magic.errors import NothingToShow, OptionError, ReplyStopped
from gemini_magic.magics import completion
from gemini_magic.magics import input_repairs as inputs
from gemini_magic.magics.cassette_magics import CassetteMagics
from gemini_magic.magics.chat_magics import ChatMagics
from gemini_magic.magics.ledger_magics import LedgerMagics
from gemini_magic.options.cell_options import Options, describe_options, parse_options
from gemini_magic.options.settings import SettingsTraits
from gemini_magic.runtime import sdk_import
from gemini_magic.runtime.secret import Secret

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from gemini_magic.session import Session
    from gemini_magic.views import View

__all__ = ["GeminiMagics"]

_HELP = f"""Ask Gemini; the reply streams into the cell.

    %%gemini [options]
    the prompt, as many lines as you like

    %gemini [options] a prompt on one line

Options:
{describe_options()}

Examples:
    %gemini Why is the sky blue?

    %%gemini -m gemini-3.5-flash-lite -s "Answer in one sentence."
    Explain attention.

    %gemini --resume
    %gemini --show

    %%gemini --once --thinking high -o proof
    Prove that there are infinitely many primes.

The next cell remembers the chat. The magic returns nothing: -o keeps the reply,
and the last one is always in _gemini.

%config GeminiMagics lists the defaults of this kernel,
%config GeminiMagics.model = "…" sets one. Without an API key,
%config GeminiMagics.offline = True answers from the offline emulator.
"""

_NEEDED_SOON = (
    "gemini_magic.transports.sse",
    "gemini_magic.transports.emulator",
    "gemini_magic.text.html",
    "gemini_magic.views.widgets.bar",
)
"""Modules of ours that the first prompt needs and that take long to import."""


@magics_class
class GeminiMagics(SettingsTraits, Magics):
    """%%gemini and %gemini, and the settings they begin with."""

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell=shell)
        self._shell = shell
        self._ledger = LedgerMagics(shell, self)
        self._others: list[Magics] = [ChatMagics(shell, self), self._ledger, CassetteMagics(shell, self)]
        self._matcher = completion.make_matcher(self._chat_names, self._text_variables)

    @cached_property
    def session(self) -> Session:
        """What this kernel holds; made for the first prompt, so that loading stays quick."""
        from gemini_magic.session import Session

        session = Session(self._ask_key)
        session.chats.keep_in(self._autosave_file())
        return session

    @no_var_expand
    @line_cell_magic
    def gemini(self, line: str, cell: str | None = None) -> None:  # noqa: D102 - the help text, below
        options, rest = parse_options(line, self._shell.user_ns, is_cell=cell is not None)
        text = rest if cell is None else cell
        _refuse_prompt(text, options)
        if options.debug:
            self._show_causes()
        elif options.insert:
            self._insert_code()
        elif options.count or options.dry_run:
            self._ledger.preview(text, options)
        elif options.show:
            self._say_which()
            self.session.show_last(self._make_view(options))
        else:
            self._run(text, options)

    gemini.__doc__ = _HELP

    def install(self) -> None:
        """Register with the shell; where another extension owns %%gemini, one line says so."""
        owner = _owner_of_gemini(self._shell)
        self._shell.register_magics(self, *self._others)
        manager = self._shell.magics_manager
        for kind in ("line", "cell"):
            magic = manager.magics[kind]["gemini"]
            manager.magics[kind]["gemini_magic"] = magic
        if owner:
            name, theirs = owner
            for kind, magic in theirs.items():
                manager.magics[kind]["gemini"] = magic
            print(f"%%gemini belongs to {name} here; gemini_magic answers to %%gemini_magic instead.")
        inputs.install(self._shell)
        self._shell.Completer.custom_matchers.append(self._matcher)
        self._shell.events.register("post_run_cell", self._import_sdk)

    def uninstall(self) -> None:
        """Undo `install` and close the session."""
        for table in self._shell.magics_manager.magics.values():
            ours = [name for name, magic in table.items() if getattr(magic, "__self__", None) in self._all]
            for name in ours:
                del table[name]
        inputs.uninstall(self._shell)
        self._shell.Completer.custom_matchers.remove(self._matcher)
        for magics in self._all:
            self._shell.configurables.remove(magics)  # type: ignore[arg-type]
        if self._import_sdk in self._shell.events.callbacks["post_run_cell"]:
            self._shell.events.unregister("post_run_cell", self._import_sdk)
        if "session" in vars(self):
            self.session.close()

    def _autosave_file(self) -> Path | None:
        """Return the file that keeps this notebook's chats, if they are to be kept."""
        from gemini_magic.chats.autosave import autosave_file, find_notebook

        notebook = find_notebook(self._shell.user_ns) if self.autosave else None
        if not notebook:
            return None
        # Beside the notebook, wherever the kernel has gone meanwhile.
        return autosave_file(Path(notebook).parent / Path(self.autosave).expanduser(), notebook)

    @observe("autosave")
    def _keep_elsewhere(self, _change: Any) -> None:
        if "session" in vars(self):
            self.session.chats.keep_in(self._autosave_file())

    @property
    def _all(self) -> list[Magics]:
        return [self, *self._others]

    def _run(self, text: str, options: Options) -> None:
        from gemini_magic.views.choose import find_origin

        before = self.session.last
        try:
            self.session.ask(text, options, self.freeze(), self._make_view(options), find_origin(self._shell))
        except ReplyStopped:
            raise
        except KeyboardInterrupt:
            # Before the request was sent, or after the turn: nothing to keep, and one line will do.
            raise ReplyStopped(None) from None
        finally:
            reply = self.session.last
            if reply is not None and reply is not before and (reply.is_usable or reply.state != "failed"):
                names = {"_gemini": reply} | ({options.into: reply} if options.into else {})
                self._shell.push(names, interactive=False)  # type: ignore[no-untyped-call]

    def _make_view(self, options: Options) -> View:
        from gemini_magic.views import Look, choose_view, make_view

        settings = self.freeze()
        look = Look(
            settings.rendering,
            quiet=options.quiet or settings.quiet,
            thoughts=options.thoughts or settings.thoughts,
            bar=settings.bar,
        )
        return make_view(choose_view(options.view or settings.view, self._shell), self._shell, look)

    def _insert_code(self) -> None:
        """Put the first code block of the last reply into the next cell, never running it."""
        self._say_which()
        reply = self.session.last_to_show
        if reply is None or not reply.code_blocks:
            raise NothingToShow("the last reply has no code block; ask for code first")
        self._shell.set_next_input(reply.code_blocks[0].code)

    def _say_which(self) -> None:
        """Say so where the last request brought nothing, and what is shown is the reply to an earlier one."""
        last, reply = self.session.last, self.session.last_to_show
        if last is not None and reply is not None and reply is not last:
            how = f"failed: {last.error}" if last.error else last.state
            where = f"chat {reply.chat}, turn {reply.turn}" if reply.chat else "outside any chat"
            print(f"the last request brought nothing ({how}); this is the reply before it ({where})")

    def _show_causes(self) -> None:
        error = self.session.last_error
        if error is None:
            print("no request has failed")
        else:
            print(f"{type(error).__name__}: {error}", *error.causes, sep="\n")

    def _import_sdk(self, _result: Any = None) -> None:
        """Begin to import the SDK when the cell that loaded the extension has ended."""
        self._shell.events.unregister("post_run_cell", self._import_sdk)
        sdk_import.start_import(*_NEEDED_SOON)

    def _ask_key(self) -> Secret | None:
        from gemini_magic.views.choose import can_answer

        if not can_answer(self._shell):
            return None
        try:
            return Secret(getpass.getpass("Gemini API key (hidden; empty to cancel): "))
        except (EOFError, KeyboardInterrupt, StdinNotImplementedError):
            return None

    def _chat_names(self) -> list[str]:
        return sorted(self.session.chats) if "session" in vars(self) else []

    def _text_variables(self) -> list[str]:
        names = self._shell.user_ns.items()
        return sorted(name for name, value in names if isinstance(value, str) and name[0] != "_")


def _refuse_prompt(text: str, options: Options) -> None:
    """Raise an `OptionError` where there is a prompt, and an option that would leave it unasked."""
    flags = {"--debug": options.debug, "--insert": options.insert, "--show": options.show}
    flag = next((flag for flag, is_given in flags.items() if is_given), None)
    if flag is None or not text.strip():
        return
    from gemini_magic.requests.request import clean_prompt

    if clean_prompt(text):
        raise OptionError(f"{flag} takes no prompt; to ask something, leave {flag} out")


def _owner_of_gemini(shell: InteractiveShell) -> tuple[str, dict[str, Any]] | None:
    """Return the name and the magics of another extension that owns %%gemini, if one does."""
    tables = shell.magics_manager.magics
    theirs = {kind: tables[kind]["gemini"] for kind in ("cell", "line") if "gemini" in tables[kind]}
    if not theirs:
        return None
    owner = getattr(magic := next(iter(theirs.values())), "__self__", magic)
    module = getattr(owner, "__module__", None) or type(owner).__module__
    return module, theirs
