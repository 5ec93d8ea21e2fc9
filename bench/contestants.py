"""Who is measured: two loops that people write, and `%%gemini`."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CONTESTANTS", "OURS", "PACES", "RAW", "SETUP", "SIZES", "WHOLE", "Contestant", "pace_s"]

SIZES = (4, 40, 400)
"""Kilobytes of text; 1 KB is 1,000 characters, all of them ASCII."""

PACES = ("paced", "at once")

SETUP = """\
from google import genai
from IPython.display import Markdown, display
%load_ext gemini_magic
client = genai.Client()
"""

_RAW = """\
stream = client.models.generate_content_stream(model="gemini-3.8-flash", contents="go")
for chunk in stream:
    print(chunk.text or "", end="")
"""

_WHOLE = """\
text, handle = "", display(Markdown(""), display_id=True)
stream = client.models.generate_content_stream(model="gemini-3.8-flash", contents="go")
for number, chunk in enumerate(stream):
    text += chunk.text or ""
    handle.update(Markdown(text))
    if number == {last}:
        break
"""


@dataclass(frozen=True)
class Contestant:
    """A way to show a reply.

    Attributes
    ----------
    name
        As the tables print it.
    code
        The cell.
    most_pieces
        Pieces after which it stops; None for all. What grows with the square of the text has to end.
    """

    name: str
    code: str
    most_pieces: int | None = None


RAW = Contestant("raw loop", _RAW)
WHOLE = Contestant("whole text", _WHOLE.format(last=2499), most_pieces=2500)
OURS = Contestant("%%gemini", "%%gemini --new\ngo")

CONTESTANTS = (RAW, WHOLE, OURS)


def pace_s(pace: str, size: int) -> float:
    """Return the seconds a reply of `size` KB takes: 5 KB a second, 8 s at the most; 0 for all at once."""
    return min(size, 40) / 5 if pace == "paced" else 0.0
