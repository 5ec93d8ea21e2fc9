"""Outputs of the front end and lines of standard output: the only place that sends them.

Whatever is sent as plain text is printable.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from gemini_magic.text.printable import printable

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["publish", "say", "write"]


def publish(shell: InteractiveShell, bundle: dict[str, Any], **options: Any) -> None:
    """Publish a MIME bundle; `options` are those of IPython's display publisher."""
    if "text/plain" in bundle:
        bundle = {**bundle, "text/plain": printable(bundle["text/plain"])}
    shell.display_pub.publish(bundle, **options)


def say(line: str) -> None:
    """Print a line to standard output."""
    write(f"{line}\n")


def write(text: str) -> None:
    """Write to standard output, at once."""
    sys.stdout.write(printable(text, sys.stdout.encoding))
    sys.stdout.flush()
