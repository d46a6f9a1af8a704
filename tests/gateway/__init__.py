"""Tests of the reference gateway, its faults and its liberties."""
