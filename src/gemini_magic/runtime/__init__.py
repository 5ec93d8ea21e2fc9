"""The process that we run in: the background loop, interrupts, imports, files, keys, the running cell."""
