"""Model text to safe HTML: markdown-it without HTML, rules for links, images, code and math, then nh3.

What markdown-it writes is escaped already; nh3 sees it once more and lets through only what is listed here.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

from gemini_magic.text.inert import RIGHT_TO_LEFT
from gemini_magic.text.latex import add_math_rules, delimit
from gemini_magic.text.normalize import show_hidden
from gemini_magic.text.time_limit import TookTooLong, run_in_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

    from gemini_magic.text.normalize import NormalText
    from gemini_magic.text.rendering import References, Rendering

__all__ = ["collect_references", "render_html"]

_URL = re.compile(r"https?://(?P<host>[a-z0-9.-]+)(?::\d{1,5})?(?:[/?#]\S*)?", re.IGNORECASE)
_MAIL = re.compile(r"mailto:[\w.+%-]+@[\w.-]+", re.IGNORECASE)

_QUICK = """bash cmake css dart diff docker dockerfile go golang graphql haskell html json julia kotlin latex
less nginx php protobuf py pycon python python3 r rb rs ruby rust scss sh shell sql swift tex toml xml zsh"""
_SLOW = """c c++ c# cpp cs console csharp groovy ini java javascript js jsx lua make makefile markdown matlab
md perl powershell ps1 scala ts tsx typescript yaml yml"""
_LONGEST_CODE = dict.fromkeys(_QUICK.split(), 20_000) | dict.fromkeys(_SLOW.split(), 4_000)
"""Longer code is not coloured: hostile code can take a lexer minutes, and nothing interrupts it. Other
languages are not coloured at all: their lexers are as slow or slower."""

_LONGEST = 100_000
"""Blocks of more characters are not parsed as Markdown."""

_LONG = 5_000
_MOST_BRACKETS = 1_000
_MOST_OPENERS = 200
_LONGEST_LINK = 2_000
_OPENER = re.compile(r"<[A-Za-z][\w+.-]{1,31}:|!\[")
"""Openings that make a parser slow where nothing closes them; a long block may have only so many."""

_BLOCKS = ("p", "h1", "h2", "h3", "h4", "h5", "h6", "li")

_NO_MATH = "mathjax_ignore tex2jax_ignore"
_MATH = "math mathjax_process tex2jax_process"
"""Classes by which MathJax 3 and 2 know what to ignore and what to typeset."""

_TAGS = """a blockquote br code div em h1 h2 h3 h4 h5 h6 hr img li ol p pre s span strong table tbody td th
thead tr ul"""

_CLEANER = nh3.Cleaner(
    tags=set(_TAGS.split()),
    attributes={
        "*": set(),
        "a": {"href"},
        "img": {"src", "alt"},
        "ol": {"start"},
        "td": {"align"},
        "th": {"align"},
    },
    allowed_classes={
        "div": {"highlight", *_NO_MATH.split(), *_MATH.split()},
        "span": {*_MATH.split(), *filter(None, STANDARD_TYPES.values())},
        **{f"h{level}": {"jp-toc-ignore"} for level in range(1, 7)},
    },
    tag_attribute_values={tag: {"dir": {"auto"}} for tag in _BLOCKS},
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer",
)


def render_html(text: NormalText, rendering: Rendering, references: References) -> str:
    """Return `text` as HTML that fetches nothing and runs nothing.

    Parameters
    ----------
    text
        Markdown of the model.
    rendering
        What the user allows.
    references
        Link definitions that stand elsewhere in the same reply.
    """
    if _takes_long(text) and not _is_one_fence(text):
        return _plain(text)
    environment = {
        "references": dict(references),
        "rendering": rendering,
    }
    try:
        written = run_in_time(lambda: str(_parser().render(text, environment)), text)
    except (RuntimeError, TookTooLong):
        # The parser fails on some texts, for example "example.org[http://ttp://".
        written = _plain(text)
    if "$" in written or "\\" in written:  # `&dollar;` has become one, too
        written = f'<div class="{_NO_MATH}">{written}</div>\n'
    # Entities make characters only now.
    return _CLEANER.clean(show_hidden(written))


def collect_references(text: NormalText, references: References) -> References:
    """Return `references` and the link definitions in `text`; the first of a name counts."""
    environment: dict[str, Any] = {"references": dict(references)}
    if not _takes_long(text):
        with suppress(RuntimeError, TookTooLong):
            run_in_time(lambda: _parser().parse(text, environment), text)
    found: References = environment["references"]
    return found


class _Renderer(RendererHTML):
    """Renders what differs from CommonMark's HTML; each method renders the token of its name."""

    def renderToken(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:  # noqa: N802
        """Set `dir=auto` on blocks with letters that are read from right to left."""
        token = tokens[idx]
        # The text follows, in tight lists after a paragraph that is not drawn.
        texts = [other.content for other in tokens[idx + 1 : idx + 3] if other.type == "inline"]
        if token.nesting == 1 and token.tag in _BLOCKS and any(map(RIGHT_TO_LEFT.search, texts)):
            token.attrSet("dir", "auto")
        return super().renderToken(tokens, idx, options, env)

    def heading_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        if not env["rendering"].toc:
            tokens[idx].attrSet("class", "jp-toc-ignore")
        return self.renderToken(tokens, idx, options, env)

    def th_open(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        style = str(tokens[idx].attrGet("style") or "")
        align = style.removeprefix("text-align:")
        return f'<{tokens[idx].tag} align="{align}">' if style else f"<{tokens[idx].tag}>"

    td_open = th_open

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        # `[text]()` would lead to the notebook itself.
        return self.renderToken(tokens, idx, options, env) if tokens[idx].attrGet("href") else "<a>"

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Draw an image of an allowed host, a link to any other."""
        url = str(tokens[idx].attrGet("src") or "")
        alt = self.renderInlineAsText(tokens[idx].children, options, env)
        if env["rendering"].allows_image(_host(url)):
            return f'<img src="{escape(url)}" alt="{escape(alt)}">'
        return f'<a href="{escape(url)}">{escape(alt or url)}</a>' if url else escape(alt)

    def math_inline(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        token = tokens[idx]
        source = delimit(token.content, display=token.markup == "display")
        return f"<code>{escape(token.content)}</code>" if source is None else _math("span", source)

    def math_block(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        source = delimit(tokens[idx].content, display=True)
        if source is None:
            return f"<pre>{escape(tokens[idx].content)}</pre>\n"
        return _math("div", source) + "\n"

    def fence(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        code, language = tokens[idx].content, tokens[idx].info.partition(" ")[0].lower()
        coloured = _colour(code, language) if len(code) <= _LONGEST_CODE.get(language, 0) else None
        if coloured is None:
            return f"<pre><code>{escape(code)}</code></pre>\n"
        return f'<div class="highlight"><pre><code>{coloured}</code></pre></div>\n'


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt(
        "commonmark", {"html": False, "linkify": True, "maxNesting": 100}, renderer_cls=_Renderer
    )
    parser.enable(["table", "strikethrough", "linkify"])
    if parser.linkify is not None:
        parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
    add_math_rules(parser)
    parser.core.ruler.push("tasks", _mark_tasks)
    parser.validateLink = _is_allowed  # type: ignore[method-assign]
    return parser


def _is_allowed(url: str) -> bool:
    """Return whether a link may lead to `url`; links that may not stay text."""
    return (_URL.fullmatch(url) or _MAIL.fullmatch(url)) is not None


def _host(url: str) -> str:
    found = _URL.fullmatch(url)
    return found["host"] if found else ""


def _mark_tasks(state: StateCore) -> None:
    """Turn `[ ]` and `[x]` at the beginning of list items into boxes."""
    for item, _paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if item.type == "list_item_open" and inline.type == "inline" and inline.children:
            first = inline.children[0]
            if first.content[:4] in {"[ ] ", "[x] ", "[X] "}:
                first.content = ("☐" if first.content[1] == " " else "☑") + first.content[3:]


def _math(tag: str, source: str) -> str:
    return f'<{tag} class="{_MATH}">{escape(source)}</{tag}>'


def _colour(code: str, language: str) -> str | None:
    """Return `code` as spans; None where the language is not known."""
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
    return str(highlight(code, lexer, HtmlFormatter(nowrap=True)))


def _plain(text: str) -> str:
    return "<p>" + escape(text).replace("\n", "<br>\n") + "</p>\n"


def _takes_long(text: str) -> bool:
    """Return whether a parser may take long, because it searches for closings that are not there."""
    if len(text) > _LONGEST:
        return True
    if len(text) < _LONG:
        return False
    if text.count("[") > _MOST_BRACKETS or sum(1 for _ in _OPENER.finditer(text)) > _MOST_OPENERS:
        return True
    return any(len(word) > _LONGEST_LINK and "://" in word for word in text.split())


def _is_one_fence(text: str) -> bool:
    """Return whether all of `text` is code, which is quickly read however long it is."""
    first, _, rest = text.partition("\n")
    fence = first.rstrip().rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+#.-_ ")
    return len(fence) >= 3 and set(fence) in ({"`"}, {"~"}) and fence not in rest.rstrip()[: -len(fence)]
