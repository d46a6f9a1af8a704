"""Tests of `api`: schemas, vocabulary, profile, target."""
