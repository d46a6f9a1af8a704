"""What a run is asked to do: options, populations over time, pauses after setbacks."""
