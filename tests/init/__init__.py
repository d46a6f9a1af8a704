"""Files for a team that begins: what `init` writes does what it says."""
