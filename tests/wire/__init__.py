"""Tests of connections, deadlines, redaction and stages."""
