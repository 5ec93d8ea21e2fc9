"""What stands in while a reply streams: the bar with a Stop button, the panel of thoughts, the plain line."""
