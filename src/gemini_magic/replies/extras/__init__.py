"""What a reply has beside its text, in a few words."""
