"""One cell's options, and their parser.

IPython's own option parsers keep the quotes of `-s "be terse"`; this one splits like a shell and raises
our errors. On `%gemini …` lines only the leading options are split, so that apostrophes in the prompt
are just text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from gemini_magic.errors import OptionError, UnknownVariable
from gemini_magic.models import THINKING_LEVELS
from gemini_magic.options.argument_types import at_least_one, seconds, temperature, variable_name
from gemini_magic.options.chat_names import check_chat_name
from gemini_magic.options.parser import (
    Parser,
    describe_parser,
    flags_of,
    next_word,
    with_plain_dashes,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

__all__ = ["FLAGS", "PARSER", "VIEWS", "Action", "Options", "describe_options", "find_place", "parse_options"]

VIEWS = ("auto", "blocks", "text", "final", "none")
"""Names of the views; `auto` chooses by the front end."""

Action = Literal["ask", "count", "dry_run", "show", "insert", "debug", "version", "about"]
"""What is done: a prompt is sent, counted, or shown as it would be sent; the others take no prompt."""


@dataclass(frozen=True)
class Options:
    """The options of one cell; None means the setting decides."""

    model: str | None = None
    system: str | None = None
    chat: str | None = None
    new: bool = False
    append: bool = False
    once: bool = False
    resume: bool = False
    no_vars: bool = False
    max_tokens: int | None = None
    temperature: float | None = None
    thinking: str | None = None
    no_stream: bool = False
    timeout: float | None = None
    view: str | None = None
    into: str | None = None
    quiet: bool = False
    thoughts: bool = False
    over_budget: bool = False
    action: Action = "ask"

    def over(self, earlier: Options) -> Options:
        """Return these options; what they leave open of model and generation comes from `earlier`."""
        names = ("model", "system", "max_tokens", "temperature", "thinking", "timeout")
        open_ones = {name: getattr(earlier, name) for name in names if getattr(self, name) is None}
        return replace(self, **open_ones, thoughts=self.thoughts or earlier.thoughts)


def _make_parser() -> Parser:
    parser = Parser("%gemini")
    add = parser.add_argument
    add("-m", "--model", metavar="ID", help="model to ask")
    add("-s", "--system", metavar="TEXT|$NAME", help="system instruction: a text, or a variable's value")
    add("-c", "--chat", metavar="NAME", type=check_chat_name, help="chat to continue (default: main)")
    add("--new", action="store_true", help="empty the chat first")
    add("--append", action="store_true", help="when run again, add a turn and keep the cell's earlier one")
    add("--once", action="store_true", help="neither read nor write the chat")
    add(
        "--resume",
        action="store_true",
        help="continue the last reply where it was cut off; takes no prompt",
    )
    add("--no-vars", action="store_true", help="send {name} as it is, also where there is a variable name")
    add("--max-tokens", metavar="N", type=at_least_one, help="stop after N tokens of output")
    add("--temperature", metavar="X", type=temperature, help="0 to 2; newer models ignore it")
    add(
        "--thinking",
        metavar="LEVEL",
        type=str.lower,
        choices=THINKING_LEVELS,
        help="how hard to think: " + ", ".join(THINKING_LEVELS),
    )
    add("--no-stream", action="store_true", help="wait for the whole reply")
    add(
        "--timeout",
        metavar="S",
        type=seconds,
        help="longest silence, in seconds (default: 60; 600 with --no-stream or high thinking)",
    )
    add("--view", metavar="NAME", choices=VIEWS, help="how to draw: " + ", ".join(VIEWS))
    add("-o", "--into", metavar="NAME", type=variable_name, help="put the Reply into this variable")
    add("-q", "--quiet", action="store_true", help="no usage line")
    add("--thoughts", action="store_true", help="show the model's thoughts, closed, above the reply")
    instead = parser.add_mutually_exclusive_group()
    _add_action(instead, "--show", "draw the last reply again; takes no prompt")
    _add_action(
        instead, "--insert", "put the last reply's first code block into the next cell; takes no prompt"
    )
    _add_action(instead, "--count", "say how many tokens the prompt sends; asks for no reply")
    _add_action(instead, "--dry-run", "show the request as JSON; sends nothing")
    _add_action(instead, "--version", "say which version this is")
    _add_action(instead, "--about", "report versions, front end and settings, for a bug report; no secrets")
    add("--over-budget", action="store_true", help="send this prompt although the budget is spent")
    _add_action(instead, "--debug", "what lies behind the last error, without secrets; takes no prompt")
    parser.set_defaults(action="ask")
    return parser


def _add_action(group: argparse._MutuallyExclusiveGroup, flag: str, help_text: str) -> None:
    """Add a flag that says what is done instead of asking."""
    name = flag.removeprefix("--").replace("-", "_")
    group.add_argument(flag, dest="action", action="store_const", const=name, help=help_text)


PARSER = _make_parser()
"""Reads the options of `%gemini` and `%%gemini`."""

_ACTIONS = flags_of(PARSER)

FLAGS: Mapping[str, str] = {flag: action.help or "" for flag, action in _ACTIONS.items()}
"""Every flag with its help text."""


_DASH = re.compile(r"(?:-|-{3,})(?:\s|$)")
"""A dash before a space is no option: it may begin a list."""

_MODEL = re.compile(r"((?:models/)?(?:gemini|gemma|gpt|claude|imagen|learnlm)-[\w.-]+)(?:\s+#.*)?", re.I)


def describe_options() -> str:
    """Return the options as indented help text, one a line."""
    return describe_parser(PARSER)


def parse_options(line: str, variables: Mapping[str, Any], *, is_cell: bool) -> tuple[Options, str]:
    """Split a magic's line into its options and the text that follows them.

    Parameters
    ----------
    line
        What stands after `%gemini` or `%%gemini`.
    variables
        The notebook's variables, for `-s $name`.
    is_cell
        Whether the prompt is in the cell's body; then nothing but options may stand on the line.

    Raises
    ------
    OptionError
        For a wrong flag or value, an unclosed quote, text after the options of a cell.
    UnknownVariable
        Where `-s $name` names no variable.
    """
    words, rest = _split_options(line)
    values = vars(PARSER.parse_args(words))
    if rest.startswith("#") and (
        is_cell or values["resume"] or values["action"] in {"show", "insert", "debug", "about"}
    ):
        # A comment at the end of the line.
        rest = ""
    if is_cell and rest:
        if model := _MODEL.fullmatch(rest):
            raise OptionError(f"choose a model with -m {model[1]}")
        raise OptionError(f"{rest!r} is no option; write the prompt in the lines below %%gemini")
    if values["resume"] and (values["new"] or values["once"]):
        raise OptionError("--resume continues a chat; leave --new and --once out")
    if values["system"] is not None:
        values["system"] = _resolve(values["system"], variables)
    return Options(**values), rest


def _split_options(line: str) -> tuple[list[str], str]:
    """Return the leading option words, quotes removed, and the untouched rest of the line."""
    words: list[str] = []
    while (line := with_plain_dashes(line.lstrip(), _ACTIONS)).startswith("-") and not _DASH.match(line):
        word, line = next_word(line)
        if word == "--":
            break
        words.append(word)
        action = _ACTIONS.get(word)
        if action is not None and action.nargs != 0 and line.strip():
            value, line = next_word(line)
            # As `flag=value`, so that argparse never takes a value like "-5" for a flag.
            words[-1] = f"{action.option_strings[-1]}={value}"
    return words, line.strip()


def find_place(line: str) -> tuple[str | None, str]:
    """Return what is being typed at the end of a line: the flag whose value it is, and the word so far.

    The flag is in its long form; it is empty if a flag is being typed, and None in the text of a prompt.
    """
    *words, word = re.split(r"\s+", line)
    due = None
    for earlier in words:
        action = _ACTIONS.get(earlier)
        if due is None and not earlier.startswith("-"):
            return None, word
        due = earlier if due is None and action is not None and action.nargs != 0 else None
    if due is not None:
        return _ACTIONS[due].option_strings[-1], word
    flag, equals, value = word.partition("=")
    if equals and flag in _ACTIONS:
        return flag, value
    return ("" if not word or word.startswith("-") else None), word


def _resolve(text: str, variables: Mapping[str, Any]) -> str:
    match = re.fullmatch(r"\$([^\W\d]\w*)", text)
    if match is None:
        return text
    name = match.group(1)
    if name not in variables:
        raise UnknownVariable(f"-s ${name}: there is no variable {name}; define it in a cell above")
    if not isinstance(variables[name], str):
        raise OptionError(f"-s ${name}: {name} is a {type(variables[name]).__name__}, not a text")
    return str(variables[name])
