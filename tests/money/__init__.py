"""Tests of the budget and of what a purchase costs."""
