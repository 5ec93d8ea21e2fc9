"""Imports the SDK early and in the background: that takes 0.3 to 0.8 s, which no prompt should wait for."""

from __future__ import annotations

import importlib
import logging
import threading
import warnings

__all__ = ["start_import", "wait_for_sdk"]

_MODULES = ("google.genai", "google.genai.types", "genai_prices")

_lock = threading.Lock()
_thread: threading.Thread | None = None


def start_import(*also: str) -> threading.Thread:
    """Begin, once, to import the SDK, the price table and the modules `also` in a thread."""
    global _thread  # noqa: PLW0603 - modules are imported once a process
    with _lock:
        if _thread is None:
            _thread = threading.Thread(
                target=_import_all, args=(*_MODULES, *also), name="gemini-magic-import", daemon=True
            )
            _thread.start()
        return _thread


def wait_for_sdk() -> None:
    """Return when the SDK is imported.

    The wait can be interrupted without leaving a half-imported SDK behind, which an import in the
    main thread could not.
    """
    thread = start_import()
    while thread.is_alive():
        thread.join(0.05)


def _import_all(*names: str) -> None:
    for name in names:
        importlib.import_module(name)
    # Without a handler of its own the SDK's warnings ("Both … are set") reach stderr through logging's
    # last resort, and so the notebook. A handler that the user configures still gets them.
    logging.getLogger("google_genai").addHandler(logging.NullHandler())
    # New values of the API's enums are kept as they are; a warning in the cell helps nobody.
    warnings.filterwarnings("ignore", r".* is not a valid \w+$", UserWarning, r"google\.genai\b")
