"""Section `errors`: one envelope, stable codes, and the cause that each code has."""
