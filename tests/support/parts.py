"""Parts of a reply, in the API's JSON."""

from __future__ import annotations


def text(value, **more):
    return {"text": value, **more}


def chunk(*parts, **candidate):
    return {"candidates": [{"content": {"role": "model", "parts": list(parts)}, **candidate}]}
