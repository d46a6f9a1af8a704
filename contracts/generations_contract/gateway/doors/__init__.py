"""How the reference gateway is reached: served on a socket, as an ASGI application, with a profile."""
