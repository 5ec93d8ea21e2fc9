"""What stands in a reply's place while it streams: the bar with Stop, the panel of thoughts."""
