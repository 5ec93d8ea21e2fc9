"""What every request took, and the log of them as files."""
