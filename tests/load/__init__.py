"""Tests of the load suite."""
