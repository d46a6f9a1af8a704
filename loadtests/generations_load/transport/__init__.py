"""A lean HTTP client for thousands of held polls: connections, deadlines, heads."""
