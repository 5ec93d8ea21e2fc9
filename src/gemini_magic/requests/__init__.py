"""The request: everything that is sent, fixed before it is sent."""
