"""Tests of recorded traffic and its audit."""
