"""The magics, their tab completion and their reference."""
