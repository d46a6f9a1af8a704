"""Patterns as sets of strings: parsed, compiled to automata, intersected, sampled."""
