"""What is different between two versions: single edits, moves, renames, and their names."""
