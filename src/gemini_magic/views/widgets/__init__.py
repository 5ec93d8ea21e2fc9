"""The widgets of a reply while it streams: the bar with a Stop button, the panel of thoughts."""
