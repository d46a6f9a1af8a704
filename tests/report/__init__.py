"""Tests of what a contract run writes."""
