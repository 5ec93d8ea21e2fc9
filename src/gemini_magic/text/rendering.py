"""What the user allows model text to do when it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["References", "Rendering"]

References = Mapping[str, Any]
"""Link definitions (`[name]: url`) by their normalized name, as markdown-it keeps them."""


@dataclass(frozen=True)
class Rendering:
    """The choices; the defaults are the safe ones.

    Attributes
    ----------
    remote_images
        Hosts whose images may be loaded, `example.org` or `*.example.org`; others become links.
    toc
        Whether headings show in the notebook's table of contents.
    """

    remote_images: tuple[str, ...] = ()
    toc: bool = False

    def allows_image(self, host: str) -> bool:
        """Return whether an image may be loaded from `host`."""
        host = host.lower().rstrip(".")
        return any(
            host == allowed.lower() or (allowed.startswith("*.") and host.endswith(allowed[1:].lower()))
            for allowed in self.remote_images
        )
