"""What was seen: histograms, totals, and one run beside another."""
