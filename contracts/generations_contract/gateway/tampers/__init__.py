"""What makes the reference gateway another one: its faults, and the liberties that the contract allows."""
