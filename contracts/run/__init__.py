"""One run of the contract tests: probes chosen and played within a budget, judged, concluded and reported."""
