"""The rival, side by side: the same lies told to `schemathesis` and to this suite.

`python -m tests.rival` serves the gateway with each fault and each variant, runs both, and writes the table
that README shows. What is fair about it stands in `settings`.
"""
