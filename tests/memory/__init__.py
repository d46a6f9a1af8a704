"""Tests of what one run leaves to the next: the file, the notebook, the past made of it."""
