"""Section `media`: where assets lie, and whether their bytes are what the entry declares."""
