"""Interpolation: notebook variables in braces become text, before the request is made."""
