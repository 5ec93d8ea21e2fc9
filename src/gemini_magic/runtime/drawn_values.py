"""Values that a cell has drawn before it returns them: IPython keeps them, and does not show them again.

The value of an expression goes to `sys.displayhook`, which keeps it as `_` and `Out[n]` and shows it. IPython
sets that hook for each cell and for each capture, and takes it away at the end.
"""

from __future__ import annotations

import sys
from typing import Any

from IPython.core.displayhook import CapturingDisplayHook, DisplayHook

__all__ = ["note_drawn"]


def note_drawn(value: Any) -> None:
    """Keep the running cell from showing `value` again; every later cell shows it as usual."""
    hook = sys.displayhook
    if isinstance(hook, _KeepingHook):
        hook.drawn.append(value)
    elif isinstance(hook, DisplayHook | CapturingDisplayHook):
        sys.displayhook = _KeepingHook(hook, value)


class _KeepingHook:
    """Stands before a display hook until IPython takes that away; what is drawn it keeps in silence."""

    def __init__(self, hook: DisplayHook | CapturingDisplayHook, value: Any) -> None:
        self._hook = hook
        self.drawn = [value]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hook, name)

    def __call__(self, value: Any = None) -> None:
        if all(value is not one for one in self.drawn):
            self._hook(value)
        elif isinstance(self._hook, DisplayHook):
            self._keep(self._hook, value)

    def _keep(self, hook: Any, value: Any) -> None:
        # The steps of IPython's own hook, without those that write.
        hook.check_for_underscore()
        if not hook.quiet():
            hook.update_user_ns(value)
            hook.fill_exec_result(value)
            hook.log_output({"text/plain": repr(value)})
