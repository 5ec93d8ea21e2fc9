"""Front ends that draw notebooks without our extension, as far as they can be had or are published.

nbconvert is the real one. GitHub's viewer is taken for nbconvert's basic page behind the list of elements and
attributes that GitHub has published for its other pages (html-pipeline 2, `SanitizationFilter`): no style, no
class. VS Code's Markdown renderer is markdown-it behind the elements of its `allowedHtmlTags`
(extensions/markdown-language-features/notebook/index.ts, 2025); it leaves HTML outputs as they are.
"""

from __future__ import annotations

from html import escape

import nh3
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook, new_output

from gemini_magic.text.latex import add_math_rules

_GITHUB = """a b blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd li ol p pre
q rp rt ruby s samp strike strong sub summary sup table tbody td tfoot th thead tr tt ul var"""
_GITHUB_ATTRIBUTES = {"align", "alt", "colspan", "dir", "open", "rowspan", "start", "title"}
_CODE = """a abbr b bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em
figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd label li mark ol p pre q rp rt ruby samp small source
span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var video wbr"""
_KEPT = {"align", "class", "dir", "open", "start", "style"}


def nbconvert(data: dict[str, str], template: str = "lab", **settings: bool) -> str:
    """Return what nbconvert makes of an output."""
    cell = new_code_cell("1", outputs=[new_output("display_data", data)])
    page, _ = HTMLExporter(template_name=template, **settings).from_notebook_node(new_notebook(cells=[cell]))
    output = BeautifulSoup(page, "html.parser").select_one(".jp-OutputArea-output, .output_subarea")
    assert output is not None
    return output.decode_contents()


def nbconvert_sanitized(data: dict[str, str]) -> str:
    return nbconvert(data, sanitize_html=True)


def github(data: dict[str, str]) -> str:
    attributes = {"*": _GITHUB_ATTRIBUTES, "a": {"href"}, "img": {"src"}}
    return nh3.clean(nbconvert(data, "classic"), tags=set(_GITHUB.split()), attributes=attributes)


def vscode(data: dict[str, str]) -> str:
    return data["text/html"] if "text/html" in data else _vscode_markdown(data["text/markdown"])


def vscode_untrusted(data: dict[str, str]) -> str:
    """Of HTML, a workspace that is not trusted shows the plain text."""
    if "text/html" in data:
        return f"<pre>{escape(data['text/plain'])}</pre>"
    attributes = {"*": _KEPT, "a": {"href"}}
    return nh3.clean(_vscode_markdown(data["text/markdown"]), tags=set(_CODE.split()), attributes=attributes)


def _vscode_markdown(text: str) -> str:
    parser = MarkdownIt("js-default", {"html": True, "linkify": True})
    assert parser.linkify is not None
    parser.linkify.set({"fuzzy_link": False})
    add_math_rules(parser)
    for kind in ("inline", "block"):
        parser.add_render_rule(
            f"math_{kind}", lambda _self, tokens, i, *_: f"<i>{escape(tokens[i].content)}</i>"
        )
    return str(parser.render(text))
