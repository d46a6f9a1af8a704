"""Tests of the table that takes the document to clauses, and of `explain`, which reads it."""
