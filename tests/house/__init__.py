"""Tests of the house itself: architecture, tree, packaging, documents, secrets, the command line."""
