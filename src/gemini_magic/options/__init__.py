"""What a cell, a line and the kernel ask for: options, settings, and the parsers of our magics."""
