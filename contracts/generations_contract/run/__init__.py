"""One contract run under pytest: probes chosen, played within a budget, judged, concluded, reported."""
