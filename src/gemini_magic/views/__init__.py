"""Views draw a reply. They read the reply and nothing else, and what they leave is a function of it."""

from gemini_magic.views.base import View
from gemini_magic.views.choose import choose_view, make_view
from gemini_magic.views.outputs import Look

__all__ = ["Look", "View", "choose_view", "make_view"]
