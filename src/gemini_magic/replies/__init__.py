"""What comes back: events, the reply that accumulates them, its usage, cost and times."""
