"""Tab completes flags and their values."""

from __future__ import annotations

import pytest
from IPython.core import completer
from IPython.core.completer import provisionalcompleter

from gemini_magic.models import DEFAULT_MODEL
from gemini_magic.options.cell_options import FLAGS
from tests.support.shell import run


def complete(shell, text):
    with provisionalcompleter():
        found = list(shell.Completer.completions(text, len(text)))
    return [text[: c.start] + c.text for c in found]


def test_tab_completes_flags_and_values(offline):
    run(offline, "%gemini -c tutor -q hello")
    offline.user_ns["style"] = "terse"
    assert complete(offline, "%%gemini --thi") == ["%%gemini --thinking"]
    assert set(complete(offline, "%gemini --")) == {f"%gemini {f}" for f in FLAGS if f.startswith("--")}
    assert f"%%gemini -m {DEFAULT_MODEL}" in complete(offline, "%%gemini -m gemini-3.8")
    assert complete(offline, "%%gemini_magic -q --thinking me") == ["%%gemini_magic -q --thinking medium"]
    assert complete(offline, "%%gemini -c tu") == ["%%gemini -c tutor"]
    assert "%%gemini -s $style" in complete(offline, "%%gemini -s $st")
    assert complete(offline, "%gemini --thinking=lo") == ["%gemini --thinking=low"]
    assert complete(offline, "\n%%gemini --thi") == ["\n%%gemini --thinking"]
    assert complete(offline, "%%time\n%gemini --thi") == ["%%time\n%gemini --thinking"]
    assert set(complete(offline, "%gemini ")) == {f"%gemini {f}" for f in FLAGS}
    for prompt in ("%%gemini\n--th", "%gemini what about --th"):
        assert f"{prompt}inking" not in complete(offline, prompt)
    assert "print" in complete(offline, "prin")


@pytest.mark.skipif(not hasattr(completer, "context_matcher"), reason="knows the cursor's line only")
def test_the_body_of_a_cell_is_text(offline):
    assert "%%gemini\n%gemini --thinking" not in complete(offline, "%%gemini\n%gemini --th")
