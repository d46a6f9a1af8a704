"""Whether the generator can be believed, and whether the objectives were met."""
