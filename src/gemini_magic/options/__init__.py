"""Options of one cell or line, settings of the kernel, and the parsers of our magics."""
