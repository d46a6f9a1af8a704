"""Tests of what a change breaks: edits, witnesses, releases, drift."""
