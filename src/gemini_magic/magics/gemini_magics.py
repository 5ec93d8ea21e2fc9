"""The magics %gemini and %%gemini: they parse, call the session, and do nothing else."""

from __future__ import annotations

from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from traitlets import observe

from gemini_magic import __version__
from gemini_magic.errors import ReplyStopped
from gemini_magic.magics import completion, input_repairs
from gemini_magic.magics.actions.about import About
from gemini_magic.magics.actions.last_reply import LastReply
from gemini_magic.magics.cassette_magics import CassetteMagics
from gemini_magic.magics.chat_magics import ChatMagics
from gemini_magic.magics.kept import Kept, keep, take
from gemini_magic.magics.ledger_magics import LedgerMagics
from gemini_magic.magics.prompts.cell_prompt import make_cell_prompt
from gemini_magic.magics.prompts.previews import Previews
from gemini_magic.magics.registration import register, unregister
from gemini_magic.magics.session_magics import shows_help
from gemini_magic.options.cell_options import Options, describe_options, parse_options
from gemini_magic.options.settings import SettingsTraits
from gemini_magic.runtime import sdk_import
from gemini_magic.runtime.drawn_values import note_drawn
from gemini_magic.runtime.files import to_path
from gemini_magic.runtime.front_end import find_notebook, find_origin, is_watched
from gemini_magic.runtime.keys.hidden_prompt import ask_person
from gemini_magic.runtime.older_ipython import matchers_of
from gemini_magic.runtime.output import say

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from gemini_magic.replies.reply import Reply
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

A variable of the notebook in braces is inserted: {{name}}, {{df.columns}},
{{rows[0]}}, {{x:.2f}}. All other braces stay; {{{{name}}}} is sent as {{name}}.

The next cell remembers the chat. r = %gemini … and -o r keep the reply;
the last one is also in _ and always in _gemini.

%config GeminiMagics lists the defaults of this kernel,
%config GeminiMagics.model = "…" sets one. Without an API key,
%config GeminiMagics.offline = True answers from the offline emulator.
"""

_NEEDED_SOON = (
    "gemini_magic.views.widgets.bar",
    "gemini_magic.requests.interpolation.interpolate",
    "gemini_magic.transports.sse",
    "gemini_magic.transports.emulator",
    "gemini_magic.text.html.render",
)
"""Modules of ours that the first prompt needs and that take long to import; the bar is shown first."""


@magics_class
class GeminiMagics(SettingsTraits, Magics):
    """%%gemini and %gemini, and their settings."""

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell=shell)
        self._shell = shell
        others = (kind(shell, self) for kind in (ChatMagics, LedgerMagics, CassetteMagics))
        self._all: list[Magics] = [self, *others]
        self._previews = Previews(shell, self)
        self._last_reply = LastReply(shell, self._make_view)
        self._about = About(shell, self)
        self._matcher = completion.make_matcher(self._shell.Completer, self._chat_names, self._text_variables)

    @cached_property
    def session(self) -> Session:
        """The session of this kernel; made when first used, so that loading stays quick."""
        from gemini_magic.session import Session

        session = Session(partial(ask_person, self._shell))
        session.chats.keep_in(self._autosave_file())
        return session

    @no_var_expand
    @line_cell_magic
    def gemini(self, line: str, cell: str | None = None) -> Reply | None:  # noqa: D102 - the help text, below
        if shows_help(line, _HELP):
            return None
        options, rest = parse_options(line, self._shell.user_ns, is_cell=cell is not None)
        text = rest if cell is None else cell
        match options.action:
            case "ask":
                return self._ask(text, options)
            case "version":
                say(f"gemini-magic {__version__}")
            case "about":
                self._about.show(text)
            case "count" | "dry_run":
                self._previews.show(text, options)
            case _:
                self._last_reply.act(options, text, self.session)
        return None

    gemini.__doc__ = _HELP

    def install(self) -> None:
        """Register with the shell."""
        register(self._shell, self._all)
        self._take_over()
        input_repairs.install(self._shell)
        matchers_of(self._shell.Completer).append(self._matcher)
        self._shell.events.register("post_run_cell", self._import_sdk)

    def uninstall(self) -> None:
        """Undo `install` and close the session."""
        unregister(self._shell, self._all)
        input_repairs.uninstall(self._shell)
        matchers_of(self._shell.Completer).remove(self._matcher)
        if self._import_sdk in self._shell.events.callbacks["post_run_cell"]:
            self._shell.events.unregister("post_run_cell", self._import_sdk)
        self._keep()

    def _keep(self) -> None:
        """Keep what this kernel holds for the next loading, as of `%reload_ext`."""
        session = vars(self).get("session")
        is_hooked = session is not None and session.clients.is_hooked
        if session is not None:
            session.close()
        values = {name: getattr(self, name) for name in self.trait_names(config=True)}
        changed = {name: value for name, value in values.items() if value != self.trait_defaults(name)}
        keep(self._shell, Kept(session, changed, is_hooked))

    def _take_over(self) -> None:
        kept = take(self._shell)
        if kept is None:
            return
        for name, value in kept.settings.items():
            self.set_trait(name, value)
        if kept.session is not None:
            self.session = kept.session
        if kept.is_hooked:
            self.session.clients.hook_sdk(self.freeze, lambda: find_origin(self._shell))

    def _autosave_file(self) -> Path | None:
        """Return the file that keeps this notebook's chats; None if they are not kept."""
        from gemini_magic.chats.autosave import autosave_file

        if not self.autosave:
            return None
        notebook = find_notebook(self._shell.user_ns)
        name = self.autosave_name or notebook
        if not name:
            self._say_nothing_is_kept()
            return None
        # Beside the notebook, also if the kernel has changed its folder.
        folder = Path(notebook).parent if notebook else Path.cwd()
        return autosave_file(folder / to_path(self.autosave), name)

    def _say_nothing_is_kept(self) -> None:
        # A notebook that runs unwatched, as in tests, has the outputs that a person saw.
        if getattr(self._shell, "kernel", None) is None or is_watched(self._shell):
            say(
                "chats are not kept: this front end does not tell the notebook's name; "
                'give one with %config GeminiMagics.autosave_name = "lesson"'
            )

    @observe("autosave", "autosave_name")
    def _change_autosave_file(self, _change: Any) -> None:
        if "session" in vars(self):
            self.session.chats.keep_in(self._autosave_file())

    def _ask(self, text: str, options: Options) -> Reply:
        before, view, settings = self.session.last, self._make_view(options), self.freeze()
        try:
            prompt = make_cell_prompt(text, options, settings, self._shell, self.session)
            reply = self.session.ask(prompt, options, settings, view, find_origin(self._shell))
            note_drawn(reply)
            return reply
        except ReplyStopped:
            raise
        except KeyboardInterrupt:
            # Before the request was sent, or after the turn: nothing is lost, so one line is enough.
            raise ReplyStopped(None) from None
        finally:
            last = self.session.last
            if last is not None and last is not before and (last.is_usable or last.state != "failed"):
                names = {"_gemini": last} | ({options.into: last} if options.into else {})
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

    def _import_sdk(self, _result: Any = None) -> None:
        """Begin to import the SDK; called when the cell that loaded the extension has ended."""
        self._shell.events.unregister("post_run_cell", self._import_sdk)
        sdk_import.start_import(*_NEEDED_SOON)

    def _chat_names(self) -> list[str]:
        return sorted(self.session.chats) if "session" in vars(self) else []

    def _text_variables(self) -> list[str]:
        return sorted(n for n, value in self._shell.user_ns.items() if isinstance(value, str) and n[0] != "_")
