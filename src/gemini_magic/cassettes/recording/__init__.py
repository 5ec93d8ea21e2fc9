"""Records what is answered and replays it: a transport for our own requests, a hook for plain SDK code."""
