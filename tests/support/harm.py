"""The judge: what in an output of a notebook could run, fetch, or deceive."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from itertools import combinations, islice
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAGS = {f"h{level}" for level in range(1, 7)} | {
    "a",
    "blockquote",
    "br",
    "code",
    "details",
    "div",
    "em",
    "hr",
    "sub",
    "sup",
    "kbd",
    "b",
    "i",
    "u",
    "mark",
}
_TAGS |= {"img", "li", "ol", "p", "pre", "s", "small", "span", "strong", "summary", "ul"}
_TAGS |= {"table", "tbody", "td", "th", "thead", "tr"}
_IGNORED = "mathjax_ignore tex2jax_ignore"
_VALUES = {
    ("a", "href"): r"https?://[a-zA-Z0-9.\-\u212a\u017f\u0130\u0131]+(:\d+)?([/?#]\S*)?|mailto:[^\s/?&:]+",
    ("a", "rel"): "noopener noreferrer",
    ("img", "alt"): "(?s).*",
    ("ol", "start"): r"\d+",
    **{(tag, "style"): "text-align:(left|right|center)" for tag in ("td", "th")},
    **{(tag, "align"): "left|right|center" for tag in ("td", "th")},
    ("p", "style"): "text-align:right",
    ("table", "style"): "margin-left:auto",
    ("details", "open"): "",
    ("code", "class"): r"language-[a-z0-9+#]{1,10}",
    ("div", "class"): "highlight|math mathjax_process tex2jax_process",
    ("details", "class"): f"gemini-magic-thoughts|{_IGNORED}",
    **{(tag, "class"): _IGNORED for tag in ("blockquote", "ol", "p", "table", "ul")},
    ("span", "class"): "[a-z0-9]{1,3}|math mathjax_process tex2jax_process",
    **{(f"h{level}", "class"): f"jp-toc-ignore|(jp-toc-ignore )?{_IGNORED}" for level in range(1, 7)},
    **{(tag, "dir"): "ltr|rtl" for tag in _TAGS - {"a", "br", "code", "em", "hr", "img", "pre", "span"}},
}
_DANGEROUS_MACRO = re.compile(
    r"\\(href|url|style|class|cssId|data|html\w*|bbox|require|mmlToken|[gex]?def|let|csname|unicode|input"
    r"|includegraphics|(re)?new(command|environment|tagform)|Declare\w+|Newextarrow|definecolor)(?![A-Za-z])"
)
_PLAIN_TARGET = re.compile(r"https?://[\w.-]+(:\d+)?([/?#][^\s\"'<>`$\\@]*)?", re.ASCII)
_MOST_READINGS = 40
_VOID = {"br", "hr", "img"}


def find_harm(bundle: dict[str, str], image_hosts: str = "nowhere") -> list[str]:
    """Return what is in a MIME bundle that must not be there.

    It knows nothing of how the bundle was made: HTML is parsed with the standard library, Markdown with a
    parser that takes everything for active that could be.
    """
    assert set(bundle) - {"text/plain"} in ({"text/html"}, {"text/markdown"})
    if "text/markdown" in bundle:
        return _find_active(bundle["text/markdown"])
    inspector = Inspector(image_hosts)
    inspector.feed(bundle["text/html"])
    inspector.close()
    return inspector.harm


class Inspector(HTMLParser):
    """Notes each tag, attribute and piece of math that is not expected.

    Attributes
    ----------
    harm
        What was found.
    seen
        Start tags with their attributes.
    """

    def __init__(self, image_hosts: str = "nowhere") -> None:
        super().__init__()
        self.harm: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self._image = re.compile(f"https?://({image_hosts})(:\\d+)?(/\\S*)?")
        self._open: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            self.harm.append(f"<{tag}>")
        for name, value in attrs:
            expected = self._image if (tag, name) == ("img", "src") else _VALUES.get((tag, name), "(?!)")
            if re.fullmatch(expected, value or "") is None:
                self.harm.append(f"<{tag} {name}={value!r}>")
        found = dict(attrs)
        if tag == "a" and "rel" not in found:
            self.harm.append("<a> without rel")
        if tag not in _VOID:
            self._open.append((tag, found.get("class") or ""))
        self.seen.append((tag, found))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop()[0] != tag:
            self.harm.append(f"</{tag}> closes something else")

    def handle_data(self, data: str) -> None:
        # Innermost first: what MathJax does with a text is said by the next class around it.
        classes = " ".join(name for _, name in reversed(self._open)).split()
        said = next((name for name in classes if name in {"mathjax_process", "mathjax_ignore"}), "")
        in_code = any(tag in {"pre", "code"} for tag, _ in self._open)
        if said == "mathjax_process" and _DANGEROUS_MACRO.search(data):
            self.harm.append(f"math {data!r}")
        if not said and not in_code and re.search(r"\$|\\", data):
            self.harm.append(f"text that may be math: {data!r}")

    def handle_comment(self, data: str) -> None:
        self.harm.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.harm.append(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        self.harm.append(f"<?{data}>")


@cache
def _suspicious_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "linkify": True, "maxNesting": 100})
    parser.enable(["table", "strikethrough", "linkify"])
    parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
    # JupyterLab makes no links of these; of bare addresses it does, so they are looked for below.
    parser.linkify.add("//", None)
    parser.linkify.add("mailto:", None)
    parser.validateLink = lambda _url: True
    return parser


def _find_active(text: str) -> list[str]:
    harm = [f"address {found[0]}" for found in re.finditer(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", text)]
    harm += [f"macro {found[0]}" for found in _DANGEROUS_MACRO.finditer(text)]
    harm += [f"character {found[0]!r}" for found in re.finditer("[\x00-\x08\x0b\x0c\x0e-\x1f\u202e]", text)]
    return harm + [found for read in _readings(text) for found in _find_in_tokens(read)]


def _readings(text: str) -> Iterator[str]:
    """Yield `text`, and what a parser reads where a front end takes some of it for math."""
    yield text
    ends = [found.span() for found in re.finditer(r"\$\$?|\\(?:begin|end)\{\w*\}", text)]
    for (start, _), (_, end) in islice(combinations(ends, 2), _MOST_READINGS):
        yield f"{text[:start]}@@0@@{text[end:]}"


def _find_in_tokens(text: str) -> list[str]:
    environment: dict[str, object] = {}
    tokens = _suspicious_parser().parse(text, environment)
    tokens += [child for token in tokens for child in token.children or []]
    harm = [token.type for token in tokens if token.type in {"image", "html_block", "html_inline"}]
    harm += ["title" for token in tokens if token.attrGet("title")]
    targets = [str(token.attrGet("href")) for token in tokens if token.type == "link_open"]
    harm += [f"link to {target}" for target in targets if not _PLAIN_TARGET.fullmatch(target)]
    infos = [token.info for token in tokens if token.type == "fence"]
    harm += [
        f"fence {info!r}" for info in infos if not re.fullmatch(r"\s*[\w+#.-]*\s*", info) or info == "mermaid"
    ]
    return harm + [f"definition of {name}" for name in environment.get("references", {})]
