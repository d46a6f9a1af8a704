"""Tests of what the schemas say of a request and of an answer."""
