"""One connection to the emulator: what HTTP asks of a server, before and after the emulator decides."""
