"""Registers our magics with a shell, beside those of other extensions, and removes them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gemini_magic.runtime.output import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from IPython.core.interactiveshell import InteractiveShell
    from IPython.core.magic import Magics

__all__ = ["register", "unregister"]

_KINDS = ("line", "cell")


def register(shell: InteractiveShell, magics: Sequence[Magics]) -> None:
    """Register the magics; `%%gemini_magic` is another name of `%%gemini`.

    If another extension owns `%%gemini`, its magic stays, and a printed line says so.
    """
    owner = _owner_of_gemini(shell)
    shell.register_magics(*magics)
    tables = shell.magics_manager.magics
    for kind in _KINDS:
        tables[kind]["gemini_magic"] = tables[kind]["gemini"]
    if owner:
        name, theirs = owner
        for kind, magic in theirs.items():
            tables[kind]["gemini"] = magic
        say(f"%%gemini belongs to {name} here; gemini_magic answers to %%gemini_magic instead.")


def unregister(shell: InteractiveShell, magics: Sequence[Magics]) -> None:
    """Remove the magics."""
    for table in shell.magics_manager.magics.values():
        ours = [name for name, magic in table.items() if getattr(magic, "__self__", None) in magics]
        for name in ours:
            del table[name]
    for one in magics:
        shell.configurables.remove(one)  # type: ignore[arg-type]


def _owner_of_gemini(shell: InteractiveShell) -> tuple[str, dict[str, Any]] | None:
    """Return the name and the magics of another extension that owns %%gemini, if one does."""
    tables = shell.magics_manager.magics
    theirs = {kind: tables[kind]["gemini"] for kind in _KINDS if "gemini" in tables[kind]}
    if not theirs:
        return None
    owner = getattr(magic := next(iter(theirs.values())), "__self__", magic)
    module = getattr(owner, "__module__", None) or type(owner).__module__
    return module, theirs
