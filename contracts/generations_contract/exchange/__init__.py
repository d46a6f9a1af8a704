"""What was said, and when: one request and its outcome, and what can be read off it."""
