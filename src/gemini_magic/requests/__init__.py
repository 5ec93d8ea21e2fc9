"""What is sent, fixed before it is sent."""
