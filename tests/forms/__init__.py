"""Tests of the forms that all reports are written in."""
