"""Tests of the fixture, the watched client and the virtual clock."""
