"""Tests of generated requests."""
