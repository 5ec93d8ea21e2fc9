"""Where the API key comes from: settings, environment, .env, Colab and Kaggle secrets, the person.

All but the last are read again for every turn, so a key that is set later needs no kernel restart. The
.env file is read, never put into the environment.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import logging
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from gemini_magic.errors import NoApiKey
from gemini_magic.runtime.files import read_file
from gemini_magic.runtime.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import ModuleType

__all__ = ["KEY_NAMES", "PLACEHOLDER_KEY", "find_key", "key_in_environment", "uses_enterprise"]

KEY_NAMES = ("GOOGLE_API_KEY", "GEMINI_API_KEY")
"""Names looked for, in the SDK's own order of precedence."""

PLACEHOLDER_KEY = "none-replies-are-replayed"
"""Put into the environment where the SDK wants a key although it only replays; counts as no key."""

_LARGEST_DOTENV = 64 << 10
"""Bytes; python-dotenv takes 0.4 s for so much junk."""

_ENTERPRISE_NAMES = ("GOOGLE_GENAI_USE_ENTERPRISE", "GOOGLE_GENAI_USE_VERTEXAI")


def uses_enterprise() -> bool:
    """Return whether the SDK's environment variables ask for Enterprise (Vertex) credentials."""
    for name in _ENTERPRISE_NAMES:
        if name in os.environ:
            return os.environ[name].strip().lower() in {"true", "1"}
    return False


def find_key(configured: Secret | None, ask: Callable[[], Secret | None]) -> Secret:
    """Return the first key found.

    Parameters
    ----------
    configured
        The setting `api_key`.
    ask
        Asks the person, hidden; returns None where nobody can answer.

    Raises
    ------
    NoApiKey
        If there is none.
    """
    for key in _candidates(configured, ask):
        if key:
            return _check(key)
    raise NoApiKey(
        "no API key found: set GEMINI_API_KEY in the environment or in a .env file beside the notebook "
        "(get one at https://aistudio.google.com/apikey), or try offline: %config GeminiMagics.offline = True"
    )


def _candidates(configured: Secret | None, ask: Callable[[], Secret | None]) -> Iterator[Secret | None]:
    yield configured
    yield key_in_environment()
    yield from map(_dotenv_key, _dotenv_files())
    yield from _colab_secrets()
    yield from _kaggle_secrets()
    yield ask()


def key_in_environment() -> Secret | None:
    """Return the key in the environment, if there is one."""
    return _from_mapping(os.environ)


def _check(key: Secret) -> Secret:
    """Return the key if it can be sent in a header; the HTTP client's own error would print it."""
    if not re.fullmatch(r"[!-~]+", key.reveal()):
        raise NoApiKey(
            "the API key has a character that no key has (a line break, a space, a letter with an accent); "
            "copy it again"
        )
    return key


def _from_mapping(values: Mapping[str, str | None]) -> Secret | None:
    found = ((values.get(name) or "").strip() for name in KEY_NAMES)
    return next((Secret(text) for text in found if text and text != PLACEHOLDER_KEY), None)


def _dotenv_files() -> Iterator[Path]:
    """Yield the .env files from the notebook's folder upward."""
    try:
        folder = Path.cwd()
    except FileNotFoundError:
        # It has been deleted.
        return iter(())
    return (path for parent in (folder, *folder.parents) if _is_file(path := parent / ".env"))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        # A folder that may not be looked into.
        return False


def _dotenv_key(path: Path) -> Secret | None:
    try:
        stat = path.stat()
        return _read_dotenv(path, stat.st_mtime_ns, stat.st_size)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
    raise NoApiKey(f"{path} cannot be read ({why}); save it as a small text in UTF-8")


@lru_cache(maxsize=32)
def _read_dotenv(path: Path, _changed_ns: int, _size: int) -> Secret | None:
    """Return the key in a .env file. Each is read once until it changes: odd ones take long."""
    import dotenv

    # Its warnings about unreadable lines must not reach the cell's output.
    logging.getLogger("dotenv").addHandler(logging.NullHandler())
    text = read_file(path, _LARGEST_DOTENV).decode("utf-8-sig")
    return _from_mapping(dotenv.dotenv_values(stream=io.StringIO(text), interpolate=False))


def _colab_secrets() -> Iterator[Secret]:
    if not _is_installed("google.colab.userdata"):
        return
    userdata = importlib.import_module("google.colab.userdata")
    absent = _errors_of(userdata, "SecretNotFoundError", "NotebookAccessError", "TimeoutException")
    for name in KEY_NAMES:
        with contextlib.suppress(*absent):
            yield Secret(userdata.get(name))


def _kaggle_secrets() -> Iterator[Secret]:
    if not _is_installed("kaggle_secrets"):
        return
    kaggle = importlib.import_module("kaggle_secrets")
    absent = _errors_of(kaggle, "BackendError", "CredentialError", "ValidationError")
    for name in KEY_NAMES:
        # It raises an OSError where the notebook may not use the internet.
        with contextlib.suppress(OSError, *absent):
            yield Secret(kaggle.UserSecretsClient().get_secret(name))


def _errors_of(module: ModuleType, *names: str) -> tuple[type[BaseException], ...]:
    """Return those of the named exceptions that the module has."""
    return tuple(getattr(module, name) for name in names if hasattr(module, name))


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ModuleNotFoundError, ValueError):
        return False
