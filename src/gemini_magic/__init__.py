"""Talk to Gemini in a notebook: `%load_ext gemini_magic`, then `%%gemini`.

Importing or loading this package imports nothing heavy; the SDK is imported in the background.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from gemini_magic.magics.gemini_magics import GeminiMagics

__version__ = "0.1.0"

__all__ = ["__version__", "load_ipython_extension", "log_frame", "unload_ipython_extension"]

_loaded: dict[int, GeminiMagics] = {}


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register %%gemini; called by `%load_ext gemini_magic`."""
    from gemini_magic.magics.gemini_magics import GeminiMagics

    unload_ipython_extension(shell)
    magics = _loaded[id(shell)] = GeminiMagics(shell)
    magics.install()


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Undo `load_ipython_extension`; called by `%unload_ext gemini_magic`."""
    magics = _loaded.pop(id(shell), None)
    if magics is not None:
        magics.uninstall()


def log_frame() -> Any:
    """Return all requests of this kernel, one per row: a pandas DataFrame, or without pandas a list of dicts.

    Raises
    ------
    NothingToShow
        If the extension is not loaded.
    """
    from gemini_magic.errors import NothingToShow
    from gemini_magic.ledger.log_files import to_frame

    if not _loaded:
        raise NothingToShow("nothing has been asked; begin with %load_ext gemini_magic")
    return to_frame(list(_loaded.values())[-1].session.ledger.entries)
