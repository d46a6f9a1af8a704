"""Section `response`: one shape, whatever the state."""
