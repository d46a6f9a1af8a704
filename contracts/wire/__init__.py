"""The wire: connections, patience with them, bounds on what is read; nothing here knows a clause or a verdict."""
