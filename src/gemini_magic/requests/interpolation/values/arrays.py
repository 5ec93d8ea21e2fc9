"""Arrays of numpy: shape, type and values; of large ones the ends."""

from __future__ import annotations

import sys
from typing import Any

from gemini_magic.requests.interpolation.values.written import Written

__all__ = ["is_array", "write_array"]

_WHOLE = 200
"""Values that are shown whole."""

_ENDS = 5
"""Values at each end of each axis of a larger array."""


def is_array(value: Any) -> bool:
    """Return whether a value is an array of numpy, which nobody imports for this."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.ndarray)


def write_array(value: Any) -> Written:
    """Return an array as text."""
    shape = " x ".join(f"{length:,}" for length in value.shape) or "no axes"
    is_whole = value.size <= _WHOLE
    ends = "" if is_whole else f"; of each axis, the first and last {_ENDS} are shown"
    text = sys.modules["numpy"].array2string(
        value, threshold=_WHOLE, edgeitems=_ENDS if value.ndim < 3 else 2, separator=", "
    )
    return Written(
        f"array of {shape}, {value.dtype}{ends}:\n{text}",
        shape if is_whole else f"{shape}, ends shown",
        is_block=True,
    )
