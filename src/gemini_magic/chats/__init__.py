"""What is remembered: turns, chats, and the files that keep them."""
