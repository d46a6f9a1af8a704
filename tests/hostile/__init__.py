"""Servers that do anything, and the verdict that is right: `python -m tests.hostile [TEXT]`."""
