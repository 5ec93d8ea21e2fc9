"""What `%gemini` does with the last reply and the last error, without sending a prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemini_magic.errors import NothingToShow, OptionError
from gemini_magic.runtime.output import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

    from gemini_magic.options.cell_options import Options
    from gemini_magic.session import Session
    from gemini_magic.views import View

__all__ = ["LastReply", "refuse_prompt"]


class LastReply:
    """The actions `--show`, `--insert` and `--debug`.

    Parameters
    ----------
    shell
        The shell whose next cell `--insert` sets.
    make_view
        Makes the view that a cell's options ask for.
    """

    def __init__(self, shell: InteractiveShell, make_view: Callable[[Options], View]) -> None:
        self._shell = shell
        self._make_view = make_view

    def act(self, options: Options, text: str, session: Session) -> None:
        """Do what the options say; `text` stands where a prompt would be.

        Raises
        ------
        OptionError
            If there is a prompt, which would not be sent, or nothing to show.
        """
        refuse_prompt(text, options.action)
        match options.action:
            case "show":
                _say_which(session)
                session.show_last(self._make_view(options))
            case "insert":
                self._insert_code(session)
            case "debug":
                _print_causes(session)

    def _insert_code(self, session: Session) -> None:
        """Put the first code block of the last reply into the next cell, never running it."""
        _say_which(session)
        reply = session.last_to_show
        if reply is None or not reply.code_blocks:
            raise NothingToShow("the last reply has no code block; ask for code first")
        self._shell.set_next_input(reply.code_blocks[0].code)


def refuse_prompt(text: str, action: str) -> None:
    """Raise an `OptionError` if there is a prompt beside an action that would not send it."""
    if not text.strip():
        return
    from gemini_magic.requests.prompt import clean_prompt

    if clean_prompt(text):
        raise OptionError(f"--{action} takes no prompt; to ask something, leave --{action} out")


def _say_which(session: Session) -> None:
    """Say so if the last request brought nothing; the reply to an earlier one is shown, if there is one."""
    last, reply = session.last, session.last_to_show
    if last is None or reply is None or (reply is last and (last.state != "failed" or last.is_usable)):
        return
    how = f"failed: {last.error}" if last.error else last.state
    what = f"the last request brought nothing ({how})"
    if reply is not last:
        where = f"chat {reply.chat}, turn {reply.turn}" if reply.chat else "outside any chat"
        what += f"; this is the reply before it ({where})"
    say(what)


def _print_causes(session: Session) -> None:
    error = session.last_error
    if error is None:
        say("no request has failed")
    else:
        say("\n".join([f"{type(error).__name__}: {error}", *error.causes]))
