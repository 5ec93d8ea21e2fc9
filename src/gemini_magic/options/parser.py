"""The parser of our magics: words are split as in a shell, errors are ours and one line."""

from __future__ import annotations

import argparse
import difflib
import io
import re
import shlex
from typing import TYPE_CHECKING, NoReturn

from gemini_magic.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = [
    "HELP_FLAGS",
    "Parser",
    "describe_parser",
    "flags_of",
    "next_word",
    "parse_line",
    "split_words",
    "with_plain_dashes",
]

HELP_FLAGS = frozenset({"-h", "--help"})
"""Flags that show the help of a magic where they stand first."""


_TYPOGRAPHIC = re.compile(
    r"\s*(-[\w-]*=|)"
    r"(?:[\u201c-\u201f]([^\u201c-\u201f]*)[\u201c\u201d]|[\u2018-\u201b]((?:[^\u2018-\u201b]|\u2019(?=\w))*)[\u2018\u2019])(?=\s|$)"
)
"""A text in the quotes that word processors and web pages make of plain ones, maybe behind `--flag=`."""


_DASH = "[\u2010-\u2015\u2212]"
"""What they make of hyphens."""

_FLAG = re.compile(rf"(?:-|{_DASH}){{1,2}}(\w(?:[\w-]|{_DASH})*)")

_NO_BREAKS = "\u00a0\u202f"
"""What they make of spaces."""


class Parser(argparse.ArgumentParser):
    """A parser that raises its errors, in plainer words than argparse's.

    Parameters
    ----------
    magic
        The magic's name, as in `%gemini`.
    """

    def __init__(self, magic: str) -> None:
        super().__init__(prog=magic, add_help=False, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Raise an `OptionError`."""
        unknown = re.fullmatch(r"unrecognized arguments: (\S+).*", message, re.DOTALL)
        if unknown is not None and unknown.group(1) in HELP_FLAGS:
            raise OptionError(f"{unknown.group(1)} shows the help if it stands first; so does {self.prog}?")
        raise OptionError(f"{self._reword(message) or message}; see {self.prog}? for the options")

    def _reword(self, message: str) -> str | None:
        """Return a plainer message, for an unknown flag with the closest one; None to keep argparse's."""
        both = re.fullmatch(r"argument (\S+): not allowed with argument (\S+)", message)
        if both is not None:
            return f"{both.group(2)} and {both.group(1)} do not go together; choose one"
        lacking = re.fullmatch(r"argument (\S+): expected one argument", message)
        if lacking is not None:
            return f"{lacking.group(1).replace('/', ' or ')} needs a value"
        unknown = re.fullmatch(r"unrecognized arguments: (\S+).*", message, re.DOTALL)
        if unknown is None:
            return None
        flag = unknown.group(1).partition("=")[0]
        close = difflib.get_close_matches(flag, flags_of(self), n=1)
        return f"there is no option {flag}" + (f"; did you mean {close[0]}" if close else "")


def flags_of(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """Return every flag of a parser with its action."""
    return {flag: action for action in parser._actions for flag in action.option_strings}


def describe_parser(parser: argparse.ArgumentParser) -> str:
    """Return the options as indented help text, one a line."""
    return "\n".join(parser.format_help().split("\n\n", 1)[1].splitlines()[1:])


def next_word(line: str) -> tuple[str, str]:
    """Return the first word of `line` as a shell reads it, and the untouched rest.

    Raises
    ------
    OptionError
        If a quote is not closed.
    """
    quoted = _TYPOGRAPHIC.match(line)
    if quoted is not None:
        flag, double, single = quoted.groups()
        return flag + (double or single or ""), line[quoted.end() :]
    stream = io.StringIO(line)
    lexer = shlex.shlex(stream, posix=True, punctuation_chars=False)
    lexer.whitespace_split = True
    lexer.whitespace += _NO_BREAKS
    lexer.commenters = ""
    try:
        word = lexer.get_token()
    except ValueError:
        raise OptionError(f"the quote in {line.strip()!r} is not closed") from None
    return word or "", line[stream.tell() :]


def with_plain_dashes(line: str, flags: Collection[str]) -> str:
    """Return the line with plain dashes before its first word, where that makes one of the flags."""
    match = _FLAG.match(line)
    if match is None:
        return line
    word = re.sub(_DASH, "-", match.group(1))
    names = (f"{dashes}{word}" for dashes in ("-", "--"))
    flag = next((name for name in names if name in flags), None)
    return line if flag is None else flag + line[match.end() :]


def split_words(line: str, flags: Collection[str] = ()) -> list[str]:
    """Return all words of `line` as a shell reads them, up to a comment.

    Parameters
    ----------
    line
        What stands after the magic's name.
    flags
        Those that the magic knows; they may have any dashes.

    Raises
    ------
    OptionError
        If a quote is not closed.
    """
    words = []
    while (line := line.strip()) and not line.startswith("#"):
        word, line = next_word(with_plain_dashes(line, flags))
        words.append(word)
    return words


def parse_line(parser: Parser, line: str) -> argparse.Namespace:
    """Return the options in `line`.

    Raises
    ------
    OptionError
        For a wrong flag or value, or an unclosed quote.
    """
    return parser.parse_args(split_words(line, flags_of(parser)))
