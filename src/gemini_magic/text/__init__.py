"""Model text, from what a model writes to what is safe to draw; nothing here knows of replies."""
