"""A chat as one self-contained HTML page: no network, no scripts, no other files."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING

from gemini_magic.exports.past_replies import find_references, plain_name, rebuild_replies
from gemini_magic.options.chat_names import to_chat_name
from gemini_magic.replies.extras.drawn import extras_html
from gemini_magic.text.bundles import make_html
from gemini_magic.text.html.directions import STYLES
from gemini_magic.text.normalize import normalize
from gemini_magic.text.rendering import Rendering

if TYPE_CHECKING:
    from gemini_magic.chats.chat import Chat
    from gemini_magic.chats.turns import Turn
    from gemini_magic.replies.reply import Reply

__all__ = ["make_page"]

_STYLE = """
:root { color-scheme: light dark; --line: #d0d7de; --soft: #f6f8fa; --ink: #1f2328; --paper: #ffffff; }
body { max-width: 48rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.55 system-ui, sans-serif;
  color: var(--ink); background: var(--paper); overflow-wrap: break-word; }
section { border-top: 1px solid var(--line); margin-top: 2rem; }
.prompt { background: var(--soft); border-radius: 0.5rem; padding: 0.1rem 1rem; margin: 1rem 0; }
pre { background: var(--soft); border-radius: 0.5rem; padding: 0.75rem 1rem; overflow-x: auto; }
.prompt pre { padding: 0; }
code { font: 0.9em/1.45 ui-monospace, monospace; }
table { border-collapse: collapse; } th, td { border: 1px solid var(--line); padding: 0.3rem 0.7rem; }
blockquote { margin-left: 0; padding-left: 1rem; border-left: 0.25rem solid var(--line); }
"""
_DARK = ":root { --line: #3d444d; --soft: #151b23; --ink: #f0f6fc; --paper: #0d1117; }"

_PAGE = """\
<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
{body}</body>
</html>
"""


def make_page(chat: Chat) -> str:
    """Return the conversation as a page; model text in it can fetch nothing and run nothing."""
    style = _make_style()
    # The page's own style, and in elements only those that align text.
    styles = " ".join(_hash_source(text) for text in (style, *sorted(set().union(*STYLES.values()))))
    system = f"<p>System instruction</p>\n{_prompt(chat.system)}" if chat.system else ""
    turns = (_section(number, *pair) for number, pair in enumerate(rebuild_replies(chat), 1))
    return _PAGE.format(
        policy=f"default-src 'none'; style-src 'unsafe-hashes' {styles}; base-uri 'none'; form-action 'none'",
        title=escape(f"Chat {to_chat_name(chat.name)}"),
        style=style,
        body=system + "".join(turns),
    )


def _hash_source(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _section(number: int, turn: Turn, reply: Reply) -> str:
    blocks, references = find_references(reply.text)
    html = "".join(make_html(block, Rendering(), references) for block in blocks)
    html += extras_html(reply.extras) if reply.extras else ""
    notes = "".join(f"<p><small>({escape(note)})</small></p>\n" for note in reply.notes)
    title = f"<p><small>Turn {number} · {escape(plain_name(reply.model))}</small></p>\n"
    return f"<section>\n{title}{_prompt(turn.prompt_text)}{html}{notes}</section>\n"


def _prompt(text: str) -> str:
    return f'<div class="prompt">\n{make_html(normalize(text), Rendering())}</div>\n'


def _make_style() -> str:
    from pygments.formatters import HtmlFormatter

    light, dark = (HtmlFormatter(style=name).get_style_defs(".highlight") for name in ("default", "monokai"))
    # Without the styles' own backgrounds: code is shown on the page's.
    plain = ".highlight { background: none; }"
    return f"{_STYLE}{light}\n{plain}\n@media (prefers-color-scheme: dark) {{\n{_DARK}\n{dark}\n{plain}\n}}\n"
