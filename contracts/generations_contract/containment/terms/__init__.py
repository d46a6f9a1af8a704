"""Schemas read into terms: what each keyword says, references followed."""
