"""What a reply costs: messages, bytes, the kernel's CPU, and the time until it is painted. See README.md."""
