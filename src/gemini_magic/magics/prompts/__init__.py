"""Prompts of cells: the notebook's variables in them, and what one would take and send."""
