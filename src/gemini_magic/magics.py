"""The magics: parse, call the session, nothing else."""

from __future__ import annotations

import getpass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from IPython.core.error import StdinNotImplementedError
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from gemini_magic import completion, inputs, sdk
from gemini_magic.errors import ReplyStopped
from gemini_magic.options import Options, describe_options, parse_options
from gemini_magic.secret import Secret
from gemini_magic.settings import SettingsTraits

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from gemini_magic.session import Session

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

    %%gemini --once --thinking high -o proof
    Prove that there are infinitely many primes.

The next cell remembers the chat. The magic returns nothing: -o keeps the reply,
and the last one is always in _gemini.

%config GeminiMagics lists the defaults of this kernel,
%config GeminiMagics.model = "…" sets one. Without an API key,
%config GeminiMagics.offline = True answers from the offline emulator.
"""


@magics_class
class GeminiMagics(SettingsTraits, Magics):
    """%%gemini and %gemini, and the settings they begin with."""

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell=shell)
        self._shell = shell
        self._matcher = completion.make_matcher(self._chat_names, self._text_variables)

    @cached_property
    def session(self) -> Session:
        """What this kernel holds; made for the first prompt, so that loading stays quick."""
        from gemini_magic.session import Session

        return Session(self._ask_key)

    @no_var_expand
    @line_cell_magic
    def gemini(self, line: str, cell: str | None = None) -> None:  # noqa: D102 - the help text, below
        options, rest = parse_options(line, self._shell.user_ns, is_cell=cell is not None)
        if options.debug:
            self._show_causes()
            return
        self._run(rest if cell is None else cell, options)

    gemini.__doc__ = _HELP

    def install(self) -> None:
        """Register with the shell; where another extension owns %%gemini, one line says so."""
        owner = _owner_of_gemini(self._shell)
        self._shell.register_magics(self)
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
            for name in ("gemini", "gemini_magic"):
                if getattr(table.get(name), "__self__", None) is self:
                    del table[name]
        inputs.uninstall(self._shell)
        self._shell.Completer.custom_matchers.remove(self._matcher)
        self._shell.configurables.remove(self)  # type: ignore[arg-type]
        if self._import_sdk in self._shell.events.callbacks["post_run_cell"]:
            self._shell.events.unregister("post_run_cell", self._import_sdk)
        if "session" in vars(self):
            self.session.close()

    def _run(self, text: str, options: Options) -> None:
        from gemini_magic.views import make_view

        settings = self.freeze()
        view = make_view(options.view or settings.view, self._shell, quiet=options.quiet or settings.quiet)
        before = self.session.last
        try:
            self.session.ask(text, options, settings, view)
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

    def _show_causes(self) -> None:
        error = self.session.last_error
        if error is None:
            print("no request has failed")
        else:
            print(f"{type(error).__name__}: {error}", *error.causes, sep="\n")

    def _import_sdk(self, _result: Any = None) -> None:
        """Begin to import the SDK when the cell that loaded the extension has ended."""
        self._shell.events.unregister("post_run_cell", self._import_sdk)
        sdk.start_import()

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


def _owner_of_gemini(shell: InteractiveShell) -> tuple[str, dict[str, Any]] | None:
    """Return the name and the magics of another extension that owns %%gemini, if one does."""
    tables = shell.magics_manager.magics
    theirs = {kind: tables[kind]["gemini"] for kind in ("cell", "line") if "gemini" in tables[kind]}
    if not theirs:
        return None
    owner = getattr(magic := next(iter(theirs.values())), "__self__", magic)
    module = getattr(owner, "__module__", None) or type(owner).__module__
    return module, theirs
