"""A reply where our extension is not: Markdown and HTML say the same, and nothing with a meaning is lost."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from gemini_magic.replies import events as ev
from gemini_magic.replies.reply import Reply
from gemini_magic.replies.usage import Usage
from gemini_magic.text.bundles import make_bundle, make_html
from gemini_magic.text.normalize import normalize
from gemini_magic.text.rendering import Rendering
from gemini_magic.views.outputs import Look, Outputs
from gemini_magic.views.table import Amount, make_table
from tests.support.front_ends import github, nbconvert, nbconvert_sanitized, vscode, vscode_untrusted
from tests.support.meaning import meaning_of, text_of

TEXT = normalize("""\
# A heading

A *paragraph* of **words** with `code` and ~~more~~,
and [a link](https://example.org/a?b=c).

```python
def f(x):

    return x < 1
```

| left | middle | right | as it is |
|:-----|:------:|------:|----------|
| 1 | 2 | 3 | 4 |

1. one
2. two
   - three

     ```
     a
       b
     ```
   - *four*

> quoted

---

### Another

Words.
""")
MATH = normalize("Let $x_1 * 2$ be.\n\n$$\na_1 * b\n$$\n")
FRONT_ENDS = [nbconvert, github, vscode]


def html_bundle(text):
    return {"text/html": make_html(normalize(text), Rendering()), "text/plain": normalize(text)}


@pytest.mark.parametrize("draw", FRONT_ENDS)
def test_markdown_and_html_say_the_same(draw):
    bundle = make_bundle(TEXT, Rendering(), {})
    assert "text/markdown" in bundle
    said, also = meaning_of(draw(html_bundle(TEXT))), meaning_of(draw(bundle))
    if draw is github:
        # The sides of a table in Markdown are styles there.
        assert [line[:2] for line in said] == [line[:2] for line in also]
    else:
        assert said == also
    assert ("pre", "def f(x):\n\n    return x < 1") in said
    assert ("a", "a link", "https://example.org/a?b=c") in said
    assert ("li 2 ul", "three") in said
    assert [cell[1:] for cell in said if cell[0] == "td"] == [
        ("1", "left"),
        ("2", "center"),
        ("3", "right"),
        ("4", "left"),
    ]
    assert {"h1", "h3", "b", "i", "s", "code", "blockquote", "hr"} <= {line[0] for line in said}


@pytest.mark.parametrize("draw", [nbconvert, github])
def test_math_is_whole_where_mathjax_looks_for_it(draw):
    for bundle, delimiters in ((make_bundle(MATH, Rendering(), {}), "$ $"), (html_bundle(MATH), "\\( \\)")):
        text = text_of(draw(bundle))
        opening, closing = delimiters.split()
        assert f"{opening}x_1 * 2{closing}" in text
        assert "a_1 * b" in text


@pytest.mark.parametrize("draw", FRONT_ENDS)
def test_tasks_details_and_directions(draw):
    html = draw(
        html_bundle("- [ ] open\n- [x] done\n\n<details>\n<summary>More</summary>\n\nx\n\n</details>\n\nאבג")
    )
    page = BeautifulSoup(html, "html.parser")
    assert [item.get_text().strip() for item in page.find_all("li")] == ["☐ open", "☑ done"]
    assert page.details.summary.get_text() == "More"
    assert "open" not in page.details.attrs
    assert page.find_all("p")[-1]["dir"] == "rtl"


@pytest.fixture
def outputs():
    """The outputs of a reply with thoughts."""
    reply = Reply("gemini-2.5-flash")
    for event in (
        ev.ThoughtDelta("I *think*.\n\n- a", {"text": "I *think*.\n\n- a", "thought": True}),
        ev.TextDelta("Said <b>so</b>.", {"text": "Said <b>so</b>."}),
        ev.UsageReport(Usage(prompt=1000, output=60, total=1060)),
        ev.Finished("STOP"),
        ev.Ended("complete", 1.0),
    ):
        reply.apply(event)
    return [output.data for output in Outputs(Look(Rendering(), thoughts=True)).of(reply)]


@pytest.mark.parametrize("draw", FRONT_ENDS)
def test_the_usage_line_and_thoughts(draw, outputs):
    usage, thoughts, text = map(draw, outputs)
    assert text_of(usage).startswith("gemini-2.5-flash · 1,000 tokens in · 60 out · ")
    page = BeautifulSoup(thoughts, "html.parser")
    assert page.details.summary.get_text().startswith("Thought")
    assert "open" not in page.details.attrs
    assert text_of(str(page.details.blockquote)) == "I think . a"
    assert text_of(text) == "Said so ."


@pytest.mark.parametrize("draw", FRONT_ENDS)
def test_tables_of_ours_keep_their_sides(draw):
    table = make_table(("name", "cost"), [("<b>x", Amount("$1.20")), ("$y$", Amount("$0.01"))])
    cells = [line for line in meaning_of(draw(table)) if line[0] in {"td", "th"}]
    assert cells == [
        ("th", "name", "left"),
        ("th", "cost", "right"),
        ("td", "<b>x", "left"),
        ("td", "$1.20", "right"),
        ("td", "$y$", "left"),
        ("td", "$0.01", "right"),
    ]


def test_an_untrusted_workspace_shows_the_plain_text(outputs):
    usage, thoughts, text = map(vscode_untrusted, outputs)
    assert text_of(usage).startswith("gemini-2.5-flash · 1,000 tokens in")
    assert "> I *think*." in text_of(thoughts)
    assert text_of(text) == "Said <b>so</b>."
    # The element of struck text is not in its list.
    said = [line for line in meaning_of(vscode({"text/markdown": TEXT})) if line[0] != "s"]
    assert meaning_of(vscode_untrusted({"text/markdown": TEXT})) == said


@pytest.mark.parametrize("bundle", [{"text/markdown": TEXT}, html_bundle(TEXT)], ids=["markdown", "html"])
def test_what_nbconvert_sanitizes_keeps_its_words(bundle):
    """It shows tags of paragraphs and headings as text, in Markdown of cells, too; code and lists stay."""
    html = nbconvert_sanitized(bundle)
    said = meaning_of(html)
    assert ("pre", "def f(x):\n\n    return x < 1") in said
    assert ("a", "a link", "https://example.org/a?b=c") in said
    assert "<p>" in text_of(html)
    for word in ("A heading", "words", "middle", "quoted", "three"):
        assert word in text_of(html)
