"""The fault catalogue: each one realistic lie of a backend team, and exactly the clauses that it breaks.

One module for each section of the contract. A fault tells one lie and is consistent otherwise: a true snapshot
of the wrong moment rather than an edited field, wherever that can be. What a fault breaks is declared by reading
the contract, never by running the clauses; the matrix (`python -m tests.matrix`) then holds the declaration
against the run. No clause is imported here.
"""
