"""A block looks the same as Markdown, which the page renders, and as HTML, which we render."""

from __future__ import annotations

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook, new_output

from gemini_magic.text.bundles import make_bundle, make_html
from gemini_magic.text.normalize import normalize
from gemini_magic.text.rendering import Rendering
from tests.support import browser
from tests.support.extension import PRELUDE, cell_of, run

TEXT = normalize("""\
A *paragraph* of **words** with `code` and ~~more~~.

```python
@cache
def f(x: int = 1) -> str:
    \"\"\"Doc.\"\"\"
    return f"{x!r} and" + str(None)  # a long line that is wider than what is seen of it on a small page
```

Glued to it.

```json
{"a": [1, true], "b": null}
```

| left | middle | right | as it is |
|:-----|:------:|------:|----------|
| 1 | 2 | 3 | 4 |

1. one

   ```sql
   SELECT a FROM b WHERE c = 'd'
   ```
2. two
   - three

> quoted

---

## A heading

```yaml
a: 1
```
""")
LINK = "Read [this](https://example.org/a?b=c) or https://example.org.\n\n"


def settle(page):
    """Wait until the editor's colours are there."""
    page.wait_for_function(
        "[...document.querySelectorAll('.jp-OutputArea code')].every(code => !code.querySelector('.k, .nt'))"
    )


def picture_of(page, number, **more):
    """An output, in the place of the first one: all other cells are hidden."""
    page.evaluate(
        "number => document.querySelectorAll('.jp-CodeCell').forEach((cell, n) =>"
        " cell.style.display = n === number ? '' : 'none')",
        number,
    )
    page.mouse.move(0, 0)
    return cell_of(page, number).locator(".jp-OutputArea").screenshot(animations="disabled", **more)


@browser.needed
def test_live_and_saved(show, page):
    markdown, html = ({"text/markdown": TEXT}, {"text/html": make_html(TEXT, Rendering())})
    code = PRELUDE + "from IPython.display import publish_display_data as show\n"
    outputs = [[new_output("display_data", data)] for data in (markdown, html)]
    show(
        *(new_code_cell("%gemini x", outputs=saved) for saved in outputs),
        *(new_code_cell(f"{code}show({data!r})") for data in (markdown, html)),
    )
    for number in (2, 3):
        run(page, number)
        cell_of(page, number).locator(".jp-OutputArea h2").wait_for()
    settle(page)
    pictures = [picture_of(page, number) for number in range(4)]
    assert pictures[0] == pictures[1]
    assert pictures[2] == pictures[3]
    page.evaluate("jupyterapp.shell.collapseLeft()")
    page.set_viewport_size({"width": 420, "height": 1000})
    picture_of(page, 0)
    assert picture_of(page, 2) == picture_of(page, 3)


@browser.needed
def test_a_link_changes_nothing_around_it(show, page):
    texts = [TEXT + LINK, TEXT + LINK.replace("https://", "")]
    bundles = [make_bundle(normalize(text), Rendering(), {}) for text in texts]
    outputs = [[new_output("display_data", bundle)] for bundle in bundles]
    show(new_code_cell("1"), *(new_code_cell("%gemini x", outputs=saved) for saved in outputs))
    settle(page)
    link = page.locator(".jp-OutputArea p").filter(has_text="example.org")
    pictures = [picture_of(page, number, mask=[link]) for number in (1, 2)]
    assert pictures[0] == pictures[1]


@browser.needed
@pytest.mark.parametrize("server", ["lab"], indirect=True)
def test_exported_by_nbconvert(page, tmp_path):
    """But for the font of code in Markdown, which is that of the text around it there."""
    pictures = []
    for data in ({"text/markdown": TEXT}, {"text/html": make_html(TEXT, Rendering())}):
        cell = new_code_cell("%gemini x", outputs=[new_output("display_data", data)])
        html, _ = HTMLExporter().from_notebook_node(nbformat.from_dict(new_notebook(cells=[cell])))
        (tmp_path / "page.html").write_text(html)
        page.goto((tmp_path / "page.html").as_uri(), wait_until="domcontentloaded")
        page.add_style_tag(
            content=".jp-OutputArea pre, .jp-OutputArea pre code { font: 14px/1.3 monospace !important }"
        )
        pictures.append(page.locator(".jp-OutputArea-output").screenshot())
    assert pictures[0] == pictures[1]
