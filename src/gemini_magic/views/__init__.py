"""Views draw a reply. They read the reply and nothing else, and what they leave is a function of it."""

from gemini_magic.views.base import View
from gemini_magic.views.choose import make_view

__all__ = ["View", "make_view"]
