"""Imports the SDK early and in the background: that takes 0.3 to 0.8 s, which no prompt should wait for."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import threading
import warnings

from gemini_magic.errors import PackageMissing

__all__ = ["is_sdk_imported", "start_import", "wait_for_sdk"]

_MODULES = ("google.genai", "google.genai.types", "genai_prices")

_lock = threading.Lock()
_thread: threading.Thread | None = None
_process = os.getpid()
_finished = False


def start_import(*also: str) -> threading.Thread:
    """Begin, once, to import the modules `also`, then the SDK and the price table, in a thread."""
    global _thread  # noqa: PLW0603 - modules are imported once a process
    with _lock:
        if _thread is None:
            _thread = threading.Thread(
                target=_import_all, args=(also,), name="gemini-magic-import", daemon=True
            )
            _thread.start()
        return _thread


def is_sdk_imported() -> bool:
    """Return whether `wait_for_sdk` would return at once."""
    return _finished


def wait_for_sdk() -> None:
    """Return when the SDK is imported.

    The wait can be interrupted without leaving a half-imported SDK behind, which an import in the
    main thread could not.

    Raises
    ------
    PackageMissing
        If this is a forked process, and the import was not finished before.
    """
    thread = start_import()
    while thread.is_alive():
        thread.join(0.05)
    if not _finished and _process != os.getpid():
        raise PackageMissing("this process was forked while google-genai was being imported; fork it later")


def _import_all(also: tuple[str, ...]) -> None:
    global _finished  # noqa: PLW0603 - as above
    for name in also:
        # What cannot be imported is for those to say, or to do without, who need it.
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    for name in _MODULES:
        importlib.import_module(name)
    # Without a handler of its own the SDK's warnings ("Both … are set") reach stderr through logging's
    # last resort, and so the notebook. A handler that the user configures still gets them.
    logging.getLogger("google_genai").addHandler(logging.NullHandler())
    # New values of the API's enums are kept as they are; a warning in the cell helps nobody.
    warnings.filterwarnings("ignore", r".* is not a valid \w+$", UserWarning, r"google\.genai\b")
    _finished = True
