"""What an edit means: breaking, safe, policy or undecided, for whom, and with which witness."""
