"""Renders the tokens of the Markdown parser as HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from markdown_it.renderer import RendererHTML

from gemini_magic.text.html.cleaner import MATH, NO_MATH
from gemini_magic.text.html.code import code_html
from gemini_magic.text.html.links import host_of
from gemini_magic.text.latex import delimit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

__all__ = ["Renderer"]


class Renderer(RendererHTML):
    """Renders what differs from CommonMark's HTML; each method renders the token of its name.

    The environment has `rendering`, what the user allows, and `has_math`: whether a front end may take
    something for math.
    """

    def renderToken(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:  # noqa: N802
        """Tell MathJax to leave the outer blocks alone."""
        token = tokens[idx]
        if env["has_math"] and token.block and token.level == 0 and token.nesting == 1:
            token.attrJoin("class", NO_MATH)
        return super().renderToken(tokens, idx, options, env)

    def heading_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Keep the heading out of the notebook's table of contents."""
        if not env["rendering"].toc:
            tokens[idx].attrJoin("class", "jp-toc-ignore")
        return self.renderToken(tokens, idx, options, env)

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Draw a link that leads somewhere."""
        # `[text]()` would lead to the notebook itself.
        return self.renderToken(tokens, idx, options, env) if tokens[idx].attrGet("href") else "<a>"

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Draw an image of an allowed host, a link to any other."""
        url = str(tokens[idx].attrGet("src") or "")
        alt = self.renderInlineAsText(tokens[idx].children, options, env)
        if env["rendering"].allows_image(host_of(url)):
            return f'<img src="{escape(url)}" alt="{escape(alt)}">'
        return f'<a href="{escape(url)}">{escape(alt or url)}</a>' if url else escape(alt)

    def math_inline(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """Draw math in a line, code where it must not be typeset."""
        token = tokens[idx]
        source = delimit(token.content, display=token.markup == "display")
        return f"<code>{escape(token.content)}</code>" if source is None else _math("span", source)

    def math_block(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """Draw math on lines of its own, code where it must not be typeset."""
        source = delimit(tokens[idx].content, display=True)
        if source is None:
            return f"<pre>{escape(tokens[idx].content)}</pre>\n"
        return _math("div", source) + "\n"

    def fence(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """Draw a block of code."""
        return code_html(tokens[idx].content, tokens[idx].info)

    def plain_tag(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """Draw a tag without its other half as the text that it is."""
        return escape(tokens[idx].content)


def _math(tag: str, source: str) -> str:
    return f'<{tag} class="{MATH}">{escape(source)}</{tag}>'
