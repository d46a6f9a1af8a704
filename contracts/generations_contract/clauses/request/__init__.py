"""Section `request`: what a strict gateway accepts and refuses."""
