"""Tests of a contract run: plugin, session, campaign, spending, workers."""
