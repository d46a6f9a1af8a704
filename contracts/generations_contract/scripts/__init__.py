"""What one client does, as a generator without I/O, and how such a script is driven."""
