"""Section `wait`: how long a poll is held, and what ends it."""
