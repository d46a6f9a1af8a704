"""Tests of containment: is every document of one schema one of another? With a witness where not."""
