"""How a request is sent: the client, the pump on the background loop, the stream of events, errors."""
