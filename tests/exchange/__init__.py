"""Tests of exchanges and of what is read off them."""
