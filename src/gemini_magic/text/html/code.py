"""Code as HTML: coloured, where that cannot take long."""

from __future__ import annotations

from html import escape

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

__all__ = ["CODE_CLASSES", "code_html"]

_QUICK = """bash cmake css dart diff docker dockerfile go golang graphql haskell html json julia kotlin latex
less nginx php protobuf py pycon python python3 r rb rs ruby rust scss sh shell sql swift tex toml xml zsh"""
_SLOW = """c c++ c# cpp cs console csharp groovy ini java javascript js jsx lua make makefile markdown matlab
md perl powershell ps1 scala ts tsx typescript yaml yml"""
_LONGEST_CODE = dict.fromkeys(_QUICK.split(), 20_000) | dict.fromkeys(_SLOW.split(), 4_000)
"""Longer code is not coloured: hostile code can take a lexer minutes, and nothing interrupts it. Other
languages are not coloured at all: their lexers are as slow or slower."""

CODE_CLASSES = {f"language-{name}" for name in _LONGEST_CODE}


def code_html(code: str, info: str) -> str:
    """Return a block of code as HTML, coloured by the language that its fence names.

    The classes are Pygments', in the structure that nbconvert gives to code in Markdown; the language's own
    class is for front ends that colour code themselves.
    """
    language = info.partition(" ")[0].lower()
    is_quick = language in _LONGEST_CODE and len(code) <= _LONGEST_CODE[language]
    coloured = _colour(code, language) if is_quick else None
    if coloured is None:
        return f"<pre><code>{escape(code)}</code></pre>\n"
    return f'<div class="highlight"><pre><code class="language-{language}">{coloured}</code></pre></div>\n'


def _colour(code: str, language: str) -> str | None:
    """Return `code` as spans; None where the language is not known."""
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
    return str(highlight(code, lexer, HtmlFormatter(nowrap=True)))
