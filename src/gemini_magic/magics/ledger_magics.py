"""%gemini_usage and %gemini_log: what requests took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.magic import line_magic, magics_class, no_var_expand

from gemini_magic.errors import NothingToShow
from gemini_magic.ledger.log_files import totals_to_json
from gemini_magic.magics.session_magics import SessionMagics, shows_help
from gemini_magic.options.ledger_options import LOG, SHOWN, USAGE
from gemini_magic.options.parser import describe_parser, parse_line
from gemini_magic.replies.usage import format_usd
from gemini_magic.runtime.files import to_path
from gemini_magic.text.printable import to_line

if TYPE_CHECKING:
    from gemini_magic.ledger.ledger import Entry, Totals
    from gemini_magic.views.table import Cell

__all__ = ["LedgerMagics"]

_SHOWN = 20
"""Requests in the table if no number is given."""

_SHORT = 60
"""Characters of a prompt and of a reply in the table."""

_USAGE_HELP = f"""Show what the requests of this kernel took, in all, by model and by chat.

{describe_parser(USAGE)}

Costs are estimates, from list prices or from %config GeminiMagics.prices;
unknown ones are never counted as 0. Requests that the service refused are not
charged.
"""

_LOG_HELP = f"""Show the last requests, each try of them; prompts and replies are shortened.

{describe_parser(LOG)}

In files prompts and replies are whole. gemini_magic.log_frame() returns the log
as a pandas DataFrame.
"""


@magics_class
class LedgerMagics(SessionMagics):
    """The magics around tokens and money."""

    @no_var_expand
    @line_magic
    def gemini_usage(self, line: str) -> None:  # noqa: D102 - the help text, above
        if shows_help(line, _USAGE_HELP):
            return
        options = parse_line(USAGE, line)
        if options.budget is SHOWN:
            self._say_budget()
        elif options.budget is not None:
            self._gemini.set_trait("budget_usd", options.budget or None)
            self._say_budget()
        elif options.reset:
            self._gemini.session.ledger.reset()
        elif options.plot:
            self._plot(self._entries())
        elif options.json:
            self._say(totals_to_json(self._gemini.session.ledger))
        else:
            self._show_totals()

    gemini_usage.__doc__ = _USAGE_HELP

    @no_var_expand
    @line_magic
    def gemini_log(self, line: str) -> None:  # noqa: D102 - the help text, above
        if shows_help(line, _LOG_HELP):
            return
        options = parse_line(LOG, line)
        entries = self._entries()
        if options.csv is None and options.json is None:
            self._show_entries(entries[-(options.N or _SHOWN) :])
            return
        from gemini_magic.ledger import log_files

        entries = entries[-options.N :] if options.N else entries
        path = to_path(options.csv or options.json)
        write = log_files.to_csv if options.csv is not None else log_files.to_json
        log_files.write_log(path, write(entries))
        self._say(f"{len(entries)} request{'' if len(entries) == 1 else 's'} written to {path}")

    gemini_log.__doc__ = _LOG_HELP

    def _entries(self) -> list[Entry]:
        entries = self._gemini.session.ledger.entries
        if not entries:
            raise NothingToShow("no requests yet; ask something first")
        return list(entries)

    def _show_totals(self) -> None:
        ledger = self._gemini.session.ledger
        rows = [("all", "", *_total_cells(ledger.totals))]
        rows += [("model", name, *_total_cells(totals)) for name, totals in ledger.by_model.items()]
        rows += [("chat", name or "(none)", *_total_cells(totals)) for name, totals in ledger.by_chat.items()]
        header = ("", "name", "requests", "failed", "tokens in", "cached", "out", "thinking", "est. cost")
        self._show_table(header, rows)
        if self._gemini.freeze().budget_usd:
            self._say_budget()

    def _show_entries(self, entries: list[Entry]) -> None:
        header = ("time (UTC)", "chat", "turn", "model", "tokens in", "out", "est. cost", "seconds", "state")
        rows = [_entry_cells(entry) for entry in entries]
        self._show_table((*header, "prompt", "reply"), rows)

    def _plot(self, entries: list[Entry]) -> None:
        from gemini_magic.views.plot import plot_requests

        times = [entry.time for entry in entries]
        tokens = [entry.usage.total for entry in entries]
        self._publish(plot_requests(times, tokens, [entry.cost_usd for entry in entries]))

    def _say_budget(self) -> None:
        budget = self._gemini.session.ledger.budget(self._gemini.freeze().budget_usd)
        self._say("no budget" if budget is None else f"{budget}; est. {format_usd(budget.left_usd)} left")


def _total_cells(totals: Totals) -> tuple[Cell, ...]:
    usage = totals.usage
    counts = (usage.sent, usage.cached, usage.generated, usage.thoughts)
    return (totals.requests, totals.failed, *counts, _money_cell(totals.cost_usd, totals.unpriced))


def _money_cell(usd: float | None, unpriced: int) -> Cell:
    from gemini_magic.views.table import Amount

    if usd is None:
        return None if unpriced else Amount("none")
    return Amount(format_usd(usd) + (f" + {unpriced} unknown" if unpriced else ""))


def _entry_cells(entry: Entry) -> tuple[Cell, ...]:
    from gemini_magic.views.table import Amount, Excerpt

    state = f"{entry.state} ({entry.error})" if entry.error else entry.state
    return (
        f"{entry.time:%Y-%m-%d %H:%M:%S}",
        entry.chat or "",
        Amount("" if entry.turn is None else str(entry.turn)),
        entry.model,
        entry.usage.sent,
        entry.usage.generated,
        _money_cell(entry.cost_usd, unpriced=not entry.offline and entry.cost_usd is None),
        None if entry.total_s is None else Amount(f"{entry.total_s:.2f}"),
        f"{state}, partial" if entry.is_partial else state,
        Excerpt(to_line(entry.prompt, _SHORT)),
        Excerpt(to_line(entry.reply, _SHORT)),
    )
