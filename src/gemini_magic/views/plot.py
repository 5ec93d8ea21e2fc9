"""The plot of what requests took, where matplotlib is installed."""

from __future__ import annotations

import base64
import importlib
import io
import math
from typing import TYPE_CHECKING

from gemini_magic.errors import PackageMissing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = ["plot_requests"]


def plot_requests(
    times: Sequence[datetime], tokens: Sequence[int | None], costs_usd: Sequence[float | None]
) -> dict[str, str]:
    """Return a picture of tokens and cost over time as a MIME bundle; what is unknown leaves a gap.

    Raises
    ------
    PackageMissing
        If matplotlib is not installed.
    """
    try:
        figures = importlib.import_module("matplotlib.figure")
    except ModuleNotFoundError:
        raise PackageMissing("--plot needs matplotlib; install it with %pip install matplotlib") from None
    # Not through pyplot, so that neither its backend nor its open figures are touched.
    figure = figures.Figure(figsize=(8, 4), layout="constrained")
    above, below = figure.subplots(2, sharex=True)
    above.plot(times, _gaps(tokens), "o-")
    above.set_ylabel("tokens")
    below.plot(times, _gaps(costs_usd), "o-")
    below.set_ylabel("est. cost in USD")
    below.set_xlabel("time (UTC)")
    below.tick_params(axis="x", rotation=30)
    for axes in (above, below):
        axes.set_ylim(bottom=0)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return {
        "image/png": base64.b64encode(picture.getvalue()).decode("ascii"),
        "text/plain": f"tokens and cost of {len(times)} requests",
    }


def _gaps(values: Sequence[float | None]) -> list[float]:
    return [math.nan if value is None else value for value in values]
