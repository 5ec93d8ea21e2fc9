"""What a prompt would take (`--count`) and send (`--dry-run`), without asking for a reply."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from gemini_magic.errors import ReplyStopped
from gemini_magic.magics.prompts.cell_prompt import make_cell_prompt
from gemini_magic.replies.usage import format_usd
from gemini_magic.runtime.front_end import find_origin
from gemini_magic.runtime.output import publish, say
from gemini_magic.text.printable import to_json_text

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from gemini_magic.magics.session_magics import SessionOwner
    from gemini_magic.options.cell_options import Options
    from gemini_magic.service.preview import InputCount

__all__ = ["Previews"]


class Previews:
    """The actions `--count` and `--dry-run`.

    Parameters
    ----------
    shell
        The shell they show something in.
    gemini
        The magics that hold the session and the settings.
    """

    def __init__(self, shell: InteractiveShell, gemini: SessionOwner) -> None:
        self._shell = shell
        self._gemini = gemini

    def show(self, text: str, options: Options) -> None:
        """Show what the options ask for, of the prompt `text`."""
        session, settings, origin = self._gemini.session, self._gemini.freeze(), find_origin(self._shell)
        from gemini_magic.views.usage_line import describe_prompt

        try:
            prompt = make_cell_prompt(text, options, settings, self._shell, session)
            facts = describe_prompt(prompt.inserted, prompt.notes)
            if options.action == "dry_run":
                request = to_json_text(session.describe(prompt, options, settings, origin), indent=2)
                publish(self._shell, {"text/html": f"<pre>{escape(request)}</pre>", "text/plain": request})
                if facts:
                    say(" · ".join(facts))
            else:
                say(_count_line(session.count(prompt, options, settings, origin), facts))
        except KeyboardInterrupt:
            raise ReplyStopped(None) from None


def _count_line(count: InputCount, facts: list[str]) -> str:
    tokens = "?" if count.tokens is None else f"{count.tokens:,}"
    if count.offline:
        money = "offline, no cost"
    else:
        money = "cost unknown" if count.cost is None else f"est. {format_usd(count.cost.usd)} for the input"
    return " · ".join([count.model, *facts, f"{tokens} tokens in", money, "not asked for a reply"])
