"""Judging under load: every response by the same clauses, the usual case in one look."""
