"""Tests of clause, judge, verdict and baseline."""
