"""What random tests begin with, and how many cases they try."""

from __future__ import annotations

import os

_SAID = os.environ.get("GEMINI_MAGIC_FUZZ")
IS_DRAWN = _SAID is not None
"""Whether `make fuzz` has drawn the seed."""

FUZZ_SEED = int(_SAID or 20261127)
"""What random tests begin with: the same in every run, but for `make fuzz`."""

FUZZ_FACTOR = 10 if IS_DRAWN else 1
"""How many times as many cases `make fuzz` tries."""
