"""Interpolation: a cell's text becomes the prompt, with values of notebook variables in it."""

from __future__ import annotations

import re
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any

from gemini_magic.errors import NotInserted
from gemini_magic.requests.interpolation.fields import find_placeholders
from gemini_magic.requests.interpolation.hints import explain_subscript, find_expressions, suggest_name
from gemini_magic.requests.interpolation.problems import Problem
from gemini_magic.requests.interpolation.steps import take_step
from gemini_magic.requests.interpolation.values.write import write_value
from gemini_magic.requests.prompt import Prompt, clean_prompt
from gemini_magic.runtime.secret import scrub
from gemini_magic.text.surrogates import join_halves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gemini_magic.requests.interpolation.fields import Field, Placeholder
    from gemini_magic.requests.interpolation.values.written import Written
    from gemini_magic.runtime.secret import Secret

__all__ = ["interpolate"]

_MOST_SUGGESTIONS = 20

_BEGIN = 8
"""Characters of a key that tell it from other text."""

_BEGINS = r"(?:AIza|AQ\.|ya29\.)[0-9A-Za-z_.-]{8}"
"""How keys of Google begin."""


def interpolate(
    text: str, variables: Mapping[str, Any], known_keys: Callable[[], Iterable[Secret]] = tuple
) -> Prompt:
    """Return the prompt: each field of a variable that exists is replaced by its value, once.

    Parameters
    ----------
    text
        What the person wrote.
    variables
        The notebook's, by name.
    known_keys
        Returns the API keys that may not be sent; called only where something is inserted, or cannot be.

    Raises
    ------
    NotInserted
        If a variable exists and what is asked of it does not, or if it holds an API key.
    """
    text = clean_prompt(text)
    if "{" not in text:
        return Prompt(text)
    filling = _Filling(text, variables)
    try:
        filled = _fill_all(text, filling)
    except NotInserted as error:
        # It says what there is instead: a key may be the name of a column, or of a type.
        for key in (None, *known_keys()):
            error.rewrite(partial(scrub, secret=key))
        raise
    filling.check_keys(known_keys)
    return Prompt(filled, filling.inserted, filling.notes)


def _fill_all(text: str, filling: _Filling) -> str:
    pieces, end = [], 0
    for placeholder in find_placeholders(text):
        pieces += [text[end : placeholder.start], filling.fill(placeholder)]
        end = placeholder.end
    return "".join([*pieces, text[end:]])


class _Filling:
    """Fills the placeholders of one text, and remembers what went in."""

    def __init__(self, text: str, variables: Mapping[str, Any]) -> None:
        self._text = text
        self._variables = variables
        self._written: dict[Field, Written] = {}
        self._whole: dict[Field, str] = {}
        self._unknown: set[str] = set()
        self._notes = {note: None for note in find_expressions(text, variables)}

    @property
    def inserted(self) -> tuple[str, ...]:
        """What was inserted, each once, with its size."""
        sizes = {field.name: one.size for field, one in self._written.items()}
        return tuple(f"{name} ({size})" if size else name for name, size in sizes.items())

    @property
    def notes(self) -> tuple[str, ...]:
        """What the person should know."""
        return tuple(self._notes)

    def fill(self, placeholder: Placeholder) -> str:
        """Return the text for a placeholder; its own where it is none of ours."""
        field = placeholder.field
        own = self._text[placeholder.start : placeholder.end]
        if field.root not in self._variables:
            if placeholder.inserts and not placeholder.is_left_alone:
                self._suggest(field.root)
            return own
        if placeholder.is_left_alone:
            self._note(explain_subscript(self._text, placeholder))
            return own
        if not placeholder.inserts:
            return placeholder.fill("")
        return self._insert(placeholder, own)

    def check_keys(self, known_keys: Callable[[], Iterable[Secret]]) -> None:
        """Raise `NotInserted` if what was inserted holds an API key."""
        keys = (None, *known_keys()) if self._whole else ()
        for field, text in self._whole.items():
            if any(_holds_key(text, key) for key in keys):
                raise NotInserted(f"{{{field}}}: it holds an API key; nothing was sent, leave it out")

    def _insert(self, placeholder: Placeholder, own: str) -> str:
        field = placeholder.field
        if field not in self._written:
            value = self._read(field)
            # Not `isinstance`: it asks the value for its class, which may be code.
            if issubclass(type(value), ModuleType):
                self._note(f"{field.name} is a module and was left as it is")
                return own
            self._written[field] = written = _attempt(field, partial(write_value, value, field.spec))
            # A format may show a part of a key only.
            self._whole[field] = value if issubclass(type(value), str) else written.text
        written = self._written[field]
        text = join_halves(written.text)
        return placeholder.fill(self._on_own_lines(placeholder, text) if written.is_block else text)

    def _read(self, field: Field) -> Any:
        value = self._variables[field.root]
        for step in field.steps:
            value = _attempt(field, partial(take_step, value, step))
        return value

    def _on_own_lines(self, placeholder: Placeholder, text: str) -> str:
        """Return a block apart from what stands beside it; in quotes or brackets it stays where it is."""
        before = self._text[placeholder.start - 1 : placeholder.start]
        if not (before.isspace() or before.isalnum() or before in {"", ":", ",", ".", ";"}):
            return text
        start = self._text.rfind("\n", 0, placeholder.start) + 1
        end = self._text.find("\n", placeholder.end)
        rest = self._text[placeholder.end : end if end >= 0 else None]
        gaps = ("\n\n" if one.strip() else "" for one in (self._text[start : placeholder.start], rest))
        return text.join(gaps)

    def _suggest(self, name: str) -> None:
        """Note which variable was perhaps meant; a text may have thousands of such names."""
        if name not in self._unknown and len(self._unknown) < _MOST_SUGGESTIONS:
            self._unknown.add(name)
            self._note(suggest_name(name, self._variables))

    def _note(self, note: str) -> None:
        if note:
            self._notes[note] = None


def _attempt(field: Field, work: Callable[[], Any]) -> Any:
    """Return what `work` returns; whatever it raises becomes `NotInserted`, without values or context."""
    try:
        return work()
    except Problem as problem:
        why = problem.why
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a value's own code may raise anything
        why = f"it cannot be written ({type(error).__name__}); put what you mean into a text"
    # Outside of the `except`: else the error of the value, with what it says, would be the context of ours.
    raise NotInserted(f"{{{field}}}: {why}", f"write {{{{{field}}}}} to send it as it is")


def _holds_key(text: str, key: Secret | None) -> bool:
    """Return whether a key is in a text, or the beginning of one where the text was cut."""
    if scrub(text, key) != text:
        return True
    begin = key.reveal()[:_BEGIN] if key is not None else ""
    begins = _BEGINS if len(begin) < _BEGIN else re.escape(begin)
    return re.search(rf"{begins}[^\s…]*+\n?…", text) is not None
