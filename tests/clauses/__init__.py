"""Tests of the clauses, section by section, in literal histories."""
