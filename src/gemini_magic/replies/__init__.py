"""What comes back: events, the reply that accumulates them, and what it took."""
