"""What stands behind a `%`: the magics, their completion, and what they say of themselves."""
