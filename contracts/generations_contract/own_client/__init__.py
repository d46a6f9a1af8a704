"""Judge one's own client: the fixture, the watched client, the gateway and the clock that they play on."""
