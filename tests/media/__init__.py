"""Tests of what the bytes of an asset are taken for."""
