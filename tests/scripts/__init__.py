"""Tests of scripts, drivers and probes."""
