"""`python -m gemini_magic reference`: docs/reference.md, from the parsers, traits and docstrings."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

from traitlets import Bool, CaselessStrEnum, Float, Int, List, Unicode

from gemini_magic.magics.cassette_magics import CassetteMagics
from gemini_magic.magics.chat_magics import ChatMagics
from gemini_magic.magics.gemini_magics import GeminiMagics
from gemini_magic.magics.ledger_magics import LedgerMagics
from gemini_magic.options import cell_options as options
from gemini_magic.options.cassette_options import CASSETTE
from gemini_magic.options.ledger_options import LOG, USAGE
from gemini_magic.options.parser import Parser, describe_parser
from gemini_magic.options.settings import SettingsTraits
from gemini_magic.replies.costs.try_log import Try
from gemini_magic.replies.extras.words import Extra
from gemini_magic.replies.metadata import Metadata
from gemini_magic.replies.reply import Reply
from gemini_magic.replies.usage import Cost, Latency, Usage
from gemini_magic.runtime.keys.found import KEY_NAMES
from gemini_magic.text.code_blocks import CodeBlock

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from IPython.core.magic import Magics
    from traitlets import TraitType

__all__ = ["write_reference"]

_MAGICS: tuple[tuple[type[Magics], tuple[Parser, ...]], ...] = (
    (GeminiMagics, (options.PARSER,)),
    (ChatMagics, ()),
    (LedgerMagics, (USAGE, LOG)),
    (CassetteMagics, (CASSETTE,)),
)
"""The classes of our magics, with the parsers of those that have one."""

_TAKES: dict[type[TraitType[Any, Any]], str] = {
    Unicode: "text",
    Bool: "True, False",
    Int: "whole number",
    Float: "number",
    List: "list of texts",
}

_VARIABLES = {
    ", ".join(KEY_NAMES): "the API key; the first that is set counts",
    "GEMINI_MAGIC_OFFLINE": "`1`, `true`, `yes` or `on`: answer from the offline emulator where the trait "
    "`offline` is None",
    "GEMINI_MAGIC_CASSETTE_MODE": "`auto`, `replay`, `record` or `live`: what is done with the cassette "
    "where the trait `cassette_mode` is None",
    "GOOGLE_GEMINI_BASE_URL": "where requests go instead of to the service, for example "
    "`http://127.0.0.1:8765`",
    "GOOGLE_GENAI_USE_ENTERPRISE, GOOGLE_GENAI_USE_VERTEXAI": "`true` or `1`: ask Gemini Enterprise "
    "(Vertex AI); the first that is set counts",
    "GOOGLE_CLOUD_PROJECT, GOOGLE_CLOUD_LOCATION": "the SDK's: project and region for Gemini Enterprise",
    "HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY": "the HTTP client's: which proxies it uses",
    "SSL_CERT_FILE, SSL_CERT_DIR": "the HTTP client's: certificates to trust",
    "JPY_SESSION_NAME": "set by Jupyter Server: the notebook whose chats `autosave` keeps",
}

_HEAD = """# Reference

Made from the code by `make reference`; `%gemini?` and the like say the same in a notebook.
How things work together is in [the guide](guide.md).
"""

_SETTINGS = """## Settings

Traits of `%config GeminiMagics`, read anew for each prompt: `%config GeminiMagics.model = "…"` in a cell, or
`c.GeminiMagics.model = "…"` in `ipython_config.py`. `%config GeminiMagics` lists them with their values.
"""

_REPLY = """## `Reply`

The value of `%gemini` and `%%gemini`; in `_gemini` after every prompt, and in the variable that `-o` names.
`str(reply)` is its text; as the last line of a later cell it is drawn. What is unknown is None, never 0.
"""


def write_reference() -> str:
    """Return the reference as Markdown."""
    sections = [_HEAD, "## Magics\n", *_magic_sections(), *_trait_section(), *_variable_section()]
    return "\n".join([*sections, *_value_sections()])


def _magic_sections() -> Iterator[str]:
    for owner, parsers in _MAGICS:
        by_name = {parser.prog.removeprefix("%"): parser for parser in parsers}
        kinds: dict[str, dict[str, str]] = owner.magics
        for name, method in kinds["line"].items():
            both = f"`%%{name}` and " if name in kinds["cell"] else ""
            yield f"### {both}`%{name}`\n"
            yield from _help_section(getattr(owner, method).__doc__, by_name.get(name))


def _help_section(text: str, parser: Parser | None) -> Iterator[str]:
    """Yield a magic's help, with the list of its options as a table."""
    if parser is None:
        yield _as_markdown(text)
        return
    before, _, after = text.partition(describe_parser(parser))
    yield _as_markdown(before)
    yield _table(("option", "what it does"), (_option_cells(action) for action in parser._actions))
    yield _as_markdown(after)


def _as_markdown(text: str) -> str:
    """Return help text with its indented lines as blocks of code."""
    text = re.sub(r"(?m)^(\S.*)\n(?= {4})", r"\1\n\n", text.strip())
    blocks = re.sub(r"(?m)(?:^ {4}.*\n?(?:\n(?= {4}))?)+", _as_fence, text)
    return blocks.rstrip() + "\n"


def _as_fence(match: re.Match[str]) -> str:
    code = inspect.cleandoc(match.group()).rstrip()
    return f"```text\n{code}\n```\n"


def _option_cells(action: argparse.Action) -> tuple[str, str]:
    value = str(action.metavar or ", ".join(map(str, action.choices or [action.dest])))
    if not action.option_strings:
        return _as_code([value]), action.help or ""
    *short, long = action.option_strings
    value = f"[{value}]" if action.nargs == "?" else value
    return _as_code([*short, long if action.nargs == 0 else f"{long} {value}"]), action.help or ""


def _trait_section() -> Iterator[str]:
    yield _SETTINGS
    traits = SettingsTraits.class_own_traits(config=True)
    rows = ((f"`{name}`", _takes(trait), _default(trait), str(trait.help)) for name, trait in traits.items())
    yield _table(("trait", "takes", "default", "what it does"), rows)


def _takes(trait: TraitType[Any, Any]) -> str:
    if isinstance(trait, CaselessStrEnum):
        takes = ", ".join(f"`{value}`" for value in trait.values or ())
    else:
        takes = _TAKES.get(type(trait), trait.info_text)
    least, most = getattr(trait, "min", None), getattr(trait, "max", None)
    takes += "" if least in {None, float("-inf")} else f" from {least}"
    takes += "" if most in {None, float("inf")} else f" to {most}"
    return takes + (", None" if trait.allow_none else "")


def _default(trait: TraitType[Any, Any]) -> str:
    value = trait.default()
    return "" if not value and not isinstance(value, bool | None) else f"`{value}`"


def _variable_section() -> Iterator[str]:
    yield "## Environment variables\n"
    rows = ((_as_code(names.split(", ")), text) for names, text in _VARIABLES.items())
    yield _table(("variable", "what it does"), rows)


def _value_sections() -> Iterator[str]:
    yield _REPLY
    yield _attribute_table(Reply)
    for kind in (Usage, Latency, Cost, CodeBlock, Extra, Metadata, Try):
        yield f"### `{kind.__name__}`\n"
        yield f"{(inspect.getdoc(kind) or '').partition(chr(10))[0]}\n"
        yield _attribute_table(kind)


def _attribute_table(kind: type) -> str:
    return _table(("attribute", "what it is"), (*_documented(kind), *_properties(kind)))


def _documented(kind: type) -> Iterator[tuple[str, str]]:
    """Yield what the numpy docstring of a class says of its attributes."""
    sections = re.split(r"(?m)^(\w+)\n-+\n", inspect.getdoc(kind) or "")
    for title, body in zip(sections[1::2], sections[2::2], strict=True):
        if title == "Attributes":
            for names, text in re.findall(r"(?m)^(\w[\w, ]*).*\n((?: {4}.*\n?)+)", body):
                yield _as_code(names.strip().split(", ")), " ".join(text.split())


def _properties(kind: type) -> Iterator[tuple[str, str]]:
    for name, value in vars(kind).items():
        if isinstance(value, property) and not name.startswith("_"):
            yield f"`{name}`", " ".join((inspect.getdoc(value) or "").split())


def _as_code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)
