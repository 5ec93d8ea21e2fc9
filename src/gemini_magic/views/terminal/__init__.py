"""Replies as text: in the colours of a terminal, or plain where output is piped."""
