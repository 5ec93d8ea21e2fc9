"""A chat as Markdown that is inert wherever it is rendered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gemini_magic.exports.past_replies import find_references, plain_name, rebuild_replies
from gemini_magic.options.chat_names import to_chat_name
from gemini_magic.replies.extras.drawn import extras_markdown
from gemini_magic.text.bundles import make_bundle, make_html
from gemini_magic.text.normalize import normalize
from gemini_magic.text.rendering import Rendering
from gemini_magic.text.time_limit import TookTooLong, run_in_time

if TYPE_CHECKING:
    from gemini_magic.chats.chat import Chat
    from gemini_magic.replies.reply import Reply
    from gemini_magic.text.normalize import NormalText
    from gemini_magic.text.rendering import References

__all__ = ["make_markdown"]

_RENDERING = Rendering(toc=True)


def make_markdown(chat: Chat) -> str:
    """Return the conversation; text that might not be inert as Markdown becomes HTML that is."""
    sections = [f"# Chat {to_chat_name(chat.name)}"]
    if chat.system:
        sections += ["**System instruction**", _quote(_make_safe(normalize(chat.system), {}))]
    for number, (turn, reply) in enumerate(rebuild_replies(chat), 1):
        sections += ["---", f"**Prompt {number}**", _quote(_make_safe(normalize(turn.prompt_text), {}))]
        sections += [f"**Reply** of `{plain_name(reply.model)}`", *_draw(reply)]
    return "\n\n".join(sections) + "\n"


def _draw(reply: Reply) -> list[str]:
    blocks, references = find_references(reply.text)
    blocks += [extras_markdown(reply.extras)] if reply.extras else []
    notes = [re.sub(r"[^\w .,:;()'-]", "", note) for note in reply.notes]
    return [*(_make_safe(block, references) for block in blocks), *(f"({note})" for note in notes)]


def _make_safe(text: NormalText, references: References) -> str:
    markdown = make_bundle(text, _RENDERING, references).get("text/markdown")
    if markdown is not None and _is_closed(markdown):
        return markdown.strip("\n")
    return _to_one_block(make_html(text, _RENDERING, references))


def _is_closed(text: str) -> bool:
    """Return whether text after `text` is parsed independently: no fence or HTML is left open."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").disable(["inline", "text_join"])
    try:
        tokens = run_in_time(lambda: parser.parse(f"{text}\n\n# x\n"), text)
    except TookTooLong:
        return False
    return tokens[-1].type == "heading_close" and tokens[-1].level == 0


def _to_one_block(html: str) -> str:
    """Return HTML without blank lines: after a blank line Markdown is parsed again, even inside `<pre>`."""
    html = html.replace("\r", "\n").strip("\n")
    return "<div>\n" + re.sub(r"\n(?=[^\S\n]*\n)", "&#10;", html) + "\n</div>"


def _quote(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
